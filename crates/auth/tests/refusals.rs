//! Answers of token endpoints that are no tokens, and what the error says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use keyfob_auth::{AuthError, AuthErrorKind, Credential, TimeLimit};
use serde_json::json;
use support::{Reply, Server, acme, header, keyring, keyring_and_clock};

async fn failure(reply: Reply) -> AuthError {
    let server = Server::start(move |_, _| reply.clone()).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let failed = keys.authorization("oauth2").await;
    failed.expect_err("this answer is no token")
}

#[tokio::test]
async fn what_is_no_token_answer_is_a_protocol_error() {
    let page = "<!doctype html><title>Sign in</title>";
    let html = |status| Reply::with(status, &[("content-type", "text/html")], page);
    let ok = |body: &str| Reply::with(200, &[("content-type", "application/json")], body);
    let large = format!("{{\"access_token\": \"{}\"}}", "x".repeat(1024 * 1024));
    let broken_off = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\": \"x";
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"acc\r\n";
    for (case, reply, pointer, words) in [
        ("a page", html(200), Some("/access_token"), "a page"),
        ("nothing", ok(""), Some("/access_token"), "empty"),
        (
            "half of it",
            ok("{\"access_token\": \"x"),
            Some("/access_token"),
            "not whole JSON",
        ),
        (
            "no token",
            ok("{\"ok\": true}"),
            Some("/access_token"),
            "no token",
        ),
        (
            "an empty token",
            ok("{\"access_token\": \"\"}"),
            Some("/access_token"),
            "no token",
        ),
        (
            "a blank token",
            ok("{\"access_token\": \" \"}"),
            Some("/access_token"),
            "no token",
        ),
        (
            "null",
            ok("{\"access_token\": null}"),
            Some("/access_token"),
            "no token",
        ),
        (
            "an object",
            ok("{\"access_token\": {\"a\": 1}}"),
            Some("/access_token"),
            "no token",
        ),
        ("a list", ok("[]"), Some("/access_token"), "no token"),
        (
            "a line break",
            ok("{\"access_token\": \"a\\r\\nb: c\"}"),
            Some("/access_token"),
            "line break",
        ),
        (
            "no ASCII",
            ok("{\"access_token\": \"\u{e9}\"}"),
            Some("/access_token"),
            "no header can hold",
        ),
        ("1 MiB", ok(&large), None, "larger than 1 MiB"),
        ("a short body", Reply::raw(broken_off), None, "broke off"),
        ("a short chunk", Reply::raw(chunks), None, "broke off"),
        (
            "a redirect",
            Reply::with(302, &[("location", "https://elsewhere.example/")], ""),
            None,
            "must not redirect",
        ),
        (
            "deep nesting",
            ok(&("[".repeat(100_000) + &"]".repeat(100_000))),
            Some("/access_token"),
            "not JSON",
        ),
    ] {
        let error = failure(reply).await;
        let AuthErrorKind::Protocol {
            endpoint,
            pointer: at,
            status,
        } = error.kind()
        else {
            panic!("{case}: {error:?}");
        };
        assert!(endpoint.ends_with("/api/token"), "{case}: {endpoint}");
        assert!(status.is_some(), "{case}");
        assert_eq!(at.as_deref(), pointer, "{case}");
        assert!(error.to_string().contains(words), "{case}: {error}");
        assert_eq!(error.operation(), Some("create_token"), "{case}");
        assert_eq!(error.workflow(), Some("client_credentials"), "{case}");
        assert_eq!(error.scheme(), Some("oauth2"), "{case}");
    }
}

