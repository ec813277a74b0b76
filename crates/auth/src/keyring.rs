//! All credentials of one client.

use std::fmt;
use std::ptr;
use std::sync::{Arc, Weak};

use thiserror::Error;

use crate::acquisition::{WorkflowAcquisition, renewals, revocations};
use crate::api::{Api, Requirement, Scheme, Security};
use crate::authorization::Authorization;
use crate::config_error::ConfigError;
use crate::credential::{Content, Credential};
use crate::error::{AuthError, AuthErrorKind, advice};
use crate::inputs::Inputs;
use crate::presentation::Presented;
use crate::secret::Secret;
use crate::server::ServerChoice;
use crate::settings::Settings;
use crate::slot::{AtHand, Slot, Source, Surroundings};
use crate::workflow::Workflow;

/// All credentials of one client: one for each security scheme that the application satisfies.
///
/// Clones share everything, tokens included.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

struct Shared {
    surroundings: Arc<Surroundings>,
    slots: Vec<Arc<Slot>>,
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
        Self::with_settings(api, credentials, network, Settings::new())
    }

    /// As [`new`](Self::new), with settings of one's own.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), or a limit with which no token can be had.
    pub fn with_settings(
        api: &'static Api,
        credentials: Vec<Credential>,
        network: Network,
        settings: Settings,
    ) -> Result<Self, ConfigError> {
        network.servers.check(api)?;
        settings.limits.check()?;
        let surroundings = Surroundings {
            api,
            network,
            settings,
        };
        Self::built(Arc::new(surroundings), &credentials, Vec::new())
    }

    /// The same credentials for somebody else: this one in place of the one for its scheme, or
    /// besides the others where there was none. The others keep their tokens, except those whose
    /// workflows borrow from the new one.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_credential(&self, credential: Credential) -> Result<Self, ConfigError> {
        let (credentials, kept) = self.changed(credential);
        Self::built(Arc::clone(&self.0.surroundings), &credentials, kept)
    }

    /// Puts another credential in the place of the one for its scheme, in this keyring, its clones
    /// and all that share the credential: a client's secret that was rotated, a key that was
    /// replaced.
    ///
    /// A token at hand stays in use where it is the same login with another secret, and so does
    /// its refresh token; of any other credential, the next call acquires a token of its own. A
    /// failure with the earlier credential is forgotten. A request that was refused with the
    /// earlier one is sent again with the new one.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); besides, there is none for its scheme, or it is of another kind:
    /// a ready key takes the place of a ready key, a workflow or a source that of either.
    pub fn replace_credential(&self, credential: Credential) -> Result<(), ConfigError> {
        let scheme = credential.wanted_scheme();
        let Some(slot) = self.slot(scheme) else {
            return Err(ConfigError::BadCredential {
                scheme: scheme.to_owned(),
                problem: "takes the place of none; give it when the client is built".to_owned(),
            });
        };
        let (credentials, kept) = self.changed(credential);
        let changed = Self::built(Arc::clone(&self.0.surroundings), &credentials, kept)?;
        match changed.slot(scheme) {
            Some(other) => slot.take_over(other),
            None => Ok(()),
        }
    }

    /// Gives back what the server gave for a scheme (RFC 7009), the refresh token first: nobody can
    /// use it any more, and the store forgets it. The next call acquires another token; where a
    /// person had logged in, the error is "log in again". If there is no token, nothing is done.
    ///
    /// A call that is under way meanwhile may be refused.
    ///
    /// # Errors
    ///
    /// There is no way of giving it back, or the server failed: then it is to be taken for alive,
    /// and is kept. A transient error says when to try again.
    pub async fn revoke(&self, scheme: &str) -> Result<(), AuthError> {
        self.known_slot(scheme)?.revoke().await
    }

    /// Waits until no acquisition is under way. To be called before a tokio runtime is shut down:
    /// an acquisition that is broken off may lose a refresh token on its way, and a login with it.
    /// It takes no longer than an acquisition may.
    pub async fn settled(&self) {
        for slot in &self.0.slots {
            slot.settled().await;
        }
    }

    /// All credentials with one of them changed, and the slots that do not depend on that one.
    fn changed(&self, credential: Credential) -> (Vec<Credential>, Vec<Arc<Slot>>) {
        let slots = &self.0.slots;
        let scheme = credential.scheme.name;
        let others = slots.iter().filter(|slot| slot.scheme.name != scheme);
        let others = others.map(|slot| slot.credential());
        let credentials: Vec<Credential> = others.chain([credential]).collect();
        let changed = borrowers(self.api(), &credentials, scheme);
        let kept = slots.iter();
        let kept = kept.filter(|slot| !changed.contains(&slot.scheme.name));
        (credentials, kept.cloned().collect())
    }

    fn built(
        surroundings: Arc<Surroundings>,
        credentials: &[Credential],
        slots: Vec<Arc<Slot>>,
    ) -> Result<Self, ConfigError> {
        let mut builder = Builder {
            surroundings,
            credentials,
            slots,
            path: Vec::new(),
        };
        builder.check_schemes()?;
        for credential in credentials {
            builder.slot(credential.scheme.name)?;
        }
        let Builder {
            surroundings,
            slots,
            ..
        } = builder;
        Ok(Self(Arc::new(Shared {
            surroundings,
            slots,
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
    #[inline]
    pub fn ready(&self, security: Security) -> Option<Authorization> {
        // By far the commonest case, in as few steps as it takes.
        if let [[only], ..] = security {
            let mut slots = self.0.slots.iter();
            if let Some(slot) = slots.find(|slot| ptr::eq(slot.scheme, only.scheme)) {
                return slot.ready().map(Authorization::from);
            }
        }
        self.chosen_at_hand(security)
    }

    /// What a request presents for one scheme, for an API that no document describes yet.
    ///
    /// # Errors
    ///
    /// There is no credential for the scheme, or the token could not be had.
    pub async fn authorization(&self, scheme: &str) -> Result<Authorization, AuthError> {
        let slot = self.known_slot(scheme)?;
        slot.get().await.map(Authorization::from)
    }

    /// The API that the credentials are for.
    pub fn api(&self) -> &'static Api {
        self.0.surroundings.api
    }

    /// What the token endpoints are reached with.
    pub fn network(&self) -> &Network {
        &self.0.surroundings.network
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
            if let Some(slot) = self.slot(requirement.scheme.name)
                && let AtHand::Lease(lease) = slot.get().await?
            {
                leases.push(lease);
            }
        }
        Ok(Authorization::several(leases))
    }

    fn known_slot(&self, scheme: &str) -> Result<&Arc<Slot>, AuthError> {
        self.slot(scheme).ok_or_else(|| {
            let problem = format!("the client has no credential for scheme {scheme}");
            let error = AuthError::new(AuthErrorKind::Misconfigured, problem);
            match self.api().scheme(scheme) {
                Some(scheme) => error.for_scheme(scheme),
                None => error,
            }
        })
    }

    fn slot(&self, scheme: &str) -> Option<&Arc<Slot>> {
        let mut slots = self.0.slots.iter();
        slots.find(|slot| slot.scheme.name == scheme)
    }

    fn choose(&self, security: Security) -> Option<&'static [Requirement]> {
        let is_satisfied = |schemes: &&&'static [Requirement]| {
            let mut schemes = schemes.iter();
            schemes.all(|requirement| self.slot(requirement.scheme.name).is_some())
        };
        match security {
            [] => Some(&[]),
            alternatives => alternatives.iter().find(is_satisfied).copied(),
        }
    }

    #[inline(never)]
    fn chosen_at_hand(&self, security: Security) -> Option<Authorization> {
        self.at_hand(self.choose(security)?)
    }

    fn at_hand(&self, schemes: &'static [Requirement]) -> Option<Authorization> {
        if let [only] = schemes {
            let slot = self.slot(only.scheme.name)?;
            return slot.ready().map(Authorization::from);
        }
        let mut leases = Vec::with_capacity(schemes.len());
        for requirement in schemes {
            if let AtHand::Lease(lease) = self.slot(requirement.scheme.name)?.ready()? {
                leases.push(lease);
            }
        }
        Some(Authorization::several(leases))
    }

    fn no_credential(&self, operation_id: &str, security: Security) -> NoCredential {
        let mut advices: Vec<String> = Vec::new();
        let mut alternatives = Vec::new();
        for schemes in security {
            let schemes = schemes.iter().map(|requirement| requirement.scheme);
            for advice in schemes.clone().filter_map(advice) {
                if !advices.contains(&advice) {
                    advices.push(advice);
                }
            }
            let names: Vec<&str> = schemes.map(|scheme| scheme.name).collect();
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
    surroundings: Arc<Surroundings>,
    credentials: &'a [Credential],
    slots: Vec<Arc<Slot>>,
    /// The schemes that are being built, each for the one before it.
    path: Vec<&'static str>,
}

impl Builder<'_> {
    fn check_schemes(&self) -> Result<(), ConfigError> {
        for (index, credential) in self.credentials.iter().enumerate() {
            let scheme = credential.wanted_scheme();
            let api = self.surroundings.api;
            let Some(known) = api.scheme(scheme) else {
                let known: Vec<&str> = api.schemes.iter().map(|known| known.name).collect();
                return Err(ConfigError::UnknownScheme {
                    api: api.title.to_owned(),
                    scheme: scheme.to_owned(),
                    known: known.join(", "),
                });
            };
            if !credential.is_for(api, known) {
                return Err(ConfigError::ForeignCredential {
                    api: api.title.to_owned(),
                    scheme: scheme.to_owned(),
                });
            }
            let mut earlier = self.credentials.iter().take(index);
            if earlier.any(|earlier| earlier.scheme.name == scheme) {
                return Err(ConfigError::DuplicateCredential {
                    api: api.title.to_owned(),
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
        let surroundings = Arc::clone(&self.surroundings);
        let given = credential.clone();
        Ok(match &credential.content {
            Content::Anonymous => Slot::anonymous(surroundings, given),
            Content::Fixed(value) => {
                let presented = Presented::token(scheme, value.clone(), None, Weak::new());
                Slot::fixed(surroundings, given, presented.map_err(unfit)?)
            }
            Content::Basic { username, password } => {
                let presented = basic(scheme, username, password);
                Slot::fixed(surroundings, given, presented.map_err(unfit)?)
            }
            Content::Source(source) => {
                Slot::acquired(surroundings, given, Source::own(Arc::clone(source)))
            }
            Content::Workflow(inputs) => {
                let lenders = self.lenders(inputs)?;
                let network = surroundings.network.clone();
                let settings = &surroundings.settings;
                let workflow =
                    WorkflowAcquisition::new(inputs, scheme, lenders, network, settings)?;
                Slot::acquired(surroundings, given, Source::Workflow(Arc::new(workflow)))
            }
        })
    }

    /// The slots that a workflow, or one that renews its token or gives it back, borrows from.
    fn lenders(&mut self, inputs: &Inputs) -> Result<Vec<Arc<Slot>>, ConfigError> {
        let first = inputs.workflow();
        let mut lenders = Vec::new();
        for workflow in with_followers(self.surroundings.api, first) {
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
            let workflows = with_followers(api, inputs.workflow());
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

/// A workflow and all that can renew its tokens, directly or later, or give them back.
fn with_followers(api: &'static Api, first: &'static Workflow) -> Vec<&'static Workflow> {
    let mut found = vec![first];
    let mut next = 0;
    while let Some(workflow) = found.get(next).copied() {
        let renewals = renewals(api, workflow).into_iter();
        for follower in renewals.chain(revocations(api, workflow)) {
            if !found.iter().any(|known| known.id == follower.id) {
                found.push(follower);
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
            .field("api", &self.api().name)
            .field("credentials", &schemes)
            .finish()
    }
}
