//! Tidewatch, `tests/specs/query-token`: secret and token in the query, envelopes that lie, and
//! renewal codes that are good once.

use std::time::Duration;

use keyfob_query_token::{Client, QueryToken, Station, StationKey, types};
use keyfob_runtime::auth::{AuthErrorKind, ManualClock};
use keyfob_tests::recorder::{Answer, Recorder, Request};
use serde_json::json;

use super::last;
use crate::failure;

const READINGS: &str = "/buoys/EX-1/readings";
const TOKEN: &str = "canary-token&+/=";

#[tokio::test]
async fn a_token_is_asked_for_and_presented_in_the_query() {
    let recorder = coast().await;
    let client = Client::builder()
        .credentials(Station::new("example light", "brine&salt").minutes(60))
        .base_url(recorder.url())
        .build()
        .unwrap();
    client
        .list_readings()
        .buoy("EX-1")
        .limit(10)
        .send()
        .await
        .unwrap();
    let asked = &recorder.requests_to("/access/token")[0];
    assert_eq!((asked.method.as_str(), asked.text().as_str()), ("GET", ""));
    assert_eq!(
        query(asked),
        pairs(&[
            ("station", "example light"),
            ("secret", "brine&salt"),
            ("minutes", "60")
        ])
    );
    let call = &recorder.requests_to(READINGS)[0];
    assert_eq!(query(call), pairs(&[("limit", "10"), ("access", TOKEN)]));
    assert_eq!(
        (call.header("authorization"), call.header("cookie")),
        (None, None)
    );
}

