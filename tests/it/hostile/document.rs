//! Documents with a hostile text wherever the standards leave a text or a name to whoever writes
//! them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// A free text or a name that the standards leave to whoever writes the document, or
        /// nearly so.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kind { $($kind),* }

        pub const KINDS: &[Kind] = &[$(Kind::$kind),*];
    };
}

kinds! {
    // Texts for people.
    Description Summary Tag Title Version Contact Example ExampleName Extension BearerFormat Scope
    // Values.
    Default EnumValue Format Pattern PathSegment ServerName VariableName VariableValue MediaType
    Word Condition Payload HeaderValue
    // Names.
    OperationId PathParameter QueryParameter HeaderParameter CookieParameter AnswerHeader Schema
    Property Discriminator Mapping SchemeName KeyInHeader KeyInQuery KeyInCookie
    Workflow Input Step Output
}

use Kind::*;

/// Kinds that hold what the generated code is made of.
pub const NAMES: &[Kind] = &[
    EnumValue,
    OperationId,
    PathParameter,
    QueryParameter,
    HeaderParameter,
    CookieParameter,
    Schema,
    Property,
    SchemeName,
    Workflow,
    Input,
    Step,
    Output,
    ServerName,
    ExampleName,
];

/// One part of a document: a text that stands in it as these kinds, and harmless ones otherwise.
#[derive(Clone)]
pub struct Part {
    number: usize,
    text: &'static str,
    /// What the text stands as.
    pub kinds: BTreeSet<Kind>,
    /// Marks stand where the text would.
    pub is_marked: bool,
}

impl Part {
    /// A part of this number, which tells its names from those of other parts.
    pub fn new(number: usize, text: &'static str, kinds: &[Kind]) -> Part {
        Part {
            number,
            text,
            kinds: kinds.iter().copied().collect(),
            is_marked: false,
        }
    }

    fn text(&self, kind: Kind, harmless: &str) -> String {
        match (self.kinds.contains(&kind), self.is_marked) {
            (true, true) => self.mark(kind),
            (true, false) => self.text.to_string(),
            (false, _) => format!("{harmless}{}", self.number),
        }
    }

    /// What stands in place of the text.
    pub fn mark(&self, kind: Kind) -> String {
        format!("§{}{kind:?}§", self.number)
    }
}

/// A document and its workflows that are made of these parts.
pub fn documents(parts: &[Part]) -> (Value, Value) {
    let joined = |kind: Kind| {
        let texts: Vec<String> = parts
            .iter()
            .map(|part| part.text(kind, "harmless"))
            .collect();
        texts.join(if kind == Description { "\n\n" } else { " " })
    };
    let of_all = |make: fn(&Part) -> Vec<(String, Value)>| -> Map<String, Value> {
        parts.iter().flat_map(make).collect()
    };
    let servers =
        std::iter::once(json!({"url": "https://api.example"})).chain(parts.iter().map(server));
    let mut paths = of_all(own_paths);
    paths.insert("/token".to_string(), json!({"post": token_operation()}));
    paths.insert(
        "/everything".to_string(),
        json!({"post": shared_operation(parts)}),
    );
    let mut schemas = of_all(own_schemas);
    schemas.insert("Everything".to_string(), shared_schema(parts));
    let openapi = json!({
        "openapi": "3.0.3",
        "info": {
            "title": joined(Title), "version": joined(Version), "description": joined(Description),
            "contact": {"name": joined(Contact)}, "license": {"name": joined(Contact)}, "x-note": joined(Extension),
        },
        "externalDocs": {"url": "https://docs.example", "description": joined(Description)},
        "servers": servers.collect::<Vec<_>>(),
        "tags": parts.iter().map(|part| json!({
            "name": part.text(Tag, "tag"), "description": part.text(Description, "A tag"),
        })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"securitySchemes": of_all(schemes), "schemas": schemas},
    });
    let arazzo = json!({
        "arazzo": "1.0.1",
        "info": {
            "title": joined(Title), "version": joined(Version), "summary": joined(Summary),
            "description": joined(Description),
        },
        "sourceDescriptions": [{"name": "api", "url": "openapi.yaml", "type": "openapi"}],
        "workflows": parts.iter().map(workflow).collect::<Vec<_>>(),
    });
    (openapi, arazzo)
}

fn server(part: &Part) -> Value {
    let variable = part.text(VariableName, "region");
    let value = part.text(VariableValue, "europe");
    json!({
        "url": format!("https://api{}.example/{{{variable}}}", part.number),
        "x-name": part.text(ServerName, "server"),
        "description": part.text(Description, "A server"),
        "variables": {variable: {
            "default": value, "enum": [value, "antarctica"], "description": part.text(Description, "A region"),
        }},
    })
}

