//! What an application or a server can get wrong: each has an error of its own that says what to
//! do, and nothing panics.

use std::time::Duration;

use keyfob_digitaleo::{Client, ClientCredentials, Oauth2};
use keyfob_runtime::ErrorKind;
use keyfob_runtime::auth::{AuthErrorKind, ConfigError, ManualClock};
use keyfob_tests::recorder::{Answer, Recorder, Unreachable};

use crate::failure;

const CAMPAIGNS: &str = "/rest/campaigns";

#[tokio::test]
async fn a_call_without_a_credential_says_which_one_and_where_a_person_gets_it() {
    let recorder = Recorder::start().await.unwrap();
    let client = Client::builder().base_url(recorder.url()).build().unwrap();
    let error = client.list_campaigns().send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoCredential { .. }),
        "{error:?}"
    );
    assert!(error.is_auth() && !error.is_retryable());
    failure::says(
        &error.to_string(),
        &[
            "list_campaigns",
            "oauth2",
            ".credentials(",
            "Declare an application in the Digitaleo platform",
        ],
    );
    assert!(recorder.requests().is_empty());
}

#[test]
fn a_secret_that_cannot_be_one_is_refused_when_the_client_is_built() {
    type Way = fn() -> Result<Client, ConfigError>;
    let cases: [(&str, Way, &[&str]); 6] = [
        (
            "an empty secret",
            || built(ClientCredentials::new("id", "")),
            &["client_credentials", "client_secret", "empty"],
        ),
        (
            "an empty id",
            || built(ClientCredentials::new("", "secret")),
            &["client_credentials", "client_id", "empty"],
        ),
        (
            "an empty token",
            || built(Oauth2::new("")),
            &["oauth2", "empty"],
        ),
        (
            "nothing but the word",
            || built(Oauth2::new("Bearer ")),
            &["oauth2"],
        ),
        (
            "a line feed in a token",
            || built(Oauth2::new("abc\ndef")),
            &["oauth2"],
        ),
        (
            "a carriage return in a token",
            || built(Oauth2::new("abc\rdef")),
            &["oauth2"],
        ),
    ];
    for (what, way, words) in cases {
        let Err(error) = way() else {
            panic!("{what} is taken")
        };
        assert!(
            matches!(
                error,
                ConfigError::BadInput { .. } | ConfigError::BadCredential { .. }
            ),
            "{what}: {error:?}"
        );
        failure::says(&error.to_string(), words);
    }
}

#[test]
fn two_credentials_for_one_scheme_are_one_too_many() {
    let ways = [
        Client::builder()
            .credentials(Oauth2::new("abc"))
            .credentials(Oauth2::new("abc")),
        Client::builder()
            .credentials(Oauth2::new("abc"))
            .credentials(ClientCredentials::new("id", "secret")),
    ];
    for way in ways {
        let error = way.build().unwrap_err();
        assert!(
            matches!(error, ConfigError::DuplicateCredential { .. }),
            "{error:?}"
        );
        failure::says(
            &error.to_string(),
            &["two credentials", "oauth2", "Digitaleo", "give one"],
        );
    }
}

#[test]
fn plain_http_is_for_loopback_only() {
    let build = |url: &str| Client::builder().base_url(url).build();
    for url in [
        "http://api.messengeo.net",
        "http://10.0.0.1",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://[2001:db8::1]",
    ] {
        let error = build(url).unwrap_err();
        assert!(
            matches!(error, ConfigError::BadUrl { .. }),
            "{url}: {error:?}"
        );
        failure::says(&error.to_string(), &["base URL", "plain http", "use https"]);
    }
    for url in [
        "https://api.messengeo.net",
        "http://127.0.0.1:1",
        "http://[::1]:1/base",
        "http://localhost:1",
    ] {
        build(url).unwrap();
    }
}

