//! Request bodies, written as their media types say.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::body_stream::BodyStream;
use crate::file;
use crate::operation::{Body, BodyType, Encoding};
use crate::value::{self, RequestValue};
use crate::{form, multipart};

/// A body that is ready to send.
pub(crate) struct RequestBody {
    pub(crate) content_type: HeaderValue,
    pub(crate) content: Content,
}

/// What a body is made of.
pub(crate) enum Content {
    /// Bytes that were written here, for any number of requests.
    Written(Bytes),
    /// A stream that the application gave, for one request.
    Streamed(BodyStream),
}

/// A body as it was written.
pub(crate) struct Written {
    content_type: HeaderValue,
    content: Bytes,
}

impl Written {
    /// Makes it ready to send. One that holds a secret is wiped when the last request that it
    /// was sent with is gone.
    pub(crate) fn seal(self, holds_secret: bool) -> RequestBody {
        let content = match holds_secret {
            true => Bytes::from_owner(Zeroizing::new(Vec::from(self.content))),
            false => self.content,
        };
        RequestBody {
            content_type: self.content_type,
            content: Content::Written(content),
        }
    }
}

impl RequestBody {
    /// The same body, for another call; `None` for a stream.
    pub(crate) fn again(&self) -> Option<Self> {
        let content = match &self.content {
            Content::Written(content) => content.clone(),
            Content::Streamed(_) => return None,
        };
        Some(Self {
            content_type: self.content_type.clone(),
            content: Content::Written(content),
        })
    }
}

/// Writes a value as a body of this media type. The error never shows the value.
pub(crate) fn write(
    body: &Body,
    body_type: BodyType,
    value: &impl Serialize,
) -> Result<Written, String> {
    match body_type.encoding {
        Encoding::Json => written(body_type.name, value::json(value)?),
        _ => write_value(body, body_type, &value::read(value)?),
    }
}

/// A body that comes as a stream.
pub(crate) fn streamed(body_type: BodyType, stream: BodyStream) -> Result<RequestBody, String> {
    Ok(RequestBody {
        content_type: content_type(body_type.name)?,
        content: Content::Streamed(stream),
    })
}

fn written(name: &str, content: impl Into<Bytes>) -> Result<Written, String> {
    Ok(Written {
        content_type: content_type(name)?,
        content: content.into(),
    })
}

fn write_value(body: &Body, body_type: BodyType, read: &RequestValue) -> Result<Written, String> {
    let members = || {
        read.value
            .as_object()
            .ok_or_else(|| format!("a body of {} is an object", body_type.name))
    };
    match body_type.encoding {
        Encoding::Json => written(body_type.name, read.value.to_string()),
        Encoding::Form => written(body_type.name, form::write(members()?, body.fields)),
        Encoding::Multipart => {
            let parts = multipart::write(members()?, &read.files, body.fields)?;
            let name = format!("{}; boundary={}", body_type.name, parts.boundary);
            written(&name, parts.body)
        }
        Encoding::Text | Encoding::Bytes => write_whole(body_type, read),
    }
}

/// A body that is one text or one file.
fn write_whole(body_type: BodyType, read: &RequestValue) -> Result<Written, String> {
    if let Some(file) = file::marked(&read.value, &read.files) {
        let name = file.content_type.as_deref().unwrap_or(body_type.name);
        return written(name, file.bytes.clone());
    }
    match &read.value {
        Value::Array(_) | Value::Object(_) => {
            Err(format!("a body of {} is a text or a file", body_type.name))
        }
        scalar => written(body_type.name, value::text(scalar).unwrap_or_default()),
    }
}

/// A media type as a header. A range such as `*/*` names none, so the most general one is sent.
fn content_type(name: &str) -> Result<HeaderValue, String> {
    let name = if name.contains('*') {
        "application/octet-stream"
    } else {
        name
    };
    HeaderValue::from_str(name).map_err(|_| "the media type of the body is not one".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::file::File;

    const BODY: Body = Body {
        media_types: &[],
        required: true,
        fields: &[],
    };

    fn written(
        name: &'static str,
        encoding: Encoding,
        value: &impl Serialize,
    ) -> Result<(String, String), String> {
        let written = write(&BODY, BodyType { name, encoding }, value)?;
        let content = String::from_utf8_lossy(&written.content).into_owned();
        Ok((written.content_type.to_str().unwrap().to_owned(), content))
    }

    #[test]
    fn a_body_is_written_as_its_media_type_says() {
        let object = json!({"a": "b c", "n": [1, 2]});
        let secret = keyfob_auth::Secret::from("s3cret");
        let cases = [
            (
                written("application/json", Encoding::Json, &object),
                "application/json",
                r#"{"a":"b c","n":[1,2]}"#,
            ),
            (
                written("application/merge-patch+json", Encoding::Json, &secret),
                "application/merge-patch+json",
                "\"s3cret\"",
            ),
            (
                written("application/x-www-form-urlencoded", Encoding::Form, &object),
                "application/x-www-form-urlencoded",
                "a=b+c&n=1&n=2",
            ),
            (
                written("text/plain", Encoding::Text, &"a\nb"),
                "text/plain",
                "a\nb",
            ),
            (written("text/plain", Encoding::Text, &7), "text/plain", "7"),
            (
                written("image/*", Encoding::Bytes, &File::new("png")),
                "application/octet-stream",
                "png",
            ),
            (
                written(
                    "image/*",
                    Encoding::Bytes,
                    &File::new("png").with_content_type("image/png"),
                ),
                "image/png",
                "png",
            ),
            (
                written("*/*", Encoding::Text, &"x"),
                "application/octet-stream",
                "x",
            ),
        ];
        for (got, content_type, content) in cases {
            assert_eq!(got.unwrap(), (content_type.to_owned(), content.to_owned()));
        }
    }

    #[test]
    fn a_value_that_the_media_type_cannot_hold_is_refused_without_showing_it() {
        let cases = [
            written(
                "application/x-www-form-urlencoded",
                Encoding::Form,
                &"canary",
            ),
            written("multipart/form-data", Encoding::Multipart, &["canary"]),
            written("text/plain", Encoding::Text, &json!({"a": "canary"})),
            written("application/json", Encoding::Json, &File::new("canary")),
        ];
        for refused in cases {
            let message = refused.unwrap_err();
            assert!(!message.contains("canary"), "{message}");
        }
    }
}
