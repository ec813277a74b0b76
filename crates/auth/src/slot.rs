//! One credential of a keyring: where its current token is, and how another is had.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

use crate::acquisition::{Errand, Obtained, WorkflowAcquisition};
use crate::api::{Api, Scheme};
use crate::cell::{Acquired, Cell, Entry, Failed, Lease, Reason, Ticket};
use crate::clock::Now;
use crate::config_error::ConfigError;
use crate::credential::Credential;
use crate::error::{AuthError, AuthErrorKind};
use crate::event::{AuthEvent, AuthEventKind, NewToken, TokenOrigin};
use crate::fingerprint::Fingerprint;
use crate::keyring::Network;
use crate::last_used::LastUsed;
use crate::lifetime::Ends;
use crate::limits::{TimeLeft, TimeLimit};
use crate::presentation::{Presented, Unfit};
use crate::replicas::Replicas;
use crate::schedule::random_fraction;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::Identity;
use crate::token::Token;
use crate::token_source::{Acquisition, AnySource};

/// One credential of a keyring.
pub(crate) struct Slot {
    pub scheme: &'static Scheme,
    surroundings: Arc<Surroundings>,
    credential: RwLock<Credential>,
    kind: Kind,
}

/// What the credentials of a keyring share.
pub(crate) struct Surroundings {
    pub api: &'static Api,
    pub network: Network,
    pub settings: Settings,
}

enum Kind {
    Anonymous,
    Fixed(FixedLeases),
    Acquired {
        cell: Arc<TokenCell>,
        last_used: LastUsed,
        means: RwLock<Means>,
    },
}

/// How the tokens of a slot are acquired at present.
#[derive(Clone)]
struct Means {
    source: Arc<Source>,
    /// Counts whose tokens they are: one of an earlier owner is not for the present one.
    owner: u64,
}

/// How a token is acquired.
pub(crate) enum Source {
    Workflow(Arc<WorkflowAcquisition>),
    Own(Arc<dyn AnySource>, Identity),
}

/// A credential at hand.
pub(crate) enum AtHand {
    /// It sends nothing.
    Nothing,
    Lease(Arc<Lease<Presented>>),
}

/// What an acquisition that has run out of time may still take to note it where its record is
/// kept.
const GRACE: Duration = Duration::from_secs(5);

