//! What the generator says about an operation, as constants that a generated client carries.

use keyfob_auth::api::{Endpoint, Security};
use keyfob_auth::condition::Condition;
use keyfob_auth::workflow::Location;

/// One operation of an API.
#[derive(Debug)]
pub struct Operation {
    /// Its id, method, path and servers.
    pub endpoint: Endpoint,
    /// What it asks for: any one of the alternatives.
    pub security: Security,
    /// Its parameters, in document order.
    pub parameters: &'static [Parameter],
    /// Its request body.
    pub body: Option<Body>,
    /// The media types that its answers are documented with, for `Accept`.
    pub accept: &'static [&'static str],
    /// `x-success-criteria`: an answer with a status from 200 to 299 that breaks one of these
    /// is a failure all the same.
    pub success: &'static [Condition],
    /// Whether it may be sent more than once.
    pub repeat: Repeat,
}

/// An OpenAPI Parameter Object.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// Where it stands.
    pub location: Location,
    /// How an array or an object is written.
    pub style: Style,
    /// Whether an array or an object is written as one pair for each of its values.
    pub explode: bool,
    /// Whether the operation cannot be called without it.
    pub required: bool,
    /// Whether reserved characters stand in the query as they are, as far as they can.
    pub allow_reserved: bool,
}

impl Parameter {
    /// A parameter in the path. It has no default: an operation cannot be called without it.
    pub const fn path(name: &'static str) -> Self {
        Self::new(name, Location::Path, Style::Simple).required()
    }

    /// A parameter in the query that may be left out, one pair for each value of an array.
    pub const fn query(name: &'static str) -> Self {
        Self::new(name, Location::Query, Style::Form).exploded(true)
    }

    /// A header that may be left out.
    pub const fn header(name: &'static str) -> Self {
        Self::new(name, Location::Header, Style::Simple)
    }

    /// A cookie that may be left out, one pair for each value of an array.
    pub const fn cookie(name: &'static str) -> Self {
        Self::new(name, Location::Cookie, Style::Form).exploded(true)
    }

    /// The operation cannot be called without it.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// Arrays and objects are written like this.
    pub const fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Whether an array or an object is written as one pair for each of its values.
    pub const fn exploded(self, explode: bool) -> Self {
        Self { explode, ..self }
    }

    /// Reserved characters stand in the query as they are.
    pub const fn reserved(self) -> Self {
        Self {
            allow_reserved: true,
            ..self
        }
    }

    const fn new(name: &'static str, location: Location, style: Style) -> Self {
        Self {
            name,
            location,
            style,
            explode: false,
            required: false,
            allow_reserved: false,
        }
    }
}

/// How an array or an object is written: OpenAPI's `style`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Query, cookies and form bodies: `a=1&a=2`, or without `explode` `a=1,2`.
    Form,
    /// Path and headers: `1,2`.
    Simple,
    /// Path: `.1.2`, or without `explode` `.1,2`.
    Label,
    /// Path: `;a=1;a=2`, or without `explode` `;a=1,2`.
    Matrix,
    /// `a=1%202` without `explode`, else like [`Style::Form`].
    SpaceDelimited,
    /// `a=1%7C2` without `explode`, else like [`Style::Form`].
    PipeDelimited,
    /// `a[x]=1&a[y][0]=2`.
    DeepObject,
    /// JSON text: a parameter that the document describes by `content` and not by `schema`.
    Json,
}

/// An OpenAPI Request Body Object.
#[derive(Debug)]
pub struct Body {
    /// Its media types; the first is sent where the application chooses none.
    pub media_types: &'static [BodyType],
    /// Whether the operation cannot be called without it.
    pub required: bool,
    /// OpenAPI's `encoding`: how properties of form and multipart bodies are written, where
    /// that differs from the default.
    pub fields: &'static [Field],
}

/// A media type of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyType {
    /// Its name, sent as `Content-Type`.
    pub name: &'static str,
    /// How a value is written in it.
    pub encoding: Encoding,
}

/// How a request body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// A string as it is; XML too.
    Text,
    /// Bytes as they are.
    Bytes,
}

/// An OpenAPI Encoding Object: how one property of a form or multipart body is written.
#[derive(Debug)]
pub struct Field {
    /// The property.
    pub name: &'static str,
    /// The media type of its text or part.
    pub content_type: Option<&'static str>,
    /// How an array or an object is written in a form.
    pub style: Option<Style>,
    /// Whether an array or an object is written as one pair for each of its values.
    pub explode: Option<bool>,
}

/// Whether an operation may be sent more than once.
///
/// Whatever it says, a call is repeated when its request was not processed, and once when its
/// credential was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It changes nothing (RFC 9110, 9.2.1).
    Safe,
    /// Twice has the effect of once (RFC 9110, 9.2.2).
    Idempotent,
    /// Twice has the effect of once where both carry the same key in this header. A key is made
    /// up for each call that does not bring one.
    Keyed(&'static str),
    /// Twice may be two effects.
    Never,
}

/// How an operation answers page by page: `x-pagination`. The parameters stand in the query; the pointers are
/// JSON pointers (RFC 6901) into the success body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pagination {
    /// The next page begins after so many items.
    Offset {
        /// The parameter that says how many items are skipped.
        offset: &'static str,
        /// Where the page's items stand.
        items: &'static str,
    },
    /// The next page has the next number.
    Number {
        /// The parameter that says which page is wanted.
        page: &'static str,
        /// The number of the first page.
        first: u64,
        /// Where the page's items stand.
        items: &'static str,
    },
    /// A page names the one after it.
    Cursor {
        /// The parameter that says which page is wanted.
        cursor: &'static str,
        /// Where a page says what that parameter is for the next one.
        next: &'static str,
        /// Where the page's items stand.
        items: &'static str,
    },
}

impl Pagination {
    /// The parameter that asks for the next page.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Offset { offset, .. } => offset,
            Self::Number { page, .. } => page,
            Self::Cursor { cursor, .. } => cursor,
        }
    }

    /// Where the page's items stand.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Offset { items, .. }
            | Self::Number { items, .. }
            | Self::Cursor { items, .. } => items,
        }
    }
}
