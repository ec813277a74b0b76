//! Examples obey the schemas that they are examples of.

use serde_json::Value;

use crate::checker::{Checker, Direction};
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::grammar::{Holds, Kind, below};
use crate::model::Spec;
use crate::place::tokens;

/// Complains about every example that contradicts its schema.
pub(crate) fn warn(spec: &Spec, document: &Document, diagnostics: &mut Diagnostics) {
    let checker = Checker::new(spec);
    visit(&document.root(), Kind::Document, &mut |example, schema| {
        check(&checker, document, example, schema, diagnostics);
    });
}

/// Of what travels in one direction only, an example may show either.
fn check(
    checker: &Checker,
    document: &Document,
    example: &Node<'_>,
    schema: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let described = schema.resolve();
    let faults = |direction| {
        checker.faults(
            &described.pointer,
            described.value,
            direction,
            example.value,
        )
    };
    let found = faults(Direction::Request);
    if found.is_empty() || faults(Direction::Response).is_empty() {
        return;
    }
    for (at, words) in found {
        diagnostics.add(
            document.places.value(&format!("{}{at}", example.pointer)),
            format!("the example contradicts its schema: {words}"),
            format!(
                "correct the example, or the schema that begins in line {}",
                described.place().line
            ),
        );
    }
}

/// Calls `found` with each example and the schema that it is an example of.
fn visit<'a>(node: &Node<'a>, kind: Kind, found: &mut dyn FnMut(&Node<'a>, &Node<'a>)) {
    if node.get("$ref").is_some() {
        return;
    }
    let schema = match kind {
        Kind::Schema => Some(node.clone()),
        Kind::MediaType | Kind::Parameter | Kind::Header => node.get("schema"),
        _ => None,
    };
    if let Some(schema) = schema {
        let examples = examples(node, kind);
        let is_value = |example: &&Node<'_>| kind != Kind::MediaType || is_value(node, example);
        for example in examples.iter().filter(is_value) {
            found(example, &schema);
        }
    }
    for (key, member) in node.members() {
        match below(kind, key) {
            Some(Holds::One(kind)) => visit(&member, kind, found),
            Some(Holds::List(kind)) => member.items().for_each(|item| visit(&item, kind, found)),
            Some(Holds::Names(kind)) => {
                let named = member.members();
                named.for_each(|(_, member)| visit(&member, kind, found));
            }
            Some(Holds::Data) | None => {}
        }
    }
}

fn examples<'a>(node: &Node<'a>, kind: Kind) -> Vec<Node<'a>> {
    let named = node.members_of("examples").filter(|_| kind != Kind::Schema);
    let named = named.filter_map(|(_, example)| example.resolve().get("value"));
    node.get("example").into_iter().chain(named).collect()
}

/// Whether the example of a body is the value that the schema describes, and not the text that it
/// is written as, in a media type other than JSON.
fn is_value(media_type: &Node<'_>, example: &Node<'_>) -> bool {
    let name = tokens(&media_type.pointer).last().unwrap_or_default();
    let essence = name.split(';').next().unwrap_or_default().trim();
    let is_json = essence.ends_with("/json") || essence.ends_with("+json");
    is_json || !matches!(example.value, Value::String(_))
}
