//! Limits are settings, and an error says which of them ended an acquisition.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use keyfob_auth::{
    Acquisition, AcquisitionLimits, AuthError, AuthErrorKind, ConfigError, Credential, Keyring,
    ManualClock, MemoryStore, Settings, TimeLimit, Token, TokenStore,
};
use serde_json::json;
use support::{Reply, Server, acme, header, network};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn keys(server: &Server, credential: Credential, settings: Settings) -> Keyring {
    Keyring::with_settings(&acme::API, vec![credential], network(server), settings).unwrap()
}

fn client_credentials() -> Credential {
    acme::credential(&acme::CLIENT_CREDENTIALS)
}

fn timed_out(error: &AuthError) -> TimeLimit {
    match error.kind() {
        AuthErrorKind::TimedOut { limit } => *limit,
        other => panic!("{other:?}: {error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_at_its_limit_and_the_acquisition_at_its_own() {
    for (limits, expected, seconds) in [
        (AcquisitionLimits::new(), TimeLimit::Attempt, 10),
        (
            AcquisitionLimits::new().attempt(SECOND * 60),
            TimeLimit::Acquisition,
            30,
        ),
        (
            AcquisitionLimits::new().attempt(SECOND * 3),
            TimeLimit::Attempt,
            3,
        ),
        (
            AcquisitionLimits::new().acquisition(SECOND * 5),
            TimeLimit::Acquisition,
            5,
        ),
    ] {
        let server = Server::gated(|_, _| Reply::token("never")).await;
        let keys = keys(
            &server,
            client_credentials(),
            Settings::new().limits(limits),
        );
        let start = Instant::now();
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(timed_out(&error), expected, "{error}");
        assert_eq!(start.elapsed().as_secs(), seconds, "{error}");
        assert!(
            error.is_transient() && error.operation() == Some("create_token"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_own_source_that_never_ends_ends_with_the_acquisition() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let never = Credential::source(&acme::OAUTH2, |_: Acquisition| {
        std::future::pending::<Result<Token, AuthError>>()
    });
    let limits = AcquisitionLimits::new().acquisition(SECOND * 4);
    let keys = keys(&server, never, Settings::new().limits(limits));
    let start = Instant::now();
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(timed_out(&error), TimeLimit::Acquisition);
    assert!(error.to_string().contains("its limit of 4s"), "{error}");
    assert_eq!(start.elapsed(), SECOND * 4);
}

/// A refresh token that was sent when the time was over is not given up by a process that lives:
/// it is noted that no answer came, and it is sent again.
#[tokio::test(start_paused = true)]
async fn an_acquisition_that_ends_in_the_middle_of_an_exchange_costs_no_login() {
    let server = Server::gated(|request, number| match number {
        2 => Reply::text(500, "too late"),
        _ => Reply::json(
            200,
            json!({
                "access_token": format!("t{number}-{}", request.form("refresh_token").unwrap_or_default()),
                "refresh_token": "r",
                "expires_in": 3600,
            }),
        ),
    })
    .await;
    server.release(1);
    let inputs = acme::inputs(&acme::REFRESH).set("refresh_token", "given");
    let clock = ManualClock::new();
    let limits = AcquisitionLimits::new()
        .attempt(SECOND * 60)
        .acquisition(SECOND * 20);
    let settings = Settings::new().limits(limits).clock(clock.clone());
    let keys = keys(&server, Credential::workflow(inputs), settings);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t1-given");
    clock.advance(SECOND * 3600);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(timed_out(&error), TimeLimit::Acquisition, "{error}");
    server.release(10);
    clock.advance(SECOND * 60);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t3-r");
}

#[tokio::test(start_paused = true)]
async fn a_callers_deadline_bounds_only_its_own_wait() {
    let server = Server::gated(|_, _| Reply::token("t")).await;
    let keys = keys(&server, client_credentials(), Settings::new());
    let impatient = timeout(SECOND, keys.authorization("oauth2")).await;
    assert!(impatient.is_err());
    let patient = tokio::spawn({
        let keys = keys.clone();
        async move { header(&keys, "oauth2").await }
    });
    server.received(1).await;
    server.release(1);
    assert_eq!(patient.await.unwrap(), "Bearer t");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_for_as_long_as_the_limits_say() {
    let minute = SECOND * 60;
    for (limits, asked, shortest, longest) in [
        (AcquisitionLimits::new(), None, SECOND, SECOND * 2),
        (
            AcquisitionLimits::new().pauses(minute, minute * 2),
            None,
            minute,
            minute * 2,
        ),
        (
            AcquisitionLimits::new(),
            Some("600"),
            minute * 10,
            minute * 10,
        ),
        (
            AcquisitionLimits::new().longest_retry_after(minute),
            Some("600"),
            minute,
            minute,
        ),
    ] {
        let headers: Vec<(&str, &str)> = asked
            .map(|asked| ("retry-after", asked))
            .into_iter()
            .collect();
        let reply = Reply::with(503, &headers, "");
        let server = Server::start(move |_, _| reply.clone()).await;
        let clock = ManualClock::new();
        let settings = Settings::new().limits(limits).clock(clock.clone());
        let keys = keys(&server, client_credentials(), settings);
        let wait = keys
            .authorization("oauth2")
            .await
            .unwrap_err()
            .retry_after()
            .unwrap();
        assert!(
            (shortest..=longest).contains(&wait),
            "{wait:?} for {limits:?}"
        );
        clock.advance(wait - Duration::from_millis(1));
        keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(server.count(), 1, "nothing before the pause is over");
        clock.advance(Duration::from_millis(1));
        keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peers_lock_is_waited_for_as_long_as_the_limits_say() {
    let server = Server::gated(|_, _| Reply::token("t")).await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let settings = |limits| Settings::new().store(Arc::clone(&store)).limits(limits);
    let patient = AcquisitionLimits::new()
        .attempt(SECOND * 60)
        .acquisition(SECOND * 60);
    let first = keys(&server, client_credentials(), settings(patient));
    let holding = tokio::spawn(async move { first.authorization("oauth2").await });
    server.received(1).await;
    let second = keys(
        &server,
        client_credentials(),
        settings(AcquisitionLimits::new().lock(SECOND * 2)),
    );
    let start = Instant::now();
    let error = second.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Store, "{error}");
    assert!(error.to_string().contains("more than 2 seconds"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 2);
    holding.abort();
}

#[tokio::test]
async fn limits_with_which_nothing_works_are_refused() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    for (limits, word) in [
        (
            AcquisitionLimits::new().attempt(Duration::ZERO),
            "an attempt is zero",
        ),
        (
            AcquisitionLimits::new().acquisition(Duration::ZERO),
            "an acquisition is zero",
        ),
        (
            AcquisitionLimits::new().pauses(Duration::ZERO, SECOND),
            "stormed",
        ),
        (
            AcquisitionLimits::new().pauses(SECOND * 2, SECOND),
            "longer than the longest",
        ),
    ] {
        let settings = Settings::new().limits(limits);
        let credentials = vec![client_credentials()];
        let built = Keyring::with_settings(&acme::API, credentials, network(&server), settings);
        let error = built.unwrap_err();
        assert!(matches!(error, ConfigError::Client { .. }));
        assert!(error.to_string().contains(word), "{error}");
    }
    let endless = AcquisitionLimits::new()
        .attempt(Duration::MAX)
        .acquisition(Duration::MAX)
        .lock(Duration::MAX)
        .pauses(SECOND, Duration::MAX)
        .longest_retry_after(Duration::MAX);
    let server = Server::start(|_, _| Reply::token("t")).await;
    let keys = keys(
        &server,
        client_credentials(),
        Settings::new().limits(endless),
    );
    assert_eq!(header(&keys, "oauth2").await, "Bearer t");
}
