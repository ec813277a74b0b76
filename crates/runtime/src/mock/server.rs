//! A mock server: mocks in the order in which they were made, and a word on what none answers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use httpmock::{HttpMockRequest, HttpMockResponse, Then, When};
use serde_json::json;

use super::answer::{Answer, Script};
use super::difference::Difference;
use super::expectation::Expectation;
use super::received::ReceivedRequest;
use super::request::Request;
use crate::operation::Operation;

/// The status of the answer to a request that no mock answers: none that a client repeats, and
/// seldom one that an API documents.
const NO_MOCK: u16 = 501;

/// A server on loopback that answers as its mocks say.
///
/// ```
/// use keyfob_runtime::mock::MockServer;
///
/// let server = MockServer::start();
/// let raw = server.mock(|when, then| {
///     when.path("/health");
///     then.status(204);
/// });
/// assert_eq!(raw.calls(), 0);
/// assert!(server.unanswered().is_empty());
/// ```
pub struct MockServer {
    server: httpmock::MockServer,
    registry: Arc<Registry>,
    /// The mock behind all others, which answers what none of them does.
    last: Mutex<Option<usize>>,
}

/// A mock of an operation.
pub struct Mock<'s> {
    inner: httpmock::Mock<'s>,
    known: Arc<Known>,
    registry: Arc<Registry>,
}

/// What a server knows of its mocks of operations.
#[derive(Default)]
struct Registry {
    mocks: Mutex<Vec<Arc<Known>>>,
    unanswered: Mutex<Vec<ReceivedRequest>>,
}

struct Known {
    operation: &'static Operation,
    expectation: Arc<Mutex<Expectation>>,
    script: Arc<Script>,
}

impl MockServer {
    /// Starts a server on a free port; one that is started in a test serves that test alone.
    pub fn start() -> Self {
        Self::of(httpmock::MockServer::start())
    }

    /// Starts a server on a free port, without blocking the thread.
    pub async fn start_async() -> Self {
        Self::of(httpmock::MockServer::start_async().await)
    }

    /// What to give to a client as `base_url`.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The URL of a path on this server. A client whose `base_url` has a path is answered too.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// Mocks an operation. Generated code calls this for each of an API's operations.
    ///
    /// # Panics
    ///
    /// `set_up` names no answer, or what it names cannot be.
    #[track_caller]
    pub fn operation(
        &self,
        operation: &'static Operation,
        set_up: impl FnOnce(Request, Answer),
    ) -> Mock<'_> {
        let known = Arc::new(Known {
            operation,
            expectation: Arc::new(Mutex::new(Expectation {
                operation,
                parameters: Vec::new(),
                headers: Vec::new(),
                body: None,
            })),
            script: Arc::default(),
        });
        let inner = self.before_last(|when, then| {
            let waiting = known.clone();
            let when = when.is_true(move |request| waiting.differences_to(request).is_empty());
            set_up(
                Request::new(operation, known.expectation.clone(), when),
                Answer::new(operation, known.script.clone(), then),
            );
            if known.script.is_empty() {
                super::fail(operation, "it answers nothing; name an answer on `then`");
            }
        });
        lock(&self.registry.mocks).push(known.clone());
        Mock {
            inner,
            known,
            registry: self.registry.clone(),
        }
    }

    /// Mocks what no API describes, in httpmock's own words.
    pub fn mock(&self, set_up: impl FnOnce(When, Then)) -> httpmock::Mock<'_> {
        self.before_last(set_up)
    }

    /// One line for each request that no mock answered: its method, the nearest mock, and the
    /// part that differs. No secret stands in it, and no header.
    pub fn unanswered(&self) -> Vec<String> {
        let requests = lock(&self.registry.unanswered).clone();
        let line = |request: &ReceivedRequest| {
            format!("{}: {}", request.method, self.registry.nearest(request))
        };
        requests.iter().map(line).collect()
    }

    /// Forgets all mocks, and the requests that none answered.
    pub fn reset(&self) {
        self.server.reset();
        lock(&self.last).take();
        lock(&self.registry.mocks).clear();
        lock(&self.registry.unanswered).clear();
        self.add_last();
    }

    fn of(server: httpmock::MockServer) -> Self {
        let server = Self {
            server,
            registry: Arc::default(),
            last: Mutex::new(None),
        };
        server.add_last();
        server
    }

    /// Adds a mock, and behind it a new last one: httpmock gives the first mock that fits.
    fn before_last(&self, set_up: impl FnOnce(When, Then)) -> httpmock::Mock<'_> {
        let mock = self.server.mock(set_up);
        self.add_last();
        mock
    }

    fn add_last(&self) {
        let registry = self.registry.clone();
        let mock = self.server.mock(move |when, then| {
            when.any_request();
            then.respond_with(move |request| registry.refuse(request));
        });
        if let Some(before) = lock(&self.last).replace(mock.id()) {
            httpmock::Mock::new(before, &self.server).delete();
        }
    }
}

