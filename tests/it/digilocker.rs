//! DigiLocker, as the page says: 003 is the page of the token operation, with its lines; dk-guru
//! is the published file, dk-24 the notes on version 2.4, dk-juspay a program in use.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyfob_digilocker::{
    AuthorizationCode, AuthorizationCodeBasic, Client, Oauth2, RefreshToken, Scheme, types,
};
use keyfob_runtime::auth::{AuthErrorKind, Credential, LoginError};
use keyfob_runtime::{ErrorKind, File};
use keyfob_tests::recorder::{Answer, Recorder};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::failure;

const TOKEN: &str = "/oauth2/1/token";
const UPLOAD: &str = "/oauth2/1/file/upload";
const USER: &str = "/oauth2/1/user";
const REVOKE: &str = "/oauth2/1/revoke";
const CALLBACK: &str = "https://app.example/callback";

/// With every character that a form or Basic has its own mind about.
const SECRET: &str = "s&e=c+r%e t:/?é";

#[tokio::test]
async fn key_and_secret_go_into_the_form_or_into_basic_and_never_into_both() {
    // 003, line 1: "either as application/x-www-form-urlencoded POST parameters ... or via HTTP basic"
    let by_form = AuthorizationCode::new("key", SECRET, "the-code", CALLBACK);
    let by_basic = AuthorizationCodeBasic::new("key", SECRET, "the-code", CALLBACK);
    let ways: [(Credential, bool); 2] = [(by_form.into(), true), (by_basic.into(), false)];
    for (credential, in_form) in ways {
        let recorder = digilocker([token("abc")]).await;
        client(&recorder, credential)
            .get_user()
            .send()
            .await
            .unwrap();
        let request = &recorder.requests_to(TOKEN)[0];
        assert_eq!(
            request.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        let form = request.form();
        let value = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(value("client_id"), in_form.then_some("key"));
        assert_eq!(value("client_secret"), in_form.then_some(SECRET));
        assert_eq!(request.header("authorization").is_some(), !in_form);
        assert_eq!(value("grant_type"), Some("authorization_code"));
        assert_eq!(value("code"), Some("the-code"));
        assert_eq!(value("redirect_uri"), Some(CALLBACK));
    }
}

#[tokio::test]
async fn reserved_characters_of_the_secret_arrive_unchanged() {
    // 003, line 1; RFC 6749, 2.3.1 (form-urlencoded, then base64)
    let recorder = digilocker([token("abc")]).await;
    let credential = AuthorizationCode::new("key", SECRET, "the-code", CALLBACK);
    client(&recorder, credential)
        .get_user()
        .send()
        .await
        .unwrap();
    let request = &recorder.requests_to(TOKEN)[0];
    let escaped = "client_secret=s%26e%3Dc%2Br%25e+t%3A%2F%3F%C3%A9";
    assert!(request.text().contains(escaped), "{}", request.text());

    let recorder = digilocker([token("abc")]).await;
    let credential = AuthorizationCodeBasic::new("key", SECRET, "the-code", CALLBACK);
    client(&recorder, credential)
        .get_user()
        .send()
        .await
        .unwrap();
    let request = &recorder.requests_to(TOKEN)[0];
    let basic = request
        .header("authorization")
        .unwrap()
        .strip_prefix("Basic ")
        .unwrap();
    let basic = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    assert_eq!(basic, "key:s%26e%3Dc%2Br%25e+t%3A%2F%3F%C3%A9");
}

#[tokio::test]
async fn every_request_accepts_json() {
    // 003, line 14: `accept: application/json`
    let recorder = digilocker([token("abc")]).await;
    client(&recorder, code()).get_user().send().await.unwrap();
    for request in recorder.requests() {
        assert_eq!(
            request.header("accept"),
            Some("application/json"),
            "{}",
            request.target
        );
    }
}

#[tokio::test]
async fn a_login_begins_at_the_authorization_url_and_ends_with_one_exchange() {
    // 003, line 1 (the authorization code flow); dk-guru (the parameters); RFC 7636, 4
    let recorder = digilocker([token("abc")]).await;
    let started = AuthorizationCode::login("key", SECRET, CALLBACK)
        .start()
        .unwrap();
    let url = started.url().clone();
    assert!(
        url.as_str()
            .starts_with("https://betaapi.digitallocker.gov.in/public/oauth2/1/authorize?"),
        "{url}"
    );
    let verifier = started.verifier().expose().to_string();
    let state = started.state().expose().to_string();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "key"),
        ("redirect_uri", CALLBACK),
        ("state", &state),
        (
            "code_challenge",
            &URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)),
        ),
        ("code_challenge_method", "S256"),
    ] {
        assert!(
            asked.contains(&(name.to_string(), value.to_string())),
            "{name} in {url}"
        );
    }
    assert!((43..=128).contains(&verifier.len()));

    let credential = started
        .finish(&format!("{CALLBACK}?code=the-code&state={state}"))
        .unwrap();
    let client = client(&recorder, credential);
    client.get_user().send().await.unwrap();
    client.get_user().send().await.unwrap();
    let exchanges = recorder.requests_to(TOKEN);
    let [exchange] = exchanges.as_slice() else {
        panic!("{exchanges:?}")
    };
    assert!(
        exchange
            .form()
            .contains(&("code_verifier".to_string(), verifier))
    );
    for request in recorder.requests_to(USER) {
        assert_eq!(request.header("authorization"), Some("Bearer abc"));
    }
}

