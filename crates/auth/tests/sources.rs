//! An application's own way of getting a token: an assertion that it signs (RFC 7523), through the
//! engine's care.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyfob_auth::{
    Acquisition, AcquisitionLimits, AuthError, AuthErrorKind, Credential, Keyring, ManualClock,
    Reason, Secret, Settings, TimeLimit, Token, TokenSource,
};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::Sha256;
use support::{Reply, Server, acme, header, network};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// An account of a service, whose key signs assertions.
struct ServiceAccount {
    issuer: &'static str,
    key: Secret,
    token_url: Url,
}

impl ServiceAccount {
    /// A JWT, signed by HMAC with SHA-256.
    fn assertion(&self, issued: u64) -> String {
        let part = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let claims = json!({
            "iss": self.issuer,
            "aud": self.token_url.as_str(),
            "iat": issued,
            "exp": issued + 300,
        });
        let signed = format!(
            "{}.{}",
            part(json!({"alg": "HS256", "typ": "JWT"})),
            part(claims)
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    }
}

impl TokenSource for ServiceAccount {
    async fn acquire(&self, acquisition: Acquisition) -> Result<Token, AuthError> {
        let assertion = self.assertion(acquisition.unix_time());
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", assertion.as_str()),
        ];
        acquisition
            .exchange(acquisition.form(&self.token_url, &form))
            .await
    }
}

fn account(server: &Server) -> ServiceAccount {
    ServiceAccount {
        issuer: "robot@acme.example",
        key: "canary-key".into(),
        token_url: format!("{}/token", server.url()).parse().unwrap(),
    }
}

fn keys(server: &Server, source: impl TokenSource, settings: Settings) -> Keyring {
    let credentials = vec![Credential::source(&acme::OAUTH2, source)];
    Keyring::with_settings(&acme::API, credentials, network(server), settings).unwrap()
}

#[tokio::test]
async fn a_signed_assertion_buys_a_token_that_is_kept_and_renewed() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let clock = ManualClock::new();
    let keys = keys(
        &server,
        account(&server),
        Settings::new().clock(clock.clone()),
    );
    for _ in 0..3 {
        assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
    }
    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/api/token")
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    let assertion = request.form("assertion").unwrap();
    let claims = assertion.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["iss"], "robot@acme.example");
    clock.advance(Duration::from_secs(3600));
    assert_eq!(header(&keys, "oauth2").await, "Bearer t2");
    let later = server.requests()[1].form("assertion").unwrap();
    assert_ne!(assertion, later, "each assertion has its own time");
}

#[tokio::test]
async fn what_a_token_request_comes_to_is_told_as_for_a_workflow() {
    let rejected = |code: &str| AuthErrorKind::Rejected {
        code: Some(code.to_owned()),
    };
    let later = AuthErrorKind::Transient {
        retry_after: Some(Duration::from_secs(9)),
    };
    for (reply, expected, words) in [
        (
            Reply::json(
                400,
                json!({"error": "invalid_grant", "error_description": "bad signature"}),
            ),
            Some(rejected("invalid_grant")),
            "bad signature",
        ),
        (
            Reply::json(200, json!({"error": "access_denied"})),
            Some(rejected("access_denied")),
            "access_denied",
        ),
        (
            Reply::with(503, &[("retry-after", "9")], ""),
            Some(later),
            "is not available",
        ),
        (
            Reply::text(404, "nothing here"),
            Some(AuthErrorKind::Misconfigured),
            "is not there",
        ),
        (
            Reply::with(302, &[("location", "https://elsewhere.example/")], ""),
            None,
            "must not redirect",
        ),
        (
            Reply::json(200, json!({"token": "t"})),
            None,
            "holds no token (at /access_token)",
        ),
        (
            Reply::json(200, json!({"access_token": ""})),
            None,
            "holds no token",
        ),
        (
            Reply::json(200, json!({"access_token": 7})),
            None,
            "holds no token",
        ),
        (
            Reply::with(200, &[("content-type", "text/html")], "<p>Sign in</p>"),
            None,
            "the answer is a page",
        ),
        (
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
            None,
            "broke off",
        ),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let keys = keys(&server, account(&server), Settings::new());
        let error = keys.authorization("oauth2").await.unwrap_err();
        let said = error.to_string();
        match expected {
            Some(expected) => assert_eq!(error.kind(), &expected, "{said}"),
            None => assert!(
                matches!(error.kind(), AuthErrorKind::Protocol { endpoint, .. } if endpoint.ends_with("/api/token")),
                "{said}"
            ),
        }
        assert!(said.contains(words), "{said}");
        assert_eq!(error.scheme(), Some("oauth2"));
    }
}

