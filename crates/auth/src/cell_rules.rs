//! What the core of the cache always does, one rule at a time and then all at once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::cell::{Acquired, Cell, Entered, Entry, Failed, Lease, Reason, Ticket, Waiter};
use crate::clock::{Clock, ManualClock, Now, milliseconds};
use crate::limits::{AcquisitionLimits, PauseLimits};
use crate::replicas::Replicate;

impl Replicate for &'static str {
    fn replica(&self) -> Self {
        self
    }
}

type Words = Cell<&'static str, &'static str>;

const HOUR: Duration = Duration::from_secs(3600);

fn pauses() -> PauseLimits {
    AcquisitionLimits::new().pauses
}

fn cell() -> (Arc<Words>, ManualClock) {
    let clock = ManualClock::new();
    (Cell::new(clock.clone().into(), 0.0, pauses()), clock)
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
fn each_instance_renews_at_a_moment_of_its_own_and_keeps_to_it() {
    let mut moments = Vec::new();
    for spread in [0.0, 0.5, 1.0] {
        let clock = ManualClock::new();
        let cell: Arc<Words> = Cell::new(clock.clone().into(), spread, pauses());
        let renewals = ["a", "b", "c"].map(|value| {
            fill(&cell, value);
            seconds_until_renewal(&cell, &clock)
        });
        assert_eq!(renewals, [renewals[0]; 3]);
        moments.push(renewals[0]);
    }
    assert!(
        moments.is_sorted_by(|sooner, later| sooner > later),
        "{moments:?}"
    );
}

fn seconds_until_renewal(cell: &Words, clock: &ManualClock) -> usize {
    let mut seconds = 0;
    while cell.hit().is_some() {
        clock.advance(Duration::from_secs(1));
        seconds += 1;
    }
    seconds
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

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_server_asked_for_ends_no_part_of_a_millisecond_early() {
    let cell: Arc<Words> = Cell::new(Clock::tokio(), 0.0, pauses());
    let asked = Duration::from_secs(3);
    tokio::time::advance(Duration::from_micros(700)).await;
    let (_, ticket) = cell.enter();
    ticket.unwrap().publish(Err(Failed {
        error: "later",
        retry_after: Some(asked),
    }));
    tokio::time::advance(asked - Duration::from_micros(1)).await;
    assert!(matches!(cell.enter(), (Entry::Fail("later", _), None)));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(matches!(cell.enter(), (Entry::Wait(_), Some(_))));
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
    cell.give_up(|value| *value == "a");
    assert!(cell.hit().is_some(), "exactly what is meant");
    clock.advance(HOUR);
    assert_eq!(cell.enter().1.unwrap().reason(), Reason::Expired);
    assert_eq!(cell.last().unwrap().value, "b", "a dead one is known");
    cell.give_up(|value| *value == "b");
    assert!(cell.last().is_none());
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
    /// When the last value was acquired.
    born: Now,
}

impl History {
    fn new(seed: u64) -> Self {
        let (cell, clock) = cell();
        Self {
            born: cell.clock().now(),
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
            let current = self.cell.hit();
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
        let now = self.cell.clock().now();
        let hour = milliseconds(HOUR);
        let is_young = |now: u64, born: u64| now < born + hour;
        assert!(
            is_young(now.wall, self.born.wall) && is_young(now.monotonic, self.born.monotonic),
            "no dead value is given"
        );
        self.used.push(lease);
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
            _ => {
                self.born = self.cell.clock().now();
                ticket.publish(Ok(acquired(&self.cell, value)));
            }
        }
        for waiter in self.waiters.drain(..) {
            assert!(landed(waiter.outcome()).is_some(), "nobody waits for ever");
        }
    }
}
