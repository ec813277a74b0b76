//! The documented answers of an operation.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use keyfob_spec::{MediaType, Operation, Response, Spec, Status};
use serde_json::{Map, Value};

use crate::call::{Call, covers, is_form, is_json, is_text};
use crate::condition::Reply;
use crate::{example, schema};

/// An answer before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) media_type: Option<String>,
    pub(crate) content: Content,
    /// Why the request is not served; goes into a header and into the log.
    pub(crate) complaint: Option<String>,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    None,
    /// JSON, or text as a string.
    Value(Value),
    Bytes(Bytes),
}

/// The header that says in words why a request is not served.
pub(crate) const COMPLAINT: HeaderName = HeaderName::from_static("keyfob-sandbox");

/// One documented answer: a status, a media type, an example.
#[derive(Clone, Copy)]
pub(crate) struct Documented<'a> {
    pub(crate) response: &'a Response,
    pub(crate) media_type: Option<&'a MediaType>,
    /// The example by name; `None` where the document gives none.
    pub(crate) example: Option<(&'a str, &'a Value)>,
}

/// The names of examples that refuse a credential.
const REFUSALS: [&str; 3] = ["missing", "invalid", "expired"];

/// All documented answers of an operation, in document order.
pub(crate) fn documented(operation: &Operation) -> Vec<Documented<'_>> {
    let mut all = Vec::new();
    for response in &operation.responses {
        if response.content.is_empty() {
            all.push(Documented {
                response,
                media_type: None,
                example: None,
            });
        }
        for media_type in &response.content {
            let examples = media_type.examples.iter();
            let mut examples: Vec<Option<(&str, &Value)>> = examples
                .map(|(name, value)| Some((name.as_str(), value)))
                .collect();
            if examples.is_empty() {
                examples.push(None);
            }
            all.extend(examples.into_iter().map(|example| Documented {
                response,
                media_type: Some(media_type),
                example,
            }));
        }
    }
    all
}

/// The documented successes that the request accepts, in document order, without the examples
/// of refusals. Where there is none of a status from 200 to 299, a redirect or `default`
/// stands in.
pub(crate) fn successes<'a>(operation: &'a Operation, call: &Call) -> Vec<Documented<'a>> {
    let all = documented(operation);
    let of = |wanted: &dyn Fn(Status) -> bool| -> Vec<Documented<'a>> {
        let fitting = all.iter().filter(|one| wanted(one.response.status));
        let fitting = fitting.filter(|one| !one.is_refusal());
        fitting.copied().collect()
    };
    let mut found = of(&Status::is_success);
    if found.is_empty() {
        found = of(&|status| matches!(status, Status::Code(300..400) | Status::Range(3)));
    }
    if found.is_empty() {
        found = of(&|status| status == Status::Default);
    }
    let accepted: Vec<Documented<'a>> = found
        .iter()
        .filter(|one| one.is_accepted(call))
        .copied()
        .collect();
    if accepted.is_empty() { found } else { accepted }
}

