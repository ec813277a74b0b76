//! Digileaper, as the page says: 000 is the portal's page, with its lines.

use keyfob_digileaper::{Client, ClientCredentials, types};
use keyfob_runtime::auth::AuthErrorKind;
use keyfob_tests::recorder::{Answer, Recorder};
use serde_json::{Value, json};

use crate::failure;

/// The payload of the page. 000, line 33
const CONTACTS: &str = r#"[{"firstName": "John","lastName": "Doe","jobTitle": "Software Engineer","contactType": "External","email": "john.doe@example.com","phone": "+919876543210","organisationName": "Digileaper","unitName": "IT","location": "Chennai","employementStatus": "active","note": "marketing agent","startDate": "01-01-2025","endDate": "01-01-2026","deleted": false},{"firstName": "David","lastName": "Doe","jobTitle": "Software Engineer","contactType": "Internal","email": "david.doe@example.com","phone": "+919876543210","organisationName": "Techaffinity","unitName": "IT","location": "Chennai","employementStatus": "active","note": "very important contact","startDate": "01-01-2025","endDate": "01-01-2026","deleted": false} ]"#;

#[tokio::test]
async fn the_token_request_is_exactly_client_id_and_secret_as_json() {
    // 000, lines 9, 13 and 17
    let recorder = gateway(Answer::text(200, "Bearer abc")).await;
    client(&recorder).list_contacts().send().await.unwrap();
    let requests = recorder.requests_to("/token");
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json(),
        json!({"client_id": "the-id", "secret": "the-secret"})
    );
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn the_answer_is_presented_as_it_came_be_it_text_or_a_json_string() {
    // 000, lines 18-19 (in double quotes, with the word Bearer) and 27 (pasted)
    let answers = [
        ("text/plain", "Bearer abc"),
        ("text/plain", "Bearer abc\r\n"),
        ("text/plain", "\"Bearer abc\""),
        ("application/json", "\"Bearer abc\""),
        ("application/json; charset=utf-8", " \"Bearer abc\"\n"),
        ("application/octet-stream", "Bearer abc"),
    ];
    for (media_type, body) in answers {
        let recorder = gateway(Answer::new(200, media_type, body.into())).await;
        client(&recorder).list_contacts().send().await.unwrap();
        let request = &recorder.requests_to("/contacts")[0];
        assert_eq!(
            request.header("authorization"),
            Some("Bearer abc"),
            "{media_type} {body}"
        );
    }
}

