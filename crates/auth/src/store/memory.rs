//! Keeps tokens in memory, for as long as the process lives.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::{
    Record, StoreError, StoreFuture, StoreGuard, StoreKey, TokenStore, Version, Versioned,
};

/// Keeps tokens in memory, so that several clients of one process share them. A client without a
/// store keeps its own. Every record stays until the store is dropped.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<StoreKey, Place>>);

#[derive(Default)]
struct Place {
    kept: Option<Versioned>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<StoreKey, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(
        &self,
        key: &StoreKey,
        expected: Version,
        record: &Record,
    ) -> Result<Version, StoreError> {
        let mut places = self.places();
        let place = places.entry(key.clone()).or_default();
        let version = place
            .kept
            .as_ref()
            .map_or(Version::NONE, |kept| kept.version);
        if version != expected {
            return Err(StoreError::Conflict);
        }
        let version = version.next();
        let record = record.clone();
        place.kept = Some(Versioned { version, record });
        Ok(version)
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Versioned>> {
        Box::pin(async move {
            let places = self.places();
            Ok(places.get(key).and_then(|place| place.kept.clone()))
        })
    }

    fn compare_and_put<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Version,
        record: &'a Record,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move { self.put(key, expected, record) })
    }

    fn lock<'a>(&'a self, key: &'a StoreKey, limit: Duration) -> StoreFuture<'a, StoreGuard> {
        Box::pin(async move {
            let lock = {
                let mut places = self.places();
                Arc::clone(&places.entry(key.clone()).or_default().lock)
            };
            let locked = timeout(limit, lock.lock_owned()).await;
            locked.map(StoreGuard::new).map_err(|_| StoreError::Locked {
                place: "a kept token".to_owned(),
                limit,
            })
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MemoryStore")
    }
}
