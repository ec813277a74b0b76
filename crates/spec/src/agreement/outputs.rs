//! What workflows and steps read.

use std::collections::BTreeSet;

use super::schemas::{pointers, reaches};
use super::{Both, Call};
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::expression::Expression;
use crate::model::{Operation, Response, Status, Workflow};
use crate::openapi::Api;
use crate::place::{join, tokens};
use crate::spelling;

/// The outputs of a workflow, by their names of RFC 6749, and ours where it has none.
const OUTPUTS: [&str; 9] = [
    "access_token",
    "expires_in",
    "expires_in_ms",
    "expires_in_minutes",
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
        let meant = match expression {
            Expression::Body(pointer) if !has_body(&successes, pointer, both.openapi) => {
                let meant = meant_pointer(&successes, pointer, both.openapi);
                meant.map(|pointer| format!("$response.body#{pointer}"))
            }
            Expression::Header(name) if !has_header(&successes, name) => {
                let names = header_names(&successes);
                let meant = spelling::nearest(name, names);
                meant.map(|name| format!("$response.header.{name}"))
            }
            _ => continue,
        };
        diagnostics.add(
            node.value_place(),
            format!(
                "no success of `{}` is documented to have this",
                call.operation.id
            ),
            match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if is_text(&successes) => {
                    "the answer is a text, which has no members: `$response.body` is all of it"
                        .to_owned()
                }
                None => "correct the expression, or describe the answer in openapi.yaml".to_owned(),
            },
        );
    }
    let all: Vec<&Response> = call.operation.responses.iter().collect();
    let criteria = call.node.items_of("successCriteria");
    for (condition, node) in call.step.success.iter().zip(criteria) {
        let place = node.member_or_self("condition");
        condition.expressions(&mut |expression| {
            if let Expression::Body(pointer) = expression
                && !has_body(&all, pointer, both.openapi)
            {
                no_answer(pointer, call.operation, &place, both.openapi, diagnostics);
            }
        });
    }
}

/// Whether all that the answers are documented to be is text.
fn is_text(responses: &[&Response]) -> bool {
    let mut content = responses.iter().flat_map(|response| &response.content);
    content.all(|media_type| media_type.name.starts_with("text/"))
        && responses
            .iter()
            .any(|response| !response.content.is_empty())
}

/// Complains that no answer of an operation has something at a pointer.
pub(super) fn no_answer(
    pointer: &str,
    operation: &Operation,
    node: &Node<'_>,
    document: &Document,
    diagnostics: &mut Diagnostics,
) {
    let responses: Vec<&Response> = operation.responses.iter().collect();
    diagnostics.add(
        node.value_place(),
        format!(
            "no answer of `{}` is documented to have `{pointer}`",
            operation.id
        ),
        pointer_advice(
            pointer,
            &responses,
            document,
            "correct the pointer, or describe the answer in openapi.yaml",
        ),
    );
}

/// Asks whether another pointer into one of the answers was meant, or else gives other advice.
pub(super) fn pointer_advice(
    pointer: &str,
    responses: &[&Response],
    document: &Document,
    otherwise: &str,
) -> String {
    match meant_pointer(responses, pointer, document) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => otherwise.to_owned(),
    }
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
    body_schemas(responses, document)
        .any(|schema| schema.is_none_or(|schema| reaches(&schema, pointer)))
}

/// The pointer into one of the answers that another one is a misspelling of; or else the one that
/// ends with the same member, where there is no other.
fn meant_pointer(responses: &[&Response], pointer: &str, document: &Document) -> Option<String> {
    let schemas = body_schemas(responses, document).flatten();
    let known: BTreeSet<String> = schemas.flat_map(|schema| pointers(&schema)).collect();
    let known = || known.iter().map(String::as_str);
    let last = |pointer: &str| tokens(pointer).last();
    let mut elsewhere = known().filter(|other| last(other) == last(pointer));
    let same_member = elsewhere.next().filter(|_| elsewhere.next().is_none());
    spelling::nearest(pointer, known())
        .or(same_member)
        .map(str::to_owned)
}

/// The schemas of all bodies; `None` of one that is described by none.
fn body_schemas<'a>(
    responses: &[&Response],
    document: &'a Document,
) -> impl Iterator<Item = Option<Node<'a>>> {
    let media_types = responses.iter().flat_map(|response| &response.content);
    media_types.map(|media_type| document.at(&join(&media_type.pointer, "schema")))
}

fn has_header(responses: &[&Response], name: &str) -> bool {
    // OpenAPI describes the content type elsewhere.
    name.eq_ignore_ascii_case("content-type")
        || header_names(responses).any(|header| header.eq_ignore_ascii_case(name))
}

fn header_names<'a>(responses: &[&'a Response]) -> impl Iterator<Item = &'a str> {
    let headers = responses.iter().flat_map(|response| &response.headers);
    headers.map(|(name, _)| name.as_str())
}
