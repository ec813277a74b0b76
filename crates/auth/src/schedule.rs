//! When a token is renewed, when it is dead, and how long to pause after a failure.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::clock::{Now, milliseconds};
use crate::limits::PauseLimits;

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
#[derive(Debug)]
pub(crate) struct Pauses {
    limits: PauseLimits,
    last: Duration,
}

impl Pauses {
    pub fn new(limits: PauseLimits) -> Self {
        Self {
            limits,
            last: Duration::ZERO,
        }
    }

    /// The shortest pause.
    pub fn shortest(&self) -> Duration {
        self.limits.shortest
    }

    /// How long to pause after another failure: at least as long as the server asked.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let PauseLimits {
            shortest,
            longest,
            longest_asked,
        } = self.limits;
        let most = self.last.saturating_mul(3).max(shortest.saturating_mul(2));
        let most = most.min(longest).max(shortest);
        let drawn = shortest.saturating_add((most - shortest).mul_f64(random_fraction()));
        self.last = drawn;
        drawn.max(asked.unwrap_or_default().min(longest_asked))
    }

    /// It worked: the next failure is the first one again.
    pub fn forget(&mut self) {
        self.last = Duration::ZERO;
    }
}

/// A random number from 0 to 1. It spreads load; nothing secret depends on it.
pub(crate) fn random_fraction() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::AcquisitionLimits;

    const START: Now = Now {
        wall: 1_000_000,
        monotonic: 7,
    };

    fn times(lifetime: f64, spread: f64) -> (u64, u64) {
        let lifetime = Duration::from_secs_f64(lifetime);
        let schedule = Schedule::new(START, Some(lifetime), spread);
        let (renew, death) = (schedule.renew, schedule.death);
        assert_eq!(renew.wall - START.wall, renew.monotonic - START.monotonic);
        assert_eq!(death.wall - START.wall, death.monotonic - START.monotonic);
        (renew.monotonic - 7, death.monotonic - 7)
    }

    #[test]
    fn the_windows_are_relative_to_the_lifetime() {
        for (lifetime, renew, death) in [
            (1.0, 475, 950),
            (5.0, 2375, 4750),
            (60.0, 45_000, 57_000),
            (600.0, 470_000, 590_000),
            (3600.0, 3_290_000, 3_590_000),
            (86_400.0, 86_090_000, 86_390_000),
        ] {
            assert_eq!(times(lifetime, 0.0), (renew, death), "{lifetime} s");
        }
    }

    #[test]
    fn no_lifetime_overflows_or_renews_before_it_starts() {
        for lifetime in [0.0, 0.001, 0.01, 0.1, 1e5, 1e10, 1e15] {
            let (renew, death) = times(lifetime, 1.0);
            assert!(renew <= death, "{lifetime} s");
        }
        let endless = Schedule::new(START, Some(Duration::MAX), 1.0);
        assert!(endless.renew.wall > START.wall && endless.death.wall == u64::MAX);
    }

    #[test]
    fn a_fleet_does_not_renew_in_step() {
        let mut moments = [0_u32; 10];
        for instance in 0..1000 {
            let spread = f64::from(instance) / 1000.0;
            let (renew, _) = times(3600.0, spread);
            let into_band = 3_290_000 - renew;
            moments[(into_band / 3000) as usize] += 1;
        }
        assert!(
            moments.iter().all(|renewals| *renewals <= 200),
            "{moments:?}"
        );
    }

    #[test]
    fn the_places_in_the_band_are_random() {
        let mut moments = [0_u32; 10];
        for _ in 0..10_000 {
            let place = random_fraction();
            assert!((0.0..=1.0).contains(&place));
            moments[((place * 10.0) as usize).min(9)] += 1;
        }
        assert!(
            moments.iter().all(|places| (800..1200).contains(places)),
            "{moments:?}"
        );
    }

    #[test]
    fn pauses_grow_to_a_limit_and_obey_the_server() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        for (shortest, longest) in [
            (second, second * 30),
            (second * 2, minute),
            (second, second),
        ] {
            let limits = AcquisitionLimits::new().pauses(shortest, longest).pauses;
            let mut pauses = Pauses::new(limits);
            let mut most = Duration::ZERO;
            for _ in 0..500 {
                let pause = pauses.next(None);
                assert!((shortest..=longest).contains(&pause), "{pause:?}");
                most = most.max(pause);
            }
            assert!(most * 3 > longest, "they grow: {most:?}");
            pauses.forget();
            assert!(pauses.next(None) <= shortest * 2, "and begin anew");
            let asked = Duration::from_secs(99);
            assert_eq!(pauses.next(Some(asked)), asked);
            assert_eq!(pauses.next(Some(Duration::MAX)), limits.longest_asked);
        }
    }

    #[test]
    fn no_pause_overflows() {
        let limits = AcquisitionLimits::new().pauses(Duration::MAX / 2, Duration::MAX);
        let mut pauses = Pauses::new(limits.pauses);
        for _ in 0..10 {
            pauses.next(None);
        }
    }
}
