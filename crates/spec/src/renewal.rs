//! Which workflows renew the token of which.

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Input, Workflow};
use crate::spelling;

/// Fills in `renewed_by` of each workflow.
///
/// A workflow with an input `refresh_token` or `access_token` renews the tokens of the workflows
/// that `x-renews` lists. A workflow that nobody lists is renewed by itself if it can be, or else
/// by the only workflow that can renew it and lists nobody.
pub(crate) fn resolve(workflows: &mut [Workflow], arazzo: &Document) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let nodes: Vec<Node<'_>> = arazzo.root().items_of("workflows").collect();
    check_lists(workflows, &nodes, &mut diagnostics);
    let renewers: Vec<Vec<String>> = workflows
        .iter()
        .zip(&nodes)
        .map(|(renewed, node)| renewers(renewed, node, workflows, &nodes, &mut diagnostics))
        .collect();
    for (workflow, renewers) in workflows.iter_mut().zip(renewers) {
        workflow.renewed_by = renewers;
    }
    diagnostics.or_ok(())
}

fn renewers(
    renewed: &Workflow,
    node: &Node<'_>,
    workflows: &[Workflow],
    nodes: &[Node<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let lists = |node: &Node<'_>| {
        node.items_of("x-renews")
            .any(|id| id.value.as_str() == Some(&renewed.id))
    };
    let listing: Vec<String> = workflows
        .iter()
        .zip(nodes)
        .filter(|(_, node)| lists(node))
        .map(|(renewer, _)| renewer.id.clone())
        .collect();
    if !listing.is_empty() {
        return listing;
    }
    if obstacle(renewed, renewed).is_none() {
        return vec![renewed.id.clone()];
    }
    let fitting: Vec<String> = workflows
        .iter()
        .zip(nodes)
        .filter(|(renewer, node)| {
            node.get("x-renews").is_none() && obstacle(renewer, renewed).is_none()
        })
        .map(|(renewer, _)| renewer.id.clone())
        .collect();
    if fitting.len() > 1 {
        diagnostics.add(
            node.place(),
            format!(
                "the token of `{}` could be renewed by {}",
                renewed.id,
                fitting.join(" or ")
            ),
            format!("add `x-renews: [{}]` to the one that is meant", renewed.id),
        );
    }
    fitting
}

fn check_lists(workflows: &[Workflow], nodes: &[Node<'_>], diagnostics: &mut Diagnostics) {
    let ids: Vec<&str> = workflows
        .iter()
        .map(|workflow| workflow.id.as_str())
        .collect();
    for (renewer, node) in workflows.iter().zip(nodes) {
        for id in node.items_of("x-renews") {
            let text = id.value.as_str().unwrap_or_default();
            let Some(renewed) = workflows.iter().find(|workflow| workflow.id == text) else {
                diagnostics.add(
                    id.value_place(),
                    format!("there is no workflow `{text}`"),
                    spelling::advice(text, &ids, "name a workflow of this document"),
                );
                continue;
            };
            if let Some((message, help)) = obstacle(renewer, renewed) {
                diagnostics.add(id.value_place(), message, help);
            }
        }
    }
}

/// What a renewal takes from the token that it renews.
fn is_held(input: &Input) -> bool {
    matches!(input.name.as_str(), "refresh_token" | "access_token") && input.credential.is_none()
}

/// Why one workflow cannot renew the token of another: everything that it needs has to be an
/// output or an input of the other.
fn obstacle(renewer: &Workflow, renewed: &Workflow) -> Option<(String, String)> {
    if renewer.scheme != renewed.scheme {
        return Some((
            format!("`{}` supplies another scheme's token", renewed.id),
            "name a workflow with the same `x-security-scheme`".to_owned(),
        ));
    }
    let mut held = renewer.inputs.iter().filter(|input| is_held(input));
    if !held.any(|input| comes_with(input, renewed)) {
        return Some((
            format!(
                "`{}` takes no `refresh_token` and no `access_token` that `{}` yields",
                renewer.id, renewed.id
            ),
            format!(
                "give `{}` such an input, and `{}` such an output",
                renewer.id, renewed.id
            ),
        ));
    }
    let missing = renewer
        .inputs
        .iter()
        .filter(|input| input.required && input.default.is_none() && input.credential.is_none())
        .find(|input| !comes_with(input, renewed))?;
    Some((
        format!(
            "`{}` needs `{}`, which a token of `{}` does not come with",
            renewer.id, missing.name, renewed.id
        ),
        format!(
            "make it a required input of `{}` as well, or an optional one of `{}`",
            renewed.id, renewer.id
        ),
    ))
}

/// Whether who holds a token of a workflow also holds what an input of another asks for.
fn comes_with(input: &Input, renewed: &Workflow) -> bool {
    if is_held(input) {
        return renewed
            .outputs
            .iter()
            .any(|(output, _)| *output == input.name);
    }
    renewed.inputs.iter().any(|known| {
        known.name == input.name
            && known.credential.is_none()
            && (known.required || known.default.is_some())
    })
}
