//! The core of the cache: one value that dies, its renewal, and everybody who waits for it.
//!
//! There is no HTTP and no document in here, and nothing in here waits. Each decision is taken
//! under one short lock, off the hot path; acquiring is the business of whoever gets a
//! [`Ticket`], of which there is at most one at a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;

use super::clock::{Clock, Now, milliseconds};
use super::limits::PauseLimits;
use super::replicas::{Replicas, Replicate};
use super::schedule::{Pauses, Schedule};
use super::sync::{ArcSwapOption, AtomicU64, Mutex, MutexGuard};

/// Keeps at most one living value.
pub(crate) struct Cell<V, E> {
    current: ArcSwapOption<Life<V>>,
    state: Mutex<State<V, E>>,
    clock: Clock,
    /// This cell's place in the band over which a fleet spreads its renewals, from 0 to 1.
    spread: f64,
}

/// What a caller uses.
#[repr(align(128))]
pub(crate) struct Lease<V> {
    pub(crate) value: V,
    /// When somebody has to look after it: for renewal, at its death, or at once, where it is no
    /// longer the current value. Never later than that.
    attend_wall: AtomicU64,
    attend_monotonic: AtomicU64,
}

/// A value, and how long it is good for.
struct Life<V> {
    leases: Replicas<Lease<V>>,
    schedule: Schedule,
    /// The acquisition after a refusal yielded the very value that had been refused.
    repeats_refused: bool,
}

struct State<V, E> {
    flight: Option<broadcast::Sender<Outcome<V, E>>>,
    failure: Option<Failure<E>>,
    pauses: Pauses,
    refusals: Allowance,
    refused: Option<Arc<Lease<V>>>,
}

/// An acquisition failed; none is started before `until`.
#[derive(Clone)]
struct Failure<E> {
    error: E,
    until: u64,
}

/// How an acquisition ended, unless it was abandoned.
type Outcome<V, E> = Result<Arc<Life<V>>, Failure<E>>;

/// What a caller of a cell gets.
pub(crate) enum Entry<V, E> {
    /// A living value.
    Use(Arc<Lease<V>>),
    /// An acquisition is under way.
    Wait(Waiter<V, E>),
    /// An acquisition failed, and it is too early for another.
    Fail(E, Duration),
}

/// An entry, and the ticket if an acquisition has to be started.
pub(crate) type Entered<V, E> = (Entry<V, E>, Option<Ticket<V, E>>);

/// Where the outcome of an acquisition will come in.
type Landing<V, E> = broadcast::Receiver<Outcome<V, E>>;

/// Waits for the acquisition that is under way.
pub(crate) struct Waiter<V, E> {
    outcome: Landing<V, E>,
    clock: Clock,
}

/// Why a token is acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// There is none yet.
    Missing,
    /// It has died.
    Expired,
    /// It will die soon; meanwhile it is used.
    Ahead,
    /// It was refused.
    Refused,
}

/// The right, and the duty, to acquire a value. Dropping it tells everybody who waits that the
/// acquisition was abandoned.
pub(crate) struct Ticket<V, E>
where
    V: PartialEq + Replicate,
    E: Clone,
{
    cell: Arc<Cell<V, E>>,
    reason: Reason,
    open: bool,
}

/// What an acquisition yielded.
pub(crate) struct Acquired<V> {
    pub value: V,
    /// `None`: it lives until it is refused.
    pub lifetime: Option<Duration>,
    /// When it was asked for; its life is counted from there.
    pub since: Now,
}

/// Why an acquisition yielded nothing.
pub(crate) struct Failed<E> {
    pub error: E,
    /// How long the server asked to wait.
    pub retry_after: Option<Duration>,
}

impl<V: PartialEq + Replicate, E: Clone> Cell<V, E> {
    /// An empty cell. `spread` is its place in the band of renewals, from 0 to 1.
    pub fn new(clock: Clock, spread: f64, pauses: PauseLimits) -> Arc<Self> {
        Arc::new(Self {
            current: ArcSwapOption::empty(),
            state: Mutex::new(State {
                flight: None,
                failure: None,
                pauses: Pauses::new(pauses),
                refusals: Allowance::default(),
                refused: None,
            }),
            clock,
            spread,
        })
    }

    /// The clock of this cell.
    #[inline]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The hot path: a value that nobody has to look after. It takes no lock and allocates
    /// nothing.
    #[inline]
    pub fn hit(&self) -> Option<Arc<Lease<V>>> {
        let current = self.current.load();
        let lease = current.as_ref()?.leases.own();
        let is_quiet = lease.is_quiet(self.clock.coarse());
        is_quiet.then(|| Arc::clone(lease))
    }

    /// What there is for a caller whom the hot path could not serve, and the ticket if an
    /// acquisition has to be started.
    pub fn enter(self: &Arc<Self>) -> Entered<V, E> {
        let now = self.clock.now();
        let mut state = self.lock();
        self.entered(&mut state, now, Reason::Missing)
    }

