//! Workflows of several steps, and the forms in which answers carry what they yield.

use keyfob_sandbox::Sandbox;
use keyfob_spec::Spec;
use serde_json::{Value, json};

use crate::documents::{arazzo, openapi, serve};
use crate::drive::{Reply, client, run, send};

const PATHS: &str = "
/session:
  post:
    operationId: open_session
    requestBody:
      required: true
      content: {text/plain: {schema: {type: string}}}
    responses:
      '200':
        description: Ok.
        headers: {X-Ticket: {schema: {type: string}, example: ticket-in-a-header}}
        content:
          application/json:
            schema:
              type: object
              properties:
                account: {type: integer}
                kind: {type: string, enum: [farm]}
                session: {type: string, format: uuid, pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'}
            example: {account: 1234, kind: farm, session: 3f2504e0-4f89-41d3-9a0c-0305e82c3301}
      '401': {description: No., content: {application/json: {schema: {type: object}, examples: {missing: {value: {error: none}}, invalid: {value: {error: bad}}}}}}
/accounts/{account}/{kind}/token:
  get:
    operationId: get_token
    parameters:
      - {name: account, in: path, required: true, schema: {type: integer}}
      - {name: kind, in: path, required: true, schema: {type: string}}
      - {name: session, in: query, schema: {type: string}}
      - {name: X-Proof, in: header, schema: {type: string}}
    responses:
      '200':
        description: Ok.
        content:
          application/json:
            schema: {type: object}
            example:
              data:
                token: Token example-of-a-token
                expires_at: '2025-01-01T00:00:00Z'
                expires_ms: 3600000
                home: https://eu.orchard.example
      '403': {description: No., content: {application/json: {schema: {type: object}, example: {error: refused}}}}
/plain:
  post:
    operationId: get_plain_token
    security: [{client: []}]
    requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
    responses:
      '200':
        description: Ok.
        content:
          application/json: {schema: {type: string}, example: example-of-a-token}
          text/plain: {schema: {type: string}, example: example-of-a-token}
      '400': {description: No., content: {application/json: {schema: {type: object}, examples: {invalid: {value: {error: body}}}}}}
      '401': {description: No., content: {application/json: {schema: {type: object}, examples: {missing: {value: {error: none}}, invalid: {value: {error: header}}}}}}
/revoke:
  post:
    operationId: revoke
    security: [{client: []}]
    responses: {'200': {description: Ok.}, '401': {description: No.}}
";

const COMPONENTS: &str = "
securitySchemes:
  chained: {type: apiKey, in: query, name: token, x-server-url-hosts: ['*.orchard.example']}
  plain: {type: http, scheme: bearer}
  client: {type: http, scheme: basic, x-basic-encoding: form}
";

const WORKFLOWS: &str = "
- workflowId: chained
  x-security-scheme: chained
  inputs:
    type: object
    required: [user, password]
    properties:
      user: {type: string, examples: ['ann:other']}
      password: {type: string, format: password, examples: [orchard-password]}
  steps:
    - stepId: open
      operationId: open_session
      requestBody: {contentType: text/plain, payload: 'login {$inputs.user}:{$inputs.password}.'}
      successCriteria: [{condition: $statusCode == 200}]
      outputs:
        ticket: $response.header.X-Ticket
        account: $response.body#/account
        kind: $response.body#/kind
        session: $response.body#/session
    - stepId: token
      operationId: get_token
      parameters:
        - {name: account, in: path, value: $steps.open.outputs.account}
        - {name: kind, in: path, value: $steps.open.outputs.kind}
        - {name: session, in: query, value: $steps.open.outputs.session}
        - {name: X-Proof, in: header, value: 'proof {$steps.open.outputs.ticket}'}
      successCriteria: [{condition: $statusCode == 200}]
      outputs:
        access_token: $response.body#/data/token
        expires_at: $response.body#/data/expires_at
        expires_in_ms: $response.body#/data/expires_ms
        server_url: $response.body#/data/home
  outputs:
    access_token: $steps.token.outputs.access_token
    expires_at: $steps.token.outputs.expires_at
    expires_in_ms: $steps.token.outputs.expires_in_ms
    server_url: $steps.token.outputs.server_url
- workflowId: plain
  x-security-scheme: plain
  inputs:
    type: object
    required: [id, secret]
    properties:
      id: {type: string, examples: ['id & more']}
      secret: {type: string, format: password, examples: ['a:b c%2B+é']}
  steps:
    - stepId: token
      operationId: get_plain_token
      x-security: [{schemeName: client, values: {username: $inputs.id, password: $inputs.secret}}]
      requestBody: {contentType: application/x-www-form-urlencoded, payload: {grant_type: client_credentials}}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body}
  outputs: {access_token: $steps.token.outputs.access_token}
";

async fn orchard() -> (Sandbox, Spec) {
    serve(&openapi(PATHS, COMPONENTS), &arazzo(WORKFLOWS)).await
}

async fn open(sandbox: &Sandbox, text: &str) -> Reply {
    let request = client().post(format!("{}/session", sandbox.base_url("orchard")));
    send(
        request
            .header("content-type", "text/plain")
            .body(text.to_owned()),
    )
    .await
}

