//! Refusals that an application recognises as such, and chains of credentials.

use keyfob_sandbox::Sandbox;
use keyfob_spec::Spec;
use serde_json::json;

use crate::documents::{arazzo, openapi, serve};
use crate::drive::{client, run, send};

/// A gateway that refuses with 403 and a message; a device token that buys a user token.
const PATHS: &str = "
/devices:
  post:
    operationId: register
    security: [{admin: []}]
    responses:
      '200': {description: Ok., content: {application/json: {schema: {type: object}, example: {token: example-device-token}}}}
      '403': {$ref: '#/components/responses/Gateway'}
/refresh:
  post:
    operationId: refresh
    security: [{device: []}]
    requestBody:
      required: true
      content: {application/json: {schema: {type: object}}}
    responses:
      '200': {description: Ok., content: {application/json: {schema: {type: object}, example: {access_token: example-user-token}}}}
      '400': {description: No., content: {application/json: {schema: {type: object}, examples: {invalid: {value: {error: invalid_grant}}}}}}
      '403': {$ref: '#/components/responses/Gateway'}
/me:
  get:
    operationId: get_me
    security: [{user: []}]
    responses:
      '200': {description: Ok., content: {application/json: {schema: {type: object}, example: {name: me}}}}
/cellar:
  get:
    operationId: get_cellar
    security: [{keyHeader: [], keyQuery: []}, {keyCookie: []}, {basic: []}]
    responses: {'200': {description: Ok.}}
/attic:
  get:
    operationId: get_attic
    security: [{attic: []}]
    responses:
      '200':
        description: What is there, or why it is not told.
        content:
          application/json:
            schema: {type: object}
            examples:
              chest: {value: {things: 1}}
              invalid: {value: {error: {code: 4010}}}
";

const COMPONENTS: &str = "
responses:
  Gateway:
    description: No.
    content:
      application/json:
        schema: {type: object}
        examples:
          group: {value: {message: You cannot consume this service}}
          invalid: {value: {message: Invalid signature}}
