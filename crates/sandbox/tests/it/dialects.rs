//! Token endpoints of other kinds: no examples, odd statuses, odd places, odd types.

use keyfob_sandbox::Sandbox;
use keyfob_spec::Spec;
use serde_json::json;

use crate::documents::{arazzo, openapi, serve};
use crate::drive::{client, present, run, send, token};

const PATHS: &str = "
/bare:
  post:
    operationId: bare
    requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Bare'}}}}
    responses:
      2XX: {description: Ok., content: {application/vnd.orchard+json: {schema: {$ref: '#/components/schemas/BareToken'}}}}
/query:
  get:
    operationId: by_query
    parameters:
      - {name: apikey, in: query, required: true, schema: {type: string}}
      - {name: trees, in: query, required: true, schema: {type: array, items: {type: string}}}
    responses:
      default: {description: Any., content: {application/json: {schema: {type: object, properties: {token: {type: string}}}}}}
/header:
  post:
    operationId: by_header
    parameters: [{name: X-Signed, in: header, required: true, schema: {type: string}}]
    responses:
      '201': {description: Ok., headers: {X-Token: {required: true, schema: {type: string, pattern: '^[A-Z]{4}-[0-9]{4}$'}, example: ABCD-1234}}}
      '400': {description: No.}
/exchange:
  post:
    operationId: exchange
    security: [{old: []}]
    responses:
      '200': {description: Ok., content: {application/json: {schema: {type: object, properties: {token: {type: string}, ttl: {type: number}}}, example: {token: x.y.z, ttl: 60.5}}}}
      '401': {description: No., content: {application/json: {schema: {type: object}, example: {error: who}}}}
/basket:
  get:
    operationId: get_basket
    security: [{bare: []}, {query: []}, {header: []}, {renewed: []}]
    responses: {'200': {description: Ok.}, default: {description: No., content: {application/json: {schema: {type: object}, example: {error: no}}}}}
";

const COMPONENTS: &str = "
schemas:
  Bare:
    type: object
    required: [grant, credentials]
    properties:
      grant: {type: string}
      version: {type: integer}
      strict: {type: boolean}
      none: {type: string, nullable: true}
      credentials: {type: array, items: {type: object}}
  BareToken:
    type: object
    required: [token]
    properties:
      token: {type: string, minLength: 5}
      serial: {type: integer}
securitySchemes:
  bare: {type: http, scheme: bearer}
  query: {type: apiKey, in: query, name: token}
  header: {type: apiKey, in: cookie, name: session}
  renewed: {type: http, scheme: Orchard}
  old: {type: apiKey, in: header, name: X-Old}
";

const WORKFLOWS: &str = "
- workflowId: bare
  x-security-scheme: bare
  inputs:
    type: object
    required: [pin, farm, organic]
    properties:
      pin: {type: integer, minimum: 1000}
      farm: {type: string, enum: [north, south]}
      organic: {type: boolean}
  steps:
    - stepId: token
      operationId: bare
      requestBody:
        contentType: application/json
        payload: {grant: pin, version: 2, strict: true, none: null, credentials: [{pin: $inputs.pin}, {farm: $inputs.farm, organic: $inputs.organic}]}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/token}
  outputs: {access_token: $steps.token.outputs.access_token}
- workflowId: query
  x-security-scheme: query
  inputs:
    type: object
    required: [key]
    properties:
      key: {type: string, format: password, examples: ['k&y=1']}
  steps:
    - stepId: token
      operationId: by_query
      parameters:
        - {name: apikey, in: query, value: $inputs.key}
        - {name: trees, in: query, value: pear}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/token}
  outputs: {access_token: $steps.token.outputs.access_token}
- workflowId: header
  x-security-scheme: header
  inputs:
    type: object
    required: [key]
    properties:
      key: {type: string, format: password, examples: [orchard-key]}
  steps:
    - stepId: token
      operationId: by_header
      parameters:
        - {name: X-Signed, in: header, value: 'key={$inputs.key}; v=1'}
      successCriteria: [{condition: $statusCode == 201}]
      outputs: {access_token: $response.header.X-Token}
  outputs: {access_token: $steps.token.outputs.access_token}
