//! How a workflow credential gets its tokens: by the workflow that the application chose, by
//! renewal, and by the first again where renewal is refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use url::Url;

use crate::api::{Api, Scheme};
use crate::cell::Acquired;
use crate::clock::Clock;
use crate::complaint::Complaint;
use crate::confidential::Confidential;
use crate::config_error::ConfigError;
use crate::error::{AuthError, AuthErrorKind};
use crate::inputs::Inputs;
use crate::keyring::Network;
use crate::lifetime::Ends;
use crate::presentation::Presented;
use crate::rules::{breach, checked};
use crate::run::{Borrowed, Halt, Run, Yield};
use crate::secret::Secret;
use crate::server::is_loopback;
use crate::slot::{AtHand, Slot};
use crate::workflow::{CredentialInput, Input, Workflow};

/// Acquires the tokens of one workflow credential.
pub(crate) struct WorkflowAcquisition {
    api: &'static Api,
    scheme: &'static Scheme,
    /// The workflow that the application chose.
    first: &'static Workflow,
    /// What the application gave for it.
    given: Vec<(&'static str, Confidential)>,
    /// The credentials that workflows take as inputs.
    lenders: Vec<Arc<Slot>>,
    network: Network,
    clock: Clock,
    held: Mutex<Held>,
}

/// What is known from one acquisition to the next.
#[derive(Default)]
struct Held {
    grant: Option<Grant>,
    /// The first workflow must not run again: it took its single use, or its refresh token is dead.
    spent: bool,
}

/// What the last token leaves for its renewal.
#[derive(Clone)]
struct Grant {
    workflow: &'static Workflow,
    access_token: Secret,
    refresh_token: Option<Secret>,
}

/// How a renewal ended without a token.
enum Unrenewed {
    /// There is no workflow, or nothing to run it with.
    NoWay,
    /// The server refused it.
    Refused(AuthError),
}

impl WorkflowAcquisition {
    /// # Errors
    ///
    /// What the application gave breaks a rule of the workflow.
    pub fn new(
        inputs: &Inputs,
        scheme: &'static Scheme,
        lenders: Vec<Arc<Slot>>,
        network: Network,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            api: inputs.api(),
            scheme,
            first: inputs.workflow(),
            given: checked(inputs)?,
            lenders,
            network,
            clock,
            held: Mutex::default(),
        })
    }

    /// A new token: by renewal if that is possible, by the first workflow otherwise.
    pub async fn acquire(&self, origin: Weak<Slot>) -> Result<Acquired<Presented>, AuthError> {
        match self.renew(&origin).await? {
            Ok(acquired) => Ok(acquired),
            Err(Unrenewed::NoWay) => self.run_first(&origin, None).await,
            Err(Unrenewed::Refused(error)) => self.run_first(&origin, Some(error)).await,
        }
    }

    /// Renews the last token. An outer error is one that the first workflow would not mend.
    async fn renew(
        &self,
        origin: &Weak<Slot>,
    ) -> Result<Result<Acquired<Presented>, Unrenewed>, AuthError> {
        let Some(grant) = self.held().grant.clone() else {
            return Ok(Err(Unrenewed::NoWay));
        };
        for workflow in self.renewals(grant.workflow) {
            let Some(run) = self.renewal(workflow, &grant).await? else {
                continue;
            };
            let error = match run.run().await {
                Ok(yielded) => return self.kept(workflow, &yielded, origin).map(Ok),
                Err(Halt { error, .. }) => error,
            };
            if error.is_transient() {
                return Err(error);
            }
            if error.code() == Some("invalid_grant") {
                self.forget_refresh_token(workflow);
            }
            return Ok(Err(Unrenewed::Refused(error)));
        }
        Ok(Err(Unrenewed::NoWay))
    }

    async fn run_first(
        &self,
        origin: &Weak<Slot>,
        refused: Option<AuthError>,
    ) -> Result<Acquired<Presented>, AuthError> {
        if self.is_spent(refused.is_some()) {
            return Err(log_in_again(refused.as_ref()));
        }
        let workflow = self.first;
        let refresh_token = self
            .held()
            .grant
            .as_ref()
            .and_then(|grant| grant.refresh_token.clone());
        let mut inputs = self.given.clone();
        if let (true, Some(token)) = (self.first_refreshes(), &refresh_token) {
            replace(&mut inputs, "refresh_token", token);
        }
        let run = self.run(workflow, inputs).await;
        let run = run.inspect_err(|_| self.unspend())?;
        match run.run().await {
            Ok(yielded) => self.kept(workflow, &yielded, origin),
            Err(Halt { error, unsent }) => {
                if unsent {
                    self.unspend();
                }
                let is_refused = matches!(error.kind(), AuthErrorKind::Rejected { .. });
                let is_dead = error.code() == Some("invalid_grant") && self.first_refreshes();
                if is_dead {
                    self.held().spent = true;
                }
                let needs_person = is_dead || (is_refused && workflow.single_use);
                Err(if needs_person {
                    log_in_again(Some(&error))
                } else {
                    error
                })
            }
        }
    }

    /// Whether the first workflow must not run; if it may and is for single use, this was it.
    fn is_spent(&self, renewal_was_refused: bool) -> bool {
        let refused_itself = renewal_was_refused && self.first_refreshes();
        let mut held = self.held();
        let spent = held.spent || refused_itself;
        held.spent |= self.first.single_use;
        spent
    }

    /// Nothing was sent, so a single use is still to be had.
    fn unspend(&self) {
        if self.first.single_use {
            self.held().spent = false;
        }
    }

    /// Whether the first workflow is itself a renewal, with a refresh token from the application.
    fn first_refreshes(&self) -> bool {
        self.given.iter().any(|(name, _)| *name == "refresh_token")
    }

    fn forget_refresh_token(&self, workflow: &Workflow) {
        let mut held = self.held();
        if workflow.has_input("refresh_token")
            && let Some(grant) = &mut held.grant
        {
            grant.refresh_token = None;
        }
        held.spent |= self.first_refreshes();
    }

    /// The workflows that renew a token of `workflow`, best first.
    fn renewals(&self, workflow: &'static Workflow) -> Vec<&'static Workflow> {
        let own = renewals(self.api, workflow);
        match own.is_empty() {
            true => renewals(self.api, self.first),
            false => own,
        }
    }

    /// A run that renews; `None` where an input of it has no value.
    async fn renewal(
        &self,
        workflow: &'static Workflow,
        grant: &Grant,
    ) -> Result<Option<Run<'_>>, AuthError> {
        let mut inputs = Vec::new();
        for input in workflow.inputs.iter().filter(|input| input.is_given()) {
            let value = match input.name {
                "refresh_token" => grant.refresh_token.as_ref().map(Confidential::from),
                "access_token" => Some(Confidential::from(&grant.access_token)),
                name => {
                    let mut given = self.given.iter();
                    let given = given.find(|(known, _)| *known == name);
                    given.map(|(_, value)| value.clone())
                }
            };
            let default = || {
                input
                    .default
                    .map(|text| Confidential::from(&Secret::from(text)))
            };
            match value.or_else(default) {
                Some(value) => inputs.push((input.name, value)),
                None if input.required => return Ok(None),
                None => {}
            }
        }
        let lacks_lender = |input: &Input| {
            let lender = input.credential.and_then(|wanted| self.lender(wanted));
            input.required && !input.is_given() && lender.is_none()
        };
        if workflow.inputs.iter().any(lacks_lender) {
            return Ok(None);
        }
        self.run(workflow, inputs).await.map(Some)
    }

    /// A run with these inputs and the credentials that the workflow borrows.
    async fn run(
        &self,
        workflow: &'static Workflow,
        mut inputs: Vec<(&'static str, Confidential)>,
    ) -> Result<Run<'_>, AuthError> {
        let mut borrowed = Vec::new();
        for input in workflow.inputs {
            let Some(wanted) = input.credential else {
                continue;
            };
            let Some(lent) = self.borrow(input.name, wanted).await? else {
                continue;
            };
            let Some(value) = lent.value() else {
                continue;
            };
            if let Some(problem) = breach(input, &value) {
                let problem = format!("the credential of scheme {} {problem}", wanted.scheme);
                return Err(AuthError::new(AuthErrorKind::Misconfigured, problem));
            }
            inputs.push((input.name, value));
            borrowed.push(lent);
        }
        Ok(Run {
            api: self.api,
            workflow,
            network: &self.network,
            clock: &self.clock,
            inputs,
            borrowed,
        })
    }

    async fn borrow(
        &self,
        input: &'static str,
        wanted: CredentialInput,
    ) -> Result<Option<Borrowed>, AuthError> {
        let Some(slot) = self.lender(wanted) else {
            return Ok(None);
        };
        Ok(match slot.get().await? {
            AtHand::Nothing => None,
            AtHand::Lease(lease) => Some(Borrowed {
                input,
                part: wanted.part,
                slot: Arc::clone(slot),
                lease,
            }),
        })
    }

    fn lender(&self, wanted: CredentialInput) -> Option<&Arc<Slot>> {
        let mut lenders = self.lenders.iter();
        lenders.find(|slot| slot.scheme.name == wanted.scheme)
    }

    /// Keeps what the token leaves for its renewal, and makes it ready to be sent. What is kept is
    /// kept first: a rotated refresh token must not be lost, whatever becomes of the token.
    fn kept(
        &self,
        workflow: &'static Workflow,
        yielded: &Yield,
        origin: &Weak<Slot>,
    ) -> Result<Acquired<Presented>, AuthError> {
        let text = |name| yielded.output(name).and_then(Confidential::text);
        let token = text("access_token").unwrap_or_else(|| Secret::from(""));
        let token = Secret::from(token.expose().trim());
        let refresh_token = text("refresh_token").filter(|token| !token.is_empty());
        {
            let mut held = self.held();
            let earlier = held.grant.take().and_then(|grant| grant.refresh_token);
            held.grant = Some(Grant {
                workflow,
                access_token: token.clone(),
                refresh_token: refresh_token.or(earlier),
            });
        }
        let output = |name| yielded.output(name).cloned();
        let ends = Ends {
            expires_in: output("expires_in"),
            expires_in_ms: output("expires_in_ms"),
            expires_at: output("expires_at"),
        };
        let lifetime = ends.lifetime(token.expose(), workflow.default_expires_in, yielded.since);
        let server_url = self.server_url(yielded)?;
        let value = Presented::token(self.scheme, token, server_url, origin.clone());
        let unfit = |problem| {
            let problem = format!("the token {problem}");
            let pointer = yielded.token_pointer.clone();
            yielded
                .last
                .protocol(&problem, pointer, Complaint::default())
        };
        Ok(Acquired {
            value: value.map_err(unfit)?,
            lifetime,
            since: yielded.since,
        })
    }

    /// The server that the answer names. A server that the document does not allow for is an
    /// error: the token is not for another one, and must not be sent to this one.
    fn server_url(&self, yielded: &Yield) -> Result<Option<Url>, AuthError> {
        let Some(named) = yielded.output("server_url").and_then(Confidential::text) else {
            return Ok(None);
        };
        let refused = |problem: &str| {
            let problem = format!("the server that it names {problem}");
            yielded.last.protocol(&problem, None, Complaint::default())
        };
        let url = Url::parse(named.expose()).map_err(|_| refused("is no URL"))?;
        if self.network.servers.replaces_all().is_some() {
            return Ok(Some(url).filter(|url| self.network.servers.allows(url)));
        }
        let host = url.host_str().unwrap_or_default();
        let hosts = self.scheme.server_url_hosts;
        if !hosts.iter().any(|pattern| host_matches(pattern, host)) {
            return Err(refused("is at a host that the document does not allow"));
        }
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        match is_safe && url.username().is_empty() && url.password().is_none() {
            true => Ok(Some(url)),
            false => Err(refused("is no plain https URL")),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The workflows that renew a token of `workflow`, best first.
pub(crate) fn renewals(api: &'static Api, workflow: &Workflow) -> Vec<&'static Workflow> {
    let find = |id: &&str| api.workflows.iter().find(|known| known.id == *id);
    workflow.renewed_by.iter().filter_map(find).collect()
}

fn replace(inputs: &mut [(&'static str, Confidential)], name: &str, value: &Secret) {
    for (known, old) in inputs.iter_mut() {
        if *known == name {
            *old = value.into();
        }
    }
}

/// A host, or any subdomain of what follows `*.`.
fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host
            .to_ascii_lowercase()
            .strip_suffix(&domain.to_ascii_lowercase())
            .is_some_and(|subdomain| subdomain.len() > 1 && subdomain.ends_with('.')),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

fn log_in_again(refused: Option<&AuthError>) -> AuthError {
    const REMEDY: &str = "log in again";
    match refused {
        Some(error) => error.needing(AuthErrorKind::LogInAgain, REMEDY),
        None => AuthError::new(AuthErrorKind::LogInAgain, "the login is used up")
            .needing(AuthErrorKind::LogInAgain, REMEDY),
    }
}

impl Workflow {
    fn has_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input.name == name)
    }
}
