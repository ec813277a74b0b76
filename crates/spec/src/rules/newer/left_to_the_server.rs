//! Rules of JSON Schema that a type cannot say.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

const KEYS: [&str; 16] = [
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
    "additionalItems",
    "$dynamicRef",
    "$recursiveRef",
];

/// What they exclude is allowed: the server judges it.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    if let Some(others @ Value::Object(_)) = schema.get("unevaluatedProperties").cloned()
        && !schema.has("additionalProperties")
    {
        notes.add(
            schema.place_of("unevaluatedProperties"),
            "`unevaluatedProperties` is read as `additionalProperties`",
        );
        schema.remove("unevaluatedProperties");
        schema.set("additionalProperties", others);
    }
    for key in KEYS {
        let place = schema.place_of(key);
        if schema.remove(key).is_some() {
            notes.add(place, format!("`{key}` is left to the server"));
        }
    }
}
