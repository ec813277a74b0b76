//! What an application does of its own around requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob_runtime::auth::{Endpoint, Requirement};
use keyfob_runtime::reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use keyfob_runtime::{Attempt, Hook, Operation, Outcome, Parameter, Repeat, Sending};

use crate::api::{BEARER, LIST, bearer, builder, letters, send};
use crate::server::{Reply, Server, json, reply};

static TRACED: Operation = Operation {
    endpoint: Endpoint {
        operation_id: "traced",
        method: "GET",
        path: "/traced/{id}",
        servers: &[],
    },
    security: &[&[Requirement {
        scheme: &BEARER,
        scopes: &[],
    }]],
    parameters: &[Parameter::path("id"), Parameter::header("X-Secret")],
    body: None,
    accept: &["application/json"],
    success: &[],
    repeat: Repeat::Safe,
};

/// Notes everything that it is shown.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

struct Noting(&'static str, Notes);

impl Hook for Noting {
    fn before(&self, attempt: &Attempt, headers: &mut HeaderMap) {
        let Self(name, notes) = self;
        let shown: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        let (operation, number) = (attempt.operation(), attempt.number());
        notes.note(format!(
            "{name} before {operation} {number}: {}",
            shown.join(" ")
        ));
        headers.insert("x-hook", HeaderValue::from_static(self.0));
        headers.insert("x-secret", HeaderValue::from_static("changed"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("changed"));
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome, _: Duration) {
        let Self(name, notes) = self;
        let status = outcome.status().map(|status| status.as_u16());
        let answered = outcome
            .headers()
            .and_then(|headers| headers.get("x-answer"));
        let (method, path) = (attempt.method(), attempt.path());
        let failed = outcome.error().is_some();
        notes.note(format!(
            "{name} after {method} {path}: {status:?} {answered:?} {failed}"
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_shown_without_any_secret() {
    let replies = [
        reply(503, &[], ""),
        Reply::Closed,
        reply(200, &[("x-answer", "yes")], "{}"),
    ];
    let server = Server::start(replies).await;
    let notes = Notes::default();
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("canary"))
        .hook(Noting("outer", notes.clone()))
        .hook(Noting("inner", notes.clone()))
        .build()
        .unwrap();
    let call = client.0.call(&TRACED).parameter("id", Ok("canary"));
    send(call.parameter("X-Secret", Ok("canary")))
        .await
        .unwrap();
    let noted = notes.take();
    assert!(!noted.concat().contains("canary"), "{noted:#?}");
    let attempt = |number: u32, came: &str| {
        let first = "accept=application/json";
        let second = format!("{first} x-hook=outer x-secret=changed authorization=changed");
        [
            format!("outer before traced {number}: {first}"),
            format!("inner before traced {number}: {second}"),
            format!("inner after GET /traced/{{id}}: {came}"),
            format!("outer after GET /traced/{{id}}: {came}"),
        ]
    };
    let expected = [
        attempt(1, "Some(503) None false"),
        attempt(2, "None None true"),
        attempt(3, "Some(200) Some(\"yes\") false"),
    ];
    assert_eq!(noted, expected.concat());
    for request in server.recorded() {
        assert_eq!(request.header("x-hook"), Some("inner"));
        assert_eq!(request.header("x-secret"), Some("canary"));
        assert_eq!(request.header("authorization"), Some("Bearer canary"));
    }
}

#[tokio::test]
async fn a_redirect_is_a_request_of_its_own() {
    let there = reply(307, &[("location", "/there")], "");
    let server = Server::start([there, json(200, r#"{"list": []}"#)]).await;
    let notes = Notes::default();
    let client = builder()
        .base_url(&server.url)
        .hook(Noting("hook", notes.clone()))
        .build()
        .unwrap();
    letters(client.0.call(&LIST)).await.unwrap();
    let noted = notes.take().join("\n");
    assert!(noted.contains("before list_letters 2"), "{noted}");
    let hooked = |request: &crate::server::Recorded| request.header("x-hook").is_some();
    assert!(server.recorded().iter().all(hooked));
}

/// Waits before it sends.
struct Slow(Duration);

impl Hook for Slow {
    fn around<'a>(&'a self, _: &'a Attempt, sending: Sending<'a>) -> Sending<'a> {
        Box::pin(async move {
            tokio::time::sleep(self.0).await;
            sending.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_around_the_sending_falls_within_the_calls_time() {
    for (wait, sent) in [(1, 1), (9, 0)] {
        let server = Server::start([json(200, r#"{"list": []}"#)]).await;
        let client = builder()
            .base_url(&server.url)
            .timeout(Duration::from_secs(5))
            .hook(Slow(Duration::from_secs(wait)))
            .build()
            .unwrap();
        let outcome = letters(client.0.call(&LIST)).await;
        assert_eq!(outcome.is_ok(), sent == 1);
        assert!(outcome.is_ok() || outcome.unwrap_err().is_timeout());
        assert_eq!(server.recorded().len(), sent);
    }
}

#[tokio::test]
async fn a_client_for_somebody_else_has_the_same_hooks() {
    let server = Server::start([json(200, "{}")]).await;
    let notes = Notes::default();
    let client = builder()
        .base_url(&server.url)
        .hook(Noting("hook", notes.clone()))
        .build()
        .unwrap();
    let other = client.0.with_credentials(bearer("b")).unwrap();
    let call = other.call(&TRACED).parameter("id", Ok("1"));
    send(call).await.unwrap();
    assert_eq!(notes.take().len(), 2);
}
