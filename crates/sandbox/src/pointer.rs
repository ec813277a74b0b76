//! Writing at a JSON pointer (RFC 6901).

use serde_json::{Map, Value};

/// Replaces the value at the pointer. An absent member is added only where `create` says so.
/// Says whether the value was written.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value, create: bool) -> bool {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
        return true;
    }
    create && add(document, pointer, value).is_some()
}

fn add(document: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let mut node = document;
    for token in pointer.strip_prefix('/')?.split('/') {
        let name = token.replace("~1", "/").replace("~0", "~");
        if node.is_null() {
            *node = Value::Object(Map::new());
        }
        node = match node {
            Value::Object(members) => members.entry(name).or_insert(Value::Null),
            Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    *node = value;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_is_written_where_it_leads() {
        let cases = [
            (json!({"a": 1}), "/a", false, Some(json!({"a": 9}))),
            (json!({"a": 1}), "", false, Some(json!(9))),
            (
                json!({"a": [1, 2]}),
                "/a/1",
                false,
                Some(json!({"a": [1, 9]})),
            ),
            (json!({"a/b": 1}), "/a~1b", false, Some(json!({"a/b": 9}))),
            (json!({}), "/a", false, None),
            (json!({}), "/a/b", true, Some(json!({"a": {"b": 9}}))),
            (json!({"a": "text"}), "/a/b", true, None),
        ];
        for (mut document, pointer, create, expected) in cases {
            let written = set(&mut document, pointer, json!(9), create);
            assert_eq!(written.then_some(document), expected, "{pointer}");
        }
    }
}
