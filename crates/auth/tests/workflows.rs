//! What a workflow sends, and what its token looks like in a request.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use keyfob_auth::{Answer, AuthErrorKind, Credential, Inputs, Presentation, Secret};
use reqwest::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};
use support::{Reply, Server, acme, header, keyring, keyring_and_clock, shown};

#[tokio::test]
async fn a_form_holds_what_was_given_and_leaves_out_what_was_not() {
    let server = Server::start(|_, number| Reply::token(&format!("t{number}"))).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t1");
    let with_scope = acme::inputs(&acme::CLIENT_CREDENTIALS).set("scope", "read write");
    let keys = keyring(&server, vec![Credential::workflow(with_scope)]);
    assert_eq!(header(&keys, "oauth2").await, "Bearer t2");

    let requests = server.requests();
    let without = "grant_type=client_credentials&client_id=ann&client_secret=s3cret+value%26more";
    assert_eq!(requests[0].body, without);
    assert_eq!(requests[1].body, format!("{without}&scope=read+write"));
    let request = &requests[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/api/token")
    );
    let form = Some("application/x-www-form-urlencoded");
    assert_eq!(request.header("content-type"), form);
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn a_json_body_keeps_the_types_of_what_it_holds() {
    let server = Server::start(|_, _| Reply::text(200, "  raw token \n")).await;
    let inputs = acme::inputs(&acme::TEXT).set("days", "30");
    let keys = keyring(&server, vec![Credential::workflow(inputs)]);
    assert_eq!(header(&keys, "raw").await, "raw token");
    let request = &server.requests()[0];
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.header("accept"),
        Some("text/plain, application/json")
    );
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).unwrap(),
        json!({"client_id": "ann", "secret": "s3cret value&more", "days": 30, "flags": [true, null]})
    );
}

#[tokio::test]
async fn two_steps_put_values_in_every_place_and_read_a_header() {
    let server = Server::start(|request, number| match number {
        1 => Reply::json(201, json!({"data": [{"ticket": "tick et"}]})),
        2 if request.body == "ticket=tick et" => Reply::with(200, &[("X-Token", "fob")], ""),
        _ => Reply::text(500, "out of turn"),
    })
    .await;
    let inputs = acme::inputs(&acme::TWO_STEPS)
        .set("tenant", "a/b ü")
        .set("region", "eu");
    let keys = keyring(&server, vec![Credential::workflow(inputs)]);
    assert_eq!(header(&keys, "special").await, "Token fob");
    let request = &server.requests()[0];
    assert_eq!(request.method, "PUT");
    let target = "/api/tenants/a%2Fb%20%C3%BC/tickets?region=eu&of=a%20b%2Fann";
    assert_eq!(request.target, target);
    assert_eq!(request.header("x-region"), Some("eu"));
    assert_eq!(request.header("cookie"), Some("client=ann"));
    // RFC 6749, 2.3.1: both halves are form-urlencoded before base64.
    let basic = "Basic YW5uOnMzY3JldCt2YWx1ZSUyNm1vcmU=";
    assert_eq!(request.header("authorization"), Some(basic));
}

#[tokio::test]
async fn parameters_of_absent_inputs_are_left_out() {
    let server = Server::start(|_, number| match number {
        1 => Reply::json(201, json!({"data": [{"ticket": "t"}]})),
        _ => Reply::with(200, &[("X-Token", "fob")], ""),
    })
    .await;
    let inputs = acme::inputs(&acme::TWO_STEPS).set("tenant", "t");
    let keys = keyring(&server, vec![Credential::workflow(inputs)]);
    header(&keys, "special").await;
    let request = &server.requests()[0];
    assert_eq!(request.target, "/api/tenants/t/tickets?of=a%20b%2Fann");
    assert_eq!(request.header("x-region"), None);
}

