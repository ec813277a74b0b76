//! The core of the cache under [loom](https://docs.rs/loom): each history below is run in every
//! order that its threads can take with a few interruptions, and with every value that the memory
//! model lets a load see. A thread that nobody wakes is a deadlock, which loom reports.
//!
//! What runs is the core itself: its file is compiled here once more, beside a `sync` of loom's.

#[path = "cell.rs"]
#[allow(
    clippy::duplicate_mod,
    dead_code,
    reason = "the core once more, of which the model needs less"
)]
mod cell;

pub(crate) use crate::{clock, limits, replicas, schedule};

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use loom::sync::{Condvar, Mutex};
use loom::thread::{JoinHandle, spawn};

use cell::{Acquired, Cell, Entered, Entry, Failed, Lease, Ticket};
use clock::ManualClock;
use limits::AcquisitionLimits;
use replicas::Replicate;

/// What the threads that use a cell share it by, watched by loom.
mod sync {
    use std::sync::Arc;
    use std::sync::Mutex as Unwatched;

    use loom::sync::atomic::{AtomicUsize, Ordering};

    pub(crate) use loom::sync::atomic::AtomicU64;
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    /// Every value that it ever had, and which of them is the current one.
    pub(crate) struct ArcSwapOption<T> {
        values: Unwatched<Vec<Option<Arc<T>>>>,
        current: AtomicUsize,
    }

    impl<T> ArcSwapOption<T> {
        pub fn empty() -> Self {
            Self {
                values: Unwatched::new(vec![None]),
                current: AtomicUsize::new(0),
            }
        }

        pub fn load(&self) -> Option<Arc<T>> {
            let current = self.current.load(Ordering::Acquire);
            self.values.lock().unwrap()[current].clone()
        }

        /// Only ever called by whoever holds the cell's lock. Loom does not watch it: what a thread
        /// has loaded before it stores would hide from loom that others load as well.
        pub fn load_full(&self) -> Option<Arc<T>> {
            self.values.lock().unwrap().last()?.clone()
        }

        /// Only ever called by whoever holds the cell's lock.
        pub fn store(&self, value: Option<Arc<T>>) {
            let current = {
                let mut values = self.values.lock().unwrap();
                values.push(value);
                values.len() - 1
            };
            self.current.store(current, Ordering::Release);
        }
    }
}

const HOUR: Duration = Duration::from_secs(3600);
/// As old, a value of an hour is due for renewal.
const DUE: Duration = Duration::from_secs(3300);

/// How often a thread may be interrupted where it need not be. Nearly every fault of a protocol
/// shows with two.
const INTERRUPTIONS: usize = 3;

type Number = usize;
type Error = &'static str;

impl Replicate for Number {
    fn replica(&self) -> Self {
        *self
    }
}

/// A cell of values that are numbered as they are acquired, and its callers.
#[derive(Clone)]
struct World {
    cell: Arc<Cell<Number, Error>>,
    clock: ManualClock,
    started: Arc<AtomicUsize>,
    ending: Ending,
}

/// What becomes of the acquisitions.
#[derive(Clone, Copy)]
enum Ending {
    Value,
    Failure,
    /// The first panics, the others yield.
    PanicFirst,
}

/// Wakes a thread that waits for a future.
#[derive(Default)]
struct Alarm {
    rang: Mutex<bool>,
    ringing: Condvar,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        *self.rang.lock().unwrap() = true;
        self.ringing.notify_one();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let alarm = Arc::new(Alarm::default());
    let waker = Arc::clone(&alarm).into();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut rang = alarm.rang.lock().unwrap();
        while !*rang {
            rang = alarm.ringing.wait(rang).unwrap();
        }
        *rang = false;
    }
}

fn explore(ending: Ending, history: impl Fn(World) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(INTERRUPTIONS);
    builder.check(move || {
        let clock = ManualClock::new();
        history(World {
            cell: Cell::new(clock.clone().into(), 0.0, AcquisitionLimits::new().pauses),
            clock,
            started: Arc::default(),
            ending,
        });
    });
}

impl World {
    /// With its first value.
    fn with_value(self) -> Self {
        let (_, ticket) = self.cell.enter();
        let number = self.next();
        self.acquire(number, ticket.unwrap());
        self
    }

    /// How many acquisitions were started.
    fn acquisitions(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    fn next(&self) -> Number {
        1 + self.started.fetch_add(1, Ordering::Relaxed)
    }

    /// What the task of an acquisition does.
    fn acquire(&self, number: Number, ticket: Ticket<Number, Error>) {
        let result = match self.ending {
            Ending::PanicFirst if number == 1 => {
                let panicking = catch_unwind(AssertUnwindSafe(|| {
                    let _ticket = ticket;
                    resume_unwind(Box::new("a panic without its message"));
                }));
                assert!(panicking.is_err());
                return;
            }
            Ending::Failure => Err(Failed {
                error: "no",
                retry_after: None,
            }),
            Ending::Value | Ending::PanicFirst => Ok(Acquired {
                value: number,
                lifetime: Some(HOUR),
                since: self.cell.clock().now(),
            }),
        };
        ticket.publish(result);
    }

    /// Starts an acquisition if there is a ticket for it: on a thread of its own.
    fn start(&self, ticket: Option<Ticket<Number, Error>>) {
        if let Some(ticket) = ticket {
            let (world, number) = (self.clone(), self.next());
            spawn(move || world.acquire(number, ticket));
        }
    }

    /// What a caller does; an acquisition that was broken off is tried once more.
    fn call(&self) -> Result<Number, Error> {
        if let Some(lease) = self.cell.hit() {
            return Ok(lease.value);
        }
        let first = self.cell.enter();
        let served = self.served(first);
        served.unwrap_or_else(|| {
            let second = self.cell.enter();
            self.served(second).expect("only the first was broken off")
        })
    }

    fn served(&self, (entry, ticket): Entered<Number, Error>) -> Option<Result<Number, Error>> {
        self.start(ticket);
        match entry {
            Entry::Use(lease) => Some(Ok(lease.value)),
            Entry::Fail(error, _) => Some(Err(error)),
            Entry::Wait(waiter) => {
                let outcome = block_on(waiter.outcome())?;
                Some(outcome.map(|lease| lease.value).map_err(|(error, _)| error))
            }
        }
    }

    /// What a call does whose answer refuses what it used.
    fn replace(&self, used: &Arc<Lease<Number>>) -> Option<Result<Number, Error>> {
        let entered = self.cell.refuse(used)?;
        self.served(entered)
    }

    fn spawn<T: 'static>(&self, act: fn(&Self) -> T) -> JoinHandle<T> {
        let world = self.clone();
        spawn(move || act(&world))
    }
}

