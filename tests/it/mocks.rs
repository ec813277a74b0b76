//! A client's module `mock`, as an application's own tests use it.

use keyfob_query_token::mock::MockServerExt as _;
use keyfob_runtime::mock::MockServer;
use keyfob_runtime::{ErrorKind, File};
use keyfob_two_steps::mock::MockServerExt as _;
use serde_json::json;

use crate::failure;

#[tokio::test]
async fn a_mocked_token_endpoint_and_a_mocked_operation_are_all_that_a_client_needs() {
    use keyfob_digitaleo::mock::MockServerExt as _;
    use keyfob_digitaleo::{Client, ClientCredentials, types};
    let server = MockServer::start_async().await;
    let token = server.create_token(|when, then| {
        let body: types::TokenRequest = typed(json!({
            "grant_type": "client_credentials", "client_id": "an id", "client_secret": "p280&edbd+76d",
        }));
        when.body(&body);
        then.ok(&typed(json!({"access_token": "mocked", "expires_in": 3600, "token_type": "bearer"})));
    });
    let campaigns = server.list_campaigns(|when, then| {
        when.limit(10)
            .without("offset")
            .with_header("authorization", "Bearer mocked");
        then.ok(&typed(
            json!({"list": [{"id": "1024", "name": "Spring sale"}]}),
        ));
    });
    let client = Client::builder()
        .credentials(ClientCredentials::new("an id", "p280&edbd+76d"))
        .base_url(server.url("/below/a/base/path"))
        .build()
        .unwrap();
    let list = client.list_campaigns().limit(10).send().await.unwrap();
    assert_eq!(list.list[0].name.as_deref(), Some("Spring sale"));
    token.assert();
    campaigns.assert();
}

#[tokio::test]
async fn a_client_waits_as_a_busy_mock_says_and_asks_again() {
    let server = MockServer::start_async().await;
    let mock = server.get_buoy(|_, then| {
        then.undocumented(429, "text/plain", "busy")
            .with_header("retry-after", "0")
            .times(2)
            .ok(&typed(json!({"name": "EX-1"})));
    });
    let buoy = tidewatch(&server)
        .get_buoy()
        .buoy("EX-1")
        .send()
        .await
        .unwrap();
    assert_eq!(buoy.name, "EX-1");
    mock.assert_calls(3);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_sent_once_more() {
    use keyfob_digitaleo::mock::MockServerExt as _;
    let server = MockServer::start_async().await;
    let token = server.create_token(|_, then| {
        let answer = |token: &str| {
            typed(json!({"access_token": token, "expires_in": 3600, "token_type": "bearer"}))
        };
        then.ok(&answer("first")).ok(&answer("second"));
    });
    let campaigns = server.list_campaigns(|_, then| {
        then.status_401(&typed(json!({"error": "invalid_token"})))
            .ok(&typed(json!({"list": []})));
    });
    digitaleo(&server).list_campaigns().send().await.unwrap();
    token.assert_calls(2);
    let presented = campaigns.requests();
    let presented = presented
        .iter()
        .map(|request| &request.headers["authorization"]);
    assert_eq!(
        presented.collect::<Vec<_>>(),
        ["Bearer first", "Bearer second"]
    );
}

#[tokio::test]
async fn a_token_request_that_no_mock_answers_says_what_differs_and_shows_no_secret() {
    use keyfob_digitaleo::mock::MockServerExt as _;
    use keyfob_digitaleo::types;
    let server = MockServer::start_async().await;
    let token = server.create_token(|when, then| {
        let body: types::TokenRequest = typed(json!({
            "grant_type": "client_credentials", "client_id": "an id", "client_secret": "expected-canary",
        }));
        when.body(&body);
        then.ok(&typed(json!({"access_token": "mocked", "expires_in": 3600, "token_type": "bearer"})));
    });
    let error = digitaleo(&server)
        .list_campaigns()
        .send()
        .await
        .unwrap_err();
    let shown = failure::everything(&error) + &server.unanswered().join("\n");
    failure::says(
        &shown,
        &[
            "nearest is create_token",
            "body, `client_secret`: another value",
        ],
    );
    assert!(!shown.contains("canary"), "{shown}");
    token.assert_calls(0);
}

#[tokio::test]
async fn a_form_is_matched_member_by_member() {
    let server = MockServer::start_async().await;
    let position =
        |latitude: f64| typed(json!({"latitude": latitude, "longitude": -8.5, "anchored": true}));
    let mock = server.move_buoy(|when, then| {
        when.buoy("EX-1").body(&position(54.2));
        then.no_content();
    });
    let client = tidewatch(&server);
    let moved = |buoy: &'static str, latitude: f64| {
        client
            .move_buoy()
            .buoy(buoy)
            .body(position(latitude))
            .send()
    };
    moved("EX-1", 54.2).await.unwrap();
    let error = moved("EX-1", 54.3).await.unwrap_err().to_string();
    failure::says(
        &error,
        &["nearest is move_buoy: body, `latitude`: expected 54.2, got 54.3"],
    );
    moved("EX-2", 54.2).await.unwrap_err();
    mock.assert();
}

#[tokio::test]
async fn a_text_is_matched_as_text() {
    let server = MockServer::start_async().await;
    let mock = server.cancel_cue(|when, then| {
        when.show("all trades")
            .id(41)
            .body(&"lamp \"7\" broken".to_string());
        then.no_content();
    });
    let client = keyfob_two_steps::Client::builder()
        .credentials(keyfob_two_steps::LanternCookie::new("ready"))
        .credentials(keyfob_two_steps::ConsoleKey::new("console"))
        .base_url(server.url("/v3"))
        .build()
        .unwrap();
    let cancel = |reason: &'static str| {
        client
            .cancel_cue()
            .show("all trades")
            .id(41)
            .body(reason)
            .send()
    };
    cancel("lamp \"7\" broken").await.unwrap();
    cancel("\"lamp \\\"7\\\" broken\"").await.unwrap_err();
    mock.assert();
}

