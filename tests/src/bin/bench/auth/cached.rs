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
    Acquisition, AuthError, Keyring, Network, ServerChoice, Token, TokenSource,
};
use reqwest::header::HeaderValue;

use super::on_runtime;
use crate::Outcome;
use crate::report::Figure;
use crate::spread::Spread;

const ROUNDS: usize = 100;
/// Few enough for a round to end before the system gives the core to something else.
const OPERATIONS: u32 = 20_000;
/// The part of a round that every thread has to spend on a core.
const UNDISTURBED: f64 = 0.8;
const LONGEST: Duration = Duration::from_secs(30);
const TIME_GATE: f64 = 40.0;
const DIFFERENCE_GATE: f64 = 1.2;

/// The length of the token, and how many threads ask for its header at once.
const CASES: [(usize, usize); 4] = [(1_000, 1), (1_000, 2), (50_000, 1), (50_000, 2)];

pub(super) fn figures() -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut medians = Vec::new();
    for (length, threads) in CASES {
        let keyring = keyring(length)?;
        let time = time(threads, &|| header(&keyring))?;
        medians.push(time.median);
        let case = format!("token of {length} bytes, threads: {threads}");
        figures.push(
            Figure::new(format!("{case}: time"), time.show("ns"))
                .gate(format!("at most {TIME_GATE} ns"), time.median <= TIME_GATE),
        );
        let count = allocations(&keyring);
        figures.push(
            Figure::new(
                format!("{case}: allocations"),
                format!("{count} in {OPERATIONS}"),
            )
            .gate("0", count == 0),
        );
    }
    for threads in [1, 2] {
        figures.push(Figure::new(
            format!(
                "yardstick: one ArcSwap load and one copy of a header alone, threads: {threads}"
            ),
            yardstick(threads)?.show("ns"),
        ));
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
fn header(keyring: &Keyring) -> Option<HeaderValue> {
    let authorization = keyring.ready(LIST_CAMPAIGNS.security)?;
    authorization.header().map(|(_, value)| value.clone())
}

/// What the machine takes for the two things that cannot be left out: a shared pointer is loaded,
/// and the header behind it is copied by reference.
/// Threads share nothing: each has both for itself.
fn yardstick(threads: usize) -> Outcome<Spread> {
    let value = HeaderValue::try_from("t".repeat(1_000))?;
    thread_local!(static SHARED: OnceCell<ArcSwapOption<HeaderValue>> = const { OnceCell::new() });
    time(threads, &|| {
        SHARED.with(|shared| {
            let own =
                || ArcSwapOption::from_pointee(HeaderValue::from_bytes(value.as_bytes()).ok());
            let value = shared.get_or_init(own).load_full();
            value.map(|value| HeaderValue::clone(&value))
        })
    })
}

fn repeat(operation: &impl Fn() -> Option<HeaderValue>) {
    for _ in 0..OPERATIONS {
        black_box(black_box(operation)());
    }
}

/// The thread CPU time of one operation in nanoseconds, of each thread in each round.
///
/// Threads that do not run at once do not get in each other's way, so only those rounds count in
/// which all had a core to themselves the whole time.
fn time(threads: usize, operation: &(impl Fn() -> Option<HeaderValue> + Sync)) -> Outcome<Spread> {
    let started = Instant::now();
    let (mut samples, mut rounds) = (Vec::new(), 0);
    while rounds < ROUNDS {
        if started.elapsed() > LONGEST {
            return Err("the machine is too busy: the threads hardly ever run at once".into());
        }
        let round = round(threads, operation)?;
        let began = round.iter().map(|run| run.began).min();
        let ended = round.iter().map(|run| run.ended).max();
        let (began, ended) = began.zip(ended).ok_or("there are no threads")?;
        let passed = (ended - began).as_secs_f64();
        if round.iter().all(|run| run.used > UNDISTURBED * passed) {
            let times = round.iter().map(|run| run.used * 1e9);
            samples.extend(times.map(|used| used / f64::from(OPERATIONS)));
            rounds += 1;
        }
    }
    Ok(Spread::of(samples))
}

/// One thread in one round.
struct Run {
    /// Its time on the CPU, in seconds.
    used: f64,
    began: Instant,
    ended: Instant,
}

fn round(
    threads: usize,
    operation: &(impl Fn() -> Option<HeaderValue> + Sync),
) -> Outcome<Vec<Run>> {
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
    match header(&keyring) {
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
