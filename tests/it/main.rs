//! Claims about the product, made as an application would make them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod failure;

mod bad_input;
mod digileaper;
mod digilocker;
mod digitaleo;
mod enboarder;
mod pagination;
mod secrets;
mod servers;
mod stores;
mod sunbird;
