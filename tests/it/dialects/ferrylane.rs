//! Ferrylane, `tests/specs/session-cookie`: tokens that are values of cookies.

use keyfob_session_cookie::{Client, Login};
use keyfob_tests::recorder::{Answer, Recorder};

use super::last;
use crate::failure;

const CHOOSE: &str = "/lines/north/session";
const CROSSINGS: &str = "/crossings";

#[tokio::test]
async fn the_value_of_the_right_cookie_is_sent_without_its_attributes() {
    let recorder = ferry().await;
    client(&recorder).list_crossings().send().await.unwrap();
    assert_eq!(
        last(&recorder, CHOOSE).header("cookie"),
        Some("fl_login=first")
    );
    let crossings = last(&recorder, CROSSINGS);
    assert_eq!(crossings.header("cookie"), Some("FLSESSION=s=1=="));
    assert_eq!(crossings.header("authorization"), None);
}

#[tokio::test]
async fn an_answer_that_sets_other_cookies_only_has_no_token() {
    for line in [
        "AWSALB=canary; Path=/",
        "FLSESSION=; Max-Age=0",
        "FLSESSION",
    ] {
        let recorder = ferry().await;
        let answer = Answer::json(200, r#"{"name":"north"}"#).header("set-cookie", line);
        recorder.answer("PUT", CHOOSE, [answer]);
        let error = client(&recorder).list_crossings().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert_eq!(
            (cause.status(), cause.operation()),
            (Some(200), Some("choose_line")),
            "{line}"
        );
        failure::says(&error.to_string(), &["choose_line", "Set-Cookie"]);
        assert!(!failure::everything(&error).contains("canary"), "{line}");
        assert!(recorder.requests_to(CROSSINGS).is_empty(), "{line}");
    }
}

#[tokio::test]
async fn a_refused_session_is_replaced_by_a_new_login() {
    let recorder = ferry().await;
    let refusal = Answer::json(401, r#"{"reason":"too old"}"#);
    recorder.answer("GET", CROSSINGS, [refusal, Answer::json(200, "[]")]);
    let sessions = ["FLSESSION=one; Path=/app", "FLSESSION=two; Path=/app"];
    let answers =
        sessions.map(|line| Answer::json(200, r#"{"name":"north"}"#).header("set-cookie", line));
    recorder.answer("PUT", CHOOSE, answers);
    client(&recorder).list_crossings().send().await.unwrap();
    assert_eq!(recorder.requests_to("/login").len(), 2);
    let requests = recorder.requests_to(CROSSINGS);
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("cookie").unwrap())
        .collect();
    assert_eq!(sent, ["FLSESSION=one", "FLSESSION=two"]);
}

/// A server that sets cookies of its own besides.
async fn ferry() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let login = Answer::new(204, "text/plain", Vec::new())
        .header("set-cookie", "AWSALB=balancer; Path=/")
        .header("set-cookie", "fl_login=first; Path=/app; HttpOnly; Secure");
    recorder.answer("POST", "/login", [login]);
    let line = Answer::json(200, r#"{"name":"north"}"#)
        .header("set-cookie", "FLSESSION=s=1==; Path=/app; Max-Age=1800")
        .header("set-cookie", "fl_login=; Max-Age=0");
    recorder.answer("PUT", CHOOSE, [line]);
    recorder.answer("GET", CROSSINGS, [Answer::json(200, "[]")]);
    recorder
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(Login::new("purser", "cast-off", "north"))
        .base_url(recorder.url())
        .build()
        .unwrap()
}
