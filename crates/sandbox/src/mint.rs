//! New values that look like the documented ones.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// Where new values come from. They are unique; they need not be unpredictable, since they
/// open nothing but this sandbox.
pub(crate) struct Mint {
    state: AtomicU64,
}

/// A new value is at least this long, unless a schema forbids it.
const SHORTEST: usize = 32;

impl Mint {
    pub(crate) fn new() -> Mint {
        Mint {
            state: AtomicU64::new(RandomState::new().build_hasher().finish()),
        }
    }

    /// New values in the likeness of the example, the best first: later ones stay closer to
    /// the example's form, for schemas that ask for it.
    pub(crate) fn like(&self, example: &Value, lifetime: Duration) -> Vec<Value> {
        match example {
            Value::Number(_) => {
                let digits = example.to_string().len().clamp(1, 15) as u32;
                let floor = 10u64.pow(digits - 1);
                vec![json!(floor + self.next() % (9 * floor))]
            }
            Value::String(text) => {
                let (prefix, text) = scheme_word(text);
                let opaque = match self.jwt(text, lifetime) {
                    Some(jwt) => jwt,
                    None => self.opaque(text.len().max(SHORTEST)),
                };
                [opaque, self.same_form(text)]
                    .map(|text| Value::from(format!("{prefix}{text}")))
                    .to_vec()
            }
            _ => vec![Value::from(self.opaque(SHORTEST))],
        }
    }

    /// A new value of this many letters and digits.
    pub(crate) fn opaque(&self, length: usize) -> String {
        self.pick(
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            length,
        )
    }

    /// An unsigned token in the form of a JWT, with the example's claims and a new `exp`.
    fn jwt(&self, example: &str, lifetime: Duration) -> Option<String> {
        let mut segments = example.split('.');
        let (header, payload) = (segments.next()?, segments.next()?);
        let signature = segments.next()?;
        if segments.next().is_some() || !is_jose_header(header) {
            return None;
        }
        let mut claims = object(payload).unwrap_or_default();
        let now = Utc::now().timestamp();
        claims.remove("nbf");
        claims.insert("iat".to_owned(), json!(now));
        claims.insert("exp".to_owned(), json!(now + whole_seconds(lifetime)));
        claims.insert("jti".to_owned(), json!(self.opaque(16)));
        Some(format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
            URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string()),
            self.opaque(signature.len().max(1)),
        ))
    }

    /// Each letter and digit of the example replaced by another of its kind.
    fn same_form(&self, example: &str) -> String {
        let is_hexadecimal = |letter: char| letter.is_ascii_hexdigit() || !letter.is_alphanumeric();
        let lower: &[u8] = if example.chars().all(is_hexadecimal) {
            b"abcdef"
        } else {
            b"abcdefghijklmnopqrstuvwxyz"
        };
        example
            .chars()
            .map(|letter| match letter {
                '0'..='9' => self.pick(b"0123456789", 1),
                'a'..='z' => self.pick(lower, 1),
                'A'..='Z' => self.pick(lower, 1).to_ascii_uppercase(),
                other => other.to_string(),
            })
            .collect()
    }

    fn pick(&self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[self.next() as usize % alphabet.len()]))
            .collect()
    }

    /// SplitMix64: a permutation of a counter, so that long values never repeat.
    fn next(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut value = self.state.fetch_add(step, Ordering::Relaxed);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }
}

/// A lifetime in the JSON type of the example, at least one second: `"3600"` stays text.
pub(crate) fn lifetime_like(example: &Value, amount: i64) -> Value {
    match example {
        Value::String(_) => Value::from(amount.to_string()),
        Value::Number(number) if number.is_f64() => Value::from(amount as f64),
        _ => Value::from(amount),
    }
}

/// A moment in the form of the example: RFC 3339, with or without a zone, an HTTP date, or Unix
/// seconds or milliseconds as number or text.
pub(crate) fn moment_like(example: &Value, lifetime: Duration) -> Value {
    let seconds = Utc::now().timestamp() + whole_seconds(lifetime);
    match example {
        Value::String(text) if text.parse::<f64>().is_err() => {
            match DateTime::from_timestamp(seconds, 0) {
                Some(moment) => Value::from(written_like(text, moment)),
                None => example.clone(),
            }
        }
        _ if counts_milliseconds(example) => lifetime_like(example, seconds.saturating_mul(1000)),
        _ => lifetime_like(example, seconds),
    }
}