#[test]
fn cold_callers_share_one_acquisition() {
    explore(Ending::Value, |world| {
        let other = world.spawn(World::call);
        assert_eq!(world.call(), Ok(1));
        assert_eq!(other.join().unwrap(), Ok(1));
        assert_eq!(world.acquisitions(), 1);
    });
}

#[test]
fn cold_callers_share_one_failure() {
    explore(Ending::Failure, |world| {
        let other = world.spawn(World::call);
        assert_eq!(world.call(), Err("no"));
        assert_eq!(other.join().unwrap(), Err("no"));
        assert_eq!(world.acquisitions(), 1);
    });
}

#[test]
fn a_panic_of_the_acquisition_strands_nobody() {
    explore(Ending::PanicFirst, |world| {
        let other = world.spawn(World::call);
        assert_eq!(world.call(), Ok(2));
        assert_eq!(other.join().unwrap(), Ok(2));
        assert_eq!(world.acquisitions(), 2);
    });
}

#[test]
fn a_caller_who_gives_up_strands_nobody() {
    explore(Ending::Value, |world| {
        let impatient = world.spawn(|world| {
            let (entry, ticket) = world.cell.enter();
            world.start(ticket);
            drop(entry);
        });
        assert_eq!(world.call(), Ok(1));
        impatient.join().unwrap();
        assert_eq!(world.acquisitions(), 1);
    });
}

#[test]
fn renewal_ahead_starts_once_and_nobody_waits_for_it() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        world.clock.advance(DUE);
        let at_once = |world: &World| {
            if let Some(lease) = world.cell.hit() {
                return lease.value;
            }
            let (entry, ticket) = world.cell.enter();
            world.start(ticket);
            match entry {
                Entry::Use(lease) => lease.value,
                Entry::Wait(_) | Entry::Fail(..) => panic!("the value still lives"),
            }
        };
        let other = world.spawn(at_once);
        assert!([1, 2].contains(&at_once(&world)));
        assert!([1, 2].contains(&other.join().unwrap()));
        assert_eq!(world.acquisitions(), 2);
    });
}

#[test]
fn a_refusal_reported_twice_causes_one_acquisition() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        let refused = |world: &World| {
            let used = world.cell.hit()?;
            match used.value {
                1 => world.replace(&used),
                later => Some(Ok(later)),
            }
        };
        let other = world.spawn(refused);
        let own = refused(&world);
        // Whoever came when the value was refused already has nothing to report.
        assert!([None, Some(Ok(2))].contains(&own), "{own:?}");
        let other = other.join().unwrap();
        assert!([None, Some(Ok(2))].contains(&other), "{other:?}");
        assert_eq!(world.acquisitions(), 2);
    });
}

#[test]
fn a_refused_value_is_given_to_nobody_who_comes_later() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        let used = world.cell.hit().unwrap();
        let late = world.clone();
        let late_used = Arc::clone(&used);
        // Its refusal may come before that of the other, or when the successor is there already.
        let late = spawn(move || late.replace(&late_used));
        assert_eq!(world.replace(&used), Some(Ok(2)));
        assert_eq!(world.call(), Ok(2));
        assert_eq!(late.join().unwrap(), Some(Ok(2)));
        assert_eq!(world.call(), Ok(2), "a late refusal leaves the later value");
        assert_eq!(world.acquisitions(), 2);
    });
}

#[test]
fn whoever_sees_a_later_value_sees_that_the_earlier_one_is_over() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        let earlier = world.cell.hit().unwrap();
        world.clock.advance(DUE);
        let now = world.cell.clock().now();
        let (_, ticket) = world.cell.enter();
        world.start(ticket);
        if world.cell.hit().is_some_and(|lease| lease.value == 2) {
            assert!(!earlier.is_quiet(now));
        }
    });
}

#[test]
fn a_refusal_during_renewal_waits_for_that_renewal() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        let used = world.cell.hit().unwrap();
        world.clock.advance(DUE);
        let renewing = world.spawn(World::call);
        assert_eq!(world.replace(&used), Some(Ok(2)));
        assert!([1, 2].contains(&renewing.join().unwrap().unwrap()));
        assert_eq!(world.acquisitions(), 2);
    });
}

#[test]
fn a_value_that_died_is_given_to_nobody() {
    explore(Ending::Value, |world| {
        let world = world.with_value();
        let born = world.cell.clock().now();
        let sleeping = world.spawn(|world| world.clock.suspend(2 * HOUR));
        let asleep = world.cell.clock().now() != born;
        let served = world.call();
        assert!(served == Ok(2) || (served == Ok(1) && !asleep));
        sleeping.join().unwrap();
        assert_eq!(world.call(), Ok(2));
        assert_eq!(world.acquisitions(), 2);
    });
}
