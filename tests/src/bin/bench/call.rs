//! What a typed call costs over raw `reqwest`, in time on the CPU.
//!
//! Both send the same request to the same server and read the same answer into the same type, in
//! turns and on one thread, which has the whole of both clients on it and nothing of the server.

use allocation_counter::measure;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use cpu_time::ThreadTime;
use keyfob_digitaleo::types::CampaignList;
use keyfob_digitaleo::{Client, ClientCredentials};
use reqwest::header::ACCEPT;
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;
use crate::report::{self, Figure};
use crate::server::Server;
use crate::spread::Spread;

const ROUNDS: usize = 201;
/// In a round, each makes so many calls at once: a connection tidies up after a call has ended,
/// and should seldom do so on the other's account.
const CALLS: usize = 50;
const GOAL: f64 = 1.10;

const TOKEN_LENGTH: usize = 1000;

pub(crate) fn run() -> Outcome {
    let server = Server::start(digitaleo())?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let contest = Contest::new(&server)?;
    runtime.block_on(contest.typed(CALLS))?;
    runtime.block_on(contest.raw(CALLS))?;
    let times = times(&runtime, &contest)?;
    let allocations = allocations(&runtime, &contest)?;
    let title = format!("call: one typed call, {ROUNDS} rounds of {CALLS} calls");
    report::print(&title, &figures(&times, allocations));
    Ok(())
}

/// The time per call in each round, in microseconds: typed, raw.
fn times(runtime: &Runtime, contest: &Contest) -> Outcome<Vec<(f64, f64)>> {
    let timed = |calls: &dyn Fn() -> Outcome| -> Outcome<f64> {
        let started = ThreadTime::now();
        calls()?;
        Ok(started.elapsed().as_secs_f64() * 1e6 / CALLS as f64)
    };
    let typed = || runtime.block_on(contest.typed(CALLS));
    let raw = || runtime.block_on(contest.raw(CALLS));
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        times.push(match round % 2 {
            0 => (timed(&typed)?, timed(&raw)?),
            _ => {
                let raw = timed(&raw)?;
                (timed(&typed)?, raw)
            }
        });
    }
    Ok(times)
}

/// The allocations per call: typed, raw.
fn allocations(runtime: &Runtime, contest: &Contest) -> Outcome<(u64, u64)> {
    let counted = |calls: &dyn Fn() -> Outcome| -> Outcome<u64> {
        let mut outcome = Ok(());
        let counted = measure(|| outcome = calls());
        outcome.map(|()| counted.count_total / CALLS as u64)
    };
    Ok((
        counted(&|| runtime.block_on(contest.typed(CALLS)))?,
        counted(&|| runtime.block_on(contest.raw(CALLS)))?,
    ))
}

fn figures(times: &[(f64, f64)], (typed, raw): (u64, u64)) -> [Figure; 3] {
    let ratio = Spread::of(times.iter().map(|(typed, raw)| typed / raw).collect());
    let shown = |time: Vec<f64>, allocations| {
        let time = Spread::of(time).show("us");
        format!("{time}, {allocations} allocations")
    };
    let typed = shown(times.iter().map(|(typed, _)| *typed).collect(), typed);
    let raw = shown(times.iter().map(|(_, raw)| *raw).collect(), raw);
    [
        Figure::new("list_campaigns, thread CPU per call", typed),
        Figure::new("the same by raw reqwest", raw),
        Figure::new("one over the other", format!("{:.3}", ratio.median))
            .gate(format!("at most {GOAL:.2}"), ratio.median <= GOAL),
    ]
}

/// The two clients.
struct Contest {
    client: Client,
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Contest {
    fn new(server: &Server) -> Outcome<Self> {
        let client = Client::builder()
            .base_url(server.url())
            .credentials(ClientCredentials::new("id", "secret"))
            .build()?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("bench")
            .build()?;
        Ok(Self {
            client,
            http,
            url: format!("{}/rest/campaigns?limit=10", server.url()),
            token: "t".repeat(TOKEN_LENGTH),
        })
    }

    async fn typed(&self, calls: usize) -> Outcome {
        for _ in 0..calls {
            let campaigns = self.client.list_campaigns().limit(10u64).send().await?;
            expect_ten(&campaigns)?;
        }
        Ok(())
    }

    async fn raw(&self, calls: usize) -> Outcome {
        for _ in 0..calls {
            let request = self.http.get(&self.url).bearer_auth(&self.token);
            let request = request.header(ACCEPT, "application/json");
            let answer = request.send().await?.error_for_status()?;
            expect_ten(&serde_json::from_slice(&answer.bytes().await?)?)?;
        }
        Ok(())
    }
}

fn expect_ten(campaigns: &CampaignList) -> Outcome {
    match campaigns.list.len() {
        10 => Ok(()),
        other => Err(format!("{other} campaigns instead of 10").into()),
    }
}

fn digitaleo() -> Router {
    let campaign = r#"{"id":"1024","name":"Spring sale","listId":"77","type":"STANDARD"}"#;
    let campaigns = format!(r#"{{"list":[{}]}}"#, [campaign; 10].join(","));
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