#[test]
fn what_is_no_base_url_is_refused() {
    for url in [
        "",
        "api.messengeo.net",
        "ftp://api.messengeo.net",
        "https://",
        "https://api.messengeo.net?a=b",
    ] {
        let error = Client::builder().base_url(url).build().unwrap_err();
        assert!(
            matches!(error, ConfigError::BadUrl { .. }),
            "{url}: {error:?}"
        );
        failure::says(&error.to_string(), &["base URL"]);
    }
}

#[test]
fn an_unknown_region_is_answered_with_the_known_ones() {
    let error = keyfob_enboarder::Client::builder()
        .server("MARS")
        .build()
        .unwrap_err();
    assert!(matches!(error, ConfigError::Server { .. }), "{error:?}");
    failure::says(
        &error.to_string(),
        &["Enboarder", "MARS", "AU", "EU", "US", "CA"],
    );
}

#[tokio::test]
async fn a_region_without_a_token_host_says_how_to_name_one() {
    let client = keyfob_enboarder::Client::builder()
        .credentials(keyfob_enboarder::ClientCredentials::new("id", "secret"))
        .server("CA")
        .build()
        .unwrap();
    let error = client.list_forms_v2().send().await.unwrap_err();
    let cause = failure::token(&error);
    assert_eq!(cause.kind(), &AuthErrorKind::Misconfigured);
    assert!(!error.is_retryable());
    failure::says(
        &error.to_string(),
        &[
            "list_forms_v2",
            "CA has no server for create_token",
            "AU, EU, US",
            ".server_url(\"create_token\"",
        ],
    );
}

#[test]
fn a_missing_environment_variable_is_named() {
    let error = ClientCredentials::from_env().unwrap_err();
    assert!(
        matches!(error, ConfigError::Environment { .. }),
        "{error:?}"
    );
    failure::says(&error.to_string(), &["DIGITALEO_CLIENT_ID", "set it"]);
}

