//! Why a call failed.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use keyfob_auth::{
    AuthError, AuthErrorKind, AuthorizeError, ConfigError, NoCredential, Secret, cause_text, clause,
};

use crate::answer::{Answer, Fault};
use crate::operation::Operation;
use crate::response_value::ResponseValue;
use crate::retry;
use crate::server_message::{ServerMessage, sanitise};

/// Why a call failed: which operation, what happened and what to do.
///
/// `E` is the type that the API's description gives the operation's failures. Neither `Display`
/// nor `Debug` shows a body, a header's value or a credential; what a server says is shown
/// sanitised and cut short.
///
/// ```
/// use keyfob_runtime::{Error, ErrorKind};
///
/// /// What a program does about a failed call.
/// fn advice<E>(error: &Error<E>) -> &'static str {
///     match error.kind() {
///         ErrorKind::Api(_) => "the server said no, in the documented form",
///         _ if error.is_auth() => "look at the credentials",
///         _ if error.is_retryable() => "try again later",
///         _ => "report it",
///     }
/// }
/// ```
pub struct Error<E>(Box<Detail<E>>);

struct Detail<E> {
    operation: &'static Operation,
    kind: ErrorKind<E>,
    said: ServerMessage,
    /// Whether the answer refused the credential, as the API says that it does.
    is_refused: bool,
    retry_after: Option<Duration>,
}

/// What happened to a call.
#[non_exhaustive]
pub enum ErrorKind<E> {
    /// The request cannot be made of what was given; nothing was sent.
    InvalidRequest(String),
    /// No alternative of the operation's security has all its credentials; nothing was sent.
    NoCredential(NoCredential),
    /// The credential could not be had; the operation was not called.
    Auth(AuthError),
    /// The client's settings do not fit this operation; nothing was sent.
    Config(ConfigError),
    /// The call took longer than its timeout.
    Timeout {
        /// The timeout.
        limit: Duration,
    },
    /// The connection could not be made, or broke.
    Connection(ConnectionError),
    /// The server pointed to another origin. It was not asked, because it must not get the
    /// credential.
    Redirected {
        /// The status of the answer.
        status: StatusCode,
        /// Where the server pointed to. It may hold secrets of the server, for example a signed
        /// link to a file.
        location: Option<String>,
    },
    /// A failure that the API's description knows.
    Api(ResponseValue<E>),
    /// An answer that the API's description does not know.
    Undocumented {
        /// The status of the answer.
        status: StatusCode,
        /// Its headers.
        headers: HeaderMap,
        /// Its body, not longer than the call's `max_response_size`.
        body: Bytes,
    },
    /// The body is not what the API's description says.
    Unreadable {
        /// The status of the answer.
        status: StatusCode,
        /// The member that is wrong, for example `list[3].id`.
        path: String,
        /// What was expected, without anything of the body.
        reason: String,
    },
    /// The body is longer than the call allows.
    TooLarge {
        /// The status of the answer.
        status: StatusCode,
        /// The call's `max_response_size`, in bytes.
        limit: usize,
    },
    /// A page led back to one that was there before, so that the pages would never end.
    PageRepeated {
        /// The parameter that asks for a page.
        parameter: &'static str,
    },
}

/// A connection that could not be made, or that broke. It does not show the URL, nor what a server
/// says besides a reason; so its causes, which it tells itself, are nobody's source.
pub struct ConnectionError(reqwest::Error);

/// What can happen before there is a whole answer.
pub(crate) enum Failure {
    InvalidRequest(String),
    NoCredential(NoCredential),
    Auth(AuthError),
    Config(ConfigError),
    Timeout { limit: Duration },
    Connection(ConnectionError),
    TooLarge { status: StatusCode, limit: usize },
    PageRepeated { parameter: &'static str },
}

impl<E> Error<E> {
    pub(crate) fn new(operation: &'static Operation, failure: Failure) -> Self {
        let retry_after = match &failure {
            Failure::Auth(error) => error.retry_after(),
            _ => None,
        };
        let kind = failure.into();
        Self(Box::new(Detail {
            operation,
            kind,
            said: ServerMessage::default(),
            is_refused: false,
            retry_after,
        }))
    }

    /// An answer that is a failure, or that cannot be read.
    pub(crate) fn answered(
        operation: &'static Operation,
        answer: Answer,
        outcome: Result<E, Fault>,
        is_refused: bool,
        secrets: &[Secret],
    ) -> Self {
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        let said = ServerMessage::read(&answer.headers, &answer.body, &secrets);
        let retry_after = retry::retry_after(&answer.headers);
        let Answer {
            status,
            headers,
            body,
            elsewhere,
        } = answer;
        let kind = match outcome {
            Err(_) if elsewhere.is_some() => ErrorKind::Redirected {
                status,
                location: elsewhere,
            },
            Ok(error) => ErrorKind::Api(ResponseValue::new(status, headers, error)),
            Err(Fault::Undocumented) => ErrorKind::Undocumented {
                status,
                headers,
                body,
            },
            Err(Fault::Unreadable { path, reason }) => ErrorKind::Unreadable {
                status,
                path,
                reason,
            },
        };
        Self(Box::new(Detail {
            operation,
            kind,
            said,
            is_refused,
            retry_after,
        }))
    }

