//! What the generated `mock` modules are written on: typed requests and answers for httpmock.
//!
//! These are helpers of tests. What cannot be written as a request fails the test that asks for
//! it, at once and by a panic, since a mock that never matches would say nothing.

pub use httpmock;

use httpmock::{HttpMockRequest, Then, When};
use keyfob_auth::Location;
use serde::Serialize;
use serde_json::Value;

use crate::operation::{BodyType, Encoding, Operation, Parameter, Style};
use crate::value::{self, RequestValue};
use crate::{file, form, multipart, parameters, style};

/// The requests of one operation that a mock answers.
pub struct Request {
    when: When,
    operation: &'static Operation,
    given: Vec<(usize, Value)>,
    media_type: Option<&'static BodyType>,
}

impl Request {
    /// All requests of an operation: its method and its path, below any base path. A template
    /// parameter stands for one segment.
    pub fn new(when: When, operation: &'static Operation) -> Self {
        let when = when
            .method(operation.endpoint.method)
            .path_matches(path_pattern(operation, &[]).as_str());
        let media_type = operation
            .body
            .as_ref()
            .and_then(|body| body.media_types.first());
        Self {
            when,
            operation,
            given: Vec::new(),
            media_type,
        }
    }

    /// Only those with this value of a parameter; null: only those without it.
    ///
    /// # Panics
    ///
    /// The operation has no such parameter, or the value cannot be one.
    pub fn parameter(mut self, name: &'static str, value: &impl Serialize) -> Self {
        let Some(position) = parameters::position(self.operation, &self.given, name) else {
            fail(self.operation, &format!("it has no parameter `{name}`"))
        };
        let value = match value::read(value) {
            Ok(read) => read.value,
            Err(problem) => fail(self.operation, &format!("parameter `{name}`: {problem}")),
        };
        let parameter = &self.operation.parameters[position];
        self.given.push((position, value.clone()));
        self.when = match parameter.location {
            Location::Path => self
                .when
                .path_matches(path_pattern(self.operation, &self.given).as_str()),
            Location::Query => with_query(self.when, parameter, &value),
            Location::Header => with_header(self.when, parameter, &value),
            Location::Cookie => with_cookies(self.when, parameter, &value),
        };
        self
    }

    /// Takes the body to be of another media type than the operation's first; before
    /// [`body`](Self::body).
    ///
    /// # Panics
    ///
    /// The operation takes no such body.
    pub fn content_type(mut self, name: &str) -> Self {
        let known = self
            .operation
            .body
            .as_ref()
            .map_or(&[][..], |body| body.media_types);
        self.media_type = known
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name));
        match self.media_type {
            Some(_) => self,
            None => fail(self.operation, &format!("it takes no body of {name}")),
        }
    }

    /// Only those with this body: all of it, where it is JSON, text or bytes; with each of these
    /// members, where it is a form or multipart.
    ///
    /// # Panics
    ///
    /// The operation takes no body, or the value cannot be one.
    pub fn body(self, value: &impl Serialize) -> Self {
        let Some(media_type) = self.media_type else {
            fail(self.operation, "it takes no body")
        };
        let expected = match media_type.encoding {
            Encoding::Json => value::json(value).and_then(|text| {
                let value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
                Ok(RequestValue {
                    value,
                    files: Vec::new(),
                })
            }),
            _ => value::read(value),
        };
        let operation = self.operation;
        let matched =
            expected.and_then(|expected| with_body(self.when, operation, media_type, &expected));
        match matched {
            Ok(when) => Self { when, ..self },
            Err(problem) => fail(operation, &format!("the body: {problem}")),
        }
    }

    /// httpmock's own conditions, to add others.
    pub fn into_inner(self) -> When {
        self.when
    }
}

/// What a mock answers.
pub struct Answer(Then);

impl Answer {
    /// Fills in httpmock's answer.
    pub fn new(then: Then) -> Self {
        Self(then)
    }

    /// Answers JSON.
    ///
    /// # Panics
    ///
    /// The value has no JSON form.
    pub fn json(self, status: u16, value: &impl Serialize) -> Self {
        match value::json(value) {
            Ok(json) => self.bytes(status, "application/json", json),
            Err(problem) => fail_answer(&problem),
        }
    }

    /// Answers text.
    pub fn text(self, status: u16, media_type: &str, text: &str) -> Self {
        self.bytes(status, media_type, text.as_bytes().to_vec())
    }

    /// Answers bytes.
    pub fn bytes(self, status: u16, media_type: &str, bytes: Vec<u8>) -> Self {
        Self(
            self.0
                .status(status)
                .header("content-type", media_type)
                .body(bytes),
        )
    }

