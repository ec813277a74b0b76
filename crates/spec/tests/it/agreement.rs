//! The two documents agree.

use keyfob_spec::Expression;

use crate::lamp::{Edit, Lamp, assert_accepted, assert_found};

#[test]
fn a_name_that_is_almost_there_is_asked_for() {
    assert_found(&[
        (
            &[(
                "access_token: $response.body#/access_token",
                "access_token: →$response.body#/acces_token",
            )],
            "no success of `create_token` is documented to have this",
            "did you mean `$response.body#/access_token`?",
        ),
        (
            &[(
                "access_token: $response.body#/access_token",
                "access_token: →$response.body#/data/access_token",
            )],
            "no success of `create_token` is documented to have this",
            "did you mean `$response.body#/access_token`?",
        ),
        (
            &[(
                "access_token: $response.body#/access_token",
                "access_token: →'key {$response.body#/access_token}'",
            )],
            "is not an expression",
            "`x-prefix`",
        ),
        (
            &[(
                "access_token: $response.body#/access_token",
                "access_token: →$response.header.X-Plans",
            )],
            "no success of `create_token` is documented to have this",
            "did you mean `$response.header.X-Plan`?",
        ),
        (
            &[(
                "access_token: $response.body#/access_token",
                "access_token: →$response.body.access_token",
            )],
            "no",
            "did you mean `$response.body#/access_token`?",
        ),
        (
            &[(
                "client_id: $inputs.client_id",
                "client_id: →$input.client_id",
            )],
            "is not an expression",
            "did you mean `$inputs.client_id`?",
        ),
        (
            &[(
                "access_token: $steps.token.outputs.access_token",
                "access_token: →$steps.tokens.outputs.access_token",
            )],
            "no step `tokens` comes before this",
            "did you mean `token`?",
        ),
        (
            &[(
                "- condition: $statusCode == 200",
                "- condition: →$response.body#/acces_token != null",
            )],
            "is documented to have `/acces_token`",
            "did you mean `/access_token`?",
        ),
    ]);
}

#[test]
fn steps_call_operations_with_what_they_take() {
    assert_found(&[
        (
            &[(
                "        operationId: create_token",
                "        operationId: →create_tokn",
            )],
            "no operation `create_tokn`",
            "did you mean `create_token`?",
        ),
        (
            &[(
                "            client_secret: $inputs",
                "            →client_secrt: $inputs",
            )],
            "the body of `create_token` has no `client_secrt`",
            "did you mean `client_secret`?",
        ),
        (
            &[(
                "          payload:\n            grant_type: client_credentials\n            client_id: $inputs.client_id",
                "          →payload:\n            grant_type: client_credentials",
            )],
            "the body of `create_token` needs `client_id`",
            "add `client_id: ...`",
        ),
        (
            &[(
                "            client_id: $inputs.client_id",
                "            →client_id: $inputs.scope",
            )],
            "`client_id` is required, and its input `scope` may be absent",
            "`required`",
        ),
        (
            &[(
                "grant_type: client_credentials",
                "grant_type: →client_credential",
            )],
            "none of the values that are documented",
            "did you mean `client_credentials`?",
        ),
        (
            &[(
                "          contentType: application/x-www-form-urlencoded",
                "          →contentType: application/json",
            )],
            "takes no `application/json`",
            "application/x-www-form-urlencoded",
        ),
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        parameters: [{name: page, in: query, →value: 1}]\n",
            )],
            "takes no parameter `page`",
            "describe it in openapi.yaml",
        ),
        (
            &[
                (
                    "operationId: create_token\n      security",
                    "operationId: create_token\n      parameters: [{name: page, in: query, required: true, schema: {type: string}}]\n      security",
                ),
                (
                    "- stepId: token\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload:\n            grant_type: refresh",
                    "- stepId: token\n        parameters: [{name: page, in: query, value: 1}]\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload:\n            grant_type: refresh",
                ),
                ("- stepId", "- →stepId"),
            ],
            "needs the parameter `page`",
            "`parameters` of the step",
        ),
        (
            &[
                ("security: []", "security: [{basic: []}]"),
                (
                    "- stepId: token\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload:\n            grant_type: refresh",
                    "- stepId: token\n        x-security: [{schemeName: basic, values: {username: a, password: b}}]\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload:\n            grant_type: refresh",
                ),
                ("- stepId", "- →stepId"),
            ],
            "asks for basic, which this step does not present",
            "x-security",
        ),
    ]);
}

