//! Secrets that a request must not have empty.

use keyfob_auth::Secret;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

/// Serializes a secret that must not be empty; an absent one is none of that. Generated types
/// name it in `serialize_with`.
///
/// # Errors
///
/// The secret is empty.
pub fn filled_secret<'s, S: Serializer>(
    secret: impl Into<Option<&'s Secret>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let secret = secret.into();
    if secret.is_some_and(Secret::is_empty) {
        return Err(S::Error::custom("it must not be empty"));
    }
    secret.serialize(serializer)
}
