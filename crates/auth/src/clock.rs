//! What time it is, by two clocks: the wall clock goes on while the machine sleeps and may be
//! set back; the monotonic clock does neither.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Where a keyring reads the time.
///
/// A token is dead when either of its clocks says so.
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Tokio(Anchor),
    Manual(Arc<Hands>),
}

impl Clock {
    /// The machine's clocks. Whether a token is still good is read from their coarse form where the
    /// platform has one: it is some milliseconds late and several times cheaper.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Follows `tokio::time`, which a test can pause and advance. It starts at the wall clock's
    /// present time.
    pub fn tokio() -> Self {
        Self(Source::Tokio(Anchor {
            wall: since_epoch(),
            start: tokio::time::Instant::now(),
        }))
    }

    /// Both clocks now.
    pub(crate) fn now(&self) -> Now {
        self.precise().now(milliseconds)
    }

    /// Both clocks now, a millisecond that has begun counting as a whole one: where a pause begins
    /// that must not end early.
    pub(crate) fn now_rounded_up(&self) -> Now {
        self.precise()
            .now(|time| milliseconds(time.saturating_add(Duration::from_nanos(999_999))))
    }

    /// Both clocks now, or some milliseconds ago if that is cheaper to know.
    #[inline]
    pub(crate) fn coarse(&self) -> Now {
        match &self.0 {
            Source::System => system::coarse(),
            Source::Tokio(_) | Source::Manual(_) => self.now(),
        }
    }

    fn precise(&self) -> Moment {
        match &self.0 {
            Source::System => system::precise(),
            Source::Tokio(anchor) => {
                let elapsed = anchor.start.elapsed();
                Moment {
                    wall: anchor.wall.saturating_add(elapsed),
                    monotonic: elapsed,
                }
            }
            Source::Manual(hands) => Moment {
                wall: Duration::from_millis(hands.wall.load(Ordering::Relaxed)),
                monotonic: Duration::from_millis(hands.monotonic.load(Ordering::Relaxed)),
            },
        }
    }
}

/// A clock that stands still until a test moves its hands.
///
/// ```
/// use std::time::Duration;
/// use keyfob_auth::ManualClock;
///
/// let clock = ManualClock::new();
/// // A client that is built with `.clock(clock.clone())` sees an hour pass:
/// clock.advance(Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Hands>);

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// Shows the present time.
    pub fn new() -> Self {
        Self(Arc::new(Hands {
            wall: AtomicU64::new(milliseconds(since_epoch())),
            monotonic: AtomicU64::new(0),
        }))
    }

    /// How much time has passed by the monotonic clock.
    #[cfg(test)]
    pub(crate) fn shown(&self) -> Duration {
        Duration::from_millis(self.0.monotonic.load(Ordering::Relaxed))
    }

    /// Time passes.
    pub fn advance(&self, time: Duration) {
        self.suspend(time);
        add(&self.0.monotonic, time);
    }

    /// The machine sleeps: only the wall clock goes on.
    pub fn suspend(&self, time: Duration) {
        add(&self.0.wall, time);
    }

    /// Somebody sets the wall clock back.
    pub fn set_back(&self, time: Duration) {
        let wall = self.0.wall.load(Ordering::Relaxed);
        let earlier = wall.saturating_sub(milliseconds(time));
        self.0.wall.store(earlier, Ordering::Relaxed);
    }
}

fn add(hand: &AtomicU64, time: Duration) {
    let shown = hand.load(Ordering::Relaxed);
    hand.store(shown.saturating_add(milliseconds(time)), Ordering::Relaxed);
}

impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self(Source::Manual(clock.0))
    }
}

struct Hands {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

#[derive(Clone)]
struct Anchor {
    wall: Duration,
    start: tokio::time::Instant,
}

/// Both clocks at one moment, in milliseconds: the wall clock since the Unix epoch, the monotonic
/// clock since an arbitrary start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    pub wall: u64,
    pub monotonic: u64,
}

impl Now {
    /// Before all others.
    pub const EARLIEST: Self = Self {
        wall: 0,
        monotonic: 0,
    };
    /// After all others.
    pub const LATEST: Self = Self {
        wall: u64::MAX,
        monotonic: u64::MAX,
    };
}

