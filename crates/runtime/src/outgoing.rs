//! The request of one call, built anew for each attempt.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, Entry, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use keyfob_auth::url_below;
use serde_json::Value;
use url::Url;

use crate::body::{Content, RequestBody};
use crate::operation::{Operation, Repeat};
use crate::parameters::{self, Parameters};
use crate::random;

/// Everything about the request but the server and the credential.
pub(crate) struct Outgoing {
    method: Method,
    parameters: Parameters,
    /// For a request that has no such header among its parameters. Apart from the other headers:
    /// most requests have no others, and those are copied for each attempt.
    accept: HeaderValue,
    content_type: Option<HeaderValue>,
    body: Option<Content>,
    /// The body was a stream, and it has been sent.
    spent: bool,
}

impl Outgoing {
    /// The error says why no request can be made of this.
    pub(crate) fn new(
        operation: &'static Operation,
        given: &[(usize, Value)],
        body: Option<RequestBody>,
    ) -> Result<Self, String> {
        let method = Method::from_bytes(operation.endpoint.method.as_bytes())
            .map_err(|_| format!("`{}` is not a method", operation.endpoint.method))?;
        let mut parameters = parameters::write(operation, given)?;
        let headers = &mut parameters.headers;
        add_key(headers, operation.repeat)?;
        let accept = accept(operation.accept)?;
        if body.is_none() && operation.body.as_ref().is_some_and(|body| body.required) {
            return Err("the operation needs a body".to_owned());
        }
        let (content_type, body) = match body {
            Some(body) => (Some(body.content_type), Some(body.content)),
            None => (None, None),
        };
        Ok(Self {
            method,
            parameters,
            accept,
            content_type,
            body,
            spent: false,
        })
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Whether the request can be sent again: a stream cannot.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.spent
    }

    /// The request for a server whose URL is `base`, without a credential.
    pub(crate) fn request(&mut self, base: &Url) -> reqwest::Request {
        self.addressed_to(url_below(base, &self.parameters.target))
    }

    /// The request for the place that a redirect points to. Under another method than the call's
    /// own it has no body.
    pub(crate) fn redirected(&mut self, url: Url, method: Method) -> reqwest::Request {
        let mut request = self.addressed_to(url);
        if method != self.method {
            *request.method_mut() = method;
            *request.body_mut() = None;
            request.headers_mut().remove(CONTENT_TYPE);
        }
        request
    }

    fn addressed_to(&mut self, url: Url) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), url);
        match self.body.take() {
            Some(Content::Written(content)) => {
                *request.body_mut() = Some(content.clone().into());
                self.body = Some(Content::Written(content));
            }
            Some(Content::Streamed(stream)) => {
                *request.body_mut() = Some(stream.into_body());
                self.spent = true;
            }
            None => {}
        }
        let headers = request.headers_mut();
        if !self.parameters.headers.is_empty() {
            headers.clone_from(&self.parameters.headers);
        }
        if let Entry::Vacant(entry) = headers.entry(ACCEPT) {
            entry.insert(self.accept.clone());
        }
        if let Some(content_type) = &self.content_type {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        request
    }
}

fn accept(media_types: &'static [&'static str]) -> Result<HeaderValue, String> {
    match media_types {
        [] => Ok(HeaderValue::from_static("*/*")),
        [one] => HeaderValue::from_maybe_shared(Bytes::from_static(one.as_bytes()))
            .map_err(|_| format!("`{one}` is not a media type")),
        several => {
            let joined = several.join(", ");
            HeaderValue::from_str(&joined).map_err(|_| format!("`{joined}` are not media types"))
        }
    }
}

/// Makes up the idempotency key, once for all attempts, where the application gave none.
fn add_key(headers: &mut HeaderMap, repeat: Repeat) -> Result<(), String> {
    let Repeat::Keyed(name) = repeat else {
        return Ok(());
    };
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{name}` is not a name for a header"))?;
    if !headers.contains_key(&name) {
        let key = HeaderValue::from_str(&random::uuid()).map_err(|error| error.to_string())?;
        headers.insert(name, key);
    }
    Ok(())
}
