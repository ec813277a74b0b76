//! How a keyring keeps, times and reports its tokens.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::event::{AuthEvent, Observers};
use crate::limits::AcquisitionLimits;
use crate::store::TokenStore;

/// How a [`Keyring`](crate::Keyring) keeps, times and reports its tokens.
///
/// ```
/// use std::sync::Arc;
/// use keyfob_auth::{MemoryStore, Settings};
///
/// let settings = Settings::new()
///     .store(Arc::new(MemoryStore::new()))
///     .on_event(|event| eprintln!("{event}"));
/// # let _ = settings;
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    pub(crate) clock: Clock,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    pub(crate) limits: AcquisitionLimits,
    pub(crate) observers: Observers,
}

impl Settings {
    /// The machine's clock, a memory of the keyring's own, the default limits, and nobody who
    /// listens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the age of tokens from this clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.clock = clock.into();
        self
    }

    /// Keeps what workflows acquire in this store: it outlives the process, and whoever has the
    /// same credential and the same store shares it.
    ///
    /// The same credential has the same inputs, for the same workflow at the same servers. An
    /// authorization code counts among the inputs, and so does its `code_verifier`: given again,
    /// a code that was exchanged opens the login that came of it. Where the workflow has no
    /// `code_verifier` and many users log in, give each user a store of their own, because codes
    /// that were used are not always kept as secrets.
    ///
    /// A process that dies while a refresh token is on its way may take it along: to a server
    /// that replaces refresh tokens it is not sent again, because such a server would take that
    /// for theft and end the whole login (RFC 9700, 4.14.2). What is left then is the workflow
    /// that got the first token, or a new login. So let a process end in order: after
    /// [`Keyring::settled`](crate::Keyring::settled) nothing is on its way. A server that was once
    /// seen to keep its refresh tokens is asked again all the same.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// How long getting a token may take, and how long to leave a server alone that failed.
    #[must_use]
    pub fn limits(mut self, limits: AcquisitionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells somebody what happens to the credentials, besides `tracing`; see [`AuthEvent`]. May
    /// be given more than once.
    #[must_use]
    pub fn on_event(mut self, observer: impl Fn(&AuthEvent) + Send + Sync + 'static) -> Self {
        self.observers.add(observer);
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("clock", &self.clock)
            .field("store", &self.store)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
