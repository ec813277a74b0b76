//! What a mock waits for, held against requests.
//!
//! Requests are decoded and compared by value; nothing is matched by how the client encodes it.

use std::collections::BTreeSet;

use bytes::Bytes;
use keyfob_auth::Location;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::difference::{Difference, Values};
use super::received::{ReceivedRequest, decoded, decoded_in_query};
use crate::media_type::essence;
use crate::operation::{BodyType, Encoding, Operation, Parameter, Style};
use crate::style;

/// What a mock waits for.
#[derive(Debug)]
pub(super) struct Expectation {
    pub(super) operation: &'static Operation,
    pub(super) parameters: Vec<ExpectedParameter>,
    /// Headers that no parameter describes.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<ExpectedBody>,
}

/// The value of a parameter; null for one that must not be there.
#[derive(Debug)]
pub(super) struct ExpectedParameter {
    /// Its place in the operation's parameters.
    pub(super) position: usize,
    pub(super) value: Value,
    pub(super) hidden: bool,
}

/// A body.
#[derive(Debug)]
pub(super) struct ExpectedBody {
    pub(super) media_type: &'static BodyType,
    pub(super) content: Content,
    /// Whether it holds a secret, so that nothing of it is shown.
    pub(super) hidden: bool,
}

/// What a body holds.
#[derive(Debug)]
pub(super) enum Content {
    Json(Value),
    Form(Vec<(String, String)>),
    /// The parts of a multipart body with their headers.
    Parts(Vec<Vec<u8>>),
    /// A text or a file.
    Whole(Bytes),
}

impl Expectation {
    /// What tells a request from the expected one; nothing if it is the expected one.
    pub(super) fn differences(&self, request: &ReceivedRequest) -> Vec<Difference> {
        let endpoint = &self.operation.endpoint;
        let mut found = Vec::new();
        if request.method != endpoint.method {
            found.push(Difference::Method {
                expected: endpoint.method,
                got: request.method.clone(),
            });
        }
        found.extend(self.path_differences(request));
        for expected in &self.parameters {
            let parameter = &self.operation.parameters[expected.position];
            found.extend(difference(parameter, expected, request));
        }
        for (name, value) in &self.headers {
            if request.header(name).all(|got| got != value) {
                found.push(Difference::Header { name: name.clone() });
            }
        }
        if let Some(body) = &self.body {
            found.extend(body.differences(request));
        }
        found
    }

    /// Compares the path below any base path with the operation's.
    fn path_differences(&self, request: &ReceivedRequest) -> Vec<Difference> {
        let template = self.operation.endpoint.path;
        let elsewhere = || vec![Difference::Path { expected: template }];
        let segments = request.segments();
        let parts: Vec<Vec<Part<'_>>> = template
            .trim_start_matches('/')
            .split('/')
            .map(parts)
            .collect();
        let Some(first) = segments.len().checked_sub(parts.len()) else {
            return elsewhere();
        };
        let below = &segments[first..];
        let pairs = || parts.iter().zip(below);
        let wanted = |name: &str| self.path_value(name);
        let fits = pairs().all(|(parts, text)| filled(parts, text, &wanted).is_some());
        if fits {
            return Vec::new();
        }
        let came: Option<Vec<_>> = pairs()
            .map(|(parts, text)| filled(parts, text, &|_| None))
            .collect();
        let Some(came) = came else { return elsewhere() };
        let came: Vec<_> = came.into_iter().flatten().collect();
        let differing: Vec<_> = self
            .parameters
            .iter()
            .filter_map(|expected| path_difference(self.operation, expected, &came))
            .collect();
        if differing.is_empty() {
            return elsewhere();
        }
        differing
    }

    fn path_value(&self, name: &str) -> Option<String> {
        self.parameters.iter().find_map(|expected| {
            let parameter = &self.operation.parameters[expected.position];
            let is_it = parameter.location == Location::Path && parameter.name == name;
            is_it.then(|| simple(parameter, &expected.value))?
        })
    }
}

fn path_difference(
    operation: &Operation,
    expected: &ExpectedParameter,
    came: &[(&str, String)],
) -> Option<Difference> {
    let parameter = &operation.parameters[expected.position];
    if parameter.location != Location::Path {
        return None;
    }
    let (_, got) = came.iter().find(|(name, _)| *name == parameter.name)?;
    let wanted = simple(parameter, &expected.value);
    (wanted.as_ref() != Some(got)).then(|| Difference::Parameter {
        location: parameter.location,
        name: parameter.name,
        values: Values {
            expected: wanted,
            got: Some(got.clone()),
            hidden: expected.hidden,
        },
    })
}

