//! What tells a request from the one that a mock waits for, in words that show no secret.

use std::fmt;

use keyfob_auth::Location;

/// A part of a request that is not what a mock waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// The path does not lead to the operation.
    Path { expected: &'static str },
    /// Another method.
    Method { expected: &'static str, got: String },
    /// A parameter has another value.
    Parameter {
        location: Location,
        name: &'static str,
        values: Values,
    },
    /// A header that the test added.
    Header { name: String },
    /// The body is of another media type.
    MediaType { expected: &'static str, got: String },
    /// A member of the body has another value: a JSON pointer, a field or a part.
    Member { name: String, values: Values },
    /// The body is another text, or other bytes.
    Body { expected: usize, got: usize },
    /// The mock has given all its answers.
    Spent { calls: usize },
}

/// What was expected and what came; `None` where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) expected: Option<String>,
    pub(super) got: Option<String>,
    /// Whether they must not be seen.
    pub(super) hidden: bool,
}

impl Difference {
    /// How far apart this makes a request and a mock: the operation counts more than the rest.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Path { .. } => 10_000,
            Self::Method { .. } => 1_000,
            Self::MediaType { .. } => 10,
            _ => 1,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { expected } => write!(f, "path: expected {expected}"),
            Self::Method { expected, got } => write!(f, "method: expected {expected}, got {got}"),
            Self::Parameter {
                location,
                name,
                values,
            } => write!(f, "{} parameter `{name}`: {values}", place(*location)),
            Self::Header { name } => write!(f, "header `{name}`: not the one expected"),
            Self::MediaType { expected, got } if got.is_empty() => {
                write!(f, "body: expected {expected}, got none")
            }
            Self::MediaType { expected, got } => {
                write!(f, "body: expected {expected}, got {got}")
            }
            Self::Member { name, values } => write!(f, "body, `{name}`: {values}"),
            Self::Body { expected, got } => write!(
                f,
                "body: another content ({expected} bytes expected, {got} came)"
            ),
            Self::Spent { calls } => write!(f, "it has answered its {calls} calls"),
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.expected, &self.got) {
            (None, _) => write!(f, "none expected, one came"),
            (Some(_), None) if self.hidden => write!(f, "one expected, none came"),
            (Some(_), Some(_)) if self.hidden => {
                write!(f, "another value than the one expected")
            }
            (Some(expected), got) => {
                let got = got.as_deref().map_or("none".to_owned(), shortened);
                write!(f, "expected {}, got {got}", shortened(expected))
            }
        }
    }
}

fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}

/// The beginning of a text, on one line.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut line: String = text.chars().map(visible).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}
