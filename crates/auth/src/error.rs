//! Why there is no token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::api::Scheme;
use crate::limits::TimeLimit;
use crate::sanitised::clause;

/// A token could not be had.
///
/// It is shared by everybody who waited for the token, so it is cheap to clone. Its text says
/// which workflow, step and operation failed, what the server said (its error code and a
/// sanitised, truncated description, never a body) and what to do.
#[derive(Clone)]
pub struct AuthError {
    detail: Arc<Detail>,
    retry_after: Option<Duration>,
}

/// The kinds of [`AuthError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// It may work later: the endpoint could not be reached, or said that it is overloaded.
    Transient {
        /// How long the server asked to wait, at the time of the failure.
        retry_after: Option<Duration>,
    },
    /// The endpoint refused what it was given.
    Rejected {
        /// The server's own error code, for example `invalid_client`.
        code: Option<String>,
    },
    /// Only a person can help: the login is used up.
    LogInAgain,
    /// The client is put together wrongly: a missing credential, a wrong address.
    Misconfigured,
    /// The endpoint answered something that is no answer of a token endpoint.
    Protocol {
        /// The method and the URL without its query.
        endpoint: String,
        /// The status of the answer.
        status: Option<u16>,
        /// Where in the answer the fault is: a JSON pointer or a header's name.
        pointer: Option<String>,
    },
    /// It took too long.
    TimedOut {
        /// Which limit ended it.
        limit: TimeLimit,
    },
    /// The place where tokens are kept failed.
    Store,
    /// The acquisition was broken off: it panicked, or its runtime shut down.
    Internal,
}

impl AuthError {
    /// An error of an application's own [`TokenSource`](crate::TokenSource).
    ///
    /// `problem` is shown to people: it must not hold a secret or an answer's body.
    pub fn new(kind: AuthErrorKind, problem: impl Into<String>) -> Self {
        Self::from_detail(Detail {
            kind,
            scheme: None,
            place: Place::default(),
            status: None,
            code: None,
            problem: problem.into(),
            remedy: None,
            is_of_revocation: false,
        })
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> &AuthErrorKind {
        &self.detail.kind
    }

    /// Whether the same call may succeed later without anybody's doing.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.detail.kind,
            AuthErrorKind::Transient { .. } | AuthErrorKind::TimedOut { .. }
        )
    }

    /// How long no token will be asked for because of this failure, counted from when this
    /// value was given out.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The security scheme that lacks a token.
    pub fn scheme(&self) -> Option<&str> {
        self.detail.scheme.as_deref()
    }

    /// The workflow that failed.
    pub fn workflow(&self) -> Option<&str> {
        self.detail.place.workflow
    }

    /// The operation that failed: its `operationId`.
    pub fn operation(&self) -> Option<&str> {
        self.detail.place.operation
    }

    /// The status that the operation answered.
    pub fn status(&self) -> Option<u16> {
        self.detail.status
    }

    /// The server's own error code, for example `invalid_grant`.
    pub fn code(&self) -> Option<&str> {
        self.detail.code.as_deref()
    }

    /// The same error, of giving a token back.
    pub(crate) fn of_revocation(self) -> Self {
        Self {
            detail: Arc::new(Detail {
                is_of_revocation: true,
                ..Detail::clone(&self.detail)
            }),
            retry_after: self.retry_after,
        }
    }

    pub(crate) fn from_detail(detail: Detail) -> Self {
        let retry_after = match detail.kind {
            AuthErrorKind::Transient { retry_after } => retry_after,
            _ => None,
        };
        Self {
            detail: Arc::new(detail),
            retry_after,
        }
    }

    /// The same failure, of another kind, with what to do about it.
    pub(crate) fn needing(&self, kind: AuthErrorKind, remedy: &str) -> Self {
        Self::from_detail(Detail {
            kind,
            remedy: Some(remedy.to_owned()),
            ..Detail::clone(&self.detail)
        })
    }

    /// The same error, for a scheme; where a person has to help, it says how.
    pub(crate) fn for_scheme(self, scheme: &Scheme) -> Self {
        if self.detail.scheme.is_some() {
            return self;
        }
        let mut detail = Detail::clone(&self.detail);
        detail.scheme = Some(scheme.name.to_owned());
        let needs_person = matches!(
            detail.kind,
            AuthErrorKind::Rejected { .. }
                | AuthErrorKind::LogInAgain
                | AuthErrorKind::Misconfigured
        );
        if needs_person {
            let advice = advice(scheme);
            detail.remedy = match detail.remedy.take() {
                Some(remedy) => Some(
                    remedy
                        + &advice
                            .map(|advice| format!(" ({advice})"))
                            .unwrap_or_default(),
                ),
                None => advice,
            };
        }
        Self {
            detail: Arc::new(detail),
            retry_after: self.retry_after,
        }
    }

    /// The same error, said to somebody who may ask again after `wait`.
    pub(crate) fn with_retry_after(&self, wait: Duration) -> Self {
        Self {
            detail: Arc::clone(&self.detail),
            retry_after: Some(wait),
        }
    }
}

/// Where a person gets a scheme's credential, in the words of the document.
pub(crate) fn advice(scheme: &Scheme) -> Option<String> {
    let words: Vec<&str> = scheme.description.split_whitespace().collect();
    (!words.is_empty()).then(|| format!("about {}: {}", scheme.name, clause(&words.join(" "))))
}

/// Everything that an [`AuthError`] knows.
#[derive(Debug, Clone)]
pub(crate) struct Detail {
    pub kind: AuthErrorKind,
    pub scheme: Option<String>,
    pub place: Place,
    pub status: Option<u16>,
    /// Sanitised.
    pub code: Option<String>,
    /// What happened; sanitised where it comes from the server.
    pub problem: String,
    /// What to do.
    pub remedy: Option<String>,
    /// It was tried to give a token back, not to get one.
    pub is_of_revocation: bool,
}

/// Where in a workflow something failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub workflow: Option<&'static str>,
    pub step: Option<&'static str>,
    pub operation: Option<&'static str>,
}

impl fmt::Display for AuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail {
            scheme,
            place,
            status,
            code,
            problem,
            remedy,
            ..
        } = &*self.detail;
        formatter.write_str(match self.detail.is_of_revocation {
            true => "token not given back",
            false => "no token",
        })?;
        if let Some(scheme) = scheme {
            write!(formatter, " for scheme {scheme}")?;
        }
        write!(formatter, "{place}")?;
        if let Some(status) = status {
            write!(formatter, ": status {status}")?;
        }
        if let Some(code) = code {
            write!(formatter, ": {code}")?;
        }
        write!(formatter, ": {}", clause(problem))?;
        if let Some(remedy) = remedy {
            write!(formatter, "; {}", clause(remedy))?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            ("workflow", self.workflow),
            ("step", self.step),
            ("operation", self.operation),
        ];
        let known: Vec<String> = known
            .iter()
            .filter_map(|(what, name)| name.map(|name| format!("{what} {name}")))
            .collect();
        if known.is_empty() {
            return Ok(());
        }
        write!(formatter, " ({})", known.join(", "))
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthError")
            .field("kind", &self.detail.kind)
            .field("message", &self.to_string())
            .field("retry_after", &self.retry_after)
            .finish()
    }
}

impl std::error::Error for AuthError {}

impl PartialEq for AuthError {
    /// Whether both are the very same failure, as told to two who waited for it.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.detail, &other.detail)
    }
}
