//! Tokens given back on demand (RFC 7009).

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
    Acquisition, AuthError, AuthErrorKind, AuthEventKind, Credential, Inputs, Keyring, ManualClock,
    MemoryStore, Secret, Settings, Token, TokenSource, TokenStore,
};
use serde_json::json;
use support::{Recorded, Reply, Server, acme, header, keyring, keyring_and_clock, network};
use tokio::sync::mpsc::unbounded_channel;

const HOUR: Duration = Duration::from_secs(3600);

/// A server that gives tokens, and answers `revoke` by the kind of token.
async fn server(revoke: fn(&str, usize) -> Reply) -> Server {
    Server::start(move |request, number| answer(request, number, revoke)).await
}

fn answer(request: &Recorded, number: usize, revoke: fn(&str, usize) -> Reply) -> Reply {
    if request.target.ends_with("/revoke") {
        let kind = request.form("token_type_hint");
        return revoke(kind.as_deref().unwrap_or("unhinted"), number);
    }
    Reply::json(
        200,
        json!({
            "access_token": format!("a{number}"),
            "refresh_token": format!("r{number}"),
            "expires_in": 3600,
        }),
    )
}

fn taken(_: &str, _: usize) -> Reply {
    Reply::with(200, &[], "")
}

/// The tokens that were given back, in order.
fn given_back(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let revocations = requests
        .iter()
        .filter(|request| request.target.ends_with("/revoke"));
    revocations
        .map(|request| request.form("token").unwrap())
        .collect()
}

fn login() -> Credential {
    let inputs = acme::inputs(&acme::CODE)
        .set("code", "c")
        .set("redirect_uri", "http://127.0.0.1/")
        .set("code_verifier", "v");
    Credential::workflow(inputs)
}

#[tokio::test]
async fn the_refresh_token_is_given_back_first_and_the_next_call_acquires_anew() {
    let server = server(taken).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    keys.revoke("oauth2").await.unwrap();
    assert_eq!(given_back(&server), ["r1", "a1"]);
    let request = &server.requests()[1];
    let sent =
        "client_id=ann&client_secret=s3cret+value%26more&token=r1&token_type_hint=refresh_token";
    assert_eq!(
        (request.method.as_str(), request.body.as_str()),
        ("POST", sent)
    );
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer a4",
        "by the first workflow"
    );
    assert_eq!(
        server.requests()[3].form("grant_type").unwrap(),
        "client_credentials"
    );
}

#[tokio::test]
async fn a_login_that_was_given_back_is_over_for_everybody() {
    let server = server(taken).await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let keys = || {
        let settings = Settings::new().store(Arc::clone(&store));
        Keyring::with_settings(&acme::API, vec![login()], network(&server), settings).unwrap()
    };
    let (first, peer) = (keys(), keys());
    let used = peer.authorization("oauth2").await.unwrap();
    assert_eq!(header(&first, "oauth2").await, "Bearer a1");
    first.revoke("oauth2").await.unwrap();
    for error in [
        first.authorization("oauth2").await.unwrap_err(),
        used.replace().await.unwrap_err(),
        keys().authorization("oauth2").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
    }
    keys().revoke("oauth2").await.unwrap();
    assert_eq!(
        given_back(&server),
        ["r1", "a1"],
        "nothing is given back twice"
    );
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_refresh_token_that_was_given_by_the_application_is_given_back_too() {
    let server = server(taken).await;
    let inputs = acme::inputs(&acme::REFRESH).set("refresh_token", "given");
    let keys = keyring(&server, vec![Credential::workflow(inputs)]);
    keys.revoke("oauth2").await.unwrap();
    assert_eq!(given_back(&server), ["given"]);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::LogInAgain, "{error}");
}

#[tokio::test]
async fn where_there_is_no_token_nothing_is_asked_and_nothing_is_spent() {
    let server = server(taken).await;
    let keys = keyring(&server, vec![login()]);
    keys.revoke("oauth2").await.unwrap();
    assert_eq!(server.count(), 0);
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer a1",
        "the code is still good"
    );
}