/// Compares a parameter that does not stand in the path.
fn difference(
    parameter: &Parameter,
    expected: &ExpectedParameter,
    request: &ReceivedRequest,
) -> Option<Difference> {
    let (wanted, got) = match parameter.location {
        Location::Path => return None,
        Location::Query => in_query(parameter, &expected.value, request),
        Location::Header => in_header(parameter, &expected.value, request),
        Location::Cookie => in_cookies(parameter, &expected.value, request),
    };
    let text = |pairs: &[(String, Vec<String>)]| {
        let values = pairs.iter().flat_map(|(_, values)| values.iter().cloned());
        (!pairs.is_empty()).then(|| values.collect::<Vec<_>>().join(","))
    };
    (wanted != got).then(|| Difference::Parameter {
        location: parameter.location,
        name: parameter.name,
        values: Values {
            expected: text(&wanted),
            got: text(&got),
            hidden: expected.hidden,
        },
    })
}

/// Pairs of a parameter: a name, and the values that stand in one text.
type Pairs = Vec<(String, Vec<String>)>;

fn in_query(parameter: &Parameter, value: &Value, request: &ReceivedRequest) -> (Pairs, Pairs) {
    let read = |text: &str| values_in_query(parameter, text);
    let wanted: Pairs = pairs(&style::QUERY, parameter, value)
        .into_iter()
        .map(|(name, text)| (decoded_in_query(&name), read(&text)))
        .collect();
    let is_own = |name: &str| is_name_of(parameter, &wanted, name);
    let got = request
        .query()
        .filter(|(name, _)| is_own(name))
        .map(|(name, text)| (name, read(text)))
        .collect();
    (wanted, got)
}

/// The values that stand in one text of a query, taken apart before they are decoded: an encoded
/// comma is part of a value.
fn values_in_query(parameter: &Parameter, text: &str) -> Vec<String> {
    let delimiter = match parameter.style {
        _ if parameter.explode => None,
        Style::Form | Style::Simple => Some(","),
        Style::SpaceDelimited => Some("%20"),
        Style::PipeDelimited => Some("%7C"),
        Style::Label | Style::Matrix | Style::DeepObject | Style::Json => None,
    };
    let text = text.replace('+', "%20").replace('|', "%7C");
    match delimiter {
        Some(delimiter) => text.split(delimiter).map(decoded_in_query).collect(),
        None => vec![decoded_in_query(&text)],
    }
}

fn in_header(parameter: &Parameter, value: &Value, request: &ReceivedRequest) -> (Pairs, Pairs) {
    let pair = |text: String| (parameter.name.to_owned(), vec![text]);
    let wanted = simple(parameter, value).map(pair);
    let got = request
        .header(parameter.name)
        .map(|text| pair(text.to_owned()));
    (wanted.into_iter().collect(), got.collect())
}

fn in_cookies(parameter: &Parameter, value: &Value, request: &ReceivedRequest) -> (Pairs, Pairs) {
    let pair = |name: &str, text: &str| (decoded(name), vec![decoded(text)]);
    let wanted: Pairs = pairs(&style::COOKIE, parameter, value)
        .iter()
        .map(|(name, text)| pair(name, text))
        .collect();
    let is_own = |name: &str| is_name_of(parameter, &wanted, name);
    let got = request
        .cookies()
        .map(|(name, text)| pair(name, text))
        .filter(|(name, _)| is_own(name));
    (wanted.clone(), got.collect())
}

fn pairs(place: &style::Place, parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    style::pairs(
        place,
        parameter.name,
        value,
        parameter.style,
        parameter.explode,
    )
}

/// The text of a value in the path or in a header, not escaped.
fn simple(parameter: &Parameter, value: &Value) -> Option<String> {
    let Parameter {
        name,
        style,
        explode,
        ..
    } = *parameter;
    let mut text = String::new();
    style::write_segment(&style::PLAIN, &mut text, name, value, style, explode).then_some(text)
}

/// Whether a name on the wire is one of this parameter: its own, one with brackets, or one of the
/// members that stand for it.
fn is_name_of(parameter: &Parameter, wanted: &Pairs, name: &str) -> bool {
    let bracketed = name
        .strip_prefix(parameter.name)
        .is_some_and(|rest| rest.starts_with('['));
    name == parameter.name
        || (bracketed && parameter.style == Style::DeepObject)
        || wanted.iter().any(|(known, _)| known == name)
}

impl ExpectedBody {
    fn differences(&self, request: &ReceivedRequest) -> Vec<Difference> {
        let named = request.content_type();
        let other = |got: &str| {
            vec![Difference::MediaType {
                expected: self.media_type.name,
                got: got.to_owned(),
            }]
        };
        // A file may name a media type of its own.
        let is_bound = matches!(
            self.media_type.encoding,
            Encoding::Json | Encoding::Form | Encoding::Multipart
        );
        if is_bound && essence(named) != essence(self.media_type.name) {
            return other(named);
        }
        match &self.content {
            Content::Json(expected) => match serde_json::from_slice(&request.body) {
                Ok(got) => {
                    let mut found = Vec::new();
                    self.compare("", Some(expected), Some(&got), &mut found);
                    found
                }
                Err(_) => other("what is not JSON"),
            },
            Content::Form(expected) => self.compare_fields(expected, &request.form()),
            Content::Parts(expected) => compare_parts(expected, &request.parts()),
            Content::Whole(expected) if *expected == request.body => Vec::new(),
            Content::Whole(expected) => vec![Difference::Body {
                expected: expected.len(),
                got: request.body.len(),
            }],
        }
    }

