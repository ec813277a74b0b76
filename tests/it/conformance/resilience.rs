//! Failures that pass, and those that do not.

use std::time::Duration;

use keyfob_conformance_server::types::Thing;
use keyfob_conformance_server::{Client, ErrorKind};
use tokio::time::Instant;

use super::server::Server;

/// How often a call was sent, and whether it succeeded.
type Outcome = (usize, bool);

/// What the server does at first, and what becomes of a call that is safe, idempotent or keyed,
/// and of one that may not be repeated. RFC 9110, 9.2.2: only what is idempotent is repeated.
#[rustfmt::skip]
const CASES: &[(&str, Outcome, Outcome, &str)] = &[
    ("200",            (1, true),  (1, true),  "a success"),
    ("429-seconds",    (2, true),  (1, false), "RFC 6585, 4, and RFC 9110, 10.2.3"),
    ("503-date",       (2, true),  (1, false), "RFC 9110, 15.6.4 and 10.2.3"),
    ("503-nonsense",   (2, true),  (1, false), "RFC 9110, 10.2.3: what is neither is nothing"),
    ("503-always",     (3, false), (1, false), "a client's default of two repetitions"),
    ("502",            (2, true),  (1, false), "RFC 9110, 15.6.3"),
    ("504",            (2, true),  (1, false), "RFC 9110, 15.6.5"),
    ("408",            (2, true),  (1, false), "RFC 9110, 15.5.9"),
    ("500",            (1, false), (1, false), "RFC 9110, 15.6.1: nothing says that it passes"),
    ("reset",          (2, true),  (1, false), "RFC 9112, 9.5: the connection is reset before the answer"),
    ("reset-mid-body", (2, true),  (1, false), "RFC 9112, 8: the answer is incomplete"),
];

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_and_nothing_else() {
    for (case, repeatable, once, section) in CASES {
        // A server and a client for each, so that none runs out of its budget.
        let server = Server::start().await;
        let client = server.client();
        let safe = client.repeat_safe().case(*case).send().await.is_ok();
        let idempotent = client.repeat_idempotent().case(*case).send().await.is_ok();
        let keyed = client.repeat_keyed().case(*case).send().await.is_ok();
        let never = client.repeat_never().case(*case).send().await.is_ok();
        let sent = |kind: &str| {
            server
                .attempts(&format!("/base/repeat/{kind}/{case}"))
                .len()
        };
        for (kind, got) in [("safe", safe), ("idempotent", idempotent), ("keyed", keyed)] {
            assert_eq!((sent(kind), got), *repeatable, "{kind} {case}: {section}");
        }
        assert_eq!((sent("never"), never), *once, "never {case}: {section}");
    }
}

/// draft-ietf-httpapi-idempotency-key-header, 2.2: one key for one call, however often it is sent.
#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_call_has_its_key_and_another_call_another() {
    let server = Server::start().await;
    let client = server.client();
    for case in ["503-always", "429-seconds"] {
        let _ = client.repeat_keyed().case(case).send().await;
    }
    let first = server.attempts("/base/repeat/keyed/503-always");
    let second = server.attempts("/base/repeat/keyed/429-seconds");
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(
        first[0].is_some() && first.iter().all(|key| *key == first[0]),
        "{first:?}"
    );
    assert!(
        second[0] == second[1] && second[0] != first[0],
        "{second:?}"
    );
    let unkeyed = client.repeat_safe().case("200").send().await;
    unkeyed.unwrap();
    assert_eq!(server.attempts("/base/repeat/safe/200"), [None]);
}

#[tokio::test(start_paused = true)]
async fn the_server_is_given_the_time_that_it_asks_for() {
    let server = Server::start().await;
    let start = Instant::now();
    server
        .client()
        .repeat_safe()
        .case("429-seconds")
        .send()
        .await
        .unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(7),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_outlast_the_call_is_not_begun() {
    let server = Server::start().await;
    let start = Instant::now();
    let error = server
        .client()
        .repeat_safe()
        .case("503-long")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    assert!(error.is_retryable() && !error.is_timeout());
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(server.attempts("/base/repeat/safe/503-long").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_ends_with_the_call() {
    let server = Server::start().await;
    let call = |client: Client| async move {
        client
            .repeat_safe()
            .case("silent")
            .timeout(Duration::from_secs(5))
            .send()
            .await
    };
    let start = Instant::now();
    // A documented 204 has no body; the server gives 200, which is read to its end.
    let error = call(server.client()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { .. }) && error.is_timeout(),
        "{error}"
    );
    assert_eq!(start.elapsed().as_secs(), 5);
}

/// RFC 9110, 15.4: which redirects are followed, within the origin.
#[tokio::test]
async fn redirects_are_followed_within_the_origin_and_with_their_method() {
    let server = Server::start().await;
    let client = server.client();
    for case in ["301", "302", "303", "307", "308"] {
        client.redirect_get().case(case).send().await.unwrap();
    }
    let post = |case: &'static str| {
        let thing = Thing {
            name: "a".to_owned(),
            count: Some(1),
        };
        client.redirect_post().case(case).body(thing).send()
    };
    for case in ["303", "307", "308"] {
        post(case).await.unwrap();
    }
    for case in ["301", "302"] {
        let error = post(case).await.unwrap_err();
        assert_eq!(
            error.status().unwrap().as_u16().to_string(),
            case,
            "{error}"
        );
    }
    let error = client
        .redirect_get()
        .case("elsewhere")
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Redirected { .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("https://elsewhere.example"),
        "{error}"
    );
}
