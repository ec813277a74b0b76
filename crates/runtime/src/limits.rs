//! What one call may take.

use std::time::Duration;

/// What one call may take, in place of what its client allows.
///
/// ```
/// use std::time::Duration;
/// use keyfob_runtime::Limits;
///
/// // A long export: two minutes, and an answer of up to 64 MiB.
/// let limits = Limits {
///     timeout: Some(Duration::from_secs(120)),
///     max_response_size: Some(64 << 20),
/// };
/// assert_eq!(Limits::default().timeout, None); // as the client allows
/// # let _ = limits;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// How long: [`ClientBuilder::timeout`](crate::ClientBuilder::timeout).
    pub timeout: Option<Duration>,
    /// How many bytes its answer may have:
    /// [`ClientBuilder::max_response_size`](crate::ClientBuilder::max_response_size).
    pub max_response_size: Option<usize>,
}

/// The methods of a call's builder for its [`Limits`], kept in its field `call_limits`.
#[doc(hidden)]
#[macro_export]
macro_rules! call_limits {
    () => {
        /// How long this call may take, in place of the client's timeout.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.call_limits.timeout = ::std::option::Option::Some(timeout);
            self
        }

        /// How many bytes the answer to this call may have, in place of the client's limit.
        pub fn max_response_size(mut self, bytes: usize) -> Self {
            self.call_limits.max_response_size = ::std::option::Option::Some(bytes);
            self
        }
    };
}

/// What a call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// How many bytes an answer may have.
    pub(crate) max_response_size: usize,
}

impl Allowance {
    /// The same, but for what the call's own limits say.
    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self {
            timeout: limits.timeout.unwrap_or(self.timeout),
            max_response_size: limits.max_response_size.unwrap_or(self.max_response_size),
        }
    }
}
