//! A token endpoint that answers as it is told and remembers when, and the client that uses it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use keyfob_digitaleo::{Client, ClientCredentials};
use keyfob_runtime::auth::Clock;

use crate::Outcome;
use crate::server::Server;

/// How long its tokens live.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

/// A token endpoint. Clones are the same one.
#[derive(Clone)]
pub(super) struct Endpoint(Arc<Mutex<State>>);

struct State {
    reply: Reply,
    requests: Vec<Instant>,
    answers: Vec<Instant>,
}

/// What it answers.
#[derive(Clone, Copy)]
pub(super) enum Reply {
    /// After this time a token: `token-1` to the first request, and so on.
    Token(Duration),
    /// After this time 503, with a `Retry-After` of so many seconds.
    Unavailable(Duration, Option<u64>),
}

impl Endpoint {
    pub(super) fn new(reply: Reply) -> Self {
        Self(Arc::new(Mutex::new(State {
            reply,
            requests: Vec::new(),
            answers: Vec::new(),
        })))
    }

    /// Answers otherwise from now on.
    pub(super) fn reply(&self, reply: Reply) {
        self.state().reply = reply;
    }

    /// When each request came.
    pub(super) fn requests(&self) -> Vec<Instant> {
        self.state().requests.clone()
    }

    /// When each answer was given.
    pub(super) fn answers(&self) -> Vec<Instant> {
        self.state().answers.clone()
    }

    /// The routes of an API that has only this endpoint.
    pub(super) fn routes(&self) -> Router {
        let endpoint = self.clone();
        Router::new().route("/token", post(move || endpoint.clone().answer()))
    }

    async fn answer(self) -> Response {
        let (reply, number) = {
            let mut state = self.state();
            state.requests.push(Instant::now());
            (state.reply, state.requests.len())
        };
        let (Reply::Token(after) | Reply::Unavailable(after, _)) = reply;
        tokio::time::sleep(after).await;
        self.state().answers.push(Instant::now());
        reply.response(number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reply {
    fn response(self, number: usize) -> Response {
        let json = [(CONTENT_TYPE, "application/json")];
        match self {
            Self::Token(_) => {
                let lifetime = LIFETIME.as_secs();
                let body = format!(
                    r#"{{"access_token":"token-{number}","expires_in":{lifetime},"token_type":"bearer"}}"#
                );
                (json, body).into_response()
            }
            Self::Unavailable(_, None) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::Unavailable(_, Some(seconds)) => {
                let wait = [(RETRY_AFTER, seconds.to_string())];
                (StatusCode::SERVICE_UNAVAILABLE, wait).into_response()
            }
        }
    }
}

/// A client that has no token yet.
pub(super) fn client(server: &Server, clock: impl Into<Clock>) -> Outcome<Client> {
    let client = Client::builder()
        .base_url(server.url())
        .credentials(ClientCredentials::new("id", "secret"))
        .clock(clock)
        .build()?;
    Ok(client)
}
