//! All credentials of one client.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::acquisition::{WorkflowAcquisition, renewals};
use crate::api::{Api, Requirement, Scheme, Security};
use crate::authorization::Authorization;
use crate::clock::Clock;
use crate::config_error::ConfigError;
use crate::credential::{Content, Credential};
use crate::error::{AuthError, AuthErrorKind, advice};
use crate::inputs::Inputs;
use crate::presentation::Presented;
use crate::secret::Secret;
use crate::server::ServerChoice;
use crate::slot::{AtHand, Slot, Source};
use crate::store::TokenStore;
use crate::workflow::Workflow;

/// All credentials of one client: one for each security scheme that the application satisfies.
///
/// Clones share everything, tokens included.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

struct Shared {
    api: &'static Api,
    credentials: Vec<Credential>,
    slots: Vec<Arc<Slot>>,
    network: Network,
    clock: Clock,
    store: Option<Arc<dyn TokenStore>>,
}

/// What the credentials reach their token endpoints with.
#[derive(Debug, Clone)]
pub struct Network {
    /// The HTTP client. It must not follow a redirect to another origin.
    pub http: reqwest::Client,
    /// Which servers the application chose; token operations follow the same choice.
    pub servers: ServerChoice,
}

/// Why a request cannot be authorised.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// None of the credentials fits the operation.
    #[error(transparent)]
    NoCredential(#[from] NoCredential),
    /// The token could not be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

/// None of the client's credentials fits an operation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{operation} needs a credential for {}{}", .alternatives.join(", or "), sentences(.advice))]
pub struct NoCredential {
    /// The operation that was called.
    pub operation: String,
    /// What would satisfy it: the schemes of each alternative, joined by ` and `.
    pub alternatives: Vec<String>,
    /// Where a person gets such a credential, in the words of the schemes.
    pub advice: Vec<String>,
}

impl Keyring {
    /// Checks the credentials; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Two credentials for one scheme, an unknown scheme, an empty secret, an input that breaks a
    /// rule of its workflow, a missing or circular dependency among the credentials, a server
    /// choice that the API does not know.
    pub fn new(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
    ) -> Result<Self, ConfigError> {
        Self::with_clock(api, credentials, network, Clock::system())
    }

    /// As [`new`](Self::new), with a clock that a test can move.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_clock(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        Self::built(api, credentials, network, clock, None, Vec::new())
    }

    /// As [`with_clock`](Self::with_clock), and what workflows acquire is kept in a store: it
    /// outlives the process, and whoever has the same credential and the same store shares it.
    ///
    /// The same credential has the same inputs, for the same workflow at the same servers. An
    /// authorization code counts among the inputs, and so does its `code_verifier`: given again,
    /// a code that was exchanged opens the login that came of it. Where the workflow has no
    /// `code_verifier` and many users log in, give each user a store of their own, because codes
    /// that were used are not always kept as secrets.
    ///
    /// A process that dies while a refresh token is on its way may take it along: to a server
    /// that replaces refresh tokens it is not sent again, because such a server would take that
    /// for theft and end the whole login (RFC 9700, 4.14.2). What is left then is the workflow
    /// that got the first token, or a new login.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_store(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
        clock: Clock,
        store: Arc<dyn TokenStore>,
    ) -> Result<Self, ConfigError> {
        Self::built(api, credentials, network, clock, Some(store), Vec::new())
    }

    /// The same credentials for somebody else: this one in place of the one for its scheme, or
    /// besides the others where there was none. The others keep their tokens, except those whose
    /// workflows borrow from the new one.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_credential(&self, credential: Credential) -> Result<Self, ConfigError> {
        let shared = &self.0;
        let scheme = credential.scheme.name;
        let others = shared.credentials.iter();
        let others = others.filter(|known| known.scheme.name != scheme);
        let credentials: Vec<Credential> = others.cloned().chain([credential]).collect();
        let changed = borrowers(shared.api, &credentials, scheme);
        let slots = shared.slots.iter();
        let kept = slots.filter(|slot| !changed.contains(&slot.scheme.name));
        Self::built(
            shared.api,
            credentials,
            shared.network.clone(),
            shared.clock.clone(),
            shared.store.clone(),
            kept.cloned().collect(),
        )
    }

    fn built(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
        clock: Clock,
        store: Option<Arc<dyn TokenStore>>,
        slots: Vec<Arc<Slot>>,
    ) -> Result<Self, ConfigError> {
        network.servers.check(api)?;
        let mut builder = Builder {
            api,
            credentials: &credentials,
            network: &network,
            clock: clock.clone(),
            store: store.clone(),
            slots,
            path: Vec::new(),
        };
        builder.check_schemes()?;
        for credential in &credentials {
            builder.slot(credential.scheme.name)?;
        }
        let slots = builder.slots;
        Ok(Self(Arc::new(Shared {
            api,
            credentials,
            slots,
            network,
            clock,
            store,
        })))
    }

    /// What a request of an operation presents: the first of its alternatives that the given
    /// credentials satisfy, in the document's order. A token is acquired if need be; that failing,
    /// no other alternative is tried.
    ///
    /// The future may be dropped at any time: an acquisition goes on for the others who wait.
    ///
    /// # Errors
    ///
    /// No alternative is satisfied, or the token could not be had.
    pub async fn authorize(
        &self,
        operation_id: &str,
        security: Security,
    ) -> Result<Authorization, AuthorizeError> {
        match self.ready(security) {
            Some(ready) => Ok(ready),
            // Boxed, so that the future of every call stays small: this is its rare half.
            None => Box::pin(self.acquired(operation_id, security)).await,
        }
    }

    /// What [`authorize`](Self::authorize) would give at once, without waiting. It takes no lock,
    /// and where one scheme is presented it allocates nothing. `None`: a token has to be acquired
    /// or renewed, or no alternative is satisfied.
    pub fn ready(&self, security: Security) -> Option<Authorization> {
        if let [[only], ..] = security
            && let Some(slot) = self.slot(only.scheme)
        {
            // By far the commonest case, without looking for the slot twice.
            return slot.ready().map(Authorization::from);
        }
        self.at_hand(self.choose(security)?)
    }

    /// What a request presents for one scheme, for an API that no document describes yet.
    ///
    /// # Errors
    ///
    /// There is no credential for the scheme, or the token could not be had.
    pub async fn authorization(&self, scheme: &str) -> Result<Authorization, AuthError> {
        let Some(slot) = self.slot(scheme) else {
            let problem = format!("the client has no credential for scheme {scheme}");
            let error = AuthError::new(AuthErrorKind::Misconfigured, problem);
            return Err(match self.0.api.scheme(scheme) {
                Some(scheme) => error.for_scheme(scheme),
                None => error,
            });
        };
        slot.get().await.map(Authorization::from)
    }

    /// The API that the credentials are for.
    pub fn api(&self) -> &'static Api {
        self.0.api
    }

    /// What the token endpoints are reached with.
    pub fn network(&self) -> &Network {
        &self.0.network
    }

    async fn acquired(
        &self,
        operation_id: &str,
        security: Security,
    ) -> Result<Authorization, AuthorizeError> {
        let schemes = self
            .choose(security)
            .ok_or_else(|| self.no_credential(operation_id, security))?;
        let mut leases = Vec::with_capacity(schemes.len());
        for requirement in schemes {
            if let Some(slot) = self.slot(requirement.scheme)
                && let AtHand::Lease(lease) = slot.get().await?
            {
                leases.push(lease);
            }
        }
        Ok(Authorization::several(leases))
    }

    #[inline]
    fn slot(&self, scheme: &str) -> Option<&Arc<Slot>> {
        let mut slots = self.0.slots.iter();
        slots.find(|slot| slot.scheme.name == scheme)
    }

    fn choose(&self, security: Security) -> Option<&'static [Requirement]> {
        let is_satisfied = |schemes: &&&'static [Requirement]| {
            let mut schemes = schemes.iter();
            schemes.all(|requirement| self.slot(requirement.scheme).is_some())
        };
        match security {
            [] => Some(&[]),
            alternatives => alternatives.iter().find(is_satisfied).copied(),
        }
    }

    #[inline]
    fn at_hand(&self, schemes: &'static [Requirement]) -> Option<Authorization> {
        if let [only] = schemes {
            return self.slot(only.scheme)?.ready().map(Authorization::from);
        }
        let mut leases = Vec::with_capacity(schemes.len());
        for requirement in schemes {
            if let AtHand::Lease(lease) = self.slot(requirement.scheme)?.ready()? {
                leases.push(lease);
            }
        }
        Some(Authorization::several(leases))
    }

    fn no_credential(&self, operation_id: &str, security: Security) -> NoCredential {
        let mut advices: Vec<String> = Vec::new();
        let mut alternatives = Vec::new();
        for schemes in security {
            let names: Vec<&str> = schemes.iter().map(|each| each.scheme).collect();
            let known = names.iter().filter_map(|name| self.0.api.scheme(name));
            for advice in known.filter_map(advice) {
                if !advices.contains(&advice) {
                    advices.push(advice);
                }
            }
            alternatives.push(names.join(" and "));
        }
        NoCredential {
            operation: operation_id.to_owned(),
            alternatives,
            advice: advices,
        }
    }
}

