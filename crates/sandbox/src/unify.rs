//! Whether a request is the one that a step of a workflow describes, with right values in the
//! places of its expressions.

use std::collections::BTreeMap;

use keyfob_spec::{Location, Presentation, Spec, Step, Template, Workflow};
use serde_json::Value;

use crate::call::{Call, essence};
use crate::credentials::{Refusal, RefusalKind};
use crate::judge::Judge;
use crate::matching::{Fault, Matching};

/// A request as steps are compared with it.
pub(crate) struct Given<'a> {
    pub(crate) call: &'a Call,
    pub(crate) path_values: &'a [(String, String)],
    /// The decoded body, if there is one that can be decoded.
    pub(crate) body: Option<&'a Value>,
}

/// One step compared with a request.
pub(crate) struct Attempt<'a> {
    pub(crate) workflow: &'a Workflow,
    pub(crate) step: &'a Step,
    /// What is wrong in parameters and body.
    pub(crate) faults: Vec<Fault>,
    /// What is wrong in the step's own credentials.
    pub(crate) credential_faults: Vec<Fault>,
    /// The inputs as the request has them.
    pub(crate) values: BTreeMap<String, String>,
}

/// Compares the request with each step that calls the operation.
pub(crate) fn attempts<'a>(
    spec: &'a Spec,
    judge: Judge<'_>,
    operation: &str,
    given: &Given<'_>,
) -> Vec<Attempt<'a>> {
    let steps: Vec<(&Workflow, &Step)> = steps_of(spec, operation).collect();
    let all_parts: Vec<Part> = steps.iter().flat_map(|(_, step)| parts(step)).collect();
    steps
        .into_iter()
        .map(|(workflow, step)| {
            let mut attempt = attempt(judge, workflow, step, given);
            let own = parts(step);
            let strange = all_parts
                .iter()
                .any(|part| !own.contains(part) && part.is_in(given));
            if strange {
                attempt.faults.push(Fault::Form);
            }
            attempt
        })
        .collect()
}

/// The steps of all workflows that call an operation.
pub(crate) fn steps_of<'a>(
    spec: &'a Spec,
    operation: &str,
) -> impl Iterator<Item = (&'a Workflow, &'a Step)> {
    let steps = spec
        .workflows
        .iter()
        .flat_map(|workflow| workflow.steps.iter().map(move |step| (workflow, step)));
    steps.filter(move |(_, step)| step.operation == operation)
}

/// Why none of these attempts is served: the fault of the one that comes nearest.
pub(crate) fn refusal(attempts: &[Attempt<'_>]) -> Refusal {
    let faults = |attempt: &Attempt<'_>| -> Vec<Fault> {
        let all = attempt.faults.iter().chain(&attempt.credential_faults);
        all.cloned().collect()
    };
    let nearest = attempts.iter().map(faults).min_by_key(|faults| {
        let form = faults.iter().filter(|fault| **fault == Fault::Form).count();
        (form, faults.len())
    });
    let refusals = nearest
        .into_iter()
        .flatten()
        .filter_map(|fault| match fault {
            Fault::Value(refusal) => Some(refusal),
            Fault::Form => None,
        });
    // A scheme's own credential is looked at first, as a gateway would; then what is absent.
    let rank = |refusal: &Refusal| match (&refusal.scheme, refusal.kind) {
        (Some(_), _) => 0,
        (None, RefusalKind::Missing) => 1,
        (None, RefusalKind::Invalid) => 2,
        (None, RefusalKind::Expired) => 3,
    };
    refusals.min_by_key(rank).unwrap_or(Refusal {
        kind: RefusalKind::Invalid,
        scheme: None,
        in_header: false,
    })
}

fn attempt<'a>(
    judge: Judge<'_>,
    workflow: &'a Workflow,
    step: &'a Step,
    given: &Given<'_>,
) -> Attempt<'a> {
    let mut matching = Matching::new(judge, workflow);
    for parameter in &step.parameters {
        matching.in_header = parameter.location == Location::Header;
        let value = parameter_text(given, parameter.location, &parameter.name);
        matching.template(&parameter.value, value.map(Value::from).as_ref());
    }
    matching.in_header = false;
    if let Some(body) = &step.body {
        match given.call.media_type() {
            Some(media_type) if media_type != essence(&body.media_type) => {
                matching.faults.push(Fault::Form);
            }
            _ => matching.template(&body.value, given.body),
        }
    }
    let mut faults = std::mem::take(&mut matching.faults);
    matching.in_header = true;
    for credential in &step.credentials {
        matching.credential(credential, given.call);
    }
    if !judge.code_fits(workflow, &matching.values) {
        faults.push(Fault::Value(Refusal {
            kind: RefusalKind::Invalid,
            scheme: None,
            in_header: false,
        }));
    }
    Attempt {
        workflow,
        step,
        faults,
        credential_faults: matching.faults,
        values: matching.values,
    }
}

fn parameter_text(given: &Given<'_>, location: Location, name: &str) -> Option<String> {
    match location {
        Location::Path => given
            .path_values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone()),
        Location::Query => given.call.query_value(name),
        Location::Header => given.call.header(name).map(str::to_owned),
        Location::Cookie => given.call.cookie(name),
    }
}

/// A part of a request that a step names, besides the path.
#[derive(PartialEq)]
enum Part {
    Query(String),
    Header(String),
    Cookie(String),
    Member(String),
}

impl Part {
    fn is_in(&self, given: &Given<'_>) -> bool {
        match self {
            Part::Query(name) => given.call.query_value(name).is_some(),
            Part::Header(name) => given.call.headers.contains_key(name),
            Part::Cookie(name) => given.call.cookie(name).is_some(),
            Part::Member(name) => given.body.is_some_and(|body| body.get(name).is_some()),
        }
    }
}

fn parts(step: &Step) -> Vec<Part> {
    let parameters = step.parameters.iter().filter_map(|parameter| {
        let name = parameter.name.clone();
        match parameter.location {
            Location::Path => None,
            Location::Query => Some(Part::Query(name)),
            Location::Header => Some(Part::Header(name.to_ascii_lowercase())),
            Location::Cookie => Some(Part::Cookie(name)),
        }
    });
    let credentials = step
        .credentials
        .iter()
        .map(|known| match &known.presentation {
            Presentation::Basic | Presentation::Word(_) => Part::Header("authorization".to_owned()),
            Presentation::Header(name) | Presentation::Prefixed(name, _) => {
                Part::Header(name.to_ascii_lowercase())
            }
            Presentation::Query(name) => Part::Query(name.clone()),
            Presentation::Cookie(name) => Part::Cookie(name.clone()),
        });
    let members = match step.body.as_ref().map(|body| &body.value) {
        Some(Template::Object(members)) => members.as_slice(),
        _ => &[],
    };
    let members = members.iter().map(|(name, _)| Part::Member(name.clone()));
    parameters.chain(credentials).chain(members).collect()
}
