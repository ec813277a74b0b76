//! Ten thousand callers at once, and no token yet.

use std::time::{Duration, Instant};

use keyfob_digitaleo::{Client, Scheme};
use keyfob_runtime::auth::Clock;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::endpoint::{Endpoint, Reply, client};
use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;
use crate::spread::Spread;

const CALLERS: usize = 10_000;
const RUNS: usize = 5;

const TOKEN_AFTER: Duration = Duration::from_millis(100);
const FAILURE_AFTER: Duration = Duration::from_millis(5);
/// More than the engine would pause of itself.
const RETRY_AFTER: u64 = 3;

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let mut figures = served().await?;
    figures.extend(failed().await?);
    figures.push(patient().await?);
    Ok(figures)
}

/// The endpoint gives a token.
async fn served() -> Outcome<Vec<Figure>> {
    let mut requests = Vec::new();
    let mut delays = Vec::new();
    for _ in 0..RUNS {
        let herd = Herd::run(Reply::Token(TOKEN_AFTER)).await?;
        if herd.served != CALLERS {
            return Err(format!("{} of {CALLERS} callers served", herd.served).into());
        }
        requests.push(herd.endpoint.requests().len());
        let answer = *herd.endpoint.answers().first().ok_or("no answer")?;
        delays.push(herd.ended.saturating_duration_since(answer));
    }
    let case = format!(
        "{CALLERS} callers, 200 after {} ms",
        TOKEN_AFTER.as_millis()
    );
    let delay = Spread::of_durations(delays);
    Ok(vec![
        one_request(&case, &requests),
        Figure::new(
            format!("{case}: from the answer to the last caller"),
            delay.show("ms"),
        )
        .gate("at most 50 ms", delay.median <= 50.0),
    ])
}

/// The endpoint is overloaded.
async fn failed() -> Outcome<Vec<Figure>> {
    let mut requests = Vec::new();
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let herd = Herd::run(Reply::Unavailable(FAILURE_AFTER, Some(RETRY_AFTER))).await?;
        if herd.served != 0 {
            return Err(format!("{} callers served without a token", herd.served).into());
        }
        requests.push(herd.endpoint.requests().len());
        times.push(herd.ended - herd.started);
    }
    let case = format!(
        "{CALLERS} callers, 503 after {} ms",
        FAILURE_AFTER.as_millis()
    );
    let time = Spread::of_durations(times);
    Ok(vec![
        one_request(&case, &requests),
        Figure::new(
            format!("{case}: from the first caller to the last answered"),
            time.show("ms"),
        )
        .gate("at most 100 ms", time.median <= 100.0),
    ])
}

/// When the endpoint is asked again, by callers who do not cease to ask: the soonest of all runs.
async fn patient() -> Outcome<Figure> {
    let mut runs = JoinSet::new();
    for _ in 0..RUNS {
        runs.spawn(asked_again());
    }
    let waits = runs.join_all().await;
    let waits = waits.into_iter().collect::<Outcome<Vec<Duration>>>()?;
    let soonest = Spread::of_durations(waits).min;
    let gate = (RETRY_AFTER * 1000) as f64;
    let what = format!("503 with Retry-After: {RETRY_AFTER}: asked again, soonest of {RUNS} runs");
    Ok(Figure::new(what, format!("after {soonest:.1} ms"))
        .gate(format!("at least {gate} ms"), soonest >= gate))
}

/// How long after its first answer the endpoint is asked again.
async fn asked_again() -> Outcome<Duration> {
    let endpoint = Endpoint::new(Reply::Unavailable(FAILURE_AFTER, Some(RETRY_AFTER)));
    let server = Server::start(endpoint.routes())?;
    let client = client(&server, Clock::system())?;
    let asked_twice = async {
        while endpoint.requests().len() < 2 {
            let _ = client.authorization(Scheme::Oauth2).await;
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), asked_twice)
        .await
        .map_err(|_| "the endpoint was not asked again")?;
    let (requests, answers) = (endpoint.requests(), endpoint.answers());
    let (again, answered) = requests.get(1).zip(answers.first()).ok_or("no answer")?;
    Ok(again.saturating_duration_since(*answered))
}

fn one_request(case: &str, requests: &[usize]) -> Figure {
    let most = requests.iter().max().copied().unwrap_or_default();
    let what = format!("{case}: token requests, most of {RUNS} runs");
    Figure::new(what, most.to_string()).gate("exactly 1", most == 1)
}

/// What became of the callers.
struct Herd {
    endpoint: Endpoint,
    served: usize,
    started: Instant,
    /// When the last caller had its answer.
    ended: Instant,
}

impl Herd {
    async fn run(reply: Reply) -> Outcome<Self> {
        let endpoint = Endpoint::new(reply);
        let server = Server::start(endpoint.routes())?;
        let client = client(&server, Clock::system())?;
        let started = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(ask(client.clone()));
        }
        let answered = callers.join_all().await;
        let ended = answered.iter().map(|(_, at)| *at).max();
        Ok(Self {
            endpoint,
            served: answered.iter().filter(|(is_served, _)| *is_served).count(),
            started,
            ended: ended.unwrap_or(started),
        })
    }
}

/// Whether the caller was served, and when it had its answer.
async fn ask(client: Client) -> (bool, Instant) {
    let is_served = client.authorization(Scheme::Oauth2).await.is_ok();
    (is_served, Instant::now())
}
