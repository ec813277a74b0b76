//! Claims about the specs of this repository, by reading them: nothing here knows an API.

use std::path::{Path, PathBuf};

use keyfob_sandbox::{Sandbox, read_all};
use keyfob_spec::{Location, Operation, Scheme, Spec, Workflow};
use reqwest::StatusCode;

use crate::drive::{Values, call, present, run, send, token};

/// The specs of the repository and those of its tests, as far as they are there.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    ["specs", "tests/specs"]
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.is_dir())
        .collect()
}

async fn sandboxes() -> Vec<(Sandbox, Vec<Spec>)> {
    let mut all = Vec::new();
    for folder in folders() {
        let specs = read_all(&folder).unwrap_or_else(|complaints| panic!("{complaints}"));
        all.push((Sandbox::start(specs.clone()).await.unwrap(), specs));
    }
    all
}

fn schemes_of<'a>(spec: &'a Spec, operation: &'a Operation) -> Vec<&'a Scheme> {
    let first = operation.security.first();
    let requirements = first.into_iter().flatten();
    requirements
        .map(|one| spec.scheme(&one.scheme).unwrap())
        .collect()
}

fn is_token_operation(spec: &Spec, operation: &Operation) -> bool {
    let mut steps = spec.workflows.iter().flat_map(|workflow| &workflow.steps);
    steps.any(|step| step.operation == operation.id)
}

fn place(spec: &Spec, workflow: &Workflow) -> String {
    format!("{}: {}", spec.name, workflow.id)
}

