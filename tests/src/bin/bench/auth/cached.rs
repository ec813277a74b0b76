//! The hot path: the header of a token that is at hand.

use std::cell::OnceCell;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use arc_swap::ArcSwapOption;
use cpu_time::ThreadTime;
use keyfob_digitaleo::operations::LIST_CAMPAIGNS;
use keyfob_digitaleo::{Oauth2, auth::API};
use keyfob_runtime::auth::{
    Acquisition, AuthError, Authorization, Keyring, Network, ServerChoice, Token, TokenSource,
};
use reqwest::header::HeaderValue;

use super::on_runtime;
use crate::Outcome;
use crate::report::Figure;
use crate::spread::Spread;

const ROUNDS: usize = 200;
/// Few enough for a round to end before the system gives the core to something else.
const OPERATIONS: u32 = 20_000;
/// The part of a round that every thread has to spend on a core.
const UNDISTURBED: f64 = 0.8;
const LONGEST: Duration = Duration::from_secs(120);
const TIME_GATE: f64 = 40.0;
const DIFFERENCE_GATE: f64 = 1.2;

/// The length of the token, and how many threads ask for its header at once.
const CASES: [(usize, usize); 4] = [(1_000, 1), (1_000, 2), (50_000, 1), (50_000, 2)];

pub(super) fn figures() -> Outcome<Vec<Figure>> {
    let lengths = CASES.map(|(length, _)| length);
    let keyrings = lengths
        .map(keyring)
        .into_iter()
        .collect::<Outcome<Vec<_>>>()?;
    let value = HeaderValue::try_from("t".repeat(1_000))?;
    let mut timings: Vec<Timing<'_>> = CASES
        .iter()
        .zip(&keyrings)
        .map(|((_, threads), keyring)| Timing::new(*threads, move || header(keyring)))
        .chain([1, 2].map(|threads| Timing::new(threads, || yardstick(&value))))
        .collect();
    take_turns(&mut timings)?;
    let mut times = timings.into_iter().map(|timing| Spread::of(timing.samples));

    let mut figures = Vec::new();
    let mut medians = Vec::new();
    for ((length, threads), keyring) in CASES.into_iter().zip(&keyrings) {
        let case = format!("token of {length} bytes, threads: {threads}");
        let time = times.next().ok_or("it was not timed")?;
        medians.push(time.median);
        figures.push(
            Figure::new(format!("{case}: time"), time.show("ns"))
                .gate(format!("at most {TIME_GATE} ns"), time.median <= TIME_GATE),
        );
        let count = allocations(keyring);
        let counted = format!("{count} in {OPERATIONS}");
        figures.push(Figure::new(format!("{case}: allocations"), counted).gate("0", count == 0));
    }
    for (threads, time) in [1, 2].into_iter().zip(times) {
        let name = format!(
            "yardstick: one ArcSwap load and one copy of a header alone, threads: {threads}"
        );
        figures.push(Figure::new(name, time.show("ns")));
    }
    let all = Spread::of(medians);
    let difference = all.max / all.min;
    figures.push(
        Figure::new("slowest over fastest", format!("{difference:.2}")).gate(
            format!("at most {DIFFERENCE_GATE:.2}"),
            difference <= DIFFERENCE_GATE,
        ),
    );
    Ok(figures)
}

/// What a call does for its header while the token is good.
fn header(keyring: &Keyring) {
    let authorization = keyring.ready(LIST_CAMPAIGNS.security);
    let header = authorization.as_ref().and_then(Authorization::header);
    if let Some((_, value)) = header {
        used(&value.clone());
    }
}

/// The two things that cannot be left out: a shared pointer is loaded, and the header behind it is
/// copied by reference.
/// Threads share nothing: each has both for itself.
fn yardstick(value: &HeaderValue) {
    thread_local!(static SHARED: OnceCell<ArcSwapOption<HeaderValue>> = const { OnceCell::new() });
    SHARED.with(|shared| {
        let own = || ArcSwapOption::from_pointee(HeaderValue::from_bytes(value.as_bytes()).ok());
        if let Some(value) = shared.get_or_init(own).load_full() {
            used(&HeaderValue::clone(&value));
        }
    });
}

