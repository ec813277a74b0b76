//! Patterns that are no regular expressions, or are written as a script writes them.

use crate::criteria::check_pattern;
use crate::rules::Notes;
use crate::tree::Object;

/// A script's `/^a$/` is read as `^a$`: with the slashes, no text would match. What is no regular
/// expression is left out; the server judges by it all the same.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let Some(written) = schema.text("pattern").map(str::to_owned) else {
        return;
    };
    let place = schema.place_of("pattern");
    let (pattern, flags) = within_slashes(&written).unwrap_or((&written, ""));
    let fault = match check_pattern(pattern) {
        // Those that change what matches.
        Ok(_) if flags.contains(['i', 'm', 's']) => format!("the flags `{flags}` are not known"),
        Ok(_) if pattern == written => return,
        Ok(_) => {
            notes.add(place, format!("`{written}` is read as `{pattern}`"));
            schema.set("pattern", pattern);
            return;
        }
        Err(fault) => fault.message,
    };
    notes.add(place, format!("{fault}: it is left to the server"));
    schema.remove("pattern");
}

/// A script's regular expression and its flags, where its anchors show that the slashes do not
/// belong to it.
fn within_slashes(written: &str) -> Option<(&str, &str)> {
    let (pattern, flags) = written.strip_prefix('/')?.rsplit_once('/')?;
    let is_anchored = pattern.starts_with('^') || pattern.ends_with('$');
    let has_flags = flags.bytes().all(|flag| b"dgimsuvy".contains(&flag));
    (is_anchored && has_flags).then_some((pattern, flags))
}
