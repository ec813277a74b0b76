//! Four invented APIs, `tests/specs`, each with oddities of its own: what goes over the wire is
//! what their specs say, without a line of Rust written for them.

mod ferrylane;
mod lantern;
mod quayside;
mod tidewatch;

use keyfob_tests::recorder::{Recorder, Request};

/// The latest request to a path.
fn last(recorder: &Recorder, path: &str) -> Request {
    recorder.requests_to(path).pop().unwrap()
}
