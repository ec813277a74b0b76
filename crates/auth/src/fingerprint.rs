//! Tells tokens apart in logs and metrics without showing any part of them.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use crate::secret::Secret;

/// Tells a token from others in logs and metrics: 32 bits of a hash of it, keyed with a random key
/// of this process.
///
/// The same token has the same fingerprint as long as the process lives. It holds no part of the
/// token, and without the key nobody can check a guess against it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u32);

/// The standard library's keyed hash (SipHash), whose key is random in each process.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Fingerprint {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self((KEY.hash_one(secret.expose()) >> 32) as u32)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_tokens_apart_and_shows_none_of_them() {
        let of = |text: &str| Fingerprint::of(&Secret::from(text)).to_string();
        assert_eq!(of("deadbeef"), of("deadbeef"));
        assert_ne!(of("deadbeef"), of("deadbeee"));
        assert_ne!(of("deadbeef"), "deadbeef", "it is no prefix");
        assert_eq!(of("deadbeef").len(), 8);
    }
}
