//! A document that was read, and a way to walk it that never loses the place.

use serde_json::Value;

use crate::place::{Place, PlaceNode, Places, join, tokens};
use crate::rewrite::Rewrites;

/// A document and the places of its nodes.
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) places: Places,
    /// What is read otherwise than it is written.
    pub(crate) rewrites: Rewrites,
}

impl Document {
    pub(crate) fn new(value: Value, places: PlaceNode) -> Document {
        Document {
            value,
            places: Places::new(places),
            rewrites: Rewrites::default(),
        }
    }

    pub(crate) fn with_rewrites(mut self, rewrites: Rewrites) -> Document {
        self.rewrites.append(rewrites);
        self
    }

    /// The root.
    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            document: self,
            value: &self.value,
            pointer: String::new(),
        }
    }

    /// Writes a value at a JSON pointer. Only the last step may be new.
    pub(crate) fn set(&mut self, pointer: &str, value: Value) {
        let Some((parent, _)) = pointer.rsplit_once('/') else {
            return;
        };
        let Some(last) = tokens(pointer).last() else {
            return;
        };
        if let Some(Value::Object(members)) = self.value.pointer_mut(parent) {
            members.insert(last, value);
        }
    }

    /// Removes an item of a list.
    pub(crate) fn remove(&mut self, pointer: &str) {
        let Some((parent, last)) = pointer.rsplit_once('/') else {
            return;
        };
        let Ok(index) = last.parse::<usize>() else {
            return;
        };
        if let Some(Value::Array(items)) = self.value.pointer_mut(parent)
            && index < items.len()
        {
            items.remove(index);
            self.places.remove_item(parent, index);
        }
    }

    /// The node at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<Node<'_>> {
        let mut node = self.root();
        for token in tokens(pointer) {
            node = node.get(&token).or_else(|| node.item(&token))?;
        }
        Some(node)
    }
}

/// A node of a document.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    document: &'a Document,
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Node<'a> {
    /// A member of an object.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.as_object()?.get(key)?;
        Some(self.child(key, value))
    }

    /// A member of an object, or the object where it has none: for complaints.
    pub(crate) fn member_or_self(&self, key: &str) -> Node<'a> {
        self.get(key).unwrap_or_else(|| self.clone())
    }

    /// The members of an object, in document order; none of anything else.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let parent = self.clone();
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), parent.child(key, value)))
    }

    /// The items of an array; none of anything else.
    pub(crate) fn items(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let parent = self.clone();
        self.value
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .map(move |(index, value)| parent.child(&index.to_string(), value))
    }

    /// The members of the object at `key`.
    pub(crate) fn members_of(&self, key: &str) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        self.get(key).into_iter().flat_map(|node| node.members())
    }

    /// The items of the array at `key`.
    pub(crate) fn items_of(&self, key: &str) -> impl Iterator<Item = Node<'a>> {
        self.get(key).into_iter().flat_map(|node| node.items())
    }

    /// The text at `key`.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// The text at `key`, or nothing.
    pub(crate) fn text_or_empty(&self, key: &str) -> String {
        self.text(key).unwrap_or_default().to_owned()
    }

    /// Whether `key` is true.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// A copy of the value at `key`.
    pub(crate) fn copy(&self, key: &str) -> Option<Value> {
        self.value.get(key).cloned()
    }

    /// Where the node begins: at its key, if it has one.
    pub(crate) fn place(&self) -> Place {
        self.document.places.get(&self.pointer)
    }

    /// Where the node's value begins.
    pub(crate) fn value_place(&self) -> Place {
        self.document.places.value(&self.pointer)
    }

    /// A copy of the places of the node and of all below it.
    pub(crate) fn places(&self) -> PlaceNode {
        self.document.places.nearest(&self.pointer).clone()
    }

    /// Follows `$ref`s within the document. Stops where one leads nowhere or in a circle.
    pub(crate) fn resolve(&self) -> Node<'a> {
        let mut node = self.clone();
        for _ in 0..64 {
            let Some(reference) = node.text("$ref") else {
                return node;
            };
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.document.at(pointer));
            match target {
                Some(target) => node = target,
                None => return node,
            }
        }
        node
    }

    /// The node of the same document at a pointer from its root.
    pub(crate) fn anywhere(&self, pointer: &str) -> Option<Node<'a>> {
        self.document.at(pointer)
    }

    fn item(&self, index: &str) -> Option<Node<'a>> {
        let value = self.value.as_array()?.get(index.parse::<usize>().ok()?)?;
        Some(self.child(index, value))
    }

    fn child(&self, token: &str, value: &'a Value) -> Node<'a> {
        Node {
            document: self.document,
            value,
            pointer: join(&self.pointer, token),
        }
    }
}
