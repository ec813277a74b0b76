//! One credential's record, between its store and whoever acquires its token.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{AuthError, AuthErrorKind};
use crate::store::{Record, StoreError, StoreGuard, StoreKey, TokenStore, Version};

/// Where one credential's record is kept.
pub(crate) struct Keeper {
    store: Arc<dyn TokenStore>,
    key: StoreKey,
}

/// The record, under its lock.
pub(crate) struct Kept<'a> {
    keeper: &'a Keeper,
    pub record: Record,
    pub version: Version,
    _guard: StoreGuard,
}

/// Why an acquisition cannot go on.
pub(crate) enum Setback {
    /// There will be no token.
    Failed(AuthError),
    /// A peer has changed the record in spite of the lock: what it left there counts.
    Overtaken,
}

/// How often a token that was acquired is put over what peers have put meanwhile.
const MOST_PUTS: usize = 3;

impl Keeper {
    pub fn new(store: Arc<dyn TokenStore>, key: StoreKey) -> Self {
        Self { store, key }
    }

    /// What is kept now, without the lock.
    pub async fn load(&self) -> Result<Record, AuthError> {
        let kept = self.store.load(&self.key).await?;
        Ok(kept.map(|kept| kept.record).unwrap_or_default())
    }

    /// Waits until no peer acquires this token.
    pub async fn lock(&self, limit: Duration) -> Result<Kept<'_>, AuthError> {
        let guard = self.store.lock(&self.key, limit).await?;
        let mut kept = Kept {
            keeper: self,
            record: Record::default(),
            version: Version::NONE,
            _guard: guard,
        };
        kept.reload().await?;
        Ok(kept)
    }
}

impl Kept<'_> {
    /// Reads again what is kept.
    pub async fn reload(&mut self) -> Result<(), AuthError> {
        let kept = self.keeper.store.load(&self.keeper.key).await?;
        (self.version, self.record) = match kept {
            Some(kept) => (kept.version, kept.record),
            None => (Version::NONE, Record::default()),
        };
        Ok(())
    }

    /// Stores the record, unless a peer has changed it.
    pub async fn put(&mut self) -> Result<(), Setback> {
        let Keeper { store, key } = self.keeper;
        let put = store.compare_and_put(key, self.version, &self.record);
        match put.await {
            Ok(version) => self.version = version,
            Err(StoreError::Conflict) => return Err(Setback::Overtaken),
            Err(error) => return Err(Setback::Failed(error.into())),
        }
        Ok(())
    }

    /// Stores the record over whatever a peer has put there.
    pub async fn put_over(&mut self) -> Result<(), AuthError> {
        for _ in 0..MOST_PUTS {
            match self.put().await {
                Ok(()) => return Ok(()),
                Err(Setback::Failed(error)) => return Err(error),
                Err(Setback::Overtaken) => {
                    let kept = self.keeper.store.load(&self.keeper.key).await?;
                    self.version = kept.map_or(Version::NONE, |kept| kept.version);
                }
            }
        }
        Err(StoreError::Conflict.into())
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::new(AuthErrorKind::Store, error.to_string())
    }
}

impl From<AuthError> for Setback {
    fn from(error: AuthError) -> Self {
        Self::Failed(error)
    }
}
