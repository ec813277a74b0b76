//! One run of a workflow: its steps in order, from inputs to outputs.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::answer::{Received, Trouble, exchange};
use crate::api::Api;
use crate::asked::Asked;
use crate::cell::Lease;
use crate::clock::{Clock, Now};
use crate::complaint::Complaint;
use crate::condition::{Condition, Expression};
use crate::confidential::Confidential;
use crate::error::{AuthError, AuthErrorKind};
use crate::evaluate::{Scope, StepOutput};
use crate::keyring::Network;
use crate::limits::TimeLeft;
use crate::presentation::Presented;
use crate::reading::Reading;
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
            let asked = Asked::of(self.workflow);
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
            let Err(broken) = success(step, &self.scope(outputs, &reading)) else {
                drop(reading);
                return Ok((asked, received));
            };
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
                broken,
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
        let mut asked = Asked::of(self.workflow);
        asked.step(step);
        let misconfigured = |asked: &Asked, problem: String| {
            unsent(asked.error(AuthErrorKind::Misconfigured, problem))
        };
        let server = self.network.servers.url(self.api, step.endpoint);
        let server = server.map_err(|error| misconfigured(&asked, error.to_string()))?;
        asked.goes_to(address(step, &server));
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
                asked.answered(received.status);
                Ok((asked, received))
            }
            Err(trouble) => Err(Halt {
                unsent: matches!(trouble, Trouble::NotProcessed(_)),
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
        let problem = match (token, reading.members()) {
            (Some(_), _) => "what stands there is no token".to_owned(),
            (None, Some(_)) => "the answer holds no token".to_owned(),
            (None, None) => format!("the answer is {}", received.nature()),
        };
        let complaint = Complaint::read(reading.members(), &self.secrets());
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
}

/// Whether an answer is a success of its step; otherwise the first criterion that it does not meet.
/// Without criteria, a status from 200 to 299 is a success.
fn success(step: &'static Step, scope: &Scope<'_>) -> Result<(), Option<&'static Condition>> {
    let is_ok = |reading: &Reading<'_>| (200..300).contains(&reading.status());
    if step.success.is_empty() {
        return scope.reading.is_some_and(is_ok).then_some(()).ok_or(None);
    }
    let mut criteria = step.success.iter();
    let broken = criteria.find(|criterion| !scope.holds(criterion));
    broken.map_or(Ok(()), |broken| Err(Some(broken)))
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
