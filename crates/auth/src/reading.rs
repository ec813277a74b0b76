//! The answer to a request, as expressions and conditions read it.

use std::borrow::Cow;
use std::cell::OnceCell;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use serde_json::Value;

use crate::confidential::Confidential;

/// The answer to a request, as conditions read it.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body; it may be empty where no condition reads it.
    pub body: &'a [u8],
}

/// An answer whose body is parsed at most once.
pub(crate) struct Reading<'a> {
    answer: Answer<'a>,
    json: OnceCell<Option<Confidential>>,
    form: OnceCell<Option<Confidential>>,
}

impl<'a> Reading<'a> {
    pub fn new(answer: Answer<'a>) -> Self {
        Self {
            answer,
            json: OnceCell::new(),
            form: OnceCell::new(),
        }
    }

    pub fn status(&self) -> u16 {
        self.answer.status
    }

    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<&Value> {
        let parsed = self.json.get_or_init(|| {
            let value = serde_json::from_slice::<Value>(without_mark(self.answer.body)).ok();
            value.map(Confidential::from)
        });
        parsed.as_ref().map(Confidential::expose)
    }

    /// What has members: JSON, or a form, which is an object of texts.
    pub fn members(&self) -> Option<&Value> {
        let form = || {
            self.form
                .get_or_init(|| self.form().map(Confidential::from))
        };
        self.json()
            .or_else(|| form().as_ref().map(Confidential::expose))
    }

    fn form(&self) -> Option<Value> {
        let media_type = self.answer.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let pairs = url::form_urlencoded::parse(without_mark(self.answer.body));
        let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(&*value)));
        Some(Value::Object(members.collect()))
    }

    /// The body as text, without the space around it.
    pub fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(without_mark(self.answer.body)).ok()?;
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    pub fn body(&self, pointer: &str) -> Option<Cow<'_, Value>> {
        match (self.json(), pointer) {
            (Some(json), pointer) => json.pointer(pointer).map(Cow::Borrowed),
            (None, "") => self.text().map(|text| Cow::Owned(Value::from(text))),
            (None, pointer) => self.members()?.pointer(pointer).map(Cow::Borrowed),
        }
    }

    pub fn header(&self, name: &str) -> Option<Value> {
        let value = self.answer.headers.get(name)?;
        value.to_str().ok().map(Value::from)
    }

    /// The value that the answer sets a cookie to (RFC 6265, 5.2 and 5.3): of several settings
    /// the last counts, and an empty value is none.
    pub fn cookie(&self, name: &str) -> Option<Value> {
        let mut latest_first = self.answer.headers.get_all(SET_COOKIE).iter().rev();
        let value = latest_first.find_map(|setting| {
            let pair = setting.to_str().ok()?.split(';').next()?;
            let (known, value) = pair.split_once('=')?;
            (known.trim() == name).then(|| value.trim())
        });
        value.filter(|value| !value.is_empty()).map(Value::from)
    }
}

/// The body without a UTF-8 byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
