//! Patterns that are no regular expressions.

use crate::criteria::check_pattern;
use crate::rules::Notes;
use crate::tree::Object;

/// The server judges by them all the same; here they are left out.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    if let Some(pattern) = schema.text("pattern")
        && let Err(fault) = check_pattern(pattern)
    {
        notes.add(
            schema.place_of("pattern"),
            format!("{}: it is left to the server", fault.message),
        );
        schema.remove("pattern");
    }
}
