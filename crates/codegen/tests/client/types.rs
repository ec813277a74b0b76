//! What schemas become.

use crate::{Claim, check, indented, rendered, rendered_with_tokens, words};

/// A document whose operation takes `Input` and answers `Output`, with these schemas.
fn with_schemas(schemas: &str) -> String {
    let mut document = String::from(
        r##"
openapi: 3.0.3
info: {title: Example, version: "1"}
servers: [{url: "https://api.example"}]
paths:
  /things:
    post:
      operationId: make
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Input"}}}
      responses:
        "200": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Output"}}}}
components:
  schemas:
"##,
    );
    for name in ["Input", "Output"] {
        if !schemas.contains(&format!("{name}:")) {
            document.push_str(&format!(
                "    {name}: {{type: object, properties: {{a: {{type: string}}}}}}\n"
            ));
        }
    }
    document + &indented(schemas, 4)
}

#[test]
fn schemas_become_types() {
    let claims = [
        Claim {
            claim: "a value that an answer does not document is kept",
            document: "Output: {type: object, properties: {state: {type: string, enum: [on, off]}}}",
            has: &[
                "pub state: Option<OutputState>",
                "pub enum OutputState { /// `on` On, /// `off` Off,",
                "Unknown(String)",
                r#"open_enum!(OutputState, Unknown, { On = "on", Off = "off" });"#,
            ],
            lacks: &[
                "#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)] pub enum OutputState",
            ],
            reports: &[],
        },
        Claim {
            claim: "a value that a request does not document is refused",
            document: "Input: {type: object, properties: {state: {type: string, enum: [on, off]}}}",
            has: &[
                "#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)] pub enum InputState",
                r#"closed_enum!(InputState, { On = "on", Off = "off" });"#,
            ],
            lacks: &["Unknown"],
            reports: &[],
        },
        Claim {
            claim: "values that look alike in Rust are told apart",
            document: r#"Input: {type: object, properties: {sort: {type: string, enum: [asc, ASC, "-asc", "+", "-", "", unknown]}}}"#,
            has: &[
                r#"Asc = "asc""#,
                r#"Asc2 = "ASC""#,
                r#"MinusAsc = "-asc""#,
                r#"Plus = "+""#,
                r#"Minus = "-""#,
                r#"Empty = """#,
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a secret is one type, whatever rules stand beside it",
            document: r##"
Input:
  type: object
  required: [a]
  properties:
    a: {type: string, format: password, minLength: 1, pattern: "^x"}
    b: {type: string, writeOnly: true}
    c: {type: array, items: {type: string, format: password}}
    d: {$ref: "#/components/schemas/Key"}
Key: {type: string, format: password, nullable: true}
"##,
            has: &[
                "pub a: ::keyfob_runtime::Secret,",
                "pub b: Option<::keyfob_runtime::Secret>",
                "pub c: Option<Vec<::keyfob_runtime::Secret>>",
                "pub d: Option<::keyfob_runtime::Secret>",
            ],
            lacks: &["::regress::"],
            reports: &["secrets: is a secret"],
        },
        Claim {
            claim: "a request's rules are checked, an answer is not refused for them",
            document: r#"
Input: {type: object, properties: {code: {type: string, minLength: 2, maxLength: 3, pattern: "^[a-z]+$"}, n: {type: integer, minimum: 1}}}
Output: {type: object, properties: {code: {type: string, minLength: 2}, n: {type: integer, minimum: 1}}, additionalProperties: false}
"#,
            has: &[
                "pub struct InputCode(String);",
                r#"::regress::Regex::new("^[a-z]+$")"#,
                "pub n: Option<u64>",
                "pub n: Option<i64>",
                "pub code: Option<String>",
            ],
            lacks: &["pub struct OutputCode", "deny_unknown_fields", "NonZero"],
            reports: &[
                "additional-properties: `additionalProperties: false` is dropped",
                "text-rules: `minLength` dropped",
            ],
        },
        Claim {
            claim: "an allOf of objects is one struct",
            document: r##"
Output: {allOf: [{$ref: "#/components/schemas/Base"}, {type: object, required: [b], properties: {b: {type: integer}}}]}
Base: {type: object, required: [a], properties: {a: {type: string}}}
"##,
            has: &["pub struct Output { /// `a` pub a: String, /// `b` pub b: i64, }"],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "what two parts of an allOf say differently is any value",
            document: "Output: {allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {a: {type: integer}}}]}",
            has: &["pub a: Option<::serde_json::Value>"],
            lacks: &[],
            reports: &["another part of the object says something else"],
        },
        Claim {
            claim: "a discriminator decides which alternative is read",
            document: r##"
Output:
  oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Dog"}]
  discriminator: {propertyName: kind, mapping: {feline: "#/components/schemas/Cat"}}
Cat: {type: object, required: [kind], properties: {kind: {type: string}}}
Dog: {type: object, required: [kind], properties: {kind: {type: string}}}
"##,
            has: &[
                r#"Some("feline") => ::serde_json::from_value(value).map(Self::Cat)"#,
                r#"Some("Dog") => ::serde_json::from_value(value).map(Self::Dog)"#,
                "_ => Ok(Self::Unknown(value))",
                "#[derive(::serde::Serialize, Clone, Debug)] #[serde(untagged)]",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "an object that others extend is whichever of them its discriminator names",
            document: r##"
Output: {type: object, properties: {pet: {$ref: "#/components/schemas/Pet"}}}
Cat: {allOf: [{$ref: "#/components/schemas/Pet"}, {type: object, properties: {friend: {$ref: "#/components/schemas/Pet"}}}]}
Dog: {allOf: [{$ref: "#/components/schemas/Pet"}]}
Pet: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind, mapping: {meow: Cat}}}
"##,
            has: &[
                "pub pet: Option<Pet>",
                "pub friend: Option<Pet>",
                "Cat(Box<Cat>)",
                r#"Some("Pet") => ::serde_json::from_value(value).map(Self::PetBase)"#,
                r#"Some("meow") => ::serde_json::from_value(value).map(Self::Cat)"#,
                r#"Some("Dog") => ::serde_json::from_value(value).map(Self::Dog)"#,
                "_ => Ok(Self::Unknown(value))",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a property with a value of its own in each alternative decides too",
            document: r#"
Input:
  oneOf:
    - {type: object, required: [type], properties: {type: {type: string, enum: [circle]}, r: {type: number}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [square]}, w: {type: number}}}
"#,
            has: &[
                r#"match value.get("type").and_then(::serde_json::Value::as_str)"#,
                r#"Some("square") => ::serde_json::from_value(value).map(Self::Square)"#,
                "pub struct InputCircle",
            ],
            lacks: &["Unknown("],
            reports: &[],
        },
        Claim {
            claim: "alternatives of several types are tried, the strictest first",
            document: "Output: {type: object, properties: {n: {oneOf: [{type: string}, {type: number}, {type: integer}]}}}",
            has: &["pub enum OutputN { Integer(i64), Number(f64), String(String), }"],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "an anyOf of objects has the members of all",
            document: "Output: {anyOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}",
            has: &["pub a: Option<String>", "pub b: Option<String>"],
            lacks: &["flatten"],
            reports: &["optional members of one type"],
        },
        Claim {
            claim: "which properties go together is left to the server",
            document: "Input: {type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}",
            has: &["pub struct Input {"],
            lacks: &["pub enum Input"],
            reports: &["which properties go together"],
        },
        Claim {
            claim: "a type may contain itself",
            document: r##"
Output: {type: object, properties: {left: {$ref: "#/components/schemas/Output"}, all: {$ref: "#/components/schemas/Nest"}}}
Nest: {type: array, items: {$ref: "#/components/schemas/Nest"}}
"##,
            has: &[
                "pub left: Option<Box<Output>>",
                "pub struct Nest(pub Vec<Nest>);",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "properties that are the same name in Rust keep their names on the wire",
            document: r#"Output: {type: object, properties: {a-b: {type: string}, a_b: {type: string}, type: {type: string}, 2fa: {type: string}}, additionalProperties: {type: integer}}"#,
            has: &[
                r#"#[serde(rename = "a-b", skip_serializing_if = "Option::is_none")] pub a_b:"#,
                r#"#[serde(rename = "a_b", skip_serializing_if = "Option::is_none")] pub a_b_2:"#,
                r#"#[serde(rename = "type", skip_serializing_if = "Option::is_none")] pub type_:"#,
                r#"#[serde(rename = "2fa", skip_serializing_if = "Option::is_none")] pub n2fa:"#,
                "#[serde(flatten)] pub extra: ::std::collections::BTreeMap<String, i64>",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a property of one direction is optional in a type of both",
            document: r##"
Input: {$ref: "#/components/schemas/Both"}
Output: {$ref: "#/components/schemas/Both"}
Both: {type: object, required: [id, name], properties: {id: {type: string, readOnly: true}, name: {type: string}}}
"##,
            has: &["pub id: Option<String>", "pub name: String"],
            lacks: &[],
            reports: &["is required in one direction only"],
        },
        Claim {
            claim: "absent and empty are two things in a request, one in an answer",
            document: r#"
Input: {type: object, properties: {list: {type: array, items: {type: string}}}}
Output: {type: object, properties: {list: {type: array, items: {type: string}}}}
"#,
            has: &[
                "pub list: Option<Vec<String>>",
                r#"#[serde(default, skip_serializing_if = "Vec::is_empty")] pub list: Vec<String>"#,
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a type does not hide what generated code writes without a path",
            document: r##"
Output: {type: object, properties: {a: {$ref: "#/components/schemas/String"}, b: {$ref: "#/components/schemas/Err"}}}
String: {type: object, properties: {a: {type: string}}}
Err: {type: string, enum: [x]}
"##,
            has: &["pub a: Option<StringType>", "pub b: Option<ErrType>"],
            lacks: &["pub struct String {", "pub enum Err {"],
            reports: &[
                "names: is called `StringType`",
                "names: is called `ErrType`",
            ],
        },
        Claim {
            claim: "other names stay: an array, a reference, a secret",
            document: r##"
Output: {type: object, properties: {a: {$ref: "#/components/schemas/Names"}}}
Names: {type: array, items: {type: string}}
Also: {$ref: "#/components/schemas/Output"}
Key: {type: string, format: password}
"##,
            has: &[
                "pub type Names = Vec<String>;",
                "pub type Also = Output;",
                "pub type Key = ::keyfob_runtime::Secret;",
                "pub a: Vec<String>",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a reference into another operation's answer is a type of its own",
            document: r##"Output: {type: object, properties: {a: {$ref: "#/paths/~1things/post/requestBody/content/application~1json/schema"}}}"##,
            has: &["pub a: Option<Input>"],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "formats with a type have it, others are strings",
            document: r#"
Output:
  type: object
  required: [a, b, c, d, e, f, g, h]
  properties:
    a: {type: string, format: date}
    b: {type: string, format: date-time}
    c: {type: string, format: uuid}
    d: {type: string, format: email}
    e: {type: integer, format: int32}
    f: {type: number, format: float}
    g: {type: integer, enum: [1, 2]}
    h: {}
"#,
            has: &[
                "pub a: ::chrono::naive::NaiveDate,",
                "pub b: ::chrono::DateTime<::chrono::offset::Utc>,",
                "pub c: ::uuid::Uuid,",
                "pub d: String,",
                "pub e: i32,",
                "pub f: f32,",
                "/// One of `1`, `2`. pub g: i64,",
                "pub h: ::serde_json::Value",
            ],
            lacks: &[],
            reports: &["the list of its values is in its documentation only"],
        },
        Claim {
            claim: "what cannot be said in Rust is left to the server",
            document: r#"
Output: {type: object, properties: {a: {type: string, not: {enum: [x]}}, b: {not: {type: string}}, c: {allOf: [{type: string}, {type: integer}]}}}
Input: {type: object, properties: {a: {type: string, default: 5}}}
"#,
            has: &[
                "pub a: Option<String>",
                "pub b: Option<::serde_json::Value>",
                "pub c: Option<::serde_json::Value>",
                "/// The server's default: `5`.",
            ],
            lacks: &[],
            reports: &["`not` is left", "`not` is left", "of several types"],
        },
        Claim {
            claim: "every type has a schema behind the feature",
            document: "Output: {type: object, properties: {state: {type: string, enum: [on]}}}",
            has: &[
                r#"#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))] pub struct Output"#,
                "open_enum!(OutputState,",
            ],
            lacks: &["fn json_schema(gen:"],
            reports: &[],
        },
        Claim {
            claim: "an optional member is set by its value",
            document: "Input: {type: object, required: [b], properties: {a: {type: string, description: First.}, b: {type: string, nullable: true}}}",
            has: &[
                "type_builder!(Input { a: optional String, b: required Option<String> });",
                r#"type_builder!(#[cfg(feature = "mock")] Output {"#,
            ],
            lacks: &[],
            reports: &[],
        },
    ];
    check(&claims, with_schemas);
}

#[test]
fn what_a_workflow_treats_as_a_secret_is_one() {
    let document = r#"
openapi: 3.0.3
info: {title: Example, version: "1"}
servers: [{url: "https://api.example"}]
paths:
  /token:
    post:
      operationId: create_token
      parameters: [{name: pin, in: query, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [id, key], properties: {id: {type: string}, key: {type: string}}}
      responses:
        "200":
          description: The token.
          content:
            application/json:
              schema: {type: object, required: [token], properties: {token: {type: string}, data: {type: object, properties: {again: {type: string}}}}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer, description: Ask for it.}
"#;
    let tokens = r#"
arazzo: 1.0.1
info: {title: Tokens, version: "1"}
sourceDescriptions: [{name: example, url: openapi.yaml, type: openapi}]
workflows:
  - workflowId: with_key
    x-security-scheme: bearer
    inputs:
      type: object
      required: [id, key, pin]
      properties: {id: {type: string}, key: {type: string, format: password}, pin: {type: string, format: password}}
    steps:
      - stepId: token
        operationId: create_token
        parameters: [{name: pin, in: query, value: $inputs.pin}]
        requestBody: {contentType: application/json, payload: {id: $inputs.id, key: $inputs.key}}
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {token: $response.body#/token, again: $response.body#/data/again}
    outputs: {access_token: $steps.token.outputs.token, refresh_token: $steps.token.outputs.again}
"#;
    let code = {
        let rendered = rendered_with_tokens(document, Some(tokens));
        words(&rendered.client) + &words(&rendered.types)
    };
    for expected in [
        "pub id: String",
        "pub key: ::keyfob_runtime::Secret",
        "pub token: ::keyfob_runtime::Secret,",
        "pub again: Option<::keyfob_runtime::Secret>",
        "pin: ::keyfob_runtime::Given<::keyfob_runtime::Secret>",
    ] {
        assert!(code.contains(&words(expected)), "{expected}");
    }
}

#[test]
fn the_same_document_gives_the_same_code() {
    let document = with_schemas(
        "Output: {type: object, properties: {a: {type: string, enum: [x, y]}, b: {oneOf: [{type: string}, {type: integer}]}}}",
    );
    let (first, second) = (rendered(&document), rendered(&document));
    assert_eq!(first.client, second.client);
    assert_eq!(first.types, second.types);
    assert_eq!(first.mock, second.mock);
}

#[test]
fn the_crates_that_types_need_are_named() {
    let document = with_schemas(
        "Output: {type: object, properties: {a: {type: string, format: date}, b: {}}}",
    );
    let dependencies: Vec<&str> = rendered(&document).dependencies.into_iter().collect();
    assert_eq!(dependencies, ["chrono", "serde_json"]);
}