/// An operation of the part's own, and one whose body is of the part's own media type.
fn own_paths(part: &Part) -> Vec<(String, Value)> {
    let number = part.number;
    let description = part.text(Description, "A description");
    let parameter = part.text(PathParameter, "thing");
    let segment = part.text(PathSegment, "segment");
    let get = json!({
        "operationId": part.text(OperationId, "get"),
        "summary": part.text(Summary, "A summary"),
        "description": description,
        "tags": [part.text(Tag, "tag")],
        "security": [{part.text(SchemeName, "scheme"): []}],
        "x-success-criteria": [{"condition": format!("$statusCode != '{}'", part.text(Condition, "no"))}],
        "parameters": [{"name": parameter, "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {"200": {
            "description": description,
            "headers": {part.text(AnswerHeader, "X-Answer"): {"schema": {"type": "string"}, "description": description}},
            "content": {"application/json": {
                "schema": reference(&part.text(Schema, "thing")),
                "examples": {part.text(ExampleName, "example"): {"summary": part.text(Summary, "One"), "value": {}}},
            }},
        }},
    });
    let mut paths = vec![(
        format!("/{segment}/{number}/{{{parameter}}}"),
        json!({"get": get}),
    )];
    if part.kinds.contains(&MediaType) {
        let text =
            json!({"schema": {"type": "string", "example": part.text(Example, "an example")}});
        let post = json!({
            "operationId": format!("post_{number}"),
            "requestBody": {"description": description, "content": {
                "application/json": {"schema": reference("Everything")}, part.text(MediaType, "text/plain"): text,
            }},
            "responses": {"204": {"description": description}},
        });
        paths.push((format!("/post/{number}"), json!({"post": post})));
    }
    paths
}

/// One operation with parameters of all parts.
fn shared_operation(parts: &[Part]) -> Value {
    let parameters = parts.iter().flat_map(|part| {
        [(QueryParameter, "query"), (HeaderParameter, "header"), (CookieParameter, "cookie")].map(|(kind, location)| json!({
            "name": part.text(kind, location), "in": location,
            "description": part.text(Description, "A description"), "example": part.text(Example, "an example"),
            "schema": {"type": "string", "title": part.text(Title, "title")},
        }))
    });
    json!({
        "operationId": "everything",
        "parameters": parameters.collect::<Vec<_>>(),
        "requestBody": {"content": {"application/json": {"schema": reference("Everything")}}},
        "responses": {
            "200": {"description": "All", "content": {"application/json": {"schema": reference("Everything")}}},
            "4XX": {"description": "Nothing", "content": {"text/plain": {"schema": {"type": "string"}}}},
        },
    })
}

/// One type with properties of all parts.
fn shared_schema(parts: &[Part]) -> Value {
    let values = |extra: &str| -> Vec<String> {
        parts
            .iter()
            .map(|part| part.text(EnumValue, "value"))
            .chain([extra.to_string()])
            .collect()
    };
    let mut properties = Map::new();
    for part in parts {
        let number = part.number;
        properties.insert(part.text(Property, "name"), json!({
            "type": "string", "title": part.text(Title, "title"), "description": part.text(Description, "A description"),
            "example": part.text(Example, "an example"), "default": part.text(Default, "default"),
            "x-note": part.text(Extension, "A note"),
        }));
        properties.insert(
            format!("formatted {number}"),
            json!({"type": "string", "format": part.text(Format, "format")}),
        );
        properties.insert(
            format!("matched {number}"),
            json!({"type": "string", "pattern": part.text(Pattern, "pattern")}),
        );
    }
    properties.insert(
        "chosen of all".to_string(),
        json!({"type": "string", "enum": values("other")}),
    );
    properties.insert(
        "chosen and sent".to_string(),
        json!({"type": "object", "properties": {
            "choice": {"type": "string", "enum": values("another")},
        }}),
    );
    json!({"type": "object", "properties": properties})
}

