//! The authorize page and the exchange of its codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_sandbox::Sandbox;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::documents::{arazzo, openapi, serve};
use crate::drive::{Reply, client, send};

const PATHS: &str = "
/oauth/token:
  post:
    operationId: create_token
    requestBody:
      required: true
      content:
        application/x-www-form-urlencoded:
          schema: {type: object}
    responses:
      '200':
        description: A token.
        content:
          application/json:
            schema: {type: object, properties: {access_token: {type: string}}}
            example: {access_token: example}
      '400':
        description: No.
        content:
          application/json:
            schema: {type: object}
            examples:
              missing: {value: {error: missing}}
              invalid: {value: {error: invalid}}
              expired: {value: {error: expired}}
/me:
  get:
    operationId: get_me
    security: [{login: []}]
    responses:
      '200': {description: Me.}
      '401': {description: No.}
";

const COMPONENTS: &str = "
securitySchemes:
  login:
    type: oauth2
    x-authorize-parameters: {audience: orchard, purpose: null}
    flows:
      authorizationCode:
        authorizationUrl: https://orchard.example/api/oauth/authorize?ignored=1
        tokenUrl: https://orchard.example/api/oauth/token
        scopes: {}
";

const WORKFLOWS: &str = "
- workflowId: authorization_code
  x-security-scheme: login
  inputs:
    type: object
    required: [client_id, code, redirect_uri, code_verifier]
    properties:
      client_id: {type: string, examples: [orchard-app]}
      code: {type: string, format: password, examples: [orchard-code]}
      redirect_uri: {type: string, examples: ['https://app.example/back']}
      code_verifier: {type: string, format: password, examples: [orchard-verifier]}
  steps:
    - stepId: token
      operationId: create_token
      requestBody:
        contentType: application/x-www-form-urlencoded
        payload: {grant_type: authorization_code, client_id: $inputs.client_id, code: $inputs.code, redirect_uri: $inputs.redirect_uri, code_verifier: $inputs.code_verifier}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/access_token}
  outputs: {access_token: $steps.token.outputs.access_token}
";

const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
const BACK: &str = "http://127.0.0.1:9/back?from=orchard";

async fn orchard() -> Sandbox {
    serve(&openapi(PATHS, COMPONENTS), &arazzo(WORKFLOWS))
        .await
        .0
}

/// The query of a right login.
fn right() -> Vec<(&'static str, String)> {
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", "orchard-app".to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("state", "the state".to_owned()),
        (
            "code_challenge",
            URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)),
        ),
        ("code_challenge_method", "S256".to_owned()),
        ("audience", "orchard".to_owned()),
    ]
}

fn with(name: &'static str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let mut query = right();
    query.retain(|(known, _)| *known != name);
    query.extend(value.map(|value| (name, value.to_owned())));
    query
}

async fn visit(sandbox: &Sandbox, query: &[(&str, String)]) -> Reply {
    let url = format!("{}/oauth/authorize", sandbox.base_url("orchard"));
    send(client().get(url).query(query)).await
}

/// What the browser brings back to the application.
fn brought_back(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 302, "{reply:?}");
    let location = reply.headers["location"].to_str().unwrap();
    assert!(location.starts_with(BACK), "{location}");
    let url = url::Url::parse(location).unwrap();
    url.query_pairs()
        .skip(1)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

async fn new_code(sandbox: &Sandbox) -> String {
    let found = brought_back(&visit(sandbox, &right()).await);
    assert_eq!(found[1], ("state".to_owned(), "the state".to_owned()));
    assert_eq!(found[0].0, "code");
    found[0].1.clone()
}

async fn exchange(sandbox: &Sandbox, code: &str, redirect_uri: &str, verifier: &str) -> Reply {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "orchard-app"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let url = format!("{}/oauth/token", sandbox.base_url("orchard"));
    let request = client()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    send(request.body(body)).await
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_its_second_use_revokes_the_token() {
    let sandbox = orchard().await;
    let code = new_code(&sandbox).await;
    let reply = exchange(&sandbox, &code, BACK, VERIFIER).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    let me = || {
        client()
            .get(format!("{}/me", sandbox.base_url("orchard")))
            .bearer_auth(&token)
    };
    assert_eq!(send(me()).await.status, 200);
    assert_eq!(
        exchange(&sandbox, &code, BACK, VERIFIER).await.json(),
        json!({"error": "expired"})
    );
    assert_eq!(send(me()).await.status, 401);
}

#[tokio::test]
async fn a_code_is_good_only_with_the_redirect_uri_and_the_verifier_that_it_was_issued_for() {
    let sandbox = orchard().await;
    let code = new_code(&sandbox).await;
    let cases = [
        (
            code.as_str(),
            "http://127.0.0.1:9/other",
            VERIFIER,
            "invalid",
        ),
        (
            code.as_str(),
            BACK,
            "another-verifier-that-is-long-enough-0123456789",
            "invalid",
        ),
        ("orchard-code", BACK, VERIFIER, "invalid"),
        ("", BACK, VERIFIER, "invalid"),
    ];
    for (code, redirect_uri, verifier, error) in cases {
        let reply = exchange(&sandbox, code, redirect_uri, verifier).await;
        assert_eq!(reply.json(), json!({ "error": error }));
    }
    assert_eq!(
        exchange(&sandbox, &code, BACK, VERIFIER).await.status,
        200,
        "still unused"
    );
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_the_application_s() {
    let sandbox = orchard().await;
    let cases = [
        with("client_id", None),
        with("client_id", Some("somebody-else")),
        with("redirect_uri", None),
        with("redirect_uri", Some("https://evil.example/back")),
        with("redirect_uri", Some("http://127.0.0.1.evil.example/back")),
        with("redirect_uri", Some("not a url")),
    ];
    for query in cases {
        let reply = visit(&sandbox, &query).await;
        assert_eq!(reply.status, 400, "{query:?}");
        assert!(!reply.headers.contains_key("location"));
    }
    let example = with("redirect_uri", Some("https://app.example/back"));
    assert_eq!(visit(&sandbox, &example).await.status, 302);
}

#[tokio::test]
async fn a_faulty_authorization_request_brings_back_an_error_and_the_state() {
    let sandbox = orchard().await;
    let cases = [
        (
            with("response_type", Some("token")),
            "unsupported_response_type",
        ),
        (with("response_type", None), "invalid_request"),
        (with("code_challenge", None), "invalid_request"),
        (with("code_challenge", Some(VERIFIER)), "invalid_request"),
        (
            with("code_challenge_method", Some("plain")),
            "invalid_request",
        ),
        (with("code_challenge_method", None), "invalid_request"),
        (with("audience", None), "invalid_request"),
        (with("audience", Some("another")), "invalid_request"),
    ];
    for (query, error) in cases {
        let found = brought_back(&visit(&sandbox, &query).await);
        assert_eq!(
            found[0],
            ("error".to_owned(), error.to_owned()),
            "{query:?}"
        );
        assert!(found.contains(&("state".to_owned(), "the state".to_owned())));
    }
}

#[tokio::test]
async fn a_person_can_say_no_once() {
    let sandbox = orchard().await;
    sandbox.deny_next_login("orchard");
    let found = brought_back(&visit(&sandbox, &right()).await);
    assert_eq!(found[0], ("error".to_owned(), "access_denied".to_owned()));
    new_code(&sandbox).await;
}
