//! What breaks its standard, or follows a newer one, is read as it is meant; and that is told.

use serde_json::{Value, json};

use crate::lamp::{Edit, Lamp};

/// Edits, the rule that reads them, and what is at a pointer of the document then. An arrow
/// stands on the line that is told.
type Reading<'a> = (&'a [Edit], &'static str, &'static str, Value);

fn assert_read(readings: &[Reading<'_>]) {
    for (edits, rule, pointer, expected) in readings {
        let lamp = Lamp::new().edited(edits);
        let spec = lamp
            .read()
            .unwrap_or_else(|error| panic!("{edits:?}\n{error}"));
        assert_eq!(
            spec.document.pointer(pointer).unwrap_or(&Value::Null),
            expected,
            "{edits:?}"
        );
        let told: Vec<String> = spec.rewrites.iter().map(ToString::to_string).collect();
        let start = format!("{}: {rule}: ", lamp.arrow_line());
        assert!(
            told.iter().any(|told| told.starts_with(&start)),
            "{start}\n{told:#?}"
        );
    }
}

/// The member `brightness` of the schema `Lamp`, as something else.
macro_rules! brightness {
    ($schema:literal) => {
        &[(
            "brightness: {type: number, minimum: 0}",
            concat!("→brightness: ", $schema),
        )]
    };
}

const BRIGHTNESS: &str = "/components/schemas/Lamp/properties/brightness";

#[test]
fn schemas_of_newer_versions_are_brought_down() {
    assert_read(&[
        (
            brightness!("{type: [number, 'null'], minimum: 0}"),
            "type-list",
            BRIGHTNESS,
            json!({"minimum": 0, "nullable": true, "type": "number"}),
        ),
        (
            brightness!("{type: [string, integer], maxLength: 3, minimum: 1}"),
            "type-list",
            BRIGHTNESS,
            json!({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 1}]}),
        ),
        (
            brightness!("{type: [string, integer], enum: [a, 1]}"),
            "type-list",
            BRIGHTNESS,
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]}),
        ),
        (
            brightness!("{type: 'null'}"),
            "type-list",
            BRIGHTNESS,
            json!({"nullable": true, "enum": [null]}),
        ),
        (
            brightness!("{anyOf: [{type: string}, {type: 'null'}]}"),
            "null-alternative",
            BRIGHTNESS,
            json!({"anyOf": [{"type": "string"}], "nullable": true}),
        ),
        (
            brightness!("{const: 3}"),
            "constant",
            BRIGHTNESS,
            json!({"type": "integer", "enum": [3]}),
        ),
        (
            brightness!("{type: number, exclusiveMinimum: 3, minimum: 1}"),
            "exclusive-limit",
            BRIGHTNESS,
            json!({"type": "number", "minimum": 3, "exclusiveMinimum": true}),
        ),
        (
            brightness!("{type: number, exclusiveMaximum: 3, maximum: 1}"),
            "exclusive-limit",
            BRIGHTNESS,
            json!({"type": "number", "maximum": 1}),
        ),
        (
            brightness!("{type: string, examples: [a, b]}"),
            "examples",
            BRIGHTNESS,
            json!({"type": "string", "example": "a"}),
        ),
        (
            brightness!("{type: string, contentEncoding: base64}"),
            "content-encoding",
            BRIGHTNESS,
            json!({"type": "string", "format": "byte"}),
        ),
        (
            brightness!("{contentMediaType: application/octet-stream}"),
            "content-encoding",
            BRIGHTNESS,
            json!({"format": "binary", "type": "string"}),
        ),
        (
            brightness!("{type: string, contentMediaType: application/json}"),
            "content-encoding",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{prefixItems: [{type: string}, {type: integer}], items: false}"),
            "prefix-items",
            BRIGHTNESS,
            json!({"maxItems": 2, "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "type": "array"}),
        ),
        (
            brightness!("{patternProperties: {'^a': {type: string}}}"),
            "pattern-properties",
            BRIGHTNESS,
            json!({"additionalProperties": {"type": "string"}}),
        ),
        (
            brightness!(
                "{type: object, if: {required: [a]}, then: {required: [b]}, unevaluatedProperties: false}"
            ),
            "left-to-the-server",
            BRIGHTNESS,
            json!({"type": "object"}),
        ),
        (
            brightness!("{type: object, unevaluatedProperties: {type: string}}"),
            "left-to-the-server",
            BRIGHTNESS,
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
        ),
        (
            brightness!("{type: object, properties: {a: true}, not: false}"),
            "boolean-schema",
            BRIGHTNESS,
            json!({"type": "object", "properties": {"a": {}}, "not": {"not": {}}}),
        ),
        (
            brightness!("{$ref: '#/components/schemas/Error', nullable: true}"),
            "reference-siblings",
            BRIGHTNESS,
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Error"}]}),
        ),
        (
            brightness!("{$ref: '#/components/schemas/Error', description: A, required: [error]}"),
            "reference-siblings",
            BRIGHTNESS,
            json!({"description": "A", "allOf": [{"$ref": "#/components/schemas/Error"}, {"required": ["error"]}]}),
        ),
        (
            brightness!("{$comment: why, $id: lamp, type: number}"),
            "later-key",
            BRIGHTNESS,
            json!({"type": "number"}),
        ),
        (
            brightness!("{$ref: '#bright'}\n        other: {$anchor: bright, type: number}"),
            "reference-spelling",
            BRIGHTNESS,
            json!({"$ref": "#/components/schemas/Lamp/properties/other"}),
        ),
        (
            brightness!(
                "{$ref: '#/components/schemas/Lamp/$defs/bright'}\n      $defs: {bright: {type: number}}"
            ),
            "taken-in",
            "/components/schemas/bright",
            json!({"type": "number"}),
        ),
    ]);
}

