//! Giving tokens back.

use keyfob_sandbox::Sandbox;
use serde_json::json;

use crate::documents::{TOKEN_COMPONENTS, TOKEN_PATHS, TOKEN_WORKFLOWS, arazzo, openapi, serve};
use crate::drive::{Reply, client, send};

const FORM: &str = "
/revoke:
  post:
    operationId: revoke
    requestBody:
      required: true
      content:
        application/x-www-form-urlencoded:
          schema:
            type: object
            required: [token]
            properties:
              client_id: {type: string}
              client_secret: {type: string, format: password}
              token: {type: string, format: password}
    responses:
      '200': {description: Gone.}
";

/// How a request that is not served is answered.
const REFUSAL: &str = "      '400':
        description: No.
        content: {application/json: {schema: {type: object}, examples: {invalid: {value: {error: not a token}}}}}
";

const BY_FORM: &str = "
- workflowId: revoke
  x-security-scheme: token
  x-revokes: [client_credentials, refresh_token]
  inputs:
    type: object
    required: [client_id, client_secret, token]
    properties:
      client_id: {type: string, examples: [orchard-client]}
      client_secret: {type: string, format: password, examples: [orchard-secret]}
      token: {type: string, format: password, examples: [orchard-refresh]}
  steps:
    - stepId: revoke
      operationId: revoke
      requestBody:
        contentType: application/x-www-form-urlencoded
        payload: {client_id: $inputs.client_id, client_secret: $inputs.client_secret, token: $inputs.token}
";

const LOG_OUT: &str = "
/session:
  delete:
    operationId: log_out
    security: [{token: []}]
    responses:
      '204': {description: Gone.}
      '401':
        description: No.
        content: {application/json: {schema: {type: object}, examples: {invalid: {value: {error: wrong token}}}}}
";

const BY_SESSION: &str = "
- workflowId: log_out
  x-security-scheme: token
  x-revokes: [public]
  inputs:
    type: object
    required: [token]
    properties:
      token: {type: string, format: password, examples: [orchard-token]}
  steps:
    - stepId: out
      operationId: log_out
      x-security: [{schemeName: token, values: {token: $inputs.token}}]
";

async fn orchard(refusal: &str) -> Sandbox {
    let paths = format!("{TOKEN_PATHS}{FORM}{refusal}{LOG_OUT}");
    let workflows = format!("{TOKEN_WORKFLOWS}{BY_FORM}{BY_SESSION}");
    serve(&openapi(&paths, TOKEN_COMPONENTS), &arazzo(&workflows))
        .await
        .0
}

async fn ask(sandbox: &Sandbox, path: &str, form: &str) -> Reply {
    let request = client().post(format!("{}{path}", sandbox.base_url("orchard")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    send(request.body(form.to_owned())).await
}

/// A new token and its refresh token.
async fn tokens(sandbox: &Sandbox) -> (String, String) {
    let form =
        "grant_type=client_credentials&client_id=orchard-client&client_secret=orchard-secret";
    let answer = ask(sandbox, "/token", form).await.json();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn revoke(sandbox: &Sandbox, secret: &str, token: &str) -> Reply {
    let form = format!("client_id=orchard-client&client_secret={secret}&token={token}");
    ask(sandbox, "/revoke", &form).await
}

async fn is_taken(sandbox: &Sandbox, token: &str) -> bool {
    let request = client().get(format!("{}/trees", sandbox.base_url("orchard")));
    send(request.bearer_auth(token)).await.status == 200
}

async fn renewed(sandbox: &Sandbox, refresh_token: &str) -> Reply {
    let form = format!(
        "grant_type=refresh_token&client_id=orchard-client&client_secret=orchard-secret&refresh_token={refresh_token}"
    );
    ask(sandbox, "/token", &form).await
}

#[tokio::test]
async fn a_refresh_token_takes_along_what_was_had_by_it_and_an_access_token_only_itself() {
    let sandbox = orchard("").await;
    let ((first, refresh), (other, kept)) = (tokens(&sandbox).await, tokens(&sandbox).await);
    assert_eq!(
        revoke(&sandbox, "orchard-secret", &refresh).await.status,
        200
    );
    assert!(!is_taken(&sandbox, &first).await && is_taken(&sandbox, &other).await);
    assert_eq!(renewed(&sandbox, &refresh).await.status, 400);
    assert_eq!(revoke(&sandbox, "orchard-secret", &other).await.status, 200);
    assert!(!is_taken(&sandbox, &other).await);
    assert_eq!(renewed(&sandbox, &kept).await.status, 200);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_only_where_the_document_says_so() {
    for (refusal, expected) in [("", 200), (REFUSAL, 400)] {
        let sandbox = orchard(refusal).await;
        let (token, _) = tokens(&sandbox).await;
        assert_eq!(revoke(&sandbox, "orchard-secret", &token).await.status, 200);
        for token in ["never-one", &token] {
            let reply = revoke(&sandbox, "orchard-secret", token).await;
            assert_eq!(reply.status, expected, "{reply:?}");
            if expected == 400 {
                assert_eq!(reply.json(), json!({"error": "not a token"}));
            }
        }
    }
}

#[tokio::test]
async fn who_asks_has_to_be_right() {
    let sandbox = orchard(REFUSAL).await;
    let (token, _) = tokens(&sandbox).await;
    let reply = revoke(&sandbox, "wrong", &token).await;
    assert!(reply.status.is_client_error(), "{reply:?}");
    assert!(is_taken(&sandbox, &token).await);
}

#[tokio::test]
async fn a_session_ends_by_the_token_that_opened_it() {
    let sandbox = orchard("").await;
    let (token, _) = tokens(&sandbox).await;
    let request = client().delete(format!("{}/session", sandbox.base_url("orchard")));
    let again = request.try_clone().unwrap().bearer_auth(&token);
    assert_eq!(send(request.bearer_auth(&token)).await.status, 204);
    assert!(!is_taken(&sandbox, &token).await);
    assert_eq!(send(again).await.status, 401);
}