#[tokio::test]
async fn what_the_server_repeats_of_the_request_is_in_no_error() {
    let server = Server::start(|request, _| {
        let assertion = request.form("assertion").unwrap();
        let said = format!("you sent {} and {assertion}", request.body);
        Reply::json(
            400,
            json!({"error": "invalid_grant", "error_description": said}),
        )
    })
    .await;
    let keys = keys(&server, account(&server), Settings::new());
    let error = keys.authorization("oauth2").await.unwrap_err();
    let said = format!("{error} {error:?}");
    let assertion = server.requests()[0].form("assertion").unwrap();
    assert!(said.contains("you sent"), "{said}");
    for part in assertion.split('.') {
        assert!(!said.contains(part), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_request_is_bound_by_the_limits_and_to_safe_addresses() {
    let server = Server::gated(|_, _| Reply::token("never")).await;
    let limits = AcquisitionLimits::new().attempt(Duration::from_secs(3));
    let bound = keys(&server, account(&server), Settings::new().limits(limits));
    let error = bound.authorization("oauth2").await.unwrap_err();
    let limit = TimeLimit::Attempt;
    assert_eq!(error.kind(), &AuthErrorKind::TimedOut { limit }, "{error}");

    let elsewhere = ServiceAccount {
        token_url: "http://acme.example/token?key=canary".parse().unwrap(),
        ..account(&server)
    };
    let unsafe_one = keys(&server, elsewhere, Settings::new());
    let error = unsafe_one.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Misconfigured, "{error}");
    assert!(error.to_string().contains("travels by https"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
}

/// Tells why it is asked and what there was before.
struct Curious(UnboundedSender<(Reason, Option<Secret>)>);

impl TokenSource for Curious {
    async fn acquire(&self, acquisition: Acquisition) -> Result<Token, AuthError> {
        let before = acquisition.previous().cloned();
        let number = before.as_ref().map_or(1, |before| before.expose().len());
        let _ = self.0.send((acquisition.reason(), before));
        let minute = Duration::from_secs(60);
        Ok(Token::new("x".repeat(number + 1)).with_expires_in(minute))
    }
}

#[tokio::test]
async fn a_source_is_told_why_it_is_asked_and_what_was_refused() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let (tell, mut told) = unbounded_channel();
    let clock = ManualClock::new();
    let keys = keys(&server, Curious(tell), Settings::new().clock(clock.clone()));
    header(&keys, "oauth2").await;
    clock.advance(Duration::from_secs(50));
    header(&keys, "oauth2").await;
    keys.settled().await;
    clock.advance(Duration::from_secs(60));
    let used = keys.authorization("oauth2").await.unwrap();
    used.replace().await.unwrap();
    for (reason, before) in [
        (Reason::Missing, None),
        (Reason::Ahead, Some("xx")),
        (Reason::Expired, Some("xxx")),
        (Reason::Refused, Some("xxxx")),
    ] {
        let before = before.map(Secret::from);
        assert_eq!(told.recv().await.unwrap(), (reason, before), "{reason:?}");
    }
}

#[tokio::test]
async fn sources_keys_and_nothing_at_all_are_presented_together() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let credentials = vec![
        Credential::source(&acme::OAUTH2, account(&server)),
        Credential::source(&acme::IN_QUERY, |_: Acquisition| async {
            Ok(Token::new("q"))
        }),
        Credential::fixed(&acme::API_KEY, "key"),
        Credential::anonymous(&acme::IN_COOKIE),
    ];
    let keys = Keyring::new(&acme::API, credentials, network(&server)).unwrap();
    let authorization = keys.authorize("list", ALL).await.unwrap();
    let mut request =
        reqwest::Request::new(reqwest::Method::GET, "http://127.0.0.1/".parse().unwrap());
    authorization.apply(&mut request);
    assert_eq!(request.headers()["authorization"], "Bearer t1");
    assert_eq!(request.headers()["x-api-key"], "key");
    assert_eq!(request.url().query(), Some("key=q"));
    assert!(!request.headers().contains_key("cookie"));
    assert_eq!(authorization.fingerprints().len(), 3);
}

const fn wanted(scheme: &'static keyfob_auth::api::Scheme) -> keyfob_auth::Requirement {
    keyfob_auth::Requirement {
        scheme,
        scopes: &[],
    }
}

const ALL: keyfob_auth::Security = &[&[
    wanted(&acme::OAUTH2),
    wanted(&acme::IN_QUERY),
    wanted(&acme::API_KEY),
    wanted(&acme::IN_COOKIE),
]];