fn written_like(example: &str, moment: DateTime<Utc>) -> String {
    let without_zone = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let fits = |format: &&&str| NaiveDateTime::parse_from_str(example, format).is_ok();
    if let Some(format) = without_zone.iter().find(fits) {
        return moment.format(&format.replace("%.f", "")).to_string();
    }
    match DateTime::parse_from_rfc2822(example) {
        Ok(_) => moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        Err(_) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

/// Whether a moment can only be meant in milliseconds: as seconds it is thousands of years ahead.
fn counts_milliseconds(moment: &Value) -> bool {
    let number = match moment {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    number.is_some_and(|number: f64| number >= 1e11)
}

/// The seconds of a lifetime, rounded up, since an answer of 0 says nothing.
pub(crate) fn whole_seconds(lifetime: Duration) -> i64 {
    let up = u64::from(lifetime.subsec_nanos() > 0);
    i64::try_from(lifetime.as_secs().saturating_add(up)).map_or(i64::from(i32::MAX), |seconds| {
        seconds.clamp(1, i64::from(i32::MAX))
    })
}

/// A word and a space before a token, as in `Bearer abc`, and the rest.
fn scheme_word(text: &str) -> (&str, &str) {
    match text.find(' ') {
        Some(space)
            if space > 0
                && text[..space]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !text[space + 1..].contains(' ') =>
        {
            text.split_at(space + 1)
        }
        _ => ("", text),
    }
}

fn is_jose_header(segment: &str) -> bool {
    object(segment).is_some_and(|header| header.contains_key("alg") || header.contains_key("typ"))
}

fn object(segment: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn like(example: &str) -> Vec<String> {
        Mint::new()
            .like(&json!(example), HOUR)
            .iter()
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_word_before_a_token_is_kept() {
        for value in like("Bearer <token>") {
            assert!(value.starts_with("Bearer "), "{value}");
            assert_eq!(value.matches(' ').count(), 1, "{value}");
        }
        assert!(!like("two spaces here")[0].starts_with("two "));
    }

    #[test]
    fn a_jwt_becomes_a_jwt_with_the_claims_of_the_example_and_a_new_end() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"someone","exp":1}"#);
        let minted = &like(&format!("{header}.{payload}.c2lnbmF0dXJl"))[0];
        let segments: Vec<&str> = minted.split('.').collect();
        assert_eq!(segments.len(), 3);
        let claims = object(segments[1]).unwrap();
        assert_eq!(claims["sub"], "someone");
        let left = claims["exp"].as_i64().unwrap() - Utc::now().timestamp();
        assert!((3590..=3600).contains(&left), "{left}");
    }

    #[test]
    fn an_opaque_value_is_about_as_long_as_the_example_and_its_form_can_be_kept() {
        assert_eq!(like("x")[0].len(), SHORTEST);
        assert_eq!(like(&"a".repeat(50_000))[0].len(), 50_000);
        let uuid = &like("123e4567-e89b-12d3-a456-426614174000")[1];
        assert_eq!(uuid.len(), 36);
        assert!(
            uuid.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        );
    }

    #[test]
    fn values_do_not_repeat() {
        let mint = Mint::new();
        let values: std::collections::HashSet<String> =
            (0..10_000).map(|_| mint.opaque(SHORTEST)).collect();
        assert_eq!(values.len(), 10_000);
    }

    #[test]
    fn a_lifetime_keeps_the_type_of_the_example() {
        assert_eq!(lifetime_like(&json!("3600"), 5), json!("5"));
        assert_eq!(lifetime_like(&json!(3600), 5), json!(5));
        assert_eq!(lifetime_like(&json!(3600.5), 5), json!(5.0));
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::MAX), i64::from(i32::MAX));
        for (example, form) in [
            ("2025-01-01T00:00:00Z", "dddd-dd-ddTdd:dd:ddZ"),
            ("2025-01-01T00:00:00.123", "dddd-dd-ddTdd:dd:dd"),
            ("2025-01-01 00:00:00", "dddd-dd-dd dd:dd:dd"),
            (
                "Wed, 01 Jan 2025 00:00:00 GMT",
                "aaa, dd aaa dddd dd:dd:dd GMT",
            ),
        ] {
            let moment = moment_like(&json!(example), HOUR);
            let is_like = |(written, form): (char, char)| match form {
                'd' => written.is_ascii_digit(),
                'a' => written.is_ascii_alphabetic(),
                form => written == form,
            };
            let text = moment.as_str().unwrap();
            assert_eq!(text.len(), form.len(), "{text}");
            assert!(text.chars().zip(form.chars()).all(is_like), "{text}");
        }
        assert!(moment_like(&json!(1_700_000_000), HOUR).is_i64());
        let moment = |example| moment_like(&example, HOUR).as_i64().unwrap();
        assert!(moment(json!(1_700_000_000)) < 100_000_000_000);
        assert!(moment(json!(1_700_000_000_000_i64)) > 100_000_000_000);
    }
}
