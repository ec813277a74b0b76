//! What the schema of OpenAPI cannot say.

use crate::lamp::{Lamp, assert_accepted, assert_found};

#[test]
fn references_lead_to_a_node_of_the_document() {
    assert_found(&[
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'#/components/schemas/Tken'}",
            )],
            "leads nowhere",
            "correct the reference",
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'other.yaml#/Token'}",
            )],
            "leads out of this document",
            "#/components/",
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'https://lamp.example/a.yaml'}",
            )],
            "leads out of this document",
            "#/components/",
        ),
        (
            &[(
                "brightness: {type: number, minimum: 0}",
                "brightness: {$ref: →'#/components/schemas/Lamp/properties/brightness'}",
            )],
            "leads back to itself",
            "circle",
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'#/paths/~1lamps~1%7Bid%7D'}",
            )],
            "leads nowhere",
            "percent",
        ),
        (
            &[
                (
                    "- name: id\n          in: path\n          required: true\n          schema: {type: string}",
                    "- $ref: →'#/components/schemas/Lamp'",
                ),
                ("/lamps/{id}", "/lamps"),
            ],
            "no Parameter Object",
            "name and in",
        ),
    ]);
}

#[test]
fn what_looks_like_a_reference_in_an_example_is_data() {
    assert_accepted(&[
        &[("minimum: 0", "minimum: 0, example: {$ref: '#/nowhere'}")],
        &[("minimum: 0", "minimum: 0, x-origin: {$ref: '#/nowhere'}")],
        &[
            (
                "brightness: {type",
                "example: {type: string}, default: {type: string}, brightness: {type",
            ),
            (
                "properties:\n        id: {type: string}\n        example: {type: string}, default: {type: string}, brightness: {type: number, minimum: 0}",
                "properties: {id: {type: string}, example: {type: string}, default: {$ref: '#/components/schemas/Error'}}",
            ),
        ],
    ]);
}

#[test]
fn paths_and_their_parameters_agree() {
    assert_found(&[
        (
            &[
                ("/lamps/{id}", "/lamps/{id}/{part}"),
                ("    get:", "    →get:"),
            ],
            "`{part}` is not described",
            "name: part, in: path",
        ),
        (
            &[("/lamps/{id}", "/lamps"), ("- name: id", "- →name: id")],
            "no `{id}` for this parameter",
            "correct the name",
        ),
        (
            &[("  /lamps/{id}:", "  →/lamps/{id}?all=1:")],
            "no path template",
            "parameters in the query",
        ),
        (
            &[("  /lamps/{id}:", "  /lamps/{lamp}: {}\n  →/lamps/{id}:")],
            "are the same path",
            "one entry",
        ),
        (
            &[(
                "- name: id\n",
                "- {name: page, in: query, schema: {type: string}}\n        - →{name: page, in: query, schema: {type: integer}}\n        - name: id\n",
            )],
            "described twice",
            "delete one",
        ),
    ]);
}

#[test]
fn header_parameters_that_openapi_ignores_are_refused() {
    for name in ["Accept", "content-type", "AUTHORIZATION"] {
        let listed =
            format!("- {{name: {name}, in: header, schema: {{type: string}}}}\n        - name: id");
        let mut lamp = Lamp::new();
        lamp.files[0].1 = lamp.files[0].1.replace("- name: id", &listed);
        let complaint = lamp.read().unwrap_err();
        let text = complaint.to_string();
        assert!(
            text.contains("OpenAPI ignores a header parameter"),
            "{text}"
        );
    }
}

#[test]
fn operations_have_names_of_their_own() {
    assert_found(&[
        (
            &[("operationId: get_lamp", "→operationId: create_token")],
            "two operations are called `create_token`",
            "another `operationId`",
        ),
        (
            &[("operationId: get_lamp", "→operationId: createToken")],
            "the same in snake case",
            "another `operationId`",
        ),
        (
            &[("operationId: get_lamp", "→operationId: '!!'")],
            "cannot name a method",
            "letters and digits",
        ),
    ]);
}

#[test]
fn an_operation_without_an_id_is_called_after_method_and_path() {
    let spec = Lamp::new()
        .edited(&[("      operationId: get_lamp\n", "")])
        .read()
        .unwrap();
    assert!(spec.operation("get_lamps_id").is_some());
}

#[test]
fn security_names_schemes_that_exist() {
    assert_found(&[(
        &[("- oauth: []", "- →oaut: []")],
        "`oaut` is no security scheme",
        "oauth, basic, key",
    )]);
}

#[test]
fn servers_are_addresses_and_declare_their_variables() {
    assert_found(&[
        (
            &[(
                "url: https://api.lamp.example/{v}",
                "url: →https://api.lamp.example/{v}/{w}",
            )],
            "the variable `w` of this URL is not declared",
            "add `w:",
        ),
        (
            &[(
                "v: {default: v1}",
                "v: {default: v1}\n      →w: {default: x}",
            )],
            "does not use the variable `w`",
            "delete the variable",
        ),
        (
            &[("v: {default: v1}", "v: {→default: v1, enum: [v2, v3]}")],
            "none of its values",
            "enum",
        ),
        (
            &[(
                "url: https://api.lamp.example/{v}",
                "url: →https://user:word@api.lamp.example/{v}",
            )],
            "no address of a server",
            "leave out user name and password",
        ),
        (
            &[(
                "url: https://api.lamp.example/{v}",
                "url: →ftp://api.lamp.example/{v}",
            )],
            "no address of a server",
            "https://",
        ),
        (
            &[(
                "security:\n  - oauth",
                "  - url: /other\n    →x-name: EU\nsecurity:\n  - oauth",
            )],
            "two servers are named `EU`",
            "x-name",
        ),
    ]);
}