#[test]
fn documents_of_newer_versions_are_brought_down() {
    assert_read(&[
        (
            &[("openapi: 3.0.3", "→openapi: 3.1.0")],
            "version",
            "/openapi",
            json!("3.0.3"),
        ),
        (
            &[("openapi: 3.0.3", "→openapi: 3.2.0")],
            "version",
            "/openapi",
            json!("3.0.3"),
        ),
        (
            &[("openapi: 3.0.3", "→openapi: 3.0")],
            "version",
            "/openapi",
            json!("3.0.3"),
        ),
        (
            &[(
                "openapi: 3.0.3",
                "→jsonSchemaDialect: https://spec.openapis.org/oas/3.1/dialect/base\nopenapi: 3.1.1",
            )],
            "later-key",
            "/jsonSchemaDialect",
            Value::Null,
        ),
        (
            &[(
                "paths:\n",
                "→webhooks: {lit: {post: {responses: {'200': {description: ok}}}}}\npaths:\n",
            )],
            "later-key",
            "/webhooks",
            Value::Null,
        ),
        (
            &[
                (
                    "paths:\n",
                    "paths:\n  →/more: {$ref: '#/components/pathItems/More'}\n",
                ),
                (
                    "components:\n",
                    "components:\n  pathItems: {More: {get: {responses: {'200': {description: ok}}}}}\n",
                ),
            ],
            "written-out",
            "/paths/~1more/get/operationId",
            json!("get_more"),
        ),
        (
            &[
                ("basic: {type", "cert: {type: mutualTLS}\n    basic: {type"),
                (
                    "security:\n  - oauth: []\n",
                    "→security:\n  - {cert: [], oauth: []}\n",
                ),
            ],
            "security",
            "/security",
            json!([{"oauth": []}]),
        ),
    ]);
}

