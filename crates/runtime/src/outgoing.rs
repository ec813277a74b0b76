//! The request of one call, built anew for each attempt.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method};
use keyfob_auth::url_below;
use serde_json::Value;
use url::Url;

use crate::body::{Content, RequestBody};
use crate::operation::{Operation, Repeat};
use crate::parameters::{self, Headers};
use crate::random;

/// Everything about the request but the server and the credential.
pub(crate) struct Outgoing {
    method: Method,
    /// The path below the server's URL, and the query behind it.
    target: String,
    /// Where a name stands twice, the later one counts. A list, because most requests have one
    /// or two headers, and a map of them is made for each attempt.
    headers: Headers,
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
        let mut headers = vec![(ACCEPT, accept(operation.accept)?)];
        let target = parameters::write(operation, given, &mut headers)?;
        add_key(&mut headers, operation.repeat)?;
        if body.is_none() && operation.body.as_ref().is_some_and(|body| body.required) {
            return Err("the operation needs a body".to_owned());
        }
        let body = body.map(|body| {
            headers.push((CONTENT_TYPE, body.content_type));
            body.content
        });
        Ok(Self {
            method,
            target,
            headers,
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
        self.addressed_to(url_below(base, &self.target))
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
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
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
fn add_key(headers: &mut Headers, repeat: Repeat) -> Result<(), String> {
    let Repeat::Keyed(name) = repeat else {
        return Ok(());
    };
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{name}` is not a name for a header"))?;
    if headers.iter().all(|(known, _)| *known != name) {
        let key = HeaderValue::from_str(&random::uuid()).map_err(|error| error.to_string())?;
        headers.push((name, key));
    }
    Ok(())
}
