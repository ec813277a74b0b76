//! What is kept outlives the process, is shared by its peers, and is stored before it is used.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyfob_auth::{
    AuthErrorKind, Clock, Credential, FileStore, Keyring, ManualClock, MemoryStore, Record,
    Settings, StoreError, StoreFuture, StoreGuard, StoreKey, TimeLimit, TokenStore, Version,
    Versioned,
};
use serde_json::{Value, json};
use support::{Nowhere, Recorded, Reply, Server, acme, header, network, shown};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::time::Instant;

const LIFE: Duration = Duration::from_secs(3600);

/// A keyring as one process makes it.
fn process(
    server: &Server,
    credential: Credential,
    store: &Arc<dyn TokenStore>,
    clock: &ManualClock,
) -> Keyring {
    let clock = Clock::from(clock.clone());
    let (network, store) = (network(server), Arc::clone(store));
    Keyring::with_settings(
        &acme::API,
        vec![credential],
        network,
        Settings::new().clock(clock).store(store),
    )
    .unwrap()
}

fn client_credentials() -> Credential {
    acme::credential(&acme::CLIENT_CREDENTIALS)
}

fn code(code: &str) -> Credential {
    let inputs = acme::inputs(&acme::CODE)
        .set("code", code)
        .set("redirect_uri", "http://127.0.0.1:9/callback")
        .set("code_verifier", "v".repeat(43));
    Credential::workflow(inputs)
}

fn memory() -> Arc<dyn TokenStore> {
    Arc::new(MemoryStore::new())
}

fn files() -> (TempDir, Arc<dyn TokenStore>) {
    let folder = TempDir::new().unwrap();
    let store = FileStore::open(folder.path().join("tokens")).unwrap();
    (folder, Arc::new(store))
}

/// Each answer has another token and another refresh token.
async fn rotating() -> Server {
    Server::start(|_, number| rotated(number)).await
}

fn rotated(number: usize) -> Reply {
    let (token, refresh_token) = (format!("a{number}"), format!("r{number}"));
    let body = json!({"access_token": token, "refresh_token": refresh_token, "expires_in": 3600});
    Reply::json(200, body)
}

fn history(server: &Server) -> Vec<String> {
    let what = |request: &Recorded| {
        let token = request.form("refresh_token");
        token.unwrap_or_else(|| request.form("grant_type").unwrap_or_default())
    };
    server.requests().iter().map(what).collect()
}

#[tokio::test]
async fn a_login_outlives_the_process() {
    let (_folder, files) = files();
    for store in [memory(), files] {
        let server = rotating().await;
        let clock = ManualClock::new();
        for number in 1..=3 {
            for _ in 0..2 {
                let keys = process(&server, code("c0de"), &store, &clock);
                let token = header(&keys, "oauth2").await;
                assert_eq!(token, format!("Bearer a{number}"), "{store:?}");
            }
            clock.advance(LIFE);
        }
        assert_eq!(
            history(&server),
            ["authorization_code", "r1", "r2"],
            "a token that lives is used without any request, by {store:?}"
        );
    }
}