    /// Walks two JSON values and notes the innermost places where they differ.
    fn compare(
        &self,
        pointer: &str,
        expected: Option<&Value>,
        got: Option<&Value>,
        found: &mut Vec<Difference>,
    ) {
        match (expected, got) {
            (Some(Value::Object(wanted)), Some(Value::Object(came))) => {
                let names: BTreeSet<&String> = wanted.keys().chain(came.keys()).collect();
                for name in names {
                    let inner = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    self.compare(&inner, wanted.get(name), came.get(name), found);
                }
            }
            (Some(Value::Array(wanted)), Some(Value::Array(came))) => {
                for index in 0..wanted.len().max(came.len()) {
                    let inner = format!("{pointer}/{index}");
                    self.compare(&inner, wanted.get(index), came.get(index), found);
                }
            }
            (expected, got) if expected == got => {}
            (expected, got) => found.push(self.member(
                if pointer.is_empty() { "/" } else { pointer },
                expected.map(Value::to_string),
                got.map(Value::to_string),
            )),
        }
    }

    fn compare_fields(
        &self,
        expected: &[(String, String)],
        got: &[(String, String)],
    ) -> Vec<Difference> {
        let names: BTreeSet<&String> = expected.iter().chain(got).map(|(name, _)| name).collect();
        let values = |pairs: &[(String, String)], name: &String| -> Vec<String> {
            let own = pairs.iter().filter(|(known, _)| known == name);
            own.map(|(_, value)| value.clone()).collect()
        };
        let text = |values: Vec<String>| (!values.is_empty()).then(|| values.join(","));
        names
            .into_iter()
            .map(|name| (name, values(expected, name), values(got, name)))
            .filter(|(_, expected, got)| expected != got)
            .map(|(name, expected, got)| self.member(name, text(expected), text(got)))
            .collect()
    }

    fn member(&self, name: &str, expected: Option<String>, got: Option<String>) -> Difference {
        Difference::Member {
            name: name.to_owned(),
            values: Values {
                expected,
                got,
                hidden: self.hidden,
            },
        }
    }
}

/// Compares parts in any order. What they hold may be long, and is not shown.
fn compare_parts(expected: &[Vec<u8>], got: &[Bytes]) -> Vec<Difference> {
    let mut missing: Vec<&[u8]> = expected.iter().map(Vec::as_slice).collect();
    let mut extra: Vec<&[u8]> = Vec::new();
    for part in got {
        match missing.iter().position(|wanted| wanted == part) {
            Some(index) => drop(missing.remove(index)),
            None => extra.push(part),
        }
    }
    let names = |parts: &[&[u8]]| -> Vec<String> { parts.iter().map(|one| name_of(one)).collect() };
    let (missing, extra) = (names(&missing), names(&extra));
    let all: BTreeSet<&String> = missing.iter().chain(&extra).collect();
    let difference = |name: &String| Difference::Member {
        name: name.clone(),
        values: Values {
            expected: missing.contains(name).then(String::new),
            got: extra.contains(name).then(String::new),
            hidden: true,
        },
    };
    all.into_iter().map(difference).collect()
}

/// The name of a part, from its headers.
fn name_of(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part);
    let headers = text.split("\r\n\r\n").next().unwrap_or_default();
    let name = headers
        .split_once("name=\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    name.map_or_else(String::new, |(name, _)| name.to_owned())
}

/// A piece of a path segment.
enum Part<'t> {
    Literal(String),
    Parameter(&'t str),
}

/// Takes one segment of a template apart: `{id}.json` is a parameter and a literal.
fn parts(segment: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = segment;
    let literal =
        |text: &str| Part::Literal(percent_decode_str(text).decode_utf8_lossy().into_owned());
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            parts.push(literal(before));
        }
        parts.push(Part::Parameter(name));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(literal(rest));
    }
    parts
}

/// The parameters of a segment, if it fits; `wanted` gives the values that are settled. None is
/// empty, and the first takes as much as it can.
fn filled<'t>(
    parts: &[Part<'t>],
    text: &str,
    wanted: &impl Fn(&str) -> Option<String>,
) -> Option<Vec<(&'t str, String)>> {
    let Some((first, rest)) = parts.split_first() else {
        return text.is_empty().then(Vec::new);
    };
    match first {
        Part::Literal(literal) => filled(rest, text.strip_prefix(literal.as_str())?, wanted),
        Part::Parameter(name) => {
            let ends: Vec<usize> = match wanted(name) {
                Some(value) => text
                    .starts_with(&value)
                    .then_some(value.len())
                    .into_iter()
                    .collect(),
                None => (1..=text.len())
                    .rev()
                    .filter(|end| text.is_char_boundary(*end))
                    .collect(),
            };
            ends.into_iter().find_map(|end| {
                let mut found = filled(rest, &text[end..], wanted)?;
                found.insert(0, (*name, text[..end].to_owned()));
                Some(found)
            })
        }
    }
}
