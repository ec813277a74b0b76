//! Small API descriptions for single claims.

use keyfob_sandbox::Sandbox;
use keyfob_spec::Spec;

/// Serves one API called `orchard`.
pub async fn serve(openapi: &str, arazzo: &str) -> (Sandbox, Spec) {
    let spec = read("orchard", openapi, arazzo);
    let sandbox = Sandbox::start(vec![spec.clone()]).await.unwrap();
    (sandbox, spec)
}

pub fn read(name: &str, openapi: &str, arazzo: &str) -> Spec {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("openapi.yaml"), openapi).unwrap();
    if !arazzo.is_empty() {
        std::fs::write(folder.join("tokens.arazzo.yaml"), arazzo).unwrap();
    }
    match keyfob_sandbox::read(&folder) {
        Ok(spec) => spec,
        Err(complaints) => panic!("{}", complaints.render()),
    }
}

/// An OpenAPI document with these paths and components.
pub fn openapi(paths: &str, components: &str) -> String {
    format!(
        "openapi: 3.0.3\n\
         info: {{title: Orchard, version: '1'}}\n\
         servers: [{{url: 'https://orchard.example/api'}}]\n\
         paths:\n{}\ncomponents:\n{}\n",
        indented(paths),
        indented(components)
    )
}

/// An Arazzo document with these workflows.
pub fn arazzo(workflows: &str) -> String {
    format!(
        "arazzo: 1.0.1\n\
         info: {{title: Orchard tokens, version: '1'}}\n\
         sourceDescriptions: [{{name: orchard, url: openapi.yaml, type: openapi}}]\n\
         workflows:\n{}\n",
        indented(workflows)
    )
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A form token endpoint with refresh tokens, and one operation that wants the token.
pub const TOKEN_PATHS: &str = "
/token:
  post:
    operationId: create_token
    requestBody:
      required: true
      content:
        application/x-www-form-urlencoded:
          schema:
            type: object
            required: [grant_type]
            properties:
              grant_type: {type: string}
              client_id: {type: string}
              client_secret: {type: string, format: password}
              refresh_token: {type: string, format: password}
              scope: {type: string}
    responses:
      '200':
        description: A token.
        content:
          application/json:
            schema:
              type: object
              required: [access_token]
              properties:
                access_token: {type: string}
                refresh_token: {type: string}
                expires_in: {oneOf: [{type: string}, {type: integer}]}
            examples:
              envelope: {value: {success: true}}
              token: {value: {access_token: orchard-example-token, expires_in: '3600', refresh_token: example-refresh}}
      '400':
        description: No.
        content:
          application/json:
            schema: {type: object}
            examples:
              other: {value: {error: other}}
              missing: {value: {error: missing}}
              invalid: {value: {error: invalid}}
              expired: {value: {error: expired}}
/trees:
  get:
    operationId: list_trees
    security: [{token: []}]
    responses:
      '200':
        description: Trees.
        content:
          application/json:
            schema: {type: object}
            example: {trees: [pear]}
      '401':
        description: No.
        content:
          application/json:
            schema: {type: object}
            examples:
              missing: {value: {error: no token}}
              invalid: {value: {error: wrong token}}
              expired: {value: {error: old token}}
";

pub const TOKEN_COMPONENTS: &str = "
securitySchemes:
  token: {type: http, scheme: bearer}
";

pub const TOKEN_WORKFLOWS: &str = "
- workflowId: client_credentials
  x-security-scheme: token
  inputs:
    type: object
    required: [client_id, client_secret]
    properties:
      client_id: {type: string, examples: [orchard-client]}
      client_secret: {type: string, format: password, examples: [orchard-secret]}
      scope: {type: string, enum: [pick, plant], examples: [pick]}
  steps:
    - stepId: token
      operationId: create_token
      requestBody:
        contentType: application/x-www-form-urlencoded
        payload: {grant_type: client_credentials, client_id: $inputs.client_id, client_secret: $inputs.client_secret, scope: $inputs.scope}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/access_token, expires_in: $response.body#/expires_in, refresh_token: $response.body#/refresh_token}
  outputs: {access_token: $steps.token.outputs.access_token, expires_in: $steps.token.outputs.expires_in, refresh_token: $steps.token.outputs.refresh_token}
- workflowId: public
  x-security-scheme: token
  inputs:
    type: object
    required: [client_id]
    properties:
      client_id: {type: string, examples: [orchard-public]}
  steps:
    - stepId: token
      operationId: create_token
      requestBody:
        contentType: application/x-www-form-urlencoded
        payload: {grant_type: client_credentials, client_id: $inputs.client_id}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/access_token}
  outputs: {access_token: $steps.token.outputs.access_token}
- workflowId: refresh_token
  x-security-scheme: token
  x-renews: [client_credentials, refresh_token]
  inputs:
    type: object
    required: [client_id, client_secret, refresh_token]
    properties:
      client_id: {type: string, examples: [orchard-client]}
      client_secret: {type: string, format: password, examples: [orchard-secret]}
      refresh_token: {type: string, format: password, examples: [orchard-refresh]}
  steps:
    - stepId: token
      operationId: create_token
      requestBody:
        contentType: application/x-www-form-urlencoded
        payload: {grant_type: refresh_token, client_id: $inputs.client_id, client_secret: $inputs.client_secret, refresh_token: $inputs.refresh_token}
      successCriteria: [{condition: $statusCode == 200}]
      outputs: {access_token: $response.body#/access_token, expires_in: $response.body#/expires_in, refresh_token: $response.body#/refresh_token}
  outputs: {access_token: $steps.token.outputs.access_token, expires_in: $steps.token.outputs.expires_in, refresh_token: $steps.token.outputs.refresh_token}
";

/// The API of these three.
pub async fn serve_tokens() -> (Sandbox, Spec) {
    serve(
        &openapi(TOKEN_PATHS, TOKEN_COMPONENTS),
        &arazzo(TOKEN_WORKFLOWS),
    )
    .await
}
