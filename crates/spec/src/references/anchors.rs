//! `$anchor` and `$id`: places that have a name.

use serde_json::Value;

use crate::place::join;

/// The pointer to what carries an anchor.
pub(super) fn find(document: &Value, anchor: &str) -> Option<String> {
    let mut open = vec![(document, String::new())];
    while let Some((value, pointer)) = open.pop() {
        match value {
            Value::Object(members) => {
                let is_it = ["$anchor", "$dynamicAnchor"]
                    .iter()
                    .any(|key| members.get(*key).and_then(Value::as_str) == Some(anchor));
                let has_id = members
                    .get("$id")
                    .and_then(Value::as_str)
                    .is_some_and(|id| id.strip_prefix('#') == Some(anchor));
                if is_it || has_id {
                    return Some(pointer);
                }
                let below = members.iter().rev();
                open.extend(below.map(|(key, member)| (member, join(&pointer, key))));
            }
            Value::Array(items) => {
                let below = items.iter().enumerate().rev();
                open.extend(below.map(|(at, item)| (item, join(&pointer, &at.to_string()))));
            }
            _ => {}
        }
    }
    None
}