#[tokio::test]
async fn a_refusal_says_the_servers_code_and_words_and_where_to_go() {
    for (reply, code, words) in [
        (
            Reply::json(
                400,
                json!({"error": "invalid_client", "error_description": "who?"}),
            ),
            Some("invalid_client"),
            "who?",
        ),
        (
            Reply::json(401, json!({"code": 42, "message": "wrong secret"})),
            Some("42"),
            "wrong secret",
        ),
        (
            Reply::json(
                404,
                json!({"params": {"err": "NO_APP", "errmsg": "no such app"}}),
            ),
            Some("NO_APP"),
            "no such app",
        ),
        (
            Reply::json(403, json!({"error": {"code": "E1", "message": "off"}})),
            Some("E1"),
            "off",
        ),
        (
            Reply::text(400, "plainly no"),
            None,
            "refused the credentials",
        ),
    ] {
        let error = failure(reply).await;
        let rejected = AuthErrorKind::Rejected {
            code: code.map(str::to_owned),
        };
        assert_eq!(error.kind(), &rejected, "{error}");
        assert_eq!(error.code(), code);
        let text = error.to_string();
        for part in [
            words,
            "create_token",
            "oauth2",
            "Ask the administrator of Acme",
        ] {
            assert!(text.contains(part), "{part} in: {text}");
        }
        assert!(!text.contains("plainly no"), "a body is never repeated");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_a_success_criterion_is_told_by_the_criterion() {
    let (status, stated) = ("`$statusCode == 200`", "`$response.body#/ok == true`");
    let canary = json!({"ok": false, "access_token": "canary", "note": "canary"});
    for (reply, criterion, refused) in [
        (
            Reply::json(201, json!({"ok": true, "access_token": "canary"})),
            status,
            false,
        ),
        (Reply::text(202, "canary"), status, false),
        (Reply::text(200, "<html>canary</html>"), stated, false),
        (Reply::json(200, canary), stated, true),
        (
            Reply::json(200, json!({"ok": "no", "error": "bad_app"})),
            stated,
            true,
        ),
        (Reply::json(201, json!({"error": "bad_app"})), status, true),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let keys = keyring(&server, vec![acme::credential(&acme::STATED)]);
        let error = keys.authorization("oauth2").await.unwrap_err();
        let text = error.to_string();
        match error.kind() {
            AuthErrorKind::Rejected { code } => assert!(refused, "{code:?}: {text}"),
            AuthErrorKind::Protocol { endpoint, .. } => {
                assert!(!refused, "{text}");
                assert!(endpoint.ends_with("/api/token"), "{text}");
                assert!(!text.contains("refused"), "{text}");
            }
            _ => panic!("{error:?}"),
        }
        let unmet = format!("the success criterion {criterion} is not met");
        let answered = format!("status {}", error.status().unwrap());
        for part in [
            &unmet,
            &answered,
            "step token",
            "POST http://",
            "/api/token",
        ] {
            assert!(text.contains(part), "{part} in: {text}");
        }
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn an_error_ends_without_a_full_stop_whatever_it_is_made_of() {
    for words in ["No such application.", "Wait. Then ask again.", "no", ""] {
        let body = json!({"error": "invalid_client", "error_description": words});
        let text = failure(Reply::json(401, body)).await.to_string();
        assert!(!text.contains("..") && !text.contains(".;"), "{text}");
        assert!(text.ends_with("for an application"), "{text}");
    }
    let own = AuthError::new(AuthErrorKind::Internal, "It is broken.").to_string();
    assert_eq!(own, "no token: It is broken");
}

#[tokio::test]
async fn a_missing_endpoint_is_a_misconfiguration() {
    let error = failure(Reply::text(404, "Not Found")).await;
    assert_eq!(error.kind(), &AuthErrorKind::Misconfigured);
    assert!(
        error.to_string().contains("check the server's address"),
        "{error}"
    );
}

#[tokio::test]
async fn an_outage_is_transient_and_says_when_to_come_back() {
    let in_two_minutes = std::time::SystemTime::now() + Duration::from_secs(120);
    let date = httpdate::fmt_http_date(in_two_minutes);
    // A server whose clock is a day slow, and one whose `Date` cannot be read.
    let slow = std::time::SystemTime::now() - Duration::from_secs(86_400);
    let slow_date = httpdate::fmt_http_date(slow);
    let slow_until = httpdate::fmt_http_date(slow + Duration::from_secs(60));
    for (status, headers, least, most) in [
        (503, vec![("retry-after", "7")], 7, 7),
        (429, vec![("retry-after", date.as_str())], 117, 121),
        (
            503,
            vec![("retry-after", slow_until.as_str()), ("date", &slow_date)],
            60,
            60,
        ),
        (
            429,
            vec![("retry-after", &date), ("date", "today")],
            117,
            121,
        ),
        (500, vec![("retry-after", "soon")], 0, 3),
        (503, vec![("retry-after", "-1")], 0, 3),
        (502, vec![], 0, 3),
        (504, vec![("retry-after", "99999999999")], 3600, 3600),
    ] {
        let error = failure(Reply::with(status, &headers, "")).await;
        assert!(error.is_transient(), "{status}: {error}");
        let wait = error.retry_after().unwrap().as_secs_f64().round() as u64;
        assert!(
            (least..=most).contains(&wait),
            "{status} {headers:?}: {wait} s"
        );
    }
}

#[tokio::test]
async fn an_oauth_code_that_means_later_is_transient_whatever_the_status() {
    for code in [
        "temporarily_unavailable",
        "authorization_pending",
        "slow_down",
    ] {
        let error = failure(Reply::json(400, json!({"error": code}))).await;
        assert!(error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_fails_is_transient() {
    let closed = failure(Reply::raw("")).await;
    assert!(closed.is_transient(), "{closed}");
    let server = Server::start(|_, _| Reply::token("t")).await;
    let network = support::network(&server);
    drop(server);
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let keys = keyfob_auth::Keyring::new(&acme::API, credentials, network).unwrap();
    let mut refused = keys.authorization("oauth2").await;
    while refused.is_ok() {
        // The listener closes when its task is gone.
        tokio::task::yield_now().await;
        refused = keys.authorization("oauth2").await;
    }
    let refused = refused.unwrap_err();
    assert!(refused.is_transient(), "{refused}");
    assert!(
        refused.to_string().contains("cannot be reached"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_answer_to_a_redirect_that_the_client_followed_counts_for_nothing() {
    let server = Server::start(|_, number| match number {
        1 => Reply::with(302, &[("location", "/api/elsewhere")], ""),
        _ => Reply::token("from elsewhere"),
    })
    .await;
    let mut network = support::network(&server);
    network.http = reqwest::Client::builder().no_proxy().build().unwrap();
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let keys = keyfob_auth::Keyring::new(&acme::API, credentials, network).unwrap();
    let error = keys.authorization("oauth2").await.unwrap_err();
    let is_protocol = matches!(error.kind(), AuthErrorKind::Protocol { .. });
    assert!(is_protocol, "{error}");
    assert!(error.to_string().contains("must not redirect"), "{error}");
    assert_eq!(server.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_is_timed_out() {
    let server = Server::gated(|_, _| Reply::token("t")).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(
        error.kind(),
        &AuthErrorKind::TimedOut {
            limit: TimeLimit::Attempt
        },
        "{error}"
    );
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_failure_is_remembered_briefly_and_heals_by_itself() {
    let server = Server::start(|_, number| match number {
        1 => Reply::json(400, json!({"error": "invalid_client"})),
        _ => Reply::token("healed"),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    let first = keys.authorization("oauth2").await.unwrap_err();
    let again = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(first, again, "the same failure, told twice");
    assert_eq!(server.count(), 1);
    clock.advance(again.retry_after().unwrap());
    assert_eq!(header(&keys, "oauth2").await, "Bearer healed");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn nothing_is_asked_before_retry_after_is_over() {
    let server = Server::start(|_, number| match number {
        1 => Reply::with(503, &[("retry-after", "30")], ""),
        _ => Reply::token("later"),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    for elapsed in 0..30 {
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30 - elapsed)));
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(server.count(), 1);
    assert_eq!(header(&keys, "oauth2").await, "Bearer later");
}

#[tokio::test]
async fn what_a_server_repeats_of_a_secret_is_cut_out() {
    let error = failure(Reply::json(
        400,
        json!({
            "error": "invalid_client",
            "error_description": format!(
                "secret s3cret value&more is wrong,\u{7}\r\n token eyJhbGciOiJIUzI1NiJ9.e30.abc {}",
                "and so on ".repeat(100)
            ),
        }),
    ))
    .await;
    let text = error.to_string();
    assert!(
        text.contains("secret [secret] is wrong, token [secret]"),
        "{text}"
    );
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(text.len() < 600, "{text}");
}

#[tokio::test]
async fn a_code_that_repeats_a_secret_is_cut_too() {
    let error = failure(Reply::json(400, json!({"error": "s3cret value&more"}))).await;
    assert!(
        !format!("{error} {error:?}").contains("s3cret"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_scheme_without_a_credential_says_so() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let keys = keyring(&server, vec![Credential::fixed(&acme::API_KEY, "k")]);
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.kind(), &AuthErrorKind::Misconfigured);
    let text = error.to_string();
    assert!(text.contains("no credential for scheme oauth2"), "{text}");
    assert!(text.contains("Ask the administrator"), "{text}");
}
