//! What an HTTP/2 server says about a request apart from an answer.

use std::error::Error;
use std::iter::successors;

use h2::Reason;

/// Whether a request that failed was certainly not processed, so that it may be sent again
/// whatever it does: there was no connection, or the server said so (HTTP/2's REFUSED_STREAM, and
/// the end of a connection in good order; RFC 9113, 8.7).
pub fn was_not_processed(error: &reqwest::Error) -> bool {
    let mut causes = successors(error.source(), |cause| Error::source(*cause));
    error.is_connect() || causes.any(|cause| cause.downcast_ref().is_some_and(says_so))
}

/// What a cause of a failure says. An HTTP/2 server may add words of its own to the end of a
/// connection; they are not repeated, because they may hold anything of the request.
pub fn cause_text(cause: &(dyn Error + 'static)) -> String {
    let error = cause.downcast_ref::<h2::Error>();
    match error.and_then(h2::Error::reason) {
        Some(reason) => format!("HTTP/2: {reason}"),
        None => cause.to_string(),
    }
}

fn says_so(error: &h2::Error) -> bool {
    let reason = error.reason();
    let is_refused = error.is_reset() && reason == Some(Reason::REFUSED_STREAM);
    let is_ended = error.is_go_away() && reason == Some(Reason::NO_ERROR);
    error.is_remote() && (is_refused || is_ended)
}