#[tokio::test]
async fn a_callback_of_another_login_or_with_a_denial_is_no_credential() {
    // dk-guru: `error`, `error_description` and `state` on denial
    let start = || {
        AuthorizationCode::login("key", SECRET, CALLBACK)
            .start()
            .unwrap()
    };
    let foreign = start()
        .finish(&format!("{CALLBACK}?code=the-code&state=another"))
        .unwrap_err();
    assert_eq!(foreign, LoginError::WrongState);
    let started = start();
    let state = started.state().expose().to_string();
    let denial =
        format!("{CALLBACK}?error=access_denied&error_description=The+user+said+no&state={state}");
    let denied = started.finish(&denial).unwrap_err();
    failure::says(&denied.to_string(), &["access_denied", "The user said no"]);
}

#[tokio::test]
async fn the_day_of_birth_keeps_its_zero() {
    // dk-guru, dk-24: DDMMYYYY
    let recorder = digilocker([token("abc")]).await;
    let user = client(&recorder, code()).get_user().send().await.unwrap();
    assert_eq!(user.dob.as_deref(), Some("01011970"));
    assert_eq!(
        serde_json::to_value(&*user).unwrap()["dob"],
        json!("01011970")
    );
}

#[tokio::test]
async fn the_end_of_the_consent_is_read_as_a_number_and_as_text() {
    // dk-juspay
    for end in ["1767225600", "\"1767225600\""] {
        let body = format!(
            r#"{{"access_token":"abc","expires_in":3600,"token_type":"Bearer","consent_valid_till":{end}}}"#
        );
        let recorder = digilocker([Answer::json(200, body)]).await;
        let client = client(&recorder, code());
        client.get_user().send().await.unwrap();

        let request = json!({"grant_type": "refresh_token", "refresh_token": "re"});
        let request: types::TokenRequest = serde_json::from_value(request).unwrap();
        let answer = client.create_token().body(request).send().await.unwrap();
        let written =
            keyfob_runtime::auth::secret::into_request(|| serde_json::to_string(&*answer)).unwrap();
        assert!(
            written.contains(&format!(r#""consent_valid_till":{end}"#)),
            "{written}"
        );
    }
}

#[tokio::test]
async fn the_pages_placeholder_is_no_token() {
    // 003, lines 2-8
    let placeholder =
        r#"{"success":true,"data":{"id":"abc123","created_at":"2025-01-01T00:00:00Z"}}"#;
    let recorder = digilocker([Answer::json(200, placeholder)]).await;
    let error = client(&recorder, code())
        .get_user()
        .send()
        .await
        .unwrap_err();
    let cause = failure::token(&error);
    let AuthErrorKind::Protocol {
        status, pointer, ..
    } = cause.kind()
    else {
        panic!("{cause:?}")
    };
    assert_eq!(
        (*status, pointer.as_deref()),
        (Some(200), Some("/access_token"))
    );
    failure::says(
        &error.to_string(),
        &["get_user", "create_token", "access_token"],
    );
    assert!(!failure::everything(&error).contains("abc123"));
    assert!(recorder.requests_to(USER).is_empty());
}

#[tokio::test]
async fn the_error_is_read_as_text_and_as_an_object() {
    // dk-24 (text); 003, lines 8-14 (an object)
    let cases = [
        (
            r#"{"error":"invalid_client","error_description":"Unknown application"}"#,
            "invalid_client",
            "Unknown application",
        ),
        (
            r#"{"success":false,"error":{"code":"VALIDATION_ERROR","message":"Invalid request parameters"}}"#,
            "VALIDATION_ERROR",
            "Invalid request parameters",
        ),
    ];
    for (body, error_code, message) in cases {
        let recorder = digilocker([Answer::json(400, body)]).await;
        let client = client(&recorder, code());
        let error = client.authorization(Scheme::Oauth2).await.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(400), Some(error_code)),
            "{body}"
        );
        failure::says(&error.to_string(), &["create_token", error_code, message]);

        let request = json!({"grant_type": "refresh_token", "refresh_token": "re"});
        let request: types::TokenRequest = serde_json::from_value(request).unwrap();
        let error = client
            .create_token()
            .body(request)
            .send()
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Api(_)),
            "{body}: {error:?}"
        );
        failure::says(
            &error.to_string(),
            &["create_token", "400", error_code, message],
        );
    }
}

