//! Which answers refuse a credential.

use http::header::WWW_AUTHENTICATE;

use crate::api::Scheme;
use crate::evaluate::{Scope, reads_body};
use crate::reading::Reading;

/// Whether an answer refuses a scheme's credential: status 401, or whatever the scheme's
/// `x-refused-when` says instead. An answer that asks for more scope does not: another token of
/// the same credential would not have it either (RFC 6750, 3.1).
pub(crate) fn refuses(scheme: &Scheme, reading: &Reading<'_>) -> bool {
    let refused = match scheme.refused_when {
        [] => reading.status() == 401,
        conditions => conditions
            .iter()
            .any(|condition| Scope::answer(reading).holds(condition)),
    };
    refused && !asks_for_scope(reading)
}

/// Whether the body has to be read to know it.
pub(crate) fn needs_body(scheme: &Scheme) -> bool {
    scheme.refused_when.iter().any(reads_body)
}

fn asks_for_scope(reading: &Reading<'_>) -> bool {
    let mut challenges = reading.headers().get_all(WWW_AUTHENTICATE).iter();
    challenges.any(|challenge| {
        let text = String::from_utf8_lossy(challenge.as_bytes());
        text.contains("insufficient_scope")
    })
}
