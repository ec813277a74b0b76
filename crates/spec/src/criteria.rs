//! Criterion Objects of Arazzo, which three of our extensions use as well.

use crate::diagnostics::{Diagnostics, Fault};
use crate::document::Node;
use crate::expression::{Condition, Expression};

/// The criteria at `key`.
pub(crate) fn read(owner: &Node<'_>, key: &str, diagnostics: &mut Diagnostics) -> Vec<Condition> {
    owner
        .items_of(key)
        .filter_map(|node| match criterion(&node) {
            Ok(condition) => Some(condition),
            Err(complaint) => {
                diagnostics.extend(complaint);
                None
            }
        })
        .collect()
}

fn criterion(node: &Node<'_>) -> Result<Condition, Diagnostics> {
    let condition = node.member_or_self("condition");
    let text = condition.value.as_str().unwrap_or_default();
    match node.get("type") {
        None => {
            refuse_context(node)?;
            simple(&condition, text)
        }
        // Arazzo asks for a context as soon as a type is written, and a simple one has no use for it.
        Some(kind) if kind.value.as_str() == Some("simple") => simple(&condition, text),
        Some(kind) if kind.value.as_str() == Some("regex") => regex(node, &condition, text),
        Some(kind) => Err(Diagnostics::one(
            kind.place(),
            "the token engine evaluates no criteria of this type",
            "write the criterion with `type: simple` or `type: regex`",
        )),
    }
}

fn simple(condition: &Node<'_>, text: &str) -> Result<Condition, Diagnostics> {
    Condition::parse(text).map_err(|fault| fault.at(condition.value_place()))
}

fn refuse_context(node: &Node<'_>) -> Result<(), Diagnostics> {
    match node.get("context") {
        None => Ok(()),
        Some(context) => Err(Diagnostics::one(
            context.place(),
            "a criterion without a type is simple, and a simple one has no context",
            "delete `context`, or write `type: regex`",
        )),
    }
}

fn regex(node: &Node<'_>, condition: &Node<'_>, text: &str) -> Result<Condition, Diagnostics> {
    let Some(context) = node.get("context") else {
        return Err(Diagnostics::one(
            node.place(),
            "a regex criterion lacks its context",
            "say what the pattern is matched against, for example `context: $response.body`",
        ));
    };
    let expression = Expression::parse(context.value.as_str().unwrap_or_default())
        .map_err(|fault| fault.at(context.value_place()))?;
    check_pattern(text).map_err(|fault| fault.at(condition.value_place()))?;
    Ok(Condition::Matches {
        context: expression,
        pattern: text.to_owned(),
    })
}

/// Refuses a pattern that is no ECMA-262 regular expression.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), Fault> {
    const LONGEST: usize = 10_000;
    if pattern.len() > LONGEST {
        return Err(Fault::new(
            format!("the pattern is longer than {LONGEST} bytes"),
            "write a shorter one",
        ));
    }
    match regress::Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::new(
            format!("not a regular expression: {error}"),
            "write an ECMA-262 pattern",
        )),
    }
}
