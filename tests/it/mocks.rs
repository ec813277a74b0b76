//! A client's module `mock`, as an application's own tests use it.

use keyfob_digitaleo::mock::MockServerExt as _;
use keyfob_query_token::mock::MockServerExt as _;
use keyfob_runtime::ErrorKind;
use keyfob_runtime::mock::httpmock::MockServer;
use keyfob_two_steps::mock::MockServerExt as _;
use serde_json::json;

use crate::failure;

#[tokio::test]
async fn a_mocked_token_endpoint_and_a_mocked_operation_are_all_that_a_client_needs() {
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
            .into_inner()
            .header("authorization", "Bearer mocked");
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
async fn a_form_is_matched_member_by_member() {
    let server = MockServer::start_async().await;
    let position =
        |latitude: f64| typed(json!({"latitude": latitude, "longitude": -8.5, "anchored": true}));
    let mock = server.move_buoy(|when, then| {
        when.buoy("EX-1".parse().unwrap()).body(&position(54.2));
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
    moved("EX-1", 54.3).await.unwrap_err();
    moved("EX-2", 54.2).await.unwrap_err();
    assert_eq!(mock.calls(), 1);
}

#[tokio::test]
async fn a_text_is_matched_as_text() {
    let server = MockServer::start_async().await;
    let mock = server.cancel_cue(|when, then| {
        when.show("all trades".parse().unwrap())
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
    assert_eq!(mock.calls(), 1);
}

#[tokio::test]
async fn documented_failures_are_typed_on_both_sides() {
    let server = MockServer::start_async().await;
    server.get_buoy(|when, then| {
        when.buoy("EX-9".parse().unwrap());
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

#[tokio::test]
async fn a_request_that_no_mock_answers_says_which_operation_and_that_there_is_no_mock() {
    let server = MockServer::start_async().await;
    server.get_buoy(|when, then| {
        when.buoy("EX-1".parse().unwrap());
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
    failure::says(&error.to_string(), &["export_readings", "404", "mock"]);
}

#[tokio::test]
#[should_panic(expected = "EX-2")]
async fn a_mock_that_was_not_called_shows_the_request_that_came_instead() {
    let server = MockServer::start_async().await;
    let mock = server.get_buoy(|when, then| {
        when.buoy("EX-1".parse().unwrap());
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

/// A typed value of its JSON.
fn typed<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}
