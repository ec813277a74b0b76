//! Texts: hostile ones, and those that a schema describes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::Value;

/// What a text has to keep away from, because of where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Any text travels here.
    Anywhere,
    /// A path segment: neither empty nor a dot segment.
    Path,
    /// A path segment beside others: nothing that may be taken for what stands between them.
    PathPiece,
    /// A header: visible characters of ASCII (RFC 9110, 5.5).
    Header,
    /// Beside others in one text: without what may stand between them, and not empty.
    Listed,
}

/// Texts that have broken clients.
const HOSTILE: &[&str] = &[
    "",
    " ",
    " a  b ",
    "a/b",
    "../..",
    "..",
    ".",
    "%2F%",
    "a+b c",
    "a&b=c;d",
    "?a#b",
    "a,b|c",
    "\"'\\`$",
    "<&>",
    "[0]",
    "{id}",
    "null",
    "true",
    "0123",
    "1e3",
    "-",
    "line\r\nbreak\ttab",
    "--boundary--",
    "é ü ß",
    "العربية",
    "日本語",
    "😀🏳️‍🌈",
    "\u{10FFFF}",
    "9007199254740993",
];

/// A text without rules of its own.
pub(crate) fn hostile(place: Place) -> BoxedStrategy<String> {
    let long = "[a-z é😀]{200,400}";
    let any = prop_oneof![
        6 => proptest::sample::select(HOSTILE).prop_map(str::to_owned),
        3 => ".{0,12}",
        1 => long,
    ];
    any.prop_map(move |text| fitted(&text, place)).boxed()
}

/// The text of a schema: its format, pattern and lengths; and the place.
pub(crate) fn described(schema: &Value, place: Place) -> BoxedStrategy<String> {
    let length = |keyword: &str| {
        let length = schema.get(keyword).and_then(Value::as_u64)?;
        usize::try_from(length).ok()
    };
    let least = length("minLength").unwrap_or(0).min(100_000);
    let most = length("maxLength").unwrap_or(usize::MAX);
    let pattern = schema.get("pattern").and_then(Value::as_str);
    if let Some(texts) = pattern.and_then(matching) {
        return texts
            .prop_filter("longer or shorter than allowed", move |text| {
                (least..=most).contains(&text.chars().count())
            })
            .boxed();
    }
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(texts) = format.and_then(formatted) {
        return texts;
    }
    hostile(place)
        .prop_map(move |text| {
            let padding = std::iter::repeat_n('x', least.saturating_sub(text.chars().count()));
            let text: String = text.chars().chain(padding).take(most).collect();
            fitted(&text, place)
        })
        .boxed()
}

/// Texts that a pattern matches; `None` where it says more than a generator can follow.
fn matching(pattern: &str) -> Option<BoxedStrategy<String>> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let ascii = inner.replace(r"\d", "[0-9]").replace(r"\w", "[A-Za-z0-9_]");
    string_regex(&ascii).ok().map(Strategy::boxed)
}

fn formatted(format: &str) -> Option<BoxedStrategy<String>> {
    let date = || (1970..2100u32, 1..13u32, 1..29u32);
    let day = |(year, month, day): (u32, u32, u32)| format!("{year:04}-{month:02}-{day:02}");
    Some(match format {
        "date" => date().prop_map(day).boxed(),
        "date-time" => (date(), 0..24u32, 0..60u32, 0..60u32)
            .prop_map(move |(date, hour, minute, second)| {
                format!("{}T{hour:02}:{minute:02}:{second:02}Z", day(date))
            })
            .boxed(),
        "uuid" => regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        "email" => regex("[a-z]{1,8}(\\.[a-z]{1,8})?@[a-z]{1,8}\\.example"),
        "uri" | "url" => regex("https://[a-z]{1,8}\\.example/[a-z]{0,8}(\\?[a-z]=%20)?"),
        "hostname" => regex("[a-z]{1,8}\\.example"),
        "ipv4" | "ip" => regex("192\\.0\\.2\\.[1-9]"),
        "ipv6" => regex("2001:db8::[1-9a-f]"),
        "byte" => proptest::collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| STANDARD.encode(bytes))
            .boxed(),
        _ => return None,
    })
}

fn regex(pattern: &'static str) -> BoxedStrategy<String> {
    pattern.boxed()
}

/// The text without what cannot stand at the place.
fn fitted(text: &str, place: Place) -> String {
    // A mark of the byte order is no part of a text where it stands at the beginning, and white
    // space to ECMAScript's patterns alone.
    let text = &text.replace('\u{feff}', "");
    let kept: String = match place {
        Place::Anywhere => return text.to_owned(),
        Place::Path => text.to_owned(),
        Place::PathPiece => text.chars().filter(char::is_ascii_alphanumeric).collect(),
        Place::Header => text.chars().filter(|c| matches!(c, ' '..='~')).collect(),
        Place::Listed => {
            let is_separator = |c: &char| " ,|;=.&+[]".contains(*c);
            text.chars()
                .filter(|c| c.is_ascii_graphic() && !is_separator(c))
                .collect()
        }
    };
    let kept = match place {
        Place::Path => kept,
        _ => kept.trim().to_owned(),
    };
    match kept.as_str() {
        "" | "." | ".." => "a".to_owned(),
        _ => kept,
    }
}