#[tokio::test]
async fn a_server_that_is_busy_leaves_the_token_alive() {
    let server = server(|kind, number| match (kind, number) {
        ("refresh_token", 2) => Reply::with(503, &[("retry-after", "120")], ""),
        ("access_token", 4) => Reply::text(500, ""),
        _ => taken("", 0),
    })
    .await;
    let keys = keyring(&server, vec![login()]);
    header(&keys, "oauth2").await;
    let error = keys.revoke("oauth2").await.unwrap_err();
    let retry_after = Some(Duration::from_secs(120));
    assert_eq!(error.kind(), &AuthErrorKind::Transient { retry_after });
    assert_eq!(
        (error.retry_after(), error.operation()),
        (retry_after, Some("revoke_token"))
    );
    let said = error.to_string();
    assert!(
        said.starts_with("token not given back for scheme oauth2 (workflow revoke"),
        "{said}"
    );
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    // The refresh token goes, and then it fails again: the rest is still to be had.
    keys.revoke("oauth2").await.unwrap_err();
    assert_eq!(header(&keys, "oauth2").await, "Bearer a1");
    keys.revoke("oauth2").await.unwrap();
    assert_eq!(given_back(&server), ["r1", "r1", "a1", "a1"]);
    keys.authorization("oauth2").await.unwrap_err();
}

#[tokio::test]
async fn a_token_that_is_dead_already_is_as_good_as_given_back() {
    for reply in [
        Reply::json(400, json!({"error": "invalid_token"})),
        Reply::json(200, json!({})),
        Reply::with(204, &[], ""),
    ] {
        let taken_back = reply.clone();
        let server =
            Server::start(
                move |request, number| match request.target.ends_with("/revoke") {
                    true => taken_back.clone(),
                    false => answer(request, number, taken),
                },
            )
            .await;
        let keys = keyring(&server, vec![acme::credential(&acme::SLIDING)]);
        header(&keys, "oauth2").await;
        keys.revoke("oauth2").await.unwrap();
        let requests = server.requests();
        assert_eq!(requests[1].header("authorization"), Some("Bearer a1"));
        assert_eq!(
            requests.len(),
            2,
            "the other kind is not taken here, and only forgotten"
        );
        assert_eq!(header(&keys, "oauth2").await, "Bearer a3");
    }
    let server = Server::start(
        |request, number| match request.target.ends_with("/revoke") {
            true => Reply::with(401, &[], ""),
            false => answer(request, number, taken),
        },
    )
    .await;
    let keys = keyring(&server, vec![acme::credential(&acme::SLIDING)]);
    header(&keys, "oauth2").await;
    keys.revoke("oauth2").await.unwrap();
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    header(&keys, "oauth2").await;
    let error = keys.revoke("oauth2").await.unwrap_err();
    assert!(
        matches!(error.kind(), AuthErrorKind::Rejected { .. }),
        "the client is refused: {error}"
    );
}

#[tokio::test]
async fn whoever_asked_for_it_may_go_away() {
    let server = Server::gated(|request, number| answer(request, number, taken)).await;
    server.release(1);
    let keys = keyring(&server, vec![login()]);
    header(&keys, "oauth2").await;
    let asking = tokio::spawn({
        let keys = keys.clone();
        async move { keys.revoke("oauth2").await }
    });
    server.received(2).await;
    asking.abort();
    server.release(2);
    server.received(3).await;
    while keys.ready(&[&[REQUIREMENT]]).is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(given_back(&server), ["r1", "a1"]);
}

