//! Enboarder, as the page says: 004 is the page on authentication, with its lines; eb-auth is the
//! same page with its addresses, eb-upd and eb-cancel are those on updating and cancelling.

use std::time::Duration;

use keyfob_enboarder::{
    AccessToken, ApiKey, Client, ClientCredentials, ClientCredentialsBasic, Scheme, types,
};
use keyfob_runtime::ErrorKind;
use keyfob_runtime::auth::{Credential, ManualClock};
use keyfob_tests::recorder::{Answer, Recorder};
use serde_json::json;

use crate::failure;

const TOKEN: &str = "/oauth2/token";
const LAUNCH: &str = "/restapi/v1/startwf/basic";
const LAUNCH_V2: &str = "/restapi/v2/startwf/basic";
const FORMS: &str = "/reports/v2/forms";

/// 004, line 70
const SAMPLE_TOKEN: &str = "eyl2233434_KpYvv4ZL---YCj09D8N0xv---LKdLhw";

/// 004, line 26
const SAMPLE_KEY: &str = "3376266343930346134343a344a4a57383930312d39";

#[tokio::test]
async fn the_token_is_sent_raw_whatever_it_looks_like() {
    // 004, line 70: no `Bearer`, and no JWT
    for answered in [SAMPLE_TOKEN, "plain", "eyJhbGciOiJub25lIn0.e30.c2ln"] {
        let recorder = enboarder([token(answered)]).await;
        client(&recorder, credentials())
            .list_forms_v2()
            .send()
            .await
            .unwrap();
        let request = &recorder.requests_to(FORMS)[0];
        assert_eq!(request.header("authorization"), Some(answered));
        assert_eq!(request.header("apikey"), None);
    }
}

