//! Lantern Works, `tests/specs/two-steps`: a ticket for Basic, a token for the ticket, and the token
//! in a cookie.

use std::time::Duration;

use keyfob_runtime::ErrorKind;
use keyfob_runtime::auth::ManualClock;
use keyfob_tests::recorder::{Answer, Recorder};
use keyfob_two_steps::{Client, ConsoleKey, LanternCookie, Ticket, types};
use serde_json::json;

use crate::failure;

const CUES: &str = "/v3/shows/all%20trades/cues";

#[tokio::test]
async fn a_ticket_is_asked_for_with_basic_and_exchanged_with_a_cookie_and_expressions_in_texts() {
    let recorder = theatre().await;
    let client = client(&recorder, "ada b+c", "p:\u{e9} &");
    client.list_cues().show("all trades").send().await.unwrap();

    let ticket = &recorder.requests_to("/login/ticket")[0];
    assert_eq!(
        (ticket.method.as_str(), ticket.text().as_str()),
        ("POST", "")
    );
    // Form-urlencoded before base64: ada+b%2Bc:p%3A%C3%A9+%26
    assert_eq!(
        ticket.header("authorization"),
        Some("Basic YWRhK2IlMkJjOnAlM0ElQzMlQTkrJTI2")
    );
    let exchange = &recorder.requests_to("/login/exchange")[0];
    assert_eq!(exchange.header("x-login-proof"), Some("Ticket TICKET-1"));
    assert_eq!(exchange.header("cookie"), Some("login_session=ls-1"));
    assert_eq!(exchange.header("authorization"), None);
    let payload =
        json!({"for": {"audience": "stage", "note": "login ls-1 of ada b+c"}, "scopes": ["cues"]});
    assert_eq!(exchange.json(), payload);
}

