//! How long getting a token may take, and for how long a server that failed is left alone.

use std::time::Duration;

use tokio::time::Instant;

use crate::config_error::ConfigError;

/// How long getting a token may take, and for how long a server that failed is left alone.
///
/// An acquisition belongs to no caller: a caller's own deadline bounds only its own wait, and
/// these limits bound what goes on for everybody.
///
/// ```
/// use std::time::Duration;
/// use keyfob_auth::AcquisitionLimits;
///
/// let patient = AcquisitionLimits::new()
///     .attempt(Duration::from_secs(60))
///     .acquisition(Duration::from_secs(120));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcquisitionLimits {
    pub(crate) attempt: Duration,
    pub(crate) acquisition: Duration,
    pub(crate) lock: Duration,
    pub(crate) pauses: PauseLimits,
}

/// How long to pause after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PauseLimits {
    pub shortest: Duration,
    pub longest: Duration,
    /// The longest that a server may ask for.
    pub longest_asked: Duration,
}

/// A limit that ended an acquisition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeLimit {
    /// [`AcquisitionLimits::attempt`], or a shorter one of the HTTP client's own.
    Attempt,
    /// [`AcquisitionLimits::acquisition`].
    Acquisition,
}

impl Default for AcquisitionLimits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            acquisition: Duration::from_secs(30),
            lock: Duration::from_secs(20),
            pauses: PauseLimits {
                shortest: Duration::from_secs(1),
                longest: Duration::from_secs(30),
                longest_asked: Duration::from_secs(3600),
            },
        }
    }
}

impl AcquisitionLimits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long one request to a token endpoint and the whole of its answer may take. Default:
    /// 10 seconds.
    #[must_use]
    pub fn attempt(mut self, limit: Duration) -> Self {
        self.attempt = limit;
        self
    }

    /// How long an acquisition may take as a whole, with every step and renewal that it tries and
    /// with the wait for a peer's. Default: 30 seconds.
    #[must_use]
    pub fn acquisition(mut self, limit: Duration) -> Self {
        self.acquisition = limit;
        self
    }

    /// How long to wait for another process that is acquiring the same token, where a store is
    /// shared. Default: 20 seconds.
    #[must_use]
    pub fn lock(mut self, limit: Duration) -> Self {
        self.lock = limit;
        self
    }

    /// How long to pause after a failure before another acquisition is started: the first pause
    /// is near the shortest, and they grow, with jitter, up to the longest. Whoever asks for a
    /// token meanwhile is told the last failure. Default: 1 to 30 seconds.
    #[must_use]
    pub fn pauses(mut self, shortest: Duration, longest: Duration) -> Self {
        self.pauses.shortest = shortest;
        self.pauses.longest = longest;
        self
    }

    /// The longest pause that a server may ask for by `Retry-After`. Default: an hour.
    #[must_use]
    pub fn longest_retry_after(mut self, limit: Duration) -> Self {
        self.pauses.longest_asked = limit;
        self
    }

    /// Whether anything can be acquired within them.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let zero = |what: &str, limit: Duration| {
            let problem = format!("the limit of {what} is zero, so that no token can be had");
            limit.is_zero().then_some(ConfigError::Client { problem })
        };
        let mistake = zero("an attempt", self.attempt)
            .or_else(|| zero("an acquisition", self.acquisition))
            .or_else(|| self.pauses.mistake());
        mistake.map_or(Ok(()), Err)
    }
}

impl PauseLimits {
    fn mistake(&self) -> Option<ConfigError> {
        let problem = match () {
            () if self.shortest.is_zero() => {
                "the shortest pause after a failure is zero, so that a server that is down would be stormed"
            }
            () if self.shortest > self.longest => {
                "the shortest pause after a failure is longer than the longest"
            }
            () => return None,
        };
        Some(ConfigError::Client {
            problem: problem.to_owned(),
        })
    }
}

/// What is left of the time of one acquisition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeLeft {
    limits: AcquisitionLimits,
    end: Instant,
}

/// A deadline for limits that the clock cannot count: a year.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl TimeLeft {
    /// An acquisition begins.
    pub fn of(limits: AcquisitionLimits) -> Self {
        let now = Instant::now();
        let end = now.checked_add(limits.acquisition);
        Self {
            limits,
            end: end.unwrap_or(now + FAR_AWAY),
        }
    }

    /// How long the next request may take, and which limit says so.
    pub fn for_attempt(&self) -> (Duration, TimeLimit) {
        let left = self.left();
        match self.limits.attempt <= left {
            true => (self.limits.attempt, TimeLimit::Attempt),
            false => (left, TimeLimit::Acquisition),
        }
    }

    /// How long a peer's lock may be waited for.
    pub fn for_lock(&self) -> Duration {
        self.limits.lock.min(self.left())
    }

    /// The limits of the acquisition.
    pub fn limits(&self) -> AcquisitionLimits {
        self.limits
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}
