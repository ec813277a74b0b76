//! Members whose names follow a pattern.

use serde_json::Value;

use crate::rules::{Notes, object};
use crate::tree::Object;

/// They are read as `additionalProperties`, whatever their names.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = schema.place_of("patternProperties");
    let Some(Value::Object(patterns)) = schema.remove("patternProperties") else {
        return;
    };
    notes.add(
        place,
        "members with a pattern for a name are members of any other name",
    );
    let mut kinds: Vec<Value> = Vec::new();
    for kind in patterns.into_iter().map(|(_, kind)| kind) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match schema.remove("additionalProperties") {
        Some(others @ Value::Object(_)) => kinds.push(others),
        Some(Value::Bool(true)) => kinds.push(Value::Bool(true)),
        _ => {}
    }
    let is_anything = |kind: &Value| kind.as_object().is_none_or(serde_json::Map::is_empty);
    let others = if kinds.iter().any(is_anything) {
        Value::Bool(true)
    } else if kinds.len() == 1 {
        kinds.remove(0)
    } else {
        object("anyOf", Value::Array(kinds))
    };
    schema.set("additionalProperties", others);
}
