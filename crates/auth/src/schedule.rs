//! When a token is renewed, when it is dead, and how long to pause after a failure.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::clock::{Now, milliseconds};

/// The two moments of a token's life, each on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// From here on it is renewed, while it is still used.
    pub renew: Now,
    /// From here on it is not sent any more.
    pub death: Now,
}

/// A request is under way for a while, and clocks differ: a token is not used in its last moments.
const LONGEST_MARGIN: u64 = 10_000;
const MARGIN: f64 = 0.05;

/// How long before its death a token is renewed.
const AHEAD: f64 = 0.2;
const SHORTEST_AHEAD: u64 = 5_000;
const LONGEST_AHEAD: u64 = 300_000;

/// The band over which a fleet spreads its renewals.
const BAND: f64 = 0.1;
const LONGEST_BAND: u64 = 30_000;

impl Schedule {
    /// The life of a token that was asked for at `since`. `spread`, from 0 to 1, is this
    /// process's place in the band of renewals.
    pub fn new(since: Now, lifetime: Option<Duration>, spread: f64) -> Self {
        let Some(lifetime) = lifetime.map(milliseconds) else {
            let never = Now {
                wall: u64::MAX,
                monotonic: u64::MAX,
            };
            return Self {
                renew: never,
                death: never,
            };
        };
        let margin = part(lifetime, MARGIN).min(LONGEST_MARGIN);
        let usable = lifetime.saturating_sub(margin);
        let ahead = part(lifetime, AHEAD).clamp(SHORTEST_AHEAD, LONGEST_AHEAD);
        let ahead = ahead.min(usable / 2);
        let band = part(lifetime, BAND).min(LONGEST_BAND);
        let renew = usable.saturating_sub(ahead + part(band, spread));
        Self {
            renew: later(since, renew),
            death: later(since, usable),
        }
    }
}

fn later(now: Now, milliseconds: u64) -> Now {
    Now {
        wall: now.wall.saturating_add(milliseconds),
        monotonic: now.monotonic.saturating_add(milliseconds),
    }
}

fn part(whole: u64, fraction: f64) -> u64 {
    (whole as f64 * fraction) as u64
}

/// The pauses after failures: each is drawn from a range that grows with the one before, so that
/// a fleet does not come back in step.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    last: Duration,
}

impl Pauses {
    /// The shortest pause.
    pub const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(30);
    /// The longest that a server may ask for.
    const LONGEST_ASKED: Duration = Duration::from_secs(3600);

    /// How long to pause after another failure: at least as long as the server asked.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let most = (self.last * 3).clamp(Self::SHORTEST * 2, Self::LONGEST);
        let drawn = Self::SHORTEST + (most - Self::SHORTEST).mul_f64(random_fraction());
        self.last = drawn;
        drawn.max(asked.unwrap_or_default().min(Self::LONGEST_ASKED))
    }
}

/// A random number from 0 to 1. It spreads load; nothing secret depends on it.
pub(crate) fn random_fraction() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
