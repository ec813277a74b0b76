//! Keys that came after OpenAPI 3.0, and that no rule has read.

use crate::grammar::{Kind, Version};
use crate::rules::Notes;
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Components,
    Kind::Discriminator,
    Kind::Document,
    Kind::Encoding,
    Kind::Example,
    Kind::Flows,
    Kind::Flow,
    Kind::Info,
    Kind::License,
    Kind::MediaType,
    Kind::PathItem,
    Kind::Response,
    Kind::Schema,
    Kind::SecurityScheme,
    Kind::Server,
    Kind::Tag,
    Kind::Xml,
];

/// They are left out, and named. What references name among them has been taken in before.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    if object.kind == Kind::Server
        && object.text("name").is_some()
        && !object.has("x-name")
        && let Some(name) = object.get("name").cloned()
    {
        // 3.2 has a key for what `x-name` says.
        object.set("x-name", name);
    }
    for key in object.kind.keys() {
        if key.since == Version::V3_0 {
            continue;
        }
        let place = object.place_of(key.name);
        if object.remove(key.name).is_none() {
            continue;
        }
        let version = match key.since {
            Version::V3_2 => "OpenAPI 3.2",
            _ => "OpenAPI 3.1",
        };
        notes.add(
            place,
            format!("`{}` came with {version} and is left out", key.name),
        );
    }
}
