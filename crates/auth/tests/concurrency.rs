//! Many callers, one token.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use keyfob_auth::{
    Acquisition, Answer, AuthError, AuthErrorKind, Authorization, Credential, Keyring, ManualClock,
    Requirement, Security, Settings, Token, TokenSource,
};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde_json::json;
use support::{Reply, Server, acme, header, keyring, keyring_and_clock, network, shown};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const TOKEN: Security = &[&[Requirement {
    scheme: &acme::OAUTH2,
    scopes: &[],
}]];

#[tokio::test]
async fn ten_thousand_cold_callers_cause_one_token_request() {
    let server = Server::gated(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let mut callers = callers(&keys, 10_000);
    server.received(1).await;
    server.release(10);
    while let Some(served) = callers.join_next().await {
        assert_eq!(shown(&served.unwrap().unwrap()), "Bearer t1");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn ten_thousand_callers_share_one_failure() {
    let server = Server::gated(|_, _| Reply::with(503, &[("retry-after", "5")], "")).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let mut waiting = callers(&keys, 10_000);
    server.received(1).await;
    server.release(10);
    let mut failures: Vec<AuthError> = Vec::new();
    while let Some(served) = waiting.join_next().await {
        failures.push(served.unwrap().unwrap_err());
    }
    assert!(failures.iter().all(|failure| *failure == failures[0]));
    let late = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(late, failures[0], "those who come later are told the same");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_cancelled_caller_does_not_strand_the_others() {
    let server = Server::gated(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let first = tokio::spawn({
        let keys = keys.clone();
        async move { keys.authorization("oauth2").await }
    });
    server.received(1).await;
    let mut others = callers(&keys, 10);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    server.release(10);
    while let Some(served) = others.join_next().await {
        assert_eq!(shown(&served.unwrap().unwrap()), "Bearer t1");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_caller_that_panics_while_it_waits_does_not_strand_the_others() {
    let server = Server::gated(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let first = tokio::spawn({
        let keys = keys.clone();
        async move {
            tokio::select! {
                biased;
                _ = keys.authorization("oauth2") => {}
                () = tokio::task::yield_now() => panic!("a bug in the application"),
            }
        }
    });
    let mut others = callers(&keys, 10);
    server.received(1).await;
    assert!(first.await.unwrap_err().is_panic());
    server.release(10);
    while let Some(served) = others.join_next().await {
        assert_eq!(shown(&served.unwrap().unwrap()), "Bearer t1");
    }
    assert_eq!(server.count(), 1);
}

/// What a thread has noted is gone before its last values ask, or after they have.
#[tokio::test]
async fn a_thread_may_ask_until_its_very_end() {
    struct AtTheEnd(Option<(Keyring, Sender<String>)>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let (keys, told) = self.0.take().unwrap();
            let ready = keys.ready(TOKEN).unwrap();
            told.send(shown(&ready)).unwrap();
        }
    }
    thread_local! {
        static BEFORE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let server = Server::start(|_, _| Reply::token("t")).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    header(&keys, "oauth2").await;
    let (tell, told) = channel();
    let at_the_end = || AtTheEnd(Some((keys.clone(), tell.clone())));
    thread::scope(|scope| {
        scope.spawn(|| {
            BEFORE.set(Some(at_the_end()));
            assert!(keys.ready(TOKEN).is_some());
            AFTER.set(Some(at_the_end()));
        });
    });
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), ["Bearer t", "Bearer t"]);
}

#[tokio::test]
async fn callers_that_all_give_up_still_leave_a_token_behind() {
    let server = Server::gated(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    for _ in 0..80 {
        let impatient = keys.authorization("oauth2");
        tokio::select! {
            biased;
            _ = impatient => panic!("there is no token yet"),
            () = tokio::task::yield_now() => {}
        }
    }
    server.received(1).await;
    server.release(1);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn renewal_ahead_blocks_nobody() {
    let server = Server::gated(|_, number| Reply::token(&format!("t{number}"))).await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    server.release(1);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
    clock.advance(Duration::from_secs(3400));
    for _ in 0..100 {
        assert_eq!(
            header(&keys, "oauth2").await,
            "Bearer t1",
            "still good, and at once"
        );
    }
    server.received(2).await;
    server.release(1);
    while header(&keys, "oauth2").await != "Bearer t2" {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn an_outage_within_the_window_is_not_felt() {
    let server = Server::start(|_, number| match number {
        1 => Reply::token("t1"),
        _ => Reply::text(503, "down"),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    header(&keys, "oauth2").await;
    clock.advance(Duration::from_secs(3400));
    for _ in 0..500 {
        assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
        clock.advance(Duration::from_millis(10));
        tokio::task::yield_now().await;
    }
    assert!(server.count() <= 1 + 6, "{} requests", server.count());
}

#[tokio::test]
async fn a_dead_token_is_never_given() {
    let server = Server::start(|_, number| match number {
        1 => Reply::token("t1"),
        _ => Reply::text(503, "down"),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    header(&keys, "oauth2").await;
    clock.advance(Duration::from_secs(3599));
    assert!(
        keys.authorization("oauth2")
            .await
            .unwrap_err()
            .is_transient()
    );
    assert!(keys.ready(&[&[REQUIREMENT]]).is_none());
}

#[tokio::test]
async fn a_sleeping_machine_and_a_clock_set_back_send_no_dead_token() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let credentials = vec![acme::credential(&acme::HOURLY)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
    clock.suspend(Duration::from_secs(2 * 3600));
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer t2",
        "it died while the machine slept"
    );
    clock.set_back(Duration::from_secs(3600));
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer t2",
        "it is young by the other clock"
    );
    clock.advance(Duration::from_secs(3601));
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer t3",
        "it is old by the other clock"
    );
}

#[tokio::test]
async fn a_storm_of_refusals_causes_one_acquisition() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let used = keys.authorization("oauth2").await.unwrap();
    let mut replays = JoinSet::new();
    for _ in 0..1000 {
        let used = used.clone();
        replays.spawn(async move {
            assert!(used.is_refused(&answer(401, &HeaderMap::new(), b"")));
            used.replace().await
        });
        if replays.len() % 100 == 0 {
            // Some refusals arrive when the new token is there already.
            tokio::task::yield_now().await;
        }
    }
    while let Some(replay) = replays.join_next().await {
        let replacement = replay.unwrap().unwrap().expect("a new token");
        assert_eq!(shown(&replacement), "Bearer t2");
    }
    let late = used.replace().await.unwrap().expect("the later token");
    assert_eq!(shown(&late), "Bearer t2");
    assert_eq!(header(&keys, "oauth2").await, "Bearer t2");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_token_that_comes_back_unchanged_is_not_asked_for_again() {
    let server = Server::start(|_, _| Reply::token("the same")).await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    for _ in 0..10 {
        let used = keys.authorization("oauth2").await.unwrap();
        assert!(
            used.replace().await.unwrap().is_none(),
            "nothing new to try"
        );
    }
    assert_eq!(server.count(), 2);
    clock.advance(Duration::from_secs(61));
    let used = keys.authorization("oauth2").await.unwrap();
    assert!(used.replace().await.unwrap().is_none());
    assert_eq!(server.count(), 3, "but not never again");
}

#[tokio::test]
async fn a_server_that_refuses_everything_does_not_get_a_token_request_for_each_call() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    for _ in 0..1000 {
        let used = keys.authorization("oauth2").await.unwrap();
        used.replace().await.unwrap();
    }
    assert_eq!(server.count(), 1 + 4);
    clock.advance(Duration::from_secs(5));
    let used = keys.authorization("oauth2").await.unwrap();
    assert!(
        used.replace().await.unwrap().is_some(),
        "after a while, one more is tried"
    );
}

#[tokio::test]
async fn a_refusal_is_what_the_scheme_says() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::OAUTH2, "a"),
            Credential::fixed(&acme::USER, "b"),
        ],
    );
    let scope = HeaderMap::from_iter([(
        WWW_AUTHENTICATE,
        "Bearer error=\"insufficient_scope\"".parse().unwrap(),
    )]);
    let none = HeaderMap::new();
    let expired = json!({"message": "token expired"}).to_string();
    let forbidden = json!({"message": "not yours"}).to_string();
    for (scheme, status, headers, body, refused) in [
        ("oauth2", 401, &none, "", true),
        ("oauth2", 403, &none, "", false),
        ("oauth2", 200, &none, "", false),
        ("oauth2", 401, &scope, "", false),
        ("user", 401, &none, "", false),
        ("user", 403, &none, expired.as_str(), true),
        ("user", 403, &none, forbidden.as_str(), false),
        ("user", 403, &none, "", false),
        ("user", 403, &scope, expired.as_str(), false),
        ("user", 200, &none, expired.as_str(), false),
    ] {
        let authorization = keys.authorization(scheme).await.unwrap();
        let answer = answer(status, headers, body.as_bytes());
        assert_eq!(
            authorization.is_refused(&answer),
            refused,
            "{scheme} {status} {body}"
        );
        assert_eq!(authorization.needs_body(), scheme == "user");
        assert!(
            authorization.replace().await.unwrap().is_none(),
            "a key has no successor"
        );
    }
}

const REQUIREMENT: Requirement = Requirement {
    scheme: &acme::OAUTH2,
    scopes: &[],
};

const KEY_TOO: Requirement = Requirement {
    scheme: &acme::API_KEY,
    scopes: &[],
};

#[tokio::test]
async fn several_schemes_are_presented_and_only_the_refused_one_is_replaced() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::API_KEY, "k"),
            acme::credential(&acme::CLIENT_CREDENTIALS),
        ],
    );
    let both = keys
        .authorize("list", &[&[KEY_TOO, REQUIREMENT]])
        .await
        .unwrap();
    let presented = |authorization: &Authorization| {
        let mut request =
            reqwest::Request::new(reqwest::Method::GET, "http://127.0.0.1/".parse().unwrap());
        authorization.apply(&mut request);
        let value = |name| request.headers()[name].to_str().unwrap().to_owned();
        (value("x-api-key"), value("authorization"))
    };
    assert_eq!(presented(&both), ("k".to_owned(), "Bearer t1".to_owned()));
    assert_eq!(
        both.shape(),
        "X-Api-Key: <1 characters>, Authorization: Bearer <2 characters>"
    );
    assert!(both.is_refused(&answer(401, &HeaderMap::new(), b"")));
    let replaced = both.replace().await.unwrap().unwrap();
    assert_eq!(
        presented(&replaced),
        ("k".to_owned(), "Bearer t2".to_owned())
    );
}

#[tokio::test]
async fn of_two_tokens_only_the_one_that_an_answer_refuses_is_replaced() {
    const BOTH: Security = &[&[
        REQUIREMENT,
        Requirement {
            scheme: &acme::USER,
            scopes: &[],
        },
    ]];
    let server = Server::start(|request, number| match request.target.as_str() {
        "/api/token" => Reply::token(&format!("app{number}")),
        _ => Reply::token(&format!("user{number}")),
    })
    .await;
    let exchange = keyfob_auth::Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            acme::credential(&acme::CLIENT_CREDENTIALS),
            Credential::workflow(exchange),
        ],
    );
    let both = keys.authorize("list", BOTH).await.unwrap();
    assert_eq!(server.count(), 2);
    assert!(both.is_refused(&answer(401, &HeaderMap::new(), b"")));
    assert!(both.replace().await.unwrap().is_some());
    let paths: Vec<String> = server
        .requests()
        .iter()
        .map(|each| each.target.clone())
        .collect();
    assert_eq!(paths, ["/api/token", "/api/users/bob/token", "/api/token"]);
}

