//! The hot path: the header of a token that is at hand.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use arc_swap::ArcSwapOption;
use cpu_time::ThreadTime;
use keyfob_digitaleo::operations::LIST_CAMPAIGNS;
use keyfob_digitaleo::{Oauth2, auth::API};
use keyfob_runtime::auth::{AuthError, Keyring, Network, ServerChoice, Token, TokenSource};
use reqwest::header::HeaderValue;

use super::on_runtime;
use crate::Outcome;
use crate::report::Figure;
use crate::spread::Spread;

const ROUNDS: usize = 9;
const OPERATIONS: u32 = 200_000;
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
    figures.push(Figure::new(
        "yardstick: one ArcSwap load and one copy of a header alone",
        yardstick()?.show("ns"),
    ));
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
fn yardstick() -> Outcome<Spread> {
    let shared = ArcSwapOption::from_pointee(HeaderValue::try_from("t".repeat(1_000))?);
    time(1, &|| {
        shared.load_full().map(|value| HeaderValue::clone(&value))
    })
}

fn repeat(operation: &impl Fn() -> Option<HeaderValue>) {
    for _ in 0..OPERATIONS {
        black_box(black_box(operation)());
    }
}

/// The thread CPU time of one operation in nanoseconds, of each thread in each round.
fn time(threads: usize, operation: &(impl Fn() -> Option<HeaderValue> + Sync)) -> Outcome<Spread> {
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let start = Barrier::new(threads);
        let timed = || {
            start.wait();
            let started = ThreadTime::now();
            repeat(operation);
            started.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
        };
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(timed)).collect();
            for thread in running {
                samples.push(thread.join().map_err(|_| "a thread panicked")?);
            }
            Outcome::Ok(())
        })?;
    }
    Ok(Spread::of(samples))
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
    fn acquire(&self) -> Pin<Box<dyn Future<Output = Result<Token, AuthError>> + Send + '_>> {
        let token = Token::new(self.0.as_str()).with_expires_in(Duration::from_secs(3600));
        Box::pin(async { Ok(token) })
    }
}
