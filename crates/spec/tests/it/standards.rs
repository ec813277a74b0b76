//! Each document obeys its own standard, and its faults are told as a person would tell them.

use crate::lamp::assert_found;

#[test]
fn a_fault_against_openapi_is_named_with_its_line_and_a_remedy() {
    assert_found(&[
        (
            &[("required: [id]", "→requried: [id]")],
            "`requried` is not a key of a Schema Object",
            "did you mean `required`?",
        ),
        (
            &[("type: number, min", "type: →numbr, min")],
            "`numbr` is not allowed here",
            "did you mean `number`?",
        ),
        (
            &[("minimum: 0", "minimum: →zero")],
            "text stands where a number belongs",
            "write a number",
        ),
        (
            &[("in: path", "in: →pth")],
            "`pth` is not allowed here",
            "did you mean `path`?",
        ),
        (
            &[("- name: id\n", "- →nme: id\n")],
            "`nme` is not a key of a Parameter Object",
            "did you mean `name`?",
        ),
        (
            &[("operationId: get_lamp", "→operationID: get_lamp")],
            "`operationID` is not a key of an Operation Object",
            "did you mean `operationId`?",
        ),
        (
            &[("basic: {type: http, scheme: basic}", "→basic: {type: http}")],
            "an HTTP Security Scheme Object needs `scheme`",
            "add `scheme: ...`",
        ),
        (
            &[("type: http, scheme", "type: →htp, scheme")],
            "`htp` is not allowed here",
            "did you mean `http`?",
        ),
        (
            &[("in: header, name: X-Key", "in: →body, name: X-Key")],
            "`body` is not allowed here",
            "write `header` or `query` or `cookie`",
        ),
        (
            &[("  /lamps/{id}:", "  →lamps/{id}:")],
            "`lamps/{id}` is not a key of a Paths Object",
            "begin a path with `/`",
        ),
        (
            &[(
                "minimum: 0",
                "allOf: [{oneOf: [{anyOf: [{properties: {a: {→itens: {}}}}]}]}]",
            )],
            "`itens` is not a key of a Schema Object",
            "did you mean `items`?",
        ),
        (
            &[(
                "clientCredentials: {tokenUrl",
                "clientCredentials: {→tokenUri",
            )],
            "`tokenUri` is not a key of a Client Credentials Flow Object",
            "did you mean `tokenUrl`?",
        ),
        (
            &[
                ("info: {title: Lamp, version: \"1\"}\n", ""),
                ("openapi: 3", "→openapi: 3"),
            ],
            "the document needs `info`",
            "add `info: ...`",
        ),
    ]);
}

#[test]
fn a_fault_against_arazzo_is_named_with_its_line_and_a_remedy() {
    assert_found(&[
        (
            &[(
                "operationId: create_token\n        requestBody",
                "→operationID: create_token\n        requestBody",
            )],
            "`operationID` is not a key of a Step Object",
            "did you mean `operationId`?",
        ),
        (
            &[(
                "- stepId: token\n",
                "- stepId: token\n        →workflowId: renewal\n",
            )],
            "does not run `workflowId`",
            "put the steps of that workflow here",
        ),
        (
            &[("type: string, minLength: 1", "type: →strin, minLength: 1")],
            "`strin` is not allowed here",
            "did you mean `string`?",
        ),
        (
            &[("type: string, minLength: 1", "type: string, →minLength: -1")],
            "less than the minimum",
            "correct the value",
        ),
        (
            &[("          payload:\n", "          →paylod:\n")],
            "`paylod` is not a key of a Request Body Object",
            "did you mean `payload`?",
        ),
    ]);
}

#[test]
fn a_document_of_another_version_is_refused_once_and_not_key_by_key() {
    assert_found(&[
        (
            &[("openapi: 3.0.3", "→openapi: 4.0.0")],
            "OpenAPI `4.0.0` is not read here",
            "openapi: 3.0.3",
        ),
        (
            &[("openapi: 3.0.3", "→swagger: \"2.0\"")],
            "Swagger 2.0 is not read here",
            "npx swagger2openapi",
        ),
        (
            &[("openapi: 3.0.3", "→opnapi: 3.0.3")],
            "lacks the key `openapi`",
            "openapi: 3.0.3",
        ),
        (
            &[("arazzo: 1.0.1", "→arazzo: 1.1.0")],
            "Arazzo `1.1.0` is not read here",
            "arazzo: 1.0.1",
        ),
    ]);
}
