//! Digitaleo, as the page says: 001 is the page on authentication, with its lines; dg-page is the
//! same page with its code blocks.

use keyfob_digitaleo::{Client, ClientCredentials, Scheme};
use keyfob_runtime::auth::{AuthErrorKind, ManualClock};
use keyfob_tests::recorder::{Answer, Recorder, Request};

use crate::failure;

const CAMPAIGNS: &str = r#"{"list":[{"id":"1024","name":"Spring sale"}]}"#;

#[tokio::test]
async fn the_token_request_is_a_form_of_the_three_parameters() {
    // 001, lines 17-21 and 29-37
    let recorder = digitaleo([token("abc")]).await;
    client(&recorder).list_campaigns().send().await.unwrap();
    let requests = recorder.requests_to("/token");
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("authorization"), None);
    let mut form = request.form();
    form.sort();
    let expected = [
        ("client_id", "51612c780b4dbaea"),
        ("client_secret", "p280&edbd+76d"),
        ("grant_type", "client_credentials"),
    ];
    assert_eq!(
        form,
        expected.map(|(name, value)| (name.to_string(), value.to_string()))
    );
}

#[tokio::test]
async fn a_typed_call_carries_the_token_to_the_campaigns() {
    // 001, lines 68-74
    let recorder = digitaleo([token("abc")]).await;
    let campaigns = client(&recorder)
        .list_campaigns()
        .limit(10)
        .send()
        .await
        .unwrap();
    assert_eq!(campaigns.list[0].name.as_deref(), Some("Spring sale"));
    let request = &recorder.requests_to("/rest/campaigns")[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("GET", "/rest/campaigns?limit=10")
    );
    assert_eq!(request.header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn a_token_of_50_000_characters_is_accepted_and_sent() {
    // 001, line 51
    let long = "e".repeat(50_000);
    let recorder = digitaleo([token(&long)]).await;
    client(&recorder).list_campaigns().send().await.unwrap();
    let request = &recorder.requests_to("/rest/campaigns")[0];
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {long}").as_str())
    );
}

#[tokio::test]
async fn the_header_says_bearer_with_a_capital_though_the_answer_does_not() {
    // 001, line 57 (the type is "bearer") and line 68 (`Authorization: Bearer` is case-sensitive)
    let recorder = digitaleo([token("abc")]).await;
    recorder.answer_by("GET", "/rest/campaigns", |request: &Request| {
        let exact =
            |(name, value): &(String, String)| name == "Authorization" && value == "Bearer abc";
        match request.headers.iter().any(exact) {
            true => Answer::json(200, CAMPAIGNS),
            false => Answer::json(401, r#"{"status":401,"message":"A token is required"}"#),
        }
    });
    client(&recorder).list_campaigns().send().await.unwrap();
    assert_eq!(recorder.requests_to("/rest/campaigns").len(), 1);
}

#[tokio::test]
async fn a_lifetime_in_quotes_is_a_lifetime() {
    // 001, line 54 (seconds); dg-page ("3600", in quotes)
    let answer = |token: &str| {
        Answer::json(
            200,
            format!(
                r#"{{"access_token":"{token}","expires_in":"3600","token_type":"bearer","scope":"basic"}}"#
            ),
        )
    };
    let recorder = digitaleo([answer("first"), answer("second")]).await;
    let clock = ManualClock::new();
    let client = Client::builder()
        .credentials(credentials())
        .base_url(recorder.url())
        .clock(clock.clone())
        .build()
        .unwrap();
    client.list_campaigns().send().await.unwrap();
    clock.advance(std::time::Duration::from_secs(1800));
    client.list_campaigns().send().await.unwrap();
    clock.advance(std::time::Duration::from_secs(1801));
    client.list_campaigns().send().await.unwrap();
    let requests = recorder.requests_to("/rest/campaigns");
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    assert_eq!(sent, ["Bearer first", "Bearer first", "Bearer second"]);
    assert_eq!(recorder.requests_to("/token").len(), 2);
}

#[tokio::test]
async fn wrong_credentials_are_a_400_with_nothing_but_a_description_and_are_not_tried_again() {
    // 001, lines 62-64
    let refusal = r#"{"error_description":"The client credentials are invalid"}"#;
    let recorder = digitaleo([Answer::json(400, refusal)]).await;
    let error = client(&recorder).list_campaigns().send().await.unwrap_err();
    let cause = failure::token(&error);
    assert_eq!(cause.kind(), &AuthErrorKind::Rejected { code: None });
    assert_eq!(
        (cause.status(), cause.operation()),
        (Some(400), Some("create_token"))
    );
    assert!(error.is_auth() && !error.is_retryable());
    failure::says(
        &error.to_string(),
        &[
            "list_campaigns",
            "create_token",
            "400",
            "The client credentials are invalid",
            "Parameters",
        ],
    );
    assert_eq!(recorder.requests_to("/token").len(), 1);
    assert!(recorder.requests_to("/rest/campaigns").is_empty());
}

#[tokio::test]
async fn a_trailing_comma_is_a_clean_error() {
    // dg-page prints its example like this; it is no JSON
    let body =
        r#"{"access_token":"canary","expires_in":"3600","token_type":"bearer","scope":"basic",}"#;
    let recorder = digitaleo([Answer::json(200, body)]).await;
    let error = client(&recorder).list_campaigns().send().await.unwrap_err();
    let cause = failure::token(&error);
    assert!(
        matches!(
            cause.kind(),
            AuthErrorKind::Protocol {
                status: Some(200),
                ..
            }
        ),
        "{cause:?}"
    );
    failure::says(&error.to_string(), &["create_token", "JSON"]);
    assert!(!failure::everything(&error).contains("canary"));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_repeated() {
    // 001, line 3 (each call has to contain a token); dg-php (401: a new token, once)
    let refusal = Answer::json(401, r#"{"status":401,"message":"The token has expired"}"#);
    let recorder = digitaleo([token("first"), token("second")]).await;
    recorder.answer(
        "GET",
        "/rest/campaigns",
        [refusal.clone(), Answer::json(200, CAMPAIGNS)],
    );
    let client = client(&recorder);
    client.list_campaigns().send().await.unwrap();
    let requests = recorder.requests_to("/rest/campaigns");
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    assert_eq!(sent, ["Bearer first", "Bearer second"]);

    recorder.answer("GET", "/rest/campaigns", [refusal]);
    let error = client.list_campaigns().send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    failure::says(
        &error.to_string(),
        &["list_campaigns", "401", "The token has expired"],
    );
}

#[tokio::test]
async fn each_resource_is_asked_at_its_own_host() {
    // 001 names no host. dg-page, dg-php, dg-sdk, dg-py, dg-presta
    let proxy = Recorder::start().await.unwrap();
    proxy.answer_all(|_| Answer::text(502, ""));
    let address = proxy.url();
    let builder = move |address: String| {
        Client::builder()
            .retries(0)
            .configure_http(move |http| http.proxy(reqwest::Proxy::all(address).unwrap()))
    };
    let acquiring = builder(address.clone())
        .credentials(credentials())
        .build()
        .unwrap();
    acquiring.authorization(Scheme::Oauth2).await.unwrap_err();

    let ready = builder(address)
        .credentials(keyfob_digitaleo::Oauth2::new("abc"))
        .build()
        .unwrap();
    ready.list_campaigns().send().await.unwrap_err();
    ready.list_contacts().send().await.unwrap_err();
    ready.list_lists().send().await.unwrap_err();
    ready.list_users().send().await.unwrap_err();
    let sms = serde_json::json!({"text": "Hello", "contacts": r#"[{"recipient":"+33600000001"}]"#});
    let sms: keyfob_digitaleo::types::SmsRequest = serde_json::from_value(sms).unwrap();
    ready.send_sms().body(sms).send().await.unwrap_err();

    let requests = proxy.requests();
    let asked: Vec<_> = requests
        .iter()
        .map(|request| format!("{} {}", request.method, request.target))
        .collect();
    let expected = [
        "CONNECT oauth.messengeo.net:443",
        "CONNECT api.messengeo.net:443",
        "CONNECT contacts.messengeo.net:443",
        "CONNECT contacts.messengeo.net:443",
        "CONNECT baseo.messengeo.net:443",
        "CONNECT sms.messengeo.net:443",
    ];
    assert_eq!(asked, expected);
}

/// A server that gives these answers to token requests, and one campaign to whoever asks.
async fn digitaleo(tokens: impl IntoIterator<Item = Answer>) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("POST", "/token", tokens);
    recorder.answer("GET", "/rest/campaigns", [Answer::json(200, CAMPAIGNS)]);
    recorder
}

/// 001, lines 40-60; dg-page (the names of the members)
fn token(token: &str) -> Answer {
    Answer::json(
        200,
        format!(
            r#"{{"access_token":"{token}","expires_in":3600,"token_type":"bearer","scope":"basic"}}"#
        ),
    )
}

fn credentials() -> ClientCredentials {
    ClientCredentials::new("51612c780b4dbaea", "p280&edbd+76d")
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(credentials())
        .base_url(recorder.url())
        .build()
        .unwrap()
}