impl AsRef<MockServer> for MockServer {
    fn as_ref(&self) -> &MockServer {
        self
    }
}

impl Mock<'_> {
    /// How many requests it has answered.
    pub fn calls(&self) -> usize {
        self.inner.calls()
    }

    /// The requests that it has answered, oldest first; none where httpmock answers in its own
    /// words.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.known.script.requests()
    }

    /// Claims that it has answered one request.
    ///
    /// # Panics
    ///
    /// It has not; the message tells how the requests differ that no mock answered.
    #[track_caller]
    pub fn assert(&self) {
        self.assert_calls(1);
    }

    /// Claims that it has answered so many requests.
    ///
    /// # Panics
    ///
    /// It has not; the message tells how the requests differ that no mock answered.
    #[track_caller]
    pub fn assert_calls(&self, expected: usize) {
        let calls = self.calls();
        assert!(calls == expected, "{}", self.account(expected, calls));
    }

    fn account(&self, expected: usize, calls: usize) -> String {
        let id = self.known.operation.endpoint.operation_id;
        let noun = if expected == 1 { "call" } else { "calls" };
        let mut account = format!("mock of {id}: expected {expected} {noun}, got {calls}");
        for request in lock(&self.registry.unanswered).iter() {
            let differences = self.known.differences(request);
            account.push_str(&format!(
                "\n  no mock answered a {}: {}",
                request.method,
                listed(&differences)
            ));
        }
        account
    }
}

impl Registry {
    /// The answer to a request that no mock answers.
    fn refuse(&self, request: &HttpMockRequest) -> HttpMockResponse {
        let request = ReceivedRequest::of(request);
        let message = self.nearest(&request);
        lock(&self.unanswered).push(request);
        let body = json!({"error": "no_mock", "message": message});
        HttpMockResponse::builder()
            .status(NO_MOCK)
            .header("content-type", "application/json")
            .body(body.to_string())
            .build()
    }

    /// The mock that comes nearest to a request, and how they differ.
    fn nearest(&self, request: &ReceivedRequest) -> String {
        let mocks = lock(&self.mocks);
        let compared = mocks
            .iter()
            .map(|known| (known, known.differences(request)));
        let nearest =
            compared.min_by_key(|(_, found)| found.iter().map(Difference::weight).sum::<usize>());
        match nearest {
            Some((known, differences)) => format!(
                "no mock answers this; nearest is {}: {}",
                known.operation.endpoint.operation_id,
                listed(&differences)
            ),
            None => "no mock answers this; the server has none of an operation".to_owned(),
        }
    }
}

impl Known {
    fn differences_to(&self, request: &HttpMockRequest) -> Vec<Difference> {
        lock(&self.expectation).differences(&ReceivedRequest::of(request))
    }

    /// What tells a request that it did not answer from one that it answers.
    fn differences(&self, request: &ReceivedRequest) -> Vec<Difference> {
        let mut found = lock(&self.expectation).differences(request);
        if found.is_empty() {
            found.extend(self.script.spent().map(|calls| Difference::Spent { calls }));
        }
        found
    }
}

/// The first few differences in words.
fn listed(differences: &[Difference]) -> String {
    const MOST: usize = 3;
    let mut shown: Vec<String> = differences
        .iter()
        .take(MOST)
        .map(ToString::to_string)
        .collect();
    match differences.len().checked_sub(MOST) {
        Some(more) if more > 0 => shown.push(format!("and {more} more")),
        _ => {}
    }
    if shown.is_empty() {
        return "a condition of httpmock that the test added".to_owned();
    }
    shown.join("; ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Mock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("operation", &self.known.operation.endpoint.operation_id)
            .finish_non_exhaustive()
    }
}