    /// The operation's id.
    pub fn operation(&self) -> &'static str {
        self.0.operation.endpoint.operation_id
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind<E> {
        &self.0.kind
    }

    /// What happened, to keep.
    pub fn into_kind(self) -> ErrorKind<E> {
        self.0.kind
    }

    /// The failure as the API's description types it.
    pub fn api_error(&self) -> Option<&E> {
        match &self.0.kind {
            ErrorKind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The status of the operation's answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.kind {
            ErrorKind::Api(error) => Some(error.status()),
            ErrorKind::Undocumented { status, .. }
            | ErrorKind::Unreadable { status, .. }
            | ErrorKind::Redirected { status, .. }
            | ErrorKind::TooLarge { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the server asked to wait before the next request (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether time ran out, for the call or for getting its token.
    pub fn is_timeout(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Timeout { .. } => true,
            ErrorKind::Auth(error) => {
                matches!(error.kind(), AuthErrorKind::TimedOut { .. })
            }
            ErrorKind::Connection(error) => error.0.is_timeout(),
            _ => false,
        }
    }

    /// Whether the credential is at fault: there was none, it could not be had, or the answer
    /// refused it, by status 401 or as the API's description says.
    pub fn is_auth(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Auth(_) | ErrorKind::NoCredential(_) => true,
            _ => self.refuses_credential(),
        }
    }

    fn refuses_credential(&self) -> bool {
        self.0.is_refused || self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the same call may succeed later without anybody's doing. Whether it may be
    /// repeated is another question: the server may have acted on it.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Timeout { .. } | ErrorKind::Connection(_) => true,
            ErrorKind::Auth(error) => error.is_transient(),
            _ => self.status().is_some_and(retry::is_transient),
        }
    }
}

impl Failure {
    /// The kind's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::NoCredential(_) => "NoCredential",
            Self::Auth(_) => "Auth",
            Self::Config(_) => "Config",
            Self::Timeout { .. } => "Timeout",
            Self::Connection(_) => "Connection",
            Self::TooLarge { .. } => "TooLarge",
            Self::PageRepeated { .. } => "PageRepeated",
        }
    }

    pub(crate) fn connection(error: reqwest::Error) -> Self {
        Self::Connection(ConnectionError::new(error))
    }
}

impl<E> From<Failure> for ErrorKind<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InvalidRequest(problem) => Self::InvalidRequest(problem),
            Failure::NoCredential(error) => Self::NoCredential(error),
            Failure::Auth(error) => Self::Auth(error),
            Failure::Config(error) => Self::Config(error),
            Failure::Timeout { limit } => Self::Timeout { limit },
            Failure::Connection(error) => Self::Connection(error),
            Failure::TooLarge { status, limit } => Self::TooLarge { status, limit },
            Failure::PageRepeated { parameter } => Self::PageRepeated { parameter },
        }
    }
}

impl From<AuthorizeError> for Failure {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::NoCredential(error) => Self::NoCredential(error),
            AuthorizeError::Auth(error) => Self::Auth(error),
            other => Self::Auth(AuthError::new(AuthErrorKind::Internal, other.to_string())),
        }
    }
}

impl ConnectionError {
    pub(crate) fn new(error: reqwest::Error) -> Self {
        Self(error.without_url())
    }

    /// Whether no connection could be made, so that the request never left.
    pub fn is_connect(&self) -> bool {
        self.0.is_connect()
    }

    /// Whether the request was certainly not processed: no connection could be made, or the
    /// server said so (HTTP/2's REFUSED_STREAM; RFC 9113, 8.7).
    pub fn was_not_processed(&self) -> bool {
        keyfob_auth::was_not_processed(&self.0)
    }
}

/// The causes, outermost first.
impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = std::error::Error::source(&self.0);
        while let Some(error) = cause {
            write!(f, ": {}", sanitise(&cause_text(error)))?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionError({self})")
    }
}

impl std::error::Error for ConnectionError {}

impl<E> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::NoCredential(error) => Some(error),
            ErrorKind::Auth(error) => Some(error),
            ErrorKind::Config(error) => Some(error),
            ErrorKind::Connection(error) => Some(error),
            _ => None,
        }
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = &self.0.operation.endpoint;
        let (id, method, path) = (endpoint.operation_id, endpoint.method, endpoint.path);
        write!(f, "{id} ({method} {path}) ")?;
        match &self.0.kind {
            ErrorKind::Undocumented { status, .. } if self.0.is_refused => {
                write!(f, "answered {}", status.as_u16())?;
            }
            kind => write!(f, "{kind}")?,
        }
        let said = &self.0.said;
        for text in [&said.code, &said.message].into_iter().flatten() {
            write!(f, ": {}", clause(text))?;
        }
        if let Some(id) = &said.request_id {
            write!(f, " (request id {id})")?;
        }
        self.write_advice(f)
    }
}

