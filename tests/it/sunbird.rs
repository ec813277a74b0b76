//! Sunbird's API management service: 002 is its page, with its lines; sb-yml are the published
//! files, sb-src is the service's program, sb-ops the gateway's, sb-portal the portal's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_runtime::ErrorKind;
use keyfob_runtime::auth::{AuthErrorKind, Credential, ManualClock};
use keyfob_sunbird::{
    Administrator, Client, Device, RefreshToken, RefreshTokenPortal, RegisterDesktop, RegisterV1,
    RegisterV2, Scheme, types,
};
use keyfob_tests::recorder::{Answer, Recorder};
use serde_json::{Value, json};

use crate::failure;

const V1: &str = "/api-manager/v1/consumer/mobile_device/credential/register";
const V2: &str = "/api-manager/v2/consumer/mobile_device/credential/register";
const DESKTOP: &str = "/api-manager/v2/consumer/desktop_device/credential/register";
const REFRESH: &str = "/auth/v1/refresh/token";

#[tokio::test]
async fn registering_sends_the_key_as_json_with_the_administrators_bearer() {
    // 002, lines 13-14, 21-32; sb-yml (the envelope)
    let recorder = sunbird().await;
    let client = client(&recorder, RegisterV1::new("mobile_device", "device-1"));
    let device = client.authorization(Scheme::Device).await.unwrap();
    assert_eq!(device.header().unwrap().1, "Bearer device-token");
    let requests = recorder.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", V1)
    );
    assert_eq!(request.header("authorization"), Some("Bearer admin-key"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.json(), json!({"request": {"key": "device-1"}}));
}

