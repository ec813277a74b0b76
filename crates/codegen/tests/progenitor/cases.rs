//! The features, each in a small document.

use serde_json::{Value, json};

use crate::{Case, Outcome};
use Outcome::{DoesNotCompile, Panics, Refuses, Right, SilentlyWrong};

/// All features, by what they are about.
pub(crate) fn all() -> Vec<Case> {
    [answers(), bodies(), parameters(), schemas(), names()]
        .into_iter()
        .flatten()
        .collect()
}

fn case(
    feature: &'static str,
    document: Value,
    progenitor: Outcome,
    keyfob: &'static [&'static str],
) -> Case {
    Case {
        feature,
        document,
        progenitor,
        keyfob,
    }
}

fn answers() -> Vec<Case> {
    let a = || json!({"description": "A.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}});
    let b = || json!({"description": "B.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}});
    let as_is = |media_type: &str, schema: Value| json!({"description": "A.", "content": {media_type: {"schema": schema}}});
    let nothing = || json!({"description": "Nothing."});
    vec![
        case(
            "two successes of two types",
            answering(json!({"200": a(), "201": b()})),
            Panics("response_types.len() <= 1"),
            &["pub enum DoItAnswer { /// A. Status200(A), /// B. Status201(B), }"],
        ),
        case(
            "a success without a body beside one with",
            answering(json!({"200": a(), "204": nothing()})),
            Panics("response_types.len() <= 1"),
            &["Status204"],
        ),
        case(
            "a default that is an error",
            answering(json!({"200": a(), "default": b()})),
            Panics("response_types.len() <= 1"),
            &["ResponseValue<super::types::A>, ::keyfob_runtime::Error<super::types::B>"],
        ),
        case(
            "two errors of two types",
            answering(json!({"200": a(), "400": a(), "500": b()})),
            Panics("response_types.len() <= 1"),
            &["pub enum DoItError { /// A. Status400(A), /// B. Status500(B), }"],
        ),
        case(
            "an error without a body beside one with",
            answering(json!({"200": a(), "400": b(), "401": nothing()})),
            Panics("response_types.len() <= 1"),
            &["Status400(B)", "Status401"],
        ),
        case(
            "JSON under another name",
            answering(
                json!({"200": a(), "4XX": as_is("application/problem+json", json!({"$ref": "#/components/schemas/B"}))}),
            ),
            SilentlyWrong("Error<ByteStream>"),
            &["::keyfob_runtime::Error<super::types::B>"],
        ),
        case(
            "JSON of a vendor",
            answering(
                json!({"200": as_is("application/vnd.example.v2+json", json!({"$ref": "#/components/schemas/A"}))}),
            ),
            SilentlyWrong("ResponseValue<ByteStream>"),
            &[
                "ResponseValue<super::types::A>",
                r#"accept: &["application/vnd.example.v2+json"]"#,
            ],
        ),
        case(
            "text",
            answering(json!({"200": as_is("text/plain", json!({"type": "string"}))})),
            SilentlyWrong("ResponseValue<ByteStream>"),
            &["ResponseValue<String>", r#"accept: &["text/plain"]"#],
        ),
        case(
            "JSON without a schema",
            answering(json!({"200": {"description": "Any.", "content": {"application/json": {}}}})),
            Panics(""),
            &["ResponseValue<::serde_json::Value>"],
        ),
        case(
            "a picture of any kind",
            answering(
                json!({"200": as_is("image/*", json!({"type": "string", "format": "binary"}))}),
            ),
            Right,
            &["ResponseValue<::keyfob_runtime::ByteStream>"],
        ),
        case(
            "no success",
            answering(json!({"404": b()})),
            SilentlyWrong("ResponseValue<ByteStream>"),
            &["Err(answer.undocumented())"],
        ),
        case(
            "an answer by reference",
            json!({"openapi": "3.0.3", "info": info(), "servers": servers(),
                "paths": {"/things": {"get": {"operationId": "do_it", "responses": {"200": {"$ref": "#/components/responses/A"}}}}},
                "components": {"responses": {"A": a()}, "schemas": both()}}),
            Right,
            &["ResponseValue<super::types::A>"],
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let reference = || json!({"schema": {"$ref": "#/components/schemas/A"}});
    vec![
        case(
            "an optional body",
            taking(json!({"content": {"application/json": reference()}})),
            SilentlyWrong("body: Result<types::builder::A, String>"),
            &["call.optional_body("],
        ),
        case(
            "a body in two media types",
            taking(
                json!({"required": true, "content": {"application/json": reference(), "application/x-www-form-urlencoded": reference()}}),
            ),
            Panics(""),
            &["pub fn as_form(mut self) -> Self"],
        ),
        case(
            "files in a form",
            taking(
                json!({"required": true, "content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}}}),
            ),
            Refuses("unexpected content type"),
            &[
                "pub file: Option<::keyfob_runtime::File>",
                "encoding: Encoding::Multipart",
            ],
        ),
        case(
            "a form whose members are written in a style",
            taking(
                json!({"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}}, "encoding": {"tags": {"style": "form", "explode": false}}}}}),
            ),
            Panics(""),
            &[
                r#"Field { name: "tags", content_type: None, style: Some(Style::Form), explode: Some(false) }"#,
            ],
        ),
        case(
            "a patch",
            taking(
                json!({"required": true, "content": {"application/merge-patch+json": reference()}}),
            ),
            Refuses("unexpected content type"),
            &[r#"BodyType { name: "application/merge-patch+json", encoding: Encoding::Json }"#],
        ),
        case(
            "bytes of any kind",
            taking(
                json!({"required": true, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}),
            ),
            Refuses("unexpected content type"),
            &["value: impl TryInto<::keyfob_runtime::File, Error: ::std::fmt::Display>"],
        ),
        case(
            "XML",
            taking(
                json!({"required": true, "content": {"application/xml": {"schema": {"type": "string"}}}}),
            ),
            Refuses("unexpected content type"),
            &["encoding: Encoding::Text"],
        ),
        case(
            "a media type without a schema",
            taking(json!({"required": true, "content": {"application/json": {}}})),
            Refuses(""),
            &["value: impl TryInto<::serde_json::Value, Error: ::std::fmt::Display>"],
        ),
    ]
}

fn parameters() -> Vec<Case> {
    let strings = || json!({"type": "array", "items": {"type": "string"}});
    let object = || json!({"type": "object", "properties": {"a": {"type": "string"}}});
    vec![
        case(
            "a list in one query parameter",
            with_parameter(
                json!({"name": "xs", "in": "query", "explode": false, "schema": strings()}),
            ),
            SilentlyWrong(r#"QueryParam::new("xs", &xs)"#),
            &[r#"Parameter::query("xs").exploded(false)"#],
        ),
        case(
            "an object in brackets",
            with_parameter(
                json!({"name": "filter", "in": "query", "style": "deepObject", "explode": true, "schema": object()}),
            ),
            Refuses("unsupported style of query parameter"),
            &[r#"Parameter::query("filter").styled(Style::DeepObject)"#],
        ),
        case(
            "a list with bars",
            with_parameter(
                json!({"name": "xs", "in": "query", "style": "pipeDelimited", "explode": false, "schema": strings()}),
            ),
            Refuses("unsupported style of query parameter"),
            &[r#"Parameter::query("xs").styled(Style::PipeDelimited).exploded(false)"#],
        ),
        case(
            "an object spread over the query",
            with_parameter(json!({"name": "filter", "in": "query", "schema": object()})),
            Panics(""),
            &["filter: ::keyfob_runtime::Given<Option<super::types::DoItFilter>>"],
        ),
        case(
            "JSON in the query",
            with_parameter(
                json!({"name": "filter", "in": "query", "content": {"application/json": {"schema": object()}}}),
            ),
            Refuses(""),
            &[
                "filter: ::keyfob_runtime::Given<Option<super::types::DoItFilter>>",
                r#"Parameter::query("filter").styled(Style::Json)"#,
            ],
        ),
        case(
            "a list in a header",
            with_parameter(json!({"name": "X-List", "in": "header", "schema": strings()})),
            DoesNotCompile("x_list"),
            &["x_list: ::keyfob_runtime::Given<Option<Vec<String>>>"],
        ),
        case(
            "a cookie",
            with_parameter(json!({"name": "theme", "in": "cookie", "schema": {"type": "string"}})),
            Refuses("cookie"),
            &[r#"Parameter::cookie("theme")"#],
        ),
        case(
            "a parameter called body beside a body",
            json!({"openapi": "3.0.3", "info": info(), "servers": servers(), "components": {"schemas": both()},
                "paths": {"/things": {"post": {"operationId": "do_it", "responses": done(),
                    "parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}}),
            DoesNotCompile("pub fn body"),
            &["pub fn body_2(mut self"],
        ),
        case(
            "a parameter called send",
            with_parameter(json!({"name": "send", "in": "query", "schema": {"type": "boolean"}})),
            DoesNotCompile("pub fn send<V>"),
            &["pub fn send_2(mut self"],
        ),
    ]
}

fn schemas() -> Vec<Case> {
    let pets = || {
        json!({
            "Output": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "discriminator": {"propertyName": "kind"}},
            "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "barks": {"type": "boolean"}}},
        })
    };
    vec![
        case(
            "a discriminator",
            with_schemas(pets()),
            SilentlyWrong("#[serde(untagged)] pub enum Output { Cat(Cat), Dog(Dog) }"),
            &[r#"Some("Dog") => ::serde_json::from_value(value).map(Self::Dog)"#],
        ),
        case(
            "an object that others extend",
            with_schemas(json!({
                "Output": {"type": "object", "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
                "Cat": {"allOf": [{"$ref": "#/components/schemas/Output"}, {"type": "object", "properties": {"lives": {"type": "integer"}}}]},
            })),
            SilentlyWrong("pub struct Output"),
            &[r#"Some("Cat") => ::serde_json::from_value(value).map(Self::Cat)"#],
        ),
        case(
            "properties in which parts of an allOf disagree",
            with_schemas(json!({"Output": {"allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}},
                {"type": "object", "properties": {"a": {"type": "integer"}}}]}})),
            SilentlyWrong("pub struct Output {}"),
            &["pub a: Option<::serde_json::Value>"],
        ),
        case(
            "an anyOf of objects",
            with_schemas(json!({"Output": {"anyOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}},
                {"type": "object", "properties": {"b": {"type": "string"}}}]}})),
            Right,
            &["pub a: Option<String>", "pub b: Option<String>"],
        ),
        case(
            "values that differ in their case",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"sort": {"type": "string", "enum": ["asc", "ASC"]}}}}),
            ),
            Panics(""),
            &[r#"Asc = "asc""#, r#"Asc2 = "ASC""#],
        ),
        case(
            "values of nothing but signs",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"sign": {"type": "string", "enum": ["<", "<=", ""]}}}}),
            ),
            Panics(""),
            &[r#"Less = "<""#, r#"LessEqual = "<=""#, r#"Empty = """#],
        ),
        case(
            "values that the server adds later",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"state": {"type": "string", "enum": ["on", "off"]}}}}),
            ),
            SilentlyWrong("pub enum OutputState"),
            &["Unknown(String)"],
        ),
        case(
            "an answer that grows",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}}),
            ),
            SilentlyWrong("deny_unknown_fields"),
            &["pub struct Output"],
        ),
        case(
            "a default that does not fit",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"n": {"type": "integer", "default": "many"}}}}),
            ),
            Refuses(""),
            &["pub n: Option<i64>"],
        ),
        case(
            "a list of whatever",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"list": {"type": "array"}}}}),
            ),
            Right,
            &["pub list: Vec<::serde_json::Value>"],
        ),
        case(
            "a format without a type",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"at": {"format": "date-time"}}}}),
            ),
            Panics("invalid (or unexpected) schema"),
            &["pub at: Option<::chrono::DateTime<::chrono::offset::Utc>>"],
        ),
        case(
            "not",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"a": {"not": {"type": "string"}}}}}),
            ),
            Panics("unhandled not schema"),
            &["pub a: Option<::serde_json::Value>"],
        ),
        case(
            "properties that are one name in Rust",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"a-b": {"type": "string"}, "a_b": {"type": "string"}}}}),
            ),
            DoesNotCompile("pub a_b"),
            &["pub a_b_2: Option<String>"],
        ),
        case(
            "an object that is null where it is not there",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"a": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/A"}]}}}}),
            ),
            Right,
            &["pub a: Option<A>"],
        ),
        case(
            "numbers as values",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"n": {"type": "integer", "enum": [1, 2]}}}}),
            ),
            Right,
            &["pub n: Option<i64>"],
        ),
        case(
            "a type that contains itself",
            with_schemas(
                json!({"Output": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Output"}}}}),
            ),
            Right,
            &["pub next: Option<Box<Output>>"],
        ),
    ]
}

