//! A list of types.

use serde_json::{Map, Value};

use crate::rules::Notes;
use crate::tree::Object;

/// `[string, 'null']` is a string that is `nullable`; several types are alternatives; all of them
/// are none. `type: 'null'` allows null alone.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(Value::String(name)) if name == "null" => vec![Value::from("null")],
        Some(Value::Null) => vec![Value::from("null")],
        _ => return,
    };
    let place = schema.place_of("type");
    let is_null = |name: &Value| name.is_null() || name.as_str() == Some("null");
    let is_nullable = types.iter().any(is_null);
    let mut names: Vec<&str> = Vec::new();
    for name in types.iter().filter(|name| !is_null(name)) {
        match name.as_str() {
            Some(name) if !names.contains(&name) => names.push(name),
            Some(_) => {}
            None => return,
        }
    }
    if names.contains(&"number") {
        names.retain(|name| *name != "integer");
    }
    schema.remove("type");
    if is_nullable {
        schema.set("nullable", true);
    }
    let is_anything = ["string", "number", "boolean", "object", "array"]
        .iter()
        .all(|name| names.contains(name));
    match names[..] {
        [] => {
            notes.add(place, "only null is allowed");
            schema.set("enum", vec![Value::Null]);
        }
        [name] => {
            notes.add(
                place,
                format!("the type is {name}, or null where the list says so"),
            );
            schema.set("type", name);
        }
        _ if is_anything => notes.add(place, "a list of all types is no restriction"),
        _ => {
            notes.add(place, "the types of the list are alternatives");
            split(schema, &names);
        }
    }
}

/// Each alternative has the rules that are about its type.
fn split(schema: &mut Object<'_>, names: &[&str]) {
    let mut alternatives = Vec::new();
    for name in names {
        let mut alternative = Map::new();
        alternative.insert("type".to_owned(), Value::from(*name));
        for key in keys_about(name) {
            if let Some(rule) = schema.get(key) {
                alternative.insert((*key).to_owned(), rule.clone());
            }
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let fitting = values.iter().filter(|value| fits(value, name));
            let fitting: Vec<Value> = fitting.cloned().collect();
            if fitting.is_empty() {
                continue;
            }
            alternative.insert("enum".to_owned(), Value::Array(fitting));
        }
        alternatives.push(Value::Object(alternative));
    }
    for key in names.iter().flat_map(|name| keys_about(name)) {
        schema.remove(key);
    }
    schema.remove("enum");
    if schema.has("anyOf") || schema.has("oneOf") || schema.has("allOf") {
        // What stands there says more than the types do.
        return;
    }
    schema.set("anyOf", alternatives);
}

fn keys_about(name: &str) -> &'static [&'static str] {
    match name {
        "string" => &["format", "pattern", "minLength", "maxLength"],
        "number" | "integer" => &[
            "format",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
        "array" => &["items", "minItems", "maxItems", "uniqueItems"],
        "object" => &[
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
        ],
        _ => &[],
    }
}

fn fits(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
