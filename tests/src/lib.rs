//! What the claims in `tests/it` stand on: a server that answers by hand-written answers and
//! keeps the bytes of each request.

pub mod recorder;