#[test]
fn what_breaks_the_standard_and_is_plain_is_read() {
    const PARAMETER: &str = "/paths/~1lamps~1{id}/get/parameters/0";
    const ID: &str = "- name: id\n          in: path\n          required: true\n          schema: {type: string}";
    assert_read(&[
        (
            &[(
                "info: {title: Lamp, version: \"1\"}",
                "→info: {version: 1.10}",
            )],
            "text",
            "/info",
            json!({"version": "1.10", "title": "API"}),
        ),
        (
            &[("'200':\n          description: A lamp.", "→'200':")],
            "missing-description",
            "/paths/~1lamps~1{id}/get/responses/200/description",
            json!(""),
        ),
        (
            &[(
                "      responses:\n        '200':\n          description: A lamp.",
                "      →responses:\n        2xx:\n          description: A lamp.",
            )],
            "status",
            "/paths/~1lamps~1{id}/get/responses/2XX/description",
            json!("A lamp."),
        ),
        (
            &[
                ("'400':\n", "success: {description: ok}\n        '400':\n"),
                (
                    "      responses:\n        '200':\n          description: The",
                    "      →responses:\n        '200':\n          description: The",
                ),
            ],
            "status",
            "/paths/~1token/post/responses/success",
            Value::Null,
        ),
        (
            &[(
                ID,
                "- →name: id\n          in: path\n          schema: {type: string}",
            )],
            "required-parameter",
            "/paths/~1lamps~1{id}/get/parameters/0/required",
            json!(true),
        ),
        (
            &[(
                ID,
                "- →{name: id, in: path, required: true, type: string, maxLength: 3}",
            )],
            "parameter-schema",
            PARAMETER,
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 3}}),
        ),
        (
            &[(ID, "- →{name: id, in: path, required: true}")],
            "parameter-schema",
            PARAMETER,
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}),
        ),
        (
            &[(
                ID,
                "- →{name: id, in: path, required: true, style: form, schema: {type: string}}",
            )],
            "parameter-style",
            PARAMETER,
            json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}),
        ),
        (
            &[(
                ID,
                "- {name: id, in: path, required: true, schema: {type: string}}\n        - →{name: ids, in: query, collectionFormat: csv, type: array, items: {type: string}}",
            )],
            "parameter-schema",
            "/paths/~1lamps~1{id}/get/parameters/1/explode",
            json!(false),
        ),
        (
            &[
                ("/lamps/{id}", "/lamps/{id}/{part}"),
                ("    get:", "    →get:"),
            ],
            "path-parameter",
            "/paths/~1lamps~1{id}~1{part}/get/parameters/1",
            json!({"name": "part", "in": "path", "required": true, "schema": {"type": "string"}}),
        ),
        (
            &[("/lamps/{id}", "/lamps"), ("- name: id", "- →name: id")],
            "path-parameter",
            "/paths/~1lamps/get/parameters",
            json!([]),
        ),
        (
            &[(
                "- name: id\n",
                "- {name: page, in: query, schema: {type: string}}\n        - →{name: page, in: query, schema: {type: integer}}\n        - name: id\n",
            )],
            "repeated-parameter",
            "/paths/~1lamps~1{id}/get/parameters/1/name",
            json!("id"),
        ),
        (
            &[(
                "- name: id\n",
                "- →{name: Accept, in: header, schema: {type: string}}\n        - name: id\n",
            )],
            "ignored-header",
            "/paths/~1lamps~1{id}/get/parameters/0/name",
            json!("id"),
        ),
        (
            &[(
                "- name: id\n",
                "- →{name: AUTHORIZATION, in: header, schema: {type: string}}\n        - name: id\n",
            )],
            "ignored-header",
            "/paths/~1lamps~1{id}/get/parameters/0/name",
            json!("id"),
        ),
        (
            &[(
                "- name: id\n",
                "- →{name: Content-Type, in: header, required: true, schema: {type: string, default: text/css}}\n        - name: id\n",
            )],
            "ignored-header",
            "/paths/~1lamps~1{id}/get/parameters/0/schema/enum",
            json!(["text/css"]),
        ),
        (
            &[(
                "- name: id\n",
                "- →{name: Content-Length, in: header, schema: {type: string}}\n        - name: id\n",
            )],
            "ignored-header",
            "/paths/~1lamps~1{id}/get/parameters/0/name",
            json!("id"),
        ),
        (
            &[
                KEY,
                (
                    "- name: id\n",
                    "- →{name: x-key, in: header, required: true, schema: {type: string}}\n        - name: id\n",
                ),
                (
                    "operationId: get_lamp",
                    "operationId: get_lamp\n      security: [{key: [], oauth: []}, {key: []}]",
                ),
            ],
            "repeated-credential",
            "/paths/~1lamps~1{id}/get/parameters/0/name",
            json!("id"),
        ),
        (
            &[
                ("operationId: get_lamp", "operationId: create_token"),
                ("    get:", "    →get:"),
            ],
            "operation-id",
            "/paths/~1lamps~1{id}/get/operationId",
            json!("get_lamps_id"),
        ),
        (
            &[
                ("operationId: get_lamp", "operationId: createToken"),
                ("    get:", "    →get:"),
            ],
            "operation-id",
            "/paths/~1lamps~1{id}/get/operationId",
            json!("get_lamps_id"),
        ),
        (
            &[
                ("operationId: get_lamp", "operationId: '!!'"),
                ("    get:", "    →get:"),
            ],
            "operation-id",
            "/paths/~1lamps~1{id}/get/operationId",
            json!("get_lamps_id"),
        ),
        (
            &[(
                "    key: {",
                "    →BASIC: {type: http, scheme: bearer}\n    key: {",
            )],
            "scheme-name",
            "/components/securitySchemes/BASIC_2/scheme",
            json!("bearer"),
        ),
        (
            &[("    key: {", "    →old: {type: basic}\n    key: {")],
            "security-scheme",
            "/components/securitySchemes/old",
            json!({"type": "http", "scheme": "basic"}),
        ),
        (
            &[(
                "clientCredentials: {tokenUrl: /token, scopes: {}}",
                "→clientCredentials: {}",
            )],
            "oauth2-flow",
            "/components/securitySchemes/oauth/flows",
            json!({}),
        ),
        (
            &[(
                "      operationId: get_lamp\n",
                "      operationId: get_lamp\n      →security: [{nobody: []}, {key: []}]\n",
            )],
            "security",
            "/paths/~1lamps~1{id}/get/security",
            json!([{"key": []}]),
        ),
        (
            &[(
                "servers:\n",
                "→servers:\n  - url: https://{region}.lamp.example\n",
            )],
            "server",
            "/servers/0/x-name",
            json!("EU"),
        ),
        (
            &[
                ("servers:\n", "→servers:\n"),
                (
                    "v: {default: v1}",
                    "v: {default: v1, enum: [v2]}\n      region: {default: x}",
                ),
            ],
            "server",
            "/servers/0/variables",
            json!({"v": {"default": "v1", "enum": ["v1", "v2"]}}),
        ),
        (
            brightness!("{type: Any}"),
            "schema-type",
            BRIGHTNESS,
            json!({}),
        ),
        (
            brightness!("{type: file}"),
            "schema-type",
            BRIGHTNESS,
            json!({"type": "string", "format": "binary"}),
        ),
        (
            brightness!("{type: String, required: true}"),
            "required-flag",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{type: string, pattern: '('}"),
            "pattern",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{type: string, pattern: '/^[a-z/]+$/'}"),
            "pattern",
            BRIGHTNESS,
            json!({"type": "string", "pattern": "^[a-z/]+$"}),
        ),
        (
            brightness!("{type: string, pattern: '/^a/i'}"),
            "pattern",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{type: string, maxLength: '3', nullable: 'true', minLength: -1}"),
            "number",
            BRIGHTNESS,
            json!({"type": "string", "maxLength": 3, "nullable": true}),
        ),
        (
            brightness!("{type: string, enum: [], allOf: []}"),
            "empty-list",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{type: string, enum: [a, b, a]}"),
            "repeated-item",
            BRIGHTNESS,
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (
            brightness!("{type: string, widget: slider}"),
            "unknown-key",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            brightness!("{type: object, discriminator: kind}"),
            "discriminator",
            BRIGHTNESS,
            json!({"type": "object", "discriminator": {"propertyName": "kind"}}),
        ),
        (
            brightness!("{type: string, externalDocs: {description: no}}"),
            "decoration",
            BRIGHTNESS,
            json!({"type": "string"}),
        ),
        (
            &[("brightness: {type: number, minimum: 0}", "→brightness:")],
            "nothing",
            BRIGHTNESS,
            json!({}),
        ),
        (
            &[("paths:\n", "→tags:\npaths:\n")],
            "nothing",
            "/tags",
            Value::Null,
        ),
        (
            &[("    Lamp:\n", "    Lamp: {type: object}\n    →La mp:\n")],
            "component-name",
            "/components/schemas/La_mp/type",
            json!("object"),
        ),
        (
            &[(
                "          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Error'}",
                "          →schema: {$ref: '#/components/schemas/Error'}",
            )],
            "media-types",
            "/paths/~1token/post/responses/400/content/application~1json/schema/$ref",
            json!("#/components/schemas/Error"),
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "→examples: [{access_token: a}]\n              schema: {$ref: '#/components/schemas/Token'}",
            )],
            "example",
            "/paths/~1token/post/responses/200/content/application~1json/examples",
            json!({"example1": {"value": {"access_token": "a"}}}),
        ),
        (
            &[
                (
                    "schema: {$ref: '#/components/schemas/Token'}",
                    "schema: {→$ref: '#/components/responses/Old/schema'}",
                ),
                (
                    "components:\n",
                    "components:\n  responses: {Old: {description: '', schema: {type: object}}}\n",
                ),
            ],
            "taken-in",
            "/components/schemas/responses_Old",
            Value::Null,
        ),
        (
            &[(
                "- name: id\n",
                "- →{name: '', in: query, schema: {type: string}}\n        - name: id\n",
            )],
            "nameless-parameter",
            "/paths/~1lamps~1{id}/get/parameters/0/name",
            json!("id"),
        ),
        (
            &[("  /lamps/{id}:", "  →/lamps?by=number&which={id}:")],
            "path-query",
            "/paths/~1lamps?by=number&which={id}/get/parameters",
            json!([
                {"name": "which", "in": "query", "required": true, "schema": {"type": "string"}},
                {"name": "by", "in": "query", "required": true, "schema": {"type": "string", "enum": ["number"]}},
            ]),
        ),
        (
            &[("  /lamps/{id}:", "  →/lamps/{id}?page={page}#one:")],
            "path-query",
            "/paths/~1lamps~1{id}?page={page}#one/get/parameters/1",
            json!({"name": "page", "in": "query", "required": true, "schema": {"type": "string"}}),
        ),
        (
            brightness!(
                "{oneOf: [{$ref: '#/components/schemas/Error'}, {$ref: '#/components/schemas/Token'}], discriminator: {propertyName: kind, mapping: {bad: →models/all.yml#/Error, good: Token.yaml}}}"
            ),
            "reference-spelling",
            "/components/schemas/Lamp/properties/brightness/discriminator/mapping",
            json!({"bad": "#/components/schemas/Error", "good": "#/components/schemas/Token"}),
        ),
        (
            brightness!(
                "{oneOf: [{type: object}, {type: string}], discriminator: {propertyName: kind, mapping: →{bad: models/all.yml#/One, good: '#/two'}}}"
            ),
            "discriminator",
            "/components/schemas/Lamp/properties/brightness/discriminator",
            Value::Null,
        ),
        (
            &[("  /lamps/{id}:", "  →/lamps/{id}#one:")],
            "path-fragment",
            "/paths/~1lamps~1{id}#one/get/operationId",
            json!("get_lamp"),
        ),
        (
            &[(
                "              schema: {$ref: '#/components/schemas/Token'}\n",
                "              schema: {$ref: '#/components/schemas/Token'}\n          →links: {next: {operatonId: x}}\n",
            )],
            "unread-part",
            "/paths/~1token/post/responses/200/links/next",
            json!({"operatonId": "x"}),
        ),
    ]);
}

