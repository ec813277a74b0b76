//! Two sides that take turns.

use super::GOAL;
use crate::Outcome;
use crate::report::Figure;
use crate::spread::Spread;

/// Measures both sides, each so often, and compares them round by round: what else runs on the
/// machine is then in both figures. `typed` and `raw` give the time per call in microseconds.
pub(super) fn figures(
    what: &str,
    rounds: usize,
    typed: impl Fn() -> Outcome<f64>,
    raw: impl Fn() -> Outcome<f64>,
) -> Outcome<[Figure; 3]> {
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        times.push(match round % 2 {
            0 => (typed()?, raw()?),
            _ => {
                let raw = raw()?;
                (typed()?, raw)
            }
        });
    }
    let ratio = Spread::of(times.iter().map(|(typed, raw)| typed / raw).collect()).median;
    let typed = Spread::of(times.iter().map(|(typed, _)| *typed).collect());
    let raw = Spread::of(times.iter().map(|(_, raw)| *raw).collect());
    Ok([
        Figure::new(format!("{what}: typed"), typed.show("us")),
        Figure::new(format!("{what}: raw reqwest"), raw.show("us")),
        Figure::new(format!("{what}: one over the other"), format!("{ratio:.3}"))
            .gate(format!("at most {GOAL:.2}"), ratio <= GOAL),
    ])
}