#[tokio::test]
async fn every_workflow_gets_a_token_that_its_scheme_takes_until_it_expires() {
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            let workflows = spec.workflows.iter();
            for workflow in workflows.filter(|workflow| !workflow.gives_back()) {
                let name = place(spec, workflow);
                let inputs = sandbox.inputs(&spec.name, &workflow.id);
                let outputs = run(&sandbox, spec, workflow, &inputs).await;
                let outputs = outputs.unwrap_or_else(|reply| panic!("{name}: {reply:?}"));
                let scheme = spec.scheme(&workflow.scheme).unwrap();
                let request = present(
                    crate::drive::client().get(sandbox.base_url(&spec.name)),
                    scheme,
                    &token(&outputs["access_token"]),
                );
                let request = request.build().unwrap();
                assert!(sandbox.takes(&spec.name, &scheme.name, &request), "{name}");
                sandbox.expire_tokens(&spec.name);
                assert!(!sandbox.takes(&spec.name, &scheme.name, &request), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn every_token_that_is_given_back_is_good_for_nothing() {
    let mut tried = 0;
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            for workflow in &spec.workflows {
                for revoker in &workflow.revoked_by {
                    let revoker = spec.workflow(revoker).unwrap();
                    let name = format!("{} by {}", place(spec, workflow), revoker.id);
                    let given = sandbox.inputs(&spec.name, &workflow.id);
                    let outputs = run(&sandbox, spec, workflow, &given).await.unwrap();
                    let scheme = spec.scheme(&workflow.scheme).unwrap();
                    let url = sandbox.base_url(&spec.name);
                    let request = present(
                        crate::drive::client().get(url),
                        scheme,
                        &token(&outputs["access_token"]),
                    );
                    let request = request.build().unwrap();
                    assert!(sandbox.takes(&spec.name, &scheme.name, &request), "{name}");
                    // A refresh token takes along everything that was had by it.
                    let kind = ["refresh_token", "access_token"]
                        .into_iter()
                        .find(|kind| outputs.contains_key(*kind));
                    let mut inputs = sandbox.inputs(&spec.name, &revoker.id);
                    inputs.insert("token".to_owned(), outputs[kind.unwrap()].clone());
                    inputs.insert("token_type_hint".to_owned(), kind.unwrap().to_owned());
                    let reply = run(&sandbox, spec, revoker, &inputs).await;
                    assert!(reply.is_ok(), "{name}: {reply:?}");
                    assert!(!sandbox.takes(&spec.name, &scheme.name, &request), "{name}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 0);
}

#[tokio::test]
async fn every_wrong_secret_is_refused_by_an_answer_that_does_not_repeat_it() {
    let mut tried = 0;
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            for workflow in &spec.workflows {
                let is_given_back = |name: &str| workflow.gives_back() && name == "token";
                let secrets = workflow.inputs.iter().filter(|input| input.secret);
                for input in secrets.filter(|input| !is_given_back(&input.name)) {
                    let name = format!("{}: {}", place(spec, workflow), input.name);
                    let mut inputs: Values = sandbox.inputs(&spec.name, &workflow.id);
                    inputs.insert(input.name.clone(), "not-the-right-one".to_owned());
                    let reply = run(&sandbox, spec, workflow, &inputs).await;
                    let reply = reply.expect_err(&name);
                    assert!(reply.status.is_client_error(), "{name}: {reply:?}");
                    assert!(
                        !reply.text.contains("not-the-right-one"),
                        "{name}: {reply:?}"
                    );
                    assert!(!reply.complaint().contains("not-the-right-one"), "{name}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 0);
}

#[tokio::test]
async fn every_operation_answers_its_credential_and_its_example_with_a_documented_success() {
    let mut tried = 0;
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            for operation in &spec.operations {
                if is_token_operation(spec, operation) {
                    continue;
                }
                let mut request = call(&sandbox, spec, operation);
                for scheme in schemes_of(spec, operation) {
                    let given = sandbox.static_credential(&spec.name, &scheme.name).unwrap();
                    request = present(request, scheme, &given);
                }
                let reply = send(request).await;
                let name = format!("{}: {}", spec.name, operation.id);
                let ok = reply.status.is_success() || reply.status.is_redirection();
                assert!(ok, "{name}: {} {}", reply.complaint(), reply.status);
                tried += 1;
            }
        }
    }
    assert!(tried > 0);
}

#[tokio::test]
async fn every_secured_operation_refuses_a_missing_a_wrong_and_an_expired_credential() {
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            for operation in &spec.operations {
                let schemes = schemes_of(spec, operation);
                if is_token_operation(spec, operation) || schemes.is_empty() {
                    continue;
                }
                let name = format!("{}: {}", spec.name, operation.id);
                if operation
                    .security
                    .iter()
                    .all(|alternative| !alternative.is_empty())
                {
                    let missing = send(call(&sandbox, spec, operation)).await;
                    assert!(missing.status.is_client_error(), "{name}: {missing:?}");
                }
                let mut wrong = call(&sandbox, spec, operation);
                let mut expired = call(&sandbox, spec, operation);
                let mut has_workflow = false;
                for scheme in &schemes {
                    wrong = present(wrong, scheme, &token("not-the-right-one"));
                    let given = sandbox.static_credential(&spec.name, &scheme.name).unwrap();
                    expired = present(expired, scheme, &given);
                    has_workflow |= spec.workflows.iter().any(|one| one.scheme == scheme.name);
                }
                let wrong = send(wrong).await;
                assert!(wrong.status.is_client_error(), "{name}: {wrong:?}");
                assert!(
                    !wrong.text.contains("not-the-right-one"),
                    "{name}: {wrong:?}"
                );
                if has_workflow {
                    sandbox.expire_tokens(&spec.name);
                    let expired = send(expired).await;
                    assert!(expired.status.is_client_error(), "{name}: {expired:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_required_parameter_is_missed() {
    let mut tried = 0;
    for (sandbox, specs) in sandboxes().await {
        for spec in &specs {
            for operation in &spec.operations {
                let mut required = operation.parameters.iter();
                let wanted = required.any(|one| one.required && one.location == Location::Query);
                if !wanted || is_token_operation(spec, operation) {
                    continue;
                }
                let mut request = call(&sandbox, spec, operation);
                for scheme in schemes_of(spec, operation) {
                    let given = sandbox.static_credential(&spec.name, &scheme.name).unwrap();
                    request = present(request, scheme, &given);
                }
                let mut request = request.build().unwrap();
                request.url_mut().set_query(None);
                let status = crate::drive::client()
                    .execute(request)
                    .await
                    .unwrap()
                    .status();
                assert_ne!(status, StatusCode::OK, "{}: {}", spec.name, operation.id);
                tried += 1;
            }
        }
    }
    println!("{tried} operations have a required query parameter");
}