#[tokio::test]
async fn processes_on_one_store_make_one_acquisition_for_each_expiry() {
    let (_folder, files) = files();
    for store in [memory(), files] {
        let server = rotating().await;
        let clock = ManualClock::new();
        let start = |_| process(&server, client_credentials(), &store, &clock);
        let processes: Vec<Keyring> = (0..8).map(start).collect();
        for number in 1..=4 {
            let calls = processes.iter().cloned();
            let calls = calls.map(|keys| async move { header(&keys, "oauth2").await });
            let calls: Vec<_> = calls.map(tokio::spawn).collect();
            for call in calls {
                assert_eq!(call.await.unwrap(), format!("Bearer a{number}"));
            }
            assert_eq!(server.count(), number, "{store:?}");
            clock.advance(LIFE);
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_processes() {
    let server = rotating().await;
    let (store, clock) = (memory(), ManualClock::new());
    let one = process(&server, client_credentials(), &store, &clock);
    let other = process(&server, client_credentials(), &store, &clock);
    let by_one = one.authorization("oauth2").await.unwrap();
    let by_other = other.authorization("oauth2").await.unwrap();
    for used in [by_one, by_other] {
        assert_eq!(shown(&used), "Bearer a1");
        let new = used.replace().await.unwrap().unwrap();
        assert_eq!(shown(&new), "Bearer a2");
    }
    assert_eq!(history(&server), ["client_credentials", "r1"]);
}

#[tokio::test]
async fn another_secret_server_or_lender_does_not_find_the_record() {
    let server = rotating().await;
    let elsewhere = rotating().await;
    let (store, clock) = (memory(), ManualClock::new());
    let secret = |secret: &str| {
        Credential::workflow(acme::inputs(&acme::CLIENT_CREDENTIALS).set("client_secret", secret))
    };
    header(&process(&server, secret("one"), &store, &clock), "oauth2").await;
    header(&process(&server, secret("two"), &store, &clock), "oauth2").await;
    assert_eq!(server.count(), 2);
    header(
        &process(&elsewhere, secret("one"), &store, &clock),
        "oauth2",
    )
    .await;
    assert_eq!(elsewhere.count(), 1);

    let user = || {
        let inputs = keyfob_auth::Inputs::new(&acme::API, &acme::EXCHANGE);
        Credential::workflow(inputs.set("username", "ann"))
    };
    let with_lender = |value: &str| {
        let lender = Credential::fixed(&acme::OAUTH2, value);
        let clock = Clock::from(clock.clone());
        let credentials = vec![user(), lender];
        let store = Arc::clone(&store);
        Keyring::with_settings(
            &acme::API,
            credentials,
            network(&server),
            Settings::new().clock(clock).store(store),
        )
        .unwrap()
    };
    for (lender, requests) in [("first", 3), ("second", 4), ("first", 4)] {
        header(&with_lender(lender), "user").await;
        assert_eq!(server.count(), requests, "lent by {lender}");
    }
}

#[tokio::test]
async fn a_token_that_is_dead_or_from_the_future_is_not_taken_up() {
    for (after, requests) in [(0, 1), (3000, 1), (3595, 2), (9000, 2), (-3600, 2)] {
        let server = rotating().await;
        let (store, clock) = (memory(), ManualClock::new());
        header(
            &process(&server, client_credentials(), &store, &clock),
            "oauth2",
        )
        .await;
        let seconds = Duration::from_secs(i64::unsigned_abs(after));
        match after < 0 {
            true => clock.set_back(seconds),
            false => clock.suspend(seconds),
        }
        header(
            &process(&server, client_credentials(), &store, &clock),
            "oauth2",
        )
        .await;
        assert_eq!(server.count(), requests, "after {after} s");
    }
}

/// A store that does what a test says.
#[derive(Debug)]
struct Odd {
    inner: MemoryStore,
    /// Puts beyond these wait.
    permits: Semaphore,
    puts: AtomicUsize,
    fails: AtomicBool,
    locks: bool,
    key: Mutex<Option<StoreKey>>,
}

impl Odd {
    fn new(permits: usize, locks: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            permits: Semaphore::new(permits),
            puts: AtomicUsize::new(0),
            fails: AtomicBool::new(false),
            locks,
            key: Mutex::default(),
        })
    }

    fn kept(&self) -> Versioned {
        let key = self.key.lock().unwrap().clone().unwrap();
        ready(self.inner.load(&key)).unwrap().unwrap()
    }

    /// What a peer puts there.
    fn put(&self, change: impl Fn(&mut Value)) {
        let kept = self.kept();
        let mut record: Value = serde_json::from_slice(&kept.record.to_bytes()).unwrap();
        change(&mut record);
        let record = Record::from_bytes(record.to_string().as_bytes(), "here").unwrap();
        let key = self.key.lock().unwrap().clone().unwrap();
        ready(self.inner.compare_and_put(&key, kept.version, &record)).unwrap();
    }

    fn holds(&self, text: &str) -> bool {
        let bytes = self.kept().record.to_bytes();
        std::str::from_utf8(&bytes).unwrap().contains(text)
    }
}

impl TokenStore for Odd {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Versioned>> {
        *self.key.lock().unwrap() = Some(key.clone());
        self.inner.load(key)
    }

    fn compare_and_put<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Version,
        record: &'a Record,
    ) -> StoreFuture<'a, Version> {
        self.puts.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if self.fails.load(Ordering::Relaxed) {
                return Err(StoreError::Unusable {
                    place: "the disk".to_owned(),
                    problem: "is full".to_owned(),
                });
            }
            self.permits.acquire().await.unwrap().forget();
            self.inner.compare_and_put(key, expected, record).await
        })
    }

    fn lock<'a>(&'a self, key: &'a StoreKey, limit: Duration) -> StoreFuture<'a, StoreGuard> {
        match self.locks {
            true => self.inner.lock(key, limit),
            false => Box::pin(async { Ok(StoreGuard::new(())) }),
        }
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory does not wait"),
    }
}

