//! Claims about reading and checking, on a small API and on faults that are put into it.

// A test fails by a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod agreement;
mod arazzo;
mod hostile;
mod json;
mod lamp;
mod model;
mod openapi;
mod overlay;
mod places;
mod renewal;
mod revocation;
mod rules;
mod standards;
mod warnings;
mod yaml;
