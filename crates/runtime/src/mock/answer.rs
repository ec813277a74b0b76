//! What a mock answers: one answer, or several in turn.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use httpmock::{HttpMockRequest, HttpMockResponse, Then};
use serde::Serialize;

use super::fail;
use super::received::ReceivedRequest;
use crate::operation::Operation;
use crate::value;

/// What a mock answers. Each answer that is named is given once, the last one again and again.
pub struct Answer {
    operation: &'static Operation,
    script: Arc<Script>,
    then: Then,
}

/// The answers of a mock, and what it has answered so far.
#[derive(Default)]
pub(super) struct Script(Mutex<State>);

#[derive(Default)]
struct State {
    turns: Vec<Turn>,
    requests: Vec<ReceivedRequest>,
    /// Whether the test has httpmock answer in its own words.
    is_foreign: bool,
}

/// An answer, and how often it is given.
struct Turn {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    times: Option<usize>,
}

impl Answer {
    pub(super) fn new(operation: &'static Operation, script: Arc<Script>, then: Then) -> Self {
        Self {
            operation,
            script,
            then,
        }
    }

    /// Answers JSON.
    ///
    /// # Panics
    ///
    /// The value has no JSON form, or the status is none.
    #[track_caller]
    pub fn json(self, status: u16, value: &impl Serialize) -> Self {
        match value::json(value) {
            Ok(json) => self.bytes(status, "application/json", json),
            Err(problem) => fail(self.operation, &format!("the answer: {problem}")),
        }
    }

    /// Answers text.
    ///
    /// # Panics
    ///
    /// The status is none.
    #[track_caller]
    pub fn text(self, status: u16, media_type: &str, text: &str) -> Self {
        self.bytes(status, media_type, text.as_bytes())
    }

    /// Answers bytes.
    ///
    /// # Panics
    ///
    /// The status is none.
    #[track_caller]
    pub fn bytes(self, status: u16, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.turn(status, bytes.into())
            .with_header("content-type", media_type)
    }

    /// Answers without a body.
    ///
    /// # Panics
    ///
    /// The status is none.
    #[track_caller]
    pub fn empty(self, status: u16) -> Self {
        self.turn(status, Vec::new())
    }

    /// Adds a header to the answer that was named last.
    ///
    /// # Panics
    ///
    /// No answer was named before, or the header is none.
    #[track_caller]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
            fail(
                self.operation,
                &format!("the answer's header `{name}` cannot be one"),
            );
        }
        let (name, value) = (name.to_owned(), value.to_owned());
        self.change_last(|turn| turn.headers.push((name, value)))
    }

    /// Gives the answer that was named last so many times. If none follows, the mock ends after
    /// it: the next one that fits has its turn.
    ///
    /// # Panics
    ///
    /// No answer was named before, or it is given no time.
    #[track_caller]
    pub fn times(self, times: usize) -> Self {
        if times == 0 {
            fail(self.operation, "an answer is given once at least");
        }
        let mut changed = self.change_last(|turn| turn.times = Some(times));
        let most = changed.script.most_calls();
        changed.then = changed.then.up_to_n_times(most);
        changed
    }

    /// Waits before each of the answers.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.then = self.then.delay(delay);
        self
    }

    /// httpmock's own answer, in place of those that this offers.
    pub fn into_inner(self) -> Then {
        self.script.state().is_foreign = true;
        self.then
    }

    #[track_caller]
    fn turn(mut self, status: u16, body: Vec<u8>) -> Self {
        if !(200..=599).contains(&status) {
            fail(
                self.operation,
                &format!("{status} is no status of an answer"),
            );
        }
        self.script.state().turns.push(Turn {
            status,
            headers: Vec::new(),
            body,
            times: None,
        });
        let script = self.script.clone();
        self.then = self
            .then
            .respond_with(move |request| script.answer(request))
            .up_to_n_times(usize::MAX);
        self
    }

    #[track_caller]
    fn change_last(self, change: impl FnOnce(&mut Turn)) -> Self {
        let is_there = self.script.state().turns.last_mut().map(change).is_some();
        if !is_there {
            fail(
                self.operation,
                "name an answer first, and then say more of it",
            );
        }
        self
    }
}

impl Script {
    /// Whether there is anything to answer.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.state();
        state.turns.is_empty() && !state.is_foreign
    }

    /// The requests that were answered.
    pub(super) fn requests(&self) -> Vec<ReceivedRequest> {
        self.state().requests.clone()
    }

    /// How many calls there were, if there is an answer for no more.
    pub(super) fn spent(&self) -> Option<usize> {
        let most = self.most_calls();
        (self.state().requests.len() >= most).then_some(most)
    }

    /// For how many calls there is an answer.
    fn most_calls(&self) -> usize {
        let state = self.state();
        match state.turns.last() {
            Some(Turn { times: Some(_), .. }) => state
                .turns
                .iter()
                .map(|turn| turn.times.unwrap_or(1))
                .fold(0, usize::saturating_add),
            _ => usize::MAX,
        }
    }

    fn answer(&self, request: &HttpMockRequest) -> HttpMockResponse {
        let mut state = self.state();
        let mut before = state.requests.len();
        state.requests.push(ReceivedRequest::of(request));
        let turn = state.turns.iter().find(|turn| {
            let times = turn.times.unwrap_or(1);
            let is_due = before < times;
            before = before.saturating_sub(times);
            is_due
        });
        let response = HttpMockResponse::builder();
        match turn.or(state.turns.last()) {
            Some(turn) => response
                .status(turn.status)
                .headers(turn.headers.clone())
                .body(turn.body.clone())
                .build(),
            None => response.status(200).build(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A status of a documented range, such as 4 for `4XX`.
///
/// # Panics
///
/// It is not one of the range.
#[expect(
    clippy::panic,
    reason = "a helper of tests: a mock that cannot be set up fails its test"
)]
#[track_caller]
pub fn within(range: u16, status: u16) -> u16 {
    if status / 100 != range {
        panic!("{status} is no status from {range}00 to {range}99");
    }
    status
}
