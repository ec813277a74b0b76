//! The benchmarks: `cargo xtask bench [generate|runtime|auth|build]` runs this, optimised.
//!
//! Each subject prints its figures beside the gates that they are held to. Times depend on the
//! machine and on what else runs there, so no figure fails the program: a person judges them.

mod auth;
mod build;
mod generate;
mod report;
mod runtime;
mod server;
mod spread;

use std::path::PathBuf;
use std::process::ExitCode;

/// What every benchmark answers with.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A subject, and whether it runs without being asked for by name.
type Subject = (&'static str, bool, fn() -> Outcome);

const SUBJECTS: [Subject; 4] = [
    ("generate", true, generate::run),
    ("runtime", true, runtime::run),
    ("auth", true, auth::run),
    // Some minutes of compilation.
    ("build", false, build::run),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let asked = arguments.next();
    if asked.as_deref() == Some(runtime::STREAM) {
        return ended(
            runtime::STREAM,
            runtime::stream(arguments.next().as_deref()),
        );
    }
    let is_asked = |(name, by_default, _): &Subject| match &asked {
        Some(asked) => asked == name,
        None => *by_default,
    };
    let chosen: Vec<Subject> = SUBJECTS.into_iter().filter(is_asked).collect();
    if chosen.is_empty() {
        let known = SUBJECTS.map(|(name, ..)| name).join(", ");
        eprintln!("there is no such benchmark; known are: {known}");
        return ExitCode::FAILURE;
    }
    for (name, _, run) in chosen {
        let outcome = run();
        if outcome.is_err() {
            return ended(name, outcome);
        }
    }
    ExitCode::SUCCESS
}

fn ended(name: &str, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    match std::env::var_os("KEYFOB_ROOT") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")),
    }
}