#[tokio::test]
async fn the_literal_desktop_path_and_the_template_are_two_operations() {
    // 002, lines 61 and 115; line 93 prints the path with a slash at its end, line 115 without
    let recorder = sunbird().await;
    let by_template = client(&recorder, RegisterV2::new("mobile_device", "device-1"));
    by_template.authorization(Scheme::Device).await.unwrap();
    let by_literal = client(&recorder, RegisterDesktop::new("device-2"));
    by_literal.authorization(Scheme::Device).await.unwrap();
    by_literal
        .register_desktop_credential()
        .body(registration("device-3"))
        .send()
        .await
        .unwrap();
    let operation = by_template
        .register_credential_v2()
        .consumer("mobile_device");
    operation
        .body(registration("device-4"))
        .send()
        .await
        .unwrap();

    let requests = recorder.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| (request.target.as_str(), request.json()))
        .collect();
    let body = |key: &str| json!({"request": {"key": key}});
    let expected = [
        (V2, body("device-1")),
        (DESKTOP, body("device-2")),
        (DESKTOP, body("device-3")),
        (V2, body("device-4")),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn the_administrators_key_gets_the_word_bearer_unless_it_has_it() {
    // 002, lines 103-105 (the key as it was received); sb-ops (a key without Bearer gets 401)
    for key in ["admin-key", "Bearer admin-key"] {
        let recorder = sunbird().await;
        let client = Client::builder()
            .credentials(Administrator::new(key))
            .credentials(RegisterDesktop::new("device-1"))
            .base_url(recorder.url())
            .build()
            .unwrap();
        client.authorization(Scheme::Device).await.unwrap();
        client
            .register_desktop_credential()
            .body(registration("device-1"))
            .send()
            .await
            .unwrap();
        for request in recorder.requests() {
            assert_eq!(
                request.header("authorization"),
                Some("Bearer admin-key"),
                "{key}"
            );
        }
    }
}

#[tokio::test]
async fn both_forms_of_the_time_and_every_spelling_of_success_are_read() {
    // sb-yml (`ts`, "successful"), sb-src (`ets`), sb-desk (`ets`), sb-portal (a text, "SUCCUSS")
    let envelopes = [
        r#"{"ts":1606903294596,"params":{"status":"successful","err":null,"errmsg":null,"msgid":""},"result":RESULT}"#,
        r#"{"ets":1606903294596,"params":{"status":"successful","msgid":null},"result":RESULT}"#,
        r#"{"ts":"2020-12-02 15:31:34:596","params":{"status":"SUCCUSS"},"responseCode":"OK","result":RESULT}"#,
        r#"{"params":{"status":"success"},"result":RESULT}"#,
        r#"{"params":{"status":"SUCCESS"},"result":RESULT}"#,
        r#"{"result":RESULT}"#,
    ];
    for envelope in envelopes {
        let recorder = Recorder::start().await.unwrap();
        let registered = r#"{"key":"device-1","secret":"","token":"device-token"}"#;
        let refreshed = r#"{"access_token":"user-token","expires_in":43200,"refresh_expires_in":0,"refresh_token":"refresh"}"#;
        recorder.answer(
            "POST",
            V2,
            [Answer::json(200, envelope.replace("RESULT", registered))],
        );
        recorder.answer(
            "POST",
            REFRESH,
            [Answer::json(200, envelope.replace("RESULT", refreshed))],
        );
        let client = Client::builder()
            .credentials(Administrator::new("admin-key"))
            .credentials(RegisterV2::new("mobile_device", "device-1"))
            .credentials(RefreshToken::new("refresh"))
            .base_url(recorder.url())
            .build()
            .unwrap();
        let user = client.authorization(Scheme::User).await.unwrap();
        assert_eq!(user.header().unwrap().1, "Bearer user-token", "{envelope}");

        let operation = client.register_credential_v2().consumer("mobile_device");
        let answer = operation
            .body(registration("device-1"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.result.token.expose(), "device-token", "{envelope}");
        let operation = client.refresh_access_token().body(refreshing("refresh"));
        let answer = operation.send().await.unwrap();
        assert_eq!(
            answer.result.access_token.expose(),
            "user-token",
            "{envelope}"
        );
    }
}

#[tokio::test]
async fn a_400_with_an_empty_token_is_refused_in_the_services_own_words() {
    // sb-src: the result is there even so, with empty strings in it
    let refusal = r#"{"id":"ekstep.api.am.adminutil.consumer.create","ver":"1.0","ets":1606903294596,"params":{"status":"failed","err":"BAD_REQUEST","errmsg":"KEY MUST NOT BE A UUID","msgid":null},"result":{"key":"","secret":"","token":""}}"#;
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("POST", V1, [Answer::json(400, refusal)]);
    let client = client(&recorder, RegisterV1::new("mobile_device", "device-1"));

    let error = client.authorization(Scheme::Device).await.unwrap_err();
    assert_eq!(
        error.kind(),
        &AuthErrorKind::Rejected {
            code: Some("BAD_REQUEST".to_string())
        }
    );
    failure::says(
        &error.to_string(),
        &[
            "register_credential_v1",
            "400",
            "BAD_REQUEST",
            "KEY MUST NOT BE A UUID",
        ],
    );

    let operation = client.register_credential_v1().consumer("mobile_device");
    let error = operation
        .body(registration("device-1"))
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    failure::says(
        &error.to_string(),
        &[
            "register_credential_v1",
            "400",
            "BAD_REQUEST",
            "KEY MUST NOT BE A UUID",
        ],
    );
}

#[tokio::test]
async fn a_200_with_an_empty_token_is_a_failure() {
    // sb-src (empty strings when it failed), sb-portal (status and token are both looked at)
    let lies = [
        r#"{"params":{"status":"successful"},"result":{"key":"","secret":"","token":""}}"#,
        r#"{"params":{"status":"successful"},"result":{"token":null}}"#,
        r#"{"params":{"status":"failed","err":"INTERNAL_ERROR","errmsg":"UNABLE TO REGISTER"},"result":{"token":"device-token"}}"#,
        r#"{"params":{"status":"FAILED"},"result":{"token":"device-token"}}"#,
    ];
    for lie in lies {
        let recorder = Recorder::start().await.unwrap();
        recorder.answer("POST", V1, [Answer::json(200, lie)]);
        let client = client(&recorder, RegisterV1::new("mobile_device", "device-1"));

        let error = client.authorization(Scheme::Device).await.unwrap_err();
        assert_eq!(
            (error.status(), error.operation()),
            (Some(200), Some("register_credential_v1")),
            "{lie}"
        );

        let operation = client.register_credential_v1().consumer("mobile_device");
        let error = operation
            .body(registration("device-1"))
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 200, "{lie}");
        assert!(error.api_error().is_some(), "{lie}: {error:?}");
    }
}

#[tokio::test]
async fn the_frameworks_415_is_read_under_either_media_type() {
    // sb-yml: declared as text/html with JSON in it; no envelope
    let body = r#"{"timestamp":1606906723764,"status":415,"error":"Unsupported Media Type","exception":"org.springframework.web.HttpMediaTypeNotSupportedException","message":"Unsupported Media Type","path":"/v1/auth/refresh/token"}"#;
    for media_type in ["application/json", "text/html", "text/html;charset=UTF-8"] {
        let recorder = sunbird().await;
        recorder.answer("POST", REFRESH, [Answer::new(415, media_type, body.into())]);
        let client = Client::builder()
            .credentials(Device::new("device-token"))
            .credentials(RefreshToken::new("refresh"))
            .base_url(recorder.url())
            .build()
            .unwrap();
        let error = client
            .refresh_access_token()
            .body(refreshing("refresh"))
            .send()
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Api(_)),
            "{media_type}: {error:?}"
        );
        failure::says(
            &error.to_string(),
            &["refresh_access_token", "415", "Unsupported Media Type"],
        );

        let error = client.authorization(Scheme::User).await.unwrap_err();
        assert_eq!(
            (error.status(), error.operation()),
            (Some(415), Some("refresh_access_token")),
            "{media_type}"
        );
        failure::says(&error.to_string(), &["415", "Unsupported Media Type"]);
    }
}

