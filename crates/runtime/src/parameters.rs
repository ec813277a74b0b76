//! Parameters, written to path, query, headers and cookies.

use http::header::COOKIE as COOKIE_HEADER;
use http::{HeaderMap, HeaderName, HeaderValue};
use keyfob_auth::workflow::Location;
use serde_json::Value;

use crate::operation::{Operation, Parameter};
use crate::style;

/// The parameters of one call, each escaped for its place (those of the path not yet: the URL
/// is put together for each server anew).
#[derive(Default)]
pub(crate) struct Parameters {
    pub(crate) path: Vec<(&'static str, String)>,
    /// The query without its question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
}

/// Writes the values that the application gave, by their places in `operation.parameters`.
/// The error names the parameter and never shows its value.
pub(crate) fn write(operation: &Operation, given: &[(usize, Value)]) -> Result<Parameters, String> {
    let mut written = Parameters::default();
    let mut cookies = String::new();
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let value = given
            .iter()
            .find(|(at, _)| *at == index)
            .map_or(&Value::Null, |(_, value)| value);
        if parameter.required && value.is_null() {
            return Err(format!("parameter `{}` is required", parameter.name));
        }
        match parameter.location {
            Location::Path => write_path(parameter, value, &mut written.path)?,
            Location::Query => append(&mut written.query, "&", &style::QUERY, parameter, value),
            Location::Header => write_header(parameter, value, &mut written.headers)?,
            Location::Cookie => append(&mut cookies, "; ", &style::COOKIE, parameter, value),
        }
    }
    if !cookies.is_empty() {
        let value = sensitive(cookies).ok_or("the cookie parameters do not make a header")?;
        written.headers.insert(COOKIE_HEADER, value);
    }
    Ok(written)
}

fn write_path(
    parameter: &Parameter,
    value: &Value,
    path: &mut Vec<(&'static str, String)>,
) -> Result<(), String> {
    let text = style::simple(value, parameter.style, parameter.explode)
        .ok_or_else(|| format!("path parameter `{}` is empty", parameter.name))?;
    path.push((parameter.name, text));
    Ok(())
}

fn write_header(
    parameter: &Parameter,
    value: &Value,
    headers: &mut HeaderMap,
) -> Result<(), String> {
    let Some(text) = style::simple(value, parameter.style, parameter.explode) else {
        return Ok(());
    };
    let name = HeaderName::from_bytes(parameter.name.as_bytes())
        .map_err(|_| format!("`{}` is not a name for a header", parameter.name))?;
    let value = sensitive(text).ok_or_else(|| {
        format!(
            "header parameter `{}` has a line break or another control character in its value",
            parameter.name
        )
    })?;
    headers.insert(name, value);
    Ok(())
}

fn append(
    text: &mut String,
    separator: &str,
    place: &style::Place,
    parameter: &Parameter,
    value: &Value,
) {
    for (name, value) in style::pairs(
        place,
        parameter.name,
        value,
        parameter.style,
        parameter.explode,
    ) {
        if !text.is_empty() {
            text.push_str(separator);
        }
        text.push_str(&name);
        text.push('=');
        text.push_str(&value);
    }
}

/// A header value that no log shows: whether a parameter is a secret is not known here.
fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text.into_bytes()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The place in `operation.parameters` of the next parameter of this name: a name that stands in
/// two locations is given twice, in document order.
pub(crate) fn position(
    operation: &Operation,
    given: &[(usize, Value)],
    name: &str,
) -> Option<usize> {
    let named = |(_, parameter): &(usize, &Parameter)| parameter.name == name;
    let free = |(index, _): &(usize, &Parameter)| given.iter().all(|(at, _)| at != index);
    operation
        .parameters
        .iter()
        .enumerate()
        .filter(named)
        .find(free)
        .map(|(index, _)| index)
}