#[test]
fn a_query_in_a_path_is_no_part_of_the_path() {
    let spec = Lamp::new()
        .edited(&[("  /lamps/{id}:", "  /lamps?by=number&which={id}:")])
        .read()
        .unwrap();
    assert_eq!(spec.operation("get_lamp").unwrap().path, "/lamps");
}

#[test]
fn a_query_that_is_no_list_of_names_and_values_is_refused() {
    for path in [
        "  /lamps?{id}:",
        "  /lamps?a={id}c:",
        "  /lamps/{id}?a=%20:",
    ] {
        let lamp = Lamp::new().edited(&[("  /lamps/{id}:", path)]);
        let complaint = lamp.read().unwrap_err().to_string();
        assert!(complaint.contains("is no path template"), "{complaint}");
    }
}

#[test]
fn a_mapping_of_which_a_part_is_there_is_a_mistake() {
    let schema = "brightness: {oneOf: [{$ref: '#/components/schemas/Error'}], discriminator: {propertyName: kind, mapping: {bad: '#/components/schemas/Error', good: gone.yaml}}}";
    let lamp = Lamp::new().edited(&[("brightness: {type: number, minimum: 0}", schema)]);
    let complaint = lamp.read().unwrap_err().to_string();
    assert!(
        complaint.contains("there is no file `gone.yaml`"),
        "{complaint}"
    );
}

