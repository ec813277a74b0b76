//! `const` is an `enum` of one value.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = schema.place_of("const");
    let Some(constant) = schema.remove("const") else {
        return;
    };
    notes.add(place, "`const` is read as an `enum` of one value");
    if !schema.has("type")
        && let Some(name) = type_of(&constant)
    {
        schema.set("type", name);
    }
    schema.set("enum", vec![constant]);
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) | Value::Object(_) => return None,
    })
}