#[test]
fn a_token_operation_may_inherit_the_security_that_its_own_token_satisfies() {
    assert_accepted(&[&[("security: []", "security: [{oauth: []}]")]]);
}

#[test]
fn alternatives_of_a_body_are_met_by_any_of_them() {
    let alternatives = "    TokenRequest:\n      oneOf:\n        - type: object\n          required: [grant_type, client_id, client_secret]\n          properties: {grant_type: {type: string, enum: [client_credentials]}, client_id: {type: string}, client_secret: {type: string}, scope: {type: string}}\n        - type: object\n          required: [grant_type, client_id, refresh_token]\n          properties: {grant_type: {type: string, enum: [refresh_token]}, client_id: {type: string}, refresh_token: {type: string}}\n    Unused:\n";
    assert_accepted(&[&[("    TokenRequest:\n", alternatives)]]);
    assert_found(&[(
        &[
            (
                "    TokenRequest:\n",
                "    TokenRequest:\n      oneOf:\n        - type: object\n          required: [grant_type, client_id, client_secret]\n          properties: {grant_type: {type: string, enum: [client_credentials]}, client_id: {type: string}, client_secret: {type: string}, scope: {type: string}}\n        - type: object\n          required: [grant_type, client_id, refresh_token]\n          properties: {grant_type: {type: string, enum: [refresh_token]}, client_id: {type: string}, refresh_token: {type: string}}\n    Unused:\n",
            ),
            ("          payload:\n", "          →payload:\n"),
            ("            client_secret: $inputs.client_secret\n", ""),
        ],
        "needs `client_secret`",
        "add `client_secret",
    )]);
}

#[test]
fn outputs_read_what_answers_are_documented_to_have() {
    assert_found(&[
        (
            &[(
                "expires_in: $response.body#/expires_in",
                "expires_in: →$response.body#/expires",
            )],
            "no success of `create_token`",
            "describe the answer",
        ),
        (
            &[(
                "expires_in: $response.body#/expires_in",
                "expires_in: →$response.body#/error",
            )],
            "no success of `create_token`",
            "describe the answer",
        ),
        (
            &[(
                "expires_in: $response.body#/expires_in",
                "expires_in: →$response.header.X-Plann",
            )],
            "no success of `create_token`",
            "did you mean `$response.header.X-Plan`?",
        ),
        (
            &[(
                "condition: $statusCode == 200",
                "condition: →$response.body#/eror == null",
            )],
            "no answer of `create_token`",
            "did you mean `/error`?",
        ),
    ]);
    assert_accepted(&[
        &[(
            "expires_in: $response.body#/expires_in",
            "expires_in: $response.header.x-plan",
        )],
        &[(
            "expires_in: $response.body#/expires_in",
            "expires_in: $response.body",
        )],
        &[(
            "condition: $statusCode == 200",
            "condition: $statusCode == 200 && ($response.body#/error == null || !($response.body#/error != 'it''s'))",
        )],
        &[(
            "condition: $statusCode == 200",
            "condition: ^Bearer\n            type: regex\n            context: $response.body#/access_token",
        )],
        &[
            (
                "expires_in: {type: integer}",
                "data: {type: object, additionalProperties: {type: array, items: {type: object}}}",
            ),
            (
                "$response.body#/expires_in",
                "$response.body#/data/any/0/thing",
            ),
        ],
        &[
            (
                "    Token:\n      type: object\n",
                "    Token:\n      allOf: [{oneOf: [{properties: {a: {}}}, {anyOf: [{properties: {b: {properties: {c: {type: string}}}}}]}]}]\n      type: object\n",
            ),
            ("$response.body#/expires_in", "$response.body#/b/c"),
        ],
    ]);
}

