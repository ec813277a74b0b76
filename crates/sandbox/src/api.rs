//! One API: from a request to an answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Method, StatusCode};
use keyfob_spec::{CredentialPart, Input, MediaType, Operation, Scheme, Spec, Workflow};
use serde_json::{Value, json};

use crate::answer::{Answer, successes};
use crate::authorize::{self, Page};
use crate::call::{Call, covers};
use crate::check::{Checker, Direction};
use crate::condition::text;
use crate::credentials::{Credentials, Refusal};
use crate::inputs::{self, Meaning};
use crate::issue::{Issuer, yields_token};
use crate::ledger::{Code, Ledger};
use crate::mint::Mint;
use crate::recorded::{Journal, Recorded};
use crate::routing::{Found, Router};
use crate::unify::{Attempt, Given, Unifier, challenge, refusal, steps_of};
use crate::{decode, refuse};

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

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

/// A request as far as it has been understood.
struct Request<'a> {
    operation: &'a Operation,
    call: &'a Call,
    path_values: Vec<(String, String)>,
    /// The documented media type of the body that was sent.
    media_type: Option<&'a MediaType>,
    body: Option<Value>,
}

impl Api {
    pub(crate) fn new(spec: Spec, base_url: String, lifetime: Duration) -> Api {
        let mut ledger = Ledger::default();
        for workflow in &spec.workflows {
            seed(&spec, workflow, &mut ledger);
        }
        Api {
            base_url,
            router: Router::new(&spec.operations),
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
        let mut state = self.state();
        let lifetime = state.lifetime;
        let spec = &self.spec;
        let mut values = BTreeMap::new();
        for input in &workflow.inputs {
            let value = match inputs::meaning(spec, workflow, input) {
                Meaning::Credential(scheme, part) => {
                    self.credential_part(&mut state, scheme, part, lifetime)
                }
                Meaning::RefreshToken => {
                    let value = self.like_example(input, lifetime);
                    let family = state.ledger.new_family();
                    let schemes = [workflow.scheme.clone()].into();
                    state.ledger.add_refresh_token(&value, schemes, family);
                    value
                }
                Meaning::OldToken => self.new_token(&mut state, &workflow.scheme, lifetime),
                Meaning::Code => self.like_example(input, lifetime),
                Meaning::BoundToCode if input.name == "code_verifier" => self.mint.opaque(43),
                Meaning::BoundToCode | Meaning::Plain => inputs::example_text(spec, input),
            };
            values.insert(input.name.clone(), value);
        }
        if inputs::has_code(spec, workflow)
            && let Some(value) = values.get("code")
        {
            let code = Code {
                scheme: workflow.scheme.clone(),
                redirect_uri: values.get("redirect_uri").cloned().unwrap_or_default(),
                challenge: values
                    .get("code_verifier")
                    .map(|verifier| challenge(verifier)),
                spent: None,
            };
            state.ledger.add_code(value, code);
        }
        values
    }

    /// A credential of the scheme that is right at this moment: user name and value.
    pub(crate) fn credential(&self, scheme: &str) -> crate::StaticCredential {
        match self.credentials.of(scheme) {
            Some(known) => known.clone(),
            None => {
                let mut state = self.state();
                let lifetime = state.lifetime;
                crate::StaticCredential {
                    username: None,
                    value: self.new_token(&mut state, scheme, lifetime),
                }
            }
        }
    }

    /// Whether a request presents a right credential of the scheme.
    pub(crate) fn takes(&self, scheme: &Scheme, call: &Call) -> bool {
        self.credentials.takes(&self.state().ledger, scheme, call)
    }

    /// A new value for an input that obeys the input's rules; its example, if none does.
    fn like_example(&self, input: &Input, lifetime: Duration) -> String {
        let example = inputs::example_text(&self.spec, input);
        let values = self.mint.like(&Value::from(example.as_str()), lifetime);
        let name = format!("input {} {}", input.name, input.schema);
        let is_right = |value: &Value| {
            self.checker
                .accepts(&name, &input.schema, Direction::Request, value)
        };
        let value = values.iter().find(|value| is_right(value));
        value.and_then(text).unwrap_or(example)
    }

    fn credential_part(
        &self,
        state: &mut State,
        scheme: &str,
        part: CredentialPart,
        lifetime: Duration,
    ) -> String {
        match (self.credentials.of(scheme), part) {
            (Some(known), CredentialPart::Username) => known.username.clone().unwrap_or_default(),
            (Some(known), _) => known.value.clone(),
            (None, _) => self.new_token(state, scheme, lifetime),
        }
    }

    fn new_token(&self, state: &mut State, scheme: &str, lifetime: Duration) -> String {
        let value = self.mint.opaque(40);
        let family = state.ledger.new_family();
        let schemes = [scheme.to_owned()].into();
        state.ledger.add_token(&value, schemes, family, lifetime);
        value
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
        let (operation, path_values) = match self.router.find(call.method.as_str(), &call.path) {
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
        let answer = match self.understand(operation, call, path_values).await {
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
            answer.headers.insert(hyper::header::ALLOW, value);
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
            answer
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        Some(answer)
    }

    /// Reads the body the way its media type says.
    async fn understand<'a>(
        &'a self,
        operation: &'a Operation,
        call: &'a Call,
        path_values: Vec<(String, String)>,
    ) -> Result<Request<'a>, Answer> {
        let refused =
            |status: u16, words: &str| refuse::request(&self.spec, operation, status, words);
        let mut request = Request {
            operation,
            call,
            path_values,
            media_type: None,
            body: None,
        };
        let Some(documented) = &operation.body else {
            let words = "the operation takes no body";
            return if call.body.is_empty() {
                Ok(request)
            } else {
                Err(refused(400, words))
            };
        };
        if call.body.is_empty() && call.media_type().is_none() {
            return Ok(request);
        }
        let sent = call.media_type().unwrap_or_default();
        let media_type = documented
            .content
            .iter()
            .find(|known| crate::call::essence(&known.name) == sent)
            .or_else(|| {
                documented
                    .content
                    .iter()
                    .find(|known| covers(&known.name, &sent))
            });
        let Some(media_type) = media_type else {
            let known: Vec<&str> = documented
                .content
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            let words = format!(
                "the content type is not documented; it takes {}",
                known.join(", ")
            );
            return Err(refused(415, &words));
        };
        request.media_type = Some(media_type);
        // A form without fields is an empty body.
        if !call.body.is_empty() || sent == FORM {
            let content_type = call.header("content-type").unwrap_or_default();
            request.body = decode::body(&self.spec, media_type, content_type, &call.body)
                .await
                .map_err(|words| refused(400, &words))?;
        }
        Ok(request)
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
        match self.violation(request) {
            Some(violation) => refuse::request(&self.spec, request.operation, 400, &violation),
            None => self.ordinary_answer(request),
        }
    }

    /// The answer of an operation that token workflows call.
    fn token_answer(&self, state: &mut State, request: &Request<'_>) -> Answer {
        let (operation, call) = (request.operation, request.call);
        let (served, failed) = self.attempts(&state.ledger, request);
        if served.is_empty() {
            for attempt in &failed {
                state.ledger.punish_reuse(&attempt.values);
            }
            return self.refused_step(operation, &failed);
        }
        if let Some(violation) = self.violation(request) {
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
        let unifier = Unifier {
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
        let attempts = unifier.attempts(&operation.id, &given).into_iter();
        attempts.partition(|attempt| {
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

    /// What breaks the document in parameters and body; `None` if nothing does.
    fn violation(&self, request: &Request<'_>) -> Option<String> {
        let mut complaints = Vec::new();
        for parameter in &request.operation.parameters {
            let value =
                decode::parameter(&self.spec, parameter, request.call, &request.path_values);
            match value {
                None if parameter.required => {
                    complaints.push(format!("the parameter {} is missing", parameter.name));
                }
                None => {}
                Some(value) => {
                    let found = self.checker.complaints(
                        &parameter.pointer,
                        &parameter.schema,
                        Direction::Request,
                        &value,
                    );
                    let named =
                        |words: &String| format!("the parameter {}: {words}", parameter.name);
                    complaints.extend(found.iter().map(named));
                }
            }
        }
        let required = request
            .operation
            .body
            .as_ref()
            .is_some_and(|body| body.required);
        match (request.media_type, &request.body) {
            (Some(media_type), Some(body)) => complaints.extend(self.checker.complaints(
                &media_type.pointer,
                &media_type.schema,
                Direction::Request,
                body,
            )),
            (_, None) if required && request.call.body.is_empty() => {
                complaints.push("the body is missing".to_owned());
            }
            _ => {}
        }
        (!complaints.is_empty()).then(|| complaints.join("; "))
    }
}

/// The examples of refresh tokens are right from the beginning.
fn seed(spec: &Spec, workflow: &Workflow, ledger: &mut Ledger) {
    for input in &workflow.inputs {
        if inputs::meaning(spec, workflow, input) == Meaning::RefreshToken {
            let value = inputs::example_text(spec, input);
            let also = spec.workflows.iter().filter(|other| {
                let known = inputs::input(other, "refresh_token");
                known.is_some_and(|known| inputs::example_text(spec, known) == value)
            });
            let schemes = also.map(|other| other.scheme.clone()).collect();
            let family = ledger.new_family();
            ledger.add_refresh_token(&value, schemes, family);
        }
    }
}
