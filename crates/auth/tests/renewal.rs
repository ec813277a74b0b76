//! Refresh tokens, single use, and credentials that others are made from.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use keyfob_auth::{
    AuthErrorKind, ConfigError, Credential, Inputs, Keyring, Login, LoginError, LoginStarted,
    Settings,
};
use serde_json::{Value, json};
use support::{
    Nowhere, Recorded, Reply, Server, acme, header, keyring, keyring_and_clock, network, shown,
};

const LIFE: Duration = Duration::from_secs(3600);

fn token(token: &str, refresh_token: Option<&str>) -> Reply {
    let mut body = json!({"access_token": token, "expires_in": 3600});
    if let Some(refresh_token) = refresh_token {
        body["refresh_token"] = Value::from(refresh_token);
    }
    Reply::json(200, body)
}

fn refused(code: &str) -> Reply {
    Reply::json(400, json!({"error": code}))
}

/// `grant_type` and the refresh token of each request.
fn history(server: &Server) -> Vec<(String, Option<String>)> {
    let what = |request: &Recorded| {
        let grant = request.form("grant_type").unwrap_or_default();
        (grant, request.form("refresh_token"))
    };
    server.requests().iter().map(what).collect()
}

fn grant(name: &str) -> (String, Option<String>) {
    (name.to_owned(), None)
}

fn refresh(token: &str) -> (String, Option<String>) {
    ("refresh_token".to_owned(), Some(token.to_owned()))
}

#[tokio::test]
async fn a_refresh_token_is_used_kept_and_rotated() {
    let server = Server::start(|_, number| match number {
        1 => token("a1", Some("r1")),
        2 => token("a2", None),
        3 => token("a3", Some("r3")),
        _ => token("a4", Some("")),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    for number in 1..=5 {
        assert_eq!(
            header(&keys, "oauth2").await,
            format!("Bearer a{}", number.min(4))
        );
        clock.advance(LIFE);
    }
    let used = ["r1", "r1", "r3", "r3"].map(refresh);
    let expected = [grant("client_credentials")].into_iter().chain(used);
    assert_eq!(history(&server), expected.collect::<Vec<_>>());
    let client = server.requests()[1].form("client_id");
    assert_eq!(
        client.as_deref(),
        Some("ann"),
        "what the first workflow was given serves again"
    );
}

#[tokio::test]
async fn a_refused_renewal_falls_back_to_the_first_workflow() {
    let server =
        Server::start(
            |request, number| match request.form("grant_type").unwrap().as_str() {
                "refresh_token" => refused("invalid_grant"),
                _ => token(&format!("a{number}"), Some("r")),
            },
        )
        .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    clock.advance(LIFE);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a3");
    let again = [
        grant("client_credentials"),
        refresh("r"),
        grant("client_credentials"),
    ];
    assert_eq!(history(&server), again);
}

#[tokio::test]
async fn an_outage_during_renewal_does_not_cost_the_refresh_token() {
    let server = Server::start(|_, number| match number {
        1 => token("a1", Some("r1")),
        2 => Reply::text(503, ""),
        _ => token("a3", None),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    header(&keys, "oauth2").await;
    clock.advance(LIFE);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    clock.advance(error.retry_after().unwrap());
    assert_eq!(header(&keys, "oauth2").await, "Bearer a3");
    let all = [grant("client_credentials"), refresh("r1"), refresh("r1")];
    assert_eq!(history(&server), all);
}

fn code() -> Inputs {
    acme::inputs(&acme::CODE)
        .set("code", "c0de")
        .set("redirect_uri", "http://127.0.0.1:9/callback")
        .set("code_verifier", "v".repeat(43))
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_then_renewed() {
    let server = Server::start(|_, number| token(&format!("a{number}"), Some("r"))).await;
    let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(code())]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    clock.advance(LIFE);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a2");
    assert_eq!(
        history(&server),
        [grant("authorization_code"), refresh("r")]
    );
}

#[tokio::test]
async fn a_code_whose_token_died_asks_for_a_new_login() {
    let server = Server::start(|_, _| token("a", None)).await;
    let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(code())]);
    header(&keys, "oauth2").await;
    for _ in 0..3 {
        clock.advance(LIFE);
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::LogInAgain);
        let text = error.to_string();
        assert!(text.contains("log in again"), "{text}");
        assert!(text.contains("Ask the administrator"), "{text}");
    }
    assert_eq!(server.count(), 1, "the code is never sent twice");
}

#[tokio::test]
async fn a_refused_code_or_refresh_token_asks_for_a_new_login() {
    for (replies, requests) in [(vec![], 1), (vec![token("a", Some("r"))], 2)] {
        let server = Server::start(move |_, number| {
            let reply = replies.get(number - 1).cloned();
            reply.unwrap_or_else(|| refused("invalid_grant"))
        })
        .await;
        let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(code())]);
        if requests == 2 {
            header(&keys, "oauth2").await;
        }
        for _ in 0..3 {
            clock.advance(LIFE);
            let error = keys.authorization("oauth2").await.unwrap_err();
            assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
        }
        assert_eq!(server.count(), requests, "{:?}", history(&server));
    }
}

