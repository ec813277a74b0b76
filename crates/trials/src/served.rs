//! Calls of every operation of the sandbox.

use std::path::{Path, PathBuf};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::requests;
use crate::stage::{Key, Stage};
use crate::trial::{Answered, Content, Trial};
use crate::values::Fill;
use crate::{Operation, WayIn};

/// Claims that a way in gets a token that the sandbox takes.
///
/// # Panics
///
/// It does not.
pub async fn way_in(folder: &Path, way: WayIn) {
    let stage = Stage::start(folder).await;
    way(&stage).await;
}

/// Claims that every operation answers as documented: to as little and to as much as the document
/// allows, in each media type of its body. One that no token workflow calls answers success.
/// `client` makes a client for a base URL and the credential of each scheme.
///
/// With `KEYFOB_PRISM` naming the program, all of that and every way in pass through Prism.
///
/// # Panics
///
/// One does not, or Prism has found a violation; the message lists them.
pub async fn served<C>(
    folder: &Path,
    ways: &[WayIn],
    operations: &[Operation<C>],
    client: impl Fn(&str, &dyn Fn(&str) -> Key) -> C,
) {
    let mut stage = Stage::start(folder).await;
    let prism = std::env::var_os("KEYFOB_PRISM").map(PathBuf::from);
    if let Some(program) = &prism {
        stage = stage.with_prism(program, folder).await;
        for way in ways {
            way(&stage).await;
        }
    }
    let client = client(&stage.base_url(), &|scheme| stage.key(scheme));
    let mut failures = Vec::new();
    for operation in operations {
        let trials = trials(&stage, operation);
        if trials.is_empty() {
            failures.push(format!("{}: no request of it could be made", operation.id));
        }
        for trial in trials {
            let answered = (operation.call)(&client, &trial).await;
            if let Err(words) = judge(&stage, operation, answered) {
                failures.push(format!("{}: {words}\n  in {trial:?}", operation.id));
            }
        }
    }
    let requests = stage.sandbox.requests(&stage.spec().name).len();
    if prism.is_some() {
        println!("{}: {requests} requests through Prism", stage.spec().name);
    }
    failures.extend(stage.end().await);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn trials<C>(stage: &Stage, operation: &Operation<C>) -> Vec<Trial> {
    let mut runner = TestRunner::deterministic();
    let Some(known) = stage.spec().operation(operation.id) else {
        return Vec::new();
    };
    let one_by_one = operation.bodies.chunks(1);
    let bodies: Vec<&'static [&'static str]> = match operation.bodies {
        [] => vec![&[]],
        _ => one_by_one.collect(),
    };
    let mut trials = Vec::new();
    for body in bodies {
        for fill in [Fill::Minimal, Fill::Full] {
            let made = requests::request(stage.spec(), known, body, fill);
            let Ok(tree) = made.new_tree(&mut runner) else {
                continue;
            };
            let (parameters, body) = tree.current();
            let trial = Trial {
                operation: operation.id.to_owned(),
                parameters,
                body,
                answer: 0,
                answered: Answered {
                    status: 200,
                    content: Content::Nothing,
                },
                media_type: "",
            };
            // What must have members may have none that travel as text.
            if requests::is_legal(&stage.examiner, known, &trial) {
                trials.push(trial);
            }
        }
    }
    trials
}

fn judge<C>(
    stage: &Stage,
    operation: &Operation<C>,
    answered: Result<Answered, String>,
) -> Result<(), String> {
    let mut steps = stage.spec().workflows.iter().flat_map(|one| &one.steps);
    let is_of_a_workflow = steps.any(|step| step.operation == operation.id);
    match answered {
        // It refuses made-up values, as the document says or not; the right ones are for the ways in.
        _ if is_of_a_workflow => Ok(()),
        Ok(answered) if answered.status < 400 => Ok(()),
        Ok(answered) => Err(format!("answered {}", answered.status)),
        Err(words) => Err(words),
    }
}
