//! When a call is sent again, and how long it waits before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use crate::error::Failure;
use crate::exchange::Received;
use crate::operation::Repeat;
use crate::random;

/// The shortest and the longest wait that is made up here; a server may ask for longer.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often a call may be sent again. Clones share the budget.
#[derive(Debug, Clone)]
pub(crate) struct Retries {
    most: u32,
    budget: Arc<Budget>,
}

impl Retries {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            budget: Arc::new(Budget(AtomicU32::new(Budget::FULL))),
        }
    }

    /// An answer came that no other attempt would change.
    pub(crate) fn earn(&self) {
        self.budget.earn();
    }

    /// How long to wait before sending the call again; `None`: the outcome is to be kept.
    /// `done` says how often it has been sent again already.
    pub(crate) fn wait(
        &self,
        done: u32,
        repeat: Repeat,
        outcome: &Result<Received, Failure>,
    ) -> Option<Duration> {
        let asked = match outcome {
            Ok(received) if !is_transient(received.status()) => {
                self.budget.earn();
                return None;
            }
            Ok(received) if repeat != Repeat::Never => retry_after(received.headers()),
            Err(Failure::Connection(error))
                if repeat != Repeat::Never || error.was_not_processed() =>
            {
                None
            }
            _ => return None,
        };
        if done >= self.most || !self.budget.spend() {
            return None;
        }
        Some(backoff(done, random::number()).max(asked.unwrap_or_default()))
    }
}

/// Whether a status says that the same request may succeed later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 502 | 503 | 504)
}

/// `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Doubles from wait to wait; half of it is random, so that clients do not return in step.
fn backoff(done: u32, random: u64) -> Duration {
    let longest = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(done))
        .min(LONGEST_WAIT);
    let half = longest / 2;
    let random = u64::try_from(half.as_millis()).map_or(0, |millis| random % millis.max(1));
    half + Duration::from_millis(random)
}

/// Keeps the retries of all calls of a client to a tenth of its successes, so that an outage is
/// not met with a multiple of the load. A few are free at the beginning.
#[derive(Debug)]
struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 100;
    const PRICE: u32 = 10;

    fn earn(&self) {
        if self.0.load(Ordering::Relaxed) < Self::FULL {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn spend(&self) -> bool {
        let paid = |left: u32| left.checked_sub(Self::PRICE);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, paid)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::answer::Answer;

    fn answered(status: u16, retry_after: Option<&'static str>) -> Result<Received, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Received::Whole(Answer::new(
            status,
            headers,
            bytes::Bytes::new(),
        )))
    }

    #[test]
    fn only_what_may_be_repeated_and_may_succeed_later_is_sent_again() {
        let cases = [
            (200, Repeat::Safe, false),
            (400, Repeat::Safe, false),
            (500, Repeat::Safe, false),
            (429, Repeat::Safe, true),
            (502, Repeat::Idempotent, true),
            (503, Repeat::Keyed("Idempotency-Key"), true),
            (504, Repeat::Safe, true),
            (503, Repeat::Never, false),
        ];
        for (status, repeat, expected) in cases {
            let wait = Retries::new(2).wait(0, repeat, &answered(status, None));
            assert_eq!(wait.is_some(), expected, "{status} {repeat:?}");
        }
    }

    #[test]
    fn a_call_is_sent_again_only_so_often() {
        let retries = Retries::new(2);
        let outcome = answered(503, None);
        let waits: Vec<bool> = (0..4)
            .map(|done| retries.wait(done, Repeat::Safe, &outcome).is_some())
            .collect();
        assert_eq!(waits, [true, true, false, false]);
        assert!(Retries::new(0).wait(0, Repeat::Safe, &outcome).is_none());
    }

    #[test]
    fn the_budget_ends_and_successes_fill_it_again() {
        let retries = Retries::new(1);
        let failing = answered(503, None);
        let tries = |count| {
            (0..count)
                .filter(|_| retries.wait(0, Repeat::Safe, &failing).is_some())
                .count()
        };
        assert_eq!(tries(50), 10);
        for _ in 0..10 {
            retries.wait(0, Repeat::Safe, &answered(200, None));
        }
        assert_eq!(tries(50), 1);
    }

    #[test]
    fn the_server_is_waited_for_as_long_as_it_asks() {
        let retries = Retries::new(9);
        let wait = retries
            .wait(0, Repeat::Safe, &answered(503, Some("120")))
            .unwrap();
        assert_eq!(wait, Duration::from_secs(120));
        let wait = retries
            .wait(0, Repeat::Safe, &answered(503, Some("0")))
            .unwrap();
        assert!(wait >= FIRST_WAIT / 2, "{wait:?}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_else_nothing() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("-1"), None);
        assert_eq!(read("soon"), None);
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let wait = read(&later).unwrap();
        assert!(
            wait > Duration::from_secs(90) && wait <= Duration::from_secs(100),
            "{wait:?}"
        );
    }

    #[test]
    fn waits_double_within_their_bounds() {
        for done in [0, 1, 5, 31, u32::MAX] {
            for random in [0, 12_345, u64::MAX] {
                let longest = FIRST_WAIT
                    .saturating_mul(2_u32.saturating_pow(done))
                    .min(LONGEST_WAIT);
                let wait = backoff(done, random);
                assert!(
                    wait >= longest / 2 && wait <= longest,
                    "{done} {random}: {wait:?}"
                );
            }
        }
    }
}
