//! Keeps tokens in files, one for each credential.
//!
//! A record is written whole to a file beside it, brought to the disk and renamed, so that at any
//! moment, a crash included, its name stands for the old record or the new one. Two files beside
//! it are only ever locked: one by whoever acquires a token, one by whoever writes. They are never
//! removed, because a lock on a removed file excludes nobody; the system drops the lock of a
//! process that dies.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::{
    Record, StoreError, StoreFuture, StoreGuard, StoreKey, TokenStore, Version, Versioned,
};

/// Keeps tokens in a folder that only its owner can enter.
///
/// Processes that share the folder share tokens: one of them acquires, all use. It needs a file
/// system with locks, which rules out some network shares.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_auth::FileStore;
///
/// // To be given to a client's builder: `.store(store)`.
/// let store = FileStore::open("/var/lib/acme/tokens")?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: PathBuf,
}

/// What is longer is none of our records.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The first word of a record's file; the record's version follows, then a new line and the record.
const MARK: &str = "keyfob-token ";

/// Writing takes milliseconds; who waits longer for it waits for a process that hangs.
const LONGEST_WRITE: Duration = Duration::from_secs(5);

/// How often a lock is tried.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl FileStore {
    /// Keeps tokens in this folder, which is made if it does not exist.
    ///
    /// # Errors
    ///
    /// It cannot be made, or others than its owner can enter it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self {
            folder: folder.into(),
        };
        make_folder(&store.folder)?;
        Ok(store)
    }

    fn files(&self, key: &StoreKey) -> Files {
        let file = |ending| self.folder.join(format!("{}{ending}", key.name()));
        Files {
            folder: self.folder.clone(),
            record: file(".json"),
            next: file(".next"),
            lock: file(".lock"),
            write_lock: file(".write-lock"),
        }
    }
}

impl TokenStore for FileStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Versioned>> {
        let files = self.files(key);
        Box::pin(blocking(files.folder.clone(), move || files.load()))
    }

    fn compare_and_put<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Version,
        record: &'a Record,
    ) -> StoreFuture<'a, Version> {
        let files = self.files(key);
        let record = record.to_bytes();
        let put = move || files.put(expected, &record);
        Box::pin(blocking(self.folder.clone(), put))
    }

    fn lock<'a>(&'a self, key: &'a StoreKey, limit: Duration) -> StoreFuture<'a, StoreGuard> {
        let files = self.files(key);
        Box::pin(async move {
            let start = tokio::time::Instant::now();
            let mut pause = SHORTEST_PAUSE;
            loop {
                let lock = files.lock.clone();
                let folder = files.folder.clone();
                let locked = blocking(folder.clone(), move || {
                    make_folder(&folder)?;
                    locked(&lock)
                });
                if let Some(file) = locked.await? {
                    return Ok(StoreGuard::new(file));
                }
                if start.elapsed() >= limit {
                    let place = shown(&files.lock);
                    return Err(StoreError::Locked { place, limit });
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        })
    }
}

/// The files of one credential.
struct Files {
    folder: PathBuf,
    record: PathBuf,
    /// The record that is being written.
    next: PathBuf,
    lock: PathBuf,
    write_lock: PathBuf,
}

impl Files {
    fn load(&self) -> Result<Option<Versioned>, StoreError> {
        match self.read() {
            // Looked at again under the lock: it may have been replaced since.
            Err(StoreError::Damaged { .. }) => {
                let _lock = self.locked_for_writing()?;
                self.read_or_set_aside()
            }
            read => read,
        }
    }

    fn put(&self, expected: Version, record: &[u8]) -> Result<Version, StoreError> {
        make_folder(&self.folder)?;
        let _lock = self.locked_for_writing()?;
        let version = self.read_or_set_aside()?;
        let version = version.map_or(Version::NONE, |kept| kept.version);
        if version != expected {
            return Err(StoreError::Conflict);
        }
        let version = version.next();
        let written = self.write(version, record);
        written.map_err(|error| unusable(&self.record, &error))?;
        Ok(version)
    }

    fn write(&self, version: Version, record: &[u8]) -> io::Result<()> {
        // A process that died while it wrote left its file behind.
        match fs::remove_file(&self.next) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut next = private().write(true).create_new(true).open(&self.next)?;
        next.write_all(format!("{MARK}{}\n", version.number()).as_bytes())?;
        next.write_all(record)?;
        next.sync_all()?;
        fs::rename(&self.next, &self.record)?;
        sync_folder(&self.folder)
    }

    /// Only under the lock for writing.
    fn read_or_set_aside(&self) -> Result<Option<Versioned>, StoreError> {
        let (place, problem) = match self.read() {
            Err(StoreError::Damaged { place, problem, .. }) => (place, problem),
            read => return read,
        };
        let aside = self.free_name();
        fs::rename(&self.record, &aside).map_err(|error| unusable(&self.record, &error))?;
        Err(StoreError::Damaged {
            place,
            problem,
            kept: Some(shown(&aside)),
        })
    }

    fn free_name(&self) -> PathBuf {
        let names = (1_u32..).map(|number| self.record.with_extension(format!("damaged-{number}")));
        let mut free = names.filter(|name| !name.exists());
        free.next()
            .unwrap_or_else(|| self.record.with_extension("damaged"))
    }

    fn read(&self) -> Result<Option<Versioned>, StoreError> {
        let bytes = match read_file(&self.record) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&self.record, &error)),
        };
        let place = shown(&self.record);
        let Some((version, record)) = split(&bytes) else {
            return Err(StoreError::Damaged {
                place,
                problem: "it does not begin as one".to_owned(),
                kept: None,
            });
        };
        let record = Record::from_bytes(record, &place)?;
        Ok(Some(Versioned { version, record }))
    }

    fn locked_for_writing(&self) -> Result<File, StoreError> {
        let start = Instant::now();
        loop {
            if let Some(file) = locked(&self.write_lock)? {
                return Ok(file);
            }
            if start.elapsed() >= LONGEST_WRITE {
                return Err(StoreError::Locked {
                    place: shown(&self.write_lock),
                    limit: LONGEST_WRITE,
                });
            }
            std::thread::sleep(SHORTEST_PAUSE);
        }
    }
}

