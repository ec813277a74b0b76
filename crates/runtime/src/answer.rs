//! A whole answer, and how generated code reads it.

use std::marker::PhantomData;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, DeserializeSeed};

use crate::json_pointer::At;
use crate::media_type::essence;
use crate::server_message::sanitise;

/// A whole answer of a server, bounded in size. Generated code reads the typed value from it.
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where it points to, if that is another origin than the one that was asked.
    pub(crate) elsewhere: Option<String>,
}

/// Why an answer gives no typed value.
#[derive(Debug)]
pub struct AnswerError(pub(crate) Fault);

#[derive(Debug)]
pub(crate) enum Fault {
    /// The API's description does not know this answer.
    Undocumented,
    /// The body is not what the API's description says.
    Unreadable {
        /// The member that is wrong, for example `list[3].id`.
        path: String,
        /// What is wrong, without anything of the body.
        reason: String,
    },
}

impl Answer {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            headers,
            body,
            elsewhere: None,
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as JSON, whatever media type it is sent with; or as a form, where it is sent as
    /// one and is no JSON.
    ///
    /// # Errors
    ///
    /// Says which member is wrong, and what was expected of it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        match self.read(PhantomData::<T>) {
            Err(_) if self.is_form() && !self.begins_as_json() => self.form(),
            read => read,
        }
    }

    fn begins_as_json(&self) -> bool {
        let body = without_byte_order_mark(&self.body).trim_ascii_start();
        matches!(body.first(), None | Some(b'{' | b'['))
    }

    fn is_form(&self) -> bool {
        let media_type = self.headers.get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        media_type.is_some_and(|name| essence(name) == "application/x-www-form-urlencoded")
    }

    fn form<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        serde_urlencoded::from_bytes(without_byte_order_mark(&self.body))
            // What is wrong is not told: the error would show the value.
            .map_err(|_| unreadable("", "it is a form without the members that are expected"))
    }

    /// What a JSON pointer leads to in the body; `None` where it leads nowhere or to null, or
    /// where the status says that there is no body.
    pub(crate) fn at<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, AnswerError> {
        match self.status {
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => Ok(None),
            _ => self.read(At::new(pointer)),
        }
    }

    fn read<'a, S: DeserializeSeed<'a> + Clone>(
        &'a self,
        seed: S,
    ) -> Result<S::Value, AnswerError> {
        let body = without_byte_order_mark(&self.body);
        if body.is_empty() {
            return Err(unreadable("", "the body is empty"));
        }
        let mut reader = serde_json::Deserializer::from_slice(body);
        let read = seed
            .clone()
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value));
        read.map_err(|error| {
            // Where it went wrong is found by reading once more, so that a good body is read fast.
            let mut reader = serde_json::Deserializer::from_slice(body);
            let mut track = serde_path_to_error::Track::new();
            let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
            let path = match seed.deserialize(tracked) {
                Ok(_) => String::new(),
                Err(_) => track.path().to_string(),
            };
            unreadable(&path, &reason(&error))
        })
    }

    /// The value that a JSON pointer leads to is not what the API's description says.
    pub(crate) fn unfit(&self, pointer: &str, reason: &str) -> AnswerError {
        unreadable(pointer.trim_start_matches('/'), reason)
    }

    /// The body as text. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// None yet.
    pub fn text(&self) -> Result<String, AnswerError> {
        Ok(String::from_utf8_lossy(without_byte_order_mark(&self.body)).into_owned())
    }

    /// The body as it is.
    ///
    /// # Errors
    ///
    /// None yet.
    pub fn bytes(&self) -> Result<Bytes, AnswerError> {
        Ok(self.body.clone())
    }

    /// Nothing: the API's description gives this answer no body, and one that comes all the same
    /// is not looked at.
    ///
    /// # Errors
    ///
    /// None yet.
    pub fn empty(&self) -> Result<(), AnswerError> {
        Ok(())
    }

    /// The API's description does not know this answer.
    pub fn undocumented(&self) -> AnswerError {
        AnswerError(Fault::Undocumented)
    }
}

fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

fn unreadable(path: &str, reason: &str) -> AnswerError {
    AnswerError(Fault::Unreadable {
        path: sanitise(path),
        reason: sanitise(reason),
    })
}

/// What serde expected. The rest of its message would quote the body.
fn reason(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_syntax() {
        return format!("it is not JSON ({place})");
    }
    if error.is_eof() {
        return format!("the JSON breaks off ({place})");
    }
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _)| message);
    if NAMES_ONLY
        .iter()
        .any(|beginning| message.starts_with(beginning))
    {
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected} ({place})"),
        None => format!("its value is not allowed ({place})"),
    }
}

/// How messages of serde begin that are made of names in the client alone.
const NAMES_ONLY: &[&str] = &["missing field `", "data did not match any variant"];

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Page {
        #[allow(dead_code)]
        list: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[allow(dead_code)]
        id: u64,
    }

    fn answer(body: &'static str) -> Answer {
        Answer::new(
            StatusCode::OK,
            HeaderMap::new(),
            Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn an_unreadable_body_says_where_and_never_what() {
        let cases = [
            (
                r#"{"list": [{"id": 1}, {"id": "canary"}]}"#,
                "list[1].id",
                "expected u64 (line 1, column 36)",
            ),
            (
                r#"{"list": [{"canary": 1}]}"#,
                "list[0]",
                "missing field `id`",
            ),
            (
                r#"{"list": [{"id": 1}"#,
                "list",
                "the JSON breaks off (line 1, column 19)",
            ),
            (
                "<html>canary</html>",
                ".",
                "it is not JSON (line 1, column 1)",
            ),
            ("", "", "the body is empty"),
            (
                r#"{"list": []} canary"#,
                "",
                "it is not JSON (line 1, column 14)",
            ),
        ];
        for (body, expected_path, expected_reason) in cases {
            let AnswerError(fault) = answer(body).json::<Page>().unwrap_err();
            match fault {
                Fault::Unreadable { path, reason } => {
                    assert_eq!(
                        (path.as_str(), reason.as_str()),
                        (expected_path, expected_reason),
                        "{body}"
                    );
                }
                other @ Fault::Undocumented => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_byte_order_mark_and_unknown_members_do_no_harm() {
        let page: Page = answer("\u{feff}{\"list\": [{\"id\": 1, \"new\": []}], \"more\": {}}")
            .json()
            .unwrap();
        assert_eq!(page.list.len(), 1);
        assert_eq!(answer("\u{feff}text").text().unwrap(), "text");
    }
}
