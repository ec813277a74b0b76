//! What a step sends is what the operation takes.

use super::schemas::{Members, members};
use super::security::carries;
use super::{Both, Call};
use crate::arazzo::step_parameters;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::{Expression, Template};
use crate::model::{MediaType, StepBody, Workflow};
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
            .any(|scheme| carries(&scheme.presentation, sent.location, &sent.name));
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
fn check_presence(
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
            node.get("contentType").unwrap_or(node).place(),
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
    check_payload(call, media_type, sent, &payload, both, diagnostics);
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

fn check_payload(
    call: &Call<'_>,
    media_type: &MediaType,
    sent: &StepBody,
    payload: &Node<'_>,
    both: &Both<'_>,
    diagnostics: &mut Diagnostics,
) {
    let schema = both.openapi.at(&join(&media_type.pointer, "schema"));
    if let Some(schema) = schema {
        check_value(call, &sent.value, payload, &schema, diagnostics);
    }
}

fn check_value(
    call: &Call<'_>,
    value: &Template,
    node: &Node<'_>,
    schema: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Template::Object(sent) = value else {
        check_scalar(value, node, schema, diagnostics);
        return;
    };
    let described = members(schema);
    check_required_members(call, sent, node, &described, diagnostics);
    for (name, value) in sent {
        let member = node.get(name).unwrap_or_else(|| node.clone());
        check_member(call, name, value, &member, &described, diagnostics);
    }
}

/// Alternatives may describe a member differently; it has to fit one description.
fn check_member(
    call: &Call<'_>,
    name: &str,
    value: &Template,
    node: &Node<'_>,
    described: &Members<'_>,
    diagnostics: &mut Diagnostics,
) {
    let schemas = described.known.iter().filter(|(known, _)| *known == name);
    let verdict = schemas
        .map(|(_, schema)| {
            let mut complaints = Diagnostics::default();
            check_value(call, value, node, schema, &mut complaints);
            complaints
        })
        .min_by_key(|complaints| complaints.complaints().len());
    if let Some(complaints) = verdict {
        diagnostics.extend(complaints);
    } else if !described.is_open {
        let names: Vec<&str> = described.known.iter().map(|(name, _)| *name).collect();
        diagnostics.add(
            node.place(),
            format!("the body of `{}` has no `{name}`", call.operation.id),
            spelling::advice(name, &names, "describe it in openapi.yaml, or delete it"),
        );
    }
}

/// Of alternatives, the one that lacks least is the one that was meant.
fn check_required_members(
    call: &Call<'_>,
    sent: &[(String, Template)],
    node: &Node<'_>,
    described: &Members<'_>,
    diagnostics: &mut Diagnostics,
) {
    let is_sent = |name: &str| sent.iter().any(|(known, _)| known == name);
    let missing = |required: &Vec<&str>| required.iter().filter(|name| !is_sent(name)).count();
    let Some(required) = described
        .required
        .iter()
        .min_by_key(|required| missing(required))
    else {
        return;
    };
    for name in required {
        match sent.iter().find(|(known, _)| known == name) {
            Some((_, value)) => {
                let member = node.get(name).unwrap_or_else(|| node.clone());
                check_presence(name, value, call.workflow, &member, diagnostics);
            }
            None => diagnostics.add(
                node.place(),
                format!("the body of `{}` needs `{name}`", call.operation.id),
                format!("add `{name}: ...` to the payload"),
            ),
        }
    }
}

/// A constant has to be one of the values that the schema lists, and no text stands for an object.
fn check_scalar(
    value: &Template,
    node: &Node<'_>,
    schema: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let schema = schema.resolve();
    let is_structure = matches!(schema.text("type"), Some("object" | "array"));
    if is_structure && matches!(value, Template::String(_) | Template::Text(_)) {
        diagnostics.add(
            node.value_place(),
            "a text stands here for an object or a list",
            "write it as YAML, so that the token engine can encode what goes into it",
        );
    }
    let Template::String(text) = value else {
        return;
    };
    let values: Vec<&str> = schema
        .items_of("enum")
        .filter_map(|value| value.value.as_str())
        .collect();
    if !values.is_empty() && !values.contains(&text.as_str()) {
        diagnostics.add(
            node.value_place(),
            format!("`{text}` is none of the values that are documented"),
            spelling::advice(
                text,
                &values,
                &format!("write one of {}", values.join(", ")),
            ),
        );
    }
}
