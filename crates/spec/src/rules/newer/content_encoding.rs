//! Texts that stand for bytes.

use crate::rules::Notes;
use crate::tree::Object;

/// `contentEncoding: base64` is `format: byte`; a `contentMediaType` without an encoding names
/// bytes as they are, `format: binary`, unless it names a text.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = schema.place_of("contentEncoding");
    let encoding = schema.remove("contentEncoding");
    let place = if encoding.is_some() {
        place
    } else {
        schema.place_of("contentMediaType")
    };
    let media_type = schema.remove("contentMediaType");
    if encoding.is_none() && media_type.is_none() {
        return;
    }
    let encoding = encoding.as_ref().and_then(|encoding| encoding.as_str());
    let media_type = media_type.as_ref().and_then(|name| name.as_str());
    let format = match (encoding, media_type) {
        (Some("base64"), _) => Some("byte"),
        (None | Some("binary"), Some(name)) if !is_text(name) => Some("binary"),
        _ => None,
    };
    match format.filter(|_| !schema.has("format")) {
        Some(format) => {
            notes.add(
                place,
                format!("what its content is, is read as `format: {format}`"),
            );
            schema.set("format", format);
            if !schema.has("type") {
                schema.set("type", "string");
            }
        }
        None => notes.add(
            place,
            "what its content is, is left to the reader: it is a text",
        ),
    }
}

fn is_text(media_type: &str) -> bool {
    let name = media_type.to_ascii_lowercase();
    name.starts_with("text/")
        || ["json", "xml", "yaml"]
            .iter()
            .any(|kind| name.contains(kind))
}