    /// Answers without a body.
    pub fn empty(self, status: u16) -> Self {
        Self(self.0.status(status))
    }

    /// httpmock's own answer, to add headers and delays.
    pub fn into_inner(self) -> Then {
        self.0
    }
}

/// The operation's path as a regular expression, with the values that are known.
fn path_pattern(operation: &Operation, given: &[(usize, Value)]) -> String {
    let mut pattern = String::from("^.*");
    let mut rest = operation.endpoint.path;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        pattern.push_str(&escaped(literal));
        match path_value(operation, given, name) {
            Some(value) => pattern.push_str(&escaped(&value)),
            None => pattern.push_str("[^/]+"),
        }
        rest = after;
    }
    pattern + &escaped(rest) + "$"
}

fn path_value(operation: &Operation, given: &[(usize, Value)], name: &str) -> Option<String> {
    let is_it =
        |parameter: &Parameter| parameter.location == Location::Path && parameter.name == name;
    let (position, value) = given
        .iter()
        .find(|(position, _)| operation.parameters.get(*position).is_some_and(is_it))?;
    let parameter = operation.parameters.get(*position)?;
    let value = Value::String(style::simple(value, parameter.style, parameter.explode)?);
    style::pairs(&style::QUERY, "", &value, Style::Form, true)
        .pop()
        .map(|(_, value)| value)
}

/// Text as a regular expression that matches just this text.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn with_body(
    when: When,
    operation: &Operation,
    media_type: &BodyType,
    expected: &RequestValue,
) -> Result<When, String> {
    let fields = operation.body.as_ref().map_or(&[][..], |body| body.fields);
    let RequestValue { value, files } = expected;
    let members = || {
        value
            .as_object()
            .ok_or_else(|| format!("a body of {} is an object", media_type.name))
    };
    Ok(match media_type.encoding {
        Encoding::Json => when.json_body(value.clone()),
        Encoding::Form => form::pairs(&style::PLAIN, members()?, fields)
            .into_iter()
            .fold(when, |when, (name, value)| {
                when.form_urlencoded_tuple(name, value)
            }),
        Encoding::Multipart => multipart::parts(members()?, files, fields)?
            .into_iter()
            .fold(when, |when, part| {
                when.is_true(move |request| holds(request, &part))
            }),
        Encoding::Text | Encoding::Bytes => match file::marked(value, files) {
            Some(file) => {
                let bytes = file.bytes.clone();
                when.is_true(move |request| request.body_ref() == bytes)
            }
            None => when.body(value::text(value).unwrap_or_default()),
        },
    })
}

fn with_query(when: When, parameter: &Parameter, value: &Value) -> When {
    let pairs = style::pairs(
        &style::PLAIN,
        parameter.name,
        value,
        parameter.style,
        parameter.explode,
    );
    if pairs.is_empty() {
        return when.query_param_missing(parameter.name);
    }
    pairs
        .into_iter()
        .fold(when, |when, (name, value)| when.query_param(name, value))
}

fn with_header(when: When, parameter: &Parameter, value: &Value) -> When {
    match style::simple(value, parameter.style, parameter.explode) {
        Some(text) => when.header(parameter.name, text),
        None => when.header_missing(parameter.name),
    }
}

fn with_cookies(when: When, parameter: &Parameter, value: &Value) -> When {
    let pairs = style::pairs(
        &style::COOKIE,
        parameter.name,
        value,
        parameter.style,
        parameter.explode,
    );
    pairs.into_iter().fold(when, |when, (name, value)| {
        let expected = format!("{name}={value}");
        when.is_true(move |request| {
            let headers = request.headers();
            let cookies = headers
                .get_all(http::header::COOKIE)
                .into_iter()
                .filter_map(|value| value.to_str().ok());
            cookies
                .flat_map(|cookies| cookies.split(';'))
                .any(|cookie| cookie.trim() == expected)
        })
    })
}

fn holds(request: &HttpMockRequest, part: &[u8]) -> bool {
    request
        .body_ref()
        .windows(part.len())
        .any(|window| window == part)
}

#[expect(
    clippy::panic,
    reason = "a helper of tests: a mock that cannot be set up fails its test"
)]
fn fail(operation: &Operation, problem: &str) -> ! {
    panic!("mock of {}: {problem}", operation.endpoint.operation_id)
}

#[expect(
    clippy::panic,
    reason = "a helper of tests: a mock that cannot be set up fails its test"
)]
fn fail_answer(problem: &str) -> ! {
    panic!("mocked answer: {problem}")
}
