//! Text that must not be seen: censored in `Debug`, wiped when dropped, written only into requests.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// A password, key, code or token.
///
/// It has no `Display`, its `Debug` is censored, its memory is wiped when it is dropped, two of
/// them are compared in constant time, and it serializes only into a request (see
/// [`into_request`]).
///
/// ```
/// let secret = keyfob_auth::Secret::from("hunter2");
/// assert_eq!(format!("{secret:?}"), "[secret]");
/// assert!(serde_json::to_string(&secret).is_err());
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself. Every call is a place where the secret can leak.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

thread_local! {
    static REQUEST_DEPTH: Cell<u32> = const { Cell::new(0) };
    static WRITTEN: RefCell<Option<Vec<Secret>>> = const { RefCell::new(None) };
}

/// Runs `write` as [`into_request`] does, and gives the secrets that it wrote: what a server
/// repeats of them is not to be shown.
#[doc(hidden)]
pub fn written_into_request<T>(write: impl FnOnce() -> T) -> (T, Vec<Secret>) {
    struct Scope(Option<Vec<Secret>>);
    impl Drop for Scope {
        fn drop(&mut self) {
            WRITTEN.replace(self.0.take());
        }
    }
    let scope = Scope(WRITTEN.replace(Some(Vec::new())));
    let result = into_request(write);
    let written = WRITTEN.take().unwrap_or_default();
    drop(scope);
    (result, written)
}

/// Runs `write`, in which a [`Secret`] may be serialized on this thread: it writes a request.
#[doc(hidden)]
pub fn into_request<T>(write: impl FnOnce() -> T) -> T {
    struct Scope;
    impl Drop for Scope {
        fn drop(&mut self) {
            REQUEST_DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
        }
    }
    REQUEST_DEPTH.with(|depth| depth.set(depth.get() + 1));
    let _scope = Scope;
    write()
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl PartialEq for Secret {
    /// Takes as long for the first differing byte as for the last; only the length is not hidden.
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = left
            .iter()
            .zip(right)
            .fold(0, |difference, (a, b)| black_box(difference | (a ^ b)));
        left.len() == right.len() && difference == 0
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if REQUEST_DEPTH.with(Cell::get) == 0 {
            return Err(S::Error::custom("a secret serializes only into a request"));
        }
        WRITTEN
            .with_borrow_mut(|written| written.iter_mut().for_each(|all| all.push(self.clone())));
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Secret {
    fn schema_name() -> String {
        "Secret".to_owned()
    }

    fn is_referenceable() -> bool {
        false
    }

    fn json_schema(_: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        schemars::schema::SchemaObject {
            instance_type: Some(schemars::schema::InstanceType::String.into()),
            format: Some("password".to_owned()),
            ..Default::default()
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_serializes_only_into_a_request() {
        let secret = Secret::from("hunter2");
        let refused = serde_json::to_string(&secret).unwrap_err().to_string();
        assert_eq!(refused, "a secret serializes only into a request");
        let written = into_request(|| serde_json::to_string(&secret)).unwrap();
        assert_eq!(written, "\"hunter2\"");
        assert!(serde_json::to_string(&secret).is_err(), "the scope ends");
    }

    #[test]
    fn the_scope_ends_when_writing_panics() {
        let panicked = std::panic::catch_unwind(|| into_request(|| panic!("while writing")));
        assert!(panicked.is_err());
        assert!(serde_json::to_string(&Secret::from("x")).is_err());
    }

    #[test]
    fn scopes_nest() {
        let secret = Secret::from("x");
        into_request(|| {
            into_request(|| ());
            assert!(serde_json::to_string(&secret).is_ok());
        });
    }

    #[test]
    fn what_was_written_is_told_to_whoever_asked_and_kept_nowhere() {
        let (outer, inner) = (Secret::from("outer"), Secret::from("inner"));
        let (_, written) = written_into_request(|| {
            let (_, written) = written_into_request(|| serde_json::to_string(&inner));
            assert_eq!(written, [inner]);
            serde_json::to_string(&outer)
        });
        assert_eq!(written, [outer]);
        assert!(WRITTEN.with_borrow(Option::is_none));
    }

    #[test]
    fn debug_is_censored() {
        assert_eq!(format!("{:?}", Secret::from("hunter2")), "[secret]");
    }

    #[test]
    fn equality_looks_at_every_byte_and_the_length() {
        for (left, right, equal) in [
            ("", "", true),
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("abc", "ab", false),
            ("", "a", false),
        ] {
            assert_eq!(Secret::from(left) == Secret::from(right), equal);
        }
    }
}
