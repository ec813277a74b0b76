//! One run of a workflow: its steps in order, from inputs to outputs.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::answer::{Received, Trouble, exchange};
use crate::api::Api;
use crate::cell::Lease;
use crate::clock::{Clock, Now};
use crate::complaint::Complaint;
use crate::condition::Expression;
use crate::confidential::Confidential;
use crate::error::{AuthError, AuthErrorKind, Detail, Place};
use crate::evaluate::{Reading, Scope, StepOutput};
use crate::keyring::Network;
use crate::limits::{TimeLeft, TimeLimit};
use crate::presentation::Presented;
use crate::refusal;
use crate::request::{mentions, request};
use crate::slot::Slot;
use crate::workflow::{CredentialPart, Step, Workflow};

/// One run of a workflow.
pub(crate) struct Run<'a> {
    pub api: &'static Api,
    pub workflow: &'static Workflow,
    pub network: &'a Network,
    pub clock: &'a Clock,
    /// Every input that has a value, borrowed credentials included.
    pub inputs: Vec<(&'static str, Confidential)>,
    pub borrowed: Vec<Borrowed>,
    pub time: TimeLeft,
}

/// Another credential, used as an input.
pub(crate) struct Borrowed {
    pub input: &'static str,
    pub part: CredentialPart,
    pub slot: Arc<Slot>,
    pub lease: Arc<Lease<Presented>>,
}

impl Borrowed {
    /// The part of the credential that is the input's value.
    pub fn value(&self) -> Option<Confidential> {
        let presented = &self.lease.value;
        let halves = presented.basic.as_ref();
        let value = match self.part {
            CredentialPart::Value => Some(&presented.value),
            CredentialPart::Username => halves.map(|(username, _)| username),
            CredentialPart::Password => halves.map(|(_, password)| password),
        };
        value.map(Confidential::from)
    }
}

/// What a run yielded.
pub(crate) struct Yield {
    outputs: Vec<(&'static str, Confidential)>,
    /// Where the token stood in its answer.
    pub token_pointer: Option<String>,
    /// When the last step was asked.
    pub since: Now,
    /// The last step's address and status, for complaints about what it yielded.
    pub last: Asked,
}

/// Why a run yielded nothing.
pub(crate) struct Halt {
    pub error: AuthError,
    /// No step's request left this machine.
    pub unsent: bool,
}

/// A step that was asked.
#[derive(Clone)]
pub(crate) struct Asked {
    place: Place,
    endpoint: String,
    status: Option<u16>,
}

/// The last step that was asked, what it answered, and when it was asked.
type Answered = (Asked, Received, Now);

impl Yield {
    /// An output of the workflow.
    pub fn output(&self, name: &str) -> Option<&Confidential> {
        let found = self.outputs.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }
}

impl Run<'_> {
    /// Runs the steps, for a token.
    pub async fn run(mut self) -> Result<Yield, Halt> {
        let (outputs, last) = self.steps().await?;
        let sent = |error| Halt {
            error,
            unsent: false,
        };
        let Some((last, received, since)) = last else {
            let asked = self.asked_nothing();
            return Err(sent(
                asked.error(AuthErrorKind::Misconfigured, "the workflow has no step"),
            ));
        };
        let yielded = self.yielded(&outputs, &received, last, since);
        self.check_token(&yielded, &received).map_err(sent)?;
        Ok(yielded)
    }

    /// Runs the steps, for what the server does.
    pub async fn give_back(mut self) -> Result<(), AuthError> {
        let steps = self.steps().await;
        steps.map(drop).map_err(|halt| halt.error)
    }

    async fn steps(&mut self) -> Result<(Vec<StepOutput>, Option<Answered>), Halt> {
        let mut outputs = Vec::new();
        let mut last: Option<Answered> = None;
        for step in self.workflow.steps {
            let since = self.clock.now();
            let (asked, received) = match self.step(step, &outputs).await {
                Ok(answered) => answered,
                Err(halt) => {
                    return Err(Halt {
                        unsent: halt.unsent && last.is_none(),
                        ..halt
                    });
                }
            };
            self.collect(step, &received, &mut outputs);
            last = Some((asked, received, since));
        }
        Ok((outputs, last))
    }

