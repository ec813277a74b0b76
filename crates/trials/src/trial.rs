//! One call as it is meant: the request's values, and the answer that it is to get.

use keyfob_runtime::auth::secret::into_request;
use keyfob_runtime::{ByteStream, Error, ResponseValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One call as it is meant.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The operation's id, for complaints.
    pub(crate) operation: String,
    /// The values of the parameters, in document order.
    pub(crate) parameters: Vec<Option<Value>>,
    /// The media type of the body, and its value.
    pub(crate) body: Option<(&'static str, Value)>,
    /// The answer's place among those that the client reads.
    pub(crate) answer: usize,
    /// The answer.
    pub(crate) answered: Answered,
    /// The answer's media type.
    pub(crate) media_type: &'static str,
}

/// An answer: its status and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// What it holds.
    pub content: Content,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Value),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Trial {
    /// The value of a parameter, by its place in the document; `None` if it is left out.
    ///
    /// # Panics
    ///
    /// The client's type does not take a value that the document allows.
    pub fn parameter<T: DeserializeOwned>(&self, position: usize) -> Option<T> {
        let value = self.parameters.get(position)?.as_ref()?;
        Some(self.typed(&format!("parameter {position}"), value))
    }

    /// Whether the body is of this media type.
    pub fn sends(&self, media_type: &str) -> bool {
        self.body
            .as_ref()
            .is_some_and(|(name, _)| *name == media_type)
    }

    /// The value of a body of one of these media types.
    ///
    /// # Panics
    ///
    /// The client's type does not take a value that the document allows.
    pub fn body<T: DeserializeOwned>(&self, media_types: &[&str]) -> Option<T> {
        let (name, value) = self.body.as_ref()?;
        media_types
            .contains(name)
            .then(|| self.typed("the body", value))
    }

    /// The place of the answer among those that the client reads.
    pub fn answer(&self) -> usize {
        self.answer
    }

    /// The answer's status.
    pub fn status(&self) -> u16 {
        self.answered.status
    }

    /// The answer's media type.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// The answer's JSON.
    ///
    /// # Panics
    ///
    /// The client's type does not take a value that the document allows.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match &self.answered.content {
            Content::Json(value) => self.typed("the answer", value),
            _ => self.typed("the answer", &Value::Null),
        }
    }

    /// The answer's text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// The answer as it stands on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.answered.content {
            Content::Nothing => Vec::new(),
            Content::Json(value) => value.to_string().into_bytes(),
            Content::Text(text) => text.clone().into_bytes(),
            Content::Bytes(bytes) => bytes.clone(),
        }
    }

    #[expect(clippy::panic, reason = "a helper of tests")]
    fn typed<T: DeserializeOwned>(&self, what: &str, value: &Value) -> T {
        match serde_json::from_value(value.clone()) {
            Ok(typed) => typed,
            Err(error) => panic!(
                "{}: the client does not take {what} {value}: {error}",
                self.operation
            ),
        }
    }
}

/// The JSON of a typed value; secrets in it are written out.
///
/// # Panics
///
/// The value has no JSON form.
#[expect(clippy::panic, reason = "a helper of tests")]
pub fn json(value: &impl Serialize) -> Content {
    let text = into_request(|| serde_json::to_string(value));
    match text.and_then(|text| serde_json::from_str(&text)) {
        Ok(value) => Content::Json(value),
        Err(error) => panic!("an answer cannot be written again: {error}"),
    }
}

/// What came of a call: the documented answer, or in words why there was none.
///
/// # Errors
///
/// What the client's error says, if it does not bring a documented answer.
pub fn judge<T, E>(
    result: Result<ResponseValue<T>, Error<E>>,
    success: impl FnOnce(&T) -> Content,
    failure: impl FnOnce(&E) -> Content,
) -> Result<Answered, String> {
    let error = match result {
        Ok(value) => {
            return Ok(Answered {
                status: value.status().as_u16(),
                content: success(&value),
            });
        }
        Err(error) => error,
    };
    match (error.api_error(), error.status()) {
        (Some(known), Some(status)) => Ok(Answered {
            status: status.as_u16(),
            content: failure(known),
        }),
        _ => Err(error.to_string()),
    }
}

/// The same of a call that answers a stream, which is read to its end.
///
/// # Errors
///
/// As [`judge`], or the stream broke.
pub async fn judge_stream<E>(
    result: Result<ResponseValue<ByteStream>, Error<E>>,
    failure: impl FnOnce(&E) -> Content,
) -> Result<Answered, String> {
    let error = match result {
        Ok(value) => {
            let status = value.status().as_u16();
            let bytes = value.into_inner().collect().await;
            let bytes = bytes.map_err(|error| error.to_string())?;
            return Ok(Answered {
                status,
                content: Content::Bytes(bytes.to_vec()),
            });
        }
        Err(error) => error,
    };
    judge::<(), E>(Err(error), |()| Content::Nothing, failure)
}
