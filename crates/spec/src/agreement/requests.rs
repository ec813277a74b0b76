//! What a step sends is what the operation takes.

use super::{Both, Call, payload};
use crate::arazzo::step_parameters;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::{Expression, Template};
use crate::model::{StepBody, Workflow};
use crate::place::join;
use crate::spelling;

/// Checks parameters and body of a step.
pub(super) fn check(call: &Call<'_>, both: &Both<'_>, diagnostics: &mut Diagnostics) {
    check_sent_parameters(call, both, diagnostics);
    check_required_parameters(call, diagnostics);
    check_body(call, both, diagnostics);
}

fn check_sent_parameters(call: &Call<'_>, both: &Both<'_>, diagnostics: &mut Diagnostics) {
    let nodes = step_parameters(&call.node);
    for (sent, (_, value)) in call.step.parameters.iter().zip(nodes) {
        let documented = &call.operation.parameters;
        let is_documented = documented
            .iter()
            .any(|parameter| parameter.location == sent.location && parameter.name == sent.name);
        let asked = call.operation.security.iter().flatten();
        let is_credential = asked
            .filter_map(|requirement| {
                both.api
                    .schemes
                    .iter()
                    .find(|scheme| scheme.name == requirement.scheme)
            })
            .any(|scheme| scheme.presentation.stands_at(sent.location, &sent.name));
        if is_documented || is_credential {
            continue;
        }
        let names: Vec<&str> = documented
            .iter()
            .filter(|parameter| parameter.location == sent.location)
            .map(|parameter| parameter.name.as_str())
            .collect();
        diagnostics.add(
            value.place(),
            format!(
                "`{}` takes no parameter `{}` there",
                call.operation.id, sent.name
            ),
            spelling::advice(
                &sent.name,
                &names,
                "describe it in openapi.yaml, or delete it",
            ),
        );
    }
}

fn check_required_parameters(call: &Call<'_>, diagnostics: &mut Diagnostics) {
    for parameter in call
        .operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
    {
        let sent = call
            .step
            .parameters
            .iter()
            .find(|sent| sent.location == parameter.location && sent.name == parameter.name);
        let place = call
            .node
            .get("parameters")
            .unwrap_or_else(|| call.node.clone());
        match sent {
            None => diagnostics.add(
                place.place(),
                format!(
                    "`{}` needs the parameter `{}`",
                    call.operation.id, parameter.name
                ),
                "add it to the `parameters` of the step",
            ),
            Some(sent) => {
                check_presence(
                    &parameter.name,
                    &sent.value,
                    call.workflow,
                    &place,
                    diagnostics,
                );
            }
        }
    }
}

/// What is required must not hang on an input that may be absent.
pub(super) fn check_presence(
    name: &str,
    value: &Template,
    workflow: &Workflow,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    value.expressions(&mut |expression| {
        let Expression::Input(input) = expression else {
            return;
        };
        let optional = workflow
            .inputs
            .iter()
            .any(|known| known.name == *input && !known.required && known.default.is_none());
        if optional {
            diagnostics.add(
                node.place(),
                format!("`{name}` is required, and its input `{input}` may be absent"),
                format!("add `{input}` to the `required` inputs, or give it a default"),
            );
        }
    });
}

fn check_body(call: &Call<'_>, both: &Both<'_>, diagnostics: &mut Diagnostics) {
    let documented = call.operation.body.as_ref();
    let (Some(sent), Some(node)) = (&call.step.body, call.node.get("requestBody")) else {
        if documented.is_some_and(|body| body.required) {
            diagnostics.add(
                call.node.place(),
                format!("`{}` needs a request body", call.operation.id),
                "add `requestBody` with `contentType` and `payload` to the step",
            );
        }
        return;
    };
    let content = documented.map_or(&[][..], |body| &body.content);
    let Some(media_type) = content
        .iter()
        .find(|known| covers(&known.name, &sent.media_type))
    else {
        let names: Vec<&str> = content.iter().map(|known| known.name.as_str()).collect();
        diagnostics.add(
            node.member_or_self("contentType").place(),
            format!("`{}` takes no `{}`", call.operation.id, sent.media_type),
            if names.is_empty() {
                "describe its `requestBody` in openapi.yaml, or delete this one".to_owned()
            } else {
                format!("write {}", names.join(" or "))
            },
        );
        return;
    };
    let Some(payload) = node.get("payload") else {
        diagnostics.add(
            node.place(),
            "this body has no payload",
            "add `payload: ...`, or delete `requestBody`",
        );
        return;
    };
    check_encoding(sent, &payload, diagnostics);
    if let Some(schema) = both.openapi.at(&join(&media_type.pointer, "schema")) {
        payload::check(call, &sent.value, &payload, &schema, diagnostics);
    }
}

/// Whether a media type or a range of them covers a media type.
fn covers(range: &str, media_type: &str) -> bool {
    let (range, media_type) = (essence(range), essence(media_type));
    range == media_type
        || range == "*/*"
        || range
            .strip_suffix('*')
            .is_some_and(|start| start.ends_with('/') && media_type.starts_with(start))
}

/// The media type without its parameters, in lower case.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn check_encoding(sent: &StepBody, payload: &Node<'_>, diagnostics: &mut Diagnostics) {
    let essence = essence(&sent.media_type);
    let is_structure = matches!(sent.value, Template::Object(_) | Template::Array(_));
    let help = match essence.as_str() {
        "application/json" => return,
        _ if essence.ends_with("+json") => return,
        "application/x-www-form-urlencoded" if matches!(sent.value, Template::Object(_)) => return,
        "application/x-www-form-urlencoded" => {
            "write the form as an object: {grant_type: ..., client_id: $inputs.client_id}"
        }
        _ if essence.starts_with("text/") && !is_structure => return,
        _ if essence.starts_with("text/") => "write the text as one value",
        _ => "the token engine writes JSON, forms and text",
    };
    diagnostics.add(
        payload.place(),
        format!("this payload cannot be written as `{}`", sent.media_type),
        help,
    );
}
