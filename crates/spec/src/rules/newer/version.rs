//! OpenAPI 3.1 and 3.2 are read as 3.0.

use serde_json::{Map, Value};

use crate::rules::Notes;
use crate::tree::Object;

/// Everything of 3.1 is brought down to 3.0 by rules that say so; of 3.2, what 3.1 does not have
/// is left out, and named. `openapi: 3.0` is a number in YAML.
pub(super) fn apply(document: &mut Object<'_>, notes: &mut Notes<'_>) {
    let version = match document.get("openapi") {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return,
    };
    let is = |series: &str| version == series || version.starts_with(&format!("{series}."));
    let what = if is("3.2") {
        "OpenAPI 3.2 is read as 3.1; what only 3.2 has is left out, and named"
    } else if is("3.1") {
        "OpenAPI 3.1 is read as 3.0; what 3.0 says otherwise is named"
    } else if is("3.0")
        && document.text("openapi") != Some("3.0")
        && document.text("openapi") == Some(&version)
    {
        return;
    } else if is("3.0") {
        "read as OpenAPI 3.0.3"
    } else {
        return;
    };
    if !is("3.0")
        && !document.has("paths")
        && (document.has("webhooks") || document.has("components"))
    {
        document.set("paths", Value::Object(Map::new()));
    }
    notes.add(document.place_of("openapi"), what);
    document.set("openapi", "3.0.3");
}