#[tokio::test]
async fn a_renewal_that_fails_for_another_reason_is_not_for_a_person_to_mend() {
    let page = [("content-type", "text/html")];
    for (fault, kind) in [
        (refused("invalid_client"), "Rejected"),
        (refused("unauthorized_client"), "Rejected"),
        (
            Reply::with(200, &page, "<html>Welcome to our hotel"),
            "Protocol",
        ),
        (
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
            "Protocol",
        ),
        (
            Reply::with(302, &[("location", "/elsewhere")], ""),
            "Protocol",
        ),
        (Reply::text(404, ""), "Misconfigured"),
    ] {
        let server = Server::start(move |_, number| match number {
            1 => token("a1", Some("r")),
            2 => fault.clone(),
            _ => token("a3", None),
        })
        .await;
        let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(code())]);
        header(&keys, "oauth2").await;
        clock.advance(LIFE);
        let error = keys.authorization("oauth2").await.unwrap_err();
        let told = format!("{:?}", error.kind());
        assert!(told.starts_with(kind), "{kind}: {error:?}");
        clock.advance(LIFE);
        assert_eq!(
            header(&keys, "oauth2").await,
            "Bearer a3",
            "the fault was mended, and the refresh token was kept"
        );
    }
}

#[tokio::test]
async fn a_code_that_never_left_this_machine_may_be_sent_later() {
    let server = Server::start(|_, _| token("a", None)).await;
    let alive = network(&server);
    let nowhere = Nowhere::new();
    let mut network = alive.clone();
    let servers = network.servers;
    network.servers = servers.server_url("create_token", &nowhere.url()).unwrap();
    let clock = keyfob_auth::ManualClock::new();
    let keys = Keyring::with_settings(
        &acme::API,
        vec![Credential::workflow(code())],
        network,
        Settings::new().clock(clock.clone()),
    );
    let keys = keys.unwrap();
    for _ in 0..2 {
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        clock.advance(LIFE);
    }
}

#[tokio::test]
async fn a_refresh_token_is_a_credential_by_itself() {
    let server =
        Server::start(
            |request, number| match request.form("refresh_token").unwrap().as_str() {
                "given" if number == 1 => token("a1", Some("r1")),
                "r1" => token("a2", Some("r2")),
                _ => refused("invalid_grant"),
            },
        )
        .await;
    let inputs = acme::inputs(&acme::REFRESH).set("refresh_token", "given");
    let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(inputs)]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    clock.advance(LIFE);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a2");
    for _ in 0..3 {
        clock.advance(LIFE);
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
    }
    assert_eq!(
        history(&server),
        ["given", "r1", "r2"].map(refresh),
        "a token that was rotated away is never shown again: the server would revoke the family"
    );
}

#[tokio::test]
async fn a_rotated_refresh_token_takes_the_place_of_the_one_that_was_given() {
    let server = Server::start(|_, number| match number {
        1 => token("a1", Some("r1")),
        _ => token("a2", None),
    })
    .await;
    let inputs = acme::inputs(&acme::REFRESH_ONLY).set("refresh_token", "given");
    let (keys, clock) = keyring_and_clock(&server, vec![Credential::workflow(inputs)]);
    for _ in 0..3 {
        header(&keys, "oauth2").await;
        clock.advance(LIFE);
    }
    assert_eq!(history(&server), ["given", "r1", "r1"].map(refresh));
}

