//! A token as an application's own source acquired it.

use std::time::Duration;

use url::Url;

use crate::secret::Secret;

/// A token, as a [`TokenSource`](crate::TokenSource) yields it.
#[derive(Debug, Clone)]
pub struct Token {
    pub(crate) value: Secret,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) server_url: Option<Url>,
    pub(crate) refresh_token: Option<Secret>,
}

impl Token {
    /// A token that is used until it is refused. The value is what stands in the request, without
    /// the scheme's word (a word that is already there is not doubled).
    pub fn new(value: impl Into<Secret>) -> Self {
        Self {
            value: value.into(),
            expires_in: None,
            server_url: None,
            refresh_token: None,
        }
    }

    /// How long it lives from now. Zero is not believed: it means that the lifetime is unknown.
    #[must_use]
    pub fn with_expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = Some(lifetime).filter(|lifetime| !lifetime.is_zero());
        self
    }

    /// The server that takes this token, in place of the API's own.
    #[must_use]
    pub fn with_server_url(mut self, url: Url) -> Self {
        self.server_url = Some(url);
        self
    }

    /// The refresh token that its answer held, for a source that renews by itself: the engine does
    /// not use it.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    pub(crate) fn with_refresh_token(mut self, refresh_token: Option<Secret>) -> Self {
        self.refresh_token = refresh_token;
        self
    }
}
