//! What a schema says about the members of a value.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::Node;
use crate::place::{join, tokens};

/// Whether a value of the schema can have something at a JSON pointer.
pub(super) fn reaches(schema: &Node<'_>, pointer: &str) -> bool {
    let tokens: Vec<String> = tokens(pointer).collect();
    reaches_tokens(schema, &tokens, &mut HashSet::new())
}

/// A schema that was asked for the same tokens before has said no, or is about to say so.
fn reaches_tokens(
    schema: &Node<'_>,
    tokens: &[String],
    asked: &mut HashSet<(String, usize)>,
) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return true;
    };
    let schema = schema.resolve();
    if !asked.insert((schema.pointer.clone(), tokens.len())) {
        return false;
    }
    if is_anything(&schema) {
        return true;
    }
    if branches(&schema).any(|branch| reaches_tokens(&branch, tokens, asked)) {
        return true;
    }
    let others = schema.get("additionalProperties");
    if others
        .as_ref()
        .is_some_and(|others| others.value == &Value::Bool(true))
    {
        return true;
    }
    let property = schema
        .get("properties")
        .and_then(|properties| properties.get(token));
    let items = schema
        .get("items")
        .filter(|_| token.parse::<usize>().is_ok());
    let others = others.filter(|others| others.value.is_object());
    [property, items, others]
        .into_iter()
        .flatten()
        .any(|below| reaches_tokens(&below, rest, asked))
}

/// The pointers to what a value of the schema is described to have, as far as anybody would write
/// one.
pub(super) fn pointers(schema: &Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut level = vec![(String::new(), schema.clone())];
    for _ in 0..DEEPEST_POINTER {
        let mut below = Vec::new();
        for (pointer, schema) in &level {
            let schema = schema.resolve();
            let members = members(&schema).known.into_iter();
            below.extend(members.map(|(name, member)| (join(pointer, name), member)));
            below.extend(schema.get("items").map(|items| (join(pointer, "0"), items)));
            if found.len() + below.len() > MOST_POINTERS {
                return found;
            }
        }
        found.extend(below.iter().map(|(pointer, _)| pointer.clone()));
        level = below;
    }
    found
}

/// Longer ones are not suggested, nor any of too many.
const DEEPEST_POINTER: usize = 4;
const MOST_POINTERS: usize = 1_000;

/// Whether the schema says nothing about members: `{}`, `{type: object}`.
fn is_anything(schema: &Node<'_>) -> bool {
    let says = [
        "properties",
        "items",
        "additionalProperties",
        "allOf",
        "oneOf",
        "anyOf",
        "$ref",
    ];
    matches!(schema.text("type"), None | Some("object" | "array"))
        && says.iter().all(|key| schema.get(key).is_none())
}

fn branches<'a>(schema: &Node<'a>) -> impl Iterator<Item = Node<'a>> {
    let mut branches: Vec<Node<'a>> = Vec::new();
    for key in ["allOf", "oneOf", "anyOf"] {
        branches.extend(schema.items_of(key));
    }
    branches.into_iter()
}

/// The members of an object that a request takes.
pub(super) struct Members<'a> {
    /// Each member with its schema.
    pub(super) known: Vec<(&'a str, Node<'a>)>,
    /// Those that have to be there; alternatives have a list each.
    pub(super) required: Vec<Vec<&'a str>>,
    /// Whether other members are welcome.
    pub(super) is_open: bool,
}

/// The members of an object that the schema describes.
pub(super) fn members<'a>(schema: &Node<'a>) -> Members<'a> {
    let mut members = Members {
        known: Vec::new(),
        required: vec![Vec::new()],
        is_open: false,
    };
    let mut left = MOST_SCHEMAS;
    gather(schema, &mut left, &mut members);
    members.is_open |= members.known.is_empty();
    members
}

/// Schemas that refer to themselves have no end.
const MOST_SCHEMAS: usize = 1_000;
/// Alternatives of alternatives multiply.
const MOST_ALTERNATIVES: usize = 100;

fn gather<'a>(schema: &Node<'a>, left: &mut usize, members: &mut Members<'a>) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    let schema = schema.resolve();
    members.known.extend(schema.members_of("properties"));
    members.is_open |= schema
        .get("additionalProperties")
        .is_some_and(|others| others.value.is_object() || others.value == &Value::Bool(true));
    let own: Vec<&str> = schema
        .items_of("required")
        .filter_map(|name| name.value.as_str())
        .filter(|name| !is_read_only(&schema, name))
        .collect();
    for required in &mut members.required {
        required.extend(&own);
    }
    for part in schema.items_of("allOf") {
        gather(&part, left, members);
    }
    for key in ["oneOf", "anyOf"] {
        gather_alternatives(&schema, key, left, members);
    }
}

fn gather_alternatives<'a>(
    schema: &Node<'a>,
    key: &str,
    left: &mut usize,
    members: &mut Members<'a>,
) {
    let before = members.required.clone();
    let mut alternatives = Vec::new();
    for branch in schema.items_of(key) {
        members.required.clone_from(&before);
        gather(&branch, left, members);
        alternatives.append(&mut members.required);
        alternatives.truncate(MOST_ALTERNATIVES);
    }
    members.required = if alternatives.is_empty() {
        before
    } else {
        alternatives
    };
}

/// A member that only answers have is not required in requests (OpenAPI 3.0.3, "Schema Object").
fn is_read_only(schema: &Node<'_>, name: &str) -> bool {
    let properties = schema.get("properties");
    properties
        .and_then(|properties| properties.get(name))
        .is_some_and(|property| property.resolve().flag("readOnly"))
}
