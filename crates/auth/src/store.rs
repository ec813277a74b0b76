//! Where tokens are kept, so that a login outlives the process and is shared by its peers.
//!
//! A store keeps one [`Record`] for each credential. What a process does with it is always the
//! same: lock, load, use what a peer has left there or else run the workflow, put. The put names
//! the version that was loaded, so that a record is never overwritten unseen, even where a lock
//! is lost.

#[cfg(feature = "file-store")]
mod file;
mod key;
mod memory;
mod record;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;

#[cfg(feature = "file-store")]
pub use file::FileStore;
pub(crate) use key::Identity;
pub use key::StoreKey;
pub use memory::MemoryStore;
pub use record::Record;

/// A place where tokens are kept.
///
/// ```
/// use std::sync::Arc;
/// use keyfob_auth::{MemoryStore, TokenStore};
///
/// let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
/// ```
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// What is kept for a credential.
    ///
    /// # Errors
    ///
    /// The place cannot be read, or what is there is no record that this version understands.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Versioned>>;

    /// Replaces what is kept, if it still has the version `expected` ([`Version::NONE`]: if there
    /// is nothing). When this returns, the record must outlive a crash as far as the place can
    /// promise it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if somebody else was faster; nothing is changed then. Otherwise
    /// the place cannot be written.
    fn compare_and_put<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Version,
        record: &'a Record,
    ) -> StoreFuture<'a, Version>;

    /// Keeps peers from acquiring the same token at the same time, until the guard is dropped or
    /// its process dies. It does not protect the record; comparing versions does.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if a peer holds it for longer than `limit`.
    fn lock<'a>(&'a self, key: &'a StoreKey, limit: Duration) -> StoreFuture<'a, StoreGuard>;
}

/// What a [`TokenStore`] gives back.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A record, and which one it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned {
    /// Which one it is.
    pub version: Version,
    /// The record.
    pub record: Record,
}

/// Tells a record from those before and after it in the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

impl Version {
    /// There is no record yet.
    pub const NONE: Self = Self(0);

    /// The version of this number, as a store wrote it down.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The version of the record that replaces this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1).max(1))
    }
}

/// Holds a lock of a [`TokenStore`] until it is dropped.
pub struct StoreGuard {
    _held: Box<dyn Send>,
}

impl StoreGuard {
    /// A guard that drops `held` when it is dropped.
    pub fn new(held: impl Send + 'static) -> Self {
        Self {
            _held: Box::new(held),
        }
    }
}

impl fmt::Debug for StoreGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StoreGuard")
    }
}

/// Why a store failed. Its text never holds what is kept there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else replaced the record first.
    #[error("the kept token was replaced by another process at the same time; try again")]
    Conflict,
    /// Somebody else holds the lock.
    #[error(
        "{place} is locked by another process for more than {} seconds; see what that process waits for",
        .limit.as_secs()
    )]
    Locked {
        /// What is locked.
        place: String,
        /// How long it was tried.
        limit: Duration,
    },
    /// What is kept there is no record, or only a part of one.
    #[error("{place} holds no whole token record ({problem}){}", aside(.kept.as_deref()))]
    Damaged {
        /// Where it was.
        place: String,
        /// What is wrong with it.
        problem: String,
        /// Where it is now, for somebody to look at.
        kept: Option<String>,
    },
    /// A later version of this library wrote the record. It is left as it is.
    #[error(
        "{place} is a token record of format {format}, and this program knows formats up to {known}; update it, or keep its tokens elsewhere"
    )]
    NewerFormat {
        /// Where it is.
        place: String,
        /// Its format.
        format: u64,
        /// The latest format that is understood.
        known: u64,
    },
    /// The place cannot be read or written.
    #[error("{place}: {problem}")]
    Unusable {
        /// Where.
        place: String,
        /// What happened, and what to do.
        problem: String,
    },
}

fn aside(kept: Option<&str>) -> String {
    match kept {
        Some(kept) => format!("; it is kept as {kept}, and a new one will be begun"),
        None => String::new(),
    }
}
