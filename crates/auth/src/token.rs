//! A token as it was acquired, and the trait for acquiring one by hand.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use url::Url;

use crate::error::AuthError;
use crate::secret::Secret;

/// A token, as a [`TokenSource`] yields it.
#[derive(Debug, Clone)]
pub struct Token {
    pub(crate) value: Secret,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) server_url: Option<Url>,
}

impl Token {
    /// A token that is used until it is refused. The value is what stands in the request, without
    /// the scheme's word (a word that is already there is not doubled).
    pub fn new(value: impl Into<Secret>) -> Self {
        Self {
            value: value.into(),
            expires_in: None,
            server_url: None,
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
}

/// An acquisition written by hand, for what a token workflow cannot say (signed assertions, an
/// instance's metadata service, a vault).
///
/// It only fetches: keeping the token, sharing one acquisition among all who wait, renewing it in
/// time and after a refusal is the engine's work. It runs on a task of its own, so that no caller
/// can cancel it.
///
/// ```
/// use std::{future::Future, pin::Pin, time::Duration};
/// use keyfob_auth::{AuthError, Token, TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn acquire(&self) -> Pin<Box<dyn Future<Output = Result<Token, AuthError>> + Send + '_>> {
///         Box::pin(async {
///             Ok(Token::new("from the vault").with_expires_in(Duration::from_secs(600)))
///         })
///     }
/// }
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches a new token.
    ///
    /// # Errors
    ///
    /// Whatever [`AuthError::new`] says; a transient one is tried again later.
    fn acquire(&self) -> Pin<Box<dyn Future<Output = Result<Token, AuthError>> + Send + '_>>;
}
