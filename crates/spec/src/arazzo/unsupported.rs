//! What Arazzo allows and the token engine does not run. It is refused, never ignored.

use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::extensions::{self, Home};

/// A key that is not run, and what to write in its place.
type Refusal = (&'static str, &'static str);

const IN_WORKFLOW: [Refusal; 5] = [
    (
        "dependsOn",
        "put the steps of the other workflow into this one, or take another scheme's credential \
         as an input with `x-credential`",
    ),
    ("parameters", "write the parameters at the steps"),
    ("x-security", "write `x-security` at the steps"),
    ("successActions", "delete it: the steps run in their order"),
    (
        "failureActions",
        "delete it: a failed step fails the workflow, and the token engine decides on retries",
    ),
];

const IN_STEP: [Refusal; 5] = [
    (
        "operationPath",
        "give the operation an `operationId` and name that",
    ),
    ("workflowId", "put the steps of that workflow here"),
    (
        "x-operation",
        "describe the operation in openapi.yaml and name its `operationId`",
    ),
    ("onSuccess", "delete it: the steps run in their order"),
    (
        "onFailure",
        "delete it: a failed step fails the workflow, and the token engine decides on retries",
    ),
];

const IN_BODY: [Refusal; 1] = [(
    "replacements",
    "write the values into the payload: {member: $inputs.name}",
)];

/// Complains about the keys that the token engine does not run. Nobody has to write them rightly
/// first, so that this comes before the document's own standard.
pub(super) fn check_keys(root: &Node<'_>, diagnostics: &mut Diagnostics) {
    for workflow in root.items_of("workflows") {
        refuse(&workflow, &IN_WORKFLOW, diagnostics);
        for step in workflow.items_of("steps") {
            refuse(&step, &IN_STEP, diagnostics);
            if let Some(body) = step.get("requestBody") {
                refuse(&body, &IN_BODY, diagnostics);
            }
        }
    }
}

/// Complains about everything else in the document that the token engine does not run.
pub(super) fn check(root: &Node<'_>, description: &str, diagnostics: &mut Diagnostics) {
    extensions::check(root, Home::Elsewhere, diagnostics);
    check_sources(root, description, diagnostics);
    for workflow in root.items_of("workflows") {
        extensions::check(&workflow, Home::Workflow, diagnostics);
        for step in workflow.items_of("steps") {
            extensions::check(&step, Home::Step, diagnostics);
            check_reusable(&step, diagnostics);
        }
    }
}

fn refuse(owner: &Node<'_>, refusals: &[Refusal], diagnostics: &mut Diagnostics) {
    for (key, help) in refusals {
        if let Some(node) = owner.get(key) {
            diagnostics.add(
                node.place(),
                format!("the token engine does not run `{key}`"),
                *help,
            );
        }
    }
}

fn check_sources(root: &Node<'_>, description: &str, diagnostics: &mut Diagnostics) {
    let sources: Vec<Node<'_>> = root.items_of("sourceDescriptions").collect();
    if let Some(second) = sources.get(1) {
        diagnostics.add(
            second.place(),
            "the token engine reads one source",
            "describe the token operations in the folder's openapi.yaml and delete this source",
        );
    }
    let Some(source) = sources.first() else {
        return;
    };
    let url = source.text("url").unwrap_or_default();
    let is_ours = url.strip_prefix("./").unwrap_or(url) == description;
    if !is_ours || source.text("type") == Some("arazzo") {
        diagnostics.add(
            source.member_or_self("url").place(),
            format!("the token engine reads the folder's {description} and no other source"),
            format!("write `url: {description}` and `type: openapi`"),
        );
    }
}

fn check_reusable(step: &Node<'_>, diagnostics: &mut Diagnostics) {
    let listed = step.items_of("parameters").count();
    if super::step_parameters(step).len() == listed {
        return;
    }
    for parameter in step.items_of("parameters") {
        if let Some(reference) = parameter.get("reference")
            && super::reusable(&parameter, parameter.text("reference").unwrap_or_default())
                .is_none_or(|found| found.get("name").is_none())
        {
            diagnostics.add(
                reference.value_place(),
                "this leads to no parameter of the document",
                "write `$components.parameters.<name>`, or the parameter itself",
            );
        }
    }
}