    /// One step. Where it refuses a borrowed credential, that one is replaced and the step asked
    /// once more.
    async fn step(
        &mut self,
        step: &'static Step,
        outputs: &[StepOutput],
    ) -> Result<(Asked, Received), Halt> {
        let mut may_replace = true;
        loop {
            let (asked, received) = self.ask(step, outputs).await?;
            let reading = Reading::new(received.answer());
            if succeeds(step, &self.scope(outputs, &reading)) {
                drop(reading);
                return Ok((asked, received));
            }
            let refused = self
                .refused_credential(step, &reading)
                .filter(|_| may_replace);
            if let Some(index) = refused
                && self.replace(index).await.map_err(Halt::sent)?
            {
                may_replace = false;
                continue;
            }
            let now = self.clock.now();
            return Err(Halt::sent(asked.refused(
                &received,
                &reading,
                &self.secrets(),
                now,
            )));
        }
    }

    async fn ask(
        &self,
        step: &'static Step,
        outputs: &[StepOutput],
    ) -> Result<(Asked, Received), Halt> {
        let unsent = |error| Halt {
            error,
            unsent: true,
        };
        let mut asked = self.asked_nothing();
        asked.place.step = Some(step.id);
        asked.place.operation = Some(step.endpoint.operation_id);
        let misconfigured = |asked: &Asked, problem: String| {
            unsent(asked.error(AuthErrorKind::Misconfigured, problem))
        };
        let server = self.network.servers.url(self.api, step.endpoint);
        let server = server.map_err(|error| misconfigured(&asked, error.to_string()))?;
        asked.endpoint = address(step, &server);
        let request = {
            let scope = Scope {
                inputs: &self.inputs,
                outputs,
                reading: None,
            };
            request(step, &server, &scope)
        };
        let request = request.map_err(|problem| misconfigured(&asked, problem))?;
        let time = self.time.for_attempt();
        match exchange(&self.network.http, request, time).await {
            Ok(received) => {
                asked.status = Some(received.status);
                Ok((asked, received))
            }
            Err(trouble) => Err(Halt {
                unsent: matches!(trouble, Trouble::NotConnected(_)),
                error: asked.trouble(trouble),
            }),
        }
    }

    fn scope<'s>(&'s self, outputs: &'s [StepOutput], reading: &'s Reading<'s>) -> Scope<'s> {
        Scope {
            inputs: &self.inputs,
            outputs,
            reading: Some(reading),
        }
    }

    fn collect(&self, step: &'static Step, received: &Received, outputs: &mut Vec<StepOutput>) {
        let reading = Reading::new(received.answer());
        let scope = self.scope(outputs, &reading);
        let is_text = reading.json().map_or(!received.is_page(), Value::is_string);
        let found = step.outputs.iter().filter_map(|output| {
            if output.value == Expression::Body("") && !is_text {
                return None;
            }
            Some(StepOutput {
                step: step.id,
                name: output.name,
                value: scope.value(&output.value)?.into_owned().into(),
            })
        });
        let found: Vec<StepOutput> = found.collect();
        outputs.extend(found);
    }

    fn yielded(
        &self,
        outputs: &[StepOutput],
        received: &Received,
        last: Asked,
        since: Now,
    ) -> Yield {
        let reading = Reading::new(received.answer());
        let scope = self.scope(outputs, &reading);
        let found = self.workflow.outputs.iter().filter_map(|output| {
            let value = scope.value(&output.value)?.into_owned();
            Some((output.name, Confidential::from(value)))
        });
        Yield {
            outputs: found.collect(),
            token_pointer: self.pointer("access_token"),
            since,
            last,
        }
    }

    /// A run without an access token is no success, whatever its steps said.
    fn check_token(&self, yielded: &Yield, received: &Received) -> Result<(), AuthError> {
        let token = yielded.output("access_token");
        let text = token.and_then(Confidential::text);
        if text.is_some_and(|text| !text.expose().trim().is_empty()) {
            return Ok(());
        }
        let reading = Reading::new(received.answer());
        let problem = match (token, reading.json()) {
            (Some(_), _) => "what stands there is no token".to_owned(),
            (None, Some(_)) => "the answer holds no token".to_owned(),
            (None, None) => format!("the answer is {}", received.nature()),
        };
        let complaint = Complaint::read(reading.json(), &self.secrets());
        Err(yielded
            .last
            .protocol(&problem, yielded.token_pointer.clone(), complaint))
    }

