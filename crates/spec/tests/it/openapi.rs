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
            "no file `other.yaml` in the folder",
            "put the file there",
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'../other.yaml#/Token'}",
            )],
            "leads out of the folder",
            "put the file into the folder",
        ),
        (
            &[(
                "schema: {$ref: '#/components/schemas/Token'}",
                "schema: {$ref: →'https://lamp.example/a.yaml'}",
            )],
            "is on another machine",
            "download it",
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
    assert_found(&[(
        &[("  /lamps/{id}:", "  →/lamps/{id}?{all}:")],
        "no path template",
        "parameters in the query",
    )]);
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
            &[("type: oauth2", "type: oauth2\n      →x-prefix: 'key '")],
            "`x-prefix` is for keys in headers alone",
            "type: apiKey",
        ),
        (
            &[("type: oauth2", "type: oauth2\n      →x-prefix: 7")],
            "`x-prefix` has a value",
            "blanks",
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
                "operationId: get_lamp\n      →x-repeat: nevver",
            )],
            "`x-repeat` has a value",
            "`safe`, `idempotent` or `never`",
        ),
        (
            &[(
                "operationId: get_lamp",
                "operationId: get_lamp\n      →x-repaet: never",
            )],
            "`x-repaet` is no extension",
            "did you mean `x-repeat`?",
        ),
        (
            &[(
                "operationId: get_lamp",
                "operationId: get_lamp\n      →x-idempotency-key: Two Words",
            )],
            "`x-idempotency-key` has a value",
            "the name of a header",
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
            "x-internal: anything\n    x-names-of-towns: [Ulm]\n    x-report: yes",
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
            "did you mean `/error`?",
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
            &[("name: X-Key", "name: →\"X Key\"")],
            "cannot carry this name",
            "letters, digits",
        ),
    ]);
}

#[test]
fn what_stands_beside_a_reference_is_not_lost_in_silence() {
    assert_found(&[(
        &[(
            "{$ref: '#/components/schemas/Token'}",
            "{$ref: '#/components/schemas/Token', →nulable: true}",
        )],
        "nobody reads `nulable` beside `$ref`",
        "did you mean `nullable`?",
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
    assert_found(&[(
        &[
            query,
            (
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: page, page: →next, items: /id}",
            ),
        ],
        "nothing says which number the first page has",
        "`first: 1`",
    )]);
    let with_default = (
        "- name: id\n",
        "- {name: next, in: query, schema: {type: integer, default: 0}}\n        - name: id\n",
    );
    assert_accepted(&[
        &[
            query,
            (
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: cursor, cursor: next, next: /error, items: /id}",
            ),
        ],
        &[
            query,
            (
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: page, page: next, first: 1, items: /id}",
            ),
        ],
        &[
            with_default,
            (
                "operationId: get_lamp",
                "operationId: get_lamp\n      x-pagination: {style: page, page: next, items: /id}",
            ),
        ],
    ]);
}
