//! Callers who give up long before the endpoint answers.

use std::time::Duration;

use keyfob_digitaleo::{Client, Scheme};
use keyfob_runtime::auth::Clock;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::endpoint::{Endpoint, Reply, client};
use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;

const CALLERS: usize = 80;
const APART: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_millis(20);
const TOKEN_AFTER: Duration = Duration::from_millis(100);
const SERVED_GATE: usize = 75;

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let endpoint = Endpoint::new(Reply::Token(TOKEN_AFTER));
    let server = Server::start(endpoint.routes())?;
    let client = client(&server, Clock::system())?;
    let mut callers = JoinSet::new();
    let mut turn = interval(APART);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..CALLERS {
        turn.tick().await;
        callers.spawn(is_served(client.clone()));
    }
    let answered = callers.join_all().await;
    let served = answered.into_iter().filter(|is_served| *is_served).count();
    let requests = endpoint.requests().len();
    let case = format!(
        "{CALLERS} callers, one each {} ms, giving up after {} ms",
        APART.as_millis(),
        PATIENCE.as_millis()
    );
    Ok(vec![
        Figure::new(format!("{case}: served"), served.to_string())
            .gate(format!("at least {SERVED_GATE}"), served >= SERVED_GATE),
        Figure::new(format!("{case}: token requests"), requests.to_string())
            .gate("exactly 1", requests == 1),
    ])
}

async fn is_served(client: Client) -> bool {
    let asked = timeout(PATIENCE, client.authorization(Scheme::Oauth2)).await;
    asked.is_ok_and(|authorization| authorization.is_ok())
}