    /// Where an output of the workflow is read in an answer.
    fn source(&self, name: &str) -> Option<Expression> {
        let output = self
            .workflow
            .outputs
            .iter()
            .find(|output| output.name == name)?;
        let Expression::StepOutput { step, output } = output.value else {
            return Some(output.value);
        };
        let step = self.workflow.steps.iter().find(|known| known.id == step)?;
        let output = step.outputs.iter().find(|known| known.name == output)?;
        Some(output.value)
    }

    fn pointer(&self, name: &str) -> Option<String> {
        match self.source(name)? {
            Expression::Body(pointer) => Some(pointer.to_owned()),
            Expression::Header(header) => Some(header.to_owned()),
            Expression::Cookie(_) => Some("Set-Cookie".to_owned()),
            _ => None,
        }
    }

    /// The borrowed credential that an answer refuses.
    fn refused_credential(&self, step: &Step, reading: &Reading<'_>) -> Option<usize> {
        self.borrowed.iter().position(|borrowed| {
            mentions(step, borrowed.input) && refusal::refuses(borrowed.slot.scheme, reading)
        })
    }

    /// Replaces a borrowed credential; false where there is nothing new to try.
    async fn replace(&mut self, index: usize) -> Result<bool, AuthError> {
        let Some(Borrowed { slot, lease, .. }) = self.borrowed.get(index) else {
            return Ok(false);
        };
        let slot = Arc::clone(slot);
        let Some(lease) = slot.replace(lease).await? else {
            return Ok(false);
        };
        for borrowed in self
            .borrowed
            .iter_mut()
            .filter(|each| Arc::ptr_eq(&each.slot, &slot))
        {
            borrowed.lease = Arc::clone(&lease);
            let value = borrowed.value();
            let input = self
                .inputs
                .iter_mut()
                .find(|(name, _)| *name == borrowed.input);
            if let (Some((_, known)), Some(value)) = (input, value) {
                *known = value;
            }
        }
        Ok(true)
    }

    /// Every text that no message may repeat.
    fn secrets(&self) -> Vec<&str> {
        let is_secret = |name: &str| {
            let mut inputs = self.workflow.inputs.iter();
            let input = inputs.find(|input| input.name == name);
            input.is_none_or(|input| input.secret || input.credential.is_some())
        };
        let secrets = self.inputs.iter().filter(|(name, _)| is_secret(name));
        secrets
            .filter_map(|(_, value)| value.expose().as_str())
            .collect()
    }

    fn asked_nothing(&self) -> Asked {
        Asked {
            place: Place {
                workflow: Some(self.workflow.id),
                step: None,
                operation: None,
            },
            endpoint: String::new(),
            status: None,
        }
    }
}

/// Without criteria, a status from 200 to 299 is a success.
fn succeeds(step: &Step, scope: &Scope<'_>) -> bool {
    match step.success {
        [] => scope
            .reading
            .is_some_and(|reading| (200..300).contains(&reading.status())),
        criteria => criteria.iter().all(|criterion| scope.holds(criterion)),
    }
}

/// Error codes that mean "later", whatever the status (RFC 6749, 4.1.2.1; RFC 8628, 3.5).
fn is_transient(code: &str) -> bool {
    matches!(
        code,
        "temporarily_unavailable" | "server_error" | "slow_down" | "authorization_pending"
    )
}

/// Method and URL of a step, with the template's path: a value in it may be a secret.
fn address(step: &Step, server: &Url) -> String {
    let base = server.as_str().trim_end_matches('/');
    let path = step.endpoint.path.trim_start_matches('/');
    format!("{} {base}/{path}", step.endpoint.method)
}

impl Halt {
    fn sent(error: AuthError) -> Self {
        Self {
            error,
            unsent: false,
        }
    }
}

impl Asked {
    /// A request that goes to this address.
    pub(crate) fn at(endpoint: String) -> Self {
        Self {
            place: Place::default(),
            endpoint,
            status: None,
        }
    }

