//! One call after the other, on a warm connection.

use allocation_counter::measure;
use cpu_time::ThreadTime;

use super::contest::{Contest, Side};
use super::turns;
use crate::Outcome;
use crate::report::Figure;

const ROUNDS: usize = 201;

/// The length of the answer in bytes, and how many calls a side makes in a round: a connection
/// tidies up after a call has ended, and should seldom do so on the other's account.
const CASES: [(usize, usize); 2] = [(SHORT, 50), (100_000, 10)];

const SHORT: usize = 100;

/// What a typed call of a short answer may allocate over raw `reqwest`.
const EXTRA_ALLOCATIONS: i64 = 3;

pub(super) fn figures() -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    for (length, calls) in CASES {
        let contest = Contest::new(length)?;
        contest.run(repeated(contest.typed(), calls))?;
        contest.run(repeated(contest.raw(), calls))?;
        let answer = format!("an answer of {length} bytes");
        figures.extend(turns::figures(
            &answer,
            ROUNDS,
            || timed(&contest, contest.typed(), calls),
            || timed(&contest, contest.raw(), calls),
        )?);
        figures.push(allocations(&answer, &contest, calls, length == SHORT)?);
    }
    Ok(figures)
}

/// The time per call of one round, in microseconds.
fn timed(contest: &Contest, side: &impl Side, calls: usize) -> Outcome<f64> {
    let started = ThreadTime::now();
    contest.run(repeated(side, calls))?;
    Ok(started.elapsed().as_secs_f64() * 1e6 / calls as f64)
}

fn allocations(answer: &str, contest: &Contest, calls: usize, is_held: bool) -> Outcome<Figure> {
    let typed = counted(contest, contest.typed(), calls)?;
    let raw = counted(contest, contest.raw(), calls)?;
    let extra = typed - raw;
    let figure = Figure::new(
        format!("{answer}: allocations beyond raw reqwest"),
        format!("{extra} ({typed} and {raw})"),
    );
    Ok(match is_held {
        true => figure.gate(
            format!("at most {EXTRA_ALLOCATIONS}"),
            extra <= EXTRA_ALLOCATIONS,
        ),
        false => figure,
    })
}

/// The allocations per call.
fn counted(contest: &Contest, side: &impl Side, calls: usize) -> Outcome<i64> {
    let mut outcome = Ok(());
    let counted = measure(|| outcome = contest.run(repeated(side, calls)));
    outcome?;
    Ok(i64::try_from(counted.count_total)? / i64::try_from(calls)?)
}

async fn repeated(side: &impl Side, calls: usize) -> Outcome {
    for _ in 0..calls {
        side.call().await?;
    }
    Ok(())
}
