//! Alternatives of which one is null.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

/// `anyOf: [A, {type: 'null'}]` is `anyOf: [A], nullable: true`.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get(key) else {
            continue;
        };
        let nulls = alternatives.iter().filter(|part| is_null(part)).count();
        if nulls == 0 || nulls == alternatives.len() {
            continue;
        }
        notes.add(
            schema.place_of(key),
            "the alternative null is read as `nullable`",
        );
        schema.retain_items(key, |part| !is_null(part));
        schema.set("nullable", true);
    }
}

fn is_null(schema: &Value) -> bool {
    let Some(members) = schema.as_object() else {
        return false;
    };
    let is_only_null = |list: Option<&Value>| {
        list.and_then(Value::as_array).is_some_and(|list| {
            list.len() == 1 && list.iter().all(|item| item.is_null() || item == "null")
        })
    };
    match members.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(list @ Value::Array(_)) => is_only_null(Some(list)),
        Some(_) => false,
        None => {
            members.get("const").is_some_and(Value::is_null) || is_only_null(members.get("enum"))
        }
    }
}
