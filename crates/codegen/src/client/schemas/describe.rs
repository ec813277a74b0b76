//! What a schema says in words.

use serde_json::Value;

/// The description of a schema, with what the Rust type does not show.
pub(crate) fn description(value: &Value) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let texts = ["title", "description"].map(|keyword| value.get(keyword).and_then(Value::as_str));
    for text in texts
        .into_iter()
        .flatten()
        .filter(|text| !text.trim().is_empty())
    {
        if !paragraphs.iter().any(|one| one == text) {
            paragraphs.push(text.to_string());
        }
    }
    if let Some(default) = value.get("default") {
        paragraphs.push(format!("The server's default: {}.", code(default)));
    }
    let textual = value.get("type") == Some(&Value::String("string".to_string()));
    let values = value.get("enum").and_then(Value::as_array);
    if let (Some(values), false) = (values, textual) {
        let values: Vec<String> = values.iter().map(code).collect();
        paragraphs.push(format!("One of {}.", values.join(", ")));
    }
    if value.get("deprecated") == Some(&Value::Bool(true)) {
        paragraphs.push("Deprecated.".to_string());
    }
    if value.get("x-assumed") == Some(&Value::Bool(true)) {
        paragraphs.push(ASSUMED.to_string());
    }
    paragraphs.join("\n\n")
}

/// What is said of everything that the document assumes.
pub(crate) const ASSUMED: &str = "Assumed: not documented by the provider.";

/// A value as a code span; as plain words where it would break one.
fn code(value: &Value) -> String {
    let text = value.to_string();
    if text.contains('`') || text.chars().any(char::is_control) || text.len() > 200 {
        "as the document says".to_string()
    } else {
        format!("`{text}`")
    }
}
