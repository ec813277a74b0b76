//! Documents that do not say what they are called.

use crate::rules::Notes;
use crate::tree::Object;

/// Title and version are for people.
pub(super) fn apply(info: &mut Object<'_>, notes: &mut Notes<'_>) {
    for (key, value) in [("title", "API"), ("version", "0")] {
        if !info.has(key) {
            notes.add(
                info.place(),
                format!("`{key}` is missing: read as `{value}`"),
            );
            info.set(key, value);
        }
    }
}
