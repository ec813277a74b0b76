//! `required` that is no list.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

/// In a property, `required: true` is no word of JSON Schema since its fourth draft: only the
/// list of the object around it counts. Readers ignore it.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let what = match schema.get("required") {
        Some(Value::Bool(_)) => "only the list of the object around it says what is required",
        Some(Value::Object(_) | Value::Number(_)) => "`required` is no list, and left out",
        Some(Value::String(name)) => {
            let list = vec![Value::String(name.clone())];
            notes.add(
                schema.place_of("required"),
                "a single name is read as a list of one",
            );
            schema.set("required", list);
            return;
        }
        _ => return,
    };
    notes.add(schema.place_of("required"), what);
    schema.remove("required");
}
