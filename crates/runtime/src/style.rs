//! Arrays and objects as text: OpenAPI's `style` and `explode`.
//!
//! Null and absent members write nothing, and neither do empty arrays and objects (RFC 6570,
//! 3.2.1: they are undefined values). What is nested deeper than a style can say is JSON text.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::operation::Style;
use crate::value::text;

/// How a place in a request wants names, values and what stands between them.
#[derive(Debug)]
pub(crate) struct Place {
    escape: fn(&str) -> String,
    comma: &'static str,
    space: &'static str,
    pipe: &'static str,
}

/// The query of a URL: percent-encoding, so that a space is `%20` for every reader.
pub(crate) const QUERY: Place = Place {
    escape: percent_encode,
    comma: ",",
    space: "%20",
    pipe: "%7C",
};

/// A body of `application/x-www-form-urlencoded`.
pub(crate) const FORM: Place = Place {
    escape: form_encode,
    comma: "%2C",
    space: "+",
    pipe: "%7C",
};

/// A `Cookie` header (RFC 6265, 4.1.1: neither comma nor space nor semicolon).
pub(crate) const COOKIE: Place = Place {
    escape: cookie_encode,
    comma: "%2C",
    space: "%20",
    pipe: "|",
};

/// Nowhere: the pairs as a reader gets them.
#[cfg(feature = "mock")]
pub(crate) const PLAIN: Place = Place {
    escape: str::to_owned,
    comma: ",",
    space: " ",
    pipe: "|",
};

/// The pairs that a value makes in a query, a form or a cookie, escaped for that place.
pub(crate) fn pairs(
    place: &Place,
    name: &str,
    value: &Value,
    style: Style,
    explode: bool,
) -> Vec<(String, String)> {
    let escape = place.escape;
    match (style, value) {
        (_, Value::Null) => Vec::new(),
        (Style::Json, value) => vec![(escape(name), escape(&value.to_string()))],
        (Style::DeepObject, Value::Array(_) | Value::Object(_)) => {
            let mut pairs = Vec::new();
            write_deep(place, name.to_owned(), value, &mut pairs);
            pairs
        }
        (_, Value::Array(items)) if explode => items
            .iter()
            .filter_map(text)
            .map(|item| (escape(name), escape(&item)))
            .collect(),
        (_, Value::Object(members)) if explode => members
            .iter()
            .filter_map(|(key, value)| Some((escape(key), escape(&text(value)?))))
            .collect(),
        (style, Value::Array(items)) => {
            joined(place, name, style, items.iter().filter_map(text).collect())
        }
        (style, Value::Object(members)) => joined(place, name, style, flattened(members)),
        (_, scalar) => text(scalar)
            .map(|text| (escape(name), escape(&text)))
            .into_iter()
            .collect(),
    }
}

/// A value in a path segment or a header, as `style: simple` says; not escaped.
pub(crate) fn simple(value: &Value, style: Style, explode: bool) -> Option<String> {
    let items = match value {
        value if style == Style::Json && !value.is_null() => return Some(value.to_string()),
        Value::Array(items) => items.iter().filter_map(text).collect(),
        Value::Object(members) if explode => members
            .iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", text(value)?)))
            .collect(),
        Value::Object(members) => flattened(members),
        scalar => return text(scalar),
    };
    (!items.is_empty()).then(|| items.join(","))
}

/// `a=1,2`, with the delimiter of the style.
fn joined(place: &Place, name: &str, style: Style, items: Vec<String>) -> Vec<(String, String)> {
    if items.is_empty() {
        return Vec::new();
    }
    let delimiter = match style {
        Style::SpaceDelimited => place.space,
        Style::PipeDelimited => place.pipe,
        _ => place.comma,
    };
    let items: Vec<String> = items.iter().map(|item| (place.escape)(item)).collect();
    vec![((place.escape)(name), items.join(delimiter))]
}

/// Keys and values in turn.
fn flattened(members: &Map<String, Value>) -> Vec<String> {
    members
        .iter()
        .filter_map(|(key, value)| Some([key.clone(), text(value)?]))
        .flatten()
        .collect()
}

/// `name[key][0]=value` for every scalar inside.
fn write_deep(place: &Place, name: String, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                write_deep(place, format!("{name}[{index}]"), item, pairs);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                write_deep(place, format!("{name}[{key}]"), value, pairs);
            }
        }
        scalar => {
            pairs.extend(text(scalar).map(|text| ((place.escape)(&name), (place.escape)(&text))))
        }
    }
}