#[tokio::test]
async fn called_by_itself_the_token_operation_reads_both_forms_too() {
    // 000, lines 18-19
    let request = json!({"client_id": "the-id", "secret": "the-secret"});
    let request: types::TokenRequest = serde_json::from_value(request).unwrap();
    for answer in [
        Answer::text(200, "Bearer abc"),
        Answer::json(200, r#""Bearer abc""#),
    ] {
        let recorder = gateway(answer).await;
        let client = Client::builder().base_url(recorder.url()).build().unwrap();
        let token = client
            .generate_token()
            .body(request.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(token.expose(), "Bearer abc");
    }
}

#[tokio::test]
async fn a_json_object_in_place_of_the_token_is_a_protocol_error_that_names_the_operation() {
    // 000, line 19: the value alone, not an object
    for body in [
        r#"{"token": "Bearer canary"}"#,
        r#"["Bearer canary"]"#,
        "null",
        "17",
    ] {
        let recorder = gateway(Answer::json(200, body)).await;
        let error = client(&recorder).list_contacts().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert!(
            matches!(
                cause.kind(),
                AuthErrorKind::Protocol {
                    status: Some(200),
                    ..
                }
            ),
            "{body}: {cause:?}"
        );
        assert_eq!(cause.operation(), Some("generate_token"), "{body}");
        failure::says(&error.to_string(), &["list_contacts", "generate_token"]);
        assert!(!failure::everything(&error).contains("canary"), "{body}");
        assert!(recorder.requests_to("/contacts").is_empty());
    }
}

#[tokio::test]
async fn the_contacts_of_the_page_make_the_round_trip() {
    // 000, lines 28-33: `employementStatus` (sic), a boolean `deleted`, one telephone number twice
    let page: Value = serde_json::from_str(CONTACTS).unwrap();
    let contacts: types::Contacts = serde_json::from_str(CONTACTS).unwrap();
    let recorder = gateway(Answer::text(200, "Bearer abc")).await;
    recorder.answer("GET", "/contacts", [Answer::json(200, CONTACTS)]);
    recorder.answer("POST", "/contacts", [Answer::json(200, "{}")]);
    recorder.answer("PUT", "/contacts", [Answer::json(200, "{}")]);

    let client = client(&recorder);
    client
        .save_contacts()
        .body(contacts.clone())
        .send()
        .await
        .unwrap();
    client
        .update_contacts()
        .body(contacts)
        .send()
        .await
        .unwrap();
    let listed = client.list_contacts().send().await.unwrap().into_inner();

    let requests = recorder.requests_to("/contacts");
    for saved in &requests[..2] {
        assert_eq!(saved.json(), page);
        assert_eq!(saved.header("content-type"), Some("application/json"));
        assert!(
            saved.text().contains(r#""phone":"+919876543210""#),
            "{}",
            saved.text()
        );
    }
    assert_eq!(serde_json::to_value(&listed).unwrap(), page);
    for contact in listed.iter() {
        assert_eq!(contact.employement_status.as_deref(), Some("active"));
        assert_eq!(contact.phone.as_deref(), Some("+919876543210"));
        assert_eq!(contact.deleted, Some(false));
    }
}

#[tokio::test]
async fn dates_pass_untouched_as_text() {
    // 000, line 33: whether day or month comes first is not documented
    let recorder = gateway(Answer::text(200, "Bearer abc")).await;
    recorder.answer("POST", "/contacts", [Answer::json(200, "{}")]);
    let client = client(&recorder);
    for date in ["01-01-2025", "13-02-2025"] {
        let contact: types::Contact = types::Contact::builder()
            .start_date(date.to_string())
            .try_into()
            .unwrap();
        client
            .save_contacts()
            .body(vec![contact])
            .send()
            .await
            .unwrap();
        let requests = recorder.requests_to("/contacts");
        assert_eq!(
            requests.last().unwrap().text(),
            format!(r#"[{{"startDate":"{date}"}}]"#)
        );

        recorder.answer(
            "GET",
            "/contacts",
            [Answer::json(200, requests.last().unwrap().text())],
        );
        let listed = client.list_contacts().send().await.unwrap();
        assert_eq!(listed[0].start_date.as_deref(), Some(date));
    }
}

#[tokio::test]
async fn listing_sends_no_body() {
    // 000, line 34
    let recorder = gateway(Answer::text(200, "Bearer abc")).await;
    client(&recorder).list_contacts().send().await.unwrap();
    let request = &recorder.requests_to("/contacts")[0];
    assert_eq!(
        (request.method.as_str(), request.text().as_str()),
        ("GET", "")
    );
    assert_eq!(request.header("content-type"), None);
    assert!(matches!(request.header("content-length"), None | Some("0")));
}

#[tokio::test]
async fn the_gateway_has_to_be_named() {
    // No line names its host
    let client = Client::builder()
        .credentials(credentials())
        .build()
        .unwrap();
    let error = client.list_contacts().send().await.unwrap_err();
    failure::says(&error.to_string(), &["list_contacts", "base_url"]);
}

/// A gateway that answers the token request like this and knows no contacts.
async fn gateway(token: Answer) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("POST", "/token", [token]);
    recorder.answer("GET", "/contacts", [Answer::json(200, "[]")]);
    recorder
}

fn credentials() -> ClientCredentials {
    ClientCredentials::new("the-id", "the-secret")
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(credentials())
        .base_url(recorder.url())
        .build()
        .unwrap()
}