#[tokio::test]
async fn a_lifetime_of_0_says_nothing() {
    // sb-yml (0 in the published example); sb-src (twelve hours, or the token's own exp)
    let in_an_hour = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 3600;
    let cases = [
        ("not-a-jwt".to_string(), 43_200),
        (jwt(&json!({"exp": in_an_hour})), 3600),
    ];
    for (token, lifetime) in cases {
        let clock = ManualClock::new();
        let recorder = sunbird().await;
        let answer = json!({"params": {"status": "successful"}, "result": {"access_token": token, "expires_in": 0, "refresh_expires_in": 0}});
        recorder.answer("POST", REFRESH, [Answer::json(200, answer.to_string())]);
        let client = Client::builder()
            .credentials(Device::new("device-token"))
            .credentials(RefreshToken::new("refresh"))
            .base_url(recorder.url())
            .clock(clock.clone())
            .build()
            .unwrap();
        for _ in 0..3 {
            client.authorization(Scheme::User).await.unwrap();
        }
        assert_eq!(recorder.requests().len(), 1, "{lifetime}");
        clock.advance(Duration::from_secs(lifetime / 2));
        client.authorization(Scheme::User).await.unwrap();
        assert_eq!(recorder.requests().len(), 1, "{lifetime}");
        clock.advance(Duration::from_secs(lifetime / 2));
        client.authorization(Scheme::User).await.unwrap();
        assert_eq!(recorder.requests().len(), 2, "{lifetime}");
    }
}

#[tokio::test]
async fn the_gateways_403_about_the_token_refuses_it() {
    // sb-ops: images/kong/plugins/0.14.1/jwt/handler.lua
    let messages = [
        "Invalid signature",
        "Invalid algorithm",
        "Invalid key/secret",
        "No credentials found for given 'iss'",
        "Could not find consumer for device-1",
    ];
    for message in messages {
        let recorder = sunbird().await;
        recorder.answer("POST", V1, [registered("first"), registered("second")]);
        let refusal = Answer::json(403, json!({"message": message}).to_string());
        recorder.answer("POST", REFRESH, [refusal, refreshed("user-token")]);
        let client = client(&recorder, RegisterV1::new("mobile_device", "device-1"));
        client
            .refresh_access_token()
            .body(refreshing("refresh"))
            .send()
            .await
            .unwrap();
        let requests = recorder.requests_to(REFRESH);
        let sent: Vec<_> = requests
            .iter()
            .map(|request| request.header("authorization").unwrap())
            .collect();
        assert_eq!(sent, ["Bearer first", "Bearer second"], "{message}");
    }
}

