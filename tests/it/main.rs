//! Claims about the product, made as an application would make them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod checkout;
mod failure;
mod outside;

mod bad_input;
mod conformance;
mod dialects;
mod digileaper;
mod digilocker;
mod digitaleo;
mod downstream;
mod enboarder;
mod generation;
mod hostile;
mod mocks;
mod packages;
mod pagination;
mod readme;
mod secrets;
mod servers;
mod stores;
mod sunbird;
