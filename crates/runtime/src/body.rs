//! Request bodies, written as their media types say.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use crate::file;
use crate::operation::{Body, BodyType, Encoding};
use crate::value::{self, RequestValue};
use crate::{form, multipart};

/// A body that is ready to send.
pub(crate) struct RequestBody {
    pub(crate) content_type: HeaderValue,
    pub(crate) content: reqwest::Body,
}

impl RequestBody {
    /// The same body, for another request; `None` for a stream.
    pub(crate) fn again(&self) -> Option<Self> {
        let content = Bytes::copy_from_slice(self.content.as_bytes()?);
        Some(Self {
            content_type: self.content_type.clone(),
            content: content.into(),
        })
    }
}

/// Writes a value as a body of this media type. The error never shows the value.
pub(crate) fn write(
    body: &Body,
    body_type: BodyType,
    value: &impl Serialize,
) -> Result<RequestBody, String> {
    let content = match body_type.encoding {
        Encoding::Json => value::json(value)?,
        _ => return write_value(body, body_type, &value::read(value)?),
    };
    Ok(RequestBody {
        content_type: content_type(body_type.name)?,
        content: content.into(),
    })
}

/// A body of bytes that the application has made.
pub(crate) fn bytes(body_type: BodyType, content: reqwest::Body) -> Result<RequestBody, String> {
    Ok(RequestBody {
        content_type: content_type(body_type.name)?,
        content,
    })
}

fn write_value(
    body: &Body,
    body_type: BodyType,
    read: &RequestValue,
) -> Result<RequestBody, String> {
    let members = || {
        read.value
            .as_object()
            .ok_or_else(|| format!("a body of {} is an object", body_type.name))
    };
    match body_type.encoding {
        Encoding::Json => bytes(body_type, read.value.to_string().into()),
        Encoding::Form => bytes(body_type, form::write(members()?, body.fields).into()),
        Encoding::Multipart => {
            let written = multipart::write(members()?, &read.files, body.fields)?;
            let name = format!("{}; boundary={}", body_type.name, written.boundary);
            Ok(RequestBody {
                content_type: content_type(&name)?,
                content: written.body.into(),
            })
        }
        Encoding::Text | Encoding::Bytes => write_whole(body_type, read),
    }
}

/// A body that is one text or one file.
fn write_whole(body_type: BodyType, read: &RequestValue) -> Result<RequestBody, String> {
    if let Some(file) = file::marked(&read.value, &read.files) {
        let name = file.content_type.as_deref().unwrap_or(body_type.name);
        return Ok(RequestBody {
            content_type: content_type(name)?,
            content: file.bytes.clone().into(),
        });
    }
    match &read.value {
        Value::Array(_) | Value::Object(_) => {
            Err(format!("a body of {} is a text or a file", body_type.name))
        }
        scalar => bytes(body_type, value::text(scalar).unwrap_or_default().into()),
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
        let content = String::from_utf8_lossy(written.content.as_bytes().unwrap()).into_owned();
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
