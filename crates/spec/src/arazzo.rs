//! The Arazzo document: the token workflows.

use serde_json::Value;

use crate::criteria;
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::expression::{Expression, Template};
use crate::model::{Location, Step, StepBody, StepParameter, Workflow};
use crate::openapi::Api;

mod credentials;
mod inputs;

/// Reads a document that obeys the JSON Schema of Arazzo 1.0.
pub(crate) fn read(document: &Document, api: &Api) -> Result<Vec<Workflow>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let workflows = document
        .root()
        .items_of("workflows")
        .map(|node| workflow(&node, api, &mut diagnostics))
        .collect();
    diagnostics.or_ok(workflows)
}

fn workflow(node: &Node<'_>, api: &Api, diagnostics: &mut Diagnostics) -> Workflow {
    let inputs = inputs::read(node, diagnostics);
    let has_code = inputs.iter().any(|input| input.name == "code");
    Workflow {
        id: node.text_or_empty("workflowId"),
        summary: node.text_or_empty("summary"),
        description: node.text_or_empty("description"),
        scheme: node.text_or_empty("x-security-scheme"),
        inputs,
        steps: node
            .items_of("steps")
            .map(|step| self::step(&step, api, diagnostics))
            .collect(),
        outputs: outputs(node, diagnostics),
        renewed_by: Vec::new(),
        single_use: node.flag("x-single-use") || has_code,
        default_expires_in: node
            .copy("x-default-expires-in")
            .and_then(|seconds| seconds.as_u64()),
        assumed: node.flag("x-assumed"),
        place: node.place(),
    }
}

fn step(node: &Node<'_>, api: &Api, diagnostics: &mut Diagnostics) -> Step {
    let body = node
        .get("requestBody")
        .map(|body| step_body(node, &body, api, diagnostics));
    Step {
        id: node.text_or_empty("stepId"),
        operation: node.text_or_empty("operationId"),
        parameters: node
            .items_of("parameters")
            .map(|parameter| step_parameter(&parameter, diagnostics))
            .collect(),
        credentials: credentials::read(node, body.as_ref(), api, diagnostics),
        body,
        success: criteria::read(node, "successCriteria", diagnostics),
        outputs: outputs(node, diagnostics),
    }
}

fn step_parameter(node: &Node<'_>, diagnostics: &mut Diagnostics) -> StepParameter {
    let location = match node.text("in") {
        Some("path") => Location::Path,
        Some("header") => Location::Header,
        Some("cookie") => Location::Cookie,
        _ => Location::Query,
    };
    StepParameter {
        name: node.text_or_empty("name"),
        location,
        value: node
            .get("value")
            .map_or(Template::Null, |value| template(&value, diagnostics)),
    }
}

fn step_body(
    step: &Node<'_>,
    node: &Node<'_>,
    api: &Api,
    diagnostics: &mut Diagnostics,
) -> StepBody {
    let operation = step.text("operationId");
    let documented = api
        .operations
        .iter()
        .find(|candidate| Some(candidate.id.as_str()) == operation)
        .and_then(|operation| operation.body.as_ref()?.content.first());
    StepBody {
        media_type: node
            .text("contentType")
            .or(documented.map(|media| media.name.as_str()))
            .unwrap_or_default()
            .to_owned(),
        value: node
            .get("payload")
            .map_or(Template::Null, |payload| template(&payload, diagnostics)),
    }
}

fn outputs(owner: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<(String, Expression)> {
    let mut outputs = Vec::new();
    for (name, node) in owner.members_of("outputs") {
        match Expression::parse(node.value.as_str().unwrap_or_default()) {
            Ok(expression) => outputs.push((name.to_owned(), expression)),
            Err(fault) => diagnostics.extend(fault.at(node.value_place())),
        }
    }
    outputs
}

/// A payload or a value with the expressions in it.
fn template(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Template {
    match node.value {
        Value::Null => Template::Null,
        Value::Bool(value) => Template::Bool(*value),
        Value::Number(number) => number.as_i64().map_or_else(
            || Template::Number(number.as_f64().unwrap_or_default()),
            Template::Integer,
        ),
        Value::String(text) => Template::text(text).unwrap_or_else(|fault| {
            diagnostics.extend(fault.at(node.value_place()));
            Template::Null
        }),
        Value::Array(_) => Template::Array(
            node.items()
                .map(|item| template(&item, diagnostics))
                .collect(),
        ),
        Value::Object(_) => Template::Object(
            node.members()
                .map(|(name, member)| (name.to_owned(), template(&member, diagnostics)))
                .collect(),
        ),
    }
}
