//! Examples that are written as something else.

use serde_json::{Map, Value};

use crate::grammar::Kind;
use crate::rules::{Notes, object};
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Components,
    Kind::Header,
    Kind::MediaType,
    Kind::Parameter,
];

/// `examples` maps names to objects that have a `value`; a list, or the values themselves, say
/// the same. Beside an `example`, `examples` are left out.
pub(super) fn apply(owner: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = owner.place_of("examples");
    let Some(examples) = owner.get("examples") else {
        return;
    };
    if owner.has("example") && owner.kind != Kind::Components {
        notes.add(place, "beside `example`, `examples` are left out");
        owner.remove("examples");
        return;
    }
    let read: Map<String, Value> = match examples {
        Value::Object(members) if members.values().all(is_example) => return,
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), example(value)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("example{}", index + 1), example(value)))
            .collect(),
        value => Map::from_iter([("example1".to_owned(), example(value))]),
    };
    notes.add(
        place,
        "`examples` are read as objects with a `value`, by name",
    );
    owner.set("examples", read);
}

fn is_example(value: &Value) -> bool {
    let known = ["$ref", "summary", "description", "value", "externalValue"];
    value.as_object().is_some_and(|members| {
        let is_known = |key: &String| known.contains(&key.as_str()) || key.starts_with("x-");
        members.keys().all(is_known)
            && !(members.contains_key("value") && members.contains_key("externalValue"))
    })
}

fn example(value: &Value) -> Value {
    if is_example(value) {
        value.clone()
    } else {
        object("value", value.clone())
    }
}
