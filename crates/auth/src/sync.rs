//! What the threads that use a cell share it by.
//!
//! The model of the cell (`cell_model.rs`) has another module of this name, with the same things
//! made for it to watch.

pub(crate) use std::sync::atomic::AtomicU64;
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use arc_swap::ArcSwapOption;
