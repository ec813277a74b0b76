//! What the generated `mock` modules are written on: typed requests and answers for httpmock.
//!
//! A [`MockServer`] stands in for an API in an application's own tests. For each operation, the
//! generated trait `MockServerExt` adds a method that takes what to wait for and what to answer.
//! The client under test goes its whole way: it gets its token, retries and gives up as it does
//! in production.
//!
//! - **Answers in turn**: each answer that is named is given once, the last one again and again;
//!   `times(n)` gives one `n` times. A last answer with `times` ends the mock, and the next mock
//!   that fits has its turn.
//! - **Which mock answers**: the first one, in the order in which they were made, that fits and
//!   has not ended.
//! - **When none does**, the answer is a 501 whose message names the nearest mock and the part of
//!   the request that differs. It is shown in the client's error, by [`MockServer::unanswered`]
//!   and by the assertions of a [`Mock`].
//!
//! No message shows what is typed as a secret, or a header. A mock that cannot be set up fails
//! its test at once and by a panic, since one that never matches would say nothing.

mod answer;
mod difference;
mod expectation;
mod received;
mod request;
mod server;

pub use answer::{Answer, within};
pub use httpmock;
pub use received::ReceivedRequest;
pub use request::Request;
pub use server::{Mock, MockServer};

use crate::operation::Operation;

/// The type of the requests of one operation: what all of them have.
#[doc(hidden)]
#[macro_export]
macro_rules! mock_request {
    ($about:literal, $name:ident) => {
        #[doc = $about]
        pub struct $name(pub(super) $crate::mock::Request);

        impl $name {
            /// Only those without this parameter, which the document calls by this name.
            #[track_caller]
            pub fn without(self, parameter: &str) -> Self {
                Self(self.0.without(parameter))
            }

            /// Only those with this header, for example the `authorization` that is expected.
            pub fn with_header(self, name: &str, value: &str) -> Self {
                Self(self.0.with_header(name, value))
            }

            /// httpmock's own conditions, to add others.
            pub fn into_inner(self) -> $crate::mock::httpmock::When {
                self.0.into_inner()
            }
        }
    };
}

/// The type of the answers of one operation: what all of them have.
#[doc(hidden)]
#[macro_export]
macro_rules! mock_answer {
    ($about:literal, $name:ident) => {
        #[doc = $about]
        ///
        /// Each answer that is named is given once, the last one again and again.
        pub struct $name(pub(super) $crate::mock::Answer);

        impl $name {
            /// An answer that the document does not know.
            #[track_caller]
            pub fn undocumented(
                self,
                status: u16,
                media_type: &str,
                body: impl ::std::convert::Into<::std::vec::Vec<u8>>,
            ) -> Self {
                Self(self.0.bytes(status, media_type, body))
            }

            /// Adds a header to the answer that was named last.
            #[track_caller]
            pub fn with_header(self, name: &str, value: &str) -> Self {
                Self(self.0.with_header(name, value))
            }

            /// Gives the answer that was named last so many times. If none follows, the mock
            /// ends after it.
            #[track_caller]
            pub fn times(self, times: usize) -> Self {
                Self(self.0.times(times))
            }

            /// Waits before each of the answers.
            pub fn delay(self, delay: ::std::time::Duration) -> Self {
                Self(self.0.delay(delay))
            }

            /// httpmock's own answer, in place of those that this offers.
            pub fn into_inner(self) -> $crate::mock::httpmock::Then {
                self.0.into_inner()
            }
        }
    };
}

#[expect(
    clippy::panic,
    reason = "a helper of tests: a mock that cannot be set up fails its test"
)]
#[track_caller]
fn fail(operation: &Operation, problem: &str) -> ! {
    panic!("mock of {}: {problem}", operation.endpoint.operation_id)
}
