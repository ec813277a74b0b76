//! Paths with a query, by which some documents tell operations of one path apart.

use serde_json::{Map, Value, json};

use super::operations::{add_parameter, is_method};
use crate::document::{Document, Node};
use crate::openapi::query_of;
use crate::rules::Notes;

/// `?name={parameter}` is a parameter in the query, and `?name=value` one that has no other value.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut edits = Vec::new();
    for (path, item) in document.root().members_of("paths") {
        let Some((sent, pairs)) = query_of(path) else {
            continue;
        };
        notes.add(
            item.place(),
            format!("`{path}` is sent as `{sent}`, with the rest of it in the query"),
        );
        let item = item.resolve();
        for (_, operation) in item.members().filter(|(key, _)| is_method(key)) {
            edits.extend(pairs.iter().map(|pair| edit(&item, &operation, *pair)));
        }
    }
    for edit in edits {
        make(document, edit);
    }
}

/// A parameter, and where it is to stand: in the place of another, or at the end of a list.
enum Edit {
    Replaced(String, Value),
    Added(String, Value),
}

fn edit(item: &Node<'_>, operation: &Node<'_>, pair: (&str, &str)) -> Edit {
    let mut listed = operation
        .items_of("parameters")
        .chain(item.items_of("parameters"));
    match listed.find(|listed| is_of(pair, &listed.resolve())) {
        Some(listed) => {
            let parameter = in_query(pair, listed.resolve().value.clone());
            Edit::Replaced(listed.pointer, parameter)
        }
        None => Edit::Added(operation.pointer.clone(), in_query(pair, Value::Null)),
    }
}

fn make(document: &mut Document, edit: Edit) {
    match edit {
        Edit::Replaced(pointer, parameter) => {
            if let Some(known) = document.value.pointer_mut(&pointer) {
                *known = parameter;
            }
        }
        Edit::Added(operation, parameter) => {
            if let Some(Value::Object(operation)) = document.value.pointer_mut(&operation) {
                add_parameter(operation, parameter);
            }
        }
    }
}

/// Whether a parameter is the one that a pair of the path's query is about.
fn is_of((name, value): (&str, &str), parameter: &Node<'_>) -> bool {
    let known = parameter.text("name");
    match parameter.text("in") {
        Some("query") => known == Some(name),
        Some("path") => known.is_some() && known == variable(value),
        _ => false,
    }
}

fn in_query((name, value): (&str, &str), known: Value) -> Value {
    let mut parameter = match known {
        Value::Object(parameter) => parameter,
        _ => Map::new(),
    };
    parameter.insert("name".to_owned(), name.into());
    parameter.insert("in".to_owned(), "query".into());
    parameter.entry("required").or_insert(true.into());
    if variable(value).is_none() {
        parameter.insert("required".to_owned(), true.into());
        parameter.shift_remove("content");
        let only = json!({"type": "string", "enum": [value]});
        parameter.insert("schema".to_owned(), only);
    } else if !parameter.contains_key("content") {
        let schema = parameter.entry("schema");
        schema.or_insert_with(|| json!({"type": "string"}));
    }
    parameter.into()
}

/// The name in `{name}`.
fn variable(value: &str) -> Option<&str> {
    value.strip_prefix('{')?.strip_suffix('}')
}
