//! The tasks that are programs of the package `keyfob-tests`: they need the clients, and a
//! task must be able to mend a broken client.

use crate::generate::{self, Arguments};
use crate::process::{cargo, run};
use crate::{Outcome, root};

/// Regenerates the clients and runs the main job with them.
pub(crate) fn demo() -> Outcome {
    generate::run(&Arguments::default())?;
    run(cargo().args([
        "run",
        "--quiet",
        "--package",
        "keyfob-tests",
        "--bin",
        "demo",
    ]))
}

/// Runs the benchmarks, optimised.
pub(crate) fn bench(what: Option<&str>) -> Outcome {
    let mut bench = cargo();
    bench.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "keyfob-tests",
        "--features",
        "bench",
        "--bin",
        "bench",
        "--",
    ]);
    bench.args(what).env("KEYFOB_ROOT", root());
    run(&mut bench)
}
