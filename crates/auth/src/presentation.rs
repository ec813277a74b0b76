//! A credential in the form in which it is sent.

use std::ops::Deref;
use std::sync::{Arc, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};
use url::Url;
use zeroize::Zeroizing;

use crate::api::{BasicEncoding, Presentation, Scheme};
use crate::replicas::Replicate;
use crate::secret::Secret;
use crate::slot::Slot;

/// A credential that is ready to be sent, and what it was made from.
pub(crate) struct Presented {
    origin: Arc<Origin>,
    form: Form,
}

/// What a credential that is ready to be sent was made from.
#[derive(Clone)]
pub(crate) struct Origin {
    pub scheme: &'static Scheme,
    /// The token or key as it was given or acquired; for Basic, what stands after the word.
    pub value: Secret,
    /// The halves of a Basic credential.
    pub basic: Option<(Secret, Secret)>,
    /// The server that takes it, where the token's answer named it.
    pub server_url: Option<Url>,
    /// Where another one can be had.
    pub slot: Weak<Slot>,
}

/// Where it stands in a request, ready made.
pub(crate) enum Form {
    Header(HeaderName, HeaderValue, HeaderText),
    /// A name and its percent-encoded pair.
    Query(&'static str, Arc<Zeroizing<String>>),
    /// A name and its pair.
    Cookie(&'static str, Arc<Zeroizing<String>>),
}

/// The text of a header. It is there once, however many header values are made of it.
#[derive(Clone)]
pub(crate) struct HeaderText(Arc<Zeroizing<Vec<u8>>>);

/// Counts the users of one header value, apart from those of another with the same text.
#[repr(align(128))]
struct Users(HeaderText);

impl AsRef<[u8]> for Users {
    fn as_ref(&self) -> &[u8] {
        &self.0.0
    }
}

/// Why a value cannot be sent.
pub(crate) type Unfit = &'static str;

impl Deref for Presented {
    type Target = Origin;

    fn deref(&self) -> &Origin {
        &self.origin
    }
}

impl Replicate for Presented {
    fn replica(&self) -> Self {
        Self {
            origin: Arc::clone(&self.origin),
            form: self.form.replica(),
        }
    }
}

impl PartialEq for Presented {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.server_url == other.server_url
    }
}

impl Presented {
    /// A token or key.
    pub fn token(
        scheme: &'static Scheme,
        value: Secret,
        server_url: Option<Url>,
        slot: Weak<Slot>,
    ) -> Result<Self, Unfit> {
        Ok(Self {
            form: Form::token(scheme.presentation, value.expose())?,
            origin: Arc::new(Origin {
                scheme,
                value,
                basic: None,
                server_url,
                slot,
            }),
        })
    }

    /// A user name and a password.
    pub fn basic(
        scheme: &'static Scheme,
        username: &str,
        password: &Secret,
    ) -> Result<Self, Unfit> {
        let pair = basic_pair(username, password.expose(), scheme.basic_encoding)?;
        Ok(Self {
            form: Form::header(AUTHORIZATION, &["Basic ", &pair])?,
            origin: Arc::new(Origin {
                scheme,
                value: Secret::from(pair.as_str()),
                basic: Some((username.into(), password.clone())),
                server_url: None,
                slot: Weak::new(),
            }),
        })
    }

    /// The same once more, whose successors come from this slot.
    pub fn again(&self, slot: Weak<Slot>) -> Self {
        Self {
            origin: Arc::new(Origin {
                slot,
                ..Origin::clone(&self.origin)
            }),
            form: self.form.replica(),
        }
    }

    #[inline]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// What is sent, without its value.
    pub fn shape(&self) -> String {
        let length = |text: &str| text.chars().count();
        let named = |name: &str| format!("{name}: <{} characters>", length(self.value.expose()));
        match self.scheme.presentation {
            Presentation::Basic => {
                format!(
                    "Authorization: Basic <{} characters>",
                    length(self.value.expose())
                )
            }
            Presentation::Word(word) => format!(
                "Authorization: {word} <{} characters>",
                length(without_word(self.value.expose(), word))
            ),
            Presentation::Header(name) => named(name),
            Presentation::Prefixed(name, prefix) => format!(
                "{name}: {prefix}<{} characters>",
                length(without_prefix(self.value.expose(), prefix))
            ),
            Presentation::Query(name) => named(&format!("query {name}")),
            Presentation::Cookie(name) => named(&format!("cookie {name}")),
        }
    }
}

impl Form {
    /// A token or key as a scheme presents it. A word that the value brings along is not doubled.
    pub fn token(presentation: Presentation, value: &str) -> Result<Self, Unfit> {
        if value.trim().is_empty() {
            return Err("is empty");
        }
        match presentation {
            Presentation::Basic => Err("needs a user name and a password"),
            Presentation::Word(word) => match without_word(value, word) {
                "" => Err("is empty but for its first word"),
                token => Self::header(AUTHORIZATION, &[word, " ", token]),
            },
            Presentation::Header(name) => Self::header(header_name(name)?, &[value]),
            Presentation::Prefixed(name, prefix) => match without_prefix(value, prefix) {
                "" => Err("is empty but for its prefix"),
                value => Self::header(header_name(name)?, &[prefix, value]),
            },
            Presentation::Query(name) => Ok(Self::Query(name, query_pair(name, value).into())),
            Presentation::Cookie(name) => Ok(Self::Cookie(name, cookie_pair(name, value).into())),
        }
    }

