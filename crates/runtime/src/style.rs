//! Arrays and objects as text: OpenAPI's `style` and `explode`.
//!
//! Null and absent members write nothing, and neither do empty arrays and objects (RFC 6570,
//! 3.2.1: they are undefined values). What is nested deeper than a style can say is JSON text.

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::operation::Style;
use crate::value::text;

/// How a place in a request wants names, values and what stands between them.
#[derive(Debug)]
pub(crate) struct Place {
    escape: fn(&str, &mut String),
    /// What stands before the first pair.
    before: &'static str,
    /// What stands between two pairs.
    between: &'static str,
    comma: &'static str,
    space: &'static str,
    pipe: &'static str,
}

/// The query of a URL: percent-encoding, so that a space is `%20` for every reader.
pub(crate) const QUERY: Place = Place {
    escape: percent_encode,
    before: "?",
    between: "&",
    comma: ",",
    space: "%20",
    pipe: "%7C",
};

/// The query, for a parameter with `allowReserved`.
pub(crate) const QUERY_WITH_RESERVED: Place = Place {
    escape: percent_encode_all_but_reserved,
    ..QUERY
};

/// A path segment.
pub(crate) const SEGMENT: Place = Place {
    before: "",
    ..QUERY
};

/// A body of `application/x-www-form-urlencoded`.
pub(crate) const FORM: Place = Place {
    escape: form_encode,
    before: "",
    between: "&",
    comma: "%2C",
    space: "+",
    pipe: "%7C",
};

/// A `Cookie` header (RFC 6265, 4.1.1: neither comma nor space nor semicolon).
pub(crate) const COOKIE: Place = Place {
    escape: cookie_encode,
    before: "",
    between: "; ",
    comma: "%2C",
    space: "%20",
    pipe: "|",
};

/// A header, which escapes nothing; and what a reader gets from any place.
pub(crate) const PLAIN: Place = Place {
    escape: |text, out| out.push_str(text),
    before: "",
    between: "&",
    comma: ",",
    space: " ",
    pipe: "|",
};

impl Place {
    fn escaped(&self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        (self.escape)(text, &mut escaped);
        escaped
    }
}

/// The text of pairs, each behind the one before it.
pub(crate) struct Pairs {
    text: String,
    is_empty: bool,
}

impl Pairs {
    /// None yet, behind this text.
    pub(crate) fn behind(text: String) -> Self {
        Self {
            text,
            is_empty: true,
        }
    }