#[tokio::test]
async fn a_code_that_was_refused_is_not_tried_again() {
    // dk-24: `invalid_grant`; a code works once
    let refusal = r#"{"error":"invalid_grant","error_description":"The grant is invalid"}"#;
    let recorder = digilocker([Answer::json(400, refusal), token("abc")]).await;
    let client = client(&recorder, code());
    for _ in 0..3 {
        let error = client.get_user().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert_eq!(cause.kind(), &AuthErrorKind::LogInAgain, "{cause}");
        assert!(!error.is_retryable());
        failure::says(&error.to_string(), &["log in again"]);
    }
    assert_eq!(recorder.requests_to(TOKEN).len(), 1);
    assert!(recorder.requests_to(USER).is_empty());
}

#[tokio::test]
async fn a_refused_refresh_token_asks_for_a_new_login() {
    // dk-24: `invalid_grant` for the refresh token
    let refusal = r#"{"error":"invalid_grant","error_description":"The grant is invalid"}"#;
    let recorder = digilocker([Answer::json(400, refusal)]).await;
    let client = client(&recorder, RefreshToken::new("key", SECRET, "re"));
    let error = client.get_user().send().await.unwrap_err();
    let cause = failure::token(&error);
    assert_eq!(cause.code(), Some("invalid_grant"));
    assert!(!error.is_retryable());
    failure::says(
        &error.to_string(),
        &["create_token", "invalid_grant", "log in again"],
    );
    assert_eq!(recorder.requests_to(TOKEN).len(), 1);
}

#[tokio::test]
async fn status_530_is_the_providers_fault() {
    // dk-24: 530 in place of 500
    let failure_body =
        r#"{"error":"unexpected_error","error_description":"An unexpected error occurred"}"#;
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("GET", USER, [Answer::json(530, failure_body)]);
    let ready = client(&recorder, Oauth2::new("abc"));
    let error = ready.get_user().send().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert_eq!(error.status().unwrap().as_u16(), 530);
    assert!(!error.is_auth());
    failure::says(
        &error.to_string(),
        &["get_user", "530", "unexpected_error", "later"],
    );

    recorder.answer("POST", TOKEN, [Answer::json(530, failure_body)]);
    let error = client(&recorder, RefreshToken::new("key", SECRET, "re"));
    let error = error.authorization(Scheme::Oauth2).await.unwrap_err();
    assert!(
        matches!(error.kind(), AuthErrorKind::Transient { .. }),
        "{error:?}"
    );
    failure::says(&error.to_string(), &["create_token", "530"]);
}

#[tokio::test]
async fn an_upload_carries_the_hmac_of_the_bytes_that_are_sent() {
    let recorder = digilocker([]).await;
    let uploaded = r#"{"path":"/School/mark-sheet.pdf","size":15}"#;
    recorder.answer("POST", UPLOAD, [Answer::json(200, uploaded)]);
    let (secret, file) = ("digilocker-sandbox-client-secret", "%PDF-1.4\n%%EOF\n");
    client(&recorder, Oauth2::new("abc"))
        .upload_file()
        .path("/School/mark-sheet.pdf")
        .hmac(hmac(secret, file.as_bytes()))
        .body(File::new(file))
        .send()
        .await
        .unwrap();
    let request = &recorder.requests_to(UPLOAD)[0];
    assert_eq!(request.header("path"), Some("/School/mark-sheet.pdf"));
    assert_eq!(request.header("content-type"), Some("application/pdf"));
    assert_eq!(request.text(), file);
    // By `openssl dgst -sha256 -hmac digilocker-sandbox-client-secret -binary | base64`.
    let expected = "Z++bhWaEt2D254Y1nOBBib701grBXZQlwFYJ8NO2iq4=";
    assert_eq!(request.header("hmac"), Some(expected));
}