impl Documented<'_> {
    pub(crate) fn name(&self) -> Option<&str> {
        self.example.map(|(name, _)| name)
    }

    pub(crate) fn is_refusal(&self) -> bool {
        self.name().is_some_and(|name| REFUSALS.contains(&name))
    }

    /// The status that it is documented for; of a range or `default`, the wanted one if it is
    /// covered.
    pub(crate) fn status(&self, wanted: u16) -> u16 {
        match self.response.status {
            Status::Code(code) => code,
            Status::Range(digit) if wanted / 100 != digit => digit * 100,
            Status::Range(_) | Status::Default => wanted,
        }
    }

    /// Whether it can be the answer to a request that fails.
    pub(crate) fn is_error(&self) -> bool {
        match self.response.status {
            Status::Code(code) => code >= 400,
            Status::Range(digit) => digit >= 4,
            Status::Default => true,
        }
    }

    /// The answer with a status that it covers.
    pub(crate) fn answer(&self, spec: &Spec, status: u16) -> Answer {
        Answer {
            status,
            headers: self.headers(spec),
            media_type: self.media_type.map(|media_type| media_type.name.clone()),
            content: self.content(spec),
            complaint: None,
        }
    }

    fn content(&self, spec: &Spec) -> Content {
        let Some(media_type) = self.media_type else {
            return Content::None;
        };
        let json = is_json(&media_type.name);
        match self.example {
            Some((_, Value::String(text)))
                if json && !schema::may_be(spec, &media_type.schema, "string") =>
            {
                // JSON that is written as text in the document.
                let parsed = serde_json::from_str(text);
                Content::Value(parsed.unwrap_or_else(|_| Value::from(text.as_str())))
            }
            Some((_, example)) => Content::Value(example.clone()),
            None if json => Content::Value(example::from_schema(spec, &media_type.schema)),
            None if is_text(&media_type.name) => {
                match example::from_schema(spec, &media_type.schema) {
                    Value::String(text) => Content::Value(Value::String(text)),
                    _ if media_type.name.contains("xml") => Content::Value("<sandbox/>".into()),
                    _ => Content::Value("sandbox".into()),
                }
            }
            // Bytes that are no text in any encoding, so that nobody takes them for text.
            None => Content::Bytes(Bytes::from_static(b"sandbox\x00\xff\xfe\x80")),
        }
    }

    fn headers(&self, spec: &Spec) -> HeaderMap {
        let node = spec.document.pointer(&self.response.pointer);
        let documented = node
            .map(|node| spec.resolve(node))
            .and_then(|node| node.get("headers"));
        let mut headers = HeaderMap::new();
        for (name, schema) in &self.response.headers {
            let given = documented.and_then(|headers| example::given(spec, headers.get(name)?));
            let value = given.unwrap_or_else(|| example::from_schema(spec, schema));
            let text = crate::condition::text(&value).unwrap_or_default();
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_str(&text),
            ) && name != CONTENT_TYPE
            {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// Whether the request's `Accept` covers the media type.
    fn is_accepted(&self, call: &Call) -> bool {
        let Some(media_type) = self.media_type else {
            return true;
        };
        let Some(accept) = call.header("accept") else {
            return true;
        };
        let ranges = accept.split(',').map(str::trim);
        ranges
            .filter(|range| !range.replace(' ', "").ends_with(";q=0"))
            .any(|range| covers(range, &crate::call::essence(&media_type.name)))
    }
}

impl Answer {
    /// An answer in plain words.
    pub(crate) fn words(status: u16, words: impl Into<String>) -> Answer {
        let words = words.into();
        Answer {
            status,
            headers: HeaderMap::new(),
            media_type: Some("text/plain; charset=utf-8".to_owned()),
            content: Content::Value(Value::from(format!("keyfob sandbox: {words}\n"))),
            complaint: Some(words),
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            media_type: Some("application/json".to_owned()),
            content: Content::Value(body),
            complaint: None,
        }
    }

    /// What conditions and pointers read: JSON, a text, or null.
    pub(crate) fn body(&self) -> Value {
        match &self.content {
            Content::Value(value) => value.clone(),
            Content::None | Content::Bytes(_) => Value::Null,
        }
    }

    pub(crate) fn meets(&self, conditions: &[keyfob_spec::Condition]) -> bool {
        let body = self.body();
        let reply = Reply {
            status: self.status,
            headers: &self.headers,
            body: &body,
        };
        conditions
            .iter()
            .all(|condition| crate::condition::holds(condition, &reply))
    }

    pub(crate) fn because(mut self, complaint: impl Into<String>) -> Answer {
        self.complaint = Some(complaint.into());
        self
    }

    /// The answer as it goes onto the wire.
    pub(crate) fn into_response(self) -> hyper::Response<Full<Bytes>> {
        let json = self.media_type.as_deref().is_some_and(is_json);
        let is_form = self.media_type.as_deref().is_some_and(is_form);
        let body = match self.content {
            Content::None => Bytes::new(),
            Content::Bytes(bytes) => bytes,
            Content::Value(Value::String(text)) if !json => Bytes::from(text),
            Content::Value(Value::Object(members)) if is_form => Bytes::from(form(&members)),
            Content::Value(value) => Bytes::from(value.to_string()),
        };
        let mut response = hyper::Response::new(Full::new(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        if let Some(Ok(value)) = self.media_type.map(HeaderValue::try_from) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
        if let Some(Ok(value)) = self
            .complaint
            .map(|words| HeaderValue::try_from(in_line(&words)))
        {
            response.headers_mut().insert(COMPLAINT, value);
        }
        response
    }
}

fn form(members: &Map<String, Value>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::String(text) => drop(form.append_pair(name, text)),
            value => drop(form.append_pair(name, &value.to_string())),
        }
    }
    form.finish()
}

/// Words as a header can hold them.
fn in_line(words: &str) -> String {
    words
        .chars()
        .map(|letter| {
            if letter.is_ascii_graphic() {
                letter
            } else {
                ' '
            }
        })
        .take(400)
        .collect()
}
