//! Which workflows renew the token of which.

use crate::model::Workflow;

/// Fills in `renewed_by` of each workflow.
pub(crate) fn resolve(workflows: &mut [Workflow]) {
    let renewers: Vec<Vec<String>> = workflows
        .iter()
        .map(|renewed| {
            workflows
                .iter()
                .filter(|renewer| can_renew(renewer, renewed))
                .map(|renewer| renewer.id.clone())
                .collect()
        })
        .collect();
    for (workflow, renewers) in workflows.iter_mut().zip(renewers) {
        workflow.renewed_by = renewers;
    }
}

/// Whether everything that the renewer needs is an output or an input of the renewed.
fn can_renew(renewer: &Workflow, renewed: &Workflow) -> bool {
    let is_held = |name: &str| matches!(name, "refresh_token" | "access_token");
    let renews = renewer.inputs.iter().any(|input| is_held(&input.name));
    let supplied = |name: &str| {
        if is_held(name) {
            renewed.outputs.iter().any(|(output, _)| output == name)
        } else {
            renewed.inputs.iter().any(|input| input.name == name)
        }
    };
    renews
        && renewer.scheme == renewed.scheme
        && renewer
            .inputs
            .iter()
            .filter(|input| input.required && input.credential.is_none())
            .all(|input| supplied(&input.name))
}
