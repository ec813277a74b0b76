//! Parameters in the path.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

/// They are always required: a path cannot do without.
pub(super) fn apply(parameter: &mut Object<'_>, notes: &mut Notes<'_>) {
    let is_right = parameter.get("required") == Some(&Value::Bool(true));
    if parameter.text("in") == Some("path") && !is_right {
        let name = parameter.text("name").unwrap_or_default().to_owned();
        notes.add(
            parameter.place(),
            format!("`{name}` stands in the path, and so is required"),
        );
        parameter.set("required", true);
    }
}
