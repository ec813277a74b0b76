//! The header `Set-Cookie` of an answer.

use hyper::HeaderMap;
use hyper::header::{HeaderValue, SET_COOKIE};

/// The value that an answer's headers set a cookie to.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    setting(headers, name).map(|setting| setting.value)
}

/// Sets a cookie to another value; its attributes and the other cookies stay. False where a
/// header cannot hold the value.
pub(crate) fn write(headers: &mut HeaderMap, name: &str, value: &str) -> bool {
    let attributes = setting(headers, name).map_or("", |setting| setting.attributes);
    let Ok(new) = HeaderValue::from_str(&format!("{name}={value}{attributes}")) else {
        return false;
    };
    let others: Vec<HeaderValue> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter(|known| Setting::parse(known).is_some_and(|known| known.name != name))
        .cloned()
        .collect();
    headers.insert(SET_COOKIE, new);
    for other in others {
        headers.append(SET_COOKIE, other);
    }
    true
}

/// What one line of the header says (RFC 6265, 4.1.1).
struct Setting<'a> {
    name: &'a str,
    value: &'a str,
    /// From the semicolon on.
    attributes: &'a str,
}

impl<'a> Setting<'a> {
    fn parse(line: &'a HeaderValue) -> Option<Self> {
        let line = line.to_str().ok()?;
        let (pair, attributes) = line.split_at(line.find(';').unwrap_or(line.len()));
        let (name, value) = pair.split_once('=')?;
        Some(Self {
            name: name.trim(),
            value: value.trim(),
            attributes,
        })
    }
}

fn setting<'a>(headers: &'a HeaderMap, name: &str) -> Option<Setting<'a>> {
    let lines = headers.get_all(SET_COOKIE).iter();
    lines
        .filter_map(Setting::parse)
        .find(|setting| setting.name == name)
}