#[tokio::test]
async fn every_place_that_a_workflow_reads_gets_a_value_of_its_own_kind() {
    let (sandbox, spec) = orchard().await;
    let workflow = spec.workflow("chained").unwrap();
    let inputs = sandbox.inputs("orchard", "chained");
    let outputs = run(&sandbox, &spec, workflow, &inputs).await.unwrap();
    assert!(outputs["access_token"].starts_with("Token "), "{outputs:?}");
    assert_ne!(outputs["access_token"], "Token example-of-a-token");
    assert_eq!(outputs["expires_in_ms"], "3600000");
    let end = chrono::DateTime::parse_from_rfc3339(&outputs["expires_at"]).unwrap();
    let left = end.timestamp() - chrono::Utc::now().timestamp();
    assert!((3590..=3600).contains(&left), "{left}");
    assert_eq!(outputs["server_url"], sandbox.base_url("orchard"));
    assert_eq!(
        sandbox.token_requests("orchard"),
        1,
        "the first step yields no token"
    );
}

#[tokio::test]
async fn intermediate_values_are_new_unless_the_schema_leaves_no_choice() {
    let (sandbox, _) = orchard().await;
    let first = open(&sandbox, "login ann:other:orchard-password.").await;
    let second = open(&sandbox, "login ann:other:orchard-password.").await;
    let (one, other) = (first.json(), second.json());
    assert_ne!(first.headers["x-ticket"], second.headers["x-ticket"]);
    assert_ne!(one["account"], other["account"]);
    assert_ne!(one["session"], other["session"]);
    assert_eq!(one["session"].as_str().unwrap().len(), 36, "still a UUID");
    assert_eq!(one["kind"], "farm", "the schema allows nothing else");
}

#[tokio::test]
async fn values_embedded_in_a_text_are_told_apart() {
    let (sandbox, _) = orchard().await;
    let cases = [
        ("login ann:other:orchard-password.", 200, Value::Null),
        ("login ann:orchard-password.", 401, json!({"error": "bad"})),
        ("login ann:other:wrong.", 401, json!({"error": "bad"})),
        (
            "login ann:other:orchard-password",
            401,
            json!({"error": "bad"}),
        ),
        ("", 401, json!({"error": "none"})),
    ];
    for (text, status, body) in cases {
        let reply = open(&sandbox, text).await;
        assert_eq!(reply.status, status, "{text}: {reply:?}");
        if status != 200 {
            assert_eq!(reply.json(), body, "{text}");
        }
    }
}

#[tokio::test]
async fn a_later_step_takes_only_what_the_earlier_one_gave() {
    let (sandbox, _) = orchard().await;
    let opened = open(&sandbox, "login ann:other:orchard-password.").await;
    let (account, session) = (&opened.json()["account"], &opened.json()["session"]);
    let ticket = opened.headers["x-ticket"].to_str().unwrap();
    let session = session.as_str().unwrap();
    let wrong = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let cases = [
        (
            account.to_string(),
            "farm",
            session,
            format!("proof {ticket}"),
            200,
        ),
        (
            "1234".to_owned(),
            "farm",
            session,
            format!("proof {ticket}"),
            403,
        ),
        (
            account.to_string(),
            "mill",
            session,
            format!("proof {ticket}"),
            403,
        ),
        (
            account.to_string(),
            "farm",
            wrong,
            format!("proof {ticket}"),
            403,
        ),
        (account.to_string(), "farm", session, ticket.to_owned(), 403),
        (
            account.to_string(),
            "farm",
            session,
            "proof ticket-in-a-header".to_owned(),
            403,
        ),
    ];
    for (account, kind, session, proof, status) in cases {
        let url = format!(
            "{}/accounts/{account}/{kind}/token",
            sandbox.base_url("orchard")
        );
        let request = client()
            .get(url)
            .query(&[("session", session)])
            .header("x-proof", &proof);
        assert_eq!(
            send(request).await.status,
            status,
            "{account} {kind} {session} {proof}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_the_whole_body_comes_as_text_or_as_a_json_string() {
    let (sandbox, _) = orchard().await;
    for (accept, is_quoted) in [("application/json", true), ("text/plain", false)] {
        let request = client()
            .post(format!("{}/plain", sandbox.base_url("orchard")))
            .header("accept", accept)
            .header("content-type", "application/x-www-form-urlencoded")
            .basic_auth("id+%26+more", Some("a%3Ab+c%252B%2B%C3%A9"));
        let reply = send(request.body("grant_type=client_credentials")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.headers["content-type"], accept);
        assert_eq!(reply.text.starts_with('"'), is_quoted, "{}", reply.text);
    }
}

#[tokio::test]
async fn a_wrong_basic_credential_is_refused_by_the_answer_that_goes_with_a_header() {
    let (sandbox, _) = orchard().await;
    let ask = |grant: &str| {
        client()
            .post(format!("{}/plain", sandbox.base_url("orchard")))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type={grant}"))
    };
    let cases = [
        (ask("client_credentials"), 401, json!({"error": "none"})),
        (
            ask("client_credentials").basic_auth("id & more", Some("a:b c%2B+é")),
            401,
            json!({"error": "header"}),
        ),
        (
            ask("password").basic_auth("id+%26+more", Some("a%3Ab+c%252B%2B%C3%A9")),
            400,
            json!({"error": "body"}),
        ),
    ];
    for (request, status, body) in cases {
        let reply = send(request).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (status, body));
    }
}

#[tokio::test]
async fn what_a_step_presents_is_right_for_the_scheme_elsewhere_too() {
    let (sandbox, _) = orchard().await;
    let url = format!("{}/revoke", sandbox.base_url("orchard"));
    let known = client()
        .post(&url)
        .basic_auth("id+%26+more", Some("a%3Ab+c%252B%2B%C3%A9"));
    assert_eq!(send(known).await.status, 200);
    let well_known = client()
        .post(&url)
        .basic_auth("sandbox", Some("sandbox-client"));
    assert_eq!(send(well_known).await.status, 200);
    let wrong = client()
        .post(&url)
        .basic_auth("id+%26+more", Some("sandbox-client"));
    assert_eq!(send(wrong).await.status, 401);
}
