//! Two clients of one server: the generated one, and what a careful person writes by hand.
//!
//! Both have the same settings, are given the same number for the query, send the same request
//! and read the same answer into the same type. They take turns on one thread, which has the whole of both clients on it and nothing of
//! the server.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use keyfob_digitaleo::types::CampaignList;
use keyfob_digitaleo::{Client, ClientCredentials};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;
use crate::server::Server;

/// How many campaigns a call asks for.
const LIMIT: u64 = 10;

const TOKEN_LENGTH: usize = 1000;

/// A generated client's own default.
const TIMEOUT: Duration = Duration::from_secs(60);

const CAMPAIGN: &str = r#"{"id":"1024","name":"Spring sale","listId":"77","type":"STANDARD"}"#;

/// The two clients, the thread that they are on, and their server.
pub(super) struct Contest {
    runtime: Runtime,
    typed: Typed,
    raw: Raw,
    _server: Server,
}

/// Both sides make calls in one way and have a name for it.
pub(super) trait Side: Clone + Send + 'static {
    fn call(&self) -> impl Future<Output = Outcome<CampaignList>> + Send;
}

#[derive(Clone)]
pub(super) struct Typed {
    client: Client,
    limit: u64,
}

#[derive(Clone)]
pub(super) struct Raw {
    http: reqwest::Client,
    base_url: String,
    limit: u64,
    authorization: HeaderValue,
}

impl Contest {
    /// Clients whose calls are answered with about so many bytes of JSON.
    pub(super) fn new(length: usize) -> Outcome<Self> {
        let server = Server::start(digitaleo(length.div_ceil(CAMPAIGN.len() + 1)))?;
        let client = Client::builder()
            .base_url(server.url())
            .credentials(ClientCredentials::new("id", "secret"))
            .build()?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .http1_title_case_headers()
            .user_agent(concat!("keyfob-digitaleo/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .build()?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", "t".repeat(TOKEN_LENGTH)))?;
        authorization.set_sensitive(true);
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            typed: Typed {
                client,
                limit: LIMIT,
            },
            raw: Raw {
                http,
                base_url: server.url().to_owned(),
                limit: LIMIT,
                authorization,
            },
            _server: server,
        })
    }

    /// Runs calls of each side.
    pub(super) fn run<F: Future<Output = Outcome>>(&self, future: F) -> Outcome {
        self.runtime.block_on(future)
    }

    pub(super) fn typed(&self) -> &Typed {
        &self.typed
    }

    pub(super) fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl Side for Typed {
    async fn call(&self) -> Outcome<CampaignList> {
        let campaigns = self.client.list_campaigns().limit(self.limit).send();
        let campaigns = campaigns.await?;
        Ok(campaigns.into_inner())
    }
}

impl Side for Raw {
    async fn call(&self) -> Outcome<CampaignList> {
        let request = self
            .http
            .get(format!(
                "{}/rest/campaigns?limit={}",
                self.base_url, self.limit
            ))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = request.send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}

fn digitaleo(campaigns: usize) -> Router {
    let campaigns = format!(r#"{{"list":[{}]}}"#, vec![CAMPAIGN; campaigns].join(","));
    let token = format!(
        r#"{{"access_token":"{}","expires_in":3600,"token_type":"bearer"}}"#,
        "t".repeat(TOKEN_LENGTH)
    );
    let json = |body: String| ([(CONTENT_TYPE, "application/json")], body);
    Router::new()
        .route(
            "/rest/campaigns",
            get(move || async move { json(campaigns) }),
        )
        .route("/token", post(move || async move { json(token) }))
}
