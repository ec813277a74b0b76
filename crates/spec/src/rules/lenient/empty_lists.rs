//! Lists that must not be empty.

use serde_json::Value;

use crate::grammar::Kind;
use crate::rules::Notes;
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Document,
    Kind::Operation,
    Kind::PathItem,
    Kind::Schema,
    Kind::ServerVariable,
];

const KEYS: [&str; 6] = ["required", "enum", "allOf", "oneOf", "anyOf", "servers"];

/// An empty one says nothing: it is read as if it were not there.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in KEYS {
        let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        if object.get(key).is_some_and(is_empty) {
            notes.add(
                object.place_of(key),
                format!("an empty `{key}` says nothing"),
            );
            object.remove(key);
        }
    }
}
