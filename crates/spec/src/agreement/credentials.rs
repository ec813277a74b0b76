//! Credentials that are inputs of workflows for other credentials.

use super::Both;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::model::{CredentialPart, Presentation, Workflow};

/// Checks `x-credential` of a workflow's inputs.
pub(super) fn check(
    workflow: &Workflow,
    node: &Node<'_>,
    both: &Both<'_>,
    diagnostics: &mut Diagnostics,
) {
    let inputs = node.get("inputs").map(|inputs| inputs.resolve());
    for input in &workflow.inputs {
        let Some(credential) = &input.credential else {
            continue;
        };
        let property = inputs
            .as_ref()
            .and_then(|inputs| inputs.get("properties")?.get(&input.name))
            .unwrap_or_else(|| node.clone());
        let place = property.member_or_self("x-credential");
        let fault = fault(workflow, &credential.scheme, credential.part, both);
        if let Some((message, help)) = fault {
            diagnostics.add(place.value_place(), message, help);
        }
    }
}

fn fault(
    workflow: &Workflow,
    name: &str,
    part: CredentialPart,
    both: &Both<'_>,
) -> Option<(String, &'static str)> {
    let Some(scheme) = both.api.schemes.iter().find(|scheme| scheme.name == name) else {
        return Some((
            format!("`{name}` is no security scheme of openapi.yaml"),
            "name one, for Basic with `.username` or `.password` after it",
        ));
    };
    let is_basic = scheme.presentation == Presentation::Basic;
    if is_basic && part == CredentialPart::Value {
        return Some((
            format!("`{name}` has a user name and a password, no single value"),
            "write `.username` or `.password` after it",
        ));
    }
    if !is_basic && part != CredentialPart::Value {
        return Some((
            format!("`{name}` has one value, neither user name nor password"),
            "write the scheme's name alone",
        ));
    }
    needs(name, &workflow.scheme, both).then(|| {
        (
            format!(
                "a credential for `{}` would need itself, by way of `{name}`",
                workflow.scheme
            ),
            "let one of the workflows take this value as a plain input",
        )
    })
}

/// Whether the workflows for a scheme need, directly or not, the credential of another.
fn needs(scheme: &str, target: &str, both: &Both<'_>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut open = vec![scheme];
    while let Some(scheme) = open.pop() {
        if scheme == target {
            return true;
        }
        if seen.contains(&scheme) {
            continue;
        }
        seen.push(scheme);
        let workflows = both.workflows.iter().filter(|other| other.scheme == scheme);
        let inputs = workflows.flat_map(|workflow| &workflow.inputs);
        open.extend(inputs.filter_map(|input| Some(input.credential.as_ref()?.scheme.as_str())));
    }
    false
}
