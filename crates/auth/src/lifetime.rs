//! How long a token lives, from what its answer says.

use std::time::{Duration, SystemTime};

use crate::clock::Now;
use crate::confidential::Confidential;
use crate::evaluate::as_number;
use crate::{jwt, rfc3339};

/// Lifetimes beyond this are as good as endless, and would only overflow somewhere.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// What an answer says about a token's end.
#[derive(Default)]
pub(crate) struct Ends {
    pub expires_in: Option<Confidential>,
    pub expires_in_ms: Option<Confidential>,
    pub expires_in_minutes: Option<Confidential>,
    pub expires_at: Option<Confidential>,
}

impl Ends {
    /// How long a token lives that was asked for at `since`: what the answer says, else the
    /// token itself, else `documented` (seconds). `None`: until it is refused.
    ///
    /// An end that is no time, or that is not in the future, is not believed.
    pub fn lifetime(&self, token: &str, documented: Option<u64>, since: Now) -> Option<Duration> {
        let said = seconds(self.expires_in.as_ref(), 1.0)
            .or_else(|| seconds(self.expires_in_ms.as_ref(), 0.001))
            .or_else(|| seconds(self.expires_in_minutes.as_ref(), 60.0))
            .or_else(|| until(self.expires_at.as_ref(), since));
        said.or_else(|| jwt::lifetime(token, since.wall))
            .or_else(|| documented.map(Duration::from_secs))
            .filter(|lifetime| !lifetime.is_zero())
            .map(|lifetime| lifetime.min(LONGEST))
    }
}

fn seconds(value: Option<&Confidential>, unit: f64) -> Option<Duration> {
    positive(as_number(value?.expose())? * unit)
}

fn until(value: Option<&Confidential>, since: Now) -> Option<Duration> {
    let value = value?.expose();
    let text_end = || {
        let text = value.as_str()?.trim();
        rfc3339::unix_seconds(text).or_else(|| http_date(text))
    };
    let end = as_number(value).map(in_seconds).or_else(text_end)?;
    positive(end - Duration::from_millis(since.wall).as_secs_f64())
}

/// The Unix time of a date as HTTP writes it (RFC 9110, 5.6.7), in seconds.
fn http_date(text: &str) -> Option<f64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    let since_epoch = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since_epoch.as_secs_f64())
}

/// Unix seconds, also where a server counts milliseconds, as JavaScript does: as seconds such a
/// number would lie thousands of years ahead.
fn in_seconds(number: f64) -> f64 {
    const YEAR_5138: f64 = 1e11;
    if number < YEAR_5138 {
        number
    } else {
        number / 1000.0
    }
}

fn positive(seconds: f64) -> Option<Duration> {
    let seconds = seconds.min(LONGEST.as_secs_f64());
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SINCE: Now = Now {
        wall: 1_700_000_000_000,
        monotonic: 5,
    };

    fn lifetime(ends: &Ends, documented: Option<u64>) -> Option<f64> {
        let lifetime = ends.lifetime("opaque", documented, SINCE);
        lifetime.map(|lifetime| lifetime.as_secs_f64())
    }

    #[test]
    fn expires_in_is_read_in_every_form_that_servers_send() {
        for (value, seconds) in [
            (json!(3600), Some(3600.0)),
            (json!("3600"), Some(3600.0)),
            (json!(" 3600 "), Some(3600.0)),
            (json!(3599.5), Some(3599.5)),
            (json!("3599.5"), Some(3599.5)),
            (json!(1e9), Some(LONGEST.as_secs_f64())),
            (json!(1e300), Some(LONGEST.as_secs_f64())),
            (json!(u64::MAX), Some(LONGEST.as_secs_f64())),
            (json!(0), None),
            (json!("0"), None),
            (json!(-1), None),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!("an hour"), None),
            (json!(""), None),
            (json!(true), None),
            (json!({"seconds": 1}), None),
        ] {
            let ends = Ends {
                expires_in: Some(value.clone().into()),
                ..Ends::default()
            };
            assert_eq!(lifetime(&ends, None), seconds, "{value}");
            assert_eq!(
                lifetime(&ends, Some(77)),
                seconds.or(Some(77.0)),
                "{value}, and the documented lifetime after it"
            );
        }
    }

    #[test]
    fn milliseconds_minutes_and_moments_are_read() {
        let in_milliseconds = Ends {
            expires_in_ms: Some(json!("1500").into()),
            ..Ends::default()
        };
        assert_eq!(lifetime(&in_milliseconds, None), Some(1.5));
        let in_minutes = Ends {
            expires_in_minutes: Some(json!(20).into()),
            ..Ends::default()
        };
        assert_eq!(lifetime(&in_minutes, None), Some(1200.0));
        for (value, seconds) in [
            (json!(1_700_000_060), Some(60.0)),
            (json!("1700000060"), Some(60.0)),
            (json!(1_700_000_060_500_u64), Some(60.5)),
            (json!("1700000060500"), Some(60.5)),
            (json!(1_600_000_000_000_u64), None),
            (json!("2023-11-14T22:14:20Z"), Some(60.0)),
            (json!("2023-11-14T23:14:20.5+01:00"), Some(60.5)),
            (json!("2023-11-14 22:14:20"), Some(60.0)),
            (json!("Tue, 14 Nov 2023 22:14:20 GMT"), Some(60.0)),
            (json!("Tue, 14 Nov 2003 22:14:20 GMT"), None),
            (json!(1_600_000_000), None),
            (json!("2020-01-01T00:00:00Z"), None),
            (json!("tomorrow"), None),
        ] {
            let ends = Ends {
                expires_at: Some(value.clone().into()),
                ..Ends::default()
            };
            assert_eq!(lifetime(&ends, None), seconds, "{value}");
        }
    }

    #[test]
    fn a_silent_answer_leaves_it_to_the_document_and_then_to_refusal() {
        assert_eq!(lifetime(&Ends::default(), Some(3600)), Some(3600.0));
        assert_eq!(lifetime(&Ends::default(), Some(0)), None);
        assert_eq!(lifetime(&Ends::default(), None), None);
    }
}