    /// A value was refused where it was presented. Exactly that one is invalidated: if another has
    /// come since, it is given. However many report the same refusal, one acquisition answers them.
    /// `None`: refusals come too often, or the same value would come back; it is kept.
    pub fn refuse(self: &Arc<Self>, used: &Arc<Lease<V>>) -> Option<Entered<V, E>> {
        let now = self.clock.now();
        let mut state = self.lock();
        let current = self.current.load_full();
        if let Some(life) = current.filter(|life| life.leases.contain(used)) {
            if !state.refusals.take(now.monotonic, life.repeats_refused) {
                return None;
            }
            self.replace(None);
            state.refused = Some(Arc::clone(used));
        }
        Some(self.entered(&mut state, now, Reason::Refused))
    }

    /// The last value, dead or refused as it may be.
    pub fn last(&self) -> Option<Arc<Lease<V>>> {
        let state = self.lock();
        let current = self.current.load_full();
        let lease = current.map(|life| life.lease());
        lease.or_else(|| state.refused.clone())
    }

    /// The acquisition that is under way.
    pub fn under_way(&self) -> Option<Waiter<V, E>> {
        let state = self.lock();
        let flight = state.flight.as_ref()?;
        Some(Waiter {
            outcome: flight.subscribe(),
            clock: self.clock.clone(),
        })
    }

    /// Gives up the value, if it is one of those that are meant. Nobody is told of it: whoever asks
    /// next has to wait for another.
    pub fn give_up(&self, is_meant: impl FnOnce(&V) -> bool) {
        let mut state = self.lock();
        let current = self.current.load_full();
        if current.is_some_and(|life| is_meant(&life.lease().value)) {
            state.refused = None;
            self.replace(None);
        }
    }

    /// Begins anew: no failure counts any more, and unless it is kept, the value is gone.
    pub fn reset(&self, keeps_value: bool) {
        let mut state = self.lock();
        state.failure = None;
        state.pauses.forget();
        if !keeps_value {
            state.refused = None;
            self.replace(None);
        }
    }

    fn entered(
        self: &Arc<Self>,
        state: &mut State<V, E>,
        now: Now,
        reason: Reason,
    ) -> Entered<V, E> {
        let current = self.current.load_full();
        let reason = match (reason, &current) {
            (Reason::Missing, Some(_)) => Reason::Expired,
            (reason, _) => reason,
        };
        if let Some(life) = current.filter(|life| life.is_alive(now)) {
            let is_due = !life.leases.own().is_quiet(now) && state.flight.is_none();
            let ticket = is_due.then(|| {
                life.attend_at_death();
                self.join(state, Reason::Ahead).1
            });
            return (Entry::Use(life.lease()), ticket.flatten());
        }
        if state.flight.is_none()
            && let Some(failure) = &state.failure
            && let Some(wait) = remaining(failure.until, now)
        {
            return (Entry::Fail(failure.error.clone(), wait), None);
        }
        let (outcome, ticket) = self.join(state, reason);
        let waiter = Waiter {
            outcome,
            clock: self.clock.clone(),
        };
        (Entry::Wait(waiter), ticket)
    }

    /// The acquisition that is under way; a new one comes with its ticket.
    fn join(
        self: &Arc<Self>,
        state: &mut State<V, E>,
        reason: Reason,
    ) -> (Landing<V, E>, Option<Ticket<V, E>>) {
        let mut ticket = None;
        let flight = state.flight.get_or_insert_with(|| {
            ticket = Some(Ticket {
                cell: Arc::clone(self),
                reason,
                open: true,
            });
            broadcast::channel(1).0
        });
        (flight.subscribe(), ticket)
    }

    fn publish(&self, acquired: Acquired<V>) {
        let schedule = Schedule::new(acquired.since, acquired.lifetime, self.spread);
        let leases = Lease::replicas(&acquired.value, schedule.renew);
        let mut state = self.lock();
        let refused = state.refused.take();
        let life = Arc::new(Life {
            leases,
            schedule,
            repeats_refused: refused.is_some_and(|refused| refused.value == acquired.value),
        });
        self.replace(Some(Arc::clone(&life)));
        state.failure = None;
        state.pauses.forget();
        state.land(Ok(life));
    }

    fn fail(&self, failed: Failed<E>) {
        let now = self.clock.now_rounded_up();
        let mut state = self.lock();
        let mut pause = state.pauses.next(failed.retry_after);
        if let Some(life) = self.living(now) {
            if failed.retry_after.is_none() {
                // Without a value, nobody should be made to wait for a pause that began with one.
                pause = pause.min(life.time_left(now).max(state.pauses.shortest()));
            }
            life.attend_after(now, pause);
        }
        let until = now.monotonic.saturating_add(milliseconds(pause));
        let error = failed.error;
        let failure = Failure { error, until };
        state.failure = Some(failure.clone());
        state.land(Err(failure));
    }

    fn abandon(&self) {
        let now = self.clock.now();
        let mut state = self.lock();
        let pause = state.pauses.next(None);
        if let Some(life) = self.current.load_full() {
            life.attend_after(now, pause);
        }
        // Whoever waits sees that nobody is left to tell them anything.
        state.flight = None;
    }

