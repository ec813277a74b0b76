//! What a typed call costs over raw `reqwest`, and what a long stream takes of memory.

mod contest;
mod in_flight;
mod one_by_one;
mod streams;
mod turns;

pub(crate) use streams::{PROGRAM as STREAM, run as stream};

use crate::Outcome;
use crate::report;

/// What a typed call may cost over the same by raw `reqwest`, in time on the CPU.
const GOAL: f64 = 1.05;

pub(crate) fn run() -> Outcome {
    report::print(
        "runtime: one call after the other, thread CPU per call",
        &one_by_one::figures()?,
    );
    report::print(
        "runtime: many calls in flight on one client, thread CPU per call",
        &in_flight::figures()?,
    );
    report::print(
        "runtime: a stream, the peak memory of a process that has server and client in it",
        &streams::figures()?,
    );
    Ok(())
}