    /// Writes the pairs that a value makes.
    pub(crate) fn add(
        &mut self,
        place: &Place,
        name: &str,
        value: &Value,
        style: Style,
        explode: bool,
    ) {
        match value {
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) if style != Style::Json => {
                self.begin(place);
                (place.escape)(name, &mut self.text);
                self.text.push('=');
                append_scalar(place, &mut self.text, value);
            }
            _ => {
                for (name, value) in pairs(place, name, value, style, explode) {
                    self.begin(place);
                    self.text.push_str(&name);
                    self.text.push('=');
                    self.text.push_str(&value);
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn begin(&mut self, place: &Place) {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        let mark = if is_first {
            place.before
        } else {
            place.between
        };
        self.text.push_str(mark);
    }
}

/// A string is not copied, nor is a number written anywhere else first.
fn append_scalar(place: &Place, out: &mut String, scalar: &Value) {
    /// Escapes what is written through it.
    struct Escaping<'a>(&'a Place, &'a mut String);

    impl Write for Escaping<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            (self.0.escape)(text, self.1);
            Ok(())
        }
    }

    match scalar {
        Value::String(text) => (place.escape)(text, out),
        // Digits are escaped nowhere.
        Value::Number(number) if number.is_u64() => {
            let number = number.as_u64().unwrap_or_default();
            out.push_str(itoa::Buffer::new().format(number));
        }
        // Writing into a string does not fail.
        other => drop(write!(Escaping(place, out), "{other}")),
    }
}

/// The pairs that a value makes in a query, a form or a cookie, escaped for that place.
pub(crate) fn pairs(
    place: &Place,
    name: &str,
    value: &Value,
    style: Style,
    explode: bool,
) -> Vec<(String, String)> {
    let escape = |text: &str| place.escaped(text);
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

/// Writes a value for a path segment or a header as `simple`, `label` and `matrix` say (RFC 6570,
/// 3.2.2, 3.2.5 and 3.2.7). `false`: there is nothing to write.
pub(crate) fn write_segment(
    place: &Place,
    out: &mut String,
    name: &str,
    value: &Value,
    style: Style,
    explode: bool,
) -> bool {
    let items: Vec<String> = match value {
        Value::Null => return false,
        value if style == Style::Json => {
            (place.escape)(&value.to_string(), out);
            return true;
        }
        Value::Array(items) => items.iter().filter_map(text).collect(),
        Value::Object(members) if !explode => flattened(members),
        Value::Object(members) => {
            let pair = |(key, value): (&String, &Value)| {
                let (key, value) = (place.escaped(key), place.escaped(&text(value)?));
                Some(format!("{key}={value}"))
            };
            let pairs: Vec<String> = members.iter().filter_map(pair).collect();
            return write_items(out, &pairs, style, None, true);
        }
        scalar => {
            write_scalar_segment(place, out, name, scalar, style);
            return true;
        }
    };
    let items: Vec<String> = items.iter().map(|item| place.escaped(item)).collect();
    write_items(out, &items, style, Some(&place.escaped(name)), explode)
}

fn write_scalar_segment(place: &Place, out: &mut String, name: &str, scalar: &Value, style: Style) {
    match style {
        Style::Label => out.push('.'),
        Style::Matrix => {
            out.push(';');
            (place.escape)(name, out);
            if scalar.as_str() != Some("") {
                out.push('=');
            }
        }
        _ => {}
    }
    append_scalar(place, out, scalar);
}

/// Items that are escaped already; `name` is what `matrix` puts before them.
fn write_items(
    out: &mut String,
    items: &[String],
    style: Style,
    name: Option<&str>,
    explode: bool,
) -> bool {
    let text = match (style, explode, name) {
        (Style::Label, true, _) => format!(".{}", items.join(".")),
        (Style::Label, false, _) => format!(".{}", items.join(",")),
        (Style::Matrix, true, None) => format!(";{}", items.join(";")),
        (Style::Matrix, true, Some(name)) => {
            items.iter().map(|item| format!(";{name}={item}")).collect()
        }
        (Style::Matrix, false, name) => {
            format!(";{}={}", name.unwrap_or_default(), items.join(","))
        }
        _ => items.join(","),
    };
    if !items.is_empty() {
        out.push_str(&text);
    }
    !items.is_empty()
}

/// A value in a header, as `style: simple` says; not escaped.
pub(crate) fn simple(value: &Value, style: Style, explode: bool) -> Option<String> {
    let mut text = String::new();
    write_segment(&PLAIN, &mut text, "", value, style, explode).then_some(text)
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
    let items: Vec<String> = items.iter().map(|item| place.escaped(item)).collect();
    vec![(place.escaped(name), items.join(delimiter))]
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
            pairs.extend(text(scalar).map(|text| (place.escaped(&name), place.escaped(&text))))
        }
    }
}

fn percent_encode(text: &str, out: &mut String) {
    /// Everything but the unreserved characters (RFC 3986, 2.3).
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    out.extend(utf8_percent_encode(text, RESERVED));
}

/// `allowReserved` keeps the reserved characters (RFC 3986, 2.2), but for those that would make
/// another query of it: `&` and `+` as forms read them, `#`, and the brackets that no query holds.
fn percent_encode_all_but_reserved(text: &str, out: &mut String) {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b':')
        .remove(b'/')
        .remove(b'?')
        .remove(b'@')
        .remove(b'!')
        .remove(b'$')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')')
        .remove(b'*')
        .remove(b',')
        .remove(b';')
        .remove(b'=');
    out.extend(utf8_percent_encode(text, KEPT));
}