#[tokio::test]
async fn a_token_below_members_with_slashes_and_tildes_is_presented_in_a_cookie_beside_others() {
    let recorder = theatre().await;
    let client = client(&recorder, "ada", "follow-spot");
    let lamps = vec!["left".to_string(), "right, upper".to_string()];
    client
        .list_cues()
        .show("all trades")
        .tz("Europe/Paris")
        .lamps(lamps)
        .send()
        .await
        .unwrap();
    let request = &recorder.requests_to(CUES)[0];
    assert_eq!(
        request.target,
        format!("{CUES}?lamps=left,right%2C%20upper")
    );
    let cookies: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
        .collect();
    let [(_, cookies)] = cookies.as_slice() else {
        panic!("{cookies:?}")
    };
    let mut cookies: Vec<&str> = cookies.split("; ").collect();
    cookies.sort();
    assert_eq!(cookies, ["lantern=lw-token-1", "tz=Europe/Paris"]);
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn a_lifetime_in_milliseconds_is_one() {
    let recorder = theatre().await;
    let clock = ManualClock::new();
    let client = Client::builder()
        .credentials(Ticket::new("ada", "follow-spot", "stage"))
        .base_url(format!("{}/v3", recorder.url()))
        .server_url("issue_ticket", recorder.url())
        .server_url("exchange_ticket", recorder.url())
        .clock(clock.clone())
        .build()
        .unwrap();
    for (seconds, tickets) in [(0, 1), (600, 1), (301, 2)] {
        clock.advance(Duration::from_secs(seconds));
        client.list_cues().show("all trades").send().await.unwrap();
        assert_eq!(
            recorder.requests_to("/login/ticket").len(),
            tickets,
            "after {seconds} s more"
        );
    }
}

#[tokio::test]
async fn the_password_goes_to_the_login_host_only_and_the_token_to_the_api_only() {
    let (logins, api) = (theatre().await, theatre().await);
    let client = Client::builder()
        .credentials(Ticket::new("ada", "follow-spot", "stage"))
        .server_url("https://id.lanternworks.example", logins.url())
        .server_url(
            "https://api.lanternworks.example/v3",
            format!("{}/v3", api.url()),
        )
        .build()
        .unwrap();
    client.list_cues().show("all trades").send().await.unwrap();
    let paths = |recorder: &Recorder| {
        recorder
            .requests()
            .iter()
            .map(|request| request.path().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&logins), ["/login/ticket", "/login/exchange"]);
    assert_eq!(paths(&api), [CUES]);
}

#[tokio::test]
async fn a_refusal_gets_a_new_token_once_but_the_curfew_is_no_refusal() {
    let refusal = |code: &str| Answer::json(401, format!(r#"{{"refusal":"{code}"}}"#));
    let token = |token: &str| {
        Answer::json(
            200,
            format!(r#"{{"result":{{"tokens/access":{{"value":"{token}"}}}}}}"#),
        )
    };
    let recorder = theatre().await;
    recorder.answer("POST", "/login/exchange", [token("first"), token("second")]);
    recorder.answer(
        "GET",
        CUES,
        [refusal("token_unknown"), Answer::text(204, "")],
    );
    let client = client(&recorder, "ada", "follow-spot");
    let answer = client.list_cues().show("all trades").send().await.unwrap();
    assert!(matches!(
        answer.into_inner(),
        types::ListCuesAnswer::Status204
    ));
    assert_eq!(recorder.requests_to("/login/ticket").len(), 2);

    recorder.answer("GET", CUES, [refusal("curfew")]);
    let error = client
        .list_cues()
        .show("all trades")
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert_eq!(recorder.requests_to("/login/ticket").len(), 2);
}

#[tokio::test]
async fn a_200_without_a_result_is_no_token_and_names_the_step() {
    let recorder = theatre().await;
    recorder.answer(
        "POST",
        "/login/exchange",
        [Answer::json(200, r#"{"result":null}"#)],
    );
    let client = client(&recorder, "ada", "follow-spot");
    let error = client
        .list_cues()
        .show("all trades")
        .send()
        .await
        .unwrap_err();
    let cause = failure::token(&error);
    assert_eq!(
        (cause.operation(), cause.status()),
        (Some("exchange_ticket"), Some(200))
    );
    assert!(!failure::everything(&error).contains("TICKET-1"));
    assert!(recorder.requests_to(CUES).is_empty());
}

#[tokio::test]
async fn an_operation_that_wants_a_cookie_and_a_key_gets_both_and_its_text_may_be_left_out() {
    let recorder = theatre().await;
    let path = format!("{CUES}/41/cancellation");
    recorder.answer("POST", &path, [Answer::text(204, "")]);
    let client = Client::builder()
        .credentials(LanternCookie::new("ready"))
        .credentials(ConsoleKey::new("console"))
        .base_url(format!("{}/v3", recorder.url()))
        .build()
        .unwrap();
    client
        .cancel_cue()
        .show("all trades")
        .id(41)
        .send()
        .await
        .unwrap();
    client
        .cancel_cue()
        .show("all trades")
        .id(41)
        .body("lamp \"7\" broken")
        .send()
        .await
        .unwrap();
    let [without, with] = &recorder.requests_to(&path)[..] else {
        panic!()
    };
    for request in [without, with] {
        assert_eq!(
            (request.header("cookie"), request.header("x-console-key")),
            (Some("lantern=ready"), Some("console"))
        );
    }
    assert_eq!(
        (without.text().as_str(), without.header("content-type")),
        ("", None)
    );
    assert_eq!(with.text(), "lamp \"7\" broken");
    failure::says(with.header("content-type").unwrap(), &["text/plain"]);

    let alone = Client::builder()
        .credentials(LanternCookie::new("ready"))
        .base_url(recorder.url())
        .build()
        .unwrap();
    let error = alone
        .cancel_cue()
        .show("all trades")
        .id(41)
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoCredential { .. }),
        "{error:?}"
    );
    failure::says(&error.to_string(), &["cancel_cue", "consoleKey"]);
}

#[tokio::test]
async fn each_of_several_successes_has_a_value_of_its_own_and_a_sign_is_an_enum_value() {
    use types::{AddCueAnswer, Cue, CueAction};
    let recorder = theatre().await;
    recorder.answer(
        "POST",
        CUES,
        [
            Answer::json(201, r#"{"id":41}"#),
            Answer::json(202, r#"{"position":3,"reason":"rehearsal"}"#),
        ],
    );
    let client = client(&recorder, "ada", "follow-spot");
    let cue: Cue = serde_json::from_value(
        json!({"at": "2030-05-30T19:30:00Z", "action": "+", "lamps": ["left"]}),
    )
    .unwrap();
    let added = client
        .add_cue()
        .show("all trades")
        .body(cue.clone())
        .send()
        .await
        .unwrap();
    assert!(matches!(added.into_inner(), AddCueAnswer::Status201(added) if added.id == 41));
    let queued = client
        .add_cue()
        .show("all trades")
        .body(cue)
        .send()
        .await
        .unwrap();
    assert!(matches!(queued.into_inner(), AddCueAnswer::Status202(queued) if queued.position == 3));
    assert_eq!(recorder.requests_to(CUES)[0].json()["action"], "+");

    recorder.answer(
        "GET",
        CUES,
        [Answer::json(
            200,
            r#"[{"at":"2030-05-30T19:30:00Z","action":"strobe","lamps":[]}]"#,
        )],
    );
    let answer = client
        .list_cues()
        .show("all trades")
        .send()
        .await
        .unwrap()
        .into_inner();
    let types::ListCuesAnswer::Status200(cues) = answer else {
        panic!("{answer:?}")
    };
    assert!(matches!(&cues[0].action, CueAction::Unknown(word) if word == "strobe"));
}

/// A theatre whose tickets, tokens and cues are always the same.
async fn theatre() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let ticket = Answer::text(200, "TICKET-1\n").header("X-Login-Session", "ls-1");
    recorder.answer("POST", "/login/ticket", [ticket]);
    let token = r#"{"result":{"tokens/access":{"value":"lw-token-1","valid~for":{"ms":900000}}}}"#;
    recorder.answer("POST", "/login/exchange", [Answer::json(200, token)]);
    recorder.answer("GET", CUES, [Answer::json(200, "[]")]);
    recorder
}

fn client(recorder: &Recorder, user: &str, password: &str) -> Client {
    Client::builder()
        .credentials(Ticket::new(user, password, "stage"))
        .base_url(format!("{}/v3", recorder.url()))
        .server_url("issue_ticket", recorder.url())
        .server_url("exchange_ticket", recorder.url())
        .build()
        .unwrap()
}