#[tokio::test]
async fn the_gateways_403_in_a_token_step_refuses_the_token_that_the_step_presented() {
    // sb-ops; 002, lines 71-72 (the refresh presents a bearer)
    let recorder = sunbird().await;
    recorder.answer("POST", V1, [registered("first"), registered("second")]);
    let refusal = Answer::json(403, r#"{"message":"Invalid signature"}"#);
    recorder.answer("POST", REFRESH, [refusal, refreshed("user-token")]);
    let client = Client::builder()
        .credentials(Administrator::new("admin-key"))
        .credentials(RegisterV1::new("mobile_device", "device-1"))
        .credentials(RefreshToken::new("refresh"))
        .base_url(recorder.url())
        .build()
        .unwrap();
    let user = client.authorization(Scheme::User).await.unwrap();
    assert_eq!(user.header().unwrap().1, "Bearer user-token");
    let requests = recorder.requests_to(REFRESH);
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    assert_eq!(sent, ["Bearer first", "Bearer second"]);
}

#[tokio::test]
async fn another_403_refuses_no_token() {
    // sb-ops: the token is good, its consumer is in the wrong group
    let recorder = sunbird().await;
    let refusal = Answer::json(403, r#"{"message":"You cannot consume this service"}"#);
    recorder.answer("POST", REFRESH, [refusal]);
    let client = client(&recorder, RegisterV1::new("mobile_device", "device-1"));
    let error = client
        .refresh_access_token()
        .body(refreshing("refresh"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 403);
    failure::says(
        &error.to_string(),
        &["403", "You cannot consume this service"],
    );
    assert_eq!(recorder.requests_to(V1).len(), 1);
    assert_eq!(recorder.requests_to(REFRESH).len(), 1);
}

#[tokio::test]
async fn refreshing_sends_a_form_with_the_devices_token_and_the_portal_gets_json() {
    // 002, lines 63-85; sb-yml, sb-src (form); sb-portal (JSON)
    let recorder = sunbird().await;
    let builder = || {
        Client::builder()
            .credentials(Device::new("device-token"))
            .base_url(recorder.url())
    };
    let client = builder()
        .credentials(RefreshToken::new("re+fresh"))
        .build()
        .unwrap();
    client.authorization(Scheme::User).await.unwrap();
    let client = builder()
        .credentials(RefreshTokenPortal::new("re+fresh"))
        .build()
        .unwrap();
    client.authorization(Scheme::User).await.unwrap();

    let requests = recorder.requests_to(REFRESH);
    let [form, json] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(
        form.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(form.text(), "refresh_token=re%2Bfresh");
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert_eq!(json.json(), json!({"refresh_token": "re+fresh"}));
    for request in [form, json] {
        assert_eq!(request.header("authorization"), Some("Bearer device-token"));
    }
}

#[tokio::test]
async fn a_key_that_is_empty_null_a_uuid_or_has_a_space_is_refused_before_anything_is_sent() {
    // 002, lines 11, 40 and 94 ("cannot be left null or empty"); sb-src (no white space, no UUID)
    let recorder = sunbird().await;
    for key in ["", "a b", "a\tb", "3f0c1a52-6f1e-4d0b-9a53-0d8d1f6f7b10"] {
        let ways: [Credential; 3] = [
            RegisterV1::new("mobile_device", key).into(),
            RegisterV2::new("mobile_device", key).into(),
            RegisterDesktop::new(key).into(),
        ];
        for way in ways {
            let builder = Client::builder()
                .credentials(Administrator::new("admin-key"))
                .credentials(way);
            let error = builder
                .base_url(recorder.url())
                .build()
                .unwrap_err()
                .to_string();
            failure::says(&error, &["key", "register_"]);
            assert!(key.is_empty() || !error.contains(key), "{error}");
        }
    }
    for key in [
        json!(""),
        Value::Null,
        json!("a b"),
        json!("3f0c1a52-6f1e-4d0b-9a53-0d8d1f6f7b10"),
    ] {
        let body = json!({"request": {"key": key}});
        let typed = serde_json::from_value::<types::RegisterCredentialRequest>(body);
        assert!(typed.is_err(), "{key} is no key");
    }
    let client = client(&recorder, RegisterDesktop::new("device-1"));
    let consumer = "mobile_device";
    let desktop = client.register_desktop_credential().send().await;
    let v1 = client
        .register_credential_v1()
        .consumer(consumer)
        .send()
        .await;
    let v2 = client
        .register_credential_v2()
        .consumer(consumer)
        .send()
        .await;
    for without_key in [
        desktop.unwrap_err().to_string(),
        v1.unwrap_err().to_string(),
        v2.unwrap_err().to_string(),
    ] {
        failure::says(&without_key, &["not sent", "request"]);
    }
    assert!(recorder.requests().is_empty());
}

#[tokio::test]
async fn a_refresh_token_that_is_empty_or_null_is_refused_before_anything_is_sent() {
    // 002, line 69
    let recorder = sunbird().await;
    let builder = || {
        Client::builder()
            .credentials(Device::new("device-token"))
            .base_url(recorder.url())
    };
    for way in [
        RefreshToken::new("").into(),
        RefreshTokenPortal::new("").into(),
    ] {
        let way: Credential = way;
        let error = builder().credentials(way).build().unwrap_err();
        failure::says(&error.to_string(), &["refresh_token"]);
    }
    assert!(
        serde_json::from_value::<types::RefreshTokenRequest>(json!({"refresh_token": null}))
            .is_err()
    );
    let client = builder().build().unwrap();
    let empty = client.refresh_access_token().body(refreshing(""));
    let error = empty.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
    failure::says(
        &error.to_string(),
        &["refresh_access_token", "refresh_token"],
    );
    let absent = client.refresh_access_token().send().await.unwrap_err();
    failure::says(&absent.to_string(), &["not sent", "refresh_token"]);
    assert!(recorder.requests().is_empty());
}

#[tokio::test]
async fn a_consumer_is_one_encoded_segment_or_it_is_refused_before_anything_is_sent() {
    // 002, lines 16-20 and 45-49
    for consumer in ["", ".", "..", "a/b"] {
        let recorder = sunbird().await;
        let ways: [Credential; 2] = [
            RegisterV1::new(consumer, "device-1").into(),
            RegisterV2::new(consumer, "device-1").into(),
        ];
        for way in ways {
            let builder = Client::builder()
                .credentials(Administrator::new("admin-key"))
                .credentials(way);
            let error = builder.base_url(recorder.url()).build().unwrap_err();
            failure::says(&error.to_string(), &["consumer", "register_"]);
        }
        let client = client(&recorder, RegisterDesktop::new("device-1"));
        let v1 = client
            .register_credential_v1()
            .consumer(consumer)
            .body(registration("device-1"));
        let error = v1.send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{consumer:?}: {error:?}"
        );
        failure::says(&error.to_string(), &["register_credential_v1", "consumer"]);
        let v2 = client
            .register_credential_v2()
            .consumer(consumer)
            .body(registration("device-1"));
        let error = v2.send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{consumer:?}: {error:?}"
        );
        failure::says(&error.to_string(), &["register_credential_v2", "consumer"]);
        assert!(recorder.requests().is_empty(), "{consumer:?}");
    }
    let recorder = sunbird().await;
    let without = client(&recorder, RegisterDesktop::new("device-1"));
    let v1 = without
        .register_credential_v1()
        .body(registration("device-1"));
    failure::says(
        &v1.send().await.unwrap_err().to_string(),
        &["not sent", "consumer"],
    );
    let v2 = without
        .register_credential_v2()
        .body(registration("device-1"));
    failure::says(
        &v2.send().await.unwrap_err().to_string(),
        &["not sent", "consumer"],
    );
    assert!(recorder.requests().is_empty());

    let recorder = Recorder::start().await.unwrap();
    recorder.answer_all(|_| registered("device-token"));
    let client = client(&recorder, RegisterV1::new("a b?c#d%e&é", "device-1"));
    client.authorization(Scheme::Device).await.unwrap();
    let operation = client.register_credential_v1().consumer("a b?c#d%e&é");
    operation
        .body(registration("device-1"))
        .send()
        .await
        .unwrap();
    for request in recorder.requests() {
        assert_eq!(
            request.target,
            "/api-manager/v1/consumer/a%20b%3Fc%23d%25e%26%C3%A9/credential/register"
        );
    }
}

/// A deployment that registers every device and refreshes every token.
async fn sunbird() -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    for path in [V1, V2, DESKTOP] {
        recorder.answer("POST", path, [registered("device-token")]);
    }
    recorder.answer("POST", REFRESH, [refreshed("user-token")]);
    recorder
}

/// sb-src
fn registered(token: &str) -> Answer {
    let body = json!({
        "id": "ekstep.api.am.adminutil.consumer.create", "ver": "1.0", "ets": 1606903294596_u64,
        "params": {"status": "successful", "err": null, "errmsg": null, "msgid": ""},
        "result": {"key": "device-1", "secret": "", "token": token},
    });
    Answer::json(200, body.to_string())
}

/// sb-yml
fn refreshed(token: &str) -> Answer {
    let body = json!({
        "id": "api.refresh.token", "ver": "1.0", "ts": 1606903294596_u64,
        "params": {"status": "successful", "err": null, "errmsg": null},
        "result": {"access_token": token, "expires_in": 43200, "refresh_expires_in": 0, "refresh_token": "refresh"},
    });
    Answer::json(200, body.to_string())
}

/// A client with the administrator's key and a way to the device's token.
fn client(recorder: &Recorder, device: impl Into<Credential>) -> Client {
    let builder = Client::builder()
        .credentials(Administrator::new("admin-key"))
        .credentials(device);
    builder.base_url(recorder.url()).build().unwrap()
}

fn registration(key: &str) -> types::RegisterCredentialRequest {
    serde_json::from_value(json!({"request": {"key": key}})).unwrap()
}

fn refreshing(refresh_token: &str) -> types::RefreshTokenRequest {
    serde_json::from_value(json!({"refresh_token": refresh_token})).unwrap()
}

fn jwt(claims: &Value) -> String {
    let parts = [
        r#"{"alg":"RS256","typ":"JWT"}"#.to_string(),
        claims.to_string(),
        "signature".to_string(),
    ];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}
