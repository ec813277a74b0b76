//! Items that stand in a list twice.

use std::collections::HashSet;

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

const KEYS: [&str; 4] = ["required", "enum", "parameters", "tags"];

/// The first of equals stays.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in KEYS {
        let Some(Value::Array(items)) = object.get(key) else {
            continue;
        };
        let mut seen = HashSet::new();
        let is_first: Vec<bool> = items
            .iter()
            .map(|item| seen.insert(item.to_string()))
            .collect();
        if is_first.iter().all(|first| *first) {
            continue;
        }
        notes.add(
            object.place_of(key),
            format!("what `{key}` says twice counts once"),
        );
        let mut is_first = is_first.into_iter();
        object.retain_items(key, |_| is_first.next().unwrap_or(true));
    }
}