/// As GitHub answers who does not ask for JSON.
#[tokio::test]
async fn an_answer_may_be_a_form() {
    let form = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    let server = Server::start(move |_, number| match number {
        1 => Reply::with(200, &form, "access_token=a%2Bb&expires_in=60&scope="),
        _ => Reply::with(
            400,
            &form,
            "error=invalid_client&error_description=No+such+client",
        ),
    })
    .await;
    let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
    let (keys, clock) = keyring_and_clock(&server, credentials);
    assert_eq!(header(&keys, "oauth2").await, "Bearer a+b");
    clock.advance(Duration::from_secs(61));
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_client"));
    assert!(error.to_string().contains("No such client"), "{error}");
}

/// Whatever it calls itself, an answer that is read as a whole is a text.
#[tokio::test]
async fn a_text_that_calls_itself_a_form_is_the_token_all_the_same() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let server = Server::start(move |_, _| Reply::with(200, &form, "a+b=c")).await;
    let keys = keyring(&server, vec![acme::credential(&acme::TEXT)]);
    assert_eq!(header(&keys, "raw").await, "a+b=c");
}

#[tokio::test]
async fn a_text_answer_is_the_token() {
    for (body, token) in [
        ("plain", Some("plain")),
        (" plain\r\n", Some("plain")),
        ("\"quoted\"", Some("quoted")),
        ("\u{feff}marked", Some("marked")),
        ("Bearer spoken", Some("Bearer spoken")),
        ("{\"token\": \"t\"}", None),
        ("[\"t\"]", None),
        ("12345", None),
        ("true", None),
        ("null", None),
        ("\"\"", None),
        ("", None),
        (" \n", None),
        ("<html>Sign in</html>", None),
        ("two\r\nlines", None),
        ("\"two\\nlines\"", None),
    ] {
        let server = Server::start(move |_, _| Reply::text(200, body)).await;
        let keys = keyring(&server, vec![acme::credential(&acme::TEXT)]);
        match (keys.authorization("raw").await, token) {
            (Ok(authorization), Some(token)) => assert_eq!(shown(&authorization), token),
            (Err(error), None) => {
                let is_protocol = matches!(error.kind(), AuthErrorKind::Protocol { .. });
                assert!(is_protocol, "{body:?}: {error}");
            }
            (Ok(authorization), None) => panic!("{body:?} gave {}", authorization.shape()),
            (Err(error), Some(_)) => panic!("{body:?}: {error}"),
        }
    }
}

#[tokio::test]
async fn each_scheme_presents_its_credential_in_its_place() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::OAUTH2, "abc"),
            Credential::fixed(&acme::USER, "bearer abc"),
            Credential::fixed(&acme::SPECIAL, "Token abc"),
            Credential::fixed(&acme::API_KEY, "k"),
            Credential::fixed(&acme::RAW, "Bearer pasted"),
            Credential::fixed(&acme::IN_QUERY, "a b&c"),
            Credential::fixed(&acme::IN_COOKIE, "s; t"),
            Credential::basic(&acme::BASIC, "ann", "pa:ss"),
        ],
    );
    for (scheme, name, value, shape) in [
        (
            "oauth2",
            "authorization",
            "Bearer abc",
            "Authorization: Bearer <3 characters>",
        ),
        (
            "user",
            "authorization",
            "Bearer abc",
            "Authorization: Bearer <3 characters>",
        ),
        (
            "special",
            "authorization",
            "Token abc",
            "Authorization: Token <3 characters>",
        ),
        ("api_key", "x-api-key", "k", "X-Api-Key: <1 characters>"),
        (
            "raw",
            "authorization",
            "Bearer pasted",
            "Authorization: <13 characters>",
        ),
        (
            "basic",
            "authorization",
            "Basic YW5uOnBhOnNz",
            "Authorization: Basic <12 characters>",
        ),
    ] {
        let authorization = keys.authorization(scheme).await.unwrap();
        let (header, _) = authorization.header().unwrap();
        assert_eq!(
            (header.as_str(), shown(&authorization)),
            (name, value.to_owned())
        );
        assert_eq!(authorization.shape(), shape);
        let mut request = request("http://127.0.0.1/x");
        authorization.apply(&mut request);
        authorization.apply(&mut request);
        assert_eq!(
            request.headers().get_all(name).iter().count(),
            1,
            "{scheme}"
        );
        assert_eq!(request.headers()[name], value);
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn query_and_cookie_credentials_are_added_once_to_what_is_there() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let keys = keyring(
        &server,
        vec![
            Credential::fixed(&acme::IN_QUERY, "a b&c"),
            Credential::fixed(&acme::IN_COOKIE, "s; t"),
        ],
    );
    let mut request = request("http://127.0.0.1/x?page=1%20a&key=old&%6bey=older");
    request
        .headers_mut()
        .insert(COOKIE, "a=b; session=old".parse().unwrap());
    for scheme in ["in_query", "in_cookie", "in_query", "in_cookie"] {
        let authorization = keys.authorization(scheme).await.unwrap();
        assert_eq!(authorization.header(), None);
        authorization.apply(&mut request);
    }
    assert_eq!(request.url().query(), Some("page=1%20a&key=a%20b%26c"));
    assert_eq!(request.headers()[COOKIE], "a=b; session=s%3B%20t");
    assert!(request.headers()[COOKIE].is_sensitive());
}

