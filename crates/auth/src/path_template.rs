//! Path templates of endpoints, filled in.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::config_error::ConfigError;

/// The URL of a path template below a base URL: exactly one slash between them, each value one
/// percent-encoded path segment (or a part of one).
///
/// # Errors
///
/// A value is missing, or is empty, `.` or `..`, with which the URL would be another one.
pub fn endpoint_url(
    base: &Url,
    path: &str,
    parameters: &[(&str, String)],
) -> Result<Url, ConfigError> {
    let fill = |name: &str, filled: &mut String| {
        let given = parameters.iter().find(|(known, _)| *known == name);
        if let Some((_, value)) = given {
            filled.extend(utf8_percent_encode(value, SEGMENT));
        }
        given.is_some()
    };
    Ok(url_below(base, &endpoint_path(path, fill)?))
}

/// A path template with its values: `fill` writes the value of a parameter behind what is there
/// already, percent-encoded, and says whether it has one.
///
/// # Errors
///
/// A value is missing, or is empty, `.` or `..`, with which the path would be another one.
pub fn endpoint_path(
    path: &str,
    fill: impl Fn(&str, &mut String) -> bool,
) -> Result<String, ConfigError> {
    // The values and a query have to fit too, in most cases.
    let mut filled = String::with_capacity(path.len() + 64);
    let path = path.trim_start_matches('/');
    if !path.contains(['{', '?', '#']) {
        // The common case, in which nothing is to be done.
        filled.push('/');
        filled.push_str(path);
        return Ok(filled);
    }
    for segment in path.split('/') {
        filled.push('/');
        fill_segment(segment, &fill, &mut filled).map_err(|problem| ConfigError::BadUrl {
            what: format!("the path {path}"),
            problem,
        })?;
    }
    Ok(filled)
}

/// The URL of a path, and of the query behind it if there is one, below a base URL: exactly one
/// slash between them. The path begins with a slash.
pub fn url_below(base: &Url, path_and_query: &str) -> Url {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    // The host is not parsed again, which is most of the work of parsing a URL.
    let mut url = base.clone();
    match base.path().trim_end_matches('/') {
        "" => url.set_path(path),
        above => url.set_path(&[above, path].concat()),
    }
    url.set_query(query);
    url
}

/// What a path segment keeps as it is: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What would end the path. All else of a document's path is left to the URL parser.
const NOT_IN_PATH: &AsciiSet = &CONTROLS.add(b'?').add(b'#');

fn fill_segment(
    segment: &str,
    fill: impl Fn(&str, &mut String) -> bool,
    filled: &mut String,
) -> Result<(), String> {
    let start = filled.len();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.extend(utf8_percent_encode(before, NOT_IN_PATH));
        let length = filled.len();
        if !fill(name, filled) {
            return Err(format!("it needs a value for {name}"));
        }
        if filled.len() == length {
            return Err(format!("the value of {name} is empty"));
        }
        rest = after;
    }
    filled.extend(utf8_percent_encode(rest, NOT_IN_PATH));
    if segment.contains('{') && matches!(filled.get(start..), Some("." | "..")) {
        return Err(format!("the value in {segment} is a dot segment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_in_below_its_base() {
        let value = |text: &str| text.to_owned();
        for (base, path, parameters, expected) in [
            ("https://a.example", "/x", vec![], Ok("https://a.example/x")),
            (
                "https://a.example/",
                "/x",
                vec![],
                Ok("https://a.example/x"),
            ),
            (
                "https://a.example/v1/",
                "x/",
                vec![],
                Ok("https://a.example/v1/x/"),
            ),
            (
                "https://a.example/v1",
                "/",
                vec![],
                Ok("https://a.example/v1/"),
            ),
            (
                "https://a.example",
                "/t/{id}/x.{format}",
                vec![("id", value("a/b c?#%é")), ("format", value("json"))],
                Ok("https://a.example/t/a%2Fb%20c%3F%23%25%C3%A9/x.json"),
            ),
            (
                "https://a.example",
                "/{a}{b}",
                vec![("a", value(".")), ("b", value("x"))],
                Ok("https://a.example/.x"),
            ),
            (
                "https://a.example",
                "/{id}",
                vec![("id", value("{id}"))],
                Ok("https://a.example/%7Bid%7D"),
            ),
            (
                "https://a.example",
                "/{id}",
                vec![],
                Err("needs a value for id"),
            ),
            (
                "https://a.example",
                "/{id}",
                vec![("id", value(""))],
                Err("the value of id is empty"),
            ),
            (
                "https://a.example",
                "/{id}",
                vec![("id", value(".."))],
                Err("dot segment"),
            ),
            (
                "https://a.example",
                "/{id}/x",
                vec![("id", value("."))],
                Err("dot segment"),
            ),
            (
                "https://a.example",
                "/{a}{b}",
                vec![("a", value(".")), ("b", value("."))],
                Err("dot segment"),
            ),
            (
                "https://a.example",
                "/.{a}",
                vec![("a", value("."))],
                Err("dot segment"),
            ),
            (
                "https://a.example/v1",
                "/{id}",
                vec![("id", value("%2e%2e"))],
                Ok("https://a.example/v1/%252e%252e"),
            ),
        ] {
            let base = Url::parse(base).unwrap();
            match (endpoint_url(&base, path, &parameters), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), Err(words)) => {
                    let error = error.to_string();
                    assert!(error.contains(words), "{path}: {error}");
                }
                (result, _) => panic!("{path} with {parameters:?}: {result:?}"),
            }
        }
    }
}
