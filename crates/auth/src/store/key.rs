//! Under which name a credential's record is kept.

use std::fmt;

use sha2::{Digest, Sha256};

/// The name of one credential's record: the same for the same credential of the same API at the
/// same servers, and another one for any other, a changed secret included.
///
/// It holds a hash of the credential and no part of it, and it is fit to be a file's name on any
/// platform.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StoreKey(String);

impl StoreKey {
    /// The key of whatever is told apart by these texts. `labels` go into the name for people to
    /// read; `identity` only as a hash.
    pub fn new(labels: &[&str], identity: &[&str]) -> Self {
        let mut hashed = Identity::new("texts");
        identity.iter().for_each(|text| hashed.text(text));
        Self::of(labels, &hashed)
    }

    pub(crate) fn of(labels: &[&str], identity: &Identity) -> Self {
        let mut name = String::new();
        let mut identity = identity.clone();
        for label in labels {
            identity.text(label);
            name.extend(label.chars().take(LONGEST_LABEL).map(plain));
            name.push('-');
        }
        for byte in identity.digest() {
            name.push_str(&format!("{byte:02x}"));
        }
        Self(name)
    }

    /// The name: letters, digits, `-` and `_`.
    pub fn name(&self) -> &str {
        &self.0
    }
}

const LONGEST_LABEL: usize = 32;

fn plain(character: char) -> char {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => character,
        _ => '-',
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StoreKey({})", self.0)
    }
}

/// What makes a credential this one and no other, as a hash.
#[derive(Clone)]
pub(crate) struct Identity(Sha256);

impl Identity {
    pub fn new(kind: &str) -> Self {
        let mut identity = Self(Sha256::new());
        identity.text(kind);
        identity
    }

    /// Each text counts with its length, so that no two lists of texts are alike.
    pub fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    pub fn identity(&mut self, other: &Self) {
        self.0.update(other.digest());
    }

    fn digest(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_fit_for_a_file_and_tells_lists_of_texts_apart() {
        let labels = ["my api/../x", "a\u{e9}b"];
        let keys = [
            StoreKey::new(&labels, &["ab", "c"]),
            StoreKey::new(&labels, &["a", "bc"]),
            StoreKey::new(&labels, &["abc"]),
            StoreKey::new(&["my api-..-x", "a-b"], &["abc"]),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(key.name().starts_with("my-api----x-a-b-"), "{key:?}");
            assert!(!keys[..index].contains(key), "{key:?}");
        }
        assert_eq!(keys[0], StoreKey::new(&labels, &["ab", "c"]));
        let long = "x".repeat(1000);
        assert!(StoreKey::new(&[&long, &long, &long], &[]).name().len() < 200);
    }
}
