//! What a schema says about the shape of a value, through `$ref` and composition.

use keyfob_spec::Spec;
use serde_json::Value;

/// Schemas nest no deeper than this before they are taken to be recursive.
const DEEPEST: usize = 32;

/// The schemas that a value of this schema may obey: references resolved, `allOf`, `oneOf` and
/// `anyOf` taken apart.
pub(crate) fn branches<'a>(spec: &'a Spec, schema: &'a Value) -> Vec<&'a Value> {
    let mut found = Vec::new();
    collect(spec, schema, 0, &mut found);
    found
}

fn collect<'a>(spec: &'a Spec, schema: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    if depth > DEEPEST {
        return;
    }
    let schema = spec.resolve(schema);
    found.push(schema);
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get(keyword).and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            collect(spec, part, depth + 1, found);
        }
    }
}

/// Whether a value of this schema may have this JSON type.
pub(crate) fn may_be(spec: &Spec, schema: &Value, kind: &str) -> bool {
    branches(spec, schema)
        .iter()
        .any(|branch| branch.get("type").and_then(Value::as_str) == Some(kind))
}

/// Whether a value of this schema may be an object.
pub(crate) fn may_be_object(spec: &Spec, schema: &Value) -> bool {
    branches(spec, schema).iter().any(|branch| {
        branch.get("type").and_then(Value::as_str) == Some("object")
            || branch.get("properties").is_some()
    })
}

/// The schema of a member.
pub(crate) fn property<'a>(spec: &'a Spec, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let branches = branches(spec, schema);
    let named = branches
        .iter()
        .find_map(|branch| branch.get("properties")?.get(name));
    named.or_else(|| {
        branches
            .iter()
            .find_map(|branch| branch.get("additionalProperties"))
            .filter(|schema| schema.is_object())
    })
}

/// Whether the schema names this member.
pub(crate) fn has_property(spec: &Spec, schema: &Value, name: &str) -> bool {
    branches(spec, schema).iter().any(|branch| {
        branch
            .get("properties")
            .is_some_and(|properties| properties.get(name).is_some())
    })
}

/// The schema of an item.
pub(crate) fn items<'a>(spec: &'a Spec, schema: &'a Value) -> Option<&'a Value> {
    branches(spec, schema)
        .iter()
        .find_map(|branch| branch.get("items"))
}

/// Text as the JSON value that the schema asks for; it stays text where it reads as nothing
/// else.
pub(crate) fn scalar(spec: &Spec, schema: &Value, text: &str) -> Value {
    let branches = branches(spec, schema);
    let kinds: Vec<&str> = branches
        .iter()
        .filter(|branch| {
            let values = branch.get("enum").and_then(Value::as_array);
            values.is_none_or(|values| values.iter().any(|value| *value == text))
                || branch.get("type").and_then(Value::as_str) != Some("string")
        })
        .filter_map(|branch| branch.get("type").and_then(Value::as_str))
        .collect();
    if !kinds.contains(&"string") {
        for kind in kinds {
            let read: Option<Value> = match kind {
                "integer" => integer(text),
                "number" => integer(text).or_else(|| number(text)),
                "boolean" => text.parse::<bool>().ok().map(Value::from),
                _ => None,
            };
            if let Some(value) = read {
                return value;
            }
        }
    }
    Value::from(text)
}

fn integer(text: &str) -> Option<Value> {
    let signed = text.parse::<i64>().ok().map(Value::from);
    signed.or_else(|| text.parse::<u64>().ok().map(Value::from))
}

fn number(text: &str) -> Option<Value> {
    let number = text.parse::<f64>().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}
