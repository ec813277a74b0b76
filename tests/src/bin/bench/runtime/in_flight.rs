//! Many calls at once on one client.

use cpu_time::ThreadTime;
use tokio::task::JoinSet;

use super::contest::{Contest, Side};
use super::turns;
use crate::Outcome;
use crate::report::Figure;

const ROUNDS: usize = 41;
const IN_FLIGHT: usize = 1_000;
const LENGTH: usize = 100;

pub(super) fn figures() -> Outcome<[Figure; 3]> {
    let contest = Contest::new(LENGTH)?;
    contest.run(at_once(contest.typed()))?;
    contest.run(at_once(contest.raw()))?;
    turns::figures(
        &format!("{IN_FLIGHT} calls at once, answers of {LENGTH} bytes"),
        ROUNDS,
        || timed(&contest, contest.typed()),
        || timed(&contest, contest.raw()),
    )
}

/// The time per call of one round, in microseconds.
fn timed(contest: &Contest, side: &impl Side) -> Outcome<f64> {
    let started = ThreadTime::now();
    contest.run(at_once(side))?;
    Ok(started.elapsed().as_secs_f64() * 1e6 / IN_FLIGHT as f64)
}

async fn at_once(side: &impl Side) -> Outcome {
    let mut calls = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let side = side.clone();
        calls.spawn(async move { side.call().await.map(drop) });
    }
    while let Some(outcome) = calls.join_next().await {
        outcome??;
    }
    Ok(())
}
