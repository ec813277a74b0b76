//! What an application is told of its credentials.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyfob_auth::{
    Acquisition, AuthError, AuthErrorKind, AuthEvent, AuthEventKind, Credential, Fingerprint,
    Keyring, ManualClock, MemoryStore, NewToken, Reason, Settings, Token, TokenOrigin,
};
use serde_json::json;
use support::{Reply, Server, acme, header, network};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const HOUR: Duration = Duration::from_secs(3600);

struct Told {
    keys: Keyring,
    clock: ManualClock,
    events: UnboundedReceiver<AuthEvent>,
}

impl Told {
    fn by(server: &Server, credential: Credential, settings: Settings) -> Self {
        let (tell, events) = unbounded_channel();
        let clock = ManualClock::new();
        let settings = settings.clock(clock.clone()).on_event(move |event| {
            let _ = tell.send(event.clone());
        });
        let keys = Keyring::with_settings(&acme::API, vec![credential], network(server), settings);
        Self {
            keys: keys.unwrap(),
            clock,
            events,
        }
    }

    async fn next(&mut self) -> AuthEventKind {
        let event = self.events.recv().await.unwrap();
        assert_eq!((event.api, event.scheme), ("acme", "oauth2"));
        event.kind
    }
}

/// The reason, the origin and the lifetime of a token that is new.
fn new(
    kind: &AuthEventKind,
) -> (
    &'static str,
    Reason,
    TokenOrigin,
    Option<Duration>,
    Fingerprint,
) {
    let (name, new) = match kind {
        AuthEventKind::Acquired(new) => ("acquired", new),
        AuthEventKind::Renewed(new) => ("renewed", new),
        other => panic!("{other:?}"),
    };
    (name, new.reason, new.origin, new.lifetime, new.token)
}

#[tokio::test]
async fn each_token_is_told_with_its_reason_its_origin_and_its_fingerprint() {
    let server = Server::start(|_, number| {
        let token = format!("t{number}");
        Reply::json(
            200,
            json!({"access_token": token, "refresh_token": "r", "expires_in": 3600}),
        )
    })
    .await;
    let credential = acme::credential(&acme::CLIENT_CREDENTIALS);
    let mut told = Told::by(&server, credential, Settings::new());
    let first = told.keys.authorization("oauth2").await.unwrap();
    let (name, reason, origin, lifetime, token) = new(&told.next().await);
    assert_eq!(
        (name, reason, lifetime),
        ("acquired", Reason::Missing, Some(HOUR))
    );
    assert_eq!(origin, TokenOrigin::Workflow("client_credentials"));
    assert_eq!(
        first.fingerprints(),
        [token],
        "a call's token is the one that was told"
    );

    told.clock.advance(Duration::from_secs(3400));
    header(&told.keys, "oauth2").await;
    let (name, reason, origin, ..) = new(&told.next().await);
    assert_eq!((name, reason), ("renewed", Reason::Ahead));
    assert_eq!(origin, TokenOrigin::Workflow("refresh"));

    told.clock.advance(HOUR);
    let used = told.keys.authorization("oauth2").await.unwrap();
    let (name, reason, .., token) = new(&told.next().await);
    assert_eq!((name, reason), ("renewed", Reason::Expired));

    used.replace().await.unwrap().unwrap();
    let refused = told.next().await;
    assert!(
        matches!(refused, AuthEventKind::Refused { token: it } if it == token),
        "{refused:?}"
    );
    let (name, reason, .., next) = new(&told.next().await);
    assert_eq!((name, reason), ("renewed", Reason::Refused));
    assert_ne!(token, next);
    for _ in 0..100 {
        header(&told.keys, "oauth2").await;
    }
    assert!(
        told.events.try_recv().is_err(),
        "a token at hand is no event"
    );
}

