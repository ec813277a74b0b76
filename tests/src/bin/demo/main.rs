//! The main job: tokens for every API and typed calls with them, against the sandbox.
//!
//! `cargo xtask demo` regenerates the clients and runs this.

mod progress;
mod scenarios;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use keyfob_sandbox::Sandbox;

use progress::Progress;

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let sandboxes = match (Sandbox::open(&specs).await, Sandbox::open(&specs).await) {
        (Ok(first), Ok(second)) => [first, second],
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("the sandbox does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let progress = Progress::start();
    let rows = scenarios::run(&sandboxes, &progress).await;
    progress.finish();
    print!("{}", table::render(&rows));
    let failed = rows.iter().filter(|row| row.outcome.is_err()).count();
    println!(
        "\n{} ways tried, {failed} failed, in {:.1?}",
        rows.len(),
        started.elapsed()
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