- workflowId: renewed
  x-security-scheme: renewed
  inputs:
    type: object
    required: [access_token]
    properties:
      access_token: {type: string, format: password, examples: [orchard-old-token]}
  steps:
    - stepId: token
      operationId: exchange
      x-security: [{schemeName: old, values: {apiKey: $inputs.access_token}}]
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/token, expires_in: $response.body#/ttl}
  outputs: {access_token: $steps.token.outputs.access_token, expires_in: $steps.token.outputs.expires_in}
";

async fn orchard() -> (Sandbox, Spec) {
    serve(&openapi(PATHS, COMPONENTS), &arazzo(WORKFLOWS)).await
}

#[tokio::test]
async fn each_dialect_gives_tokens_that_differ_and_that_the_api_takes() {
    let (sandbox, spec) = orchard().await;
    for workflow in &spec.workflows {
        let name = &workflow.id;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let inputs = sandbox.inputs("orchard", name);
            let outputs = run(&sandbox, &spec, workflow, &inputs).await;
            let outputs = outputs.unwrap_or_else(|reply| panic!("{name}: {reply:?}"));
            let scheme = spec.scheme(&workflow.scheme).unwrap();
            let request = client().get(format!("{}/basket", sandbox.base_url("orchard")));
            let reply = send(present(request, scheme, &token(&outputs["access_token"]))).await;
            assert_eq!(reply.status, 200, "{name}: {reply:?}");
            seen.insert(outputs["access_token"].clone());
        }
        assert_eq!(seen.len(), 3, "{name}: {seen:?}");
    }
    let reply = send(client().get(format!("{}/basket", sandbox.base_url("orchard")))).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        (401, json!({"error": "no"}))
    );
}

#[tokio::test]
async fn a_payload_is_compared_member_by_member_and_item_by_item() {
    let (sandbox, _) = orchard().await;
    let right = json!({"grant": "pin", "version": 2, "strict": true,
        "credentials": [{"pin": 1000}, {"farm": "south", "organic": true}]});
    let with = |pointer: &str, value: serde_json::Value| {
        let mut body = right.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let cases = [
        (right.clone(), 200),
        (with("/version", json!(3)), 400),
        (with("/strict", json!(false)), 400),
        (with("/credentials/0/pin", json!(1001)), 400),
        (with("/credentials/1/farm", json!("west")), 400),
        (with("/credentials/1/organic", json!(null)), 400),
        (with("/credentials", json!([])), 400),
        (with("/credentials", json!("1000")), 400),
    ];
    for (body, status) in cases {
        let request = client().post(format!("{}/bare", sandbox.base_url("orchard")));
        let request = request.header("content-type", "application/json");
        let reply = send(request.body(body.to_string())).await;
        assert_eq!(reply.status, status, "{body}: {reply:?}");
    }
}

#[tokio::test]
async fn an_old_token_renews_itself_and_a_revoked_one_does_not() {
    let (sandbox, spec) = orchard().await;
    let workflow = spec.workflow("renewed").unwrap();
    let first = run(
        &sandbox,
        &spec,
        workflow,
        &sandbox.inputs("orchard", "renewed"),
    )
    .await;
    let first = first.unwrap();
    assert_eq!(first["expires_in"], "3600.0");
    let inputs = [("access_token".to_owned(), first["access_token"].clone())].into();
    sandbox.expire_tokens("orchard");
    assert!(run(&sandbox, &spec, workflow, &inputs).await.is_ok());
    sandbox.refuse_tokens("orchard");
    let refused = run(&sandbox, &spec, workflow, &inputs).await.unwrap_err();
    assert_eq!(
        (refused.status.as_u16(), refused.json()),
        (401, json!({"error": "who"}))
    );
}
