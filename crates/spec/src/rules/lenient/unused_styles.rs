//! Styles that a parameter cannot have where it stands.

use crate::rules::Notes;
use crate::tree::Object;

/// The default style of the place is the only one that the standard leaves.
pub(super) fn apply(parameter: &mut Object<'_>, notes: &mut Notes<'_>) {
    let styles: &[&str] = match parameter.text("in") {
        Some("path") => &["matrix", "label", "simple"],
        Some("header") => &["simple"],
        Some("cookie") => &["form"],
        Some("query") => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        _ => return,
    };
    let Some(style) = parameter.text("style").map(str::to_owned) else {
        return;
    };
    let is_known_elsewhere = [
        "matrix",
        "label",
        "simple",
        "form",
        "spaceDelimited",
        "pipeDelimited",
        "deepObject",
        "cookie",
    ]
    .contains(&style.as_str());
    if styles.contains(&style.as_str()) || !is_known_elsewhere {
        return;
    }
    notes.add(
        parameter.place_of("style"),
        format!("the style `{style}` means nothing here: the default is taken"),
    );
    parameter.remove("style");
}
