//! The client that every generated one wraps.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use keyfob_auth::api::Api;
use keyfob_auth::{AuthError, Authorization, ConfigError, Credential, Keyring};
use url::Url;

use crate::base_urls::BaseUrls;
use crate::call::Call;
use crate::hook::Hooks;
use crate::limits::Allowance;
use crate::operation::Operation;
use crate::retry::Retries;

/// A client of one API: connections, credentials and settings. Cheap to clone; clones share all
/// of it.
#[derive(Clone)]
pub struct Client(Arc<Connected>);

/// What the calls of a client share.
pub(crate) struct Connected {
    /// The credentials, and the connections and servers that token requests and calls share.
    pub(crate) keyring: Keyring,
    /// The servers of the operations, read once.
    pub(crate) base_urls: Arc<BaseUrls>,
    pub(crate) allowance: Allowance,
    pub(crate) retries: Retries,
    pub(crate) hooks: Hooks,
}

impl Client {
    pub(crate) fn new(connected: Connected) -> Self {
        Self(Arc::new(connected))
    }

    /// Begins a call of an operation.
    pub fn call(&self, operation: &'static Operation) -> Call<'_> {
        Call::new(&self.0, operation)
    }

    /// A client for somebody else: the same connections, servers, limits, hooks and retry budget, with
    /// this credential in place of the one for the same scheme. The credentials for other
    /// schemes stay, with their tokens; an operation that takes one of those in place of the new
    /// one may still present it, so let only what belongs to everybody stay.
    ///
    /// # Errors
    ///
    /// The credential does not fit the API, or breaks one of its rules.
    pub fn with_credentials(
        &self,
        credentials: impl Into<Credential>,
    ) -> Result<Self, ConfigError> {
        let keyring = self.0.keyring.with_credential(credentials.into())?;
        Ok(Self::new(Connected {
            keyring,
            base_urls: Arc::clone(&self.0.base_urls),
            allowance: self.0.allowance,
            retries: self.0.retries.clone(),
            hooks: self.0.hooks.clone(),
        }))
    }

    /// Puts another credential in the place of the one for its scheme, in this client, its clones
    /// and those that share it: a secret that was rotated, a key that was replaced. A token at hand
    /// stays in use, if it is the same login with another secret; see
    /// [`Keyring::replace_credential`].
    ///
    /// # Errors
    ///
    /// The credential does not fit the API, breaks one of its rules, or is of another kind than
    /// the one it replaces.
    pub fn replace_credentials(
        &self,
        credentials: impl Into<Credential>,
    ) -> Result<(), ConfigError> {
        self.0.keyring.replace_credential(credentials.into())
    }

    /// Gives back the tokens that were acquired for a scheme: nobody can use them any more. The
    /// next call acquires another one, or asks for a new login; see [`Keyring::revoke`].
    ///
    /// # Errors
    ///
    /// There is no way of giving them back, or the server failed: then they are to be taken for
    /// alive, and are kept. A transient error says when to try again.
    pub async fn revoke(&self, scheme: &str) -> Result<(), AuthError> {
        self.0.keyring.revoke(scheme).await
    }

    /// Waits until no token is being acquired. To be called before the tokio runtime is shut down:
    /// an acquisition that is broken off may lose a refresh token on its way, and a login with it.
    /// It takes no longer than an acquisition may.
    pub async fn settled(&self) {
        self.0.keyring.settled().await;
    }

    /// What a request presents for a security scheme, for an operation that no document
    /// describes yet. A token is acquired if need be.
    ///
    /// # Errors
    ///
    /// No credential was given for the scheme, or the token could not be had.
    pub async fn authorization(&self, scheme: &str) -> Result<Authorization, AuthError> {
        self.0.keyring.authorization(scheme).await
    }
}

impl Connected {
    pub(crate) fn api(&self) -> &'static Api {
        self.keyring.api()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.keyring.network().http
    }

    /// Where an operation is called.
    pub(crate) fn server_url(&self, operation: &Operation) -> Result<Cow<'_, Url>, ConfigError> {
        let servers = &self.keyring.network().servers;
        self.base_urls.of(servers, self.api(), &operation.endpoint)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("keyring", &self.0.keyring)
            .field("servers", &self.0.keyring.network().servers)
            .field("allowance", &self.0.allowance)
            .finish_non_exhaustive()
    }
}
