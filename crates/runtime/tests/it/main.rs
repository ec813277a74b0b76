//! Claims about the runtime, shown on recorded requests and hand-written answers.

// Helpers of tests fail their tests.
#![allow(clippy::panic, clippy::unwrap_used)]

mod answers;
mod api;
mod bodies;
mod building;
mod deadlines;
mod errors;
mod generated_types;
mod hooks;
mod http2;
#[cfg(feature = "mock")]
mod mocks;
mod observing;
mod pages;
mod parameters;
mod redirects;
mod retries;
mod security;
mod server;
mod streams;
