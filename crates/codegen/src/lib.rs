//! Turns a checked API description into the files of a typed client crate.
//!
//! [`render`] is a pure function from a folder of specs to texts; [`write()`] and [`check`]
//! are two uses of its result. Nothing here names an API.

mod auth;
pub mod client;
mod command;
mod crate_root;
mod documentation;
mod manifest;
mod names;
mod panics;
mod print;
mod readme;
mod render;
mod sandbox_test;
mod unchanged;
mod unsupported;
mod write;

pub use command::{Generate, GenerateError};
pub use render::{Layout, Linkage, Rendering, render, render_specs};
pub use unchanged::Unchanged;
pub use write::{Changes, Difference, Kind, check, write};