securitySchemes:
  admin: {type: http, scheme: bearer, x-refused-when: &gateway [{condition: $statusCode == 403 && $response.body#/message == 'Invalid signature'}]}
  device: {type: http, scheme: bearer, x-refused-when: [{condition: $statusCode == 403 && $response.body#/message == 'Invalid signature'}]}
  user: {type: apiKey, in: header, name: X-User, x-refused-when: [{condition: $statusCode == 418 && $response.body#/why/code == 'old'}]}
  attic: {type: apiKey, in: header, name: X-Attic, x-refused-when: [{condition: $response.body#/error/code == 4010}]}
  keyHeader: {type: apiKey, in: header, name: X-Key}
  keyQuery: {type: apiKey, in: query, name: key}
  keyCookie: {type: apiKey, in: cookie, name: key}
  basic: {type: http, scheme: basic}
";

const WORKFLOWS: &str = "
- workflowId: device
  x-security-scheme: device
  inputs:
    type: object
    required: [admin]
    properties:
      admin: {type: string, format: password, x-credential: admin, examples: [orchard-admin]}
  steps:
    - stepId: register
      operationId: register
      x-security: [{schemeName: admin, values: {token: $inputs.admin}}]
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/token}
  outputs: {access_token: $steps.register.outputs.access_token}
- workflowId: user
  x-security-scheme: user
  inputs:
    type: object
    required: [device, refresh_token]
    properties:
      device: {type: string, format: password, x-credential: device, examples: [orchard-device]}
      refresh_token: {type: string, format: password, examples: [orchard-refresh]}
  steps:
    - stepId: refresh
      operationId: refresh
      x-security: [{schemeName: device, values: {token: $inputs.device}}]
      requestBody:
        contentType: application/json
        payload: {refresh_token: $inputs.refresh_token}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/access_token}
  outputs: {access_token: $steps.refresh.outputs.access_token}
";

async fn orchard() -> (Sandbox, Spec) {
    let components = COMPONENTS.replace("&gateway ", "");
    serve(&openapi(PATHS, &components), &arazzo(WORKFLOWS)).await
}

#[tokio::test]
async fn a_borrowed_credential_is_refused_by_its_own_scheme_s_sign_and_other_faults_are_not() {
    let (sandbox, spec) = orchard().await;
    let user = spec.workflow("user").unwrap();
    let inputs = sandbox.inputs("orchard", "user");
    assert!(run(&sandbox, &spec, user, &inputs).await.is_ok());

    let gateway = (403, json!({"message": "Invalid signature"}));
    let mut wrong_device = inputs.clone();
    wrong_device.insert("device".to_owned(), "orchard-device".to_owned());
    let reply = run(&sandbox, &spec, user, &wrong_device).await.unwrap_err();
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        gateway,
        "a workflow supplies this one"
    );

    let mut wrong_refresh = inputs.clone();
    wrong_refresh.insert("refresh_token".to_owned(), "wrong".to_owned());
    let reply = run(&sandbox, &spec, user, &wrong_refresh)
        .await
        .unwrap_err();
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        (400, json!({"error": "invalid_grant"}))
    );

    sandbox.expire_tokens("orchard");
    let reply = run(&sandbox, &spec, user, &inputs).await.unwrap_err();
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        gateway,
        "an expired device token"
    );
}

#[tokio::test]
async fn a_static_credential_is_the_well_known_one_or_the_example_of_the_input_that_takes_it() {
    let (sandbox, spec) = orchard().await;
    let device = spec.workflow("device").unwrap();
    for (admin, is_right) in [
        ("sandbox-admin", true),
        ("orchard-admin", true),
        ("sandbox-device", false),
    ] {
        let inputs = [("admin".to_owned(), admin.to_owned())].into();
        assert_eq!(
            run(&sandbox, &spec, device, &inputs).await.is_ok(),
            is_right,
            "{admin}"
        );
    }
    assert_eq!(
        sandbox.static_credential("orchard", "admin").unwrap().value,
        "sandbox-admin"
    );
    assert!(
        sandbox.credential("orchard", "device").is_empty(),
        "not the application's to give"
    );
}

#[tokio::test]
async fn where_no_documented_answer_refuses_one_is_made_from_the_condition() {
    let (sandbox, _) = orchard().await;
    let reply = send(client().get(format!("{}/me", sandbox.base_url("orchard")))).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        (418, json!({"why": {"code": "old"}}))
    );
    let given = sandbox.static_credential("orchard", "user").unwrap();
    let request = client().get(format!("{}/me", sandbox.base_url("orchard")));
    assert_eq!(
        send(request.header("x-user", given.value)).await.status,
        200
    );
}

#[tokio::test]
async fn a_refusal_that_is_documented_with_200_is_answered_so() {
    let (sandbox, _) = orchard().await;
    let get = || client().get(format!("{}/attic", sandbox.base_url("orchard")));
    for (request, expected) in [
        (get(), json!({"error": {"code": 4010}})),
        (
            get().header("x-attic", "wrong"),
            json!({"error": {"code": 4010}}),
        ),
        (
            get().header("x-attic", "sandbox-attic"),
            json!({"things": 1}),
        ),
    ] {
        let reply = send(request).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, expected));
    }
}

#[tokio::test]
async fn one_alternative_is_enough_and_all_schemes_of_it_are_needed() {
    let (sandbox, _) = orchard().await;
    let url = format!("{}/cellar", sandbox.base_url("orchard"));
    let get = |query: &str| client().get(format!("{url}{query}"));
    let cases = [
        (get(""), 401),
        (get("").header("x-key", "sandbox-keyHeader"), 401),
        (get("?key=sandbox-keyQuery"), 401),
        (
            get("?key=sandbox-keyQuery").header("x-key", "sandbox-keyHeader"),
            200,
        ),
        (get("?key=wrong").header("x-key", "sandbox-keyHeader"), 401),
        (get("").header("cookie", "a=b; key=sandbox-keyCookie"), 200),
        (get("").header("cookie", "key=sandbox-keyQuery"), 401),
        (get("").basic_auth("sandbox", Some("sandbox-basic")), 200),
        (get("").basic_auth("sandbox", Some("wrong")), 401),
        (get("").header("authorization", "Basic !!!"), 401),
        (
            get("?key=wrong").basic_auth("sandbox", Some("sandbox-basic")),
            200,
        ),
    ];
    for (request, status) in cases {
        let shown = format!("{request:?}");
        assert_eq!(send(request).await.status, status, "{shown}");
    }
}
