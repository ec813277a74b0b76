//! The operations of a document, for rules about all of them.

use serde_json::{Map, Value};

use crate::document::Node;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

pub(super) fn is_method(key: &str) -> bool {
    METHODS.contains(&key)
}

/// Path, method and operation, in document order.
pub(super) fn operations<'a>(root: &Node<'a>) -> Vec<(&'a str, &'a str, Node<'a>)> {
    let mut operations = Vec::new();
    for (path, item) in root.members_of("paths") {
        for (method, operation) in item.resolve().members() {
            if METHODS.contains(&method) && operation.value.is_object() {
                operations.push((path, method, operation));
            }
        }
    }
    operations
}

/// The lists of parameters of all paths and operations, in document order.
pub(super) fn parameter_lists<'a>(root: &Node<'a>) -> Vec<Node<'a>> {
    let items = root.members_of("paths").map(|(_, item)| item);
    let mut lists = Vec::new();
    for item in items {
        lists.extend(item.get("parameters"));
        lists.extend(
            item.members()
                .filter(|(method, _)| METHODS.contains(method))
                .filter_map(|(_, operation)| operation.get("parameters")),
        );
    }
    lists
}

/// Gives an operation one more parameter.
pub(super) fn add_parameter(operation: &mut Map<String, Value>, parameter: Value) {
    let listed = operation
        .entry("parameters")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(listed) = listed {
        listed.push(parameter);
    }
}
