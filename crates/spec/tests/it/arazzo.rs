//! What Arazzo allows and the token engine does not run, and what the engine wants besides.

use crate::lamp::{assert_accepted, assert_found};

#[test]
fn what_the_engine_does_not_run_is_refused_with_its_line() {
    assert_found(&[
        (
            &[(
                "        operationId: create_token",
                "        →operationPath: '{$sourceDescriptions.lamp.url}#/paths/~1token/post'",
            )],
            "does not run `operationPath`",
            "`operationId`",
        ),
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        →onSuccess: [{name: done, type: end}]\n",
            )],
            "does not run `onSuccess`",
            "in their order",
        ),
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        →onFailure: [{name: again, type: retry, retryAfter: 1, stepId: token}]\n",
            )],
            "does not run `onFailure`",
            "decides on retries",
        ),
        // What would be wrong with it, if it were run, is nobody's trouble.
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        →onFailure: [{name: again, type: retry, retryAfter: 1}]\n",
            )],
            "does not run `onFailure`",
            "decides on retries",
        ),
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        →onSuccess: yes\n",
            )],
            "does not run `onSuccess`",
            "in their order",
        ),
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    →dependsOn: [client_credentials]\n",
            )],
            "does not run `dependsOn`",
            "x-credential",
        ),
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    →parameters: [{name: a, in: query, value: b}]\n",
            )],
            "does not run `parameters`",
            "at the steps",
        ),
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    →failureActions: [{name: x, type: end}]\n",
            )],
            "does not run `failureActions`",
            "delete it",
        ),
        (
            &[(
                "          payload:\n",
                "          →replacements: [{target: /a, value: b}]\n          payload:\n",
            )],
            "does not run `replacements`",
            "into the payload",
        ),
        (
            &[(
                "condition: $statusCode == 200",
                "condition: $.a\n            →type: jsonpath\n            context: $response.body",
            )],
            "no criteria of this type",
            "`type: regex`",
        ),
        (
            &[("url: openapi.yaml", "→url: lamps.yaml")],
            "no other source",
            "url: openapi.yaml",
        ),
        (
            &[(
                "workflows:\n",
                "  - →{name: other, url: openapi.yaml, type: openapi}\nworkflows:\n",
            )],
            "reads one source",
            "delete this source",
        ),
    ]);
}

#[test]
fn expressions_that_the_engine_does_not_evaluate_are_refused() {
    for expression in [
        "$request.body",
        "$request.header.X-A",
        "$url",
        "$method",
        "$sourceDescriptions.lamp.url",
        "$components.parameters.page",
        "$workflows.renewal.outputs.access_token",
        "$inputs",
        "$inputs.",
        "$inputs.a.b",
        "$steps.token",
        "$steps.token.outputs",
        "$response",
        "$response.body.access_token",
        "$response.body#access_token",
        "$response.body#/a~2b",
        "$response.header.",
        "$response.query.a",
    ] {
        let lamp = crate::lamp::Lamp::new();
        let mut lamp = lamp;
        lamp.files[1].1 = lamp.files[1]
            .1
            .replacen("$inputs.client_secret", expression, 1);
        let text = lamp.read().unwrap_err().to_string();
        assert!(text.contains("expression"), "{expression}: {text}");
        assert!(text.contains("$response.body#/"), "{expression}: {text}");
    }
}

#[test]
fn conditions_are_refused_where_they_are_wrong() {
    for (condition, message) in [
        ("$statusCode = 200", "does not belong to the condition"),
        ("$statusCode ==", "a value is missing"),
        ("== 200", "a value is missing"),
        ("($statusCode == 200", "not closed"),
        ("$statusCode == 200)", "does not belong"),
        ("$statusCode == 'a", "not closed"),
        ("$statusCode == \"a\"", "neither an expression nor a value"),
        ("$statusCode == 1e999", "no number"),
        ("$statusCode == abc", "neither an expression nor a value"),
        ("$statusCode == 200 && ", "a value is missing"),
        ("", "a value is missing"),
    ] {
        let mut lamp = crate::lamp::Lamp::new();
        let quoted = serde_json::to_string(condition).unwrap();
        lamp.files[1].1 = lamp.files[1].1.replacen("$statusCode == 200", &quoted, 1);
        let text = lamp.read().unwrap_err().to_string();
        assert!(text.contains(message), "{condition}: {text}");
    }
}

#[test]
fn inputs_have_only_keywords_that_the_engine_knows() {
    assert_found(&[
        (
            &[("type: string, minLength: 1", "type: string, →minlength: 1")],
            "knows no `minlength`",
            "did you mean `minLength`?",
        ),
        (
            &[(
                "type: string, minLength: 1",
                "type: string, →oneOf: [{minLength: 1}]",
            )],
            "knows no `oneOf`",
            "anyOf",
        ),
        (
            &[(
                "type: string, minLength: 1",
                "type: string, not: {→oneOf: [{minLength: 1}]}",
            )],
            "knows no `oneOf`",
            "anyOf",
        ),
        (
            &[("type: string, minLength: 1", "→type: object")],
            "a string, an integer, a number or a boolean",
            "type: string",
        ),
        (
            &[
                ("{type: string, minLength: 1", "{minLength: 1"),
                ("client_id: {min", "→client_id: {min"),
            ],
            "a string, an integer, a number or a boolean",
            "type: string",
        ),
        (
            &[("type: string, minLength: 1", "type: integer, →minLength: 1")],
            "does not fit an input of type integer",
            "correct the type",
        ),
        (
            &[("type: string, minLength: 1", "type: string, pattern: →'['")],
            "not a regular expression",
            "ECMA-262",
        ),
        (
            &[(
                "type: string, minLength: 1, examples: [id]",
                "type: string, minLength: 9, examples: [→id]",
            )],
            "breaks the input's own rules",
            "correct the example",
        ),
        (
            &[(
                "type: string, minLength: 1, examples: [id]",
                "type: string, enum: [→7]",
            )],
            "no value of type string",
            "quote it",
        ),
        (
            &[(
                "required: [client_id, client_secret]",
                "required: [client_id, →client_secrt]",
            )],
            "`client_secrt` is not among the properties",
            "did you mean `client_secret`?",
        ),
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {type: string}\n        →clientId: {type: string}\n    steps",
            )],
            "another input is `clientId` too",
            "another name",
        ),
        (
            &[(
                "      required: [client_id, client_secret]",
                "      →minProperties: 1\n      required: [client_id, client_secret]",
            )],
            "knows no `minProperties` for the inputs as a whole",
            "under `properties`",
        ),
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {$ref: →'#/components/inputs/nope'}\n    steps",
            )],
            "leads to nothing",
            "write the schema out",
        ),
    ]);
}