/// A type of the part's own, and a choice of types that is told by a property of its own.
fn own_schemas(part: &Part) -> Vec<(String, Value)> {
    let number = part.number;
    let description = part.text(Description, "A description");
    let mut properties = json!({"value": {"type": "string", "description": description}});
    let mut schemas = Vec::new();
    if part.kinds.contains(&Discriminator) || part.kinds.contains(&Mapping) {
        let discriminator = part.text(Discriminator, "kind");
        let alternatives = ["First", "Second"].map(|name| format!("{name}{number}"));
        properties["one"] = json!({
            "oneOf": alternatives.each_ref().map(|name| reference(name)),
            "discriminator": {"propertyName": discriminator, "mapping": {
                part.text(Mapping, "first"): format!("#/components/schemas/First{number}"),
            }},
        });
        let alternative = json!({"type": "object", "required": [discriminator], "properties": {
            discriminator: {"type": "string"},
        }});
        schemas.extend(alternatives.map(|name| (name, alternative.clone())));
    }
    schemas.push((part.text(Schema, "thing"), json!({
        "type": "object", "title": part.text(Title, "title"), "description": description, "properties": properties,
    })));
    schemas
}

fn schemes(part: &Part) -> Vec<(String, Value)> {
    let number = part.number;
    let description = part.text(Description, "A description");
    let bearer = json!({
        "type": "http", "scheme": "bearer", "bearerFormat": part.text(BearerFormat, "JWT"), "description": description,
    });
    let mut schemes = vec![(part.text(SchemeName, "scheme"), bearer)];
    for (kind, location) in [
        (KeyInHeader, "header"),
        (KeyInQuery, "query"),
        (KeyInCookie, "cookie"),
    ] {
        if part.kinds.contains(&kind) {
            let key = json!({"type": "apiKey", "in": location, "name": part.text(kind, ""), "description": description});
            schemes.push((format!("key_in_{location}_{number}"), key));
        }
    }
    if part.kinds.contains(&Word) {
        schemes.push((
            format!("word_{number}"),
            json!({"type": "http", "scheme": part.text(Word, "")}),
        ));
    }
    if part.kinds.contains(&Scope) {
        let flow = json!({"tokenUrl": "https://api.example/token", "scopes": {part.text(Scope, ""): "A scope"}});
        schemes.push((
            format!("oauth_{number}"),
            json!({"type": "oauth2", "flows": {"clientCredentials": flow}}),
        ));
    }
    schemes
}

fn token_operation() -> Value {
    let text = json!({"type": "string"});
    json!({
        "operationId": "create_token",
        "security": [],
        "parameters": [{"name": "X-Proof", "in": "header", "schema": text}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "properties": {"secret": text, "choice": text, "remark": text, "note": text},
        }}}},
        "responses": {
            "200": {"description": "A token", "content": {"application/json": {
                "schema": {"type": "object", "properties": {"token": text}}, "example": {"token": "abc"},
            }}},
            "401": {"description": "No token", "content": {"text/plain": {"schema": text}}},
        },
    })
}

fn workflow(part: &Part) -> Value {
    let number = part.number;
    let [input, step, output] = [(Input, "secret"), (Step, "step"), (Output, "token")]
        .map(|(kind, harmless)| part.text(kind, harmless));
    let description = part.text(Description, "A description");
    json!({
        "workflowId": part.text(Workflow, "login"),
        "summary": part.text(Summary, "A summary"),
        "description": description,
        "x-security-scheme": part.text(SchemeName, "scheme"),
        "inputs": {"type": "object", "required": [input], "properties": {
            input.clone(): {
                "type": "string", "format": "password", "description": description,
                "examples": [format!("secret {number}")], "title": part.text(Title, "title"),
            },
            format!("choice_{number}"): {"type": "string", "enum": [part.text(EnumValue, "value"), "other"]},
            format!("remark_{number}"): {
                "type": "string", "examples": [part.text(Example, "an example")], "default": part.text(Default, "default"),
            },
            format!("matched_{number}"): {"type": "string", "pattern": part.text(Pattern, "pattern")},
        }},
        "steps": [{
            "stepId": step,
            "description": description,
            "operationId": "create_token",
            "parameters": [{"name": "X-Proof", "in": "header", "value": part.text(HeaderValue, "proof")}],
            "requestBody": {"contentType": "application/json", "payload": {
                "secret": format!("$inputs.{input}"), "choice": format!("$inputs.choice_{number}"),
                "remark": format!("$inputs.remark_{number}"), "note": part.text(Payload, "note"),
            }},
            "successCriteria": [
                {"condition": "$statusCode == 200"},
                {"condition": format!("$response.body#/token != '{}'", part.text(Condition, "no"))},
            ],
            "outputs": {output.clone(): "$response.body#/token"},
        }],
        "outputs": {"access_token": format!("$steps.{step}.outputs.{output}")},
    })
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}