type FixedLeases = ArcSwap<Replicas<Lease<Presented>>>;
pub(crate) type TokenCell = Cell<Presented, AuthError>;
type TokenTicket = Ticket<Presented, AuthError>;
type TokenEntry = Entry<Presented, AuthError>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Slot {
    pub fn anonymous(surroundings: Arc<Surroundings>, credential: Credential) -> Arc<Self> {
        Arc::new(Self {
            scheme: credential.scheme,
            surroundings,
            credential: RwLock::new(credential),
            kind: Kind::Anonymous,
        })
    }

    pub fn fixed(
        surroundings: Arc<Surroundings>,
        credential: Credential,
        presented: Presented,
    ) -> Arc<Self> {
        Arc::new_cyclic(|slot| {
            let presented = presented.again(slot.clone());
            Self {
                scheme: credential.scheme,
                surroundings,
                credential: RwLock::new(credential),
                kind: Kind::Fixed(ArcSwap::from_pointee(Lease::replicas(
                    &presented,
                    Now::LATEST,
                ))),
            }
        })
    }

    pub fn acquired(
        surroundings: Arc<Surroundings>,
        credential: Credential,
        source: Source,
    ) -> Arc<Self> {
        let settings = &surroundings.settings;
        let pauses = settings.limits.pauses;
        let cell = Cell::new(settings.clock.clone(), random_fraction(), pauses);
        Arc::new(Self {
            scheme: credential.scheme,
            surroundings,
            credential: RwLock::new(credential),
            kind: Kind::Acquired {
                cell,
                last_used: LastUsed::new(),
                means: RwLock::new(Means {
                    source: Arc::new(source),
                    owner: 0,
                }),
            },
        })
    }

    /// What the application gave for it.
    pub fn credential(&self) -> Credential {
        read(&self.credential).clone()
    }

    /// What tells this credential from every other, for those that are made from it.
    pub fn identity(&self) -> Identity {
        match &self.kind {
            Kind::Anonymous => Identity::new("anonymous"),
            Kind::Fixed(leases) => {
                let mut identity = Identity::new("fixed");
                identity.text(leases.load().own().value.value.expose());
                identity
            }
            Kind::Acquired { means, .. } => match &*read(means).source {
                Source::Workflow(workflow) => workflow.identity().clone(),
                Source::Own(_, identity) => identity.clone(),
            },
        }
    }

    /// The hot path: what is at hand without waiting.
    #[inline]
    pub fn ready(&self) -> Option<AtHand> {
        match &self.kind {
            Kind::Anonymous => Some(AtHand::Nothing),
            Kind::Fixed(leases) => Some(AtHand::Lease(current(leases))),
            Kind::Acquired {
                cell, last_used, ..
            } => last_used.hit(cell).map(AtHand::Lease),
        }
    }

    /// What is at hand, or else is acquired.
    pub async fn get(self: &Arc<Self>) -> Result<AtHand, AuthError> {
        if let Some(at_hand) = self.ready() {
            return Ok(at_hand);
        }
        match &self.kind {
            Kind::Acquired { cell, .. } => self.lease(cell).await.map(AtHand::Lease),
            Kind::Anonymous | Kind::Fixed(_) => Ok(AtHand::Nothing),
        }
    }

    /// Another token than the refused one; `None` where there is nothing new to try.
    pub async fn replace(
        self: &Arc<Self>,
        used: &Arc<Lease<Presented>>,
    ) -> Result<Option<Arc<Lease<Presented>>>, AuthError> {
        let entry = self.refuse(used);
        let new = match (&self.kind, entry) {
            (Kind::Anonymous, _) | (Kind::Acquired { .. }, None) => None,
            // The application may have given another key meanwhile.
            (Kind::Fixed(leases), _) => Some(current(leases)),
            (Kind::Acquired { cell, .. }, Some(entry)) => Some(match served(entry).await {
                Some(lease) => lease?,
                None => self.lease(cell).await?,
            }),
        };
        Ok(new.filter(|new| new.value != used.value))
    }

    /// Gives up a token that was refused. What is had in its place, where it is acquired: another
    /// one, or an acquisition of one, which goes on whether or not anybody waits for it.
    pub fn refuse(self: &Arc<Self>, used: &Arc<Lease<Presented>>) -> Option<TokenEntry> {
        let entered = match &self.kind {
            Kind::Acquired { cell, .. } => cell.refuse(used),
            Kind::Anonymous | Kind::Fixed(_) => None,
        };
        self.tell(AuthEventKind::Refused {
            token: Fingerprint::of(&used.value.value),
        });
        let (entry, ticket) = entered?;
        self.start(ticket);
        Some(entry)
    }

    /// Goes on with what was made of another credential for the same scheme. A token at hand stays
    /// in use where it is still the same login, with another secret.
    ///
    /// # Errors
    ///
    /// It is of another kind.
    pub fn take_over(self: &Arc<Self>, other: &Self) -> Result<(), ConfigError> {
        match (&self.kind, &other.kind) {
            (Kind::Anonymous, Kind::Anonymous) => {}
            (Kind::Fixed(own), Kind::Fixed(other)) => {
                let presented = other.load().own().value.again(Arc::downgrade(self));
                own.store(Arc::new(Lease::replicas(&presented, Now::LATEST)));
            }
            (Kind::Acquired { cell, means, .. }, Kind::Acquired { means: other, .. }) => {
                let source = Arc::clone(&read(other).source);
                let mut means = write(means);
                let is_same_login = source.goes_on_with(&means.source);
                means.owner += u64::from(!is_same_login);
                means.source = source;
                cell.reset(is_same_login);
            }
            _ => {
                return Err(self.unfit(
                    "is of another kind than the one it replaces; make another client with it",
                ));
            }
        }
        *write(&self.credential) = other.credential();
        Ok(())
    }

    /// Gives back what the server gave, on a task of its own, so that no caller can cancel it.
    pub async fn revoke(self: &Arc<Self>) -> Result<(), AuthError> {
        let broken_off = || {
            let problem = "it was broken off, as by a tokio runtime that shut down";
            Err(AuthError::new(AuthErrorKind::Internal, problem))
        };
        let revoked = match Handle::try_current() {
            Ok(runtime) => runtime.spawn(Arc::clone(self).revocation()).await,
            Err(_) => Ok(broken_off()),
        };
        let revoked = revoked.unwrap_or_else(|_| broken_off());
        revoked.map_err(|error| error.of_revocation().for_scheme(self.scheme))
    }

    /// Waits until no acquisition is under way.
    pub async fn settled(&self) {
        if let Kind::Acquired { cell, .. } = &self.kind {
            while let Some(waiter) = cell.under_way() {
                let _ = waiter.outcome().await;
            }
        }
    }

    async fn lease(
        self: &Arc<Self>,
        cell: &Arc<TokenCell>,
    ) -> Result<Arc<Lease<Presented>>, AuthError> {
        // A runtime that shuts down takes its acquisitions along; whoever waits on another
        // runtime starts one there. So does whoever waited for a credential that was replaced.
        for _ in 0..2 {
            let (entry, ticket) = cell.enter();
            self.start(ticket);
            if let Some(lease) = served(entry).await {
                return lease;
            }
        }
        let problem = "the acquisition was broken off, as by a tokio runtime that shut down or a \
                       credential that was replaced again and again";
        Err(AuthError::new(AuthErrorKind::Internal, problem).for_scheme(self.scheme))
    }

    /// Acquires on a task of its own, so that no caller can cancel it.
    fn start(self: &Arc<Self>, ticket: Option<TokenTicket>) {
        if let (Some(ticket), Ok(runtime)) = (ticket, Handle::try_current()) {
            runtime.spawn(Arc::clone(self).acquisition(ticket));
        }
    }

    /// The future is boxed because an acquisition may start that of another credential.
    fn acquisition(self: Arc<Self>, ticket: TokenTicket) -> BoxFuture<()> {
        Box::pin(async move {
            let Kind::Acquired { cell, means, .. } = &self.kind else {
                return;
            };
            let (reason, previous) = (ticket.reason(), cell.last());
            let (now, started) = (read(means).clone(), Instant::now());
            let obtained = self.obtained(&now.source, reason, previous).await;
            let Some(obtained) = obtained.transpose() else {
                return;
            };
            let event = event(reason, started.elapsed(), &obtained);
            {
                let means = read(means);
                let is_replaced = !Arc::ptr_eq(&means.source, &now.source);
                let is_over = obtained.as_ref().is_err_and(|error| !error.is_transient());
                if means.owner != now.owner || (is_replaced && is_over) {
                    // Whoever waits acquires again, by what has taken its place. A token of the
                    // same login is as good as before; the failure of an earlier secret is not.
                    return;
                }
                let acquired = obtained.map(|obtained| obtained.acquired);
                ticket.publish(acquired.map_err(|error| Failed {
                    retry_after: error.retry_after(),
                    error,
                }));
            }
            self.tell(event);
        })
    }

    async fn obtained(
        self: &Arc<Self>,
        source: &Source,
        reason: Reason,
        previous: Option<Arc<Lease<Presented>>>,
    ) -> Result<Option<Obtained>, AuthError> {
        let limits = self.surroundings.settings.limits;
        let errand = Errand {
            origin: Arc::downgrade(self),
            time: TimeLeft::of(limits),
        };
        let acquiring = without_panic(async {
            match source {
                Source::Workflow(workflow) => workflow.acquire(&errand).await,
                Source::Own(source, _) => {
                    let own = self.own(&**source, &errand, reason, previous).await;
                    own.map(Some)
                }
            }
        });
        let obtained = within(&errand.time, acquiring).await;
        obtained.map_err(|error| error.for_scheme(self.scheme))
    }

    fn revocation(self: Arc<Self>) -> BoxFuture<Result<(), AuthError>> {
        Box::pin(async move {
            let Kind::Acquired { cell, means, .. } = &self.kind else {
                let problem = "it is a ready key and not the client's to give back";
                return Err(AuthError::new(AuthErrorKind::Misconfigured, problem));
            };
            let (source, started) = (Arc::clone(&read(means).source), Instant::now());
            let time = TimeLeft::of(self.surroundings.settings.limits);
            let revoked = within(&time, without_panic(given_back(&source, cell, time))).await;
            let took = started.elapsed();
            match &revoked {
                Ok(gone) if gone.is_empty() => {}
                Ok(gone) => {
                    cell.give_up(|presented| gone.contains(&presented.value));
                    let tokens = gone.iter().map(Fingerprint::of).collect();
                    self.tell(AuthEventKind::Revoked { tokens, took });
                }
                Err(error) => {
                    let error = error.clone().of_revocation().for_scheme(self.scheme);
                    self.tell(AuthEventKind::NotRevoked { took, error });
                }
            }
            revoked.map(drop)
        })
    }

    async fn own(
        &self,
        source: &dyn AnySource,
        errand: &Errand,
        reason: Reason,
        previous: Option<Arc<Lease<Presented>>>,
    ) -> Result<Obtained, AuthError> {
        let Surroundings {
            network, settings, ..
        } = &*self.surroundings;
        let since = settings.clock.now();
        let acquiring = source.acquire_boxed(Acquisition {
            reason,
            previous: previous.map(|lease| lease.value.value.clone()),
            http: network.http.clone(),
            clock: settings.clock.clone(),
            time: errand.time,
        });
        let token = timeout(settings.limits.acquisition, acquiring).await;
        let Token {
            value,
            expires_in,
            server_url,
            ..
        } = token.unwrap_or_else(|_| Err(too_long(&errand.time)))?;
        let lifetime = expires_in.or_else(|| Ends::default().lifetime(value.expose(), None, since));
        let presented = Presented::token(self.scheme, value, server_url, errand.origin.clone());
        let value = presented.map_err(|problem| {
            let problem = format!("the token of the application's own source {problem}");
            AuthError::new(AuthErrorKind::Misconfigured, problem)
        })?;
        Ok(Obtained {
            acquired: Acquired {
                value,
                lifetime,
                since,
            },
            origin: TokenOrigin::Source,
            is_renewal: false,
        })
    }

    fn tell(&self, kind: AuthEventKind) {
        let Surroundings { api, settings, .. } = &*self.surroundings;
        settings.observers.tell(&AuthEvent {
            api: api.name,
            scheme: self.scheme.name,
            kind,
        });
    }

    fn unfit(&self, problem: Unfit) -> ConfigError {
        ConfigError::BadCredential {
            scheme: self.scheme.name.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

impl Source {
    /// An application's own source. Nobody knows whose tokens it gives, so that it is like no
    /// other, in this process or in another.
    pub fn own(source: Arc<dyn AnySource>) -> Self {
        let mut identity = Identity::new("own");
        for _ in 0..2 {
            identity.text(&RandomState::new().hash_one(()).to_string());
        }
        Self::Own(source, identity)
    }

    /// Whether a token of the former is as good as one of its own.
    fn goes_on_with(&self, former: &Self) -> bool {
        match (self, former) {
            (Self::Workflow(own), Self::Workflow(former)) => own.goes_on_with(former),
            _ => false,
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// A key at hand. It is apart so that the path of the tokens stays short.
#[inline(never)]
fn current(leases: &FixedLeases) -> Arc<Lease<Presented>> {
    Arc::clone(leases.load().own())
}

async fn served(entry: TokenEntry) -> Option<Result<Arc<Lease<Presented>>, AuthError>> {
    match entry {
        Entry::Use(lease) => Some(Ok(lease)),
        Entry::Fail(error, wait) => Some(Err(error.with_retry_after(wait))),
        Entry::Wait(waiter) => {
            let outcome = waiter.outcome().await?;
            Some(outcome.map_err(|(error, wait)| error.with_retry_after(wait)))
        }
    }
}

async fn given_back(
    source: &Source,
    cell: &TokenCell,
    time: TimeLeft,
) -> Result<Vec<Secret>, AuthError> {
    match (source, cell.last()) {
        (Source::Workflow(workflow), _) => workflow.give_back(time).await,
        (Source::Own(..), None) => Ok(Vec::new()),
        (Source::Own(source, _), Some(last)) => {
            let token = last.value.value.clone();
            source.revoke_boxed(token.clone()).await?;
            Ok(vec![token])
        }
    }
}

async fn within<T>(
    time: &TimeLeft,
    acquiring: impl Future<Output = Result<T, AuthError>>,
) -> Result<T, AuthError> {
    let most = time.limits().acquisition.saturating_add(GRACE);
    let acquired = timeout(most, acquiring).await;
    acquired.unwrap_or_else(|_| Err(too_long(time)))
}

/// A panic of the acquisition is an error of everybody who waits for it.
async fn without_panic<T>(
    future: impl Future<Output = Result<T, AuthError>>,
) -> Result<T, AuthError> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            let problem = "the acquisition panicked";
            Poll::Ready(Err(AuthError::new(AuthErrorKind::Internal, problem)))
        })
    })
    .await
}

fn too_long(time: &TimeLeft) -> AuthError {
    let limit = time.limits().acquisition;
    AuthError::new(
        AuthErrorKind::TimedOut {
            limit: TimeLimit::Acquisition,
        },
        format!("the acquisition took longer than its limit of {limit:?}"),
    )
}

fn event(reason: Reason, took: Duration, obtained: &Result<Obtained, AuthError>) -> AuthEventKind {
    let error = match obtained {
        Ok(obtained) => {
            let new = NewToken {
                token: Fingerprint::of(&obtained.acquired.value.value),
                reason,
                took,
                origin: obtained.origin,
                lifetime: obtained.acquired.lifetime,
            };
            return match obtained.is_renewal {
                true => AuthEventKind::Renewed(new),
                false => AuthEventKind::Acquired(new),
            };
        }
        Err(error) => error.clone(),
    };
    match error.kind() {
        AuthErrorKind::LogInAgain => AuthEventKind::LogInAgain {
            reason,
            took,
            error,
        },
        _ => AuthEventKind::Failed {
            reason,
            took,
            error,
        },
    }
}
