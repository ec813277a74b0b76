//! Eight processes on one file store, killed at random and in the middle of an exchange.
//!
//! It takes real processes and real time; how much time does not decide, as long as the machine
//! gives each of them a turn within half a second.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keyfob_auth::{FileStore, Keyring, Network, Record, ServerChoice, Settings, TokenStore};
use serde_json::json;
use support::{Recorded, Reply, Server, acme};
use tempfile::TempDir;

const FOLDER: &str = "KEYFOB_TEST_STORE";
const URL: &str = "KEYFOB_TEST_SERVER";

const PROCESSES: usize = 8;

/// A token of two seconds is renewed when it is between 750 and 950 milliseconds old.
const LIFETIME: u64 = 2;
const TOO_EARLY: Duration = Duration::from_millis(250);

fn keyring(url: &str, folder: &Path, name: &str) -> Keyring {
    let http = reqwest::Client::builder().no_proxy().user_agent(name);
    let network = Network {
        http: http.build().unwrap(),
        servers: ServerChoice::default().base_url(url).unwrap(),
    };
    let store: Arc<dyn TokenStore> = Arc::new(FileStore::open(folder).unwrap());
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    Keyring::with_settings(
        &acme::API,
        credentials,
        network,
        Settings::new().store(store),
    )
    .unwrap()
}

/// What each of the eight does: it calls and calls, until it is killed. Without its environment
/// it is no process of the test below, and does nothing.
#[tokio::test]
async fn one_of_eight() {
    let (Ok(folder), Ok(url)) = (std::env::var(FOLDER), std::env::var(URL)) else {
        return;
    };
    let folder = Path::new(&folder);
    let keys = keyring(
        &url,
        &folder.join("tokens"),
        &std::process::id().to_string(),
    );
    loop {
        if let Err(error) = keys.authorization("oauth2").await {
            let name = format!("error-{}", std::process::id());
            std::fs::write(folder.join(name), error.to_string()).unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The eight, by process id.
#[derive(Default)]
struct Eight(Mutex<HashMap<String, Child>>);

impl Eight {
    fn start(&self, url: &str, folder: &Path) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "one_of_eight"]);
        command.env(FOLDER, folder).env(URL, url);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        self.0.lock().unwrap().insert(child.id().to_string(), child);
    }

    /// By SIGKILL; false if it was dead already.
    fn kill(&self, id: &str) -> bool {
        let child = self.0.lock().unwrap().remove(id);
        child.is_some_and(|mut child| child.kill().is_ok() && child.wait().is_ok())
    }

    fn any(&self, number: usize) -> Option<String> {
        let children = self.0.lock().unwrap();
        let mut ids: Vec<&String> = children.keys().collect();
        ids.sort();
        let id = ids.get(number % ids.len().max(1))?;
        Some(id.to_string())
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Drop for Eight {
    fn drop(&mut self) {
        for child in self.0.lock().unwrap().values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The token server's view.
#[derive(Default)]
struct Log {
    /// When a token was asked for, and by which process.
    asked: Vec<(Instant, String)>,
    killed: Vec<String>,
    /// Refresh tokens that were used up.
    used: Vec<String>,
    reused: usize,
    /// Each third request costs its process its life.
    is_deadly: bool,
}

impl Log {
    fn answer(&mut self, request: &Recorded, number: usize) -> Reply {
        if let Some(token) = request.form("refresh_token") {
            self.reused += usize::from(self.used.contains(&token));
            self.used.push(token);
        }
        let process = request.header("user-agent").unwrap().to_owned();
        self.asked.push((Instant::now(), process));
        Reply::json(
            200,
            json!({
                "access_token": format!("a{number}"),
                "refresh_token": format!("r{number}"),
                "expires_in": LIFETIME,
            }),
        )
    }

    /// Requests for another token although the one before was fresh, and whoever got it alive.
    fn needless(&self) -> usize {
        let pairs = self.asked.windows(2);
        let needless = pairs.filter(|pair| match pair {
            [(before, process), (after, _)] => {
                after.duration_since(*before) < TOO_EARLY && !self.killed.contains(process)
            }
            _ => false,
        });
        needless.count()
    }
}

/// The record's file is whole whenever anybody looks; `false` if there is none yet.
fn record_is_whole(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder.join("tokens")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let is_record = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "json");
    let Some(path) = paths.find(is_record) else {
        return false;
    };
    let bytes = std::fs::read(path).unwrap();
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    Record::from_bytes(&bytes[end + 1..], "the record").unwrap();
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_killed_at_random_acquire_once_for_each_expiry() {
    let folder = TempDir::new().unwrap();
    let (eight, log) = (
        Arc::new(Eight::default()),
        Arc::new(Mutex::new(Log::default())),
    );
    let (victims, server_log) = (Arc::clone(&eight), Arc::clone(&log));
    let server = Server::start(move |request, number| {
        let mut log = server_log.lock().unwrap();
        let reply = log.answer(request, number);
        let process = request.header("user-agent").unwrap();
        if log.is_deadly && number.is_multiple_of(3) && victims.kill(process) {
            log.killed.push(process.to_owned());
        }
        reply
    })
    .await;
    std::fs::create_dir(folder.path().join("tokens")).unwrap();
    private(&folder.path().join("tokens"));
    for _ in 0..PROCESSES {
        eight.start(&server.url(), folder.path());
    }

    received(&server, 4).await;
    {
        let mut log = log.lock().unwrap();
        assert_eq!(log.needless(), 0, "nobody was killed: {:?}", log.asked);
        log.is_deadly = true;
    }

    let (start, mut looked, mut random) = (Instant::now(), 0, 1);
    while start.elapsed() < Duration::from_secs(4) {
        random = (random * 7919 + 13) % 10_007;
        if let Some(id) = eight.any(random)
            && eight.kill(&id)
        {
            log.lock().unwrap().killed.push(id);
        }
        while eight.count() < PROCESSES {
            eight.start(&server.url(), folder.path());
        }
        for _ in 0..20 {
            looked += usize::from(record_is_whole(folder.path()));
            tokio::time::sleep(Duration::from_millis(u64::try_from(random % 10).unwrap())).await;
        }
    }

    received(&server, server.count() + 2).await;
    let log = log.lock().unwrap();
    println!(
        "measured: {} of {} acquisitions needless, {} refresh tokens sent twice, the record read \
         {looked} times, {} killed",
        log.needless(),
        log.asked.len(),
        log.reused,
        log.killed.len()
    );
    assert!(log.killed.len() >= 10, "killed {}", log.killed.len());
    assert_eq!(
        log.needless(),
        0,
        "{:?}; killed {:?}",
        log.asked,
        log.killed
    );
    assert_eq!(log.reused, 0, "no refresh token was sent twice");
    assert!(looked > 100, "the record was there {looked} times");
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        assert!(path.is_dir(), "{}", std::fs::read_to_string(path).unwrap());
    }
}

async fn received(server: &Server, count: usize) {
    let received = tokio::time::timeout(Duration::from_secs(60), server.received(count));
    received.await.expect("the processes should ask for tokens");
}

fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
}
