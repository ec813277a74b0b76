//! The core of the cache: one value that dies, its renewal, and everybody who waits for it.
//!
//! There is no HTTP and no document in here, and nothing in here waits. Each decision is taken
//! under one short lock, off the hot path; acquiring is the business of whoever gets a
//! [`Ticket`], of which there is at most one at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use crate::clock::{Clock, Now, milliseconds};
use crate::limits::PauseLimits;
use crate::schedule::{Pauses, Schedule};

/// Keeps at most one living value.
pub(crate) struct Cell<V, E> {
    current: ArcSwapOption<Lease<V>>,
    state: Mutex<State<V, E>>,
    clock: Clock,
    /// This cell's place in the band over which a fleet spreads its renewals, from 0 to 1.
    spread: f64,
}

/// A value, and how long it is good for.
pub(crate) struct Lease<V> {
    pub(crate) value: V,
    schedule: Schedule,
    /// When somebody has to look at it again: for renewal, or at its death. Never later than that.
    attend_wall: AtomicU64,
    attend_monotonic: AtomicU64,
    /// The acquisition after a refusal yielded the very value that had been refused.
    repeats_refused: bool,
}

struct State<V, E> {
    flight: Option<watch::Sender<Option<Outcome<V, E>>>>,
    failure: Option<Failure<E>>,
    pauses: Pauses,
    refusals: Allowance,
    refused: Option<Arc<Lease<V>>>,
}

/// The last acquisition failed; none is started before `until`.
struct Failure<E> {
    error: E,
    until: u64,
}

/// How an acquisition ended.
enum Outcome<V, E> {
    Lease(Arc<Lease<V>>),
    Failed { error: E, until: u64 },
    Abandoned,
}

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

/// Where the outcome of an acquisition will stand.
type Landing<V, E> = watch::Receiver<Option<Outcome<V, E>>>;

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
    V: PartialEq,
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

