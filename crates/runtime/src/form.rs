//! Bodies of `application/x-www-form-urlencoded`.

use serde_json::{Map, Value};

use crate::media_type::essence;
use crate::operation::{Field, Style};
#[cfg(feature = "mock")]
use crate::style::Place;
use crate::style::{self, Pairs};

/// Writes the members of an object as a form.
///
/// A property is written as the document's `encoding` says. Where that says nothing, scalars and
/// arrays of scalars are `a=1&a=2`, and what is nested is `a[b]=1&a[0][c]=2`.
pub(crate) fn write(members: &Map<String, Value>, fields: &[Field]) -> String {
    let mut body = Pairs::behind(String::new());
    for (name, value) in members {
        let (style, explode) = manner(name, value, fields);
        body.add(&style::FORM, name, value, style, explode);
    }
    body.into_text()
}

/// The pairs that the members of an object make in a form.
#[cfg(feature = "mock")]
pub(crate) fn pairs(
    place: &Place,
    members: &Map<String, Value>,
    fields: &[Field],
) -> Vec<(String, String)> {
    let written = |(name, value): (&String, &Value)| {
        let (style, explode) = manner(name, value, fields);
        style::pairs(place, name, value, style, explode)
    };
    members.iter().flat_map(written).collect()
}

fn manner(name: &str, value: &Value, fields: &[Field]) -> (Style, bool) {
    let field = fields.iter().find(|field| field.name == name);
    let said = field.map(|field| (field.style, field.explode, field.content_type));
    match said {
        Some((Some(style), explode, _)) => (style, explode.unwrap_or(style == Style::Form)),
        Some((None, Some(explode), _)) => (Style::Form, explode),
        Some((None, None, Some(content_type))) if is_json(content_type) && !value.is_string() => {
            (Style::Json, false)
        }
        _ if is_nested(value) => (Style::DeepObject, true),
        _ => (Style::Form, true),
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(|item| item.is_object() || item.is_array()),
        _ => false,
    }
}

/// `application/json` and what is built on it (RFC 6839, 3.1).
fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const fn field(
        content_type: Option<&'static str>,
        style: Option<Style>,
        explode: Option<bool>,
    ) -> Field {
        Field {
            name: "a",
            content_type,
            style,
            explode,
        }
    }

    #[test]
    fn a_form_is_written_as_its_encoding_says() {
        let contacts = json!({"a": [{"recipient": "+33 6", "n": 1}, {"recipient": "b@c"}]});
        let deep =
            "a%5B0%5D%5Brecipient%5D=%2B33+6&a%5B0%5D%5Bn%5D=1&a%5B1%5D%5Brecipient%5D=b%40c";
        let as_json = "a=%5B%7B%22recipient%22%3A%22%2B33+6%22%2C%22n%22%3A1%7D%2C%7B%22recipient%22%3A%22b%40c%22%7D%5D";
        let cases = [
            (
                json!({"x": "1 2", "y": true, "z": null}),
                None,
                "x=1+2&y=true",
            ),
            (json!({"a": [1, 2]}), None, "a=1&a=2"),
            (
                json!({"a": [1, 2]}),
                Some(field(None, None, Some(false))),
                "a=1%2C2",
            ),
            (
                json!({"a": [1, 2]}),
                Some(field(None, Some(Style::DeepObject), None)),
                "a%5B0%5D=1&a%5B1%5D=2",
            ),
            (
                json!({"a": [1, 2]}),
                Some(field(None, Some(Style::PipeDelimited), None)),
                "a=1%7C2",
            ),
            (contacts.clone(), None, deep),
            (
                contacts.clone(),
                Some(field(None, Some(Style::DeepObject), Some(true))),
                deep,
            ),
            (
                contacts,
                Some(field(Some("application/json"), None, None)),
                as_json,
            ),
            (json!({"a": {"b": 1}}), None, "a%5Bb%5D=1"),
            (
                json!({"a": {"b": 1}}),
                Some(field(None, Some(Style::Form), None)),
                "b=1",
            ),
            (
                json!({"a": "text"}),
                Some(field(Some("application/json"), None, None)),
                "a=text",
            ),
            (json!({}), None, ""),
        ];
        for (value, field, expected) in cases {
            let fields: Vec<Field> = field.into_iter().collect();
            assert_eq!(
                write(value.as_object().unwrap(), &fields),
                expected,
                "{value} {fields:?}"
            );
        }
    }
}
