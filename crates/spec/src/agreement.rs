//! The two documents agree: what the workflows send is what the operations take, and what they
//! read is what the operations answer.

use crate::arazzo::operation_id;
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Operation, Presentation, Scheme, Step, Workflow};
use crate::openapi::Api;
use crate::spelling;

mod credentials;
mod criteria;
mod outputs;
mod pagination;
mod payload;
mod requests;
mod schemas;
mod scope;
mod security;

/// What every check looks at.
struct Both<'a> {
    api: &'a Api,
    openapi: &'a Document,
    workflows: &'a [Workflow],
}

/// One step, and the operation that it calls.
struct Call<'a> {
    workflow: &'a Workflow,
    step: &'a Step,
    node: Node<'a>,
    operation: &'a Operation,
}

/// Checks that what the OpenAPI document says about its answers agrees with them.
pub(crate) fn check_openapi(api: &Api, openapi: &Document) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    criteria::check(api, openapi, &mut diagnostics);
    pagination::check(api, openapi, &mut diagnostics);
    diagnostics.or_ok(())
}

/// Checks the workflows against the operations.
pub(crate) fn check(
    api: &Api,
    openapi: &Document,
    workflows: &[Workflow],
    arazzo: &Document,
) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let both = Both {
        api,
        openapi,
        workflows,
    };
    for (workflow, node) in workflows.iter().zip(arazzo.root().items_of("workflows")) {
        check_scheme(workflow, &node, &both, &mut diagnostics);
        credentials::check(workflow, &node, &both, &mut diagnostics);
        outputs::check_names(workflow, &node, api, &mut diagnostics);
        scope::check(workflow, &node, &mut diagnostics);
        for (step, node) in workflow.steps.iter().zip(node.items_of("steps")) {
            let Some(operation) = operation(&node, api, &mut diagnostics) else {
                continue;
            };
            let call = Call {
                workflow,
                step,
                node,
                operation,
            };
            requests::check(&call, &both, &mut diagnostics);
            security::check(&call, &both, &mut diagnostics);
            outputs::check(&call, &both, &mut diagnostics);
        }
    }
    diagnostics.or_ok(())
}

fn operation<'a>(
    step: &Node<'_>,
    api: &'a Api,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Operation> {
    let id = operation_id(step);
    let found = api.operations.iter().find(|operation| operation.id == id);
    if found.is_none() {
        let ids: Vec<&str> = api
            .operations
            .iter()
            .map(|known| known.id.as_str())
            .collect();
        diagnostics.add(
            step.member_or_self("operationId").value_place(),
            format!("openapi.yaml has no operation `{id}`"),
            spelling::advice(id, &ids, "describe it there, or name one that is there"),
        );
    }
    found
}

fn check_scheme(
    workflow: &Workflow,
    node: &Node<'_>,
    both: &Both<'_>,
    diagnostics: &mut Diagnostics,
) {
    let schemes = &both.api.schemes;
    let Some(key) = node.get("x-security-scheme") else {
        diagnostics.add(
            node.place(),
            format!(
                "`{}` does not say which scheme its token is for",
                workflow.id
            ),
            "add `x-security-scheme: <key of components.securitySchemes>`",
        );
        return;
    };
    let found = schemes.iter().find(|scheme| scheme.name == workflow.scheme);
    let fault = match found {
        Some(scheme) => misfit(workflow, scheme),
        None => Some(unknown_scheme(&workflow.scheme, schemes)),
    };
    if let Some((message, help)) = fault {
        diagnostics.add(key.value_place(), message, help);
    }
}

fn unknown_scheme(name: &str, schemes: &[Scheme]) -> (String, String) {
    let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name.as_str()).collect();
    let otherwise = "describe it there under `components.securitySchemes`";
    (
        format!("`{name}` is no security scheme of openapi.yaml"),
        spelling::advice(name, &names, otherwise),
    )
}

/// Whether a browser finds it, and RFC 6749 (3.1) allows it.
fn is_address(url: &str) -> bool {
    let is_whole = url.starts_with("https://") || url.starts_with("http://");
    is_whole && !url.contains('#') && !url.contains(char::is_whitespace)
}

/// Why a scheme cannot be supplied by a workflow.
fn misfit(workflow: &Workflow, scheme: &Scheme) -> Option<(String, String)> {
    if scheme.presentation == Presentation::Basic {
        return Some((
            format!(
                "`{}` takes a user name and a password, no token",
                scheme.name
            ),
            "name the scheme that the token is presented by".to_owned(),
        ));
    }
    if !workflow.is_login() {
        return None;
    }
    let help = "describe the scheme's `flows.authorizationCode`, its `authorizationUrl` from \
                https:// on";
    let message = match &scheme.authorize {
        None => format!(
            "a person logs in for `{}`, and `{}` does not say where",
            workflow.id, scheme.name
        ),
        Some(authorize) if !is_address(&authorize.url) => format!(
            "a person logs in for `{}`, and no browser can open the address of `{}`",
            workflow.id, scheme.name
        ),
        Some(_) => return None,
    };
    Some((message, help.to_owned()))
}