#[test]
fn expressions_name_what_is_known_by_then() {
    assert_found(&[
        (
            &[(
                "client_secret: $inputs.client_secret",
                "client_secret: →$inputs.client_secrt",
            )],
            "no input `client_secrt`",
            "did you mean `client_secret`?",
        ),
        (
            &[(
                "client_secret: $inputs.client_secret",
                "client_secret: →x {$inputs.client_secrt} y",
            )],
            "no input `client_secrt`",
            "did you mean `client_secret`?",
        ),
        (
            &[(
                "client_secret: $inputs.client_secret",
                "client_secret: →$steps.token.outputs.access_token",
            )],
            "no step `token` comes before this",
            "has run by then",
        ),
        (
            &[(
                "client_secret: $inputs.client_secret",
                "client_secret: →$response.body#/access_token",
            )],
            "there is no answer to read from here",
            "`outputs` of a step",
        ),
        (
            &[(
                "access_token: $steps.token.outputs.access_token",
                "access_token: →$steps.token.outputs.token",
            )],
            "has no output `token`",
            "`outputs` of the step",
        ),
        (
            &[(
                "access_token: $steps.token.outputs.access_token",
                "access_token: →$response.body#/access_token",
            )],
            "there is no answer to read from here",
            "$steps.<step>.outputs.<name>",
        ),
    ]);
}

#[test]
fn a_workflow_yields_a_token_for_a_scheme_that_takes_one() {
    assert_found(&[
        (
            &[(
                "    outputs:\n      access_token: $steps.token.outputs.access_token\n      expires_in",
                "    →outputs:\n      expires_in",
            )],
            "yields no `access_token`",
            "add `access_token",
        ),
        (
            &[("      expires_in: $steps", "      →expire_in: $steps")],
            "nobody reads the output `expire_in`",
            "did you mean `expires_in`?",
        ),
        (
            &[("      expires_in: $steps", "      →server_url: $steps")],
            "no host that an answer names is trusted",
            "x-server-url-hosts",
        ),
        (
            &[("x-security-scheme: oauth", "x-security-scheme: →oaut")],
            "`oaut` is no security scheme",
            "did you mean `oauth`?",
        ),
        (
            &[("x-security-scheme: oauth", "x-security-scheme: →basic")],
            "takes a user name and a password, no token",
            "name the scheme",
        ),
        (
            &[(
                "- workflowId: client_credentials\n    x-security-scheme: oauth\n",
                "- →workflowId: client_credentials\n",
            )],
            "does not say which scheme",
            "x-security-scheme",
        ),
        (
            &[
                (
                    "scope: {type: string}\n    steps",
                    "scope: {type: string}\n        code: {type: string}\n        redirect_uri: {type: string}\n        code_verifier: {type: string}\n    steps",
                ),
                ("x-security-scheme: oauth", "x-security-scheme: →oauth"),
            ],
            "does not say where",
            "authorizationCode",
        ),
        (
            &[
                (
                    "scope: {type: string}\n    steps",
                    "scope: {type: string}\n        code: {type: string}\n        redirect_uri: {type: string}\n        code_verifier: {type: string}\n    steps",
                ),
                ("x-security-scheme: oauth", "x-security-scheme: →oauth"),
                (
                    "clientCredentials: {tokenUrl",
                    "authorizationCode: {authorizationUrl: /login, tokenUrl",
                ),
            ],
            "no browser can open the address",
            "https://",
        ),
    ]);
}