#[tokio::test]
async fn a_token_in_the_query_is_in_no_errors_text() {
    type Behaviour = (&'static str, fn(&Request) -> Answer);
    let behaviours: [Behaviour; 8] = [
        ("fails", |request| Answer::json(500, echo(request))),
        ("answers what is documented nowhere", |request| {
            Answer::text(418, echo(request))
        }),
        ("answers HTML", |request| {
            Answer::new(200, "text/html", echo(request).into_bytes())
        }),
        ("answers another type", |request| {
            Answer::json(
                200,
                format!(r#"{{"status":"ok","data":"{}"}}"#, echo(request)),
            )
        }),
        ("breaks off", |_| {
            Answer::json(200, r#"{"status":"ok","data":[]}"#).truncated()
        }),
        ("hangs up", |_| Answer::none()),
        ("redirects", |request| {
            Answer::text(302, "").header(
                "location",
                &format!("https://elsewhere.example{}", request.target),
            )
        }),
        ("is busy", |request| {
            Answer::json(429, echo(request)).header("retry-after", "3600")
        }),
    ];
    for (behaviour, answer) in behaviours {
        let recorder = coast().await;
        recorder.answer_by("GET", READINGS, answer);
        let error = client(&recorder)
            .list_readings()
            .buoy("EX-1")
            .send()
            .await
            .unwrap_err();
        assert!(
            query(&recorder.requests_to(READINGS)[0])
                .contains(&("access".to_string(), TOKEN.to_string()))
        );
        let told = failure::everything(&error);
        assert!(
            !told.contains("canary"),
            "a server that {behaviour}: {told}"
        );
        failure::says(&told, &["list_readings"]);
    }
}

#[tokio::test]
async fn a_secret_in_the_query_is_in_no_errors_text_either() {
    type Behaviour = (&'static str, fn(&Request) -> Answer);
    let behaviours: [Behaviour; 5] = [
        ("refuses", |request| Answer::json(400, echo(request))),
        ("answers HTML", |request| {
            Answer::new(200, "text/html", echo(request).into_bytes())
        }),
        ("breaks off", |_| {
            Answer::json(200, r#"{"status":"ok","data":{}}"#).truncated()
        }),
        ("hangs up", |_| Answer::none()),
        ("redirects", |request| {
            Answer::text(302, "").header("location", &format!("/elsewhere{}", request.target))
        }),
    ];
    for (behaviour, answer) in behaviours {
        let recorder = coast().await;
        recorder.answer_by("GET", "/access/token", answer);
        let error = client(&recorder)
            .list_readings()
            .buoy("EX-1")
            .send()
            .await
            .unwrap_err();
        failure::token(&error);
        assert!(
            recorder.requests_to("/access/token")[0]
                .target
                .contains("brine")
        );
        let told = failure::everything(&error);
        assert!(!told.contains("brine"), "a server that {behaviour}: {told}");
        assert!(recorder.requests_to(READINGS).is_empty());
    }
}

#[tokio::test]
async fn a_200_that_says_failed_is_no_token() {
    let recorder = coast().await;
    let refusal = r#"{"status":"failed","error":{"code":"SECRET_WRONG","text":"station and secret do not match"}}"#;
    recorder.answer("GET", "/access/token", [Answer::json(200, refusal)]);
    let error = client(&recorder)
        .list_readings()
        .buoy("EX-1")
        .send()
        .await
        .unwrap_err();
    let cause = failure::token(&error);
    assert!(
        matches!(cause.kind(), AuthErrorKind::Rejected { .. }),
        "{cause:?}"
    );
    failure::says(
        &error.to_string(),
        &[
            "read_token",
            "200",
            "SECRET_WRONG",
            "The coast guard registers a station",
        ],
    );
    assert_eq!(recorder.requests_to("/access/token").len(), 1);
}

#[tokio::test]
async fn a_lifetime_in_quotes_ends_and_each_renewal_code_is_sent_once_as_text() {
    let recorder = coast().await;
    let renewed = |number: usize| {
        Answer::json(
            200,
            format!(
                r#"{{"status":"ok","data":{{"token":"token-{number}","ttl":"3600","renew_with":"code-{number}"}}}}"#
            ),
        )
    };
    recorder.answer("POST", "/access/renewal", [renewed(2), renewed(3)]);
    let clock = ManualClock::new();
    let client = Client::builder()
        .credentials(Station::new("example-light", "brine&salt"))
        .base_url(recorder.url())
        .clock(clock.clone())
        .build()
        .unwrap();
    for expected in [TOKEN, "token-2", "token-3"] {
        client.list_readings().buoy("EX-1").send().await.unwrap();
        assert_eq!(
            query(&last(&recorder, READINGS)),
            pairs(&[("access", expected)])
        );
        clock.advance(Duration::from_secs(3601));
    }
    let renewals = recorder.requests_to("/access/renewal");
    let texts: Vec<String> = renewals.iter().map(Request::text).collect();
    assert_eq!(texts, ["code-1", "code-2"]);
    failure::says(renewals[0].header("content-type").unwrap(), &["text/plain"]);
    assert_eq!(recorder.requests_to("/access/token").len(), 1);
}

#[tokio::test]
async fn a_secret_that_is_a_text_is_sent_as_one_and_shown_nowhere() {
    let recorder = coast().await;
    let renewed = r#"{"status":"ok","data":{"token":"token-2"}}"#;
    recorder.answer("POST", "/access/renewal", [Answer::json(200, renewed)]);
    let client = client(&recorder);
    let call = client.renew_token().body("canary&code");
    assert!(!format!("{call:?} {call:#?}").contains("canary"));
    let answer = call.send().await.unwrap();
    assert_eq!(recorder.requests()[0].text(), "canary&code");
    let token = answer.data.as_ref().unwrap().token.as_ref().unwrap();
    assert_eq!(token.expose(), "token-2");
    assert!(!format!("{answer:?}").contains("token-2"));
}

#[tokio::test]
async fn a_403_refuses_the_token_unless_the_station_is_silenced() {
    let refusal = |code: &str| {
        Answer::json(
            403,
            format!(r#"{{"status":"failed","error":{{"code":"{code}"}}}}"#),
        )
    };
    let recorder = coast().await;
    recorder.answer(
        "GET",
        READINGS,
        [
            refusal("TOKEN_EXPIRED"),
            Answer::json(200, r#"{"status":"ok","data":[]}"#),
        ],
    );
    let token = |token: &str| {
        Answer::json(
            200,
            format!(r#"{{"status":"ok","data":{{"token":"{token}","renew_with":"code"}}}}"#),
        )
    };
    recorder.answer("GET", "/access/token", [token("first"), token("second")]);
    recorder.answer("POST", "/access/renewal", [refusal("RENEWAL_UNKNOWN")]);
    let client = client(&recorder);
    client.list_readings().buoy("EX-1").send().await.unwrap();
    let sent: Vec<_> = recorder.requests_to(READINGS).iter().map(query).collect();
    assert_eq!(
        sent,
        [
            pairs(&[("access", "first")]),
            pairs(&[("access", "second")])
        ]
    );
    recorder.answer("GET", READINGS, [refusal("SILENCED")]);
    let error = client
        .list_readings()
        .buoy("EX-1")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 403);
    assert_eq!(recorder.requests_to(READINGS).len(), 3);
}

#[tokio::test]
async fn an_operation_that_wants_a_token_or_a_key_or_nothing_takes_what_is_given() {
    let recorder = coast().await;
    recorder.answer(
        "GET",
        "/buoys/EX-1",
        [Answer::json(200, r#"{"name":"EX-1"}"#)],
    );
    let builder = || Client::builder().base_url(recorder.url());
    let clients = [
        builder().build().unwrap(),
        builder()
            .credentials(StationKey::new("engraved"))
            .build()
            .unwrap(),
        builder()
            .credentials(QueryToken::new("ready"))
            .credentials(StationKey::new("engraved"))
            .build()
            .unwrap(),
    ];
    for client in &clients {
        client.get_buoy().buoy("EX-1").send().await.unwrap();
    }
    let requests = recorder.requests_to("/buoys/EX-1");
    let sent: Vec<_> = requests
        .iter()
        .map(|request| (request.target.as_str(), request.header("x-station-key")))
        .collect();
    assert_eq!(
        sent,
        [
            ("/buoys/EX-1", None),
            ("/buoys/EX-1", Some("key=engraved")),
            ("/buoys/EX-1?access=ready", None),
        ]
    );
    assert!(recorder.requests_to("/access/token").is_empty());
}

#[tokio::test]
async fn a_200_that_says_failed_is_a_failure_of_a_call_too() {
    let recorder = coast().await;
    for body in [
        r#"{"status":"failed","error":{"code":"STORM"}}"#,
        r#"{"status":"ok","data":null}"#,
    ] {
        recorder.answer("GET", READINGS, [Answer::json(200, body)]);
        let error = client(&recorder)
            .list_readings()
            .buoy("EX-1")
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap(), 200, "{body}");
        failure::says(&error.to_string(), &["list_readings", "200"]);
    }
}

#[tokio::test]
async fn numbers_keep_every_digit_and_a_choice_of_objects_is_written_as_the_chosen_one() {
    let recorder = coast().await;
    recorder.answer(
        "POST",
        "/buoys/EX-1/alarms",
        [Answer::json(
            200,
            r#"{"status":"pending","data":{"id":"A-1","ref":9007199254740993}}"#,
        )],
    );
    let alarm = r#"{"quantity":"height","above":3.5,"tell":{"by":"call","url":"https://coast.example/alarm","key":"canary"},"ref":9007199254740993}"#;
    let body: types::Alarm = serde_json::from_str(alarm).unwrap();
    let answer = client(&recorder)
        .set_alarm()
        .buoy("EX-1")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.data.as_ref().unwrap().ref_,
        Some(9_007_199_254_740_993)
    );
    let sent: serde_json::Value = serde_json::from_str(alarm).unwrap();
    assert_eq!(recorder.requests_to("/buoys/EX-1/alarms")[0].json(), sent);
}

#[tokio::test]
async fn a_form_is_a_form_and_a_table_is_text() {
    let recorder = coast().await;
    recorder.answer("PUT", "/buoys/EX-1/position", [Answer::text(204, "")]);
    let table = "at,value\n2030-05-30T00:00:00Z,1.4\n";
    recorder.answer(
        "GET",
        "/buoys/EX-1/readings.csv",
        [Answer::new(200, "text/csv", table.into())],
    );
    let client = client(&recorder);
    let position: types::Position =
        serde_json::from_value(json!({"latitude": 54.2, "longitude": -8.5, "anchored": true}))
            .unwrap();
    client
        .move_buoy()
        .buoy("EX-1")
        .body(position)
        .send()
        .await
        .unwrap();
    let moved = &recorder.requests_to("/buoys/EX-1/position")[0];
    assert_eq!(
        moved.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        moved.form(),
        pairs(&[
            ("latitude", "54.2"),
            ("longitude", "-8.5"),
            ("anchored", "true")
        ])
    );
    let exported = client.export_readings().buoy("EX-1").send().await.unwrap();
    assert_eq!(exported.into_inner(), table);
    failure::says(
        recorder.requests_to("/buoys/EX-1/readings.csv")[0]
            .header("accept")
            .unwrap(),
        &["text/csv"],
    );
}

#[test]
fn an_ocean_that_the_server_does_not_have_is_an_error_when_the_client_is_built() {
    let built = Client::builder()
        .credentials(Station::new("example-light", "brine&salt"))
        .server_variable("ocean", "arctic")
        .build();
    failure::says(
        &built.unwrap_err().to_string(),
        &["ocean", "atlantic", "pacific"],
    );
}

/// A coast guard whose tokens and renewal codes are always the same.
async fn coast() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    let token =
        json!({"status": "ok", "data": {"token": TOKEN, "ttl": "3600", "renew_with": "code-1"}});
    recorder.answer(
        "GET",
        "/access/token",
        [Answer::json(200, token.to_string())],
    );
    recorder.answer(
        "GET",
        READINGS,
        [Answer::json(200, r#"{"status":"ok","data":[]}"#)],
    );
    recorder
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(Station::new("example-light", "brine&salt"))
        .base_url(recorder.url())
        .retries(0)
        .build()
        .unwrap()
}

/// What a careless server may answer: the request itself.
fn echo(request: &Request) -> String {
    let query: Vec<String> = query(request)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{} {}", request.target, query.join(" "))
}

fn query(request: &Request) -> Vec<(String, String)> {
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}