/// Yields what it is told to, and counts how often it is asked.
struct Counting<F> {
    asked: Arc<AtomicUsize>,
    answer: F,
}

impl<F> TokenSource for Counting<F>
where
    F: Fn(usize) -> Result<Token, AuthError> + Send + Sync + 'static,
{
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        let asked = 1 + self.asked.fetch_add(1, Ordering::Relaxed);
        (self.answer)(asked)
    }
}

async fn with_source<F>(answer: F) -> (Keyring, ManualClock, Arc<AtomicUsize>)
where
    F: Fn(usize) -> Result<Token, AuthError> + Send + Sync + 'static,
{
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Counting {
        asked: Arc::clone(&asked),
        answer,
    };
    let clock = ManualClock::new();
    let credentials = vec![Credential::source(&acme::OAUTH2, source)];
    let keys = Keyring::with_settings(
        &acme::API,
        credentials,
        network(&server),
        Settings::new().clock(clock.clone()),
    );
    (keys.unwrap(), clock, asked)
}

#[tokio::test]
async fn an_own_source_is_kept_renewed_and_shared_like_a_workflow() {
    let minute = Duration::from_secs(60);
    let (keys, clock, asked) =
        with_source(move |n| Ok(Token::new(format!("own{n}")).with_expires_in(minute))).await;
    let mut waiting = callers(&keys, 100);
    while let Some(served) = waiting.join_next().await {
        assert_eq!(shown(&served.unwrap().unwrap()), "Bearer own1");
    }
    clock.advance(minute);
    assert_eq!(header(&keys, "oauth2").await, "Bearer own2");
    let used = keys.authorization("oauth2").await.unwrap();
    assert_eq!(
        shown(&used.replace().await.unwrap().unwrap()),
        "Bearer own3"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_own_source_that_panics_is_an_error_of_everybody_who_waits() {
    let (keys, clock, asked) = with_source(|n| match n {
        1 => panic!("a bug in the application's source"),
        _ => Ok(Token::new("recovered")),
    })
    .await;
    let mut waiting = callers(&keys, 100);
    while let Some(served) = waiting.join_next().await {
        let error = served.unwrap().unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::Internal, "{error}");
        assert_eq!(error.scheme(), Some("oauth2"));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "not repeated in a storm");
    clock.advance(Duration::from_secs(30));
    assert_eq!(header(&keys, "oauth2").await, "Bearer recovered");
}

#[tokio::test]
async fn an_own_sources_error_and_unfit_token_reach_the_caller() {
    let rejected = AuthErrorKind::Rejected {
        code: Some("no_vault".to_owned()),
    };
    let kind = rejected.clone();
    let (keys, ..) = with_source(move |_| Err(AuthError::new(kind.clone(), "sealed"))).await;
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &rejected);
    assert!(error.to_string().contains("sealed"), "{error}");
    let (keys, ..) = with_source(|_| Ok(Token::new("two\nlines"))).await;
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Misconfigured, "{error}");
}

