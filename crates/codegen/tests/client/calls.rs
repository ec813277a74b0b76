//! What operations are called, what they take, and what is said of them.

use crate::{Claim, check, indented, rendered, words};

/// A document with this path item.
fn with_path(item: &str) -> String {
    let document = r#"
openapi: 3.0.3
info: {title: Example, version: "1"}
servers: [{url: "https://api.example"}]
security: [{key: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key, description: Ask for it.}
    login: {type: openIdConnect, openIdConnectUrl: "https://login.example/.well-known", description: Ask for it.}
paths:
"#;
    document.to_string() + &indented(item, 2)
}

#[test]
fn operations_become_methods() {
    let claims = [
        Claim {
            claim: "an operation's documentation says what a caller has to know",
            document: r##"
/things/{id}:
  get:
    operationId: read_thing
    summary: Reads a thing.
    description: "Slowly.\n```\nlet x;\n```"
    deprecated: true
    x-assumed: true
    security: [{key: []}, {login: [a, b], key: []}, {}]
    parameters: [{name: id, in: path, required: true, description: Which., schema: {type: string}}]
    responses: {"204": {description: Done.}}
"##,
            has: &[
                "/// Reads a thing. /// /// Slowly. /// ```text /// let x; /// ``` /// /// Assumed: not documented by the provider. /// /// `GET /things/{id}`",
                "/// Credential: `key`, or `login` with the scopes `a`, `b` together with `key`, or none.",
                "/// Source: `specs/example/openapi.yaml:",
                "/// let answer = client.read_thing() /// .id(id) /// .send() /// .await?; /// ``` #[deprecated] pub fn read_thing(&self)",
                "/// Which. /// /// Required. pub fn id(mut self",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "the constant says what goes on the wire",
            document: r##"
/things/{id}:
  servers: [{url: "https://other.example", x-name: EU}]
  delete:
    operationId: drop
    security: []
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: filter, in: query, style: deepObject, explode: true, schema: {type: object, properties: {a: {type: string}}}}
      - {name: tags, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}
      - {name: X-Trace, in: header, schema: {type: string}}
      - {name: Accept, in: header, schema: {type: string, enum: [text/csv, text/vtt]}}
      - {name: sid, in: cookie, schema: {type: string, format: password}}
      - {name: id, in: query, schema: {type: string}}
      - {name: json, in: query, content: {application/json: {schema: {type: array, items: {type: string}}}}}
      - {name: url, in: query, allowReserved: true, schema: {type: string}}
    responses: {"204": {description: Done.}}
"##,
            has: &[
                r#".parameter("id", self.id_2)"#,
                r#"Parameter::query("json").styled(Style::Json)"#,
                r#"Parameter::query("url").reserved()"#,
                r#"pub static DROP: Operation = Operation { endpoint: Endpoint { operation_id: "drop", method: "DELETE", path: "/things/{id}", servers: &[Server { name: Some("EU"), url: "https://other.example""#,
                "security: &[],",
                r#"Parameter::query("filter").styled(Style::DeepObject),"#,
                r#"Parameter::query("tags").styled(Style::PipeDelimited).exploded(false),"#,
                r#"Parameter::cookie("sid"),"#,
                r#"Parameter::path("id"),"#,
                r#"Parameter::header("Accept"),"#,
                "repeat: Repeat::Idempotent",
                "filter: ::keyfob_runtime::Given<Option<super::types::DropCallFilter>>",
                "sid: ::keyfob_runtime::Given<Option<::keyfob_runtime::Secret>>",
                r#".optional_parameter("X-Trace", self.x_trace)"#,
            ],
            lacks: &[],
            reports: &["is called `id_2` in Rust"],
        },
        Claim {
            claim: "a required parameter that has one value only need not be given",
            document: r##"
/things:
  get:
    operationId: list_things
    parameters:
      - {name: X-Target, in: header, required: true, schema: {type: string, enum: [Things.List]}}
      - {name: format, in: query, schema: {type: string, enum: [json]}}
      - {name: order, in: query, required: true, schema: {type: string, enum: [up, down]}}
    responses: {"204": {description: Done.}}
"##,
            has: &[
                "x_target: Ok(super::types::ListThingsXTarget::ThingsList)",
                "format: Ok(None)",
                r#"order: Err("it is required; set it with .order(...)".into())"#,
                "/// It is `Things.List` without being set.",
                "/// let answer = client.list_things() /// .format(format) /// .order(order) /// .send()",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "how often an operation may be sent is the verb's word, or the document's",
            document: r##"
/a:
  get: {operationId: a_get, responses: {"204": {description: Done.}}}
  post: {operationId: a_post, responses: {"204": {description: Done.}}}
  put: {operationId: a_put, x-repeat: never, responses: {"204": {description: Done.}}}
  patch: {operationId: a_patch, x-idempotency-key: Idempotency-Key, responses: {"204": {description: Done.}}}
"##,
            has: &[
                "Repeat::Safe",
                "Repeat::Never",
                r#"Repeat::Keyed("Idempotency-Key")"#,
            ],
            lacks: &["Repeat::Idempotent"],
            reports: &[],
        },
        Claim {
            claim: "names that generated code needs itself are left to it",
            document: r##"
/a:
  get:
    operationId: builder
    parameters:
      - {name: send, in: query, schema: {type: string}}
      - {name: new, in: query, schema: {type: string}}
      - {name: gen, in: query, schema: {type: string}}
      - {name: x-y, in: header, schema: {type: string}}
      - {name: x_y, in: query, schema: {type: string}}
    responses: {"204": {description: Done.}}
"##,
            has: &[
                "pub fn builder_2(&self) -> builder::Builder2<'_>",
                "pub fn send_2(mut self",
                "pub fn new_2(mut self",
                "pub fn gen_(mut self",
                r#".optional_parameter("x-y", self.x_y)"#,
                r#".optional_parameter("x_y", self.x_y_2)"#,
            ],
            lacks: &[],
            reports: &[
                "is called `builder_2`",
                "is called `send_2`",
                "is called `new_2`",
                "is called `x_y_2`",
            ],
        },
        Claim {
            claim: "what a mock's server has itself is not hidden by an operation",
            document: r##"/a: {get: {operationId: unanswered, responses: {"204": {description: Done.}}}}"##,
            has: &[
                "fn unanswered_2(&self, set_up: impl FnOnce(when::Unanswered, then::Unanswered)) -> Mock<'_>",
                "pub fn unanswered(&self) -> builder::Unanswered<'_>",
            ],
            lacks: &[],
            reports: &[],
        },
    ];
    check(&claims, with_path);
}

#[test]
fn hostile_texts_stay_texts() {
    let hostile = r#"x */ \" ' ` $(touch x) ../../ {{}} {e} #[doc] </b> \\ \n```\nfn main() {}\n"#;
    let document = format!(
        r##"
openapi: 3.0.3
info: {{title: "T */ ` $(x)", version: "../"}}
servers: [{{url: "https://api.example"}}]
paths:
  /a:
    post:
      operationId: "do */ it` ../"
      summary: "{hostile}"
      description: "{hostile}"
      parameters: [{{name: "q` */", in: query, description: "{hostile}", schema: {{type: string, enum: ["{hostile}", b]}}}}]
      requestBody: {{description: "{hostile}", content: {{application/json: {{schema: {{$ref: "#/components/schemas/B-`-b"}}}}}}}}
      responses: {{"200": {{description: "{hostile}"}}}}
components:
  schemas:
    "B-`-b": {{title: "*/ `", description: "{hostile}", type: object, properties: {{"a\" */": {{type: string, default: "{hostile}", pattern: "^[`*/]$"}}}}}}
"##
    );
    let document = document.replace("B-`-b", "B.b-b");
    let rendered = rendered(&document);
    let code = words(&rendered.client);
    // Every occurrence is a comment or a literal; had one broken out, `main` would be an item.
    let file = syn::parse_file(&rendered.client).unwrap();
    assert!(
        file.items
            .iter()
            .all(|item| !matches!(item, syn::Item::Fn(_)))
    );
    assert!(
        code.contains(&words("/// ```text /// fn main() {} /// ```")),
        "{}",
        rendered.client
    );
    assert!(syn::parse_file(&rendered.mock).is_ok());
}
