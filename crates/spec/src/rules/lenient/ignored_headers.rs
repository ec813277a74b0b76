//! Header parameters that OpenAPI ignores, and those that only the transport can write.

use super::operations::parameter_lists;
use crate::document::Document;
use crate::rules::Notes;

/// `Accept` and `Content-Type` follow from the media types, `Authorization` from a security scheme
/// (OpenAPI 3.0.3, "Parameter Object"), and the framing of a message from its body (RFC 9112,
/// section 6): a parameter of these names is left out.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut ignored = Vec::new();
    for list in parameter_lists(&document.root()) {
        for listed in list.items() {
            let parameter = listed.resolve();
            let name = parameter.text("name").unwrap_or_default();
            let instead = match name.to_ascii_lowercase().as_str() {
                _ if parameter.text("in") != Some("header") => continue,
                "accept" => "the media types of the answers say what it is",
                "content-type" => "the media types of the body say what it is",
                "authorization" => "a security scheme gives it",
                "content-length" | "transfer-encoding" => "it is written as the body's length is",
                _ => continue,
            };
            notes.add(
                listed.place(),
                format!("a header parameter `{name}` is left out: {instead}"),
            );
            ignored.push(listed.pointer.clone());
        }
    }
    for pointer in ignored.iter().rev() {
        document.remove(pointer);
    }
}
