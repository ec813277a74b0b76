//! Numbers, and true and false, where a text belongs.

use serde_json::Value;

use crate::grammar::Kind;
use crate::rules::Notes;
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Contact,
    Kind::ExternalDocs,
    Kind::Info,
    Kind::License,
    Kind::Operation,
    Kind::Parameter,
    Kind::PathItem,
    Kind::RequestBody,
    Kind::Response,
    Kind::Schema,
    Kind::SecurityScheme,
    Kind::Server,
    Kind::ServerVariable,
    Kind::Tag,
];

const KEYS: [&str; 14] = [
    "title",
    "version",
    "summary",
    "description",
    "termsOfService",
    "name",
    "email",
    "url",
    "operationId",
    "format",
    "pattern",
    "default",
    "enum",
    "tags",
];

/// They are read as they are written: `version: 1.10` is `1.10`.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in KEYS {
        // A schema's default is a value of its type.
        let is_data = matches!(key, "default" | "enum") && object.kind != Kind::ServerVariable;
        if is_data {
            continue;
        }
        let place = object.place_of(key);
        let is_number = object.get(key).is_some_and(Value::is_number);
        // Looked up in the text of the file, which is long.
        let written = is_number.then(|| object.value_place_of(key).token());
        let text = match object.members.get_mut(key) {
            Some(Value::Array(items)) if key == "enum" || key == "tags" => {
                for item in items.iter_mut() {
                    if let Some(text) = text_of(item, None) {
                        notes.add(place.clone(), format!("`{text}` is read as a text"));
                        *item = Value::String(text);
                    }
                }
                continue;
            }
            Some(value) => text_of(value, written.flatten()),
            None => continue,
        };
        if let Some(text) = text {
            notes.add(place, format!("`{key}: {text}` is read as a text"));
            object.set(key, text);
        }
    }
}

fn text_of(value: &Value, written: Option<String>) -> Option<String> {
    match value {
        Value::Number(_) => Some(written.unwrap_or_else(|| value.to_string())),
        Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
