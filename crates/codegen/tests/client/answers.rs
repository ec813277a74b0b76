//! What operations answer.

use crate::{Claim, check, indented};

/// A document whose operation has these members.
fn with_operation(members: &str) -> String {
    let document = r#"
openapi: 3.0.3
info: {title: Example, version: "1"}
servers: [{url: "https://api.example"}]
components:
  schemas:
    A: {type: object, properties: {a: {type: string}}}
    B: {type: object, properties: {b: {type: string}}}
paths:
  /things:
    post:
      operationId: do_it
"#;
    document.to_string() + &indented(members, 6)
}

#[test]
fn each_documented_answer_has_its_type() {
    let claims = [
        Claim {
            claim: "one type where one is documented",
            document: r##"
responses:
  "200": {description: Ok., content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
  "400": {description: No., content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}
  5XX: {description: No., content: {application/problem+json: {schema: {$ref: "#/components/schemas/B"}}}}
"##,
            has: &[
                "Result<::keyfob_runtime::ResponseValue<super::types::A>, ::keyfob_runtime::Error<super::types::B>>",
                "200u16 => answer.json(), _ => Err(answer.undocumented())",
                "400u16 => answer.json(), 500u16..=599u16 => answer.json(), _ =>",
                r#"accept: &["application/json", "application/problem+json"]"#,
                "pub fn ok(self, value: &crate::types::A) -> Self",
                "pub fn status_400(self, value: &crate::types::B) -> Self",
                "pub fn status_5xx(self, status: u16, value: &crate::types::B) -> Self",
            ],
            lacks: &["DoItError", "DoItAnswer"],
            reports: &[],
        },
        Claim {
            claim: "an enum where several are documented",
            document: r##"
responses:
  "200": {description: Ok., content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
  "201": {description: Made., content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
  "204": {description: Nothing.}
  "401": {description: Who?}
  4XX: {description: No., content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}
  default: {description: Else., content: {text/plain: {schema: {type: string}}}}
"##,
            has: &[
                "pub enum DoItAnswer { /// Ok. Status200(A), /// Made. Status201(DoIt201), /// Nothing. Status204, }",
                "pub enum DoItError { /// Who? Status401, /// No. Status4XX(B), /// Else. Default(String), }",
                "201u16 => answer.json().map(super::types::DoItAnswer::Status201)",
                "answer.empty().map(|()| super::types::DoItAnswer::Status204)",
                "answer.json().map(super::types::DoItError::Status4XX)",
                "_ => answer.text().map(super::types::DoItError::Default)",
                "impl ::std::error::Error for DoItError {}",
                "pub fn created(self, value: &crate::types::DoIt201) -> Self",
                "pub fn no_content(self) -> Self",
                "pub fn default(self, status: u16, text: &str) -> Self",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a default without any success documents both",
            document: r##"
responses:
  default: {description: All., content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
"##,
            has: &[
                "Result<::keyfob_runtime::ResponseValue<super::types::A>, ::keyfob_runtime::Error<super::types::A>>",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "bytes come as a stream",
            document: r##"
responses:
  "200": {description: Ok., content: {application/pdf: {schema: {type: string, format: binary}}, image/png: {}}}
  "404": {description: No.}
"##,
            has: &[
                "::keyfob_runtime::ResponseValue<::keyfob_runtime::ByteStream>, ::keyfob_runtime::Error<()>",
                ".stream(|answer| match answer.status() { 404u16 => answer.empty(),",
                r#"accept: &["application/pdf", "image/png"]"#,
                r#"self.0.bytes(200u16, "application/pdf", bytes)"#,
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "bytes beside another success are read whole",
            document: r##"
responses:
  "200": {description: Ok., content: {application/pdf: {}}}
  "202": {description: Wait., content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
"##,
            has: &[
                "Status200(::keyfob_runtime::Bytes)",
                "answer.bytes().map(super::types::DoItAnswer::Status200)",
            ],
            lacks: &[".stream("],
            reports: &[],
        },
        Claim {
            claim: "XML is text",
            document: r##"responses: {"200": {description: Ok., content: {application/xml: {schema: {type: object}}}}}"##,
            has: &["ResponseValue<String>", "200u16 => answer.text()"],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a string comes as JSON or as text",
            document: r##"
responses:
  "200": {description: Ok., content: {application/json: {schema: {type: string, format: password}}, text/plain: {schema: {type: string}}}}
"##,
            has: &[
                "ResponseValue<::keyfob_runtime::Secret>",
                "answer.json().or_else(|_|",
                "answer.text().map(|text| ::keyfob_runtime::Secret::from(text.trim()))",
                r#"accept: &["application/json", "text/plain"]"#,
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a failure's text stands beside its JSON",
            document: r##"
responses:
  "204": {description: Done.}
  "415": {description: No., content: {application/json: {schema: {$ref: "#/components/schemas/B"}}, text/html: {schema: {type: string}}}}
"##,
            has: &[
                "Status415(B), /// The same, as `text/html`. Status415Text(String)",
                "answer.json().map(super::types::DoItError::Status415).or_else(|_|",
                "answer.text().map(super::types::DoItError::Status415Text)",
                "pub fn status_415_text(self, text: &str) -> Self",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "a success that breaks its criteria is read as a failure",
            document: r##"
x-success-criteria: [{condition: "$response.body#/a == 'ok'"}]
responses:
  "200": {description: Ok., content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
  "401": {description: Who?}
  "422": {description: No., content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}}
"##,
            has: &[
                "200..=299 => {",
                r#"success: &[Condition::Compare { left: Operand::Expression(Expression::Body("/a"))"#,
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "JSON without a schema is any value",
            document: r##"responses: {"200": {description: Ok., content: {application/json: {}}}}"##,
            has: &[
                "ResponseValue<::serde_json::Value>",
                "::keyfob_runtime::Error<()>",
            ],
            lacks: &[],
            reports: &[],
        },
    ];
    check(&claims, with_operation);
}