#[tokio::test]
async fn a_renewal_that_waits_for_it_gets_no_token_that_nobody_wants() {
    let server = Server::gated(|request, number| answer(request, number, taken)).await;
    server.release(1);
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    header(&keys, "oauth2").await;
    clock.advance(HOUR - Duration::from_secs(100));
    let asking = tokio::spawn({
        let keys = keys.clone();
        async move { keys.revoke("oauth2").await }
    });
    server.received(2).await;
    assert_eq!(
        header(&keys, "oauth2").await,
        "Bearer a1",
        "and it is renewed ahead"
    );
    server.release(2);
    asking.await.unwrap().unwrap();
    keys.settled().await;
    assert_eq!(server.count(), 3, "no token was asked for");
    server.release(1);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a4");
}

#[tokio::test]
async fn what_cannot_be_given_back_says_so() {
    let server = server(taken).await;
    let without_id = Inputs::new(&acme::API, &acme::EXCHANGE).set("username", "eve");
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::API_KEY, "key"),
            Credential::anonymous(&acme::IN_COOKIE),
            acme::credential(&acme::TEXT),
            Credential::source(&acme::OAUTH2, |_: Acquisition| async {
                Ok(Token::new("own"))
            }),
            Credential::workflow(without_id),
        ],
    );
    header(&keys, "oauth2").await;
    for (scheme, word) in [
        ("api_key", "a ready key"),
        ("in_cookie", "a ready key"),
        ("raw", "no workflow that gives tokens of text back"),
        ("oauth2", "no way of giving it back"),
        ("user", "no workflow that gives tokens of exchange back"),
        ("basic", "no credential for scheme basic"),
    ] {
        let error = keys.revoke(scheme).await.unwrap_err();
        assert_eq!(error.kind(), &AuthErrorKind::Misconfigured, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(header(&keys, "oauth2").await, "Bearer own");
}

struct Lent(tokio::sync::mpsc::UnboundedSender<Secret>);

impl TokenSource for Lent {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        Ok(Token::new("lent"))
    }

    async fn revoke(&self, token: Secret) -> Result<(), AuthError> {
        self.0
            .send(token)
            .map_err(|_| AuthError::new(AuthErrorKind::Internal, "nobody takes it"))
    }
}

#[tokio::test]
async fn an_own_source_gives_back_what_it_gave() {
    let server = server(taken).await;
    let (give, mut given) = unbounded_channel();
    let keys = keyring(&server, vec![Credential::source(&acme::OAUTH2, Lent(give))]);
    keys.revoke("oauth2").await.unwrap();
    header(&keys, "oauth2").await;
    keys.revoke("oauth2").await.unwrap();
    assert_eq!(given.recv().await.unwrap(), Secret::from("lent"));
    assert!(given.try_recv().is_err() && keys.ready(&[&[REQUIREMENT]]).is_none());
}

#[tokio::test]
async fn it_is_told_which_tokens_are_gone_and_why_others_are_not() {
    let server = server(|_, number| match number {
        2 => Reply::text(500, ""),
        _ => taken("", 0),
    })
    .await;
    let (tell, mut told) = unbounded_channel();
    let settings = Settings::new()
        .clock(ManualClock::new())
        .on_event(move |event| drop(tell.send(event.kind.clone())));
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let keys = Keyring::with_settings(&acme::API, credentials, network(&server), settings).unwrap();
    let token = keys.authorization("oauth2").await.unwrap().fingerprints();
    keys.revoke("oauth2").await.unwrap_err();
    keys.revoke("oauth2").await.unwrap();
    keys.revoke("oauth2").await.unwrap();
    let mut kinds = Vec::new();
    while let Ok(kind) = told.try_recv() {
        kinds.push(kind);
    }
    let [
        AuthEventKind::Acquired(_),
        AuthEventKind::NotRevoked { error, .. },
        AuthEventKind::Revoked { tokens, .. },
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}");
    };
    assert!(error.is_transient());
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[1], token[0]);
}

const REQUIREMENT: keyfob_auth::Requirement = keyfob_auth::Requirement {
    scheme: &acme::OAUTH2,
    scopes: &[],
};
