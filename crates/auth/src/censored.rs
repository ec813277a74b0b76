//! Words of a server, without the secrets that it repeats.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

/// A text in which each secret is replaced by `[secret]`: as it is, and as it stands in JSON, in
/// a form, in a URL and in HTML, since a server may repeat a request as it came.
pub fn censored(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    let long = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET);
    for secret in long {
        for spelling in spellings(secret) {
            text = text.replace(&*spelling, CENSORED);
        }
    }
    text
}

pub(crate) const CENSORED: &str = "[secret]";

/// Cutting out a letter or two would only garble the words, and hide nothing.
const SHORTEST_SECRET: usize = 4;

/// RFC 3986's unreserved characters stay as they are.
const URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn spellings(secret: &str) -> [Cow<'_, str>; 5] {
    let json = serde_json::Value::from(secret).to_string();
    let json = json.get(1..json.len() - 1).unwrap_or_default().to_owned();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;");
    let html = html.replace('>', "&gt;").replace('"', "&quot;");
    [
        secret.into(),
        json.into(),
        form.into(),
        utf8_percent_encode(secret, URL).into(),
        html.into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_however_it_is_spelled() {
        let secret = "a+b&c=\"/% é";
        for spelled in [
            secret,
            r#"a+b&c=\"/% é"#,
            "a%2Bb%26c%3D%22%2F%25+%C3%A9",
            "a%2Bb%26c%3D%22%2F%25%20%C3%A9",
            "a+b&amp;c=&quot;/% é",
        ] {
            let clean = censored(&format!("no: {spelled}."), &[secret]);
            assert_eq!(clean, "no: [secret].");
        }
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_stays() {
        assert_eq!(censored("not real", &["", "re"]), "not real");
    }
}