/// Runs on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
    folder: PathBuf,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let broken_off = |_| StoreError::Unusable {
        place: shown(&folder),
        problem: "the work on its files was broken off, as by a runtime that shut down".to_owned(),
    };
    spawn_blocking(work).await.map_err(broken_off)?
}

/// The lock of a file, if nobody has it; it is given back when the file is dropped.
fn locked(path: &Path) -> Result<Option<File>, StoreError> {
    let file = private().read(true).write(true).create(true).open(path);
    let file = file.map_err(|error| unusable(path, &error))?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(Some(file)),
        Err(fs4::TryLockError::WouldBlock) => Ok(None),
        Err(fs4::TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(LONGEST);
    // With room for all of it, so that reading leaves no copy behind that nobody wipes.
    let room = usize::try_from(length).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn split(bytes: &[u8]) -> Option<(Version, &[u8])> {
    let rest = bytes.strip_prefix(MARK.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (number, record) = rest.split_at(end);
    let number: u64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((Version::new(number), record.get(1..)?))
}

fn unusable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unusable {
        place: shown(path),
        problem: error.to_string(),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(folder);
    made.map_err(|error| unusable(folder, &error))?;
    check_folder(folder)
}

/// A folder that was there before may be anybody's.
#[cfg(unix)]
fn check_folder(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;

    let found = fs::metadata(folder).map_err(|error| unusable(folder, &error))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(StoreError::Unusable {
        place: shown(folder),
        problem: format!(
            "others than its owner can enter this folder (mode {mode:o}), and tokens are to be kept in it; chmod 700 it, or name another"
        ),
    })
}

#[cfg(not(unix))]
fn check_folder(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Opens files that only their owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Brings the renaming to the disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened, and the file system does this by itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    fn store() -> (TempDir, FileStore, StoreKey) {
        let folder = TempDir::new().unwrap();
        let store = FileStore::open(folder.path().join("a/b")).unwrap();
        (folder, store, StoreKey::new(&["acme"], &["ann"]))
    }

    fn record(workflow: &str) -> Record {
        Record {
            workflow: workflow.to_owned(),
            access_token: Some("canary".into()),
            ..Record::default()
        }
    }

    async fn put(
        store: &FileStore,
        key: &StoreKey,
        expected: Version,
        workflow: &str,
    ) -> Result<Version, StoreError> {
        let record = record(workflow);
        store.compare_and_put(key, expected, &record).await
    }

    #[tokio::test]
    async fn a_record_is_replaced_only_by_whoever_knows_it() {
        let (_folder, store, key) = store();
        assert_eq!(store.load(&key).await, Ok(None));
        let one = put(&store, &key, Version::NONE, "one");
        let one = one.await.unwrap();
        let late = put(&store, &key, Version::NONE, "late");
        assert_eq!(late.await, Err(StoreError::Conflict));
        let two = put(&store, &key, one, "two").await;
        let kept = store.load(&key).await.unwrap().unwrap();
        assert_eq!(kept.record, record("two"));
        assert_eq!(Ok(kept.version), two);
        let other = StoreKey::new(&["acme"], &["bob"]);
        assert_eq!(store.load(&other).await, Ok(None), "each has a file");
    }

    #[tokio::test]
    async fn a_lock_excludes_until_it_is_dropped_and_waiting_has_a_limit() {
        let (_folder, store, key) = store();
        let guard = store.lock(&key, SOON).await.unwrap();
        let error = store.lock(&key, SOON).await.unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        let written = put(&store, &key, Version::NONE, "one");
        assert!(written.await.is_ok(), "its owner can put");
        drop(guard);
        assert!(store.lock(&key, SOON).await.is_ok());
    }

    #[tokio::test]
    async fn every_part_of_a_file_is_set_aside_and_never_overwritten() {
        let (_folder, store, key) = store();
        let written = put(&store, &key, Version::NONE, "one");
        written.await.unwrap();
        let path = store.files(&key).record;
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let error = match length % 2 {
                0 => store.load(&key).await.unwrap_err(),
                _ => {
                    let written = put(&store, &key, Version::NONE, "new");
                    written.await.unwrap_err()
                }
            };
            let StoreError::Damaged {
                kept: Some(kept), ..
            } = &error
            else {
                panic!("{length}: {error}");
            };
            assert_eq!(fs::read(kept).unwrap(), &whole[..length]);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            assert_eq!(store.load(&key).await, Ok(None), "the way is free");
        }
    }

    #[tokio::test]
    async fn a_record_of_a_later_format_is_left_as_it_is() {
        let (_folder, store, key) = store();
        let path = store.files(&key).record;
        let later = format!("{MARK}7\n{{\"format\":9,\"all\":\"new\"}}");
        fs::write(&path, &later).unwrap();
        let loaded = store.load(&key).await.unwrap_err();
        let written = put(&store, &key, Version::new(7), "old");
        for error in [loaded, written.await.unwrap_err()] {
            assert!(matches!(error, StoreError::NewerFormat { format: 9, .. }));
            assert!(error.to_string().contains("update"), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), later);
    }

    #[tokio::test]
    async fn what_a_killed_writer_left_is_in_nobodys_way() {
        let (_folder, store, key) = store();
        fs::write(store.files(&key).next, "keyfob-tok").unwrap();
        let written = put(&store, &key, Version::NONE, "one");
        assert!(written.await.is_ok());
        assert!(!store.files(&key).next.exists());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_folder_that_others_can_enter_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TempDir::new().unwrap();
        for (mode, is_private) in [(0o755, false), (0o710, false), (0o700, true)] {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder.path(), permissions).unwrap();
            let opened = FileStore::open(folder.path());
            assert_eq!(opened.is_ok(), is_private, "{mode:o}");
        }
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_used_is_named() {
        let (_folder, store, key) = store();
        fs::create_dir(store.files(&key).record).unwrap();
        let error = store.load(&key).await.unwrap_err();
        assert!(error.to_string().contains("acme-"), "{error}");
        let file = store.folder.join("file");
        fs::write(&file, "").unwrap();
        assert!(FileStore::open(file.join("below")).is_err());
    }
}