    /// A sensitive header. Its memory is wiped with the last copy of it.
    pub fn header(name: HeaderName, parts: &[&str]) -> Result<Self, Unfit> {
        let text = Zeroizing::new(parts.concat().into_bytes());
        if !text.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e)) {
            return Err("holds a line break or another character that no header can hold");
        }
        let text = HeaderText(Arc::new(text));
        let value = text.value().ok_or("fits in no header")?;
        Ok(Self::Header(name, value, text))
    }

    /// The header, if it is one.
    #[inline]
    pub fn as_header(&self) -> Option<(&HeaderName, &HeaderValue)> {
        match self {
            Self::Header(name, value, _) => Some((name, value)),
            Self::Query(..) | Self::Cookie(..) => None,
        }
    }

    fn replica(&self) -> Self {
        match self {
            Self::Header(name, value, text) => {
                let replica = text.value().unwrap_or_else(|| value.clone());
                Self::Header(name.clone(), replica, text.clone())
            }
            Self::Query(name, pair) => Self::Query(name, Arc::clone(pair)),
            Self::Cookie(name, pair) => Self::Cookie(name, Arc::clone(pair)),
        }
    }

    /// Writes it into a request; what an earlier one of the same name wrote is replaced.
    pub fn apply(&self, request: &mut reqwest::Request) {
        match self {
            Self::Header(name, value, _) => {
                request.headers_mut().insert(name, value.clone());
            }
            Self::Query(name, pair) => {
                let is_other = |known: &&str| name_of(known) != *name;
                let query = request.url().query().unwrap_or_default();
                let others = query.split('&').filter(|pair| !pair.is_empty());
                let query = joined(others.filter(is_other), pair, "&");
                request.url_mut().set_query(Some(&query));
            }
            Self::Cookie(name, pair) => {
                let headers = request.headers_mut();
                let present = headers.get(COOKIE).and_then(|value| value.to_str().ok());
                let others = present.unwrap_or_default().split(';').map(str::trim);
                let is_other = |known: &&str| !known.is_empty() && name_of(known) != *name;
                let cookies = joined(others.filter(is_other), pair, "; ");
                if let Ok(Self::Header(name, value, _)) = Self::header(COOKIE, &[&cookies]) {
                    headers.insert(name, value);
                }
            }
        }
    }
}

impl HeaderText {
    /// A sensitive header value of this text, with a count of its own.
    fn value(&self) -> Option<HeaderValue> {
        let bytes = Bytes::from_owner(Users(self.clone()));
        let mut value = HeaderValue::from_maybe_shared(bytes).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn header_name(name: &str) -> Result<HeaderName, Unfit> {
    HeaderName::try_from(name).map_err(|_| "has no header to stand in")
}

/// The value without the prefix that it brings along. A prefix that ends in a letter or digit may
/// as well be the value's own beginning.
fn without_prefix<'a>(value: &'a str, prefix: &str) -> &'a str {
    let is_apart = prefix.ends_with(|last: char| !last.is_alphanumeric());
    let rest = value.strip_prefix(prefix).filter(|_| is_apart);
    rest.unwrap_or(value)
}

fn joined<'a>(
    others: impl Iterator<Item = &'a str>,
    pair: &'a str,
    between: &str,
) -> Zeroizing<String> {
    let all: Vec<&str> = others.chain([pair]).collect();
    Zeroizing::new(all.join(between))
}

/// The decoded name of an encoded pair.
fn name_of(pair: &str) -> String {
    let name = pair.split('=').next().unwrap_or_default();
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

/// The value without the scheme's word, if it begins with it.
fn without_word<'a>(value: &'a str, word: &str) -> &'a str {
    match value.split_at_checked(word.len()) {
        Some((first, rest)) if first.eq_ignore_ascii_case(word) && rest.starts_with(' ') => {
            rest.trim_start()
        }
        _ => value,
    }
}

