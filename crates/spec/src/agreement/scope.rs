//! Expressions name inputs, steps and outputs that exist, and only where their values are known.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::arazzo::step_parameters;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::{Condition, Expression, Template};
use crate::model::Workflow;
use crate::spelling;

/// What an expression at some point of a workflow can name.
struct Scope<'a> {
    inputs: Vec<&'a str>,
    steps: BTreeMap<&'a str, Vec<&'a str>>,
    /// Whether there is an answer to read from.
    has_answer: bool,
}

/// Checks every expression of a workflow.
pub(super) fn check(workflow: &Workflow, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let mut scope = Scope {
        inputs: workflow
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect(),
        steps: BTreeMap::new(),
        has_answer: false,
    };
    for (step, node) in workflow.steps.iter().zip(node.items_of("steps")) {
        scope.has_answer = false;
        for (_, value) in step_parameters(&node) {
            check_value(&value, &scope, diagnostics);
        }
        if let Some(payload) = node.get("requestBody").and_then(|body| body.get("payload")) {
            check_value(&payload, &scope, diagnostics);
        }
        for credential in node.items_of("x-security") {
            if let Some(values) = credential.get("values") {
                check_value(&values, &scope, diagnostics);
            }
        }
        scope.has_answer = true;
        for (condition, node) in step.success.iter().zip(node.items_of("successCriteria")) {
            check_condition(condition, &node, &scope, diagnostics);
        }
        check_outputs(&step.outputs, &node, &scope, diagnostics);
        let names = step.outputs.iter().map(|(name, _)| name.as_str()).collect();
        scope.steps.insert(&step.id, names);
    }
    scope.has_answer = false;
    check_outputs(&workflow.outputs, node, &scope, diagnostics);
}

fn check_outputs(
    outputs: &[(String, Expression)],
    owner: &Node<'_>,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) {
    for ((_, expression), (_, node)) in outputs.iter().zip(owner.members_of("outputs")) {
        check_expression(expression, &node, scope, diagnostics);
    }
}

fn check_condition(
    condition: &Condition,
    node: &Node<'_>,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) {
    let place = node.member_or_self("condition");
    condition.expressions(&mut |expression| {
        check_expression(expression, &place, scope, diagnostics);
    });
}

/// Checks the texts in a payload, each at its own place.
fn check_value(node: &Node<'_>, scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    for (_, member) in node.members() {
        check_value(&member, scope, diagnostics);
    }
    for item in node.items() {
        check_value(&item, scope, diagnostics);
    }
    if let Value::String(text) = node.value
        && let Ok(template) = Template::text(text)
    {
        template.expressions(&mut |expression| {
            check_expression(expression, node, scope, diagnostics);
        });
    }
}

fn check_expression(
    expression: &Expression,
    node: &Node<'_>,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) {
    let (message, help) = match expression {
        Expression::Input(name) => {
            if scope.inputs.contains(&name.as_str()) {
                return;
            }
            (
                format!("the workflow has no input `{name}`"),
                spelling::advice(name, &scope.inputs, "describe it under `inputs.properties`"),
            )
        }
        Expression::StepOutput { step, output } => match scope.steps.get(step.as_str()) {
            None => {
                let steps: Vec<&str> = scope.steps.keys().copied().collect();
                (
                    format!("no step `{step}` comes before this"),
                    spelling::advice(step, &steps, "name a step that has run by then"),
                )
            }
            Some(outputs) if outputs.contains(&output.as_str()) => return,
            Some(outputs) => (
                format!("the step `{step}` has no output `{output}`"),
                spelling::advice(output, outputs, "add it to the `outputs` of the step"),
            ),
        },
        Expression::StatusCode
        | Expression::Body(_)
        | Expression::Header(_)
        | Expression::Cookie(_) => {
            if scope.has_answer {
                return;
            }
            (
                "there is no answer to read from here".to_owned(),
                "read it in the `outputs` of a step and name that: $steps.<step>.outputs.<name>"
                    .to_owned(),
            )
        }
    };
    diagnostics.add(node.value_place(), message, help);
}