#[test]
fn ids_are_unique_even_in_snake_case() {
    assert_found(&[
        (
            &[("workflowId: renewal", "workflowId: →clientCredentials")],
            "another `workflowId` is",
            "another name",
        ),
        (
            &[("workflowId: renewal", "workflowId: →7up")],
            "cannot be a `workflowId`",
            "begin with a letter",
        ),
    ]);
}

#[test]
fn x_security_names_a_scheme_and_its_values() {
    let basic = ("security: []", "security: [{basic: []}, {}]");
    let at = "- stepId: token\n";
    assert_found(&[
        (
            &[
                ("security: []", "security: [{basic: []}, {}]"),
                (
                    at,
                    "- stepId: token\n        x-security: [{schemeName: →bsic, values: {username: a, password: b}}]\n",
                ),
            ],
            "`bsic` is no security scheme",
            "did you mean `basic`?",
        ),
        (
            &[
                ("security: []", "security: [{basic: []}, {}]"),
                (
                    at,
                    "- stepId: token\n        x-security: [{schemeName: basic, →values: {username: a}}]\n",
                ),
            ],
            "the scheme `basic` needs `password`",
            "add it to `values`",
        ),
        (
            &[
                ("security: []", "security: [{basic: []}, {}]"),
                (
                    at,
                    "- stepId: token\n        x-security: [{schemeName: basic, values: {username: a, password: b, →pasword: c}}]\n",
                ),
            ],
            "`pasword` is no value of the scheme",
            "did you mean `password`?",
        ),
        (
            &[
                ("security: []", "security: [{key: []}, {}]"),
                (
                    at,
                    "- stepId: token\n        x-security: [→{scheme: {type: http, scheme: basic}, values: {}}]\n",
                ),
            ],
            "wants a scheme by its name",
            "schemeName",
        ),
    ]);
    assert_accepted(&[
        &[
            basic,
            (
                at,
                "- stepId: token\n        x-security: [{schemeName: basic, values: {username: $inputs.client_id, password: x}}]\n",
            ),
        ],
        &[
            basic,
            (
                at,
                "- stepId: token\n        x-security: [{schemeName: key, values: {apiKey: $inputs.client_id}}]\n",
            ),
        ],
        &[
            basic,
            (
                at,
                "- stepId: token\n        x-security: [{schemeName: oauth, values: {accessToken: 'a {$inputs.client_id}'}}]\n",
            ),
        ],
    ]);
}

#[test]
fn both_spellings_of_an_operation_and_of_a_parameter_are_read() {
    assert_accepted(&[
        &[(
            "        operationId: create_token",
            "        operationId: $sourceDescriptions.lamp.create_token",
        )],
        &[
            (
                "operationId: create_token\n      security",
                "operationId: create_token\n      parameters: [{name: plan, in: query, schema: {type: string}}]\n      security",
            ),
            (
                "- stepId: token\n",
                "- stepId: token\n        parameters: [{reference: $components.parameters.plan, value: $inputs.scope}]\n",
            ),
            (
                "workflows:\n",
                "components: {parameters: {plan: {name: plan, in: query, value: small}}}\nworkflows:\n",
            ),
        ],
    ]);
    assert_found(&[(
        &[(
            "- stepId: token\n",
            "- stepId: token\n        parameters: [{reference: →$components.parameters.plan}]\n",
        )],
        "leads to no parameter",
        "$components.parameters",
    )]);
}

#[test]
fn a_criterion_says_its_type_or_is_simple() {
    assert_accepted(&[
        &[(
            "condition: $statusCode == 200",
            "condition: $statusCode == 200\n            type: simple\n            context: $statusCode",
        )],
        &[(
            "- condition: $response.body#/error == null",
            "- {condition: '^a', type: regex, context: $response.body#/error}",
        )],
    ]);
    assert_found(&[
        (
            &[(
                "condition: $statusCode == 200",
                "condition: $statusCode == 200\n            →context: $statusCode",
            )],
            "a simple one has no context",
            "type: regex",
        ),
        (
            &[(
                "- condition: $response.body#/error == null",
                "- →{condition: '^a', type: regex}",
            )],
            "lacks its context",
            "$response.body",
        ),
        (
            &[(
                "- condition: $response.body#/error == null",
                "- {condition: →'(', type: regex, context: $response.body}",
            )],
            "not a regular expression",
            "ECMA-262",
        ),
    ]);
}