/// Builds the slots, each after those that it borrows from.
struct Builder<'a> {
    api: &'static Api,
    credentials: &'a [Credential],
    network: &'a Network,
    clock: Clock,
    store: Option<Arc<dyn TokenStore>>,
    slots: Vec<Arc<Slot>>,
    /// The schemes that are being built, each for the one before it.
    path: Vec<&'static str>,
}

impl Builder<'_> {
    fn check_schemes(&self) -> Result<(), ConfigError> {
        for (index, credential) in self.credentials.iter().enumerate() {
            let scheme = credential.wanted_scheme();
            if self.api.scheme(scheme).is_none() {
                let known: Vec<&str> = self.api.schemes.iter().map(|known| known.name).collect();
                return Err(ConfigError::UnknownScheme {
                    api: self.api.title.to_owned(),
                    scheme: scheme.to_owned(),
                    known: known.join(", "),
                });
            }
            let mut earlier = self.credentials.iter().take(index);
            if earlier.any(|earlier| earlier.scheme.name == scheme) {
                return Err(ConfigError::DuplicateCredential {
                    api: self.api.title.to_owned(),
                    scheme: scheme.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The slot of a scheme, built if need be; `None` where no credential was given for it.
    fn slot(&mut self, scheme: &str) -> Result<Option<Arc<Slot>>, ConfigError> {
        if let Some(built) = self.slots.iter().find(|slot| slot.scheme.name == scheme) {
            return Ok(Some(Arc::clone(built)));
        }
        let mut credentials = self.credentials.iter();
        let Some(credential) = credentials.find(|known| known.scheme.name == scheme) else {
            return Ok(None);
        };
        if self.path.contains(&scheme) {
            self.path.push(credential.scheme.name);
            return Err(ConfigError::Cycle {
                circle: self.path.join(" -> "),
            });
        }
        self.path.push(credential.scheme.name);
        let slot = self.built(credential)?;
        self.path.pop();
        self.slots.push(Arc::clone(&slot));
        Ok(Some(slot))
    }

    fn built(&mut self, credential: &Credential) -> Result<Arc<Slot>, ConfigError> {
        let scheme = credential.scheme;
        let unfit = |problem: &str| ConfigError::BadCredential {
            scheme: scheme.name.to_owned(),
            problem: problem.to_owned(),
        };
        Ok(match &credential.content {
            Content::Anonymous => Slot::anonymous(scheme),
            Content::Fixed(value) => {
                let origin = std::sync::Weak::new();
                let presented = Presented::token(scheme, value.clone(), None, origin);
                Slot::fixed(presented.map_err(unfit)?)
            }
            Content::Basic { username, password } => {
                let presented = basic(scheme, username, password);
                Slot::fixed(presented.map_err(unfit)?)
            }
            Content::Source(source) => {
                let source = Source::own(Arc::clone(source));
                Slot::acquired(scheme, source, self.clock.clone())
            }
            Content::Workflow(inputs) => {
                let lenders = self.lenders(inputs)?;
                let network = self.network.clone();
                let clock = self.clock.clone();
                let store = self.store.clone();
                let workflow = WorkflowAcquisition::new(
                    inputs,
                    scheme,
                    lenders,
                    network,
                    clock.clone(),
                    store,
                )?;
                Slot::acquired(scheme, Source::Workflow(Box::new(workflow)), clock)
            }
        })
    }

    /// The slots that a workflow, or one that renews its token, borrows from.
    fn lenders(&mut self, inputs: &Inputs) -> Result<Vec<Arc<Slot>>, ConfigError> {
        let first = inputs.workflow();
        let mut lenders = Vec::new();
        for workflow in with_renewals(self.api, first) {
            for input in workflow.inputs {
                let Some(wanted) = input.credential else {
                    continue;
                };
                match self.slot(wanted.scheme)? {
                    Some(slot) => lenders.push(slot),
                    None if input.required && workflow.id == first.id => {
                        return Err(ConfigError::NeedsCredential {
                            workflow: workflow.id.to_owned(),
                            input: input.name.to_owned(),
                            scheme: wanted.scheme.to_owned(),
                        });
                    }
                    None => {}
                }
            }
        }
        Ok(lenders)
    }
}

/// A scheme, and those whose credentials borrow from it, directly or by way of others.
fn borrowers(
    api: &'static Api,
    credentials: &[Credential],
    scheme: &'static str,
) -> Vec<&'static str> {
    let mut found = vec![scheme];
    let borrows = |credential: &&Credential, found: &[&str]| match &credential.content {
        Content::Workflow(inputs) if !found.contains(&credential.scheme.name) => {
            let workflows = with_renewals(api, inputs.workflow());
            let mut inputs = workflows.iter().flat_map(|workflow| workflow.inputs);
            inputs.any(|input| {
                input
                    .credential
                    .is_some_and(|lent| found.contains(&lent.scheme))
            })
        }
        _ => false,
    };
    while let Some(next) = credentials.iter().find(|each| borrows(each, &found)) {
        found.push(next.scheme.name);
    }
    found
}

/// A workflow and all that can renew its tokens, directly or later.
fn with_renewals(api: &'static Api, first: &'static Workflow) -> Vec<&'static Workflow> {
    let mut found = vec![first];
    let mut next = 0;
    while let Some(workflow) = found.get(next).copied() {
        for renewal in renewals(api, workflow) {
            if !found.iter().any(|known| known.id == renewal.id) {
                found.push(renewal);
            }
        }
        next += 1;
    }
    found
}

fn basic(
    scheme: &'static Scheme,
    username: &str,
    password: &Secret,
) -> Result<Presented, &'static str> {
    if scheme.presentation != crate::api::Presentation::Basic {
        return Err("takes a token or key, not a user name and a password");
    }
    if username.is_empty() && password.is_empty() {
        return Err("is empty");
    }
    Presented::basic(scheme, username, password)
}

fn sentences(advice: &[String]) -> String {
    advice.iter().map(|each| format!("; {each}")).collect()
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<&str> = self.0.slots.iter().map(|slot| slot.scheme.name).collect();
        formatter
            .debug_struct("Keyring")
            .field("api", &self.0.api.name)
            .field("credentials", &schemes)
            .finish()
    }
}