/// Both clocks at one moment, as exactly as they are read.
struct Moment {
    wall: Duration,
    monotonic: Duration,
}

impl Moment {
    fn now(self, milliseconds: fn(Duration) -> u64) -> Now {
        Now {
            wall: milliseconds(self.wall),
            monotonic: milliseconds(self.monotonic),
        }
    }
}

/// A duration in milliseconds, as far as they can be counted.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::cell::Cell;
    use std::time::Duration;

    use rustix::time::{ClockId, Timespec, clock_gettime};

    use super::{Moment, Now};

    thread_local! {
        /// What both clocks showed at which tick, when this thread last read them.
        static LAST: Cell<(i64, Now)> = const { Cell::new((i64::MIN, Now::EARLIEST)) };
    }

    /// The kernel moves both coarse clocks at once, with each tick. So while the monotonic one
    /// stands still, the wall clock is not read again. Where it was set or the machine has slept
    /// within one tick, the next tick tells.
    #[inline]
    pub(super) fn coarse() -> Now {
        let tick = nanoseconds(clock_gettime(ClockId::MonotonicCoarse));
        match LAST.get() {
            (last, now) if last == tick => now,
            _ => at(tick),
        }
    }

    #[cold]
    fn at(tick: i64) -> Now {
        let milliseconds = |nanoseconds| u64::try_from(nanoseconds / 1_000_000).unwrap_or(0);
        let now = Now {
            wall: milliseconds(nanoseconds(clock_gettime(ClockId::RealtimeCoarse))),
            monotonic: milliseconds(tick),
        };
        LAST.set((tick, now));
        now
    }

    pub(super) fn precise() -> Moment {
        let read = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
        Moment {
            wall: read(ClockId::Realtime),
            monotonic: read(ClockId::Monotonic),
        }
    }

    /// Until the year 2262. As one number it is copied by its halves, as the kernel writes it;
    /// a processor would have to wait for what is read as a whole.
    #[inline]
    #[allow(
        clippy::useless_conversion,
        reason = "nanoseconds have 32 bits on some platforms"
    )]
    fn nanoseconds(time: Timespec) -> i64 {
        let seconds = time.tv_sec.wrapping_mul(1_000_000_000);
        seconds.wrapping_add(i64::from(time.tv_nsec))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::sync::LazyLock;
    use std::time::Instant;

    use super::{Moment, Now, milliseconds, since_epoch};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn coarse() -> Now {
        precise().now(milliseconds)
    }

    pub(super) fn precise() -> Moment {
        Moment {
            wall: since_epoch(),
            monotonic: START.elapsed(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Source::System => "Clock(system)",
            Source::Tokio(_) => "Clock(tokio)",
            Source::Manual(_) => "Clock(manual)",
        })
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ManualClock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_goes_forward() {
        let clock = Clock::system();
        let (first, second) = (clock.now(), clock.now());
        assert!(first.monotonic <= second.monotonic);
        let real = milliseconds(since_epoch());
        assert!(
            real.abs_diff(second.wall) < 60_000,
            "the wall clock is the machine's"
        );
    }

    #[test]
    fn a_coarse_clock_is_never_ahead_and_rounding_up_never_behind() {
        let clock = Clock::system();
        for _ in 0..10_000 {
            let (coarse, now, up) = (clock.coarse(), clock.now(), clock.now_rounded_up());
            assert!(coarse.monotonic <= now.monotonic && now.monotonic <= up.monotonic);
            assert!(up.monotonic <= clock.now().monotonic + 1);
        }
    }

    #[test]
    fn the_coarse_clock_goes_on() {
        let clock = Clock::system();
        let (coarse, start) = (clock.coarse(), clock.now());
        let has_gone_on = |now: Now| now.monotonic > coarse.monotonic && now.wall > coarse.wall;
        while !has_gone_on(clock.coarse()) {
            let passed = clock.now().monotonic - start.monotonic;
            assert!(passed < 1000, "no tick takes a second");
        }
        assert!(clock.coarse().wall.abs_diff(clock.now().wall) < 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_tokio_clock_follows_a_paused_test() {
        let clock = Clock::tokio();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(3600)).await;
        let after = clock.now();
        assert_eq!(after.wall - before.wall, 3_600_000);
        assert_eq!(after.monotonic - before.monotonic, 3_600_000);
    }
}