/// Where a header is handed over. It is not moved: that would cost a part of what is measured.
fn used(header: &HeaderValue) {
    black_box(header);
}

fn repeat(operation: &impl Fn()) {
    for _ in 0..OPERATIONS {
        black_box(operation)();
    }
}

/// One operation, as it is measured.
struct Timing<'a> {
    round: Box<dyn Fn() -> Outcome<Vec<Run>> + 'a>,
    /// The thread CPU time of one operation in nanoseconds, of each thread in each round.
    samples: Vec<f64>,
    rounds: usize,
}

impl<'a> Timing<'a> {
    fn new(threads: usize, operation: impl Fn() + Sync + 'a) -> Self {
        Self {
            round: Box::new(move || round(threads, &operation)),
            samples: Vec::new(),
            rounds: 0,
        }
    }

    /// Threads that do not run at once do not get in each other's way, so a round only counts if
    /// all had a core to themselves the whole time.
    fn take_turn(&mut self) -> Outcome {
        let round = (self.round)()?;
        let began = round.iter().map(|run| run.began).min();
        let ended = round.iter().map(|run| run.ended).max();
        let (began, ended) = began.zip(ended).ok_or("there are no threads")?;
        let passed = (ended - began).as_secs_f64();
        if round.iter().all(|run| run.used > UNDISTURBED * passed) {
            let times = round.iter().map(|run| run.used * 1e9);
            let times = times.map(|used| used / f64::from(OPERATIONS));
            self.samples.extend(times);
            self.rounds += 1;
        }
        Ok(())
    }
}

/// Times all of them by turns, so that what else the machine does meets each alike.
fn take_turns(timings: &mut [Timing<'_>]) -> Outcome {
    let started = Instant::now();
    while timings.iter().any(|timing| timing.rounds < ROUNDS) {
        if started.elapsed() > LONGEST {
            return Err("the machine is too busy: the threads hardly ever run at once".into());
        }
        for timing in timings.iter_mut() {
            timing.take_turn()?;
        }
    }
    Ok(())
}

/// One thread in one round.
struct Run {
    /// Its time on the CPU, in seconds.
    used: f64,
    began: Instant,
    ended: Instant,
}

fn round(threads: usize, operation: &(impl Fn() + Sync)) -> Outcome<Vec<Run>> {
    let missing = AtomicUsize::new(threads);
    let run = || {
        missing.fetch_sub(1, Ordering::AcqRel);
        while missing.load(Ordering::Acquire) > 0 {
            spin_loop();
        }
        let (began, clock) = (Instant::now(), ThreadTime::now());
        repeat(operation);
        Run {
            used: clock.elapsed().as_secs_f64(),
            began,
            ended: Instant::now(),
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        let ended: Result<_, _> = ended.collect();
        ended.map_err(|_| "a thread panicked".into())
    })
}

fn allocations(keyring: &Keyring) -> u64 {
    measure(|| repeat(&|| header(keyring))).count_total
}

/// A keyring that has acquired its token.
fn keyring(length: usize) -> Outcome<Keyring> {
    let credential = Oauth2::source(Given("t".repeat(length)));
    let network = Network {
        http: reqwest::Client::new(),
        servers: ServerChoice::default(),
    };
    let keyring = Keyring::new(&API, vec![credential.into()], network)?;
    on_runtime(async {
        keyring
            .authorize("list_campaigns", LIST_CAMPAIGNS.security)
            .await?;
        Ok(())
    })?;
    match keyring.ready(LIST_CAMPAIGNS.security) {
        Some(_) => Ok(keyring),
        None => Err("the token is not at hand".into()),
    }
}

/// A source that has its token.
struct Given(String);

impl TokenSource for Given {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        Ok(Token::new(self.0.as_str()).with_expires_in(Duration::from_secs(3600)))
    }
}
