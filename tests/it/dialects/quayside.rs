//! Quayside, `tests/specs/header-token`: the token is in a header of the answer, its lifetime in
//! another one, and the old token renews itself.

use std::time::Duration;

use keyfob_header_token::{Client, Login, types};
use keyfob_runtime::auth::{AuthErrorKind, ManualClock};
use keyfob_tests::recorder::{Answer, Recorder};
use serde_json::json;

use super::last;
use crate::failure;

const BERTHS: &str = "/harbours/Port%20Example%2FNorth/berths";

#[tokio::test]
async fn a_token_is_read_from_a_header_of_a_201_and_presented_behind_the_apis_own_word() {
    let recorder = quay().await;
    let client = client(&recorder, &ManualClock::new());
    let berths = client
        .list_berths()
        .harbour("Port Example/North")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (berths.berths[0].number, berths.berths[0].length_over_all),
        (12, None)
    );

    let login = &recorder.requests_to("/sessions")[0];
    assert_eq!(
        (login.method.as_str(), login.header("x-device-id")),
        ("POST", Some("bridge-tablet-7"))
    );
    assert_eq!(login.header("content-type"), Some("application/json"));
    assert_eq!(login.header("authorization"), None);
    assert_eq!(
        login.text(),
        r#"{"account":"harbour-master","passphrase":"mind the tide"}"#
    );
    let call = &recorder.requests_to(BERTHS)[0];
    assert_eq!(call.header("authorization"), Some("Quayside-Session first"));
}

#[tokio::test]
async fn a_lifetime_in_unix_seconds_or_in_rfc_3339_ends_in_a_renewal_by_the_old_token() {
    let recorder = quay().await;
    let clock = ManualClock::new();
    let client = client(&recorder, &clock);
    let list = || client.list_berths().harbour("Port Example/North").send();
    list().await.unwrap();
    // Near its end after 1800 s, the first token still serves while the second is fetched.
    clock.advance(Duration::from_secs(1700));
    list().await.unwrap();
    while last(&recorder, BERTHS).header("authorization") == Some("Quayside-Session first") {
        list().await.unwrap();
    }
    let renewal = &recorder.requests_to("/sessions/current")[0];
    assert_eq!(
        (renewal.method.as_str(), renewal.text().as_str()),
        ("PUT", "")
    );
    assert_eq!(
        renewal.header("authorization"),
        Some("Quayside-Session first")
    );
    // The second ends 3600 s after the beginning, and not before.
    clock.advance(Duration::from_secs(1000));
    list().await.unwrap();
    assert_eq!(
        last(&recorder, BERTHS).header("authorization"),
        Some("Quayside-Session second")
    );
    assert_eq!(recorder.requests_to("/sessions/current").len(), 1);
    clock.advance(Duration::from_secs(1000));
    list().await.unwrap();
    let asked =
        recorder.requests_to("/sessions/current").len() + recorder.requests_to("/sessions").len();
    assert!(asked > 2, "the second token is used for ever");
}

#[tokio::test]
async fn a_token_that_is_dead_cannot_be_renewed_so_that_the_login_runs_again() {
    let recorder = quay().await;
    recorder.answer(
        "PUT",
        "/sessions/current",
        [problem(401, "Session expired")],
    );
    let clock = ManualClock::new();
    let client = client(&recorder, &clock);
    client
        .list_berths()
        .harbour("Port Example/North")
        .send()
        .await
        .unwrap();
    clock.advance(Duration::from_secs(7200));
    client
        .list_berths()
        .harbour("Port Example/North")
        .send()
        .await
        .unwrap();
    assert_eq!(recorder.requests_to("/sessions").len(), 2);
}

