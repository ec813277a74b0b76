//! The project held against what others wrote: every token workflow in Redocly's runner, and
//! the token engine against a certified OpenID provider.
//!
//! `cargo xtask conformance` installs both and runs this. The runner reads the same documents
//! that the clients are made from and shares no code with them.

mod provider;
mod respect;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use keyfob_sandbox::Sandbox;

/// The folders that hold a folder for each API.
const SPECS: &[&str] = &["specs", "tests/specs"];

#[tokio::main]
async fn main() -> ExitCode {
    let Some(tools) = std::env::var_os("KEYFOB_TOOLS").map(PathBuf::from) else {
        eprintln!(
            "KEYFOB_TOOLS names the folder of the installed tools; run `cargo xtask conformance`"
        );
        return ExitCode::FAILURE;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut failures = Vec::new();
    let mut passed = 0;
    for specs in SPECS {
        match run(&tools, &root.join(specs), &mut failures).await {
            Ok(count) => passed += count,
            Err(error) => failures.push(error.to_string()),
        }
    }
    println!(
        "token workflows by `redocly respect`: {passed} passed, {} failed",
        failures.len()
    );
    match provider::run(&tools).await {
        Ok(found) => failures.extend(found),
        Err(error) => failures.push(format!("the provider: {error}")),
    }
    for failure in &failures {
        eprintln!("{failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs every workflow below a folder and gives how many passed.
async fn run(
    tools: &Path,
    specs: &Path,
    failures: &mut Vec<String>,
) -> Result<usize, Box<dyn std::error::Error>> {
    let mut passed = 0;
    let specs = keyfob_sandbox::read_all(specs)?;
    for spec in specs.iter().filter(|spec| !spec.workflows.is_empty()) {
        let sandbox = Sandbox::start(vec![spec.clone()]).await?;
        for (workflow, outcome) in respect::run(tools, spec, &sandbox)? {
            println!("{}: {workflow}", spec.name);
            match outcome {
                Ok(()) => passed += 1,
                Err(error) => failures.push(format!("{}: {workflow}: {error}", spec.name)),
            }
        }
    }
    Ok(passed)
}
