//! Changes of a document at pointers that are known beforehand.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Component;
use crate::place::{Children, PlaceNode, tokens};

/// A change.
pub(super) enum Edit {
    /// Another value for a text.
    Set(String, Value),
    /// Another node in the place of one.
    Replace(String, Box<(Value, PlaceNode)>),
    /// No such member any more.
    Remove(String),
}

/// Makes the changes.
pub(super) fn apply(edits: Vec<Edit>, value: &mut Value, places: &mut PlaceNode) {
    for edit in edits {
        match edit {
            Edit::Set(pointer, text) => {
                if let Some(node) = value.pointer_mut(&pointer) {
                    *node = text;
                }
            }
            Edit::Replace(pointer, replacement) => {
                let (new, mut new_places) = *replacement;
                if let Some(node) = value.pointer_mut(&pointer) {
                    *node = new;
                }
                if let Some(node) = place_mut(places, &pointer) {
                    new_places.start = node.start.clone();
                    *node = new_places;
                }
            }
            Edit::Remove(pointer) => {
                let (parent, _) = pointer.rsplit_once('/').unwrap_or_default();
                if let (Some(Value::Object(members)), Some(key)) =
                    (value.pointer_mut(parent), tokens(&pointer).last())
                {
                    members.shift_remove(&key);
                }
            }
        }
    }
}

/// Adds to `components`.
pub(super) fn add_component(component: Component, value: &mut Value, places: &mut PlaceNode) {
    let Some(group) = component.kind.component() else {
        return;
    };
    let mut node = value;
    for key in ["components", group] {
        let Value::Object(members) = node else {
            return;
        };
        node = members
            .entry(key)
            .or_insert_with(|| Value::Object(Map::new()));
    }
    if let Value::Object(members) = node {
        members.insert(component.name.clone(), component.value);
    }
    let start = places.start.clone();
    let mut node = places;
    for key in ["components", group] {
        let Children::Members(members) = &mut node.children else {
            return;
        };
        node = members.entry(key.to_owned()).or_insert_with(|| PlaceNode {
            start: start.clone(),
            value: start.clone(),
            children: Children::Members(HashMap::new()),
        });
    }
    if let Children::Members(members) = &mut node.children {
        members.insert(component.name, component.places);
    }
}

fn place_mut<'a>(places: &'a mut PlaceNode, pointer: &str) -> Option<&'a mut PlaceNode> {
    let mut node = places;
    for token in tokens(pointer) {
        node = match &mut node.children {
            Children::Members(members) => members.get_mut(&token)?,
            Children::Items(items) => items.get_mut(token.parse::<usize>().ok()?)?,
            Children::None => return None,
        };
    }
    Some(node)
}

/// How many nodes a value has.
pub(super) fn size(value: &Value) -> usize {
    let mut open = vec![value];
    let mut nodes = 0;
    while let Some(value) = open.pop() {
        nodes += 1;
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    nodes
}
