//! Bodies without media types.

use serde_json::{Map, Value};

use crate::grammar::Kind;
use crate::rules::{Notes, object};
use crate::tree::Object;

/// A `schema` that stands where `content` belongs is that of a JSON body, as in Swagger 2.0. A
/// request body without any content has none.
pub(super) fn apply(body: &mut Object<'_>, notes: &mut Notes<'_>) {
    if body.has("$ref") {
        return;
    }
    if !body.has("content")
        && let Some(schema @ Value::Object(_)) = body.get("schema").cloned()
    {
        notes.add(
            body.place_of("schema"),
            "a `schema` without a media type is that of JSON",
        );
        body.remove("schema");
        body.set(
            "content",
            object("application/json", object("schema", schema)),
        );
    }
    if body.kind == Kind::RequestBody && !body.has("content") {
        notes.add(body.place(), "a request body without `content` is none");
        body.set("content", Map::new());
    }
}
