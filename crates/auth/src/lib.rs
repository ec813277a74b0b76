//! The token engine of keyfob clients: runs a token workflow, keeps one fresh token and presents it.

pub mod api;
mod authorization;
pub mod condition;
mod config_error;
mod credential;
mod error;
mod evaluate;
mod inputs;
mod keyring;
mod login;
mod sanitised;
pub mod secret;
mod server;
mod token;
pub mod workflow;

pub use api::*;
pub use authorization::Authorization;
pub use condition::*;
pub use config_error::ConfigError;
pub use credential::Credential;
pub use error::{AuthError, AuthErrorKind};
pub use evaluate::{Answer, holds};
pub use inputs::{InputValue, Inputs};
pub use keyring::{AuthorizeError, Keyring, Network, NoCredential};
pub use login::{Login, LoginError, LoginStarted};
pub use secret::Secret;
pub use server::{ServerChoice, endpoint_url};
pub use token::{Token, TokenSource};
pub use workflow::*;

/// The HTTP client that a [`Network`] holds.
pub use reqwest;
