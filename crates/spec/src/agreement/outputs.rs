//! What workflows and steps read.

use super::schemas::reaches;
use super::{Both, Call};
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::expression::Expression;
use crate::model::{Operation, Response, Status, Workflow};
use crate::openapi::Api;
use crate::place::join;
use crate::spelling;

/// The outputs of a workflow, by their names of RFC 6749, and ours where it has none.
const OUTPUTS: [&str; 8] = [
    "access_token",
    "expires_in",
    "expires_in_ms",
    "expires_at",
    "refresh_token",
    "scope",
    "token_type",
    "server_url",
];

/// Complains about outputs of a workflow that nobody reads.
pub(super) fn check_names(
    workflow: &Workflow,
    node: &Node<'_>,
    api: &Api,
    diagnostics: &mut Diagnostics,
) {
    let mut outputs = workflow.outputs.iter();
    if !outputs.any(|(name, _)| name == "access_token") && !workflow.gives_back() {
        diagnostics.add(
            node.member_or_self("outputs").place(),
            format!("`{}` yields no `access_token`", workflow.id),
            "add `access_token: $steps.<step>.outputs.<name>` to its `outputs`; a workflow that \
             gives a token back has an input `token` and no outputs",
        );
    }
    for (name, output) in node.members_of("outputs") {
        if !OUTPUTS.contains(&name) {
            diagnostics.add(
                output.place(),
                format!("nobody reads the output `{name}` of a workflow"),
                spelling::advice(name, &OUTPUTS, &format!("it can be {}", OUTPUTS.join(", "))),
            );
        }
        let has_hosts = |name: &str| {
            let scheme = api.schemes.iter().find(|scheme| scheme.name == name);
            scheme.is_none_or(|scheme| !scheme.server_url_hosts.is_empty())
        };
        if name == "server_url" && !has_hosts(&workflow.scheme) {
            diagnostics.add(
                output.place(),
                "no host that an answer names is trusted",
                format!(
                    "list the hosts as `x-server-url-hosts` of the scheme `{}`",
                    workflow.scheme
                ),
            );
        }
    }
}

/// Complains about outputs and criteria of a step that no documented answer has.
pub(super) fn check(call: &Call<'_>, both: &Both<'_>, diagnostics: &mut Diagnostics) {
    let successes = successes(call.operation);
    let outputs = call.step.outputs.iter().map(|(_, expression)| expression);
    for (expression, (_, node)) in outputs.zip(call.node.members_of("outputs")) {
        let missing = match expression {
            Expression::Body(pointer) => !has_body(&successes, pointer, both.openapi),
            Expression::Header(name) => !has_header(&successes, name),
            _ => false,
        };
        if missing {
            diagnostics.add(
                node.value_place(),
                format!(
                    "no success of `{}` is documented to have this",
                    call.operation.id
                ),
                "correct the expression, or describe the answer in openapi.yaml",
            );
        }
    }
    let all: Vec<&Response> = call.operation.responses.iter().collect();
    let criteria = call.node.items_of("successCriteria");
    for (condition, node) in call.step.success.iter().zip(criteria) {
        let place = node.member_or_self("condition");
        condition.expressions(&mut |expression| {
            if let Expression::Body(pointer) = expression
                && !has_body(&all, pointer, both.openapi)
            {
                no_answer(pointer, call.operation, &place, diagnostics);
            }
        });
    }
}

/// Complains that no answer of an operation has something at a pointer.
pub(super) fn no_answer(
    pointer: &str,
    operation: &Operation,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    diagnostics.add(
        node.value_place(),
        format!(
            "no answer of `{}` is documented to have `{pointer}`",
            operation.id
        ),
        "correct the pointer, or describe the answer in openapi.yaml",
    );
}

/// The documented answers of success; `default`, where there are no others.
pub(super) fn successes(operation: &Operation) -> Vec<&Response> {
    let successes: Vec<&Response> = operation
        .responses
        .iter()
        .filter(|response| response.status.is_success())
        .collect();
    if !successes.is_empty() {
        return successes;
    }
    operation
        .responses
        .iter()
        .filter(|response| response.status == Status::Default)
        .collect()
}

/// Whether any of the answers can have something at a pointer into its body.
pub(super) fn has_body(responses: &[&Response], pointer: &str, document: &Document) -> bool {
    let media_types = responses.iter().flat_map(|response| &response.content);
    media_types
        .map(|media_type| document.at(&join(&media_type.pointer, "schema")))
        .any(|schema| schema.is_none_or(|schema| reaches(&schema, pointer)))
}

fn has_header(responses: &[&Response], name: &str) -> bool {
    // OpenAPI describes the content type elsewhere.
    name.eq_ignore_ascii_case("content-type")
        || responses
            .iter()
            .flat_map(|response| &response.headers)
            .any(|(header, _)| header.eq_ignore_ascii_case(name))
}
