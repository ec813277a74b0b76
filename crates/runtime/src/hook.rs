//! What an application does of its own around every request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::error::ConnectionError;
use crate::operation::Operation;

/// What an application does of its own around every request of a client's calls: each attempt,
/// and each redirect that one follows. Requests for tokens are not among them.
///
/// A hook sees no credential, no URL and no body. Where there are several, the first that was
/// given is the outermost.
///
/// ```
/// use std::time::Duration;
/// use keyfob_runtime::{Attempt, Hook, Outcome};
///
/// /// Counts slow answers.
/// struct Slow(std::sync::atomic::AtomicUsize);
///
/// impl Hook for Slow {
///     fn after(&self, _attempt: &Attempt, _outcome: &Outcome, took: Duration) {
///         if took > Duration::from_secs(1) {
///             self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Hook: Send + Sync {
    /// Before a request is sent. Headers can be added and changed; those that may hold a secret
    /// are not among them, and one that is set in their place does not count.
    fn before(&self, attempt: &Attempt, headers: &mut HeaderMap) {
        let _ = (attempt, headers);
    }

    /// After the head of the answer has come, or failed to. It is not called where the call's
    /// time runs out, or its caller goes away.
    fn after(&self, attempt: &Attempt, outcome: &Outcome, took: Duration) {
        let _ = (attempt, outcome, took);
    }

    /// Around the sending, for example to wait for a permit first. The request is sent when
    /// `sending` is awaited; all of it falls within the call's time.
    fn around<'a>(&'a self, attempt: &'a Attempt, sending: Sending<'a>) -> Sending<'a> {
        let _ = attempt;
        sending
    }
}

/// A request on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// Which request it is.
#[derive(Debug, Clone)]
pub struct Attempt {
    operation: &'static Operation,
    number: u32,
}

impl Attempt {
    pub(crate) fn new(operation: &'static Operation, number: u32) -> Self {
        Self { operation, number }
    }

    /// The operation's id.
    pub fn operation(&self) -> &'static str {
        self.operation.endpoint.operation_id
    }

    /// The operation's method.
    pub fn method(&self) -> &'static str {
        self.operation.endpoint.method
    }

    /// The operation's path, without the values of its parameters.
    pub fn path(&self) -> &'static str {
        self.operation.endpoint.path
    }

    /// The request's number among those of its call; the first is 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// What came of a request.
pub struct Outcome(Result<reqwest::Response, ConnectionError>);

impl Outcome {
    /// The status, if there is an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.as_ref().ok().map(reqwest::Response::status)
    }

    /// The headers, if there is an answer.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.as_ref().ok().map(reqwest::Response::headers)
    }

    /// Why there is no answer.
    pub fn error(&self) -> Option<&ConnectionError> {
        self.0.as_ref().err()
    }
}

/// Shows the status alone: headers may hold cookies.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outcome");
        match &self.0 {
            Ok(answer) => shown.field("status", &answer.status().as_u16()),
            Err(error) => shown.field("error", error),
        };
        shown.finish_non_exhaustive()
    }
}

/// The hooks of a client, shared by its clones.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Arc<[Box<dyn Hook>]>);

impl Hooks {
    pub(crate) fn new(hooks: Vec<Box<dyn Hook>>) -> Self {
        Self(hooks.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lets the hooks change a request that has no credential yet.
    pub(crate) fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        let all = std::mem::take(request.headers_mut());
        let (mut shown, mut hidden) = (HeaderMap::new(), HeaderMap::new());
        for (name, value) in &all {
            match value.is_sensitive() {
                true => hidden.append(name, value.clone()),
                false => shown.append(name, value.clone()),
            };
        }
        for hook in self.0.iter() {
            hook.before(attempt, &mut shown);
        }
        // What stands in both is what was hidden.
        shown.extend(hidden);
        *request.headers_mut() = shown;
    }

    /// Sends a request.
    pub(crate) async fn send(
        &self,
        attempt: &Attempt,
        http: &reqwest::Client,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, ConnectionError> {
        let start = Instant::now();
        let mut sending: Sending<'_> = Box::pin(async move {
            let sent = http.execute(request).await;
            Outcome(sent.map_err(ConnectionError::new))
        });
        for hook in self.0.iter().rev() {
            sending = hook.around(attempt, sending);
        }
        let outcome = sending.await;
        let took = start.elapsed();
        for hook in self.0.iter().rev() {
            hook.after(attempt, &outcome, took);
        }
        outcome.0
    }
}
