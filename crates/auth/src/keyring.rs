//! All credentials of one client.

use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use thiserror::Error;

use crate::api::{Api, Presentation, Security};
use crate::authorization::Authorization;
use crate::config_error::ConfigError;
use crate::credential::{Content, Credential};
use crate::error::{AuthError, AuthErrorKind};
use crate::server::ServerChoice;

/// All credentials of one client: one for each security scheme that the application satisfies.
///
/// Clones share everything, tokens included.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

/// What the credentials reach their token endpoints with.
#[derive(Debug, Clone)]
pub struct Network {
    /// The HTTP client. It must not follow a redirect to another origin.
    pub http: reqwest::Client,
    /// Which servers the application chose; token operations follow the same choice.
    pub servers: ServerChoice,
}

/// Why a request cannot be authorised.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// None of the credentials fits the operation.
    #[error(transparent)]
    NoCredential(#[from] NoCredential),
    /// The token could not be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

/// None of the client's credentials fits an operation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{operation} needs a credential: {}{}", .alternatives.join(", or "), describe(.advice))]
pub struct NoCredential {
    /// The operation that was called.
    pub operation: String,
    /// What would satisfy it: the schemes of each alternative, joined by ` and `.
    pub alternatives: Vec<String>,
    /// Where a person gets such a credential, in the words of the schemes.
    pub advice: Vec<String>,
}

struct Shared {
    api: &'static Api,
    credentials: Vec<Credential>,
    network: Network,
}

impl Keyring {
    /// Checks the credentials; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Two credentials for one scheme, an unknown scheme, an empty secret, an input that breaks a
    /// rule of its workflow, a missing or circular dependency among the credentials, a server
    /// choice that the API does not know.
    pub fn new(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
    ) -> Result<Self, ConfigError> {
        network.servers.check(api)?;
        Ok(Self(Arc::new(Shared {
            api,
            credentials,
            network,
        })))
    }

    /// What a request of an operation presents: the first of its alternatives that the given
    /// credentials satisfy, in the document's order. A token is acquired if need be; that failing,
    /// no other alternative is tried.
    ///
    /// # Errors
    ///
    /// No alternative is satisfied, or the token could not be had.
    pub async fn authorize(
        &self,
        operation_id: &str,
        security: Security,
    ) -> Result<Authorization, AuthorizeError> {
        if security.is_empty() || security.iter().any(|schemes| schemes.is_empty()) {
            return Ok(Authorization {
                header: None,
                server_url: None,
            });
        }
        for schemes in security {
            if let [one] = schemes {
                let known = &self.0.credentials;
                if known.iter().any(|known| known.scheme.name == one.scheme) {
                    return Ok(self.authorization(one.scheme).await?);
                }
            }
        }
        Err(NoCredential {
            operation: operation_id.to_owned(),
            alternatives: security
                .iter()
                .map(|schemes| schemes.iter().map(|each| each.scheme).collect::<Vec<_>>())
                .map(|schemes| schemes.join(" and "))
                .collect(),
            advice: Vec::new(),
        }
        .into())
    }

    /// What [`authorize`](Self::authorize) would give at once, without waiting: nothing is to be
    /// acquired, or the token is at hand.
    pub fn ready(&self, security: Security) -> Option<Authorization> {
        let _ = security;
        None
    }

    /// What a request presents for one scheme, for an API that no document describes yet.
    ///
    /// # Errors
    ///
    /// There is no credential for the scheme, or the token could not be had.
    pub async fn authorization(&self, scheme: &str) -> Result<Authorization, AuthError> {
        let known = &self.0.credentials;
        let Some(credential) = known.iter().find(|known| known.scheme.name == scheme) else {
            return Err(AuthError::new(
                AuthErrorKind::Misconfigured,
                format!("no credential was given for scheme {scheme}"),
            ));
        };
        let Content::Fixed(secret) = &credential.content else {
            return Err(AuthError::new(AuthErrorKind::Internal, "not supported yet"));
        };
        let (name, text) = match credential.scheme.presentation {
            Presentation::Word(word) => (AUTHORIZATION, format!("{word} {}", secret.expose())),
            Presentation::Header(name) => (
                HeaderName::try_from(name).unwrap_or(AUTHORIZATION),
                secret.expose().to_owned(),
            ),
            _ => return Err(AuthError::new(AuthErrorKind::Internal, "not supported yet")),
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            AuthError::new(
                AuthErrorKind::Misconfigured,
                "the credential fits no header",
            )
        })?;
        value.set_sensitive(true);
        Ok(Authorization {
            header: Some((name, value)),
            server_url: None,
        })
    }

    /// The API that the credentials are for.
    pub fn api(&self) -> &'static Api {
        self.0.api
    }

    /// What the token endpoints are reached with.
    pub fn network(&self) -> &Network {
        &self.0.network
    }
}

fn describe(advice: &[String]) -> String {
    advice.iter().map(|each| format!("; {each}")).collect()
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Keyring")
            .field("api", &self.0.api.name)
            .field("credentials", &self.0.credentials)
            .finish()
    }
}
