//! What a token says about itself, where it is a JWT (RFC 7519). Nothing here verifies it: the
//! claims only say when to renew.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
    iat: Option<f64>,
}

/// How long a token lives from `wall_now` (milliseconds since the epoch), by its `exp`. `None`: it
/// is no JWT, it does not say, or it says that it is dead already, which a wrong clock makes of a
/// good token.
///
/// Where the token also says when it was issued, it does not live longer than from there to its
/// end, whatever this machine's clock shows.
pub(crate) fn lifetime(token: &str, wall_now: u64) -> Option<Duration> {
    let claims = claims(token)?;
    let end = claims.exp?;
    let now = Duration::from_millis(wall_now).as_secs_f64();
    let left = match claims.iat {
        Some(issued) => (end - now).min(end - issued),
        None => end - now,
    };
    Duration::try_from_secs_f64(left)
        .ok()
        .filter(|left| !left.is_zero())
}

fn claims(token: &str) -> Option<Claims> {
    let token = token.rsplit(' ').next()?;
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    let payload = Zeroizing::new(payload.ok()?);
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_lifetime_is_read_from_a_jwt() {
        let now = 1_000_000_000;
        for (payload, seconds) in [
            (r#"{"exp":1003600}"#, Some(3600)),
            (r#"{"exp":1003600.5}"#, Some(3600)),
            (r#"{"exp":1003600,"iat":1000000}"#, Some(3600)),
            (r#"{"exp":1003600,"iat":1003000}"#, Some(600)),
            (r#"{"exp":999999}"#, None),
            (r#"{"exp":1000000}"#, None),
            (r#"{"exp":"soon"}"#, None),
            (r#"{"exp":1e300}"#, None),
            (r#"{"sub":"x"}"#, None),
            ("not json", None),
        ] {
            let found = lifetime(&jwt(payload), now).map(|left| left.as_secs());
            assert_eq!(found, seconds, "{payload}");
        }
    }

    #[test]
    fn the_scheme_word_before_a_jwt_is_skipped() {
        let token = format!("Bearer {}", jwt(r#"{"exp":60}"#));
        assert_eq!(lifetime(&token, 0), Some(Duration::from_secs(60)));
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        for token in ["", "abc", "a.b", "a.b.c", "a.b.c.d.e", "..", "é.é.é"] {
            assert_eq!(lifetime(token, 0), None, "{token}");
        }
    }
}