    /// It was answered with this status.
    pub(crate) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// What an answer that is no success means. No text of `secrets` is repeated.
    pub(crate) fn refused(
        &self,
        received: &Received,
        reading: &Reading<'_>,
        secrets: &[&str],
        now: Now,
    ) -> AuthError {
        let complaint = Complaint::read(reading.json(), secrets);
        let code = complaint.code.clone();
        let is_transient_code = code.as_deref().is_some_and(is_transient);
        let kind = match received.status {
            408 | 425 | 429 | 500..=599 => None,
            _ if is_transient_code => None,
            300..=399 => {
                return self.protocol("a token endpoint must not redirect", None, complaint);
            }
            404 | 405 | 406 | 410 | 415 if code.is_none() => Some(AuthErrorKind::Misconfigured),
            200..=299 if reading.json().is_none() => {
                let problem = format!("the answer is {}", received.nature());
                return self.protocol(&problem, None, complaint);
            }
            _ => Some(AuthErrorKind::Rejected { code }),
        };
        let kind = kind.unwrap_or_else(|| AuthErrorKind::Transient {
            retry_after: received.retry_after(now),
        });
        self.failed(kind, complaint)
    }

    pub(crate) fn error(&self, kind: AuthErrorKind, problem: impl Into<String>) -> AuthError {
        AuthError::from_detail(Detail {
            kind,
            scheme: None,
            place: self.place,
            status: self.status,
            code: None,
            problem: problem.into(),
            remedy: None,
            is_of_revocation: false,
        })
    }

    /// The answer is none of a token endpoint.
    pub(crate) fn protocol(
        &self,
        problem: &str,
        pointer: Option<String>,
        complaint: Complaint,
    ) -> AuthError {
        let at = pointer.as_deref().filter(|pointer| !pointer.is_empty());
        let at = at
            .map(|pointer| format!(" (at {pointer})"))
            .unwrap_or_default();
        let words = complaint.description;
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        AuthError::from_detail(Detail {
            kind: AuthErrorKind::Protocol {
                endpoint: self.endpoint.clone(),
                status: self.status,
                pointer,
            },
            scheme: None,
            place: self.place,
            status: self.status,
            code: complaint.code,
            problem: format!(
                "{} is not answered as documented: {problem}{at}{words}",
                self.endpoint
            ),
            remedy: Some("check the server's address and the API's documents".to_owned()),
            is_of_revocation: false,
        })
    }

    pub(crate) fn failed(&self, kind: AuthErrorKind, complaint: Complaint) -> AuthError {
        let (problem, remedy) = match &kind {
            AuthErrorKind::Transient { .. } => ("is not available", Some("try again later")),
            AuthErrorKind::Rejected { .. } => ("refused the credentials", None),
            _ => ("is not there", Some("check the server's address")),
        };
        let words = complaint.description;
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        AuthError::from_detail(Detail {
            kind,
            scheme: None,
            place: self.place,
            status: self.status,
            code: complaint.code,
            problem: format!("{} {problem}{words}", self.endpoint),
            remedy: remedy.map(str::to_owned),
            is_of_revocation: false,
        })
    }

    pub(crate) fn trouble(&self, trouble: Trouble) -> AuthError {
        let transient = AuthErrorKind::Transient { retry_after: None };
        let mut asked = self.clone();
        let problem = match trouble {
            Trouble::NotConnected(cause) | Trouble::Disconnected(cause) => {
                let problem = format!("{} cannot be reached: {cause}", self.endpoint);
                return self.error(transient, problem);
            }
            Trouble::TimedOut { limit } => {
                let problem = match limit {
                    TimeLimit::Attempt => "did not answer within the limit of an attempt",
                    TimeLimit::Acquisition => "did not answer within the limit of the acquisition",
                };
                let problem = format!("{} {problem}", self.endpoint);
                return self.error(AuthErrorKind::TimedOut { limit }, problem);
            }
            Trouble::BrokenOff { status } => {
                asked.status = Some(status);
                "the answer broke off"
            }
            Trouble::TooLarge { status } => {
                asked.status = Some(status);
                "the answer is larger than 1 MiB"
            }
            Trouble::Redirected { status } => {
                asked.status = Some(status);
                "a token endpoint must not redirect"
            }
        };
        asked.protocol(problem, None, Complaint::default())
    }
}
