//! A payload has the members that the schema of the body asks for, and no others.

use super::Call;
use super::requests::check_presence;
use super::schemas::{Members, members};
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::Template;
use crate::spelling;

/// Compares a payload with the schema of the body.
pub(super) fn check(
    call: &Call<'_>,
    value: &Template,
    node: &Node<'_>,
    schema: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let mut payload = Payload {
        call,
        left: MOST_VALUES,
    };
    payload.check_value(value, node, schema, diagnostics);
}

/// Values are compared with every schema that alternatives give them, and alternatives multiply.
const MOST_VALUES: usize = 10_000;

struct Payload<'a> {
    call: &'a Call<'a>,
    left: usize,
}

impl Payload<'_> {
    fn check_value(
        &mut self,
        value: &Template,
        node: &Node<'_>,
        schema: &Node<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let Template::Object(sent) = value else {
            check_scalar(value, node, schema, diagnostics);
            return;
        };
        let described = members(schema);
        self.check_required(sent, node, &described, diagnostics);
        for (name, value) in sent {
            let member = node.member_or_self(name);
            self.check_member(name, value, &member, &described, diagnostics);
        }
    }

    /// Alternatives may describe a member differently; it has to fit one description.
    fn check_member(
        &mut self,
        name: &str,
        value: &Template,
        node: &Node<'_>,
        described: &Members<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let schemas = described.known.iter().filter(|(known, _)| *known == name);
        let mut verdict: Option<Diagnostics> = None;
        for (_, schema) in schemas {
            let mut complaints = Diagnostics::default();
            self.check_value(value, node, schema, &mut complaints);
            let count = complaints.complaints().len();
            if verdict
                .as_ref()
                .is_none_or(|best| count < best.complaints().len())
            {
                verdict = Some(complaints);
            }
        }
        if let Some(complaints) = verdict {
            diagnostics.extend(complaints);
        } else if !described.is_open {
            let names: Vec<&str> = described.known.iter().map(|(name, _)| *name).collect();
            let id = &self.call.operation.id;
            diagnostics.add(
                node.place(),
                format!("the body of `{id}` has no `{name}`"),
                spelling::advice(name, &names, "describe it in openapi.yaml, or delete it"),
            );
        }
    }

    /// Of alternatives, the one that lacks least is the one that was meant.
    fn check_required(
        &self,
        sent: &[(String, Template)],
        node: &Node<'_>,
        described: &Members<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let is_sent = |name: &str| sent.iter().any(|(known, _)| known == name);
        let missing = |required: &&Vec<&str>| required.iter().filter(|name| !is_sent(name)).count();
        let Some(required) = described.required.iter().min_by_key(missing) else {
            return;
        };
        for name in required {
            let Some((_, value)) = sent.iter().find(|(known, _)| known == name) else {
                let id = &self.call.operation.id;
                diagnostics.add(
                    node.place(),
                    format!("the body of `{id}` needs `{name}`"),
                    format!("add `{name}: ...` to the payload"),
                );
                continue;
            };
            let member = node.member_or_self(name);
            check_presence(name, value, self.call.workflow, &member, diagnostics);
        }
    }
}

/// A constant has to be one of the values that the schema lists, and no text stands for an object.
fn check_scalar(
    value: &Template,
    node: &Node<'_>,
    schema: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let schema = schema.resolve();
    let is_structure = matches!(schema.text("type"), Some("object" | "array"));
    if is_structure && matches!(value, Template::String(_) | Template::Text(_)) {
        diagnostics.add(
            node.value_place(),
            "a text stands here for an object or a list",
            "write it as YAML, so that the token engine can encode what goes into it",
        );
    }
    let Template::String(text) = value else {
        return;
    };
    let values: Vec<&str> = schema
        .items_of("enum")
        .filter_map(|value| value.value.as_str())
        .collect();
    if !values.is_empty() && !values.contains(&text.as_str()) {
        diagnostics.add(
            node.value_place(),
            format!("`{text}` is none of the values that are documented"),
            spelling::advice(
                text,
                &values,
                &format!("write one of {}", values.join(", ")),
            ),
        );
    }
}
