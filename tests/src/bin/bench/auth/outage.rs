//! The endpoint is down while a good token is due for renewal.

use std::time::{Duration, Instant};

use keyfob_digitaleo::Scheme;
use keyfob_runtime::auth::ManualClock;
use tokio::time::interval;

use super::endpoint::{Endpoint, LIFETIME, Reply, client};
use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;
use crate::spread::milliseconds;

const LEFT: Duration = Duration::from_secs(200);
const CALLS: usize = 500;
const APART: Duration = Duration::from_millis(10);
const FAILURE_AFTER: Duration = Duration::from_millis(200);
const ATTEMPTS_GATE: usize = 6;

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let endpoint = Endpoint::new(Reply::Token(Duration::ZERO));
    let server = Server::start(endpoint.routes())?;
    let clock = ManualClock::new();
    let client = client(&server, clock.clone())?;
    client.authorization(Scheme::Oauth2).await?;
    endpoint.reply(Reply::Unavailable(FAILURE_AFTER, None));
    clock.advance(LIFETIME - LEFT);
    let mut clock = RealTime::follow(clock);
    let mut turn = interval(APART);
    let (mut waits, mut failures) = (Vec::with_capacity(CALLS), 0);
    for _ in 0..CALLS {
        turn.tick().await;
        clock.catch_up();
        let asked = Instant::now();
        failures += usize::from(client.authorization(Scheme::Oauth2).await.is_err());
        waits.push(asked.elapsed());
    }
    Ok(report(waits, failures, endpoint.requests().len() - 1))
}

fn report(mut waits: Vec<Duration>, failures: usize, attempts: usize) -> Vec<Figure> {
    waits.sort();
    let slow = waits.get(waits.len() * 99 / 100).copied();
    let slow = milliseconds(slow.unwrap_or_default());
    let case = format!(
        "{CALLS} calls, one each {} ms, 503 after {} ms",
        APART.as_millis(),
        FAILURE_AFTER.as_millis()
    );
    vec![
        Figure::new(
            format!("{case}: wait for the header, p99"),
            format!("{slow:.3} ms"),
        )
        .gate("under 1 ms", slow < 1.0),
        Figure::new(format!("{case}: failures"), failures.to_string()).gate("0", failures == 0),
        Figure::new(format!("{case}: attempts to renew"), attempts.to_string()).gate(
            format!("1 to {ATTEMPTS_GATE}"),
            (1..=ATTEMPTS_GATE).contains(&attempts),
        ),
    ]
}

/// Lets the hands of a clock go on at the speed of time.
struct RealTime {
    clock: ManualClock,
    started: Instant,
    /// How far the hands have gone, in whole milliseconds.
    shown: Duration,
}

impl RealTime {
    fn follow(clock: ManualClock) -> Self {
        Self {
            clock,
            started: Instant::now(),
            shown: Duration::ZERO,
        }
    }

    fn catch_up(&mut self) {
        let elapsed = self.started.elapsed().saturating_sub(self.shown);
        let whole = elapsed - Duration::from_nanos(u64::from(elapsed.subsec_nanos() % 1_000_000));
        self.clock.advance(whole);
        self.shown += whole;
    }
}
