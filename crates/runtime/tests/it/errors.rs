//! What errors say, and what they never say.

use keyfob_runtime::{Error, Secret};

use crate::api::{CHECKED, Failure, SECURED, SEND, bearer, builder, failure, key, letters, send};
use crate::server::{Reply, Server, json, reply};

async fn error(reply: Reply) -> Error<Failure> {
    let server = Server::start([reply]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("canary-token"))
        .retries(0)
        .build()
        .unwrap();
    letters(client.0.call(&SECURED)).await.unwrap_err()
}

#[tokio::test]
async fn an_error_says_which_operation_which_status_why_and_what_to_do() {
    let cases = [
        (
            reply(
                400,
                &[("x-request-id", "r-1")],
                r#"{"code": 17, "message": "no box."}"#,
            ),
            "secured (GET /secured) answered 400: 17: no box (request id r-1). Check the request against the operation's documentation",
        ),
        (
            json(401, r#"{"error": "invalid_token", "message": "expired"}"#),
            "secured (GET /secured) answered 401: invalid_token: expired. The credential was refused. bearer: Ask the postmaster for a token. key: Keys are in the drawer",
        ),
        (
            reply(404, &[], ""),
            "secured (GET /secured) answered 404. Check the identifiers in the request, and the server that is called",
        ),
        (
            reply(429, &[("retry-after", "30")], ""),
            "secured (GET /secured) answered 429, which the API's description does not know. Wait 30 s before the next request",
        ),
        (
            reply(503, &[("content-type", "text/html")], "<html>"),
            "secured (GET /secured) answered 503 with a body that the API's description does not allow: it is not JSON (line 1, column 1)",
        ),
    ];
    for (reply, expected) in cases {
        assert_eq!(error(reply).await.to_string(), expected);
    }
}

#[tokio::test]
async fn predicates_tell_what_to_do() {
    let cases = [
        (400, false, false),
        (401, true, false),
        (403, false, false),
        (408, false, true),
        (429, false, true),
        (500, false, false),
        (502, false, true),
        (503, false, true),
        (504, false, true),
    ];
    for (status, is_auth, is_retryable) in cases {
        let error = error(json(status, r#"{"message": "no"}"#)).await;
        assert_eq!(
            (error.is_auth(), error.is_retryable(), error.is_timeout()),
            (is_auth, is_retryable, false),
            "{status}"
        );
        assert_eq!(error.operation(), "secured");
    }
}

#[tokio::test]
async fn what_the_description_calls_a_refusal_is_one_whatever_its_status() {
    for status in [200, 401, 403] {
        let refusal = json(status, r#"{"code": 4010, "message": "no such key"}"#);
        let server = Server::start([refusal]).await;
        let client = builder()
            .base_url(&server.url)
            .credentials(key("k"))
            .build()
            .unwrap();
        let error = send(client.0.call(&SECURED)).await.unwrap_err();
        assert!(error.is_auth(), "{status}");
        let advice = "The credential was refused. bearer: Ask the postmaster for a token. key: Keys are in the drawer";
        assert!(error.to_string().ends_with(advice), "{error}");
    }
}

#[tokio::test]
async fn no_error_shows_a_body_a_header_or_a_credential() {
    let replies = [
        json(
            400,
            r#"{"message": "what a canary-token", "other": "canary-body"}"#,
        ),
        reply(418, &[("set-cookie", "s=canary-cookie")], "canary-body"),
        json(200, r#"{"list": ["canary-body"]}"#),
        json(500, "canary-body"),
        reply(
            302,
            &[(
                "location",
                "https://canary-user:canary-pass@evil.example/canary-path",
            )],
            "",
        ),
    ];
    for reply in replies {
        let error = error(reply).await;
        let shown = format!(
            "{error} {error:?} {:?} {:?}",
            error.kind(),
            std::error::Error::source(&error)
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn a_secret_of_the_body_that_the_server_repeats_is_not_shown() {
    let secret = "hunter/2";
    let repeated = r#"{"message": "hunter/2 is wrong, and so is secret=hunter%2F2"}"#;
    let server = Server::start([json(400, repeated)]).await;
    let client = builder().base_url(&server.url).build().unwrap();
    let call = client.0.call(&SEND).body(Ok(Secret::from(secret)));
    let error = call
        .send(|answer| answer.empty(), failure)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("[secret] is wrong"), "{error}");
    assert!(!error.to_string().contains("hunter"), "{error}");
}

#[tokio::test]
async fn control_characters_and_long_messages_are_tamed() {
    let long = "é".repeat(1000);
    let reply = json(
        400,
        &format!(r#"{{"code": "a\u0007\nb", "message": "\u001b[2J{long}"}}"#),
    );
    let message = error(reply).await.to_string();
    assert!(
        message.chars().count() < 400 && !message.chars().any(char::is_control),
        "{message:?}"
    );
}

#[tokio::test]
async fn a_success_that_says_it_failed_explains_itself() {
    let server = Server::start([json(200, r#"{"ok": false, "message": "no"}"#)]).await;
    let client = builder().base_url(&server.url).build().unwrap();
    let error = client
        .0
        .call(&CHECKED)
        .send(|answer| answer.empty(), failure)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "checked (GET /checked) answered 200: no. The status is a success, but the answer says that the call failed"
    );
}

#[tokio::test]
async fn an_error_can_be_taken_apart_and_passed_on() {
    fn boxed(error: Error<Failure>) -> Box<dyn std::error::Error + Send + Sync> {
        error.into()
    }
    let failed = error(json(400, r#"{"message": "no"}"#)).await;
    assert!(
        matches!(failed.into_kind(), keyfob_runtime::ErrorKind::Api(answer) if matches!(*answer, Failure::Refused(_)))
    );
    assert!(
        boxed(error(reply(404, &[], "")).await)
            .to_string()
            .contains("404")
    );
}
