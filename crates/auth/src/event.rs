//! What happens to the credentials of a client, for metrics and for `tracing`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::cell::Reason;
use crate::error::AuthError;
use crate::fingerprint::Fingerprint;

/// Something that happened to a credential. It holds no secret.
///
/// Whoever was given to [`Settings::on_event`](crate::Settings::on_event) is told of it after those
/// who waited for the token have been served, on the task that acquired it, and of a refusal once
/// nobody gets the token any more, on the task of the call; `tracing` is told of the same, under the target `keyfob_auth::event`. A call that finds a token at hand causes no
/// event, and costs nothing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuthEvent {
    /// The API's name, for example `digitaleo`.
    pub api: &'static str,
    /// The security scheme whose credential it is.
    pub scheme: &'static str,
    /// What happened.
    pub kind: AuthEventKind,
}

/// What happened to a credential.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthEventKind {
    /// There is a token that does not stem from another: the credential's workflow or source gave
    /// it, or it was found in the store.
    Acquired(NewToken),
    /// The last token was renewed.
    Renewed(NewToken),
    /// No token could be had. It is tried again, after a pause.
    Failed {
        /// Why a token was wanted.
        reason: Reason,
        /// How long it was tried.
        took: Duration,
        /// Why there is none.
        error: AuthError,
    },
    /// No token can be had before a person logs in again.
    LogInAgain {
        /// Why a token was wanted.
        reason: Reason,
        /// How long it was tried.
        took: Duration,
        /// What became of the login.
        error: AuthError,
    },
    /// A request was refused that presented this token. Each such request is told of.
    Refused {
        /// The token.
        token: Fingerprint,
    },
    /// The credential's tokens were given back on demand.
    Revoked {
        /// The tokens, refresh tokens among them.
        tokens: Vec<Fingerprint>,
        /// How long it took.
        took: Duration,
    },
    /// The credential's tokens could not be given back; they are to be taken for alive.
    NotRevoked {
        /// How long it was tried.
        took: Duration,
        /// Why not.
        error: AuthError,
    },
}

/// A token that is new to this client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewToken {
    /// Which token it is.
    pub token: Fingerprint,
    /// Why it was wanted.
    pub reason: Reason,
    /// How long it took to get it.
    pub took: Duration,
    /// Where it comes from.
    pub origin: TokenOrigin,
    /// How long it lives; `None`: until it is refused.
    pub lifetime: Option<Duration>,
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenOrigin {
    /// This workflow gave it.
    Workflow(&'static str),
    /// It was in the store: a peer acquired it, or this program in an earlier life.
    Store,
    /// The application's own [`TokenSource`](crate::TokenSource) gave it.
    Source,
}

/// Who is told.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Observer>);

type Observer = Arc<dyn Fn(&AuthEvent) + Send + Sync>;

impl Observers {
    pub fn add(&mut self, observer: impl Fn(&AuthEvent) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }

    /// Tells everybody. One who panics harms nobody else.
    pub fn tell(&self, event: &AuthEvent) {
        event.trace();
        for observer in &self.0 {
            if catch_unwind(AssertUnwindSafe(|| observer(event))).is_err() {
                tracing::error!(scheme = event.scheme, "an observer of events panicked");
            }
        }
    }
}

impl AuthEvent {
    fn trace(&self) {
        let Self { api, scheme, kind } = self;
        let milliseconds = |took: &Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match kind {
            AuthEventKind::Acquired(new) | AuthEventKind::Renewed(new) => tracing::debug!(
                api,
                scheme,
                token = %new.token,
                reason = %new.reason,
                origin = %new.origin,
                took_ms = milliseconds(&new.took),
                lifetime_s = new.lifetime.map(|lifetime| lifetime.as_secs()),
                "token {}",
                if matches!(kind, AuthEventKind::Renewed(_)) { "renewed" } else { "acquired" }
            ),
            AuthEventKind::Failed {
                reason,
                took,
                error,
            } => tracing::warn!(
                api,
                scheme,
                %reason,
                took_ms = milliseconds(took),
                %error,
                "no token acquired"
            ),
            AuthEventKind::LogInAgain {
                reason,
                took,
                error,
            } => tracing::warn!(
                api,
                scheme,
                %reason,
                took_ms = milliseconds(took),
                %error,
                "no token acquired before a person logs in again"
            ),
            AuthEventKind::Refused { token } => {
                tracing::debug!(api, scheme, %token, "token refused");
            }
            AuthEventKind::Revoked { tokens, took } => tracing::debug!(
                api,
                scheme,
                ?tokens,
                took_ms = milliseconds(took),
                "tokens given back"
            ),
            AuthEventKind::NotRevoked { took, error } => tracing::warn!(
                api,
                scheme,
                took_ms = milliseconds(took),
                %error,
                "tokens not given back"
            ),
        }
    }
}

impl fmt::Display for AuthEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: ", self.api, self.scheme)?;
        match &self.kind {
            AuthEventKind::Acquired(new) => write!(formatter, "token acquired {new}"),
            AuthEventKind::Renewed(new) => write!(formatter, "token renewed {new}"),
            AuthEventKind::Failed {
                reason,
                took,
                error,
            }
            | AuthEventKind::LogInAgain {
                reason,
                took,
                error,
            } => write!(formatter, "{error} ({reason}, after {took:?})"),
            AuthEventKind::Refused { token } => write!(formatter, "token {token} refused"),
            AuthEventKind::Revoked { tokens, took } => {
                formatter.write_str("tokens")?;
                for token in tokens {
                    write!(formatter, " {token}")?;
                }
                write!(formatter, " given back (after {took:?})")
            }
            AuthEventKind::NotRevoked { took, error } => {
                write!(formatter, "{error} (after {took:?})")
            }
        }
    }
}

impl fmt::Display for NewToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            token,
            reason,
            took,
            origin,
            lifetime,
        } = self;
        write!(
            formatter,
            "({token}, {reason}, from {origin}, after {took:?}, "
        )?;
        match lifetime {
            Some(lifetime) => write!(formatter, "for {lifetime:?})"),
            None => formatter.write_str("until refused)"),
        }
    }
}

impl fmt::Display for TokenOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workflow(id) => write!(formatter, "workflow {id}"),
            Self::Store => formatter.write_str("the store"),
            Self::Source => formatter.write_str("the application's source"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Ahead => "ahead",
            Self::Refused => "refused",
        })
    }
}
