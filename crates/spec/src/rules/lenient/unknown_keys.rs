//! Keys that the standard does not know.

use crate::grammar::{Kind, all_names};
use crate::rules::Notes;
use crate::spelling;
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Components,
    Kind::Contact,
    Kind::Discriminator,
    Kind::Document,
    Kind::Encoding,
    Kind::Example,
    Kind::ExternalDocs,
    Kind::Flow,
    Kind::Flows,
    Kind::Header,
    Kind::Info,
    Kind::License,
    Kind::Link,
    Kind::MediaType,
    Kind::Operation,
    Kind::Parameter,
    Kind::PathItem,
    Kind::RequestBody,
    Kind::Response,
    Kind::Schema,
    Kind::SecurityScheme,
    Kind::Server,
    Kind::ServerVariable,
    Kind::Tag,
    Kind::Xml,
];

/// Nobody reads them. A key that is spelt almost like one that is known was meant to be read, and
/// is left for the checks to complain about; so is a key of the standard that stands in the wrong
/// object and would change a request.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    if object.has("$ref") && object.kind.is_referable() && object.kind != Kind::PathItem {
        return beside_reference(object, notes);
    }
    for key in object.keys() {
        let mut known = object.kind.keys().iter().map(|known| known.name);
        if key.starts_with("x-") || known.any(|known| known == key) {
            continue;
        }
        let is_elsewhere = all_names().any(|name| name == key);
        let candidates = object.kind.keys().iter().map(|known| known.name);
        if !is_elsewhere && spelling::nearest(&key, candidates).is_some() {
            continue;
        }
        notes.add(object.place_of(&key), format!("nobody reads `{key}` here"));
        object.remove(&key);
    }
}

/// What stands beside a reference is ignored (OpenAPI 3.0.3, "Reference Object").
fn beside_reference(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    const WORDS: [&str; 3] = ["$ref", "summary", "description"];
    for key in object.keys() {
        let is_known = object.kind.keys().iter().any(|known| known.name == key);
        let candidates = object.kind.keys().iter().map(|known| known.name);
        let is_misspelt = !is_known && spelling::nearest(&key, candidates).is_some();
        if WORDS.contains(&key.as_str()) || key.starts_with("x-") || is_misspelt {
            continue;
        }
        notes.add(
            object.place_of(&key),
            format!("nobody reads `{key}` beside `$ref`"),
        );
        object.remove(&key);
    }
}