impl<V: PartialEq, E: Clone> Cell<V, E> {
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
    #[cfg(test)]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The hot path: a value that nobody has to look after. It takes no lock and allocates
    /// nothing.
    #[inline]
    pub fn hit(&self) -> Option<Arc<Lease<V>>> {
        let lease = self.current.load_full()?;
        lease.is_quiet(self.clock.now()).then_some(lease)
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
        let is_current = self
            .current
            .load()
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, used));
        if is_current {
            if !state.refusals.take(now.monotonic, used.repeats_refused) {
                return None;
            }
            self.current.store(None);
            state.refused = Some(Arc::clone(used));
        }
        Some(self.entered(&mut state, now, Reason::Refused))
    }

    /// The last value, dead or refused as it may be.
    pub fn last(&self) -> Option<Arc<Lease<V>>> {
        let state = self.lock();
        self.current.load_full().or_else(|| state.refused.clone())
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

    /// Begins anew: no failure counts any more, and unless it is kept, the value is gone.
    pub fn reset(&self, keeps_value: bool) {
        let mut state = self.lock();
        state.failure = None;
        state.pauses.forget();
        if !keeps_value {
            state.refused = None;
            self.current.store(None);
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
        if let Some(lease) = current.filter(|lease| lease.is_alive(now)) {
            let is_due = !lease.is_quiet(now) && state.flight.is_none();
            let ticket = is_due.then(|| {
                lease.attend_at_death();
                self.join(state, Reason::Ahead).1
            });
            return (Entry::Use(lease), ticket.flatten());
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
            watch::channel(None).0
        });
        (flight.subscribe(), ticket)
    }

    fn publish(&self, acquired: Acquired<V>) {
        let mut state = self.lock();
        let repeats_refused = state
            .refused
            .take()
            .is_some_and(|refused| refused.value == acquired.value);
        let schedule = Schedule::new(acquired.since, acquired.lifetime, self.spread);
        let lease = Arc::new(Lease {
            value: acquired.value,
            attend_wall: AtomicU64::new(schedule.renew.wall),
            attend_monotonic: AtomicU64::new(schedule.renew.monotonic),
            schedule,
            repeats_refused,
        });
        self.current.store(Some(Arc::clone(&lease)));
        state.failure = None;
        state.pauses.forget();
        land(&mut state, Outcome::Lease(lease));
    }

    fn fail(&self, failed: Failed<E>) {
        let now = self.clock.now();
        let mut state = self.lock();
        let lease = self.current.load_full().filter(|lease| lease.is_alive(now));
        let mut pause = state.pauses.next(failed.retry_after);
        if let Some(lease) = &lease {
            if failed.retry_after.is_none() {
                // Without a value, nobody should be made to wait for a pause that began with one.
                pause = pause.min(lease.time_left(now).max(state.pauses.shortest()));
            }
            lease.attend_after(now, pause);
        }
        let until = now.monotonic.saturating_add(milliseconds(pause));
        state.failure = Some(Failure {
            error: failed.error.clone(),
            until,
        });
        let error = failed.error;
        land(&mut state, Outcome::Failed { error, until });
    }

    fn abandon(&self) {
        let now = self.clock.now();
        let mut state = self.lock();
        let pause = state.pauses.next(None);
        if let Some(lease) = self.current.load_full() {
            lease.attend_after(now, pause);
        }
        land(&mut state, Outcome::Abandoned);
    }

    fn lock(&self) -> MutexGuard<'_, State<V, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the acquisition that is under way and tells everybody who waits.
fn land<V, E>(state: &mut State<V, E>, outcome: Outcome<V, E>) {
    if let Some(flight) = state.flight.take() {
        flight.send_replace(Some(outcome));
    }
}

impl<V> Lease<V> {
    /// A value outside any cell, which lives until its owner drops it.
    pub fn lasting(value: V) -> Arc<Self> {
        let start = Now {
            wall: 0,
            monotonic: 0,
        };
        let schedule = Schedule::new(start, None, 0.0);
        Arc::new(Self {
            value,
            attend_wall: AtomicU64::new(schedule.renew.wall),
            attend_monotonic: AtomicU64::new(schedule.renew.monotonic),
            schedule,
            repeats_refused: false,
        })
    }

    #[inline]
    fn is_quiet(&self, now: Now) -> bool {
        now.wall < self.attend_wall.load(Ordering::Relaxed)
            && now.monotonic < self.attend_monotonic.load(Ordering::Relaxed)
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
        self.attend_wall.store(at.wall, Ordering::Relaxed);
        self.attend_monotonic.store(at.monotonic, Ordering::Relaxed);
    }
}

impl<V, E: Clone> Waiter<V, E> {
    /// How the acquisition ended; an error comes with the time until another may be started.
    /// `None`: it was abandoned.
    pub async fn outcome(mut self) -> Option<Result<Arc<Lease<V>>, (E, Duration)>> {
        let landed = self.outcome.wait_for(Option::is_some).await;
        match landed.ok()?.as_ref()? {
            Outcome::Lease(lease) => Some(Ok(Arc::clone(lease))),
            Outcome::Failed { error, until } => {
                let wait = remaining(*until, self.clock.now()).unwrap_or_default();
                Some(Err((error.clone(), wait)))
            }
            Outcome::Abandoned => None,
        }
    }
}

fn remaining(until: u64, now: Now) -> Option<Duration> {
    let left = until.checked_sub(now.monotonic)?;
    (left > 0).then(|| Duration::from_millis(left))
}

impl<V: PartialEq, E: Clone> Ticket<V, E> {
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

impl<V: PartialEq, E: Clone> Drop for Ticket<V, E> {
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

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::clock::ManualClock;
    use crate::limits::AcquisitionLimits;

    type Words = Cell<&'static str, &'static str>;

    const HOUR: Duration = Duration::from_secs(3600);

    fn cell() -> (Arc<Words>, ManualClock) {
        let clock = ManualClock::new();
        let pauses = AcquisitionLimits::new().pauses;
        (Cell::new(clock.clone().into(), 0.0, pauses), clock)
    }

    fn acquired(cell: &Words, value: &'static str) -> Acquired<&'static str> {
        Acquired {
            value,
            lifetime: Some(HOUR),
            since: cell.clock().now(),
        }
    }

    fn failed(error: &'static str) -> Failed<&'static str> {
        Failed {
            error,
            retry_after: None,
        }
    }

    fn fill(cell: &Arc<Words>, value: &'static str) -> Arc<Lease<&'static str>> {
        let (_, ticket) = cell.enter();
        ticket.expect("a ticket").publish(Ok(acquired(cell, value)));
        cell.hit().expect("a value")
    }

    fn landed<F: Future>(future: F) -> Option<F::Output> {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }

    fn waiter(entry: Entry<&'static str, &'static str>) -> Waiter<&'static str, &'static str> {
        match entry {
            Entry::Wait(waiter) => waiter,
            Entry::Use(_) | Entry::Fail(..) => panic!("there should be something to wait for"),
        }
    }

    #[test]
    fn the_first_who_enters_gets_the_ticket_and_all_wait_for_it() {
        let (cell, _) = cell();
        assert!(cell.hit().is_none());
        let (first, ticket) = cell.enter();
        let (second, none) = cell.enter();
        assert!(none.is_none());
        let ticket = ticket.unwrap();
        assert_eq!(ticket.reason(), Reason::Missing);
        ticket.publish(Ok(acquired(&cell, "a")));
        for entry in [first, second] {
            let outcome = landed(waiter(entry).outcome()).unwrap().unwrap();
            assert_eq!(outcome.ok().unwrap().value, "a");
        }
        assert_eq!(cell.hit().unwrap().value, "a");
    }

    #[test]
    fn an_abandoned_ticket_wakes_everybody_and_leaves_the_way_free() {
        let (cell, _) = cell();
        let (entry, ticket) = cell.enter();
        drop(ticket);
        assert!(landed(waiter(entry).outcome()).unwrap().is_none());
        assert!(cell.enter().1.is_some());
    }

    #[test]
    fn a_failure_is_told_until_its_pause_is_over() {
        let (cell, clock) = cell();
        let (entry, ticket) = cell.enter();
        ticket.unwrap().publish(Err(failed("no")));
        let Some(Some(Err((error, wait)))) = landed(waiter(entry).outcome()) else {
            panic!("it failed");
        };
        assert_eq!(error, "no");
        assert!(matches!(cell.enter(), (Entry::Fail("no", again), None) if again == wait));
        clock.advance(wait);
        assert!(cell.enter().1.is_some());
    }

    #[test]
    fn renewal_starts_once_and_failing_pauses_it() {
        let (cell, clock) = cell();
        fill(&cell, "a");
        clock.advance(Duration::from_secs(3300));
        assert!(cell.hit().is_none(), "it is due");
        let (entry, ticket) = cell.enter();
        assert!(matches!(entry, Entry::Use(lease) if lease.value == "a"));
        assert!(
            cell.hit().is_some(),
            "while it is renewed, the hot path serves"
        );
        let ticket = ticket.unwrap();
        assert_eq!(ticket.reason(), Reason::Ahead);
        ticket.publish(Err(failed("no")));
        assert!(cell.hit().is_some(), "after a failure too");
        clock.advance(Duration::from_secs(30));
        assert!(
            cell.enter().1.is_some(),
            "after the pause it is tried again"
        );
    }

    #[test]
    fn a_value_that_dies_during_a_pause_is_acquired_at_once() {
        let (cell, clock) = cell();
        fill(&cell, "a");
        for moment in [3300, 3350, 3400, 3450, 3500, 3550, 3588] {
            // Each failure makes the next pause longer.
            clock.advance(Duration::from_secs(moment).saturating_sub(clock.shown()));
            let (_, ticket) = cell.enter();
            ticket.unwrap().publish(Err(failed("no")));
        }
        clock.advance(Duration::from_secs(2));
        assert!(matches!(cell.enter(), (Entry::Wait(_), Some(_))));
    }

    #[test]
    fn a_pause_that_the_server_asked_for_outlasts_the_value() {
        let (cell, clock) = cell();
        fill(&cell, "a");
        clock.advance(Duration::from_secs(3588));
        let (_, ticket) = cell.enter();
        ticket.unwrap().publish(Err(Failed {
            error: "later",
            retry_after: Some(Duration::from_secs(60)),
        }));
        clock.advance(Duration::from_secs(59));
        assert!(matches!(cell.enter(), (Entry::Fail("later", _), None)));
    }

    #[test]
    fn exactly_the_refused_value_is_invalidated() {
        let (cell, _) = cell();
        let first = fill(&cell, "a");
        let (entry, ticket) = cell.refuse(&first).unwrap();
        let ticket = ticket.unwrap();
        assert_eq!(ticket.reason(), Reason::Refused);
        assert!(cell.hit().is_none());
        ticket.publish(Ok(acquired(&cell, "b")));
        assert!(landed(waiter(entry).outcome()).is_some());
        let (late, none) = cell.refuse(&first).unwrap();
        assert!(none.is_none());
        assert!(matches!(late, Entry::Use(lease) if lease.value == "b"));
        assert_eq!(cell.hit().unwrap().value, "b");
    }

    #[test]
    fn a_refusal_joins_the_renewal_that_is_under_way() {
        let (cell, clock) = cell();
        let first = fill(&cell, "a");
        clock.advance(Duration::from_secs(3300));
        let (_, renewal) = cell.enter();
        let (entry, none) = cell.refuse(&first).unwrap();
        assert!(none.is_none());
        renewal.unwrap().publish(Ok(acquired(&cell, "b")));
        let outcome = landed(waiter(entry).outcome()).unwrap().unwrap();
        assert_eq!(outcome.ok().unwrap().value, "b");
    }

    #[test]
    fn a_value_that_repeats_the_refused_one_is_kept() {
        let (cell, clock) = cell();
        let first = fill(&cell, "a");
        let (_, ticket) = cell.refuse(&first).unwrap();
        ticket.unwrap().publish(Ok(acquired(&cell, "a")));
        let repeated = cell.hit().unwrap();
        assert!(cell.refuse(&repeated).is_none());
        clock.advance(Duration::from_secs(60));
        assert!(cell.refuse(&repeated).is_some(), "now and then it is tried");
    }

    #[test]
    fn a_cell_that_begins_anew_forgets_its_failure_and_gives_up_its_value() {
        let (cell, clock) = cell();
        let (_, ticket) = cell.enter();
        ticket.unwrap().publish(Err(failed("no")));
        assert!(matches!(cell.enter(), (Entry::Fail(..), None)));
        cell.reset(true);
        assert!(cell.enter().1.is_some(), "it may be tried again at once");
        let value = fill(&cell, "a");
        cell.reset(true);
        assert!(Arc::ptr_eq(&cell.hit().unwrap(), &value));
        cell.reset(false);
        assert!(cell.hit().is_none() && cell.last().is_none());
        let (_, ticket) = cell.enter();
        let ticket = ticket.unwrap();
        assert_eq!(ticket.reason(), Reason::Missing);
        ticket.publish(Ok(acquired(&cell, "b")));
        clock.advance(HOUR);
        assert_eq!(cell.enter().1.unwrap().reason(), Reason::Expired);
        assert_eq!(cell.last().unwrap().value, "b", "a dead one is known");
    }

    #[test]
    fn one_lease_outside_a_cell_lasts() {
        let lease = Lease::lasting("key");
        let far = Now {
            wall: u64::MAX - 1,
            monotonic: u64::MAX - 1,
        };
        assert!(lease.is_alive(far) && lease.is_quiet(far));
    }

    /// Many random histories of one cell, checked against what must always be true.
    #[test]
    fn no_history_breaks_the_rules() {
        for seed in 1..200 {
            History::new(seed).run(500);
        }
    }

    struct History {
        cell: Arc<Words>,
        clock: ManualClock,
        random: u64,
        ticket: Option<Ticket<&'static str, &'static str>>,
        waiters: Vec<Waiter<&'static str, &'static str>>,
        used: Vec<Arc<Lease<&'static str>>>,
        acquired: usize,
    }

    impl History {
        fn new(seed: u64) -> Self {
            let (cell, clock) = cell();
            Self {
                cell,
                clock,
                random: seed,
                ticket: None,
                waiters: Vec::new(),
                used: Vec::new(),
                acquired: 0,
            }
        }

        fn run(mut self, steps: usize) {
            for _ in 0..steps {
                match self.draw(10) {
                    0..=3 => self.call(),
                    4 => self.refuse(),
                    5 => self.land(),
                    6 => {
                        let index = self.draw(self.waiters.len() as u64 + 1) as usize;
                        self.waiters.truncate(index);
                    }
                    7 => self.pass(ManualClock::advance),
                    8 => self.pass(ManualClock::suspend),
                    _ => self.pass(ManualClock::set_back),
                }
            }
        }

        fn pass(&mut self, how: fn(&ManualClock, Duration)) {
            let time = Duration::from_millis(self.draw(2_000_000));
            how(&self.clock, time);
        }

        /// A number below a bound (xorshift).
        fn draw(&mut self, bound: u64) -> u64 {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            self.random % bound
        }

        fn call(&mut self) {
            if let Some(lease) = self.cell.hit() {
                return self.use_value(lease);
            }
            let entered = self.cell.enter();
            self.entered(entered);
        }

        fn refuse(&mut self) {
            let Some(used) = self.used.last().cloned() else {
                return;
            };
            if let Some(entered) = self.cell.refuse(&used) {
                let current = self.cell.current.load_full();
                let is_gone = current.is_none_or(|current| !Arc::ptr_eq(&current, &used));
                assert!(is_gone, "a refused value is not given again");
                self.entered(entered);
            }
        }

        fn entered(&mut self, (entry, ticket): Entered<&'static str, &'static str>) {
            if let Some(ticket) = ticket {
                assert!(self.ticket.is_none(), "one acquisition at a time");
                self.ticket = Some(ticket);
            }
            match entry {
                Entry::Use(lease) => self.use_value(lease),
                Entry::Wait(waiter) => {
                    assert!(
                        self.ticket.is_some(),
                        "somebody acquires what is waited for"
                    );
                    self.waiters.push(waiter);
                }
                Entry::Fail(_, wait) => assert!(!wait.is_zero()),
            }
        }

        fn use_value(&mut self, lease: Arc<Lease<&'static str>>) {
            assert!(lease.is_alive(self.clock_now()), "no dead value is given");
            self.used.push(lease);
        }

        fn clock_now(&self) -> Now {
            self.cell.clock().now()
        }

        fn land(&mut self) {
            let Some(ticket) = self.ticket.take() else {
                return;
            };
            self.acquired += 1;
            let value = ["a", "b", "c", "d"][self.acquired % 4];
            match self.draw(4) {
                0 => drop(ticket),
                1 => ticket.publish(Err(failed("no"))),
                _ => ticket.publish(Ok(acquired(&self.cell, value))),
            }
            for waiter in self.waiters.drain(..) {
                assert!(landed(waiter.outcome()).is_some(), "nobody waits for ever");
            }
        }
    }
}