#[tokio::test]
async fn a_failure_is_told_once_with_its_error() {
    let server = Server::start(|_, _| Reply::with(503, &[("retry-after", "7")], "")).await;
    let credential = acme::credential(&acme::CLIENT_CREDENTIALS);
    let mut told = Told::by(&server, credential, Settings::new());
    for _ in 0..10 {
        told.keys.authorization("oauth2").await.unwrap_err();
    }
    let kind = told.next().await;
    let AuthEventKind::Failed { reason, error, .. } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!(reason, Reason::Missing);
    let seven = Some(Duration::from_secs(7));
    assert_eq!(
        error.kind(),
        &AuthErrorKind::Transient { retry_after: seven }
    );
    assert!(
        told.events.try_recv().is_err(),
        "what is only remembered is no event"
    );
}

#[tokio::test(start_paused = true)]
async fn success_and_failure_are_told_with_how_long_they_took() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let requests = Arc::new(AtomicUsize::new(0));
    let source = Credential::source(&acme::OAUTH2, move |_: Acquisition| {
        let number = requests.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_secs(7)).await;
            match number {
                0 => Err(AuthError::new(AuthErrorKind::LogInAgain, "it is over")),
                _ => Ok(Token::new("t")),
            }
        }
    });
    let mut told = Told::by(&server, source, Settings::new());
    told.keys.authorization("oauth2").await.unwrap_err();
    let AuthEventKind::LogInAgain { took, .. } = told.next().await else {
        panic!("it failed");
    };
    assert_eq!(took.as_secs(), 7);
    told.clock.advance(HOUR);
    header(&told.keys, "oauth2").await;
    let AuthEventKind::Acquired(NewToken { took, .. }) = told.next().await else {
        panic!("it succeeded");
    };
    assert_eq!(took.as_secs(), 7);
}

#[tokio::test]
async fn a_login_that_is_over_is_told_as_such() {
    let server = Server::start(|_, _| Reply::json(400, json!({"error": "invalid_grant"}))).await;
    let inputs = acme::inputs(&acme::REFRESH).set("refresh_token", "old");
    let mut told = Told::by(&server, Credential::workflow(inputs), Settings::new());
    told.keys.authorization("oauth2").await.unwrap_err();
    let kind = told.next().await;
    let AuthEventKind::LogInAgain { error, .. } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!(error.code(), Some("invalid_grant"));
}

#[tokio::test]
async fn a_token_from_the_store_or_from_an_own_source_is_told_as_such() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let settings = Settings::new().store(Arc::new(MemoryStore::new()));
    let credential = || acme::credential(&acme::CLIENT_CREDENTIALS);
    let mut first = Told::by(&server, credential(), settings.clone());
    header(&first.keys, "oauth2").await;
    let (.., acquired) = new(&first.next().await);
    let mut second = Told::by(&server, credential(), settings);
    header(&second.keys, "oauth2").await;
    let (_, reason, origin, _, found) = new(&second.next().await);
    assert_eq!((reason, origin), (Reason::Missing, TokenOrigin::Store));
    assert_eq!(acquired, found, "the same token has the same fingerprint");

    let own = Credential::source(&acme::OAUTH2, |_: Acquisition| async {
        Ok(Token::new("own"))
    });
    let mut own = Told::by(&server, own, Settings::new());
    header(&own.keys, "oauth2").await;
    let (name, _, origin, lifetime, _) = new(&own.next().await);
    assert_eq!(
        (name, origin, lifetime),
        ("acquired", TokenOrigin::Source, None)
    );
}

#[tokio::test]
async fn an_observer_that_panics_keeps_nobody_from_the_token() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let (tell, mut told) = unbounded_channel();
    let settings = Settings::new()
        .on_event(|_| panic!("a bug in the application's metrics"))
        .on_event(move |event| drop(tell.send(event.to_string())));
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let keys = Keyring::with_settings(&acme::API, credentials, network(&server), settings);
    assert_eq!(header(&keys.unwrap(), "oauth2").await, "Bearer t");
    let said = told.recv().await.unwrap();
    assert!(said.starts_with("acme oauth2: token acquired ("), "{said}");
}
