//! Credentials where a request holds them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::AUTHORIZATION;
use keyfob_spec::{BasicEncoding, Presentation};
use percent_encoding::percent_decode_str;

use crate::call::Call;

/// A credential as a request presents it.
pub(crate) enum Presented {
    /// User name and password, before any form decoding.
    Basic(String, String),
    /// A value; where a scheme word stands before it, the value with and without the word.
    Value(Vec<String>),
    /// Something stands there that the scheme cannot read.
    Unreadable,
}

/// What stands where the presentation says; `None` if nothing does.
pub(crate) fn presented(presentation: &Presentation, call: &Call) -> Option<Presented> {
    let lone = |value: String| Presented::Value(vec![value]);
    match presentation {
        Presentation::Basic => authorization(call).map(basic),
        Presentation::Word(word) => authorization(call).map(|header| with_word(word, header)),
        Presentation::Header(name) => {
            let value = call.headers.get(name)?;
            Some(
                value
                    .to_str()
                    .map_or(Presented::Unreadable, |text| lone(text.to_owned())),
            )
        }
        Presentation::Prefixed(name, prefix) => {
            let value = call.headers.get(name)?.to_str().unwrap_or_default();
            Some(behind(prefix, value))
        }
        Presentation::Query(name) => call.query_value(name).map(lone),
        Presentation::Cookie(name) => call.cookie(name).map(lone),
    }
}

/// One half of a Basic credential, decoded.
pub(crate) fn decode_half(encoding: BasicEncoding, half: &str) -> String {
    match encoding {
        BasicEncoding::Plain => half.to_owned(),
        BasicEncoding::Form => percent_decode_str(&half.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned(),
    }
}

fn authorization(call: &Call) -> Option<&str> {
    let value = call.headers.get(AUTHORIZATION)?;
    Some(value.to_str().unwrap_or_default())
}

fn basic(header: &str) -> Presented {
    let pair = header
        .strip_prefix("Basic ")
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match pair.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((username, password)) => Presented::Basic(username.to_owned(), password.to_owned()),
        None => Presented::Unreadable,
    }
}

/// The word is compared with regard to case, as some APIs do.
fn with_word(word: &str, header: &str) -> Presented {
    behind(&format!("{word} "), header)
}

fn behind(prefix: &str, header: &str) -> Presented {
    match header.strip_prefix(prefix) {
        Some(rest) => Presented::Value(vec![rest.to_owned(), header.to_owned()]),
        None => Presented::Unreadable,
    }
}