impl<E> Error<E> {
    fn write_advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ErrorKind::NoCredential(_) = self.0.kind {
            return f.write_str(". Give one by .credentials(..) on the client's builder");
        }
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs_f64().ceil();
            return write!(f, ". Wait {seconds} s before the next request");
        }
        if self.refuses_credential() {
            f.write_str(". The credential was refused")?;
            return self.write_schemes(f);
        }
        if let ErrorKind::Api(_) | ErrorKind::Undocumented { .. } = self.0.kind {
            let is_known = matches!(self.0.kind, ErrorKind::Api(_));
            f.write_str(advice(self.status().unwrap_or_default(), is_known))?;
        }
        Ok(())
    }

    /// Where a person gets the credentials that the operation asks for.
    fn write_schemes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = self.0.operation.security.iter().copied().flatten();
        let mut shown = Vec::new();
        for scheme in wanted.map(|wanted| wanted.scheme) {
            if !scheme.description.is_empty() && !shown.contains(&scheme.name) {
                write!(
                    f,
                    ". {}: {}",
                    scheme.name,
                    clause(scheme.description.trim())
                )?;
                shown.push(scheme.name);
            }
        }
        Ok(())
    }
}

fn advice(status: StatusCode, is_known: bool) -> &'static str {
    match status.as_u16() {
        200..=299 if is_known => {
            ". The status is a success, but the answer says that the call failed"
        }
        400 | 422 => ". Check the request against the operation's documentation",
        403 => ". The credential does not allow this",
        404 | 410 => ". Check the identifiers in the request, and the server that is called",
        429 => ". Send fewer requests",
        408 | 425 | 500..=599 => ". Try again later",
        _ => "",
    }
}

/// What happened, to follow the operation's name in a sentence.
impl<E> fmt::Display for ErrorKind<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(problem) => write!(f, "was not sent: {problem}"),
            Self::NoCredential(error) => write!(f, "was not sent: {error}"),
            Self::Auth(error) => write!(f, "was not sent: {error}"),
            Self::Config(error) => write!(f, "was not sent: {error}"),
            Self::Timeout { limit } => {
                write!(
                    f,
                    "had no whole answer after {} s, the call's timeout",
                    limit.as_secs_f64()
                )
            }
            Self::Connection(error) => write!(f, "failed: {error}"),
            Self::Redirected { status, location } => {
                write!(f, "answered {}, a redirect ", status.as_u16())?;
                match location
                    .as_deref()
                    .and_then(|location| url::Url::parse(location).ok())
                {
                    Some(url) => write!(f, "to {}", url.origin().ascii_serialization())?,
                    None => f.write_str("to nowhere")?,
                }
                f.write_str(
                    ". Credentials follow no redirect to another origin; if the API has moved, set the client's base_url",
                )
            }
            Self::Api(error) => write!(f, "answered {}", error.status().as_u16()),
            Self::Undocumented { status, .. } => {
                write!(
                    f,
                    "answered {}, which the API's description does not know",
                    status.as_u16()
                )
            }
            Self::Unreadable {
                status,
                path,
                reason,
            } => {
                write!(
                    f,
                    "answered {} with a body that the API's description does not allow",
                    status.as_u16()
                )?;
                match path.as_str() {
                    "" | "." => write!(f, ": {reason}"),
                    path => write!(f, ", at {path}: {reason}"),
                }
            }
            Self::TooLarge { status, limit } => write!(
                f,
                "answered {} with more than {limit} bytes; allow more by max_response_size on the call or on the client's builder",
                status.as_u16()
            ),
            Self::PageRepeated { parameter } => write!(
                f,
                "led back to a page that was there before; the server does not heed `{parameter}`, or gives it wrongly"
            ),
        }
    }
}

impl<E> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("operation", &self.operation())
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .finish()
    }
}

/// The same words as `Display`, after the kind's name.
impl<E> fmt::Debug for ErrorKind<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::NoCredential(_) => "NoCredential",
            Self::Auth(_) => "Auth",
            Self::Config(_) => "Config",
            Self::Timeout { .. } => "Timeout",
            Self::Connection(_) => "Connection",
            Self::Redirected { .. } => "Redirected",
            Self::Api(_) => "Api",
            Self::Undocumented { .. } => "Undocumented",
            Self::Unreadable { .. } => "Unreadable",
            Self::TooLarge { .. } => "TooLarge",
            Self::PageRepeated { .. } => "PageRepeated",
        };
        write!(f, "{name}({self})")
    }
}
