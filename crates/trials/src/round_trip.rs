//! Requests and answers that pass through mock and client unchanged.

use std::path::Path;

use keyfob_runtime::mock::{MockServer, ReceivedRequest};
use keyfob_sandbox::{Examiner, read};
use keyfob_spec::{Location, Parameter};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::compare::Comparison;
use crate::stage::Key;
use crate::trial::{Answered, Content, Trial};
use crate::values::Fill;
use crate::{Operation, answers, requests};

/// How many calls are made up for each operation, unless `KEYFOB_TRIALS` says otherwise.
const TRIALS: u32 = 12;

/// Claims that requests and answers of every operation pass through mock and client unchanged.
/// `client` makes a client for a base URL and the credential of each scheme.
///
/// # Panics
///
/// Some do not; the message lists the smallest that was found for each operation.
#[expect(clippy::expect_used, reason = "a helper of tests")]
pub fn round_trips<C>(
    folder: &Path,
    operations: &[Operation<C>],
    client: impl Fn(&str, &dyn Fn(&str) -> Key) -> C,
) {
    let examiner = Examiner::new(read(folder).expect("the spec can be read"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let failures: Vec<String> = operations
        .iter()
        .filter_map(|operation| {
            let stand = Stand {
                examiner: &examiner,
                operation,
                runtime: &runtime,
            };
            let failed = stand.run(&client).err()?;
            Some(format!("{}: {failed}", operation.id))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// One operation and what its calls are judged by.
struct Stand<'t, C> {
    examiner: &'t Examiner,
    operation: &'t Operation<C>,
    runtime: &'t Runtime,
}

impl<C> Stand<'_, C> {
    fn run(&self, client: &impl Fn(&str, &dyn Fn(&str) -> Key) -> C) -> Result<(), String> {
        let server = MockServer::start();
        let key = |_: &str| Key {
            username: "trial".to_owned(),
            value: "trial".to_owned(),
        };
        let client = client(&server.base_url(), &key);
        let known = self.known()?;
        let mut runner = runner();
        let outcome = runner.run(&self.trials(known), |trial| {
            if !self.is_legal(known, &trial) {
                return Err(TestCaseError::reject("the schema does not allow it"));
            }
            self.runtime
                .block_on(self.check(known, &server, &client, &trial))
                .map_err(TestCaseError::fail)
        });
        match outcome {
            Ok(()) => Ok(()),
            Err(TestError::Abort(reason)) => Err(reason.to_string()),
            Err(TestError::Fail(reason, trial)) => Err(format!("{reason}\n  in {trial:?}")),
        }
    }

    fn known(&self) -> Result<&keyfob_spec::Operation, String> {
        let known = self.examiner.spec().operation(self.operation.id);
        known.ok_or_else(|| "the document has no such operation".to_owned())
    }

    fn trials(&self, known: &keyfob_spec::Operation) -> BoxedStrategy<Trial> {
        let spec = self.examiner.spec();
        let id = self.operation.id;
        let answers: Vec<_> = self
            .operation
            .answers
            .iter()
            .enumerate()
            .map(|(index, documented)| {
                let media_type = documented.media_type;
                answers::answer(spec, known, self.operation.answers, documented)
                    .prop_map(move |answered| (index, media_type, answered))
                    .boxed()
            })
            .collect();
        let answers = match answers.is_empty() {
            true => Just((
                0,
                "",
                Answered {
                    status: 200,
                    content: Content::Nothing,
                },
            ))
            .boxed(),
            false => proptest::strategy::Union::new(answers).boxed(),
        };
        (
            requests::request(spec, known, self.operation.bodies, Fill::Some),
            answers,
        )
            .prop_map(
                move |((parameters, body), (answer, media_type, answered))| Trial {
                    operation: id.to_owned(),
                    parameters,
                    body,
                    answer,
                    answered,
                    media_type,
                },
            )
            .boxed()
    }

    /// Whether the document allows the trial, by a validator that others wrote.
    fn is_legal(&self, known: &keyfob_spec::Operation, trial: &Trial) -> bool {
        let documented = self.operation.answers.get(trial.answer);
        requests::is_legal(self.examiner, known, trial)
            && documented.is_none_or(|documented| {
                answers::is_legal(self.examiner, known, documented, &trial.answered)
            })
    }

    async fn check(
        &self,
        known: &keyfob_spec::Operation,
        server: &MockServer,
        client: &C,
        trial: &Trial,
    ) -> Result<(), String> {
        server.reset();
        let mock = (self.operation.mock)(server, trial);
        for turn in ["typed", "as it stands on the wire"] {
            let answered = (self.operation.call)(client, trial).await;
            let answered = answered.map_err(|error| format!("answered {turn}: {error}"))?;
            self.compare_answers(known, trial, &answered)
                .map_err(|difference| format!("answered {turn}: {difference}"))?;
        }
        let requests = mock.requests();
        if requests.len() != 2 {
            return Err(format!("{} requests came for two calls", requests.len()));
        }
        for request in &requests {
            self.compare_requests(known, trial, request).await?;
        }
        Ok(())
    }

    fn compare_answers(
        &self,
        known: &keyfob_spec::Operation,
        trial: &Trial,
        answered: &Answered,
    ) -> Result<(), String> {
        if trial.answered.status != answered.status {
            return Err(format!(
                "status {} was meant, {} came",
                trial.answered.status, answered.status
            ));
        }
        let documented = self.operation.answers.get(trial.answer);
        let schema = documented.and_then(|one| answers::schema(known, one));
        let schema = schema.map_or(&Value::Null, |(_, schema)| schema);
        let comparison = Comparison {
            spec: self.examiner.spec(),
            is_text: false,
        };
        let difference = match (&trial.answered.content, &answered.content) {
            (Content::Json(meant), Content::Json(got)) => {
                comparison.difference(schema, Some(meant), Some(got))
            }
            // A secret that is JSON or text is read as what it says.
            (Content::Text(meant), Content::Json(Value::String(got))) if meant == got => None,
            (meant, got) if meant == got => None,
            (meant, got) => Some(format!("{meant:?} was meant, {got:?} came")),
        };
        match difference {
            Some(difference) => Err(format!("the answer: {difference}")),
            None => Ok(()),
        }
    }

    async fn compare_requests(
        &self,
        known: &keyfob_spec::Operation,
        trial: &Trial,
        request: &ReceivedRequest,
    ) -> Result<(), String> {
        let ReceivedRequest {
            method,
            path_and_query,
            headers,
            body,
        } = request;
        let read = self.examiner.read(method, path_and_query, headers, body);
        let reading = read
            .await
            .map_err(|words| format!("the request: {words}"))?;
        if let Some(complaint) = &reading.complaint {
            return Err(format!("the request: {complaint}"));
        }
        if reading.operation_id != known.id {
            return Err(format!("the request is one for {}", reading.operation_id));
        }
        let comparison = Comparison {
            spec: self.examiner.spec(),
            is_text: true,
        };
        for (index, parameter) in known.parameters.iter().enumerate() {
            let meant = trial.parameters.get(index).and_then(Option::as_ref);
            let got = reading.parameters.get(index).and_then(Option::as_ref);
            if meant.is_none() && self.is_idempotency_key(known, parameter) {
                // The client makes one up.
                continue;
            }
            if let Some(difference) = comparison.difference(&parameter.schema, meant, got) {
                return Err(format!("parameter `{}`: {difference}", parameter.name));
            }
        }
        let Some((name, meant)) = &trial.body else {
            return Ok(());
        };
        let media_type = known.body.as_ref();
        let media_type =
            media_type.and_then(|body| body.content.iter().find(|one| one.name == *name));
        let schema = media_type.map_or(&Value::Null, |one| &one.schema);
        let raw = || Value::from(String::from_utf8_lossy(body).into_owned());
        let got = reading.body.unwrap_or_else(raw);
        let comparison = Comparison {
            is_text: !requests::is_json(name),
            ..comparison
        };
        match comparison.difference(schema, Some(meant), Some(&got)) {
            Some(difference) => Err(format!("the body: {difference}")),
            None => Ok(()),
        }
    }

    fn is_idempotency_key(&self, known: &keyfob_spec::Operation, parameter: &Parameter) -> bool {
        let key = self.examiner.spec().idempotency_key(known);
        parameter.location == Location::Header
            && key.is_some_and(|key| parameter.name.eq_ignore_ascii_case(key))
    }
}

/// The same calls each time, so that a test says the same each time.
#[expect(clippy::expect_used, reason = "a helper of tests")]
fn runner() -> TestRunner {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let config = Config {
        cases: number("KEYFOB_TRIALS").unwrap_or(TRIALS),
        failure_persistence: None,
        max_global_rejects: 10_000,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let algorithm = config.rng_algorithm;
    let seed = number("KEYFOB_SEED").unwrap_or(0_u32).to_be_bytes();
    let seed: [u8; 32] = seed.repeat(8).try_into().expect("four bytes eight times");
    TestRunner::new_with_rng(config, TestRng::from_seed(algorithm, &seed))
}
