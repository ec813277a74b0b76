//! Types that JSON Schema does not have.

use serde_json::Value;

use crate::rules::Notes;
use crate::spelling;
use crate::tree::Object;

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "number", "object", "string", "null",
];

/// Other languages' names are read as what they mean; a name that means nothing allows anything.
/// What is spelt almost like a type is left for the checks to complain about.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let name = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Object(_)) => {
            notes.add(
                schema.place_of("type"),
                "a type that is an object says nothing",
            );
            schema.remove("type");
            return;
        }
        _ => return,
    };
    if TYPES.contains(&name.as_str()) {
        return;
    }
    let place = schema.place_of("type");
    let lower = name.trim().to_ascii_lowercase();
    let (meant, format) = match lower.as_str() {
        "int" | "int32" | "int64" | "long" | "short" => ("integer", None),
        "float" | "double" | "decimal" => ("number", None),
        "bool" => ("boolean", None),
        "file" | "binary" => ("string", Some("binary")),
        "date" => ("string", Some("date")),
        "datetime" | "date-time" => ("string", Some("date-time")),
        "uuid" | "guid" => ("string", Some("uuid")),
        "str" | "text" | "uri" | "url" | "email" | "char" | "password" | "timestamp" | "time" => {
            ("string", None)
        }
        "list" => ("array", None),
        "map" | "hash" | "dict" | "json" => ("object", None),
        known if TYPES.contains(&known) => {
            notes.add(place, format!("the type `{name}` is read as `{known}`"));
            let known = known.to_owned();
            schema.set("type", known);
            return;
        }
        _ if spelling::nearest(&name, TYPES).is_some() => return,
        _ => {
            notes.add(
                place,
                format!("the type `{name}` means nothing: any value is taken"),
            );
            schema.remove("type");
            return;
        }
    };
    notes.add(place, format!("the type `{name}` is read as `{meant}`"));
    schema.set("type", meant);
    if let Some(format) = format.filter(|_| !schema.has("format")) {
        schema.set("format", format);
    }
}
