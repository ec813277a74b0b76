//! Responses without a description.

use crate::rules::Notes;
use crate::tree::Object;

/// It is for people.
pub(super) fn apply(response: &mut Object<'_>, notes: &mut Notes<'_>) {
    if !response.has("description") && !response.has("$ref") {
        notes.add(response.place(), "a response without a description");
        response.set("description", "");
    }
}