#[test]
fn extensions_of_ours_are_spelt_placed_and_typed_right() {
    assert_found(&[
        (
            &[("x-refused-when", "→x-refuse-when")],
            "`x-refuse-when` is no extension",
            "did you mean `x-refused-when`?",
        ),
        (
            &[("x-success-criteria", "→x-successCriteria")],
            "`x-successCriteria` is no extension",
            "did you mean `x-success-criteria`?",
        ),
        (
            &[("x-name: EU", "→x-nme: EU")],
            "`x-nme` is no extension",
            "did you mean `x-name`?",
        ),
        (
            &[("x-success-criteria:", "→x-refused-when:")],
            "means nothing in an operation",
            "belongs to a security scheme",
        ),
        (
            &[("x-name: EU", "→x-required: yes")],
            "`x-required` has a value that it cannot have",
            "true or false",
        ),
        (
            &[("x-name: EU", "→x-name: ''")],
            "`x-name` has a value",
            "not empty",
        ),
        (
            &[(
                "type: oauth2",
                "type: oauth2\n      →x-server-url-hosts: ['https://lamp.example']",
            )],
            "`x-server-url-hosts` has a value",
            "without scheme, port and path",
        ),
        (
            &[(
                "type: oauth2",
                "type: oauth2\n      →x-basic-encoding: base64",
            )],
            "`x-basic-encoding` has a value",
            "`plain` or `form`",
        ),
        (
            &[(
                "type: oauth2",
                "type: oauth2\n      →x-authorize-parameters: {state: fixed}",
            )],
            "`x-authorize-parameters` has a value",
            "state",
        ),
        (
            &[(
                "operationId: get_lamp",
                "operationId: get_lamp\n      →x-pagination: {style: pages}",
            )],
            "`x-pagination` has a value",
            "style: offset",
        ),
        (
            &[(
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: cursor, cursor: →next, next: /error, items: /id}",
            )],
            "not documented to have `next`",
            "stands in the query",
        ),
    ]);
    assert_accepted(&[
        &[(
            "x-name: EU",
            "x-internal: anything\n    x-names-of-towns: [Ulm]",
        )],
        &[(
            "type: oauth2",
            "type: oauth2\n      x-server-url-hosts: ['*.lamp.example', lamp.example]\n      x-authorize-parameters: {prompt: login, hint: null}",
        )],
    ]);
}

#[test]
fn criteria_outside_workflows_read_documented_answers() {
    assert_found(&[
        (
            &[(
                "$response.body#/error == null",
                "→$response.body#/eror == null",
            )],
            "no answer of `get_lamp` is documented to have `/eror`",
            "correct the pointer",
        ),
        (
            &[(
                "$statusCode == 403 && $response.body#/error == 'token'",
                "→$statusCode == 403 && $response.body#/nope == 'token'",
            )],
            "no answer of any operation",
            "describe the answer",
        ),
        (
            &[(
                "$statusCode == 403 && $response.body#/error == 'token'",
                "→$inputs.x == 'token'",
            )],
            "no inputs and no steps outside a workflow",
            "read the answer",
        ),
    ]);
}

#[test]
fn names_hold_nothing_that_nobody_sees() {
    assert_found(&[
        (
            &[("brightness: {type", "→\"bright\\u202eness\": {type")],
            "characters that nobody sees",
            "delete control characters",
        ),
        (
            &[("operationId: get_lamp", "→operationId: \"get_lamp\\n\"")],
            "characters that nobody sees",
            "delete control characters",
        ),
        (
            &[("    Lamp:\n", "    Lamp: {type: object}\n    →La mp:\n")],
            "cannot be the name of a component",
            "letters, digits",
        ),
        (
            &[("name: X-Key", "name: →\"X Key\"")],
            "cannot carry this name",
            "letters, digits",
        ),
    ]);
}

#[test]
fn patterns_of_schemas_compile() {
    assert_found(&[(
        &[(
            "id: {type: string}\n        brightness",
            "id: {type: string, pattern: →'('}\n        brightness",
        )],
        "not a regular expression",
        "ECMA-262",
    )]);
}

#[test]
fn what_stands_beside_a_reference_is_not_lost_in_silence() {
    assert_found(&[(
        &[(
            "{$ref: '#/components/schemas/Token'}",
            "{$ref: '#/components/schemas/Token', →nullable: true}",
        )],
        "ignores `nullable` beside `$ref`",
        "allOf",
    )]);
    assert_accepted(&[&[(
        "{$ref: '#/components/schemas/Token'}",
        "{$ref: '#/components/schemas/Token', description: A token., x-origin: page 1}",
    )]]);
}

#[test]
fn pages_are_found_where_the_answer_has_them() {
    let query = (
        "- name: id\n",
        "- {name: next, in: query, schema: {type: string}}\n        - name: id\n",
    );
    assert_found(&[(
        &[
            query,
            (
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: cursor, cursor: next, next: /error, items: →/items}",
            ),
        ],
        "not documented to have `/items`",
        "a pointer into the answer",
    )]);
    assert_accepted(&[&[
        query,
        (
            "operationId: get_lamp",
            "operationId: get_lamp\n      x-pagination: {style: cursor, cursor: next, next: /error, items: /id}",
        ),
    ]]);
}

#[test]
fn schemes_have_names_of_their_own() {
    assert_found(&[(
        &[(
            "    key: {",
            "    →BASIC: {type: http, scheme: bearer}\n    key: {",
        )],
        "`BASIC` and `basic` are the same in snake case",
        "another name",
    )]);
}