#[tokio::test]
async fn a_login_whose_answer_lacks_the_header_names_it() {
    let recorder = quay().await;
    recorder.answer(
        "POST",
        "/sessions",
        [Answer::json(201, r#"{"greeting":"Good morning"}"#)],
    );
    let client = client(&recorder, &ManualClock::new());
    let error = client
        .list_berths()
        .harbour("Port Example/North")
        .send()
        .await
        .unwrap_err();
    let cause = failure::token(&error);
    let AuthErrorKind::Protocol {
        status: Some(201),
        pointer: Some(pointer),
        ..
    } = cause.kind()
    else {
        panic!("{cause:?}")
    };
    assert_eq!(pointer.to_lowercase(), "x-session-token");
    failure::says(&error.to_string(), &["create_session", "X-Session-Token"]);
}

#[tokio::test]
async fn a_name_with_a_slash_is_one_segment_and_an_array_in_the_query_is_repeated() {
    let recorder = quay().await;
    let client = client(&recorder, &ManualClock::new());
    let states = vec!["free".to_string(), "out of order".to_string()];
    client
        .list_berths()
        .harbour("Port Example/North")
        .state(states)
        .min_depth(2.5)
        .send()
        .await
        .unwrap();
    assert_eq!(
        recorder.requests_to(BERTHS)[0].target,
        format!("{BERTHS}?state=free&state=out%20of%20order&min-depth=2.5")
    );
}

#[tokio::test]
async fn each_status_has_an_error_of_its_own_and_the_default_takes_the_rest() {
    let recorder = quay().await;
    let client = client(&recorder, &ManualClock::new());
    recorder.answer("GET", BERTHS, [problem(404, "No such harbour")]);
    let error = client
        .list_berths()
        .harbour("Port Example/North")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        error.api_error().unwrap().title.as_deref(),
        Some("No such harbour")
    );

    let reserve = || {
        let body: types::Reservation = serde_json::from_value(
            json!({"vessel": {"name": "MV Example"}, "from": "2030-05-30", "until": "2030-06-01"}),
        )
        .unwrap();
        client
            .reserve_berth()
            .harbour("Port Example/North")
            .number(12)
            .body(body)
            .send()
    };
    let path = format!("{BERTHS}/12/reservations");
    recorder.answer(
        "POST",
        &path,
        [
            Answer::json(409, r#"{"reserved_by":"MV Other","until":"2030-06-01"}"#),
            Answer::json(422, r#"{"fields":{"until":["is before from"]}}"#),
            Answer::text(503, "closed"),
        ],
    );
    use types::ReserveBerthError;
    let errors = [reserve().await, reserve().await, reserve().await].map(Result::unwrap_err);
    assert!(
        matches!(errors[0].api_error(), Some(ReserveBerthError::Status409(conflict)) if conflict.reserved_by.as_deref() == Some("MV Other"))
    );
    assert!(
        matches!(errors[1].api_error(), Some(ReserveBerthError::Status422(errors)) if errors.fields["until"] == ["is before from"])
    );
    assert!(
        matches!(errors[2].api_error(), Some(ReserveBerthError::Status5XX(notice)) if notice == "closed")
    );
    let sent = recorder.requests_to(&path)[0].json();
    assert_eq!(sent["vessel"], json!({"name": "MV Example"}));
    assert_eq!(
        (&sent["from"], &sent["until"]),
        (&json!("2030-05-30"), &json!("2030-06-01"))
    );
}

#[tokio::test]
async fn a_success_without_a_body_is_nothing() {
    let recorder = quay().await;
    recorder.answer("DELETE", "/sessions/current", [Answer::text(204, "")]);
    let client = client(&recorder, &ManualClock::new());
    client.end_session().send().await.unwrap().into_inner();
}

/// A harbour office whose tokens end after half an hour.
async fn quay() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let greeting = Answer::json(201, r#"{"greeting":"Good morning","role":"master"}"#);
    let login = greeting
        .header("X-Session-Token", "first")
        .header("X-Session-Expires", &unix_seconds(1800).to_string());
    recorder.answer("POST", "/sessions", [login]);
    let until = rfc_3339(unix_seconds(3600));
    recorder.answer(
        "PUT",
        "/sessions/current",
        [Answer::json(
            200,
            format!(r#"{{"session":{{"token":"second","valid_until":"{until}"}}}}"#),
        )],
    );
    recorder.answer(
        "GET",
        BERTHS,
        [Answer::json(
            200,
            r#"{"berths":[{"number":12,"state":"free","length-over-all":null}]}"#,
        )],
    );
    recorder
}

fn client(recorder: &Recorder, clock: &ManualClock) -> Client {
    Client::builder()
        .credentials(Login::new(
            "harbour-master",
            "mind the tide",
            "bridge-tablet-7",
        ))
        .base_url(recorder.url())
        .clock(clock.clone())
        .retries(0)
        .build()
        .unwrap()
}

fn problem(status: u16, title: &str) -> Answer {
    Answer::new(
        status,
        "application/problem+json",
        format!(r#"{{"type":"about:blank","title":"{title}"}}"#).into_bytes(),
    )
}

/// So many seconds from now, in Unix seconds.
fn unix_seconds(from_now: i64) -> i64 {
    chrono::Utc::now().timestamp() + from_now
}

fn rfc_3339(unix_seconds: i64) -> String {
    chrono::DateTime::from_timestamp(unix_seconds, 0)
        .unwrap()
        .to_rfc3339()
}
