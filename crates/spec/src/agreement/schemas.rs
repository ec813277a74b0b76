//! What a schema says about the members of a value.

use crate::document::Node;
use crate::place::tokens;

/// Schemas that refer to themselves end here.
const DEEPEST: usize = 40;

/// Whether a value of the schema can have something at a JSON pointer.
pub(super) fn reaches(schema: &Node<'_>, pointer: &str) -> bool {
    let tokens: Vec<String> = tokens(pointer).collect();
    reaches_tokens(schema, &tokens, 0)
}

fn reaches_tokens(schema: &Node<'_>, tokens: &[String], depth: usize) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return true;
    };
    if depth > DEEPEST {
        return false;
    }
    let schema = schema.resolve();
    if is_anything(&schema) {
        return true;
    }
    let in_branch = branches(&schema).any(|branch| reaches_tokens(&branch, tokens, depth + 1));
    let in_property = || {
        let properties = schema.get("properties");
        properties
            .and_then(|properties| properties.get(token))
            .is_some_and(|property| reaches_tokens(&property, rest, depth + 1))
    };
    let in_items = || {
        token.parse::<usize>().is_ok()
            && schema
                .get("items")
                .is_some_and(|items| reaches_tokens(&items, rest, depth + 1))
    };
    let in_others = || {
        schema.flag("additionalProperties")
            || schema
                .get("additionalProperties")
                .filter(|others| others.value.is_object())
                .is_some_and(|others| reaches_tokens(&others, rest, depth + 1))
    };
    in_branch || in_property() || in_items() || in_others()
}

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
    gather(schema, 0, &mut members);
    members.is_open |= members.known.is_empty();
    members
}

fn gather<'a>(schema: &Node<'a>, depth: usize, members: &mut Members<'a>) {
    if depth > DEEPEST {
        return;
    }
    let schema = schema.resolve();
    members.known.extend(schema.members_of("properties"));
    members.is_open |= schema.flag("additionalProperties")
        || schema
            .copy("additionalProperties")
            .is_some_and(|others| others.is_object());
    let own: Vec<&str> = schema
        .items_of("required")
        .filter_map(|name| name.value.as_str())
        .filter(|name| !is_read_only(&schema, name))
        .collect();
    for required in &mut members.required {
        required.extend(&own);
    }
    for part in schema.items_of("allOf") {
        gather(&part, depth + 1, members);
    }
    for key in ["oneOf", "anyOf"] {
        gather_alternatives(&schema, key, depth, members);
    }
}

fn gather_alternatives<'a>(schema: &Node<'a>, key: &str, depth: usize, members: &mut Members<'a>) {
    let before = members.required.clone();
    let mut alternatives = Vec::new();
    for branch in schema.items_of(key) {
        members.required.clone_from(&before);
        gather(&branch, depth + 1, members);
        alternatives.append(&mut members.required);
        if alternatives.len() > MOST_ALTERNATIVES {
            break;
        }
    }
    members.required = if alternatives.is_empty() {
        before
    } else {
        alternatives
    };
}

/// Alternatives of alternatives multiply.
const MOST_ALTERNATIVES: usize = 100;

/// A member that only answers have is not required in requests (OpenAPI 3.0.3, "Schema Object").
fn is_read_only(schema: &Node<'_>, name: &str) -> bool {
    let properties = schema.get("properties");
    properties
        .and_then(|properties| properties.get(name))
        .is_some_and(|property| property.resolve().flag("readOnly"))
}
