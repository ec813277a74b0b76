//! One API: from a request to an answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};
use keyfob_spec::{Checker, Operation, Scheme, Spec, Workflow};
use serde_json::json;

use crate::answer::{Answer, successes};
use crate::authorize::{self, Page};
use crate::call::Call;
use crate::credentials::{Credentials, Refusal, RefusalKind, StaticCredential};
use crate::give_back;
use crate::issue::{Issuer, yields_token};
use crate::judge::Judge;
use crate::ledger::Ledger;
use crate::mint::Mint;
use crate::recorded::{Journal, Recorded};
use crate::refuse;
use crate::request::Request;
use crate::routing::{Found, Router};
use crate::supply::{self, Supply};
use crate::unify::{Attempt, Given, attempts, refusal, steps_of};

/// One API of the sandbox.
pub(crate) struct Api {
    pub(crate) spec: Spec,
    base_url: String,
    router: Router,
    checker: Checker,
    credentials: Credentials,
    pages: Vec<Page>,
    mint: Mint,
    state: Mutex<State>,
}

/// What changes while the sandbox runs.
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) journal: Journal,
    pub(crate) lifetime: Duration,
    pub(crate) failures: VecDeque<Failure>,
    pub(crate) denies_next_login: bool,
    pub(crate) token_requests: usize,
}

/// An answer that a test has asked for.
pub(crate) struct Failure {
    pub(crate) operation_id: String,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
}