/// RFC 7617: the base64 of `username:password`, each form-urlencoded first where the scheme says
/// so (RFC 6749, 2.3.1).
pub(crate) fn basic_pair(
    username: &str,
    password: &str,
    encoding: BasicEncoding,
) -> Result<Zeroizing<String>, Unfit> {
    let form = |text: &str| -> Zeroizing<String> {
        Zeroizing::new(url::form_urlencoded::byte_serialize(text.as_bytes()).collect())
    };
    let pair = match encoding {
        BasicEncoding::Plain if username.contains(':') => {
            return Err("has a user name with a colon, which Basic cannot carry");
        }
        BasicEncoding::Plain => Zeroizing::new(format!("{username}:{password}")),
        BasicEncoding::Form => Zeroizing::new(format!("{}:{}", *form(username), *form(password))),
    };
    Ok(Zeroizing::new(STANDARD.encode(pair.as_bytes())))
}

/// RFC 3986's unreserved characters stay as they are.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// RFC 6265's cookie octets stay as they are.
const COOKIE_VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\');

/// A pair of a query, percent-encoded.
pub(crate) fn query_pair(name: &str, value: &str) -> Zeroizing<String> {
    let name = utf8_percent_encode(name, QUERY);
    Zeroizing::new(format!("{name}={}", utf8_percent_encode(value, QUERY)))
}

/// A pair of a cookie header.
pub(crate) fn cookie_pair(name: &str, value: &str) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{name}={}",
        utf8_percent_encode(value, COOKIE_VALUE)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_the_value_brings_is_not_doubled() {
        for (value, word, rest) in [
            ("abc", "Bearer", "abc"),
            ("Bearer abc", "Bearer", "abc"),
            ("bearer  abc", "Bearer", "abc"),
            ("Bearerabc", "Bearer", "Bearerabc"),
            ("Bearer", "Bearer", "Bearer"),
            ("Bé", "Bearer", "Bé"),
            ("ééé x", "Bearer", "ééé x"),
        ] {
            assert_eq!(without_word(value, word), rest, "{value}");
        }
    }

    #[test]
    fn a_prefix_stands_before_the_value_once() {
        for (prefix, value, expected) in [
            ("key ", "abc", "key abc"),
            ("key ", "key abc", "key abc"),
            ("Token token=", "abc", "Token token=abc"),
            ("k", "k123", "kk123"),
        ] {
            let form = Form::token(Presentation::Prefixed("X-Key", prefix), value).unwrap();
            let (name, written) = form.as_header().unwrap();
            assert_eq!(
                (name.as_str(), written.to_str().unwrap()),
                ("x-key", expected)
            );
            assert!(written.is_sensitive());
        }
    }

    #[test]
    fn basic_is_written_as_the_rfcs_say() {
        for (username, password, encoding, expected) in [
            // RFC 7617, section 2 and 2.1.
            (
                "Aladdin",
                "open sesame",
                BasicEncoding::Plain,
                "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            (
                "test",
                "123\u{a3}",
                BasicEncoding::Plain,
                "dGVzdDoxMjPCow==",
            ),
            // RFC 6749, 2.3.1 and appendix B: `a+b%26c:%25`.
            ("a b&c", "%", BasicEncoding::Form, "YStiJTI2YzolMjU="),
            ("", "key", BasicEncoding::Plain, "OmtleQ=="),
        ] {
            let pair = basic_pair(username, password, encoding).unwrap();
            assert_eq!(*pair, expected, "{username}");
        }
        assert!(basic_pair("a:b", "c", BasicEncoding::Plain).is_err());
        assert!(basic_pair("a:b", "c", BasicEncoding::Form).is_ok());
    }

    #[test]
    fn a_value_that_no_header_can_hold_is_refused() {
        for value in [
            "",
            " ",
            "a\nb",
            "a\r\nb: c",
            "a\u{0}b",
            "\u{7f}",
            "é",
            "Bearer ",
        ] {
            let word = Form::token(Presentation::Word("Bearer"), value);
            assert!(word.is_err(), "{value:?}");
        }
        for value in ["a", "Bearer a", "a b", "a\tb", &"x".repeat(50_000)] {
            assert!(Form::token(Presentation::Header("X-Key"), value).is_ok());
        }
        assert!(Form::token(Presentation::Header("X Key"), "a").is_err());
        assert!(Form::token(Presentation::Prefixed("X-Key", "key "), "key ").is_err());
        assert!(Form::token(Presentation::Basic, "a").is_err());
    }
}