#[tokio::test]
async fn the_key_is_sent_as_apikey_and_never_as_authorization() {
    // 004, lines 22 and 26
    let recorder = enboarder([]).await;
    let both = Client::builder()
        .credentials(ApiKey::new(SAMPLE_KEY))
        .credentials(credentials())
        .base_url(recorder.url())
        .build()
        .unwrap();
    both.launch_basic_workflow()
        .body(new_hire())
        .send()
        .await
        .unwrap();
    let requests = recorder.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(request.path(), LAUNCH);
    assert_eq!(request.header("apikey"), Some(SAMPLE_KEY));
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn json_requests_carry_their_content_type() {
    // 004, lines 28 and 70: `Content-Type:application/json`
    let recorder = enboarder([token("abc")]).await;
    client(&recorder, ApiKey::new(SAMPLE_KEY))
        .launch_basic_workflow()
        .body(new_hire())
        .send()
        .await
        .unwrap();
    client(&recorder, credentials())
        .launch_basic_workflow_v2()
        .body(new_hire())
        .send()
        .await
        .unwrap();
    for path in [LAUNCH, LAUNCH_V2] {
        let request = &recorder.requests_to(path)[0];
        assert_eq!(
            request.header("content-type"),
            Some("application/json"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_application_chooses_form_or_basic_and_may_name_scopes() {
    // 004, lines 60-62 ("with clientid and secret"); the wire format is assumed: RFC 6749, 2.3.1 and 4.4
    let cases: [(Credential, _, _); 3] = [
        (
            credentials().into(),
            None,
            "grant_type=client_credentials&client_id=the-id&client_secret=the-secret",
        ),
        (
            credentials()
                .scope("api/workflow.basic api/settings.all")
                .into(),
            None,
            "grant_type=client_credentials&client_id=the-id&client_secret=the-secret&scope=api%2Fworkflow.basic+api%2Fsettings.all",
        ),
        (
            ClientCredentialsBasic::new("the-id", "the-secret").into(),
            Some("Basic dGhlLWlkOnRoZS1zZWNyZXQ="),
            "grant_type=client_credentials",
        ),
    ];
    for (credential, header, body) in cases {
        let recorder = enboarder([token("abc")]).await;
        client(&recorder, credential)
            .list_forms_v2()
            .send()
            .await
            .unwrap();
        let request = &recorder.requests_to(TOKEN)[0];
        assert_eq!(
            (request.header("authorization"), request.text().as_str()),
            (header, body)
        );
        assert_eq!(
            request.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
    }
}

#[tokio::test]
async fn a_region_is_one_host_for_the_requests_and_one_for_the_tokens() {
    // 004, lines 30-36 and 46-52 (AU, EU, US); eb-auth (the hosts, and CA)
    let hosts = [
        (
            "AU",
            "api.syd.e1.enboarder.com",
            Some("auth.syd.e1.enboarder.com"),
        ),
        (
            "EU",
            "api.fra.e1.enboarder.com",
            Some("auth.fra.e1.enboarder.com"),
        ),
        (
            "US",
            "api.ore.e1.enboarder.com",
            Some("auth.ore.e1.enboarder.com"),
        ),
        ("CA", "api.can.e1.enboarder.com", None),
    ];
    for (region, api, tokens) in hosts {
        let proxy = Recorder::start().await.unwrap();
        proxy.answer_all(|_| Answer::text(502, ""));
        let client = |credential: Credential| {
            let address = proxy.url();
            Client::builder()
                .credentials(credential)
                .server(region)
                .retries(0)
                .configure_http(move |http| http.proxy(reqwest::Proxy::all(address).unwrap()))
                .build()
                .unwrap()
        };
        client(ApiKey::new(SAMPLE_KEY).into())
            .list_workflows()
            .send()
            .await
            .unwrap_err();
        client(AccessToken::new("abc").into())
            .list_forms_v2()
            .send()
            .await
            .unwrap_err();
        client(credentials().into())
            .authorization(Scheme::AccessToken)
            .await
            .unwrap_err();
        let requests = proxy.requests();
        let asked: Vec<_> = requests
            .iter()
            .map(|request| request.target.as_str())
            .collect();
        let hosts = [Some(api), Some(api), tokens].into_iter().flatten();
        let expected: Vec<_> = hosts.map(|host| format!("{host}:443")).collect();
        assert_eq!(asked, expected, "{region}");
        assert!(requests.iter().all(|request| request.method == "CONNECT"));
    }
}

#[tokio::test]
async fn a_region_has_to_be_chosen() {
    // 004, lines 30-52
    let client = Client::builder()
        .credentials(ApiKey::new(SAMPLE_KEY))
        .build()
        .unwrap();
    let error = client.list_workflows().send().await.unwrap_err();
    failure::says(
        &error.to_string(),
        &["list_workflows", ".server(", "AU", "EU", "US", "CA"],
    );
}

#[tokio::test]
async fn canada_takes_a_token_url_of_the_applications_own() {
    // 004, line 60: the token URL is among what the administrator hands out
    let recorder = enboarder([token("abc")]).await;
    let client = Client::builder()
        .credentials(credentials())
        .server("CA")
        .server_url("create_token", recorder.url())
        .build()
        .unwrap();
    let authorization = client.authorization(Scheme::AccessToken).await.unwrap();
    assert_eq!(authorization.header().unwrap().1, "abc");
    assert_eq!(recorder.requests_to(TOKEN).len(), 1);
}

#[tokio::test]
async fn plain_http_is_refused() {
    // 004, line 15: "All Requests must be submitted as Https only"
    let build = |url: &str| {
        Client::builder()
            .credentials(ApiKey::new(SAMPLE_KEY))
            .base_url(url)
            .build()
    };
    let error = build("http://api.syd.e1.enboarder.com").unwrap_err();
    failure::says(&error.to_string(), &["http", "https"]);
    let token_url = Client::builder()
        .credentials(credentials())
        .server("AU")
        .server_url("create_token", "http://auth.syd.e1.enboarder.com");
    failure::says(
        &token_url.build().unwrap_err().to_string(),
        &["create_token", "https"],
    );
    build("https://api.syd.e1.enboarder.com").unwrap();
}

#[tokio::test]
async fn at_59_minutes_and_30_seconds_the_token_is_renewed_before_it_dies() {
    // 004, line 64: valid for 1 hour, to be checked before sending. The answer says nothing of it.
    let recorder = enboarder([token("first"), token("second")]).await;
    let clock = ManualClock::new();
    let client = Client::builder()
        .credentials(credentials())
        .base_url(recorder.url())
        .clock(clock.clone())
        .build()
        .unwrap();
    client.list_forms_v2().send().await.unwrap();
    clock.advance(Duration::from_secs(30 * 60));
    client.list_forms_v2().send().await.unwrap();
    assert_eq!(recorder.requests_to(TOKEN).len(), 1, "half an hour is left");

    clock.advance(Duration::from_secs(29 * 60 + 30));
    client.list_forms_v2().send().await.unwrap();
    let renewed = recorder.arrival(TOKEN, 2);
    tokio::time::timeout(Duration::from_secs(10), renewed)
        .await
        .expect("it is renewed");

    clock.advance(Duration::from_secs(31));
    client.list_forms_v2().send().await.unwrap();
    let requests = recorder.requests_to(FORMS);
    let last = requests.last().unwrap();
    assert_eq!(
        last.header("authorization"),
        Some("second"),
        "a dead token is not sent"
    );
    assert_eq!(recorder.requests_to(TOKEN).len(), 2);
}

#[tokio::test]
async fn a_200_that_says_error_is_an_error() {
    // eb-cancel, eb-upd: success and failure have the same shape
    let said = r#"{"message":"Error: externalid [ENT-68736879-0005] not found"}"#;
    let recorder = enboarder([]).await;
    recorder.answer("POST", "/restapi/v1/cancelwf", [Answer::json(200, said)]);
    recorder.answer("PUT", "/restapi/v1/updatewf", [Answer::json(200, said)]);
    let client = client(&recorder, ApiKey::new(SAMPLE_KEY));
    let cancellation: types::WorkflowCancellation =
        serde_json::from_value(json!({"externalid": "ENT-68736879-0005", "mode": "ALL"})).unwrap();
    let update: types::WorkflowUpdate =
        serde_json::from_value(json!({"externalid": "ENT-68736879-0005"})).unwrap();

    let error = client
        .cancel_workflow()
        .body(cancellation.clone())
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert_eq!(error.status().unwrap().as_u16(), 200);
    failure::says(
        &error.to_string(),
        &[
            "cancel_workflow",
            "externalid [ENT-68736879-0005] not found",
        ],
    );
    let error = client
        .update_workflow()
        .body(update.clone())
        .send()
        .await
        .unwrap_err();
    failure::says(
        &error.to_string(),
        &[
            "update_workflow",
            "externalid [ENT-68736879-0005] not found",
        ],
    );

    let said = r#"{"message":"Workflow updated successfully for externalid [ENT-68736879-0001]"}"#;
    recorder.answer("POST", "/restapi/v1/cancelwf", [Answer::json(200, said)]);
    recorder.answer("PUT", "/restapi/v1/updatewf", [Answer::json(200, said)]);
    client
        .cancel_workflow()
        .body(cancellation)
        .send()
        .await
        .unwrap();
    client.update_workflow().body(update).send().await.unwrap();
}

#[tokio::test]
async fn a_launch_that_lacks_a_field_is_an_error_with_the_servers_words() {
    // eb-basic: the message stands where `ok` would
    let said =
        r#"{"message":"Atleast one of the fields is required [\"nheml\",\"nhmob\",\"nhmobeml\"]"}"#;
    let recorder = enboarder([]).await;
    recorder.answer("POST", LAUNCH, [Answer::json(200, said)]);
    let client = client(&recorder, ApiKey::new(SAMPLE_KEY));
    let error = client
        .launch_basic_workflow()
        .body(new_hire())
        .send()
        .await
        .unwrap_err();
    failure::says(
        &error.to_string(),
        &[
            "launch_basic_workflow",
            "Atleast one of the fields is required",
        ],
    );
}

#[tokio::test]
async fn dates_are_written_year_month_day_and_a_time_is_no_date() {
    // 004, lines 10-12
    let recorder = enboarder([]).await;
    client(&recorder, ApiKey::new(SAMPLE_KEY))
        .launch_basic_workflow()
        .body(new_hire())
        .send()
        .await
        .unwrap();
    let request = &recorder.requests_to(LAUNCH)[0];
    assert_eq!(request.json()["nhstdt"], json!("2020-06-09"));
    for wrong in ["2020-06-09T00:00:00Z", "09-06-2020", "09/06/2020", ""] {
        let typed = serde_json::from_value::<types::BasicWorkflow>(
            json!({"nhnm": "Jane Doe", "mgrnm": "John Doe", "nhstdt": wrong}),
        );
        assert!(typed.is_err(), "{wrong:?} is no date");
    }
}

/// A server that gives these answers to token requests, launches what it is asked to and has no
/// forms.
async fn enboarder(tokens: impl IntoIterator<Item = Answer>) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("POST", TOKEN, tokens);
    let launched = Answer::json(200, r#"{"message":"ok","referenceid":"687368798490"}"#);
    recorder.answer("POST", LAUNCH, [launched.clone()]);
    recorder.answer("POST", LAUNCH_V2, [launched]);
    recorder.answer(
        "GET",
        FORMS,
        [Answer::json(200, r#"{"count":0,"items":[]}"#)],
    );
    recorder
}

/// Assumed: RFC 6749, 5.1, without the lifetime, which no page shows.
fn token(token: &str) -> Answer {
    Answer::json(
        200,
        format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#),
    )
}

fn new_hire() -> types::BasicWorkflow {
    let body = json!({"nhnm": "Jane Doe", "nheml": "jane@example.com", "chnl": "eml", "nhstdt": "2020-06-09", "mgrnm": "John Doe", "mgreml": "john@example.com", "mgrchnl": "eml"});
    serde_json::from_value(body).unwrap()
}

fn credentials() -> ClientCredentials {
    ClientCredentials::new("the-id", "the-secret")
}

fn client(recorder: &Recorder, credential: impl Into<Credential>) -> Client {
    Client::builder()
        .credentials(credential)
        .base_url(recorder.url())
        .build()
        .unwrap()
}
