//! A token is refused while a thousand calls with it are on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyfob_digitaleo::{Client, Scheme};
use keyfob_runtime::auth::Clock;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::endpoint::{Endpoint, Reply, client};
use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;

/// Client and server have a socket each for every call: about as many open files as two thousand.
const CALLS: u32 = 1000;
const REFUSED_OVER: Duration = Duration::from_millis(300);
const TOKEN_AFTER: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(60);

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let endpoint = Endpoint::new(Reply::Token(TOKEN_AFTER));
    let api = Arc::new(Api::new());
    let server = Server::start(endpoint.routes().merge(api.routes()))?;
    let client = client(&server, Clock::system())?;
    client.authorization(Scheme::Oauth2).await?;
    let acquired = endpoint.requests().len();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        calls.spawn(succeeds(client.clone()));
    }
    let ended = timeout(LONGEST, calls.join_all()).await.map_err(
        |_| "the calls did not end; are there enough open files for them? (ulimit -n 4096)",
    )?;
    let succeeded = ended.into_iter().filter(|succeeded| *succeeded).count();
    let acquisitions = endpoint.requests().len() - acquired;
    Ok(vec![
        exactly("acquisitions", acquisitions, 1),
        exactly("refused", count(&api.refused), CALLS as usize),
        exactly("sent again", count(&api.repeated), CALLS as usize),
        exactly("succeeded", succeeded, CALLS as usize),
    ])
}

fn exactly(what: &str, count: usize, gate: usize) -> Figure {
    let what = format!(
        "{CALLS} calls refused over {} ms: {what}",
        REFUSED_OVER.as_millis()
    );
    Figure::new(what, count.to_string()).gate(format!("exactly {gate}"), count == gate)
}

async fn succeeds(client: Client) -> bool {
    client.list_campaigns().send().await.is_ok()
}

fn count(counter: &AtomicU32) -> usize {
    counter.load(Ordering::Relaxed) as usize
}

/// An API that has come to refuse the first token.
struct Api {
    /// Passed when all calls with the first token are there.
    all_there: Barrier,
    refused: AtomicU32,
    repeated: AtomicU32,
}

impl Api {
    fn new() -> Self {
        Self {
            all_there: Barrier::new(CALLS as usize),
            refused: AtomicU32::new(0),
            repeated: AtomicU32::new(0),
        }
    }

    fn routes(self: &Arc<Self>) -> Router {
        let api = Arc::clone(self);
        let campaigns = move |headers| Arc::clone(&api).campaigns(headers);
        Router::new().route("/rest/campaigns", get(campaigns))
    }

    async fn campaigns(self: Arc<Self>, headers: HeaderMap) -> Response {
        let json = [(CONTENT_TYPE, "application/json")];
        let presented = headers.get(AUTHORIZATION).map(AsRef::as_ref);
        if presented != Some(b"Bearer token-1".as_slice()) {
            self.repeated.fetch_add(1, Ordering::Relaxed);
            return (json, r#"{"list":[]}"#).into_response();
        }
        let number = self.refused.fetch_add(1, Ordering::Relaxed);
        self.all_there.wait().await;
        sleep(REFUSED_OVER * number / CALLS).await;
        (StatusCode::UNAUTHORIZED, json, r#"{"status":401}"#).into_response()
    }
}