#[test]
fn credentials_as_inputs_exist_and_do_not_need_themselves() {
    assert_found(&[
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {type: string, x-credential: →nobody}\n    steps",
            )],
            "no security scheme of openapi.yaml",
            "name one",
        ),
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {type: string, x-credential: →basic}\n    steps",
            )],
            "no single value",
            "`.username` or `.password`",
        ),
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {type: string, x-credential: →key.password}\n    steps",
            )],
            "neither user name nor password",
            "the scheme's name alone",
        ),
        (
            &[(
                "scope: {type: string}\n    steps",
                "scope: {type: string, x-credential: →oauth}\n    steps",
            )],
            "would need itself",
            "plain input",
        ),
    ]);
    assert_accepted(&[
        &[(
            "scope: {type: string}\n    steps",
            "scope: {type: string, x-credential: basic.username}\n    steps",
        )],
        &[(
            "scope: {type: string}\n    steps",
            "scope: {type: string, x-credential: key}\n    steps",
        )],
    ]);
}

/// The lamp's token operation sets a cookie, and takes one.
const SETS_COOKIES: [Edit; 2] = [
    (
        "            X-Plan: {schema: {type: string}}",
        "            Set-Cookie: {schema: {type: string}}",
    ),
    (
        "      security: []\n",
        "      security: []\n      parameters: [{name: login, in: cookie, schema: {type: string}}]\n",
    ),
];

const READS_COOKIE: Edit = (
    "          access_token: $response.body#/access_token\n",
    "          access_token: $response.header.Set-Cookie\n",
);

/// A second step, which sends on what the first has read.
const SENDS_COOKIE: Edit = (
    "    outputs:\n      access_token: $steps.token.outputs.access_token",
    "      - stepId: again\n        operationId: create_token\n        \
     parameters: [{name: login, in: cookie, value: $steps.token.outputs.access_token}]\n        \
     requestBody: {payload: {grant_type: refresh_token, client_id: $inputs.client_id}}\n    \
     outputs:\n      access_token: $steps.token.outputs.access_token",
);

const PRESENTED_IN_COOKIE: Edit = (
    "    oauth:\n      type: oauth2\n",
    "    oauth:\n      type: apiKey\n      in: cookie\n      name: lamp\n",
);

const NO_FLOWS: Edit = (
    "      flows:\n        clientCredentials: {tokenUrl: /token, scopes: {}}\n",
    "",
);

#[test]
fn a_set_cookie_is_the_value_of_the_cookie_that_carries_it() {
    let cases: [(&[Edit], &str); 2] = [
        (&[PRESENTED_IN_COOKIE, NO_FLOWS], "lamp"),
        (&[SENDS_COOKIE], "login"),
    ];
    for (edits, cookie) in cases {
        let edits = [&SETS_COOKIES, &[READS_COOKIE][..], edits].concat();
        let spec = Lamp::new().edited(&edits).read();
        let spec = spec.unwrap_or_else(|diagnostics| panic!("{edits:?}\n{diagnostics}"));
        let outputs = &spec.workflow("client_credentials").unwrap().steps[0].outputs;
        assert_eq!(outputs[0].1, Expression::Cookie(cookie.to_owned()));
    }
}

#[test]
fn a_set_cookie_that_is_none_or_two_cookies_is_refused() {
    let [header, parameter] = SETS_COOKIES;
    let reads = (
        READS_COOKIE.0,
        "          access_token: →$response.header.Set-Cookie\n",
    );
    assert_found(&[
        (
            &[header, parameter, reads],
            "does not say which cookie's value is meant",
            "`in: cookie`",
        ),
        (
            &[
                header,
                parameter,
                reads,
                PRESENTED_IN_COOKIE,
                NO_FLOWS,
                SENDS_COOKIE,
            ],
            "goes into the cookies `lamp` and `login`",
            "an output of its own",
        ),
    ]);
}

#[test]
fn a_text_has_no_members() {
    let lamp = Lamp::new().edited(&[(
        "content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Token'}",
        "content: {text/plain: {schema: {type: string}}}",
    )]);
    let error = lamp.read().unwrap_err().to_string();
    let advice = "the answer is a text, which has no members: `$response.body` is all of it";
    assert!(error.contains(advice), "{error}");
}
