//! The Arazzo document: the token workflows, and nothing that the token engine would not run.

use std::collections::HashSet;

use heck::ToSnakeCase;
use roas_arazzo::validation::Validate;
use serde_json::Value;

use crate::criteria;
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::expression::{Expression, Template, is_name};
use crate::model::{Location, Step, StepBody, StepParameter, Workflow};
use crate::openapi::Api;
use crate::place::join;

mod credentials;
mod inputs;
mod unsupported;

/// Complains about what the token engine does not run, in a document that may break its standard.
pub(crate) fn check_keys(document: &Document) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    unsupported::check_keys(&document.root(), &mut diagnostics);
    diagnostics.or_ok(())
}

/// Reads a document that obeys the JSON Schema of Arazzo 1.0.
pub(crate) fn read(
    document: &Document,
    description: &str,
    api: &Api,
) -> Result<Vec<Workflow>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let root = document.root();
    unsupported::check(&root, description, &mut diagnostics);
    check_ids(&root, &mut diagnostics);
    check_with_roas(document, &mut diagnostics);
    let workflows = root
        .items_of("workflows")
        .map(|node| workflow(&node, api, &mut diagnostics))
        .collect();
    diagnostics.or_ok(workflows)
}

/// The id of the operation that a step calls. With a single source, both spellings of Arazzo
/// mean the same: `create_token` and `$sourceDescriptions.digitaleo.create_token`.
pub(crate) fn operation_id<'a>(step: &Node<'a>) -> &'a str {
    let id = step.text("operationId").unwrap_or_default();
    id.strip_prefix("$sourceDescriptions.")
        .and_then(|qualified| qualified.split_once('.'))
        .map_or(id, |(_, id)| id)
}

/// The parameters of a step, each with where its value stands. Reusable ones are looked up.
pub(crate) fn step_parameters<'a>(step: &Node<'a>) -> Vec<(Node<'a>, Node<'a>)> {
    step.items_of("parameters")
        .filter_map(|listed| {
            let described = match listed.text("reference") {
                Some(reference) => reusable(&listed, reference)?,
                None => listed.clone(),
            };
            let value = listed.get("value").or_else(|| described.get("value"))?;
            Some((described, value))
        })
        .collect()
}

fn reusable<'a>(node: &Node<'a>, reference: &str) -> Option<Node<'a>> {
    let name = reference.strip_prefix("$components.parameters.")?;
    node.anywhere(&join("/components/parameters", name))
}

fn workflow(node: &Node<'_>, api: &Api, diagnostics: &mut Diagnostics) -> Workflow {
    let inputs = inputs::read(node, api, diagnostics);
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
        revoked_by: Vec::new(),
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
        operation: operation_id(node).to_owned(),
        parameters: step_parameters(node)
            .into_iter()
            .map(|(described, value)| step_parameter(&described, &value, diagnostics))
            .collect(),
        credentials: credentials::read(node, body.as_ref(), api, diagnostics),
        body,
        success: criteria::read(node, "successCriteria", diagnostics),
        outputs: outputs(node, diagnostics),
    }
}

fn step_parameter(
    described: &Node<'_>,
    value: &Node<'_>,
    diagnostics: &mut Diagnostics,
) -> StepParameter {
    StepParameter {
        name: described.text_or_empty("name"),
        location: Location::read(described.text("in")).unwrap_or(Location::Query),
        value: template(value, diagnostics),
    }
}

fn step_body(
    step: &Node<'_>,
    node: &Node<'_>,
    api: &Api,
    diagnostics: &mut Diagnostics,
) -> StepBody {
    let id = operation_id(step);
    let documented = api
        .operations
        .iter()
        .find(|operation| operation.id == id)
        .and_then(|operation| operation.body.as_ref())
        .map_or(&[][..], |body| &body.content);
    let media_type = match (node.text("contentType"), documented) {
        (Some(media_type), _) => media_type,
        (None, [only]) => only.name.as_str(),
        (None, _) => {
            diagnostics.add(
                node.place(),
                "this body has no `contentType`, and the operation has no single one",
                "add `contentType: ...`",
            );
            ""
        }
    };
    StepBody {
        media_type: media_type.to_owned(),
        value: node
            .get("payload")
            .map_or(Template::Null, |payload| template(&payload, diagnostics)),
    }
}

fn outputs(owner: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<(String, Expression)> {
    let mut outputs = Vec::new();
    for (name, node) in owner.members_of("outputs") {
        if !is_name(name) {
            diagnostics.add(
                node.place(),
                format!("`{name}` cannot name an output"),
                "use letters, digits, `_` and `-`",
            );
        }
        match Expression::parse(node.value.as_str().unwrap_or_default()) {
            Ok(expression) => outputs.push((name.to_owned(), expression)),
            Err(fault) => diagnostics.add(node.value_place(), fault.message, fault.help),
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
            diagnostics.add(node.value_place(), fault.message, fault.help);
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

/// Workflows name structs, steps name values: both have to stay unique in snake case.
fn check_ids(root: &Node<'_>, diagnostics: &mut Diagnostics) {
    check_unique(root.items_of("workflows"), "workflowId", diagnostics);
    for workflow in root.items_of("workflows") {
        check_unique(workflow.items_of("steps"), "stepId", diagnostics);
    }
}

fn check_unique<'a>(
    nodes: impl Iterator<Item = Node<'a>>,
    key: &str,
    diagnostics: &mut Diagnostics,
) {
    let mut seen = HashSet::new();
    for node in nodes {
        let Some(id) = node.get(key) else { continue };
        let text = id.value.as_str().unwrap_or_default();
        let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
        if !is_name(text) || !begins {
            diagnostics.add(
                id.value_place(),
                format!("`{text}` cannot be a `{key}`"),
                "begin with a letter and go on with letters, digits, `_` and `-`",
            );
        } else if !seen.insert(text.to_snake_case()) {
            diagnostics.add(
                id.value_place(),
                format!("another `{key}` is `{text}` too, at least in snake case"),
                "give one of them another name",
            );
        }
    }
}

/// What another reader of Arazzo finds.
fn check_with_roas(document: &Document, diagnostics: &mut Diagnostics) {
    let parsed: Result<roas_arazzo::v1_0::Description, _> =
        serde_json::from_value(document.value.clone());
    let help = "see the specification of Arazzo 1.0";
    match parsed.map(|description| description.validate(Default::default())) {
        Ok(Ok(())) => {}
        Ok(Err(found)) => {
            for error in found.errors {
                let place = document.places.get(&pointer_of(&error.path));
                diagnostics.add(place, error.message, help);
            }
        }
        Err(error) => diagnostics.add(document.root().place(), error.to_string(), help),
    }
}

/// `#.workflows[0].steps[1].stepId` as a JSON pointer.
fn pointer_of(path: &str) -> String {
    path.trim_start_matches('#')
        .split(['.', '[', ']'])
        .filter(|token| !token.is_empty())
        .fold(String::new(), |pointer, token| join(&pointer, token))
}