#[tokio::test]
async fn a_cancelled_caller_does_not_lose_a_rotated_refresh_token() {
    let server = Server::gated(
        |request, number| match (number, request.form("refresh_token")) {
            (1, None) => token("a1", Some("r1")),
            (2, Some(used)) if used == "r1" => token("a2", Some("r2")),
            (3, Some(used)) if used == "r2" => token("a3", Some("r3")),
            _ => refused("invalid_grant"),
        },
    )
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    server.release(1);
    header(&keys, "oauth2").await;
    clock.advance(LIFE);
    let impatient = tokio::spawn({
        let keys = keys.clone();
        async move { keys.authorization("oauth2").await }
    });
    server.received(2).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    server.release(2);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a2");
    clock.advance(LIFE);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a3");
}

#[tokio::test]
async fn the_old_token_can_buy_the_new_one() {
    let server = Server::start(|request, number| match request.form("old").as_deref() {
        None => token("a1", None),
        Some("a1") => token("a2", None),
        Some(_) => token(&format!("again{number}"), None),
    })
    .await;
    let (keys, clock) = keyring_and_clock(&server, vec![acme::credential(&acme::SLIDING)]);
    for expected in ["a1", "a2", "again3"] {
        assert_eq!(header(&keys, "oauth2").await, format!("Bearer {expected}"));
        clock.advance(LIFE);
    }
}

#[tokio::test]
async fn a_workflow_takes_the_token_of_another_credential() {
    let server = Server::start(|request, number| {
        match (request.target.as_str(), request.header("authorization")) {
            ("/api/token", _) => token(&format!("app{number}"), None),
            ("/api/users/bob/token", Some("Bearer app1")) => token("user1", None),
            ("/api/users/bob/token", Some("Bearer app3")) => token("user2", None),
            ("/api/users/bob/token", _) => Reply::text(401, "who?"),
            _ => Reply::text(404, ""),
        }
    })
    .await;
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            Credential::workflow(inputs),
            acme::credential(&acme::CLIENT_CREDENTIALS),
        ],
    );
    assert_eq!(header(&keys, "user").await, "Bearer user1");
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer app1",
        "the one token serves both"
    );
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_refusal_in_a_step_refuses_the_borrowed_token_and_asks_once_more() {
    let server = Server::start(|request, number| {
        match (request.target.as_str(), request.header("authorization")) {
            ("/api/token", _) => token(&format!("app{number}"), None),
            (_, Some("Bearer app1")) => Reply::text(401, "expired"),
            (_, Some("Bearer app3")) => token("user", None),
            _ => Reply::text(404, ""),
        }
    })
    .await;
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            acme::credential(&acme::CLIENT_CREDENTIALS),
            Credential::workflow(inputs),
        ],
    );
    assert_eq!(header(&keys, "user").await, "Bearer user");
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer app3",
        "the refused one is gone for all"
    );
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn a_step_that_refuses_every_borrowed_token_is_asked_twice() {
    let server = Server::start(|request, number| match request.target.as_str() {
        "/api/token" => token(&format!("app{number}"), None),
        _ => Reply::text(401, "never"),
    })
    .await;
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            acme::credential(&acme::CLIENT_CREDENTIALS),
            Credential::workflow(inputs),
        ],
    );
    let error = keys.authorization("user").await.unwrap_err();
    assert_eq!(error.operation(), Some("create_user_token"));
    let paths: Vec<String> = server
        .requests()
        .iter()
        .map(|each| each.target.clone())
        .collect();
    let (token, user) = ("/api/token", "/api/users/bob/token");
    assert_eq!(paths, [token, user, token, user]);
}

#[tokio::test]
async fn a_borrowed_key_that_is_refused_is_a_rejection() {
    let server = Server::start(|_, _| Reply::text(401, "")).await;
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::OAUTH2, "pasted"),
            Credential::workflow(inputs),
        ],
    );
    let error = keys.authorization("user").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Rejected { code: None });
    assert_eq!(server.count(), 1);
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some("Bearer pasted")
    );
}

#[tokio::test]
async fn the_failure_of_a_borrowed_credential_is_told_as_its_own() {
    let server = Server::start(|_, _| refused("invalid_client")).await;
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let keys = keyring(
        &server,
        vec![
            acme::credential(&acme::CLIENT_CREDENTIALS),
            Credential::workflow(inputs),
        ],
    );
    let error = keys.authorization("user").await.unwrap_err();
    assert_eq!(error.scheme(), Some("oauth2"));
    assert_eq!(error.operation(), Some("create_token"));
}

