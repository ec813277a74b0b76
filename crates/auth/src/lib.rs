//! The token engine of keyfob clients: runs a token workflow, keeps one fresh token and presents it.
//!
//! A generated client carries its API as constants ([`Api`], [`Scheme`], [`Workflow`]). An
//! application gives it [`Credential`]s; a [`Keyring`] holds them, and for each request says what
//! it presents: an [`Authorization`].
//!
//! ```text
//! Keyring -> one slot for each scheme -> a ready header, behind a lock-free load
//!                                     -> or one shared acquisition: renew, or run the workflow again
//! Authorization -> apply to a request -> is the answer a refusal? -> replace, once
//! ```
//!
//! What holds, however many callers there are:
//!
//! - One acquisition at a time for a credential, on a task of its own: whoever waits may be
//!   dropped, the others are served; its outcome, good or bad, is everybody's.
//! - A token that is still good is used while its successor is fetched. A dead one is never sent:
//!   it is dead when the wall clock or the monotonic clock says so.
//! - A refusal invalidates exactly the token that was presented.
//! - A failure is remembered for as long as the server asks, or for a moment; never for ever.
//! - No secret is in an error, an event or a `Debug`.
//! - What was acquired is stored, where the application says, before it is used.
//!
//! It needs a tokio runtime, as reqwest does.

mod acquisition;
mod answer;
pub mod api;
mod asked;
mod authorization;
mod cell;
#[cfg(test)]
mod cell_model;
#[cfg(test)]
mod cell_rules;
mod censored;
mod clock;
mod complaint;
pub mod condition;
mod confidential;
mod config_error;
mod credential;
mod error;
mod evaluate;
mod event;
mod fingerprint;
#[cfg(test)]
mod hostile_input;
mod http2;
mod inputs;
mod jwt;
mod kept;
mod keyring;
mod known_servers;
mod last_used;
mod lifetime;
mod limits;
mod login;
mod path_template;
mod pattern;
mod presentation;
mod reading;
mod refusal;
mod replicas;
mod request;
mod rfc3339;
mod rules;
mod run;
mod safe_url;
mod sanitised;
mod schedule;
pub mod secret;
mod server;
mod settings;
mod slot;
mod store;
mod sync;
mod token;
mod token_request;
mod token_source;
pub mod workflow;

pub use api::*;
pub use authorization::Authorization;
pub use cell::Reason;
pub use clock::{Clock, ManualClock};
pub use condition::*;
pub use config_error::ConfigError;
pub use credential::Credential;
pub use error::{AuthError, AuthErrorKind};
pub use event::{AuthEvent, AuthEventKind, NewToken, TokenOrigin};
pub use fingerprint::Fingerprint;
pub use inputs::{InputValue, Inputs};
pub use keyring::{AuthorizeError, Keyring, Network, NoCredential};
pub use limits::{AcquisitionLimits, TimeLimit};
pub use login::{Login, LoginError, LoginStarted};
pub use reading::Answer;
/// The HTTP client that a [`Network`] holds.
pub use reqwest;
pub use secret::Secret;
pub use server::ServerChoice;
pub use settings::Settings;
#[cfg(feature = "file-store")]
pub use store::FileStore;
pub use store::{
    MemoryStore, Record, StoreError, StoreFuture, StoreGuard, StoreKey, TokenStore, Version,
    Versioned,
};
pub use token::Token;
pub use token_source::{Acquisition, TokenSource};
pub use workflow::*;

/// What the client runtime shares with the engine.
#[doc(hidden)]
pub use {
    censored::censored,
    evaluate::holds,
    http2::{cause_text, was_not_processed},
    path_template::{endpoint_path, endpoint_url, url_below},
    sanitised::clause,
};
