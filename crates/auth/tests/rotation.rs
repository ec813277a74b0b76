//! Random interleavings of renewals, cancelled callers and crashes, against a server that takes a
//! refresh token sent twice for theft and revokes the whole family (RFC 9700, 4.14.2), and some of
//! whose answers get lost on the way.
//!
//! Every process and the server run in a runtime of their own, all on one thread, and chance says
//! which one goes a few steps further. `KEYFOB_INTERLEAVINGS=100000` runs that many.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob_auth::{
    Clock, Keyring, ManualClock, MemoryStore, Network, ServerChoice, Settings, TokenStore,
};
use serde_json::json;
use support::{Recorded, Reply, Server, acme, shown};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

const PROCESSES: usize = 3;
const LIFE: Duration = Duration::from_secs(3600);

#[test]
fn no_interleaving_of_renew_cancel_and_crash_revokes_a_family() {
    let wanted = std::env::var("KEYFOB_INTERLEAVINGS");
    let wanted: u64 = wanted.map_or(2000, |count| count.parse().unwrap());
    let mut world = World::new();
    for seed in 1..=wanted {
        world.chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        world.interleave();
        if world.model.lock().unwrap().revoked > 0 {
            println!("revoked by the interleaving of seed {seed}");
            break;
        }
    }
    let model = world.model.lock().unwrap();
    println!(
        "measured: {} revoked ({} renewals, {} logins, {} crashes, {} calls cancelled)",
        model.revoked, model.renewed, model.logins, world.crashes, world.cancelled
    );
    assert_eq!(model.revoked, 0);
    assert!(model.renewed > wanted / 4, "renewed {}", model.renewed);
    assert!(world.crashes > wanted / 4 && world.cancelled > wanted / 4);
    assert!(
        model.logins > wanted / 100,
        "some crashes must have cost a refresh token: {}",
        model.logins
    );
}

/// The authorization server: what became of each refresh token.
#[derive(Default)]
struct Model {
    issued: u64,
    /// Whether a refresh token was used.
    tokens: HashMap<String, bool>,
    revoked: u64,
    renewed: u64,
    logins: u64,
    chance: u64,
}

impl Model {
    fn answer(&mut self, request: &Recorded) -> Reply {
        self.chance = Chance(self.chance | 1).next();
        if self.chance.is_multiple_of(10) {
            return Reply::text(503, "");
        }
        match request.form("refresh_token") {
            None => self.logins += 1,
            Some(token) => match self.tokens.get_mut(&token) {
                Some(used) if !*used => {
                    *used = true;
                    self.renewed += 1;
                }
                Some(_) => {
                    self.revoked += 1;
                    return Reply::json(400, json!({"error": "invalid_grant"}));
                }
                None => return Reply::json(400, json!({"error": "invalid_grant"})),
            },
        }
        if self.chance.is_multiple_of(11) {
            // What was done is done, and nobody hears of it.
            return Reply::raw(
                ["", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"][self.renewed as usize % 2],
            );
        }
        self.issued += 1;
        let refresh_token = format!("r{}", self.issued);
        self.tokens.insert(refresh_token.clone(), false);
        let token = format!("a{}", self.issued);
        Reply::json(
            200,
            json!({"access_token": token, "refresh_token": refresh_token, "expires_in": 3600}),
        )
    }
}

struct World {
    runtime: Runtime,
    server: Server,
    model: Arc<Mutex<Model>>,
    store: Arc<dyn TokenStore>,
    http: reqwest::Client,
    clock: ManualClock,
    processes: Vec<Process>,
    chance: Chance,
    crashes: u64,
    cancelled: u64,
}

struct Process {
    runtime: Runtime,
    keys: Keyring,
    calls: Vec<JoinHandle<()>>,
}

impl World {
    fn new() -> Self {
        let runtime = runtime();
        let model = Arc::new(Mutex::new(Model::default()));
        let serving = Arc::clone(&model);
        let server = runtime.block_on(Server::start(move |request, _| {
            serving.lock().unwrap().answer(request)
        }));
        let http = reqwest::Client::builder().no_proxy();
        let mut world = Self {
            runtime,
            server,
            model,
            store: Arc::new(MemoryStore::new()),
            http: http.pool_max_idle_per_host(0).build().unwrap(),
            clock: ManualClock::new(),
            processes: Vec::new(),
            chance: Chance(1),
            crashes: 0,
            cancelled: 0,
        };
        for _ in 0..PROCESSES {
            let process = world.process();
            world.processes.push(process);
        }
        world
    }

    fn process(&self) -> Process {
        let network = Network {
            http: self.http.clone(),
            servers: ServerChoice::default()
                .base_url(&self.server.url())
                .unwrap(),
        };
        let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
        let (clock, store) = (Clock::from(self.clock.clone()), Arc::clone(&self.store));
        let keys = Keyring::with_settings(
            &acme::API,
            credentials,
            network,
            Settings::new().clock(clock).store(store),
        );
        Process {
            runtime: runtime(),
            keys: keys.unwrap(),
            calls: Vec::new(),
        }
    }

    /// A token dies; then chance decides what happens in which order.
    fn interleave(&mut self) {
        self.clock.advance(LIFE);
        for _ in 0..self.chance.below(30) + 5 {
            let index = self.chance.below(PROCESSES);
            match self.chance.below(16) {
                0..=3 => self.call(index),
                4..=6 => self.cancel(index),
                7 => self.crash(index),
                8..=11 => {
                    let steps = self.chance.below(6);
                    step(&self.runtime, steps);
                }
                _ => {
                    let steps = self.chance.below(12);
                    step(&self.processes[index].runtime, steps);
                }
            }
        }
    }

    fn call(&mut self, index: usize) {
        let process = &mut self.processes[index];
        process.calls.retain(|call| !call.is_finished());
        let keys = process.keys.clone();
        let call = process.runtime.spawn(async move {
            if let Ok(authorization) = keys.authorization("oauth2").await {
                shown(&authorization);
            }
        });
        process.calls.push(call);
    }

    fn cancel(&mut self, index: usize) {
        let mut calls = self.processes[index].calls.drain(..);
        if let Some(call) = calls.next().filter(|call| !call.is_finished()) {
            call.abort();
            self.cancelled += 1;
        }
    }

    /// The process is gone, wherever it was, and another one takes its place.
    fn crash(&mut self, index: usize) {
        let new = self.process();
        let old = std::mem::replace(&mut self.processes[index], new);
        drop(old.runtime);
        self.crashes += 1;
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn step(runtime: &Runtime, steps: usize) {
    runtime.block_on(async {
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
    });
}

/// Numbers that look random and come again (xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit
    }
}
