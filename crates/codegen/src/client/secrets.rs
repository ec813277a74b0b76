//! Which values of requests and answers are secrets because a token workflow treats them so.

use std::collections::BTreeSet;

use keyfob_spec::Spec;
use keyfob_spec::expression::{Expression, Template};
use keyfob_spec::model::{MediaType, Operation, Step, Workflow};
use serde_json::Value;

use super::reach::{follow, join};

/// The outputs of a workflow that are secrets.
const SECRET_OUTPUTS: &[&str] = &["access_token", "refresh_token"];

/// The JSON pointers of the schemas that hold secrets by what the workflows do with them.
/// Schemas that say so themselves (`format: password`, `writeOnly`) are not among them.
pub(crate) fn secrets(spec: &Spec) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for workflow in &spec.workflows {
        for step in &workflow.steps {
            if let Some(operation) = spec.operation(&step.operation) {
                inputs(spec, workflow, step, operation, &mut secrets);
            }
        }
        outputs(spec, workflow, &mut secrets);
    }
    secrets
}

/// What a step sends of the workflow's secret inputs.
fn inputs(
    spec: &Spec,
    workflow: &Workflow,
    step: &Step,
    operation: &Operation,
    secrets: &mut BTreeSet<String>,
) {
    for sent in &step.parameters {
        let parameter = operation
            .parameters
            .iter()
            .find(|one| one.name == sent.name && one.location == sent.location);
        if let (Some(parameter), true) = (parameter, is_secret(workflow, &sent.value)) {
            let pointer = format!("{}/schema", parameter.pointer);
            mark(spec, &pointer, &parameter.schema, &[], DEPTH, secrets);
        }
    }
    let Some(body) = &step.body else { return };
    let media = operation.body.iter().flat_map(|body| &body.content);
    for media in media {
        mark_template(spec, workflow, media, &body.value, &mut Vec::new(), secrets);
    }
}

fn mark_template(
    spec: &Spec,
    workflow: &Workflow,
    media: &MediaType,
    template: &Template,
    path: &mut Vec<String>,
    secrets: &mut BTreeSet<String>,
) {
    if is_secret(workflow, template) {
        mark(
            spec,
            &format!("{}/schema", media.pointer),
            &media.schema,
            path,
            DEPTH,
            secrets,
        );
    }
    if let Template::Object(members) = template {
        for (name, member) in members {
            path.push(name.clone());
            mark_template(spec, workflow, media, member, path, secrets);
            path.pop();
        }
    }
}

fn is_secret(workflow: &Workflow, template: &Template) -> bool {
    let Template::Expression(Expression::Input(name)) = template else {
        return false;
    };
    workflow
        .inputs
        .iter()
        .any(|input| input.name == *name && input.secret)
}

/// What the workflow reads as a token out of an answer.
fn outputs(spec: &Spec, workflow: &Workflow, secrets: &mut BTreeSet<String>) {
    for (name, output) in &workflow.outputs {
        if !SECRET_OUTPUTS.contains(&name.as_str()) {
            continue;
        }
        let Expression::StepOutput { step, output } = output else {
            continue;
        };
        let Some(step) = workflow.steps.iter().find(|one| one.id == *step) else {
            continue;
        };
        let read = step.outputs.iter().find(|(name, _)| name == output);
        let (Some((_, Expression::Body(path))), Some(operation)) =
            (read, spec.operation(&step.operation))
        else {
            continue;
        };
        let path: Vec<String> = path.split('/').skip(1).map(unescape).collect();
        let answers = operation
            .responses
            .iter()
            .filter(|one| one.status.is_success());
        for media in answers.flat_map(|answer| &answer.content) {
            mark(
                spec,
                &format!("{}/schema", media.pointer),
                &media.schema,
                &path,
                DEPTH,
                secrets,
            );
        }
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// How deep compositions are followed; they may contain themselves.
const DEPTH: usize = 16;

/// Marks the schema of the value that stands at `path` in a value of this schema, in every
/// alternative that has it.
fn mark(
    spec: &Spec,
    pointer: &str,
    schema: &Value,
    path: &[String],
    depth: usize,
    secrets: &mut BTreeSet<String>,
) {
    let Some((pointer, schema, _)) = follow(spec, pointer, schema) else {
        return;
    };
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let members = schema.get(keyword).and_then(Value::as_array);
        for (index, member) in members.into_iter().flatten().enumerate() {
            mark(
                spec,
                &format!("{pointer}/{keyword}/{index}"),
                member,
                path,
                depth,
                secrets,
            );
        }
    }
    let Some((name, rest)) = path.split_first() else {
        secrets.insert(pointer);
        return;
    };
    if let Some(property) = schema.get("properties").and_then(|all| all.get(name)) {
        let pointer = join(&format!("{pointer}/properties"), name);
        mark(spec, &pointer, property, rest, depth, secrets);
    } else if let (Some(items), Ok(_)) = (schema.get("items"), name.parse::<usize>()) {
        mark(
            spec,
            &format!("{pointer}/items"),
            items,
            rest,
            depth,
            secrets,
        );
    }
}