#[tokio::test]
async fn an_anonymous_credential_satisfies_a_scheme_and_sends_nothing() {
    let server = Server::start(|_, _| Reply::token("unused")).await;
    let keys = keyring(&server, vec![Credential::anonymous(&acme::OAUTH2)]);
    let authorization = keys.authorization("oauth2").await.unwrap();
    assert_eq!(authorization.header(), None);
    assert_eq!(authorization.shape(), "nothing");
    let headers = HeaderMap::new();
    let unauthorised = Answer {
        status: 401,
        headers: &headers,
        body: b"",
    };
    assert!(!authorization.is_refused(&unauthorised));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_token_lives_as_long_as_its_answer_says() {
    let (hour, day) = (3600, 86_400);
    for (answer, workflow, alive, dead) in [
        (
            json!({"expires_in": hour}),
            &acme::CLIENT_CREDENTIALS,
            2000,
            Some(3601),
        ),
        (
            json!({"expires_in": "3600"}),
            &acme::CLIENT_CREDENTIALS,
            2000,
            Some(3601),
        ),
        (
            json!({"expires_in_ms": 3_600_000}),
            &acme::CLIENT_CREDENTIALS,
            2000,
            Some(3601),
        ),
        (
            json!({"expires_in": 60}),
            &acme::CLIENT_CREDENTIALS,
            30,
            Some(61),
        ),
        (
            json!({"expires_in": 1e9}),
            &acme::CLIENT_CREDENTIALS,
            300 * day,
            None,
        ),
        (json!({"expires_in": 0}), &acme::HOURLY, 2000, Some(3601)),
        (json!({"expires_in": -1}), &acme::HOURLY, 2000, Some(3601)),
        (json!({}), &acme::HOURLY, 2000, Some(3601)),
        (
            json!({"expires_in": 0}),
            &acme::CLIENT_CREDENTIALS,
            300 * day,
            None,
        ),
        (json!({}), &acme::CLIENT_CREDENTIALS, 300 * day, None),
    ] {
        let mut body = answer.clone();
        body["access_token"] = "t".into();
        let server = Server::start(move |_, _| Reply::json(200, body.clone())).await;
        let (keys, clock) = keyring_and_clock(&server, vec![acme::credential(workflow)]);
        header(&keys, "oauth2").await;
        clock.advance(Duration::from_secs(alive));
        header(&keys, "oauth2").await;
        assert_eq!(server.count(), 1, "{answer} after {alive} s");
        if let Some(dead) = dead {
            clock.advance(Duration::from_secs(dead - alive));
            header(&keys, "oauth2").await;
            assert_eq!(server.count(), 2, "{answer} after {dead} s");
        }
    }
}

#[tokio::test]
async fn a_jwt_says_itself_how_long_it_lives() {
    use base64::Engine as _;
    let issued = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({"iat": issued, "exp": issued + 600}).to_string();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
    let jwt = format!("e30.{payload}.c2ln");
    let body = json!({"access_token": jwt, "expires_in": 0});
    let server = Server::start(move |_, _| Reply::json(200, body.clone())).await;
    let (keys, clock) = keyring_and_clock(&server, vec![acme::credential(&acme::HOURLY)]);
    header(&keys, "oauth2").await;
    clock.advance(Duration::from_secs(300));
    header(&keys, "oauth2").await;
    assert_eq!(server.count(), 1);
    clock.advance(Duration::from_secs(301));
    header(&keys, "oauth2").await;
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn the_answer_may_name_the_server_that_takes_the_token() {
    let answer = |url: &str| json!({"access_token": "t", "server_url": url});
    let server = Server::start(move |request, _| {
        Reply::json(200, answer(&request.form("client_id").unwrap()))
    })
    .await;
    for (named, taken) in [
        ("https://eu.acme.example/v2", Some(true)),
        ("https://acme.example", Some(true)),
        ("https://acme.example.evil.example", None),
        ("https://evilacme.example", None),
        ("http://eu.acme.example", None),
        ("https://user:pw@eu.acme.example", None),
        ("nonsense", None),
    ] {
        let servers = keyfob_auth::ServerChoice::default();
        let network = keyfob_auth::Network {
            http: support::http(),
            servers: servers.server_url("create_token", &server.url()).unwrap(),
        };
        let inputs = acme::inputs(&acme::CLIENT_CREDENTIALS).set("client_id", named);
        let credentials = vec![Credential::workflow(inputs)];
        let keys = keyfob_auth::Keyring::new(&acme::API, credentials, network).unwrap();
        match (keys.authorization("oauth2").await, taken) {
            (Ok(authorization), Some(_)) => {
                let url = authorization
                    .server_url()
                    .map(|url| url.as_str().trim_end_matches('/'));
                assert_eq!(url, Some(named));
            }
            (Err(error), None) => {
                let is_protocol = matches!(error.kind(), AuthErrorKind::Protocol { .. });
                assert!(is_protocol, "{named}: {error}");
            }
            (result, _) => panic!("{named}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn a_base_url_of_the_application_outdoes_the_server_that_an_answer_names() {
    let body = json!({"access_token": "t", "server_url": "https://eu.acme.example"});
    let server = Server::start(move |_, _| Reply::json(200, body.clone())).await;
    let keys = keyring(&server, vec![acme::credential(&acme::CLIENT_CREDENTIALS)]);
    let authorization = keys.authorization("oauth2").await.unwrap();
    assert_eq!(
        authorization.server_url(),
        None,
        "a sandbox's token stays in the sandbox"
    );
}

#[tokio::test]
async fn a_secret_is_no_plain_input() {
    let server = Server::start(|_, _| Reply::token("t")).await;
    let inputs = Inputs::new(&acme::API, &acme::CLIENT_CREDENTIALS)
        .set("client_id", "ann")
        .set("client_secret", Secret::from("canary"));
    let credential = Credential::workflow(inputs);
    assert!(!format!("{credential:?}").contains("canary"));
    assert_eq!(
        credential.scheme().presentation,
        Presentation::Word("Bearer")
    );
    header(&keyring(&server, vec![credential]), "oauth2").await;
    assert_eq!(
        server.requests()[0].form("client_secret").unwrap(),
        "canary"
    );
}

fn request(url: &str) -> reqwest::Request {
    reqwest::Request::new(reqwest::Method::GET, url.parse().unwrap())
}