fn percent_encode(text: &str) -> String {
    /// Everything but the unreserved characters (RFC 3986, 2.3).
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

fn form_encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn cookie_encode(text: &str) -> String {
    /// What no cookie value may hold, and the escape character itself.
    const ILLEGAL: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b',')
        .add(b';')
        .add(b'\\')
        .add(b'%');
    utf8_percent_encode(text, ILLEGAL).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(place: &Place, value: &Value, style: Style, explode: bool) -> String {
        let pairs = pairs(place, "a", value, style, explode);
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }

    /// OpenAPI 3.0.4, "Style Examples", and the values that it leaves open.
    #[test]
    fn a_query_is_written_as_style_and_explode_say() {
        let array = json!(["blue", "black"]);
        let object = json!({"R": 100, "G": 200});
        let hostile = json!(["a,b", "c d", "é&=+", null]);
        let nested = json!({"b": [1, {"c": "x]y"}], "d": null});
        let cases = [
            (json!("a b"), Style::Form, true, "a=a%20b"),
            (json!(""), Style::Form, true, "a="),
            (json!(null), Style::Form, true, ""),
            (json!(true), Style::DeepObject, true, "a=true"),
            (array.clone(), Style::Form, true, "a=blue&a=black"),
            (array.clone(), Style::Form, false, "a=blue,black"),
            (
                array.clone(),
                Style::SpaceDelimited,
                false,
                "a=blue%20black",
            ),
            (array.clone(), Style::SpaceDelimited, true, "a=blue&a=black"),
            (array.clone(), Style::PipeDelimited, false, "a=blue%7Cblack"),
            (
                array.clone(),
                Style::DeepObject,
                true,
                "a%5B0%5D=blue&a%5B1%5D=black",
            ),
            (
                array,
                Style::Json,
                false,
                "a=%5B%22blue%22%2C%22black%22%5D",
            ),
            (object.clone(), Style::Form, true, "R=100&G=200"),
            (object.clone(), Style::Form, false, "a=R,100,G,200"),
            (
                object.clone(),
                Style::SpaceDelimited,
                false,
                "a=R%20100%20G%20200",
            ),
            (object, Style::DeepObject, true, "a%5BR%5D=100&a%5BG%5D=200"),
            (
                hostile.clone(),
                Style::Form,
                true,
                "a=a%2Cb&a=c%20d&a=%C3%A9%26%3D%2B",
            ),
            (hostile, Style::Form, false, "a=a%2Cb,c%20d,%C3%A9%26%3D%2B"),
            (
                nested.clone(),
                Style::DeepObject,
                true,
                "a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=x%5Dy",
            ),
            (
                nested,
                Style::Form,
                true,
                "b=%5B1%2C%7B%22c%22%3A%22x%5Dy%22%7D%5D",
            ),
            (json!([]), Style::Form, false, ""),
            (json!({}), Style::DeepObject, true, ""),
        ];
        for (value, style, explode, expected) in cases {
            let got = written(&QUERY, &value, style, explode);
            assert_eq!(got, expected, "{value} {style:?} explode: {explode}");
        }
    }

    #[test]
    fn a_form_and_a_cookie_escape_in_their_own_way() {
        let value = json!(["a b", "c,d;e"]);
        assert_eq!(
            written(&FORM, &value, Style::Form, false),
            "a=a+b%2Cc%2Cd%3Be"
        );
        assert_eq!(
            written(&COOKIE, &value, Style::Form, false),
            "a=a%20b%2Cc%2Cd%3Be"
        );
    }

    #[test]
    fn a_path_or_header_is_written_as_simple_says() {
        let cases = [
            (json!("a b"), Style::Simple, false, Some("a b")),
            (
                json!(["blue", "black"]),
                Style::Simple,
                false,
                Some("blue,black"),
            ),
            (
                json!({"R": 100, "G": 200}),
                Style::Simple,
                false,
                Some("R,100,G,200"),
            ),
            (
                json!({"R": 100, "G": 200}),
                Style::Simple,
                true,
                Some("R=100,G=200"),
            ),
            (json!({"R": 100}), Style::Json, false, Some(r#"{"R":100}"#)),
            (json!(null), Style::Json, false, None),
            (json!([]), Style::Simple, false, None),
        ];
        for (value, style, explode, expected) in cases {
            assert_eq!(
                simple(&value, style, explode).as_deref(),
                expected,
                "{value} {style:?}"
            );
        }
    }
}