#[tokio::test]
async fn the_halves_of_a_basic_credential_can_be_borrowed() {
    let server = Server::start(|_, _| token("t", None)).await;
    let keys = keyring(
        &server,
        vec![
            Credential::workflow(Inputs::new(&acme::API, &acme::FROM_BASIC)),
            Credential::basic(&acme::BASIC, "ann", "pw"),
        ],
    );
    assert_eq!(header(&keys, "oauth2").await, "Bearer t");
    assert_eq!(server.requests()[0].body, "u=ann&p=pw");
}

#[tokio::test]
async fn a_missing_lender_and_a_circle_are_found_at_build() {
    let server = Server::start(|_, _| token("t", None)).await;
    let build = |credentials| Keyring::new(&acme::API, credentials, network(&server));
    let inputs = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "bob");
    let alone = build(vec![Credential::workflow(inputs)]).unwrap_err();
    assert!(
        matches!(alone, ConfigError::NeedsCredential { .. }),
        "{alone}"
    );
    let of = |workflow| Credential::workflow(Inputs::new(&acme::API, workflow));
    let circle = build(vec![of(&acme::CHICKEN), of(&acme::EGG)]).unwrap_err();
    assert_eq!(
        circle.to_string(),
        "the credentials need each other in a circle: special -> raw -> special"
    );
}

/// What a login yields; a generated client has such a type for each workflow.
#[derive(Debug)]
struct Code(Inputs);

impl From<Inputs> for Code {
    fn from(inputs: Inputs) -> Self {
        Self(inputs)
    }
}

fn login() -> Login<Code> {
    Login::new(acme::inputs(&acme::CODE).set("redirect_uri", "http://127.0.0.1:9/callback"))
}

#[tokio::test]
async fn a_login_goes_out_by_a_url_and_comes_back_by_a_code() {
    let server = Server::start(|_, _| token("t", None)).await;
    let started = login()
        .scope("read write")
        .parameter("prompt", "login")
        .start()
        .unwrap();
    let url = started.url().clone();
    assert_eq!(
        (url.host_str(), url.path()),
        (Some("login.acme.example"), "/v1/oauth2/authorize")
    );
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs().filter(|(known, _)| known == name);
        let value = pairs.next().map(|(_, value)| value.into_owned());
        assert!(pairs.next().is_none(), "{name} stands there once");
        value.unwrap_or_default()
    };
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "ann"),
        ("redirect_uri", "http://127.0.0.1:9/callback"),
        ("scope", "read write"),
        ("code_challenge_method", "S256"),
        ("audience", "acme"),
        ("prompt", "login"),
        ("client_secret", ""),
    ] {
        assert_eq!(parameter(name), value, "{name}");
    }
    let verifier = started.verifier().expose().to_owned();
    assert!((43..=128).contains(&verifier.len()));
    assert_eq!(parameter("code_challenge"), challenge(&verifier));
    let callback = format!(
        "http://127.0.0.1:9/callback?code=a%2Fb&state={}&iss=https%3A%2F%2Flogin.acme.example",
        parameter("state")
    );
    let Code(inputs) = started.finish(&callback).unwrap();
    let keys = keyring(&server, vec![Credential::workflow(inputs)]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t");
    let request = &server.requests()[0];
    assert_eq!(request.form("code").unwrap(), "a/b");
    assert_eq!(request.form("code_verifier").unwrap(), verifier);
    assert_eq!(
        request.form("redirect_uri").unwrap(),
        "http://127.0.0.1:9/callback"
    );
}

fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier))
}

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let started = login().resume("state", verifier).unwrap();
    let challenge = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&";
    assert!(
        started.url().as_str().contains(challenge),
        "{}",
        started.url()
    );
}

#[test]
fn each_login_has_its_own_state_and_verifier() {
    let (one, two) = (login().start().unwrap(), login().start().unwrap());
    assert_ne!(one.state(), two.state());
    assert_ne!(one.verifier(), two.verifier());
    assert_ne!(one.state(), one.verifier());
    let shown = format!("{one:?}");
    assert!(!shown.contains(one.state().expose()) && !shown.contains(one.verifier().expose()));
}