/// Waits for a permit of its own before it yields a token.
struct Slow {
    permits: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
}

impl TokenSource for Slow {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.permits.acquire().await.unwrap().forget();
        Ok(Token::new("slow"))
    }
}

#[test]
fn a_runtime_that_shuts_down_in_mid_acquisition_strands_nobody_elsewhere() {
    let (permits, asked) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let source = Slow {
        permits: Arc::clone(&permits),
        asked: Arc::clone(&asked),
    };
    let keys = Keyring::new(
        &acme::API,
        vec![Credential::source(&acme::OAUTH2, source)],
        keyfob_auth::Network {
            http: support::http(),
            servers: keyfob_auth::ServerChoice::default(),
        },
    )
    .unwrap();
    let starts = runtime();
    let waits = runtime();
    let until_asked = |count| {
        while asked.load(Ordering::Relaxed) < count {
            thread::yield_now();
        }
    };
    let first = starts.spawn({
        let keys = keys.clone();
        async move { keys.authorization("oauth2").await }
    });
    until_asked(1);
    let second = waits.spawn({
        let keys = keys.clone();
        async move { keys.authorization("oauth2").await }
    });
    starts.shutdown_background();
    permits.add_permits(1);
    let served = waits.block_on(second).unwrap();
    assert_eq!(shown(&served.unwrap()), "Bearer slow");
    drop(first);
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let keys = Keyring::new(
        &acme::API,
        vec![acme::credential(&acme::CLIENT_CREDENTIALS)],
        keyfob_auth::Network {
            http: support::http(),
            servers: keyfob_auth::ServerChoice::default(),
        },
    )
    .unwrap();
    let mut asking = Box::pin(keys.authorization("oauth2"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = asking.as_mut().poll(&mut context) else {
        panic!("nothing to wait for");
    };
    assert_eq!(error.kind(), &AuthErrorKind::Internal, "{error}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn callers(keys: &Keyring, count: usize) -> JoinSet<Result<Authorization, AuthError>> {
    let mut callers = JoinSet::new();
    for _ in 0..count {
        let keys = keys.clone();
        callers.spawn(async move { keys.authorization("oauth2").await });
    }
    callers
}

fn answer<'a>(status: u16, headers: &'a HeaderMap, body: &'a [u8]) -> Answer<'a> {
    Answer {
        status,
        headers,
        body,
    }
}
