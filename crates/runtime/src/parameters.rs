//! Parameters, written to path, query, headers and cookies.

use http::header::COOKIE as COOKIE_HEADER;
use http::{HeaderName, HeaderValue};
use keyfob_auth::endpoint_path;
use keyfob_auth::workflow::Location;
use serde_json::Value;

use crate::operation::{Operation, Parameter};
use crate::style::{self, Pairs};

/// The headers of one call.
pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// Writes the values that the application gave, by their places in `operation.parameters`: to
/// `headers`, and to the target, which is the path below the server's URL and the query behind it.
/// The error names the parameter and never shows its value.
pub(crate) fn write(
    operation: &Operation,
    given: &[(usize, Value)],
    headers: &mut Headers,
) -> Result<String, String> {
    let mut query = Pairs::behind(path(operation, given)?);
    let mut cookies = Pairs::behind(String::new());
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let Some(value) = value_at(given, index) else {
            continue;
        };
        let Parameter {
            name,
            style,
            explode,
            ..
        } = *parameter;
        match parameter.location {
            Location::Path => {}
            Location::Query => {
                let place = match parameter.allow_reserved {
                    true => &style::QUERY_WITH_RESERVED,
                    false => &style::QUERY,
                };
                query.add(place, name, value, style, explode);
            }
            Location::Header => write_header(parameter, value, headers)?,
            Location::Cookie => cookies.add(&style::COOKIE, name, value, style, explode),
        }
    }
    if !cookies.is_empty() {
        let value = sensitive(cookies.into_text());
        let value = value.ok_or("the cookie parameters do not make a header")?;
        headers.push((COOKIE_HEADER, value));
    }
    Ok(query.into_text())
}

/// The operation's path with its parameters, after a look at whether all that are required are
/// there.
fn path(operation: &Operation, given: &[(usize, Value)]) -> Result<String, String> {
    let all = || operation.parameters.iter().enumerate();
    for (index, parameter) in all() {
        if parameter.required && value_at(given, index).is_none() {
            return Err(format!("parameter `{}` is required", parameter.name));
        }
    }
    let fill = |name: &str, filled: &mut String| {
        let is_it =
            |parameter: &Parameter| parameter.location == Location::Path && parameter.name == name;
        let found = all().find(|(_, parameter)| is_it(parameter));
        found.is_some_and(|(index, parameter)| {
            let Parameter { style, explode, .. } = *parameter;
            value_at(given, index).is_some_and(|value| {
                style::write_segment(&style::SEGMENT, filled, name, value, style, explode)
            })
        })
    };
    endpoint_path(operation.endpoint.path, fill).map_err(|error| error.to_string())
}

/// What was given; `None` for null too.
fn value_at(given: &[(usize, Value)], index: usize) -> Option<&Value> {
    let mut given = given.iter();
    let (_, value) = given.find(|(at, _)| *at == index)?;
    (!value.is_null()).then_some(value)
}

fn write_header(parameter: &Parameter, value: &Value, headers: &mut Headers) -> Result<(), String> {
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
    headers.push((name, value));
    Ok(())
}

/// A header value that no log shows: whether a parameter is a secret is not known here.
fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text.into_bytes()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The place in `operation.parameters` of the next parameter of this name: a name that stands in
/// two locations is given twice, in document order. `next` is where it is looked for first.
pub(crate) fn position(
    operation: &Operation,
    given: &[(usize, Value)],
    next: usize,
    name: &str,
) -> Option<usize> {
    let all = operation.parameters;
    let is_it = |index: &usize| all.get(*index).is_some_and(|one| one.name == name);
    let is_free = |index: &usize| given.iter().all(|(at, _)| at != index);
    let mut places = (next..all.len()).chain(0..next);
    places.find(|index| is_it(index) && is_free(index))
}
