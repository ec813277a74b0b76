//! The token engine beside its gates.
//!
//! The cached header is read from a keyring, as is a fleet's; what is a test already is run as
//! that; everything else goes through a generated client and a token endpoint on loopback, as in
//! an application.

mod cached;
mod claims;
mod clocks;
mod deadlines;
mod endpoint;
mod fleet;
mod herd;
mod outage;
mod refusal;

use std::future::Future;

use tokio::runtime::Builder;

use crate::Outcome;
use crate::report;

/// As many as the machine that the gates were set on has cores.
const WORKERS: usize = 2;

pub(crate) fn run() -> Outcome {
    report::print(
        "auth: the cached header, thread CPU per operation",
        &cached::figures()?,
    );
    report::print("auth: many callers, cold", &on_runtime(herd::figures())?);
    report::print(
        "auth: callers with short deadlines",
        &on_runtime(deadlines::figures())?,
    );
    report::print(
        "auth: an outage within the renewal window",
        &on_runtime(outage::figures())?,
    );
    report::print(
        "auth: calls in flight are refused",
        &on_runtime(refusal::figures())?,
    );
    report::print("auth: clocks that jump", &on_runtime(clocks::figures())?);
    report::print("auth: a fleet", &on_runtime(fleet::figures())?);
    report::print("auth: claims", &claims::figures()?);
    Ok(())
}

fn on_runtime<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    runtime.block_on(future)
}