async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_is_stored_before_its_token_is_published() {
    let server = rotating().await;
    let odd = Odd::new(2, true);
    let (store, clock): (Arc<dyn TokenStore>, _) = (odd.clone(), ManualClock::new());
    let keys = process(&server, client_credentials(), &store, &clock);
    header(&keys, "oauth2").await;
    assert!(odd.holds("\"r1\""));
    clock.advance(LIFE);
    // The first put of a renewal says that the refresh token is on its way, the second is the new
    // one; it waits.
    let call = tokio::spawn(async move { header(&keys, "oauth2").await });
    until(|| odd.puts.load(Ordering::Relaxed) == 3).await;
    assert_eq!(server.count(), 2, "the server has answered");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished(), "nobody is served before it is stored");
    odd.permits.add_permits(1);
    assert_eq!(call.await.unwrap(), "Bearer a2");
    assert!(odd.holds("\"r2\"") && !odd.holds("\"r1\""));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_returns_costs_no_token_and_no_second_acquisition() {
    let server = rotating().await;
    let odd = Odd::new(0, true);
    let (store, clock): (Arc<dyn TokenStore>, _) = (odd.clone(), ManualClock::new());
    let keys = process(&server, client_credentials(), &store, &clock);
    let start = Instant::now();
    let error = keys.authorization("oauth2").await.unwrap_err();
    let limit = TimeLimit::Acquisition;
    assert_eq!(error.kind(), &AuthErrorKind::TimedOut { limit }, "{error}");
    assert_eq!(start.elapsed().as_secs(), 30 + 5, "the limit and its grace");
    odd.permits.add_permits(10);
    clock.advance(error.retry_after().unwrap());
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    assert!(odd.holds("\"a1\""), "it was held, and is stored now");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn after_invalid_grant_a_peers_newer_grant_is_used() {
    for (peers_token_lives, expected) in [(true, "Bearer peer"), (false, "Bearer a3")] {
        let odd = Odd::new(99, false);
        let peer = Arc::clone(&odd);
        let server = Server::start(move |request, number| {
            if request.form("refresh_token").as_deref() != Some("r1") {
                return rotated(number);
            }
            peer.put(|record| {
                record["access_token"] = json!("peer");
                record["refresh_token"] = json!("r-peer");
                record["in_exchange"] = json!(false);
                if peers_token_lives {
                    record["issued_at"] = json!(record["issued_at"].as_u64().unwrap() + 3_600_000);
                    record["expires_at"] =
                        json!(record["expires_at"].as_u64().unwrap() + 3_600_000);
                }
            });
            Reply::json(400, json!({"error": "invalid_grant"}))
        })
        .await;
        let (store, clock): (Arc<dyn TokenStore>, _) = (odd, ManualClock::new());
        let keys = process(&server, code("c0de"), &store, &clock);
        header(&keys, "oauth2").await;
        clock.advance(LIFE);
        assert_eq!(header(&keys, "oauth2").await, expected);
        let all = ["authorization_code", "r1", "r-peer"];
        let count = if peers_token_lives { 2 } else { 3 };
        assert_eq!(history(&server), all[..count]);
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_held_and_stored_later() {
    let odd = Odd::new(99, true);
    let full = Arc::clone(&odd);
    let server = Server::start(move |_, number| {
        full.fails.store(number == 2, Ordering::Relaxed);
        rotated(number)
    })
    .await;
    let (store, clock): (Arc<dyn TokenStore>, _) = (odd.clone(), ManualClock::new());
    let keys = process(&server, code("c0de"), &store, &clock);
    header(&keys, "oauth2").await;
    clock.advance(LIFE);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Store);
    assert!(error.to_string().contains("the disk: is full"), "{error}");
    clock.advance(Duration::from_secs(30));
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Store, "it is still full");
    odd.fails.store(false, Ordering::Relaxed);
    clock.advance(Duration::from_secs(60));
    assert_eq!(header(&keys, "oauth2").await, "Bearer a2");
    assert!(odd.holds("\"r2\""));
    assert_eq!(history(&server), ["authorization_code", "r1"]);
}

/// Starts a call and kills its process while the server has the request, which is answered
/// never.
fn killed_in_mid_exchange(store: &Arc<dyn TokenStore>, clock: &ManualClock, setup: Setup) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let keys = process(setup.server, (setup.credential)(), store, clock);
    let count = setup.server.count();
    runtime.spawn(async move { keys.authorization("oauth2").await });
    while setup.server.count() == count {
        std::thread::yield_now();
    }
    runtime.shutdown_timeout(Duration::from_secs(5));
}

