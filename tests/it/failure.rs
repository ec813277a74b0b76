//! What a failed call says.

use std::error::Error as _;

use keyfob_runtime::auth::AuthError;
use keyfob_runtime::{Error, ErrorKind};

/// Why there was no token. Panics when the call failed for another reason.
pub fn token<E>(error: &Error<E>) -> &AuthError {
    match error.kind() {
        ErrorKind::Auth(error) => error,
        _ => panic!("not for want of a token: {error}"),
    }
}

/// Panics unless the text has all of the words.
pub fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

/// All that an error tells: itself and its causes, for people and for programmers.
pub fn everything<E: 'static>(error: &Error<E>) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("{error}\n{error:?}\n{error:#?}\n"));
        cause = error.source();
    }
    text
}