#[test]
fn a_fragment_is_never_sent() {
    let spec = Lamp::new()
        .edited(&[("  /lamps/{id}:", "  /lamps/{id}#one:")])
        .read()
        .unwrap();
    assert_eq!(spec.operation("get_lamp").unwrap().path, "/lamps/{id}");
}

#[test]
fn a_header_that_nothing_else_speaks_of_is_a_parameter() {
    const DOCUMENT: &str = r#"
openapi: 3.0.3
info: {title: Lamps, version: "1"}
servers: [{url: "https://lamps.example"}]
paths:
  /lamps:
    get:
      operationId: list_lamps
      parameters:
        - {name: Accept, in: header, schema: {type: string, enum: [text/csv, text/html]}}
        - {name: Authorization, in: header, schema: {type: string}}
        - {name: Content-Type, in: header, required: true, schema: {type: string}}
        - {name: Content-Length, in: header, schema: {type: string}}
      responses: {"200": {description: Lamps.}}
"#;
    let files = vec![("openapi.yaml", DOCUMENT.to_owned())];
    let spec = Lamp { files }.read().unwrap();
    let parameters = &spec.document["paths"]["/lamps"]["get"]["parameters"];
    let parameters = parameters.as_array().unwrap().iter();
    let names: Vec<&Value> = parameters.map(|parameter| &parameter["name"]).collect();
    assert_eq!(names, ["Accept", "Authorization", "Content-Type"]);
}

/// Another scheme than the lamp's own.
const KEY: Edit = (
    "    oauth:\n      type: oauth2",
    "    key: {type: apiKey, in: header, name: X-Key}\n    oauth:\n      type: oauth2",
);

#[test]
fn a_parameter_that_a_credential_does_not_always_fill_stays() {
    for security in [
        "operationId: get_lamp\n      security: [{key: []}, {oauth: []}]",
        "operationId: get_lamp\n      security: [{key: []}, {}]",
        "operationId: get_lamp\n      security: []",
    ] {
        let parameter = "- {name: X-Key, in: header, schema: {type: string}}\n        - name: id\n";
        let lamp = Lamp::new().edited(&[
            KEY,
            ("- name: id\n", parameter),
            ("operationId: get_lamp", security),
        ]);
        let spec = lamp.read().unwrap_or_else(|error| panic!("{error}"));
        let operation = spec.operation("get_lamp").unwrap();
        assert_eq!(operation.parameters.len(), 2, "{security}");
    }
}