#[tokio::test]
async fn a_multipart_body_is_matched_part_by_part() {
    use keyfob_digitaleo::mock::MockServerExt as _;
    use keyfob_digitaleo::types::ListImport;
    let server = MockServer::start_async().await;
    server.create_token(|_, then| {
        then.ok(&typed(
            json!({"access_token": "mocked", "expires_in": 3600, "token_type": "bearer"}),
        ));
    });
    let import = |id: &str, content: &'static str| ListImport {
        id: Some(id.to_string()),
        file: File::new(content).with_name("contacts.csv"),
    };
    let mock = server.create_list(|when, then| {
        when.body_multipart(&import("77", "a;b\r\n--c"));
        then.ok(&typed(json!({"count": 1})));
    });
    let client = digitaleo(&server);
    let send = |body| client.create_list().body_multipart(body).send();
    send(import("77", "a;b\r\n--c")).await.unwrap();
    let error = send(import("78", "a;b\r\n--c"))
        .await
        .unwrap_err()
        .to_string();
    failure::says(
        &error,
        &["nearest is create_list: body, `id`: another value"],
    );
    send(import("77", "a;b")).await.unwrap_err();
    mock.assert();
}

#[tokio::test]
async fn bytes_text_and_xml_are_answered_as_they_are() {
    use keyfob_digilocker::mock::MockServerExt as _;
    let server = MockServer::start_async().await;
    let bytes = [0, 159, 146, 150];
    server.get_file(|_, then| {
        then.ok(bytes).with_header("x-pages", "2");
    });
    server.get_eaadhaar_xml(|_, then| {
        then.ok("<KycRes \"é\"/>");
    });
    server.export_readings(|_, then| {
        then.ok("at,value\r\n");
    });
    let locker = keyfob_digilocker::Client::builder()
        .credentials(keyfob_digilocker::Oauth2::new("ready"))
        .base_url(server.base_url())
        .build()
        .unwrap();
    let file = locker
        .get_file()
        .uri("in.gov.pan-PANCR-1")
        .send()
        .await
        .unwrap();
    assert_eq!(file.headers()["x-pages"], "2");
    assert_eq!(file.into_inner().collect().await.unwrap().as_ref(), bytes);
    let xml = locker.get_eaadhaar_xml().send().await.unwrap();
    assert_eq!(xml.into_inner(), "<KycRes \"é\"/>");
    let readings = tidewatch(&server)
        .export_readings()
        .buoy("EX-1")
        .send()
        .await
        .unwrap();
    assert_eq!(readings.into_inner(), "at,value\r\n");
}

#[tokio::test]
async fn documented_failures_are_typed_on_both_sides() {
    let server = MockServer::start_async().await;
    server.get_buoy(|when, then| {
        when.buoy("EX-9");
        then.status_404("no such buoy");
    });
    let error = tidewatch(&server)
        .get_buoy()
        .buoy("EX-9")
        .send()
        .await
        .unwrap_err();
    let expected = keyfob_query_token::types::GetBuoyError::Status404("no such buoy".to_string());
    assert_eq!(
        format!("{:?}", error.api_error().unwrap()),
        format!("{expected:?}")
    );
}

#[test]
#[should_panic(expected = "500 is no status from 400 to 499")]
fn a_documented_range_takes_no_other_status() {
    use keyfob_digitaleo::mock::MockServerExt as _;
    MockServer::start().list_campaigns(|_, then| {
        then.status_4xx(500, &typed(json!({})));
    });
}

#[tokio::test]
async fn a_request_that_no_mock_answers_says_which_operation_and_that_there_is_no_mock() {
    let server = MockServer::start_async().await;
    server.get_buoy(|when, then| {
        when.buoy("EX-1");
        then.ok(&typed(json!({"name": "EX-1"})));
    });
    let error = tidewatch(&server)
        .export_readings()
        .buoy("EX-1")
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Undocumented { .. }),
        "{error:?}"
    );
    let said = "no mock answers this; nearest is get_buoy: path: expected /buoys/{buoy}";
    failure::says(&error.to_string(), &["export_readings", "501", said]);
}

#[tokio::test]
#[should_panic(expected = "mock of get_buoy: expected 1 call, got 0
  no mock answered a GET: path parameter `buoy`: expected EX-1, got EX-2")]
async fn a_mock_that_was_not_called_shows_the_request_that_came_instead() {
    let server = MockServer::start_async().await;
    let mock = server.get_buoy(|when, then| {
        when.buoy("EX-1");
        then.ok(&typed(json!({"name": "EX-1"})));
    });
    let _ = tidewatch(&server).get_buoy().buoy("EX-2").send().await;
    mock.assert();
}

fn tidewatch(server: &MockServer) -> keyfob_query_token::Client {
    keyfob_query_token::Client::builder()
        .credentials(keyfob_query_token::QueryToken::new("ready"))
        .base_url(server.url("/api"))
        .build()
        .unwrap()
}

fn digitaleo(server: &MockServer) -> keyfob_digitaleo::Client {
    use keyfob_digitaleo::{Client, ClientCredentials};
    Client::builder()
        .credentials(ClientCredentials::new("an id", "sent-canary"))
        .base_url(server.base_url())
        .build()
        .unwrap()
}

/// A typed value of its JSON.
fn typed<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}