fn form_encode(text: &str, out: &mut String) {
    out.extend(form_urlencoded::byte_serialize(text.as_bytes()));
}

fn cookie_encode(text: &str, out: &mut String) {
    /// What no cookie value may hold, and the escape character itself.
    const ILLEGAL: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b',')
        .add(b';')
        .add(b'\\')
        .add(b'%');
    out.extend(utf8_percent_encode(text, ILLEGAL));
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
            let mut query = Pairs::behind("/path".to_owned());
            query.add(&QUERY, "a", &value, style, explode);
            let expected = match expected {
                "" => "/path".to_owned(),
                pairs => format!("/path?{pairs}"),
            };
            assert_eq!(query.into_text(), expected, "{value} {style:?} {explode}");
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

    /// OpenAPI 3.0.4, "Style Examples", and RFC 6570, 3.2.2, 3.2.7 and 3.2.8.
    #[test]
    fn a_path_segment_is_written_as_style_and_explode_say() {
        let array = json!(["blue", "black"]);
        let object = json!({"R": 100, "G": 200});
        let hostile = json!(["a,b", "c/d;e", "f.g"]);
        let empty = json!("");
        let cases = [
            (json!("a b"), Style::Simple, false, Some("a%20b")),
            (array.clone(), Style::Simple, false, Some("blue,black")),
            (array.clone(), Style::Simple, true, Some("blue,black")),
            (object.clone(), Style::Simple, false, Some("R,100,G,200")),
            (object.clone(), Style::Simple, true, Some("R=100,G=200")),
            (
                hostile.clone(),
                Style::Simple,
                false,
                Some("a%2Cb,c%2Fd%3Be,f.g"),
            ),
            (json!("blue"), Style::Label, false, Some(".blue")),
            (empty.clone(), Style::Label, false, Some(".")),
            (array.clone(), Style::Label, false, Some(".blue,black")),
            (array.clone(), Style::Label, true, Some(".blue.black")),
            (object.clone(), Style::Label, false, Some(".R,100,G,200")),
            (object.clone(), Style::Label, true, Some(".R=100.G=200")),
            (json!("blue"), Style::Matrix, false, Some(";a=blue")),
            (empty, Style::Matrix, false, Some(";a")),
            (array.clone(), Style::Matrix, false, Some(";a=blue,black")),
            (array, Style::Matrix, true, Some(";a=blue;a=black")),
            (object.clone(), Style::Matrix, false, Some(";a=R,100,G,200")),
            (object, Style::Matrix, true, Some(";R=100;G=200")),
            (
                hostile,
                Style::Matrix,
                true,
                Some(";a=a%2Cb;a=c%2Fd%3Be;a=f.g"),
            ),
            (
                json!({"R": 1}),
                Style::Json,
                false,
                Some("%7B%22R%22%3A1%7D"),
            ),
            (json!(null), Style::Json, false, None),
            (json!(null), Style::Matrix, true, None),
            (json!([]), Style::Label, true, None),
        ];
        for (value, style, explode, expected) in cases {
            let mut got = String::from("x");
            let is_written = write_segment(&SEGMENT, &mut got, "a", &value, style, explode);
            let expected = format!("x{}", expected.unwrap_or_default());
            assert_eq!(got, expected, "{value} {style:?} {explode}");
            assert_eq!(is_written, expected != "x", "{value} {style:?} {explode}");
        }
    }

    #[test]
    fn reserved_characters_stay_where_they_may_and_make_no_other_query() {
        let mut query = Pairs::behind(String::new());
        let value = json!("a:/?@!$'()*,;=b&c+d#e[f]%g é");
        query.add(&QUERY_WITH_RESERVED, "q", &value, Style::Form, true);
        let expected = "?q=a:/?@!$'()*,;=b%26c%2Bd%23e%5Bf%5D%25g%20%C3%A9";
        assert_eq!(query.into_text(), expected);
    }

    #[test]
    fn a_header_is_written_as_simple_says() {
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
