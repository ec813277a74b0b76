//! A recording token endpoint on loopback, and a small API in constants.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary uses a part of it"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub mod acme;
pub mod nowhere;
pub mod server;

use keyfob_auth::{Credential, Keyring, ManualClock, Network, ServerChoice, Settings};

pub use nowhere::Nowhere;
pub use server::{Recorded, Reply, Server};

/// How a server at this URL is reached.
pub fn network(server: &Server) -> Network {
    Network {
        http: http(),
        servers: ServerChoice::default().base_url(&server.url()).unwrap(),
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// A keyring of the API `acme`, whose endpoints are all at one server.
pub fn keyring(server: &Server, credentials: Vec<Credential>) -> Keyring {
    Keyring::new(&acme::API, credentials, network(server)).unwrap()
}

/// The same, with a clock to move.
pub fn keyring_and_clock(server: &Server, credentials: Vec<Credential>) -> (Keyring, ManualClock) {
    let clock = ManualClock::new();
    let keyring = Keyring::with_settings(
        &acme::API,
        credentials,
        network(server),
        Settings::new().clock(clock.clone()),
    );
    (keyring.unwrap(), clock)
}

/// The value of the header that a scheme presents.
pub async fn header(keyring: &Keyring, scheme: &str) -> String {
    let authorization = keyring.authorization(scheme).await.unwrap();
    shown(&authorization)
}

pub fn shown(authorization: &keyfob_auth::Authorization) -> String {
    let (_, value) = authorization.header().expect("a header");
    assert!(value.is_sensitive(), "the header is marked as sensitive");
    value.to_str().unwrap().to_owned()
}
