//! What operations send as a body.

use crate::{Claim, check, indented};

/// A document whose operation has this request body.
fn with_body(body: &str) -> String {
    let document = r#"
openapi: 3.0.3
info: {title: Example, version: "1"}
servers: [{url: "https://api.example"}]
components:
  schemas:
    A: {type: object, required: [a], properties: {a: {type: string}}}
paths:
  /things:
    post:
      operationId: do_it
      responses: {"204": {description: Done.}}
      requestBody:
"#;
    document.to_string() + &indented(body, 8)
}

#[test]
fn bodies_are_given_as_their_media_types_say() {
    let claims = [
        Claim {
            claim: "a required body is filled in piece by piece",
            document: r##"
required: true
description: What to do.
content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}
"##,
            has: &[
                "body: ::keyfob_runtime::Given<super::types::builder::A>",
                "/// What to do. pub fn body(mut self, value: impl TryInto<super::types::A, Error: ::std::fmt::Display>) -> Self",
                "F: FnOnce(super::types::builder::A) -> super::types::builder::A",
                "call.body(self.body.and_then(::keyfob_runtime::given::<super::types::A, _>))",
                r#"media_types: &[BodyType { name: "application/json", encoding: Encoding::Json }], required: true, fields: &[]"#,
            ],
            lacks: &["optional_body", "content_type"],
            reports: &[],
        },
        Claim {
            claim: "an optional body may stay away",
            document: r##"content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}"##,
            has: &[
                "body: ::keyfob_runtime::Given<Option<super::types::builder::A>>",
                "call.optional_body(",
                "required: false",
            ],
            lacks: &["call.body("],
            reports: &[],
        },
        Claim {
            claim: "a body without members is given whole",
            document: r##"
required: true
content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/A"}}}}
"##,
            has: &[
                "body: ::keyfob_runtime::Given<Vec<super::types::A>>",
                r#"Err("it is required; set it with .body(...)".into())"#,
            ],
            lacks: &["body_map"],
            reports: &[],
        },
        Claim {
            claim: "two media types of one type are a choice",
            document: r##"
required: true
content:
  application/json: {schema: {$ref: "#/components/schemas/A"}}
  application/x-www-form-urlencoded:
    schema: {$ref: "#/components/schemas/A"}
    encoding: {a: {style: deepObject, explode: true, contentType: text/plain}}
"##,
            has: &[
                "pub fn as_form(mut self) -> Self",
                r#"media_type: "application/json""#,
                "call.content_type(self.media_type)",
                r#"Field { name: "a", content_type: Some("text/plain"), style: Some(Style::DeepObject), explode: Some(true) }"#,
            ],
            lacks: &["pub fn as_json"],
            reports: &[],
        },
        Claim {
            claim: "two types are two methods; a file is a file",
            document: r##"
required: true
content:
  application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/A"}}
  multipart/form-data:
    schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, all: {type: array, items: {type: string, format: binary}}}}
"##,
            has: &[
                "pub fn body_multipart(mut self, value: impl TryInto<super::types::DoItMultipart, Error: ::std::fmt::Display>) -> Self",
                r#"Some(body) => call.content_type("multipart/form-data").body(body)"#,
                "pub file: ::keyfob_runtime::File,",
                "pub all: Option<Vec<::keyfob_runtime::File>>",
                "pub fn body_multipart(self, value: &crate::types::DoItMultipart) -> Self",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "bytes are a file or a stream",
            document: "{required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}",
            has: &[
                "value: impl TryInto<::keyfob_runtime::File, Error: ::std::fmt::Display>",
                "stream: impl Into<::keyfob_runtime::BodyStream>",
                "#[derive(Debug)] #[must_use",
                "encoding: Encoding::Bytes",
            ],
            lacks: &[],
            reports: &[],
        },
        Claim {
            claim: "text is a string",
            document: "{required: true, content: {text/plain: {schema: {type: string, maxLength: 3}}}}",
            has: &[
                "value: impl TryInto<String, Error: ::std::fmt::Display>",
                "encoding: Encoding::Text",
            ],
            lacks: &[],
            reports: &["`maxLength` left to the server"],
        },
    ];
    check(&claims, with_body);
}
