//! Lists whose items differ by position.

use serde_json::Value;

use crate::rules::{Notes, object};
use crate::tree::Object;

/// Each item may be any of the kinds that some position has: wider than what is written, and the
/// same on the wire. `items: [..]` is how older drafts write `prefixItems`.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let (key, rest) = if schema.has("prefixItems") {
        ("prefixItems", "items")
    } else if matches!(schema.get("items"), Some(Value::Array(_))) {
        ("items", "additionalItems")
    } else {
        return;
    };
    let place = schema.place_of(key);
    let Some(Value::Array(mut kinds)) = schema.remove(key) else {
        return;
    };
    notes.add(place, "each item may be of the kind of any position");
    match schema.remove(rest) {
        Some(Value::Bool(false)) => {
            if !schema.has("maxItems") {
                schema.set("maxItems", kinds.len());
            }
        }
        Some(others @ Value::Object(_)) => kinds.push(others),
        // Others may be anything.
        _ => kinds.clear(),
    }
    kinds.dedup();
    let items = match kinds.len() {
        0 => Value::Object(serde_json::Map::new()),
        1 => kinds.remove(0),
        _ => object("anyOf", Value::Array(kinds)),
    };
    schema.set("items", items);
    if !schema.has("type") {
        schema.set("type", "array");
    }
}
