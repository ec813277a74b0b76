//! Which workflow gives back the tokens of which.

use crate::lamp::{Edit, Lamp, assert_found};

fn revokers(edits: &[Edit]) -> Vec<(String, Vec<String>)> {
    let spec = Lamp::new().edited(edits).read();
    let spec = spec.unwrap_or_else(|error| panic!("{error}"));
    let workflows = spec.workflows.into_iter();
    workflows
        .map(|workflow| (workflow.id, workflow.revoked_by))
        .collect()
}

fn expected(pairs: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    pairs
        .iter()
        .map(|(id, by)| ((*id).to_owned(), owned(by)))
        .collect()
}

macro_rules! revocation {
    ($id:literal, $more:literal, $required:literal, $properties:literal, $after:literal) => {
        (
            "  - workflowId: renewal\n",
            concat!(
                "  - ", $id, "\n", $more,
                "    x-security-scheme: oauth\n    inputs: {type: object, required: [", $required,
                "], properties: {", $properties, "}}\n    steps:\n      - stepId: back\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload: {grant_type: refresh_token, client_id: lamp, refresh_token: $inputs.token}\n",
                $after, "  - workflowId: renewal\n"
            ),
        )
    };
}

const TOKEN: &str = "token: {type: string}";
const REVOKE: Edit = revocation!(
    "workflowId: revoke",
    "",
    "token",
    "token: {type: string}",
    ""
);

#[test]
fn a_workflow_with_a_token_and_without_outputs_gives_back_those_of_its_scheme() {
    assert!(REVOKE.1.contains(TOKEN));
    assert_eq!(
        revokers(&[REVOKE]),
        expected(&[
            ("client_credentials", &["revoke"]),
            ("revoke", &[]),
            ("renewal", &["revoke"])
        ])
    );
    assert_eq!(
        revokers(&[]),
        expected(&[("client_credentials", &[]), ("renewal", &[])])
    );
}

#[test]
fn x_revokes_says_whose_tokens_it_is_for() {
    let says = revocation!(
        "workflowId: revoke",
        "    x-revokes: [renewal]\n",
        "token",
        "token: {type: string}",
        ""
    );
    assert_eq!(
        revokers(&[says]),
        expected(&[
            ("client_credentials", &[]),
            ("revoke", &[]),
            ("renewal", &["revoke"])
        ])
    );
}

#[test]
fn a_revocation_that_can_give_nothing_back_is_told() {
    assert_found(&[
        (
            &[revocation!(
                "→workflowId: revoke",
                "",
                "token, tenant",
                "token: {type: string}, tenant: {type: string}",
                ""
            )],
            "`revoke` gives nobody's token back: `revoke` needs `tenant`",
            "make it a required input of `client_credentials` as well",
        ),
        (
            &[revocation!(
                "workflowId: revoke",
                "    x-revokes: [→client_credential]\n",
                "token",
                "token: {type: string}",
                ""
            )],
            "no workflow `client_credential`",
            "did you mean `client_credentials`?",
        ),
        (
            &[revocation!(
                "workflowId: revoke",
                "    x-revokes: [client_credentials, →revoke]\n",
                "token",
                "token: {type: string}",
                ""
            )],
            "`revoke` yields no token to give back",
            "an `access_token`",
        ),
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    x-revokes: [→client_credentials]\n",
            )],
            "`renewal` gives no token back",
            "an input `token` and no `outputs`",
        ),
        (
            &[revocation!(
                "workflowId: revoke",
                "",
                "token",
                "token: {type: string}",
                "    →outputs: {scope: $inputs.token}\n"
            )],
            "`revoke` yields no `access_token`",
            "a workflow that gives a token back has an input `token` and no outputs",
        ),
    ]);
}

#[test]
fn a_hint_names_kinds_of_token() {
    let hint = |values: &'static str| -> Edit {
        match values {
            "none" => (
                "    inputs: {type: object, required: [token], properties: {token: {type: string}}}\n",
                "    →inputs: {type: object, required: [token], properties: {token: {type: string}, token_type_hint: {type: string, enum: [id_token]}}}\n",
            ),
            _ => (
                "    inputs: {type: object, required: [token], properties: {token: {type: string}}}\n",
                "    inputs: {type: object, required: [token], properties: {token: {type: string}, token_type_hint: {type: string, const: refresh_token}}}\n",
            ),
        }
    };
    assert_found(&[(
        &[REVOKE, hint("none")],
        "`token_type_hint` can be no kind of token",
        "access_token or refresh_token",
    )]);
    revokers(&[REVOKE, hint("one")]);
}

#[test]
fn where_several_fit_the_document_has_to_say() {
    let second: Edit = revocation!(
        "workflowId: other",
        "",
        "token",
        "token: {type: string}",
        ""
    );
    let says = (
        "- workflowId: other\n",
        "- workflowId: other\n    x-revokes: [client_credentials]\n",
    );
    assert_eq!(
        revokers(&[REVOKE, second, says]),
        expected(&[
            ("client_credentials", &["other"]),
            ("revoke", &[]),
            ("other", &[]),
            ("renewal", &["revoke"])
        ])
    );
}
