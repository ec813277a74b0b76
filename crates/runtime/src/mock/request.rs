//! Setting up what a mock waits for.

use std::sync::{Arc, Mutex, PoisonError};

use httpmock::When;
use keyfob_auth::secret::written_into_request;
use serde::Serialize;

use super::expectation::{Content, Expectation, ExpectedBody, ExpectedParameter};
use super::fail;
use crate::operation::{BodyType, Encoding, Operation};
use crate::value::{self, RequestValue};
use crate::{file, form, multipart, parameters, style};

/// The requests of one operation that a mock answers.
pub struct Request {
    operation: &'static Operation,
    expectation: Arc<Mutex<Expectation>>,
    media_type: Option<&'static BodyType>,
    when: When,
}

impl Request {
    /// All requests of the operation: its method and its path, below any base path.
    pub(super) fn new(
        operation: &'static Operation,
        expectation: Arc<Mutex<Expectation>>,
        when: When,
    ) -> Self {
        let media_type = operation
            .body
            .as_ref()
            .and_then(|body| body.media_types.first());
        Self {
            operation,
            expectation,
            media_type,
            when,
        }
    }

    /// Only those with this value of a parameter. A name that stands in two locations is given
    /// twice, in document order.
    ///
    /// # Panics
    ///
    /// The operation has no such parameter, or the value cannot be one.
    #[track_caller]
    pub fn parameter(self, name: &str, value: &impl Serialize) -> Self {
        let (read, secrets) = written_into_request(|| value::read(value));
        match read {
            Ok(read) => self.expect_parameter(name, read.value, !secrets.is_empty()),
            Err(problem) => fail(self.operation, &format!("parameter `{name}`: {problem}")),
        }
    }

    /// Only those without this parameter, which the document calls by this name.
    ///
    /// # Panics
    ///
    /// The operation has no such parameter.
    #[track_caller]
    pub fn without(self, name: &str) -> Self {
        self.expect_parameter(name, serde_json::Value::Null, false)
    }

    /// Only those with this header, for example the `authorization` that is expected.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.expect(|expectation| {
            expectation
                .headers
                .push((name.to_owned(), value.to_owned()));
        })
    }

    /// Takes the body to be of another media type than the operation's first; before
    /// [`body`](Self::body).
    ///
    /// # Panics
    ///
    /// The operation takes no such body.
    #[track_caller]
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

    /// Only those with this body, all of it, in its media type.
    ///
    /// # Panics
    ///
    /// The operation takes no body, or the value cannot be one.
    #[track_caller]
    pub fn body(self, value: &impl Serialize) -> Self {
        let Some(media_type) = self.media_type else {
            fail(self.operation, "it takes no body")
        };
        let (content, secrets) =
            written_into_request(|| content(self.operation, media_type, value));
        match content {
            Ok(content) => self.expect(|expectation| {
                expectation.body = Some(ExpectedBody {
                    media_type,
                    content,
                    hidden: !secrets.is_empty(),
                });
            }),
            Err(problem) => fail(self.operation, &format!("the body: {problem}")),
        }
    }

    /// httpmock's own conditions, to add others. What they ask for is not told when they are not
    /// met.
    pub fn into_inner(self) -> When {
        self.when
    }

    #[track_caller]
    fn expect_parameter(self, name: &str, value: serde_json::Value, hidden: bool) -> Self {
        let operation = self.operation;
        let mut unknown = false;
        let expected = self.expect(|expectation| {
            let known = expectation.parameters.iter();
            let given: Vec<_> = known
                .map(|one| (one.position, serde_json::Value::Null))
                .collect();
            match parameters::position(operation, &given, 0, name) {
                Some(position) => expectation.parameters.push(ExpectedParameter {
                    position,
                    value,
                    hidden,
                }),
                None => unknown = true,
            }
        });
        if unknown {
            fail(operation, &format!("it has no parameter `{name}`"));
        }
        expected
    }

    fn expect(self, change: impl FnOnce(&mut Expectation)) -> Self {
        change(
            &mut self
                .expectation
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self
    }
}

/// What a body of this media type holds.
fn content(
    operation: &Operation,
    media_type: &BodyType,
    value: &impl Serialize,
) -> Result<Content, String> {
    if media_type.encoding == Encoding::Json {
        let text = value::json(value)?;
        let read = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        return Ok(Content::Json(read));
    }
    let RequestValue { value, files } = value::read(value)?;
    let fields = operation.body.as_ref().map_or(&[][..], |body| body.fields);
    let members = || {
        value
            .as_object()
            .ok_or_else(|| format!("a body of {} is an object", media_type.name))
    };
    Ok(match media_type.encoding {
        Encoding::Form => Content::Form(form::pairs(&style::PLAIN, members()?, fields)),
        Encoding::Multipart => Content::Parts(multipart::parts(members()?, &files, fields)?),
        _ => Content::Whole(match file::marked(&value, &files) {
            Some(file) => file.bytes.clone(),
            None => value::text(&value).unwrap_or_default().into(),
        }),
    })
}