#[tokio::test]
async fn a_token_answer_that_is_none_is_a_protocol_error_that_shows_nothing_of_it() {
    let html = "<html><body>canary: please log in</body></html>";
    let large = format!(
        r#"{{"access_token":"abc","padding":"{}"}}"#,
        "canary".repeat(200_000)
    );
    let whole = Answer::json(200, r#"{"access_token":"canary","token_type":"bearer"}"#);
    let cases: [(&str, Answer, &[&str]); 14] = [
        (
            "HTML",
            Answer::new(200, "text/html", html.into()),
            &["a page"],
        ),
        (
            "HTML that says it is JSON",
            Answer::json(200, html),
            &["a page"],
        ),
        ("nothing", Answer::json(200, ""), &["empty"]),
        ("no content", Answer::json(204, ""), &["204"]),
        (
            "JSON that breaks off",
            Answer::json(200, r#"{"access_token":"canar"#),
            &["JSON"],
        ),
        (
            "half of what was announced",
            whole.truncated(),
            &["broke off"],
        ),
        (
            "no token",
            Answer::json(200, r#"{"token_type":"bearer","note":"canary"}"#),
            &["access_token"],
        ),
        (
            "an empty token",
            Answer::json(200, r#"{"access_token":"","note":"canary"}"#),
            &["access_token"],
        ),
        (
            "a token that is null",
            Answer::json(200, r#"{"access_token":null,"note":"canary"}"#),
            &["access_token"],
        ),
        (
            "a token that is an object",
            Answer::json(200, r#"{"access_token":{"value":"canary"}}"#),
            &["access_token"],
        ),
        ("more than 1 MiB", Answer::json(200, large), &["1 MiB"]),
        (
            "a token with LF",
            Answer::json(200, r#"{"access_token":"canary\nX-Other: header"}"#),
            &["access_token"],
        ),
        (
            "a token with CR",
            Answer::json(200, r#"{"access_token":"canary\rX-Other: header"}"#),
            &["access_token"],
        ),
        (
            "a redirect",
            Answer::json(302, "").header("location", "https://canary.example/token"),
            &["302"],
        ),
    ];
    for (what, answer, words) in cases {
        let recorder = Recorder::start().await.unwrap();
        recorder.answer("POST", "/token", [answer]);
        let error = client(&recorder).list_campaigns().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert!(
            matches!(cause.kind(), AuthErrorKind::Protocol { .. }),
            "{what}: {cause:?}"
        );
        assert_eq!(cause.operation(), Some("create_token"), "{what}");
        assert!(!error.is_retryable(), "{what}");
        failure::says(
            &error.to_string(),
            &["list_campaigns", "client_credentials", "create_token"],
        );
        failure::says(&error.to_string(), words);
        assert!(
            !failure::everything(&error).contains("canar"),
            "{what}: {error:?}"
        );
        assert_eq!(recorder.requests().len(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_token_host_that_cannot_be_reached_or_hangs_up_may_work_later() {
    let hangs_up = Recorder::start().await.unwrap();
    hangs_up.answer("POST", "/token", [Answer::none()]);
    let gone = Unreachable::new().unwrap();
    for (what, url) in [("it hangs up", hangs_up.url()), ("it is gone", gone.url())] {
        let credential = ClientCredentials::new("id", "canary");
        let client = Client::builder()
            .credentials(credential)
            .base_url(url)
            .build()
            .unwrap();
        let error = client.list_campaigns().send().await.unwrap_err();
        let cause = failure::token(&error);
        assert!(
            matches!(cause.kind(), AuthErrorKind::Transient { .. }),
            "{what}: {cause:?}"
        );
        assert!(error.is_retryable(), "{what}");
        failure::says(&error.to_string(), &["list_campaigns", "create_token"]);
        assert!(
            !failure::everything(&error).contains("canary"),
            "{what}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_lifetime_is_believed_if_it_can_be_and_never_asked_for_in_a_loop() {
    const DAY: u64 = 86_400;
    // What the answer says, and after how many seconds there are how many token requests.
    let cases: [(&str, u64, usize); 12] = [
        (r#","expires_in":0"#, 10 * DAY, 1),
        (r#","expires_in":-1"#, 10 * DAY, 1),
        (r#","expires_in":"""#, 10 * DAY, 1),
        (r#","expires_in":"soon""#, 10 * DAY, 1),
        (r#","expires_in":null"#, 10 * DAY, 1),
        ("", 10 * DAY, 1),
        (r#","expires_in":1e9"#, 10 * DAY, 1),
        (r#","expires_in":1e300"#, 10 * DAY, 1),
        (r#","expires_in":3600"#, 3601, 2),
        (r#","expires_in":3600.0"#, 3601, 2),
        (r#","expires_in":"3600""#, 3601, 2),
        (r#","expires_in":60"#, 61, 2),
    ];
    for (member, seconds, expected) in cases {
        let recorder = Recorder::start().await.unwrap();
        let answer = format!(r#"{{"access_token":"abc","token_type":"bearer"{member}}}"#);
        recorder.answer("POST", "/token", [Answer::json(200, answer)]);
        recorder.answer("GET", CAMPAIGNS, [Answer::json(200, r#"{"list":[]}"#)]);
        let clock = ManualClock::new();
        let client = Client::builder()
            .credentials(ClientCredentials::new("id", "secret"))
            .base_url(recorder.url())
            .clock(clock.clone())
            .build()
            .unwrap();
        for _ in 0..3 {
            client.list_campaigns().send().await.unwrap();
        }
        assert_eq!(recorder.requests_to("/token").len(), 1, "{member}");
        clock.advance(Duration::from_secs(seconds));
        for _ in 0..3 {
            client.list_campaigns().send().await.unwrap();
        }
        assert_eq!(recorder.requests_to("/token").len(), expected, "{member}");
    }
}

fn built(credential: impl Into<keyfob_runtime::auth::Credential>) -> Result<Client, ConfigError> {
    Client::builder().credentials(credential).build()
}

fn client(recorder: &Recorder) -> Client {
    Client::builder()
        .credentials(ClientCredentials::new("id", "secret"))
        .base_url(recorder.url())
        .build()
        .unwrap()
}
