//! Walks the objects of an OpenAPI document, to look at them or to change them.

use serde_json::{Map, Value};

use crate::grammar::{Holds, Kind, below};
use crate::place::{Children, Place, PlaceNode, Position, join};

/// An object of the standard, while the document is changed.
pub(crate) struct Object<'a> {
    pub(crate) kind: Kind,
    pub(crate) members: &'a mut Map<String, Value>,
    places: Option<&'a mut PlaceNode>,
    /// Where the object is, or what it was made from.
    near: &'a Position,
}

impl Object<'_> {
    /// Where the object begins.
    pub(crate) fn place(&self) -> Place {
        let start = self.places.as_deref().map(|places| &places.start);
        start.unwrap_or(self.near).place()
    }

    /// Where a member begins.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        match self.places.as_deref().map(|places| &places.children) {
            Some(Children::Members(members)) => members
                .get(key)
                .map_or_else(|| self.place(), |member| member.start.place()),
            _ => self.place(),
        }
    }

    /// Where the value of a member begins.
    pub(crate) fn value_place_of(&self, key: &str) -> Place {
        match self.places.as_deref().map(|places| &places.children) {
            Some(Children::Members(members)) => members
                .get(key)
                .map_or_else(|| self.place(), |member| member.value.place()),
            _ => self.place(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.members.get(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.members.get(key)?.as_str()
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.members.insert(key.to_owned(), value.into());
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        self.members.shift_remove(key)
    }

    /// The keys, for rules that change members while they go through them.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Removes the items of a list of which `keep` says no.
    pub(crate) fn retain_items(&mut self, key: &str, mut keep: impl FnMut(&Value) -> bool) {
        let Some(Value::Array(items)) = self.members.get_mut(key) else {
            return;
        };
        let kept: Vec<bool> = items.iter().map(&mut keep).collect();
        retain(items, &kept);
        if let Some(Children::Members(members)) = self
            .places
            .as_deref_mut()
            .map(|places| &mut places.children)
            && let Some(Children::Items(places)) =
                members.get_mut(key).map(|member| &mut member.children)
        {
            retain(places, &kept);
        }
    }
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().copied().unwrap_or(true));
}

/// Who changes a document on a walk.
pub(crate) trait Change {
    /// Looks at a value where an object belongs, before it is looked at as one.
    fn value(&mut self, kind: Kind, key: &str, value: &mut Value, place: &Position);

    fn object(&mut self, object: &mut Object<'_>);
}

/// Shows every object to `change`, an object before those in it.
pub(crate) fn change(value: &mut Value, places: &mut PlaceNode, change: &mut dyn Change) {
    let near = places.value.clone();
    step(Kind::Document, "", value, Some(places), &near, change);
}

fn step(
    kind: Kind,
    key: &str,
    value: &mut Value,
    mut places: Option<&mut PlaceNode>,
    near: &Position,
    change: &mut dyn Change,
) {
    let near = match places.as_deref() {
        Some(places) => places.start.clone(),
        None => near.clone(),
    };
    change.value(kind, key, value, &near);
    let Value::Object(members) = value else {
        return;
    };
    change.object(&mut Object {
        kind,
        members,
        places: places.as_deref_mut(),
        near: &near,
    });
    if members.contains_key("$ref") && kind.is_referable() {
        return;
    }
    for (key, member) in members {
        let Some(holds) = below(kind, key) else {
            continue;
        };
        let places = child(places.as_deref_mut(), key);
        match holds {
            Holds::Data => {}
            Holds::One(kind) => step(kind, key, member, places, &near, change),
            Holds::List(kind) => items(kind, member, places, &near, change),
            Holds::Names(kind) => names(kind, member, places, &near, change),
        }
    }
}

fn items(
    kind: Kind,
    list: &mut Value,
    mut places: Option<&mut PlaceNode>,
    near: &Position,
    change: &mut dyn Change,
) {
    let Value::Array(items) = list else {
        return;
    };
    for (index, item) in items.iter_mut().enumerate() {
        let places = match places.as_deref_mut().map(|places| &mut places.children) {
            Some(Children::Items(places)) => places.get_mut(index),
            _ => None,
        };
        step(kind, "", item, places, near, change);
    }
}

fn names(
    kind: Kind,
    map: &mut Value,
    mut places: Option<&mut PlaceNode>,
    near: &Position,
    change: &mut dyn Change,
) {
    let Value::Object(members) = map else {
        return;
    };
    for (name, member) in members {
        if name.starts_with("x-") && kind != Kind::Schema {
            continue;
        }
        let places = child(places.as_deref_mut(), name);
        step(kind, "", member, places, near, change);
    }
}

fn child<'a>(places: Option<&'a mut PlaceNode>, key: &str) -> Option<&'a mut PlaceNode> {
    match &mut places?.children {
        Children::Members(members) => members.get_mut(key),
        _ => None,
    }
}

/// Is shown an object's kind, its members and its pointer.
type Visit<'a> = dyn FnMut(Kind, &Map<String, Value>, &str) + 'a;

/// Shows every object to `visit` with its pointer, an object before those in it.
pub(crate) fn visit(kind: Kind, value: &Value, pointer: &str, visit: &mut Visit<'_>) {
    let Value::Object(members) = value else {
        return;
    };
    visit(kind, members, pointer);
    if members.contains_key("$ref") && kind.is_referable() {
        return;
    }
    for (key, member) in members {
        let Some(holds) = below(kind, key) else {
            continue;
        };
        let pointer = join(pointer, key);
        match (holds, member) {
            (Holds::One(kind), _) => self::visit(kind, member, &pointer, visit),
            (Holds::List(kind), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self::visit(kind, item, &join(&pointer, &index.to_string()), visit);
                }
            }
            (Holds::Names(kind), Value::Object(names)) => {
                for (name, member) in names {
                    if kind == Kind::Schema || !name.starts_with("x-") {
                        self::visit(kind, member, &join(&pointer, name), visit);
                    }
                }
            }
            _ => {}
        }
    }
}
