//! Ferrylane, `tests/specs/session-cookie`: a token that is the value of a cookie.

use keyfob_session_cookie::{Client, Login};
use keyfob_tests::recorder::{Answer, Recorder};

use super::last;
use crate::failure;

const LOGIN: &str = "/lines/north/session";
const CROSSINGS: &str = "/crossings";

#[tokio::test]
async fn the_value_of_the_right_cookie_is_sent_without_its_attributes() {
    let recorder = ferry().await;
    client(&recorder).list_crossings().send().await.unwrap();
    assert_eq!(last(&recorder, LOGIN).header("cookie"), None);
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
        recorder.answer("POST", LOGIN, [logged_in(line)]);
        let error = client(&recorder).list_crossings().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert_eq!(
            (cause.status(), cause.operation()),
            (Some(204), Some("log_in")),
            "{line}"
        );
        failure::says(&error.to_string(), &["log_in", "Set-Cookie"]);
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
    recorder.answer("POST", LOGIN, sessions.map(logged_in));
    client(&recorder).list_crossings().send().await.unwrap();
    assert_eq!(recorder.requests_to(LOGIN).len(), 2);
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
    let answer = logged_in("AWSALB=balancer; Path=/")
        .header("set-cookie", "FLSESSION=s=1==; Path=/app; Max-Age=1800")
        .header("set-cookie", "FLHINT=; Max-Age=0");
    recorder.answer("POST", LOGIN, [answer]);
    recorder.answer("GET", CROSSINGS, [Answer::json(200, "[]")]);
    recorder
}

fn logged_in(cookie: &str) -> Answer {
    Answer::new(204, "text/plain", Vec::new()).header("set-cookie", cookie)
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(Login::new("purser", "cast-off", "north"))
        .base_url(recorder.url())
        .build()
        .unwrap()
}
