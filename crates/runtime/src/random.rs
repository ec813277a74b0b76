//! Numbers that need not be secret: boundaries, idempotency keys, jitter.

use std::hash::{BuildHasher, RandomState};

/// A random number. It comes from the keys that the standard library draws for its hash maps,
/// which is random enough for what must be unlike any other and need not be unguessable.
pub(crate) fn number() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> String {
    let (high, low) = (number(), number());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_differ_and_look_like_a_uuid() {
        let (one, other) = (uuid(), uuid());
        assert_ne!(one, other);
        let groups: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}