struct Setup<'a> {
    server: &'a Server,
    credential: fn() -> Credential,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_never_exchanged_twice_whoever_was_killed_with_it() {
    let server = Server::gated(|_, number| rotated(number)).await;
    let (store, clock) = (memory(), ManualClock::new());
    let credential = || code("c0de");
    let setup = Setup {
        server: &server,
        credential,
    };
    tokio::task::block_in_place(|| killed_in_mid_exchange(&store, &clock, setup));
    server.release(9);
    for _ in 0..2 {
        let keys = process(&server, code("c0de"), &store, &clock);
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
    }
    assert_eq!(server.count(), 1);
    let keys = process(&server, code("another"), &store, &clock);
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer a2",
        "a new login is one"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_with_one_code_exchange_it_once() {
    let (_folder, store) = files();
    let (server, clock) = (rotating().await, ManualClock::new());
    let calls = (0..8).map(|_| {
        let keys = process(&server, code("c0de"), &store, &clock);
        tokio::spawn(async move { header(&keys, "oauth2").await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), "Bearer a1");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_code_that_was_not_sent_is_still_to_be_had() {
    let (store, clock) = (memory(), ManualClock::new());
    let nowhere = Nowhere::new();
    let servers = keyfob_auth::ServerChoice::default();
    let servers = servers.base_url(&nowhere.url()).unwrap();
    for _ in 0..2 {
        let network = keyfob_auth::Network {
            http: support::http(),
            servers: servers.clone(),
        };
        let time = Clock::from(clock.clone());
        let credentials = vec![code("c0de")];
        let keys = Keyring::with_settings(
            &acme::API,
            credentials,
            network,
            Settings::new().clock(time).store(store.clone()),
        );
        let error = keys.unwrap().authorization("oauth2").await.unwrap_err();
        assert!(error.is_transient(), "not a used up login: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_whose_answer_died_with_a_process_is_not_sent_again() {
    for (credential, rotates, expected) in [
        (
            client_credentials as fn() -> Credential,
            true,
            Some("client_credentials"),
        ),
        (|| code("c0de"), true, None),
        (|| code("c0de"), false, Some("r")),
    ] {
        let reply = move |number: usize| match rotates {
            true => rotated(number),
            false => {
                let token = format!("a{number}");
                Reply::json(
                    200,
                    json!({"access_token": token, "refresh_token": "r", "expires_in": 3600}),
                )
            }
        };
        let server = Server::gated(move |_, number| reply(number)).await;
        let (store, clock) = (memory(), ManualClock::new());
        server.release(2);
        let keys = process(&server, credential(), &store, &clock);
        for _ in 0..2 {
            header(&keys, "oauth2").await;
            clock.advance(LIFE);
        }
        let setup = Setup {
            server: &server,
            credential,
        };
        tokio::task::block_in_place(|| killed_in_mid_exchange(&store, &clock, setup));
        server.release(9);
        let keys = process(&server, credential(), &store, &clock);
        let served = keys.authorization("oauth2").await;
        match expected {
            Some(grant) => {
                assert_eq!(shown(&served.unwrap()), "Bearer a4");
                assert_eq!(history(&server)[3], grant);
            }
            None => {
                let error = served.unwrap_err();
                assert_eq!(error.kind(), &AuthErrorKind::LogInAgain);
                assert!(error.to_string().contains("broken off"), "{error}");
                assert_eq!(server.count(), 3);
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_whose_answer_got_lost_is_spared_where_another_can_be_had() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{";
    for (credential, lost, expected) in [
        (
            client_credentials as fn() -> Credential,
            "",
            "client_credentials",
        ),
        (client_credentials, truncated, "client_credentials"),
        // Sent again it may end the login; but without it the login has ended already.
        (|| code("c0de"), "", "r1"),
    ] {
        let server = Server::start(move |_, number| match number {
            2 => Reply::raw(lost),
            _ => rotated(number),
        })
        .await;
        let (store, clock) = (memory(), ManualClock::new());
        let keys = process(&server, credential(), &store, &clock);
        header(&keys, "oauth2").await;
        clock.advance(LIFE);
        if keys.authorization("oauth2").await.is_err() {
            clock.advance(Duration::from_secs(60));
        }
        assert_eq!(header(&keys, "oauth2").await, "Bearer a3");
        assert_eq!(history(&server)[1..], ["r1", expected]);
    }
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_that_heals() {
    let (folder, store) = files();
    let (server, clock) = (rotating().await, ManualClock::new());
    let keys = process(&server, client_credentials(), &store, &clock);
    header(&keys, "oauth2").await;
    let name = record_files(&folder).pop().unwrap();
    std::fs::write(&name, "canary").unwrap();
    clock.advance(LIFE);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Store, "{error}");
    assert!(error.to_string().contains("damaged-1"), "{error}");
    assert!(!format!("{error}{error:?}").contains("canary"), "{error}");
    let aside = name.with_extension("damaged-1");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "canary");
    clock.advance(Duration::from_secs(30));
    assert_eq!(header(&keys, "oauth2").await, "Bearer a2");
    assert_eq!(history(&server), ["client_credentials"; 2]);
}

fn record_files(folder: &TempDir) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder.path().join("tokens")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect()
}

#[tokio::test]
async fn no_secret_is_in_a_files_name_and_nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, store) = files();
    let (server, clock) = (rotating().await, ManualClock::new());
    let keys = process(&server, code("c0de"), &store, &clock);
    header(&keys, "oauth2").await;
    let tokens = folder.path().join("tokens");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&tokens), 0o700);
    let mut names = Vec::new();
    for file in std::fs::read_dir(&tokens).unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    let shown = format!("{names:?} {store:?} {keys:?}");
    for secret in ["c0de", "s3cret", "vvv", "a1\"", "r1\""] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("acme-oauth2-code-"))
    );
}