impl Api {
    pub(crate) fn new(spec: Spec, base_url: String, lifetime: Duration) -> Api {
        let mut ledger = Ledger::default();
        supply::seed(&spec, &mut ledger);
        Api {
            base_url,
            router: Router::new(&spec),
            checker: Checker::new(&spec),
            credentials: Credentials::new(&spec),
            pages: authorize::pages(&spec),
            mint: Mint::new(),
            state: Mutex::new(State {
                ledger,
                journal: Journal::default(),
                lifetime,
                failures: VecDeque::new(),
                denies_next_login: false,
                token_requests: 0,
            }),
            spec,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request and remembers both.
    pub(crate) async fn handle(&self, call: Call) -> Answer {
        if let Some(answer) = self.control(&call) {
            return answer;
        }
        let (operation, answer) = self.serve(&call).await;
        let mut state = self.state();
        if operation.is_some_and(|operation| self.yields_token(operation)) {
            state.token_requests += 1;
        }
        state.journal.add(Recorded {
            path_and_query: call.path_and_query(),
            method: call.method,
            headers: call.headers,
            body: call.body,
            operation_id: operation.map(|operation| operation.id.clone()),
            status: StatusCode::from_u16(answer.status).unwrap_or_default(),
            complaint: answer.complaint.clone(),
        });
        answer
    }

    /// The inputs of a workflow that are right at this moment.
    pub(crate) fn inputs(&self, workflow: &Workflow) -> BTreeMap<String, String> {
        self.supply(&mut self.state()).inputs(workflow)
    }

    /// A credential of the scheme that is right at this moment.
    pub(crate) fn credential(&self, scheme: &str) -> StaticCredential {
        self.supply(&mut self.state()).credential(scheme)
    }

    /// Whether a request presents a right credential of the scheme.
    pub(crate) fn takes(&self, scheme: &Scheme, call: &Call) -> bool {
        self.credentials.takes(&self.state().ledger, scheme, call)
    }

    fn supply<'a>(&'a self, state: &'a mut State) -> Supply<'a> {
        Supply {
            spec: &self.spec,
            checker: &self.checker,
            mint: &self.mint,
            credentials: &self.credentials,
            lifetime: state.lifetime,
            ledger: &mut state.ledger,
        }
    }

    fn yields_token(&self, operation: &Operation) -> bool {
        steps_of(&self.spec, &operation.id).any(|(workflow, step)| yields_token(workflow, step))
    }

    /// What the sandbox answers for itself: `/_sandbox/inputs/<workflowId>`.
    fn control(&self, call: &Call) -> Option<Answer> {
        let id = call.path.strip_prefix("/_sandbox/inputs/")?;
        Some(match self.spec.workflow(id) {
            Some(workflow) => Answer::json(200, json!(self.inputs(workflow))),
            None => Answer::words(404, format!("{} has no such workflow", self.spec.name)),
        })
    }

    async fn serve(&self, call: &Call) -> (Option<&Operation>, Answer) {
        if let Some(answer) = self.visit(call) {
            return (None, answer);
        }
        let (operation, path_values) = match self.router.find(call) {
            Found::Operation(index, values) => match self.spec.operations.get(index) {
                Some(operation) => (operation, values),
                None => return (None, self.nothing_here(call)),
            },
            Found::OtherMethods(methods, nearest) => {
                return (None, self.other_methods(call, &methods, &nearest));
            }
            Found::Nothing => return (None, self.nothing_here(call)),
        };
        if let Some(answer) = self.failure(operation) {
            return (Some(operation), answer);
        }
        let answer = match Request::read(&self.spec, operation, call, path_values).await {
            Ok(request) => self.answer(&request),
            Err(answer) => answer,
        };
        (Some(operation), answer)
    }

    fn visit(&self, call: &Call) -> Option<Answer> {
        let page = self.pages.iter().find(|page| page.is_at(&call.path))?;
        if call.method != Method::GET {
            return None;
        }
        let mut state = self.state();
        let deny = std::mem::take(&mut state.denies_next_login);
        Some(page.visit(&self.spec, &mut state.ledger, &self.mint, call, deny))
    }

    fn nothing_here(&self, call: &Call) -> Answer {
        let nearest = self.router.nearest(call.method.as_str(), &call.path);
        let nearest = nearest.unwrap_or_else(|| "none: it has no operations".to_owned());
        let name = &self.spec.name;
        Answer::words(
            404,
            format!("{name} has nothing at this path; the nearest is {nearest}"),
        )
    }

    fn other_methods(&self, call: &Call, methods: &[String], nearest: &str) -> Answer {
        let words = format!(
            "{} has no {} at this path; the nearest is {nearest}",
            self.spec.name, call.method,
        );
        let mut answer = Answer::words(405, words);
        if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
            answer.headers.insert(ALLOW, value);
        }
        answer
    }

    fn failure(&self, operation: &Operation) -> Option<Answer> {
        let failures = &mut self.state().failures;
        let index = failures
            .iter()
            .position(|known| known.operation_id == operation.id)?;
        let failure = failures.remove(index)?;
        let mut answer =
            refuse::request(&self.spec, operation, failure.status, "it was told to fail");
        answer.status = failure.status;
        if let Some(wait) = failure.retry_after {
            let seconds = wait
                .as_secs()
                .saturating_add(u64::from(wait.subsec_nanos() > 0));
            answer
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(answer)
    }

    fn answer(&self, request: &Request<'_>) -> Answer {
        let mut state = self.state();
        if steps_of(&self.spec, &request.operation.id).next().is_some() {
            return self.token_answer(&mut state, request);
        }
        let security =
            self.credentials
                .check(&self.spec, &state.ledger, request.operation, request.call);
        drop(state);
        if let Err(refusal) = security {
            return self.refused(request.operation, &refusal);
        }
        match request.violation(&self.spec, &self.checker) {
            Some(violation) => refuse::request(&self.spec, request.operation, 400, &violation),
            None => self.ordinary_answer(request),
        }
    }

    /// The answer of an operation that token workflows call.
    fn token_answer(&self, state: &mut State, request: &Request<'_>) -> Answer {
        let (operation, call) = (request.operation, request.call);
        let (served, failed) = self.attempts(&state.ledger, request);
        if give_back::is_meant(&served)
            || (served.is_empty() && give_back::is_meant(&failed) && self.is_direct(state, request))
        {
            return self.taken_back(state, request, &served);
        }
        if served.is_empty() {
            for attempt in &failed {
                state.ledger.punish_reuse(&attempt.values);
            }
            return self.refused_step(operation, &failed);
        }
        if let Some(violation) = request.violation(&self.spec, &self.checker) {
            return refuse::request(&self.spec, operation, 400, &violation);
        }
        let mut issuer = Issuer {
            spec: &self.spec,
            checker: &self.checker,
            mint: &self.mint,
            ledger: &mut state.ledger,
            lifetime: state.lifetime,
            base_url: &self.base_url,
        };
        issuer
            .issue(operation, &successes(operation, call), &served)
            .unwrap_or_else(|| Answer::words(500, "the operation has no documented success"))
    }

    /// Whether an application calls the operation by itself, as the document describes it, with the
    /// credential that it asks for.
    fn is_direct(&self, state: &State, request: &Request<'_>) -> bool {
        let (operation, call) = (request.operation, request.call);
        let security = &operation.security;
        let is_open = security.is_empty() || security.iter().any(Vec::is_empty);
        let security = self
            .credentials
            .check(&self.spec, &state.ledger, operation, call);
        !is_open && security.is_ok() && request.violation(&self.spec, &self.checker).is_none()
    }

    /// The answer of an operation that tokens are given back to. One that is not good is refused
    /// where the operation has an answer for it; otherwise it is as good as given back (RFC 7009,
    /// 2.2).
    fn taken_back(
        &self,
        state: &mut State,
        request: &Request<'_>,
        served: &[Attempt<'_>],
    ) -> Answer {
        if let Some(violation) = request.violation(&self.spec, &self.checker) {
            return refuse::request(&self.spec, request.operation, 400, &violation);
        }
        let tokens = give_back::tokens(request, served);
        let were_good = tokens.iter().map(|token| state.ledger.give_back(token));
        let was_good = were_good.fold(false, |was_good, this| was_good | this);
        if !was_good && give_back::is_refused_otherwise(request.operation) {
            let refusal = Refusal {
                kind: RefusalKind::Invalid,
                scheme: None,
                in_header: false,
            };
            let steps: Vec<_> = served.iter().map(|attempt| attempt.step).collect();
            return refuse::step(&self.spec, request.operation, &steps, &[], &refusal);
        }
        self.ordinary_answer(request)
    }

    /// The steps that the request fulfils, and those that it does not.
    fn attempts<'a>(
        &'a self,
        ledger: &Ledger,
        request: &Request<'_>,
    ) -> (Vec<Attempt<'a>>, Vec<Attempt<'a>>) {
        let (operation, call) = (request.operation, request.call);
        let given = Given {
            call,
            path_values: &request.path_values,
            body: request.body.as_ref(),
        };
        let judge = Judge {
            spec: &self.spec,
            ledger,
            credentials: &self.credentials,
        };
        // An application may call the operation by itself, with the credential that the
        // operation's security names instead of the one that the step presents.
        let has_security = operation.security.iter().any(|one| !one.is_empty())
            && self
                .credentials
                .check(&self.spec, ledger, operation, call)
                .is_ok();
        let attempts = attempts(&self.spec, judge, &operation.id, &given);
        attempts.into_iter().partition(|attempt| {
            attempt.faults.is_empty() && (attempt.credential_faults.is_empty() || has_security)
        })
    }

    fn refused_step(&self, operation: &Operation, failed: &[Attempt<'_>]) -> Answer {
        let refusal = refusal(failed);
        if refusal.scheme.is_some() {
            return self.refused(operation, &refusal);
        }
        let steps: Vec<_> = failed.iter().map(|attempt| attempt.step).collect();
        let used = failed.iter().flat_map(|attempt| &attempt.workflow.inputs);
        let right: Vec<&Scheme> = used
            .filter_map(|input| self.spec.scheme(&input.credential.as_ref()?.scheme))
            .collect();
        refuse::step(&self.spec, operation, &steps, &right, &refusal)
    }

    fn refused(&self, operation: &Operation, refusal: &Refusal) -> Answer {
        let scheme = refusal
            .scheme
            .as_ref()
            .and_then(|name| self.spec.scheme(name));
        match scheme {
            Some(scheme) => refuse::credential(&self.spec, operation, scheme, refusal.kind),
            None => Answer::words(401, "the operation asks for a scheme that is not described"),
        }
    }

    fn ordinary_answer(&self, request: &Request<'_>) -> Answer {
        let candidates = successes(request.operation, request.call);
        let answers = candidates
            .iter()
            .map(|one| one.answer(&self.spec, one.status(200)));
        let mut fitting =
            answers.filter(|answer| answer.meets(&request.operation.success_criteria));
        match (fitting.next(), candidates.first()) {
            (Some(answer), _) => answer,
            (None, Some(first)) => first.answer(&self.spec, first.status(200)),
            (None, None) => Answer::words(500, "the operation has no documented success"),
        }
    }
}
