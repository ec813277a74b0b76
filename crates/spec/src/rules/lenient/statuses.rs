//! The keys of `responses`.

use serde_json::{Map, Value};

use crate::rules::{Notes, object};
use crate::tree::Object;

/// `2xx` is `2XX`. What is no status, such as `success`, says nothing that an answer can be
/// recognised by, and is left out. An operation that documents no answer may answer anything.
pub(super) fn apply(operation: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = operation.place_of("responses");
    let responses = match operation.members.get_mut("responses") {
        Some(Value::Object(responses)) => std::mem::take(responses),
        Some(_) => return,
        None => Map::new(),
    };
    let mut read = Map::new();
    for (key, response) in responses {
        match status(&key) {
            Some(status) if status == key => {
                read.insert(key, response);
            }
            Some(status) if !read.contains_key(&status) => {
                notes.add(
                    place.clone(),
                    format!("the status `{key}` is read as `{status}`"),
                );
                read.insert(status, response);
            }
            _ if key.starts_with("x-") => {
                read.insert(key, response);
            }
            _ => notes.add(
                place.clone(),
                format!("`{key}` is no status that an answer can have, and is left out"),
            ),
        }
    }
    if !read.keys().any(|key| !key.starts_with("x-")) {
        notes.add(place, "no answer is documented: any is taken");
        read.insert(
            "default".to_owned(),
            object("description", Value::String(String::new())),
        );
    }
    operation.set("responses", read);
}

fn status(key: &str) -> Option<String> {
    let trimmed = key.trim();
    let upper = trimmed.to_ascii_uppercase();
    if upper == "DEFAULT" {
        return Some("default".to_owned());
    }
    let mut characters = upper.chars();
    let starts_well = matches!(characters.next(), Some('1'..='5'));
    let rest = characters.as_str();
    let is_status = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    (starts_well && (is_status || rest == "XX")).then_some(upper)
}
