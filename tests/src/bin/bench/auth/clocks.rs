//! The machine sleeps, and somebody sets its clock back, again and again.

use std::time::Duration;

use keyfob_digitaleo::{Client, Scheme};
use keyfob_runtime::auth::ManualClock;

use super::endpoint::{Endpoint, LIFETIME, Reply, client};
use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;

const TURNS: usize = 1_000;
const CALLS: usize = 5;
const SLEEP: Duration = Duration::from_secs(2 * 3600);
const SET_BACK: Duration = Duration::from_secs(3600);
/// Two of them are less than a token's life, three are more.
const WORK: Duration = Duration::from_secs(25 * 60);

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let endpoint = Endpoint::new(Reply::Token(Duration::ZERO));
    let server = Server::start(endpoint.routes())?;
    let mut hands = Hands::new();
    let client = client(&server, hands.clock.clone())?;
    let (mut dead, mut failed) = (0, 0);
    for turn in 0..TURNS {
        match turn % 5 {
            0 => hands.sleep(SLEEP),
            2 => hands.set_back(SET_BACK),
            _ => hands.work(WORK),
        }
        for _ in 0..CALLS {
            // On a task of its own, so that a panic is counted as well.
            let sent = tokio::spawn(token(client.clone())).await.ok().flatten();
            hands.note_births(endpoint.requests().len());
            match sent {
                Some(number) => dead += usize::from(hands.is_dead(number)),
                None => failed += 1,
            }
        }
    }
    let calls = TURNS * CALLS;
    let tokens = endpoint.requests().len();
    let case = format!(
        "suspend of {} h, clock back {} h: {calls} calls, {tokens} tokens",
        SLEEP.as_secs() / 3600,
        SET_BACK.as_secs() / 3600
    );
    Ok(vec![
        Figure::new(format!("{case}: dead tokens sent"), dead.to_string()).gate("0", dead == 0),
        Figure::new(format!("{case}: panics and errors"), failed.to_string())
            .gate("0", failed == 0),
    ])
}

/// The number of the token that a call would send.
async fn token(client: Client) -> Option<usize> {
    let authorization = client.authorization(Scheme::Oauth2).await.ok()?;
    let (_, value) = authorization.header()?;
    value
        .to_str()
        .ok()?
        .strip_prefix("Bearer token-")?
        .parse()
        .ok()
}

/// What both clocks show, and what they showed when each token was made.
struct Hands {
    clock: ManualClock,
    wall: i128,
    monotonic: i128,
    births: Vec<(i128, i128)>,
}

impl Hands {
    fn new() -> Self {
        Self {
            clock: ManualClock::new(),
            wall: 0,
            monotonic: 0,
            births: Vec::new(),
        }
    }

    fn work(&mut self, time: Duration) {
        self.clock.advance(time);
        self.wall += milliseconds(time);
        self.monotonic += milliseconds(time);
    }

    fn sleep(&mut self, time: Duration) {
        self.clock.suspend(time);
        self.wall += milliseconds(time);
    }

    fn set_back(&mut self, time: Duration) {
        self.clock.set_back(time);
        self.wall -= milliseconds(time);
    }

    fn note_births(&mut self, tokens: usize) {
        self.births.resize(tokens, (self.wall, self.monotonic));
    }

    /// By either clock.
    fn is_dead(&self, number: usize) -> bool {
        let born = number
            .checked_sub(1)
            .and_then(|index| self.births.get(index));
        born.is_none_or(|(wall, monotonic)| {
            let age = (self.wall - wall).max(self.monotonic - monotonic);
            age >= milliseconds(LIFETIME)
        })
    }
}

fn milliseconds(time: Duration) -> i128 {
    i128::try_from(time.as_millis()).unwrap_or(i128::MAX)
}
