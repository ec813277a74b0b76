//! What media types have in common.

/// The type and subtype of a media type in lower case, without parameters (RFC 9110, 8.3.1).
pub(crate) fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}
