//! `keyfob`: typed API clients that carry their own key, from the command line.

mod check;
mod generate;
mod sandbox;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// Tokens and syntax trees are millions of small pieces of memory: with the platform's allocator,
/// generation would spend nearly half of its time in it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Typed API clients that carry their own key.
#[derive(Parser)]
#[command(name = "keyfob", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read specs and tell every complaint, with its place and a remedy.
    Check(check::Arguments),
    /// Make a typed client crate from each spec.
    Generate(generate::Arguments),
    /// Serve the specs on loopback, with their examples as the right credentials.
    Sandbox(sandbox::Arguments),
}

/// What every command answers with.
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Generate(arguments) => generate::run(arguments),
        Command::Sandbox(arguments) => sandbox::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
