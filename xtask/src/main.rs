//! The tasks of this repository: `cargo xtask <task>`.

mod conformance;
mod corpus;
mod generate;
mod npm;
mod process;
mod program;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make the client crates from the specs.
    Generate(generate::Arguments),
    /// Run the main job: regenerate, start the sandbox, get tokens and make typed calls.
    Demo,
    /// Hold the project against tools that others wrote (needs Node; installs the rest).
    Conformance,
    /// Generate and compile clients of documents that nobody here wrote (needs Node and `sh`).
    Corpus(corpus::Arguments),
    /// Measure: `generate`, `runtime`, `auth` or `build`.
    Bench {
        /// What to measure; everything but `build`, which takes minutes, if left out.
        what: Option<String>,
    },
}

/// What every task answers with.
type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Generate(arguments) => generate::run(&arguments),
        Task::Demo => program::demo(),
        Task::Conformance => conformance::run_all(),
        Task::Corpus(arguments) => corpus::run(&arguments),
        Task::Bench { what } => program::bench(what.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