fn names() -> Vec<Case> {
    let get = |id: &str| json!({"operationId": id, "responses": done()});
    let paths = |paths: Value| json!({"openapi": "3.0.3", "info": info(), "servers": servers(), "paths": paths, "components": {"schemas": both()}});
    vec![
        case(
            "an operation without a name",
            paths(json!({"/things": {"get": {"responses": done()}}})),
            Refuses("missing operation ID"),
            &["pub fn get_things(&self)"],
        ),
        case(
            "an operation called new",
            paths(json!({"/a": {"get": get("new")}})),
            DoesNotCompile("pub fn new(&self)"),
            &["pub fn new_2(&self)"],
        ),
        case(
            "an operation called with_credentials",
            paths(json!({"/a": {"get": get("with_credentials")}})),
            Right,
            &["pub fn with_credentials_2(&self)"],
        ),
        case(
            "a verb that few have",
            paths(json!({"/a": {"options": get("do_it")}})),
            DoesNotCompile(".options("),
            &[r#"method: "OPTIONS""#],
        ),
        case(
            "a version with signs",
            json!({"openapi": "3.0.3", "info": {"title": "Example", "version": "één"}, "servers": servers(), "paths": {"/a": {"get": get("do_it")}}}),
            SilentlyWrong(r#""api-version""#),
            &["pub fn do_it(&self)"],
        ),
        case(
            "types that are called as Rust's own",
            with_schemas(json!({
                "Output": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Option"}, "b": {"$ref": "#/components/schemas/Result"}}},
                "Option": {"type": "object", "properties": {"a": {"type": "string"}}},
                "Result": {"type": "object", "properties": {"a": {"type": "string"}}},
                "Error": {"type": "object", "properties": {"a": {"type": "string"}}},
            })),
            Right,
            &[
                "pub a: Option<OptionType>",
                "pub b: Option<ResultType>",
                "pub struct Error",
            ],
        ),
    ]
}

fn info() -> Value {
    json!({"title": "Example", "version": "1"})
}

fn servers() -> Value {
    json!([{"url": "https://api.example"}])
}

fn done() -> Value {
    json!({"204": {"description": "Done."}})
}

fn both() -> Value {
    json!({
        "A": {"type": "object", "properties": {"a": {"type": "string"}}},
        "B": {"type": "object", "properties": {"b": {"type": "string"}}},
    })
}

fn document(operation: Value, schemas: Value) -> Value {
    json!({"openapi": "3.0.3", "info": info(), "servers": servers(), "paths": {"/things": {"post": operation}}, "components": {"schemas": schemas}})
}

fn answering(responses: Value) -> Value {
    document(
        json!({"operationId": "do_it", "responses": responses}),
        both(),
    )
}

fn taking(body: Value) -> Value {
    document(
        json!({"operationId": "do_it", "responses": done(), "requestBody": body}),
        both(),
    )
}

fn with_parameter(parameter: Value) -> Value {
    document(
        json!({"operationId": "do_it", "responses": done(), "parameters": [parameter]}),
        both(),
    )
}

/// A document whose operation answers `Output`, with these schemas.
fn with_schemas(schemas: Value) -> Value {
    let mut all = both();
    if let (Value::Object(all), Value::Object(schemas)) = (&mut all, schemas) {
        all.extend(schemas);
    }
    document(
        json!({"operationId": "do_it", "responses": {"200": {"description": "Ok.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Output"}}}}}}),
        all,
    )
}