    fn living(&self, now: Now) -> Option<Arc<Life<V>>> {
        self.current.load_full().filter(|life| life.is_alive(now))
    }

    /// Whoever has a lease of the earlier value sees by it that there is another one now.
    fn replace(&self, life: Option<Arc<Life<V>>>) {
        if let Some(earlier) = self.current.load_full() {
            earlier.attend(Now::EARLIEST);
        }
        self.current.store(life);
    }

    fn lock(&self) -> MutexGuard<'_, State<V, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V, E: Clone> State<V, E> {
    /// Ends the acquisition that is under way and tells everybody who waits.
    fn land(&mut self, outcome: Outcome<V, E>) {
        if let Some(flight) = self.flight.take() {
            // It fails where nobody waits, as after a renewal ahead.
            let _ = flight.send(outcome);
        }
    }
}

impl<V: Replicate> Lease<V> {
    /// As many leases of the same value as are of use. They are quiet until `attend`.
    pub fn replicas(value: &V, attend: Now) -> Replicas<Self> {
        Replicas::new(|| Self {
            value: value.replica(),
            attend_wall: AtomicU64::new(attend.wall),
            attend_monotonic: AtomicU64::new(attend.monotonic),
        })
    }
}

impl<V> Lease<V> {
    /// Whether nobody has to look after it now: then it may be used.
    #[inline]
    pub fn is_quiet(&self, now: Now) -> bool {
        now.wall < self.attend_wall.load(Ordering::Relaxed)
            && now.monotonic < self.attend_monotonic.load(Ordering::Relaxed)
    }
}

impl<V> Life<V> {
    #[inline]
    fn lease(&self) -> Arc<Lease<V>> {
        Arc::clone(self.leases.own())
    }

    fn is_alive(&self, now: Now) -> bool {
        let death = self.schedule.death;
        now.wall < death.wall && now.monotonic < death.monotonic
    }

    fn time_left(&self, now: Now) -> Duration {
        let death = self.schedule.death;
        let wall = death.wall.saturating_sub(now.wall);
        let monotonic = death.monotonic.saturating_sub(now.monotonic);
        Duration::from_millis(wall.min(monotonic))
    }

    fn attend_at_death(&self) {
        self.attend(self.schedule.death);
    }

    fn attend_after(&self, now: Now, pause: Duration) {
        let pause = milliseconds(pause);
        let death = self.schedule.death;
        self.attend(Now {
            wall: now.wall.saturating_add(pause).min(death.wall),
            monotonic: now.monotonic.saturating_add(pause).min(death.monotonic),
        });
    }

    fn attend(&self, at: Now) {
        for lease in self.leases.all() {
            lease.attend_wall.store(at.wall, Ordering::Relaxed);
            lease
                .attend_monotonic
                .store(at.monotonic, Ordering::Relaxed);
        }
    }
}

impl<V, E: Clone> Waiter<V, E> {
    /// How the acquisition ended; an error comes with the time until another may be started.
    /// `None`: it was abandoned.
    pub async fn outcome(mut self) -> Option<Result<Arc<Lease<V>>, (E, Duration)>> {
        let outcome = self.outcome.recv().await.ok()?;
        Some(outcome.map(|life| life.lease()).map_err(|failure| {
            let wait = remaining(failure.until, self.clock.now());
            (failure.error, wait.unwrap_or_default())
        }))
    }
}

fn remaining(until: u64, now: Now) -> Option<Duration> {
    let left = until.checked_sub(now.monotonic)?;
    (left > 0).then(|| Duration::from_millis(left))
}

impl<V: PartialEq + Replicate, E: Clone> Ticket<V, E> {
    /// Why the value is acquired.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Tells everybody what the acquisition yielded.
    pub fn publish(mut self, result: Result<Acquired<V>, Failed<E>>) {
        self.open = false;
        match result {
            Ok(acquired) => self.cell.publish(acquired),
            Err(failed) => self.cell.fail(failed),
        }
    }
}

impl<V: PartialEq + Replicate, E: Clone> Drop for Ticket<V, E> {
    fn drop(&mut self) {
        if self.open {
            self.cell.abandon();
        }
    }
}

/// How often refusals may start an acquisition: a few at once, then one each few seconds. A value
/// that repeats a refused one has nothing to gain, so it may only now and then.
struct Allowance {
    left: u32,
    since: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            left: Self::AT_ONCE,
            since: 0,
        }
    }
}

impl Allowance {
    const AT_ONCE: u32 = 4;
    const EACH: u64 = 5_000;
    const EACH_REPEATED: u64 = 60_000;

    fn take(&mut self, now: u64, repeats_refused: bool) -> bool {
        let elapsed = now.saturating_sub(self.since);
        if repeats_refused {
            if elapsed < Self::EACH_REPEATED {
                return false;
            }
            self.since = now;
            return true;
        }
        let regained = u32::try_from(elapsed / Self::EACH).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(regained).min(Self::AT_ONCE);
        if self.left == 0 {
            return false;
        }
        if self.left == Self::AT_ONCE || regained > 0 {
            self.since = now;
        }
        self.left -= 1;
        true
    }
}
