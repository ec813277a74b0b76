//! Words for people that lack a part.

use serde_json::Value;

use crate::grammar::Kind;
use crate::rules::{Notes, object};
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Document,
    Kind::Info,
    Kind::Operation,
    Kind::Schema,
    Kind::Tag,
];

/// A tag without a name, documentation without a URL and a licence without a name are left out;
/// a tag that is a text is a tag of that name.
pub(super) fn apply(owner: &mut Object<'_>, notes: &mut Notes<'_>) {
    for (key, part) in [("externalDocs", "url"), ("license", "name")] {
        let place = owner.place_of(key);
        let fits = |value: &Value| value.get(part).is_some_and(Value::is_string);
        if owner.get(key).is_some_and(|value| !fits(value)) {
            notes.add(place, format!("`{key}` has no `{part}` and is left out"));
            owner.remove(key);
        }
    }
    let place = owner.place_of("contact");
    if owner.kind == Kind::Info && owner.get("contact").is_some_and(|value| !value.is_object()) {
        notes.add(place, "`contact` is no object and is left out");
        owner.remove("contact");
    }
    match owner.kind {
        Kind::Document => tags_of_document(owner, notes),
        Kind::Operation => tags_of_operation(owner, notes),
        _ => {}
    }
}

fn tags_of_document(document: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = document.place_of("tags");
    if let Some(Value::Array(tags)) = document.members.get_mut("tags") {
        for tag in tags.iter_mut().filter(|tag| tag.is_string()) {
            notes.add(place.clone(), "a tag that is a text is a tag of that name");
            *tag = object("name", tag.take());
        }
    }
    let is_named = |tag: &Value| tag.get("name").is_some_and(|name| !name.is_null());
    if let Some(Value::Array(tags)) = document.get("tags")
        && !tags.iter().all(is_named)
    {
        notes.add(place, "a tag without a name is left out");
        document.retain_items("tags", is_named);
    }
}

fn tags_of_operation(operation: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = operation.place_of("tags");
    if let Some(tag @ Value::String(_)) = operation.get("tags").cloned() {
        notes.add(place, "a single tag is read as a list of one");
        operation.set("tags", vec![tag]);
        return;
    }
    if let Some(Value::Array(tags)) = operation.members.get_mut("tags") {
        for tag in tags {
            if let Some(name) = tag.get("name").filter(|name| name.is_string()).cloned() {
                notes.add(place.clone(), "a tag that is an object is read as its name");
                *tag = name;
            }
        }
    }
}
