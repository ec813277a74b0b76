//! What the claims in `tests/it` stand on: a server that answers by hand-written answers and
//! keeps the bytes of each request.

pub mod recorder;

/// The README's program is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
