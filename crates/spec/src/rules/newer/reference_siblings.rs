//! What stands beside a `$ref` in a schema.

use serde_json::{Map, Value};

use crate::rules::{Notes, object};
use crate::tree::Object;

/// Words for people; and what the target says itself, or what is never sent.
const WORDS: [&str; 12] = [
    "summary",
    "description",
    "title",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "type",
    "default",
    "xml",
    "$comment",
    "$id",
];

/// 3.1 lets both hold, which 3.0 writes with `allOf`. 3.0 itself ignores the siblings, and those
/// who write them mean them: `nullable` above all.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    if !matches!(schema.get("$ref"), Some(Value::String(_))) {
        return;
    }
    let is_meant = |schema: &Object<'_>, key: &str| {
        let mut known = schema.kind.keys().iter();
        !WORDS.contains(&key) && known.any(|known| known.name == key)
    };
    let siblings: Vec<String> = schema
        .keys()
        .into_iter()
        .filter(|key| is_meant(schema, key))
        .collect();
    let Some(first) = siblings.first() else {
        return;
    };
    notes.add(
        schema.place_of(first),
        format!("`{first}` beside `$ref` holds as well: read as `allOf`"),
    );
    let reference = schema.remove("$ref").unwrap_or(Value::Null);
    let reference = object("$ref", reference);
    match schema.members.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.push(reference),
        _ => schema.set("allOf", vec![reference]),
    }
    let stays = ["allOf", "nullable", "readOnly", "writeOnly"];
    let own: Map<String, Value> = siblings
        .iter()
        .filter(|key| !stays.contains(&key.as_str()))
        .filter_map(|key| Some((key.clone(), schema.remove(key)?)))
        .collect();
    // Beside `allOf`, a type without rules of its own would be one more part.
    schema.remove("type");
    if !own.is_empty()
        && let Some(Value::Array(parts)) = schema.members.get_mut("allOf")
    {
        parts.push(Value::Object(own));
    }
}
