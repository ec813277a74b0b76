//! Tries every operation of a generated client, with values made from its document.
//!
//! A generated crate's tests say how each of its operations is mocked and called, as
//! [`Operation`]s. From there on everything follows from the OpenAPI document:
//!
//! - [`round_trips`] makes up requests and answers, hostile but legal values among them, and
//!   claims that they pass through mock and client unchanged. What was sent is read by the
//!   sandbox's decoder, which shares no code with the client.
//! - [`served`] calls each operation of the sandbox with as little and with as much as the
//!   document allows, and claims that the answer is a documented one. With `KEYFOB_PRISM` naming
//!   the program, all requests pass through [Prism](https://github.com/stoplightio/prism), which
//!   must find no violation.
//!
//! These are helpers of tests: they fail by a panic that lists what is wrong.

mod answers;
mod compare;
mod prism;
mod requests;
mod round_trip;
mod served;
mod stage;
mod texts;
mod trial;
mod values;

use std::future::Future;
use std::pin::Pin;

pub use keyfob_runtime::mock::{Mock, MockServer};
pub use round_trip::round_trips;
pub use served::{served, way_in};
pub use stage::{Key, Stage};
pub use trial::{Answered, Content, Trial, json, judge, judge_stream};

/// How an operation of a generated client is mocked and called.
pub struct Operation<C> {
    /// Its id in the document.
    pub id: &'static str,
    /// The media types of its body that the client writes.
    pub bodies: &'static [&'static str],
    /// The answers that the client reads.
    pub answers: &'static [Documented],
    /// Sets up a mock that waits for the trial's request and gives its answer twice: typed, and
    /// as it stands on the wire.
    pub mock: for<'s> fn(&'s MockServer, &Trial) -> Mock<'s>,
    /// Sends the trial's request.
    pub call: for<'c> fn(&'c C, &'c Trial) -> Calling<'c>,
}

/// A way in: gets a token by one workflow, and claims that the sandbox takes it.
pub type WayIn = for<'s> fn(&'s Stage) -> Pin<Box<dyn Future<Output = ()> + 's>>;

/// A call on its way, and what comes of it.
pub type Calling<'c> = Pin<Box<dyn Future<Output = Result<Answered, String>> + Send + 'c>>;

/// An answer that the client reads.
#[derive(Debug, Clone, Copy)]
pub struct Documented {
    /// The status as the document has it: `200`, `4XX` or `default`.
    pub status: &'static str,
    /// The media type that it is written in.
    pub media_type: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Empty,
    /// JSON.
    Json,
    /// Text.
    Text,
    /// Text that is a secret as a whole; blanks around it do not count.
    Token,
    /// Text that comes in place of JSON.
    OtherText,
    /// Bytes.
    Bytes,
}
