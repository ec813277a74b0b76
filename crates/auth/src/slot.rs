//! One credential of a keyring: where its current token is, and how another is had.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

use crate::acquisition::WorkflowAcquisition;
use crate::api::Scheme;
use crate::cell::{Acquired, Cell, Entry, Failed, Lease, Reason, Ticket};
use crate::clock::Clock;
use crate::error::{AuthError, AuthErrorKind};
use crate::lifetime::Ends;
use crate::presentation::Presented;
use crate::schedule::random_fraction;
use crate::store::Identity;
use crate::token::{Token, TokenSource};

/// One credential of a keyring.
pub(crate) struct Slot {
    pub scheme: &'static Scheme,
    kind: Kind,
}

enum Kind {
    Anonymous,
    Fixed(Arc<Lease<Presented>>),
    Acquired {
        cell: Arc<TokenCell>,
        source: Source,
    },
}

/// How a token is acquired.
pub(crate) enum Source {
    Workflow(Box<WorkflowAcquisition>),
    Own(Arc<dyn TokenSource>, Identity),
}

/// A credential at hand.
pub(crate) enum AtHand {
    /// It sends nothing.
    Nothing,
    Lease(Arc<Lease<Presented>>),
}

/// The whole of an acquisition takes no longer, however many steps and renewals it tries.
const LONGEST_ACQUISITION: Duration = Duration::from_secs(30);

type TokenCell = Cell<Presented, AuthError>;
type TokenTicket = Ticket<Presented, AuthError>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Slot {
    pub fn anonymous(scheme: &'static Scheme) -> Arc<Self> {
        Arc::new(Self {
            scheme,
            kind: Kind::Anonymous,
        })
    }

    pub fn fixed(presented: Presented) -> Arc<Self> {
        Arc::new(Self {
            scheme: presented.scheme,
            kind: Kind::Fixed(Lease::lasting(presented)),
        })
    }

    pub fn acquired(scheme: &'static Scheme, source: Source, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            scheme,
            kind: Kind::Acquired {
                cell: Cell::new(clock, random_fraction()),
                source,
            },
        })
    }

    /// What tells this credential from every other, for those that are made from it.
    pub fn identity(&self) -> Identity {
        match &self.kind {
            Kind::Anonymous => Identity::new("anonymous"),
            Kind::Fixed(lease) => {
                let mut identity = Identity::new("fixed");
                identity.text(lease.value.value.expose());
                identity
            }
            Kind::Acquired { source, .. } => match source {
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
            Kind::Fixed(lease) => Some(AtHand::Lease(Arc::clone(lease))),
            Kind::Acquired { cell, .. } => cell.hit().map(AtHand::Lease),
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
        let Kind::Acquired { cell, .. } = &self.kind else {
            return Ok(None);
        };
        tracing::debug!(scheme = self.scheme.name, "token refused");
        let Some((entry, ticket)) = cell.refuse(used) else {
            return Ok(None);
        };
        self.start(ticket);
        let new = match served(entry).await {
            Some(lease) => lease?,
            None => self.lease(cell).await?,
        };
        Ok(Some(new).filter(|new| new.value != used.value))
    }

    async fn lease(
        self: &Arc<Self>,
        cell: &Arc<TokenCell>,
    ) -> Result<Arc<Lease<Presented>>, AuthError> {
        // A runtime that shuts down takes its acquisitions along; whoever waits on another
        // runtime starts one there.
        for _ in 0..2 {
            let (entry, ticket) = cell.enter();
            self.start(ticket);
            if let Some(lease) = served(entry).await {
                return lease;
            }
        }
        let problem = "the acquisition was broken off, as by a tokio runtime that shut down";
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
            let Kind::Acquired { cell, source } = &self.kind else {
                return;
            };
            let started = Instant::now();
            let acquiring = source.acquire(self.scheme, Arc::downgrade(&self), cell.clock());
            let acquired = match timeout(LONGEST_ACQUISITION, without_panic(acquiring)).await {
                Ok(acquired) => acquired,
                Err(_) => Err(AuthError::new(
                    AuthErrorKind::TimedOut,
                    format!(
                        "it took longer than {} seconds",
                        LONGEST_ACQUISITION.as_secs()
                    ),
                )),
            };
            let acquired = acquired.map_err(|error| error.for_scheme(self.scheme));
            report(self.scheme, ticket.reason(), started.elapsed(), &acquired);
            ticket.publish(acquired.map_err(|error| Failed {
                retry_after: error.retry_after(),
                error,
            }));
        })
    }
}

impl Source {
    /// An application's own source. Nobody knows whose tokens it gives, so that it is like no
    /// other, in this process or in another.
    pub fn own(source: Arc<dyn TokenSource>) -> Self {
        let mut identity = Identity::new("own");
        for _ in 0..2 {
            identity.text(&RandomState::new().hash_one(()).to_string());
        }
        Self::Own(source, identity)
    }

    async fn acquire(
        &self,
        scheme: &'static Scheme,
        origin: Weak<Slot>,
        clock: &Clock,
    ) -> Result<Acquired<Presented>, AuthError> {
        match self {
            Self::Workflow(workflow) => workflow.acquire(origin).await,
            Self::Own(source, _) => {
                let since = clock.now();
                let Token {
                    value,
                    expires_in,
                    server_url,
                } = source.acquire().await?;
                let ends = Ends::default();
                let lifetime = expires_in.or_else(|| ends.lifetime(value.expose(), None, since));
                let presented = Presented::token(scheme, value, server_url, origin);
                let value = presented.map_err(|problem| {
                    let problem = format!("the token of the application's own source {problem}");
                    AuthError::new(AuthErrorKind::Misconfigured, problem)
                })?;
                Ok(Acquired {
                    value,
                    lifetime,
                    since,
                })
            }
        }
    }
}

async fn served(
    entry: Entry<Presented, AuthError>,
) -> Option<Result<Arc<Lease<Presented>>, AuthError>> {
    match entry {
        Entry::Use(lease) => Some(Ok(lease)),
        Entry::Fail(error, wait) => Some(Err(error.with_retry_after(wait))),
        Entry::Wait(waiter) => {
            let outcome = waiter.outcome().await?;
            Some(outcome.map_err(|(error, wait)| error.with_retry_after(wait)))
        }
    }
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

fn report(
    scheme: &Scheme,
    reason: Reason,
    took: Duration,
    acquired: &Result<Acquired<Presented>, AuthError>,
) {
    let scheme = scheme.name;
    match acquired {
        Ok(acquired) => tracing::debug!(
            scheme,
            ?reason,
            ?took,
            lifetime = ?acquired.lifetime,
            "token acquired"
        ),
        Err(error) => tracing::warn!(scheme, ?reason, ?took, %error, "no token acquired"),
    }
}
