//! Which workflow renews the token of which.

use crate::lamp::{Edit, Lamp, assert_found};

fn renewers(edits: &[Edit]) -> Vec<(String, Vec<String>)> {
    let spec = Lamp::new()
        .edited(edits)
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let workflows = spec.workflows.into_iter();
    workflows
        .map(|workflow| (workflow.id, workflow.renewed_by))
        .collect()
}

fn expected(pairs: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    pairs
        .iter()
        .map(|(id, by)| ((*id).to_owned(), owned(by)))
        .collect()
}

/// The renewal as it stands, under another name.
const SECOND: Edit = (
    "  - workflowId: renewal\n",
    "  - workflowId: other\n    x-security-scheme: oauth\n    inputs: {type: object, required: [refresh_token], properties: {refresh_token: {type: string}}}\n    steps:\n      - stepId: token\n        operationId: create_token\n        requestBody:\n          contentType: application/x-www-form-urlencoded\n          payload: {grant_type: refresh_token, client_id: lamp, refresh_token: $inputs.refresh_token}\n        outputs: {token: $response.body#/access_token}\n    outputs: {access_token: $steps.token.outputs.token}\n  - workflowId: renewal\n",
);

#[test]
fn a_workflow_with_a_refresh_token_renews_the_others_of_its_scheme() {
    assert_eq!(
        renewers(&[]),
        expected(&[("client_credentials", &["renewal"]), ("renewal", &[])])
    );
}

#[test]
fn a_renewal_that_yields_what_it_needs_renews_itself() {
    let yields = (
        "access_token: $response.body#/access_token\n    outputs:\n      access_token: $steps.token.outputs.access_token\n",
        "access_token: $response.body#/access_token\n          again: $response.body#/refresh_token\n    outputs:\n      access_token: $steps.token.outputs.access_token\n      refresh_token: $steps.token.outputs.again\n",
    );
    assert_eq!(
        renewers(&[yields]),
        expected(&[
            ("client_credentials", &["renewal"]),
            ("renewal", &["renewal"])
        ])
    );
}

#[test]
fn a_renewal_is_no_renewal_where_it_needs_what_nobody_has() {
    let no_token = (
        "      refresh_token: $steps.token.outputs.refresh_token\n",
        "",
    );
    let more = (
        "required: [client_id, refresh_token]",
        "required: [client_id, refresh_token, tenant]",
    );
    let tenant = (
        "refresh_token: {type: string, format: password, examples: [refresh]}",
        "refresh_token: {type: string}\n        tenant: {type: string}",
    );
    let nobody = expected(&[("client_credentials", &[]), ("renewal", &[])]);
    assert_eq!(renewers(&[no_token]), nobody);
    assert_eq!(renewers(&[more, tenant]), nobody);
}

#[test]
fn an_input_that_is_another_credential_needs_no_counterpart() {
    let more = (
        "required: [client_id, refresh_token]",
        "required: [client_id, refresh_token, tenant]",
    );
    let tenant = (
        "refresh_token: {type: string, format: password, examples: [refresh]}",
        "refresh_token: {type: string}\n        tenant: {type: string, x-credential: key}",
    );
    assert_eq!(
        renewers(&[more, tenant]),
        expected(&[("client_credentials", &["renewal"]), ("renewal", &[])])
    );
}

#[test]
fn where_several_renewals_fit_the_document_has_to_say() {
    assert_found(&[(
        &[
            SECOND,
            (
                "- workflowId: client_credentials",
                "- →workflowId: client_credentials",
            ),
        ],
        "could be renewed by other or renewal",
        "x-renews: [client_credentials]",
    )]);
    let says = (
        "- workflowId: other\n",
        "- workflowId: other\n    x-renews: [client_credentials]\n",
    );
    assert_eq!(
        renewers(&[SECOND, says]),
        expected(&[
            ("client_credentials", &["other"]),
            ("other", &[]),
            ("renewal", &[])
        ])
    );
}

#[test]
fn x_renews_names_workflows_that_can_be_renewed() {
    assert_found(&[
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    x-renews: [→client_credential]\n",
            )],
            "no workflow `client_credential`",
            "did you mean `client_credentials`?",
        ),
        (
            &[(
                "- workflowId: renewal\n",
                "- workflowId: renewal\n    x-renews: [→renewal]\n",
            )],
            "no `refresh_token` and no `access_token` that `renewal` yields",
            "such an output",
        ),
        (
            &[(
                "- workflowId: renewal\n    x-security-scheme: oauth",
                "- workflowId: renewal\n    x-security-scheme: key\n    x-renews: [→client_credentials]",
            )],
            "supplies another scheme's token",
            "same `x-security-scheme`",
        ),
    ]);
}
