//! A schema's `examples`.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

/// The first of them is its `example`.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = schema.place_of("examples");
    let Some(examples) = schema.remove("examples") else {
        return;
    };
    let first = match examples {
        Value::Array(items) => items.into_iter().next(),
        Value::Object(members) => members
            .into_iter()
            .next()
            .map(|(_, example)| example.get("value").cloned().unwrap_or(example)),
        other => Some(other),
    };
    notes.add(place, "of `examples`, the first is read as the `example`");
    if let Some(first) = first.filter(|_| !schema.has("example")) {
        schema.set("example", first);
    }
}
