//! A request to an operation, read and checked as the document says.

use keyfob_spec::{Checker, Direction, MediaType, Operation, RequestBody, Spec};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::{Call, covers, essence, is_json};
use crate::{decode, refuse};

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request as far as it has been understood.
pub(crate) struct Request<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) call: &'a Call,
    pub(crate) path_values: Vec<(String, String)>,
    /// The documented media type of the body that was sent.
    media_type: Option<&'a MediaType>,
    pub(crate) body: Option<Value>,
}

impl<'a> Request<'a> {
    /// Reads the body the way its media type says.
    ///
    /// # Errors
    ///
    /// The answer to a body that is not documented or cannot be read.
    pub(crate) async fn read(
        spec: &Spec,
        operation: &'a Operation,
        call: &'a Call,
        path_values: Vec<(String, String)>,
    ) -> Result<Request<'a>, Answer> {
        let mut request = Request {
            operation,
            call,
            path_values,
            media_type: None,
            body: None,
        };
        let is_empty = call.body.is_empty();
        let Some(documented) = &operation.body else {
            let words = "the operation takes no body";
            let refused = || refuse::request(spec, operation, 400, words);
            return if is_empty {
                Ok(request)
            } else {
                Err(refused())
            };
        };
        let sent = call.media_type();
        if is_empty && sent.is_none() {
            return Ok(request);
        }
        let sent = sent.unwrap_or_default();
        let media_type = documented_as(documented, &sent)
            .ok_or_else(|| refuse::request(spec, operation, 415, &takes(documented)))?;
        request.media_type = Some(media_type);
        // A form without fields is an empty body.
        if !is_empty || sent == FORM {
            let content_type = call.header("content-type").unwrap_or_default();
            request.body = decode::body(spec, media_type, content_type, &call.body)
                .await
                .map_err(|words| refuse::request(spec, operation, 400, &words))?;
        }
        Ok(request)
    }

    /// What breaks the document in parameters and body, in words that show no value; `None` if
    /// nothing does.
    pub(crate) fn violation(&self, spec: &Spec, checker: &Checker) -> Option<String> {
        let mut complaints = self.parameter_complaints(spec, checker);
        let documented = self.operation.body.as_ref();
        match (self.media_type, &self.body) {
            (Some(media_type), Some(body)) => complaints.extend(checker.complaints(
                &media_type.pointer,
                &media_type.schema,
                Direction::Request,
                body,
            )),
            _ if self.is_without_body() && documented.is_some_and(|body| body.required) => {
                complaints.push("the body is missing".to_owned());
            }
            _ => {}
        }
        (!complaints.is_empty()).then(|| complaints.join("; "))
    }

    /// Whether nothing was sent as the body. A file or a text may be empty, and is there if its media
    /// type is named.
    fn is_without_body(&self) -> bool {
        let is_whole =
            |known: &MediaType| !is_json(&known.name) && !known.name.starts_with("multipart/");
        self.call.body.is_empty() && !self.media_type.is_some_and(is_whole)
    }

    fn parameter_complaints(&self, spec: &Spec, checker: &Checker) -> Vec<String> {
        let mut complaints = Vec::new();
        for parameter in &self.operation.parameters {
            let name = &parameter.name;
            let Some(value) = decode::parameter(spec, parameter, self.call, &self.path_values)
            else {
                if parameter.required {
                    complaints.push(format!("the parameter {name} is missing"));
                }
                continue;
            };
            let (pointer, schema) = (&parameter.pointer, &parameter.schema);
            let found = checker.complaints(pointer, schema, Direction::Request, &value);
            let named = found
                .iter()
                .map(|words| format!("the parameter {name}: {words}"));
            complaints.extend(named);
        }
        complaints
    }
}

/// The documented media type that covers what was sent; an exact one beats a range.
fn documented_as<'a>(documented: &'a RequestBody, sent: &str) -> Option<&'a MediaType> {
    let mut exact = documented.content.iter();
    let mut ranges = documented.content.iter();
    exact
        .find(|known| essence(&known.name) == sent)
        .or_else(|| ranges.find(|known| covers(&known.name, sent)))
}

fn takes(documented: &RequestBody) -> String {
    let names = documented.content.iter().map(|known| known.name.as_str());
    let names: Vec<&str> = names.collect();
    format!(
        "the content type is not documented; it takes {}",
        names.join(", ")
    )
}
