//! A conformance server: the generated client of `tests/specs/conformance-server` against a server
//! that judges the bytes by rules of its own, written by hand from the standards.

mod answers;
mod authentication;
mod requests;
mod resilience;
mod server;
