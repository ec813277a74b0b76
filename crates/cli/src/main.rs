//! The keyfob command line.
fn main() {}