#[tokio::test]
async fn a_download_is_held_against_the_hmac_that_comes_with_it() {
    let (secret, bytes) = ("digilocker-sandbox-client-secret", [0, 255, 37, 80]);
    let recorder = digilocker([]).await;
    let file = Answer::new(200, "application/pdf", bytes.to_vec());
    let file = file.header("hmac", &hmac(secret, &bytes));
    recorder.answer("GET", "/oauth2/1/file/in.gov.pan-PANCR-1", [file]);
    let client = client(&recorder, Oauth2::new("abc"));
    let file = client
        .get_file()
        .uri("in.gov.pan-PANCR-1")
        .send()
        .await
        .unwrap();
    let promised = file.headers()["hmac"].to_str().unwrap().to_string();
    let content = file.into_inner().collect().await.unwrap();
    assert_eq!(hmac(secret, &content), promised);
}

/// dk-24: BASE64(HMAC-SHA256(key = the app's secret, exactly the bytes of the file))
fn hmac(secret: &str, bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(bytes);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_login_is_given_back_with_key_and_secret_in_basic() {
    // dk-24: form and Basic; dk-guru: `token`, `token_type_hint`, and 400 "The token is invalid"
    let tokens = r#"{"access_token":"abc","refresh_token":"re","expires_in":3600}"#;
    let recorder = digilocker([Answer::json(200, tokens)]).await;
    let invalid = r#"{"error":"invalid_token","error_description":"The token is invalid"}"#;
    recorder.answer(
        "POST",
        REVOKE,
        [Answer::text(200, ""), Answer::json(400, invalid)],
    );
    let client = client(&recorder, code());
    client.get_user().send().await.unwrap();
    client.revoke(Scheme::Oauth2).await.unwrap();

    let requests = recorder.requests_to(REVOKE);
    let forms: Vec<String> = requests.iter().map(|request| request.text()).collect();
    let expected = [
        "token=re&token_type_hint=refresh_token",
        "token=abc&token_type_hint=access_token",
    ];
    assert_eq!(
        forms, expected,
        "the access token went with the refresh token, which is no error"
    );
    let basic = STANDARD.encode("key:s%26e%3Dc%2Br%25e+t%3A%2F%3F%C3%A9");
    let basic = format!("Basic {basic}");
    assert_eq!(requests[0].header("authorization"), Some(basic.as_str()));

    let error = client.get_user().send().await.unwrap_err();
    assert_eq!(failure::token(&error).kind(), &AuthErrorKind::LogInAgain);
    assert_eq!(recorder.requests_to(TOKEN).len(), 1);
}

#[tokio::test]
async fn a_login_that_the_sandbox_has_taken_back_is_over() {
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/digilocker");
    let spec = keyfob_sandbox::read(specs.as_ref()).unwrap();
    let sandbox = keyfob_sandbox::Sandbox::start(vec![spec]).await.unwrap();
    let given = sandbox.inputs("digilocker", "refresh_token");
    let login = RefreshToken::new(
        &given["client_id"],
        given["client_secret"].as_str(),
        given["refresh_token"].as_str(),
    );
    let client = Client::builder()
        .credentials(login)
        .base_url(sandbox.base_url("digilocker"))
        .build()
        .unwrap();
    let presented = client.authorization(Scheme::Oauth2).await.unwrap();
    let mut request = sandbox.blank_request();
    presented.apply(&mut request);
    assert!(sandbox.takes("digilocker", "oauth2", &request));
    client.revoke(Scheme::Oauth2).await.unwrap();
    assert!(!sandbox.takes("digilocker", "oauth2", &request));
    let error = client.get_user().send().await.unwrap_err();
    assert_eq!(failure::token(&error).kind(), &AuthErrorKind::LogInAgain);
}

/// A server that gives these answers to token requests and knows one person.
async fn digilocker(tokens: impl IntoIterator<Item = Answer>) -> Recorder {
    let recorder = Recorder::start().await.unwrap();
    recorder.answer("POST", TOKEN, tokens);
    let user = r#"{"digilockerid":"1f6e2b7c-0a4d-4c19-8f7e-5b3d9a2c6e10","name":"Asha Verma","dob":"01011970","gender":"F","eaadhaar":"Y"}"#;
    recorder.answer("GET", USER, [Answer::json(200, user)]);
    recorder
}

/// dk-guru
fn token(token: &str) -> Answer {
    Answer::json(
        200,
        format!(
            r#"{{"access_token":"{token}","expires_in":3600,"token_type":"Bearer","scope":""}}"#
        ),
    )
}

fn code() -> AuthorizationCode {
    AuthorizationCode::new("key", SECRET, "the-code", CALLBACK)
}

fn client(recorder: &Recorder, credential: impl Into<Credential>) -> Client {
    Client::builder()
        .credentials(credential)
        .base_url(recorder.url())
        .build()
        .unwrap()
}