#[test]
fn a_callback_that_is_not_ours_is_no_login() {
    let state = |query: &str| format!("http://127.0.0.1:9/callback?{query}");
    let refusal = LoginError::Refused {
        code: "access_denied".to_owned(),
        description: Some("not today".to_owned()),
    };
    let unreadable = |parameter: &str| LoginError::Unreadable {
        problem: format!("it carries the parameter {parameter} twice"),
    };
    let issuer = LoginError::WrongIssuer {
        expected: "https://login.acme.example".to_owned(),
    };
    for (callback, expected) in [
        (state("code=c&state=other"), LoginError::WrongState),
        (state("code=c&state=abcd"), LoginError::WrongState),
        (state("code=c"), LoginError::WrongState),
        (state("error=access_denied"), LoginError::WrongState),
        (
            state("state=abc&error=access_denied&error_description=not+today"),
            refusal,
        ),
        (state("state=abc"), LoginError::NoCode),
        (state("state=abc&code="), LoginError::NoCode),
        (state("state=abc&code=c&code=d"), unreadable("code")),
        (state("state=abc&state=abc&code=c"), unreadable("state")),
        (
            state("state=abc&code=c&iss=https%3A%2F%2Fevil.example"),
            issuer,
        ),
    ] {
        let started = login().resume("abc", "v".repeat(43)).unwrap();
        assert_eq!(
            started.finish(&callback).unwrap_err(),
            expected,
            "{callback}"
        );
    }
    let started = login().resume("abc", "v".repeat(43)).unwrap();
    let Code(inputs) = started.finish("/callback?state=abc&code=c").unwrap();
    assert!(inputs.get("code").is_some(), "path and query are enough");
}

#[test]
fn an_issuer_elsewhere_can_be_named() {
    let callback = "/callback?state=abc&code=c&iss=https%3A%2F%2Fissuer.example%2Facme";
    let resumed = |issuer: &str| {
        let login = login().issuer(issuer);
        login.resume("abc", "v".repeat(43)).unwrap()
    };
    assert!(
        resumed("https://issuer.example/acme")
            .finish(callback)
            .is_ok()
    );
    assert!(
        resumed("https://issuer.example/other")
            .finish(callback)
            .is_err()
    );
}

#[test]
fn a_login_in_a_sandbox_goes_to_the_same_path_below_its_base_url() {
    let started = login().base_url("http://127.0.0.1:8/acme").start().unwrap();
    let url = started.url();
    assert_eq!(
        (url.port(), url.path()),
        (Some(8), "/acme/oauth2/authorize")
    );
}

#[test]
fn a_login_that_cannot_be_safe_is_not_started() {
    let incomplete: Login<Code> = Login::new(acme::inputs(&acme::CODE));
    assert!(matches!(
        incomplete.start(),
        Err(ConfigError::MissingInput { .. })
    ));
    for name in [
        "state",
        "code_challenge",
        "redirect_uri",
        "client_id",
        "response_type",
    ] {
        let error = login().parameter(name, "x").start().unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(login().resume("", "v".repeat(43)).is_err());
    for verifier in ["short".to_owned(), "v".repeat(129), "ü".repeat(43)] {
        assert!(login().resume("abc", verifier).is_err());
    }
    let no_login: Login<Code> = Login::new(acme::inputs(&acme::TEXT).set("redirect_uri", "x"));
    assert!(matches!(no_login.start(), Err(ConfigError::Login { .. })));
    let plain = login().base_url("http://acme.example").start();
    assert!(matches!(plain, Err(ConfigError::BadUrl { .. })));
    let inputs = acme::inputs(&acme::CODE).set("redirect_uri", "http://127.0.0.1:9/callback");
    assert!(LoginStarted::<Code>::resume(inputs, "abc", "v".repeat(43)).is_ok());
}

#[tokio::test]
async fn a_refused_token_is_renewed_by_its_refresh_token() {
    let server = Server::start(|_, number| token(&format!("a{number}"), Some("r"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let used = keys.authorization("oauth2").await.unwrap();
    let replaced = used.replace().await.unwrap().unwrap();
    assert_eq!(shown(&replaced), "Bearer a2");
    assert_eq!(
        history(&server),
        [grant("client_credentials"), refresh("r")]
    );
}
