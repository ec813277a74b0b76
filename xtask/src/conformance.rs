//! `cargo xtask conformance`: the project held against tools that others wrote.
//!
//! The tools are pinned by the lock file in `tests/conformance` and installed under `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{cargo, run};
use crate::{Outcome, npm, root};

/// The folders that hold a folder for each API.
const SPECS: &[&str] = &["specs", "tests/specs"];

/// Lints every document and runs every token workflow with Redocly's and Spectral's tools, and puts
/// Stoplight's Prism between every operation of the clients and the sandbox.
pub(crate) fn run_all() -> Outcome {
    let tools = npm::install("conformance")?.join(".bin");
    let documents = documents()?;
    lint(&tools, &documents)?;
    run_programs(&tools)?;
    run_through_prism(&tools)
}

/// Every OpenAPI, Arazzo and overlay document, below the repository's root.
fn documents() -> std::io::Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    for specs in SPECS {
        for api in fs::read_dir(root().join(specs))? {
            for name in ["openapi.yaml", "tokens.arazzo.yaml"] {
                let document = api.as_ref().map(|api| api.path().join(name));
                documents.extend(document.ok().filter(|path| path.exists()));
            }
        }
    }
    documents.sort();
    Ok(documents)
}

fn lint(tools: &Path, documents: &[PathBuf]) -> Outcome {
    println!("linting {} documents", documents.len());
    let mut redocly = Command::new(tools.join("redocly"));
    redocly
        .args(["lint", "--config", ".redocly.yaml"])
        .args(documents)
        .current_dir(root())
        .env("REDOCLY_TELEMETRY", "off");
    run(&mut redocly)?;
    let mut spectral = Command::new(tools.join("spectral"));
    spectral
        .args([
            "lint",
            "--ruleset",
            ".spectral.yaml",
            "--fail-severity=warn",
        ])
        .args(documents)
        .current_dir(root());
    run(&mut spectral)
}

/// The checks that need the sandbox are a program of the package `keyfob-tests`.
fn run_programs(tools: &Path) -> Outcome {
    run(cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            "keyfob-tests",
            "--bin",
            "conformance",
        ])
        .env("KEYFOB_TOOLS", tools)
        .env("REDOCLY_TELEMETRY", "off"))
}

/// The generated clients' own tests call every way in and every operation, with Prism in between.
fn run_through_prism(tools: &Path) -> Outcome {
    println!("every operation of the clients, through Prism");
    run(cargo()
        .args(["test", "--quiet", "--workspace", "--test", "sandbox"])
        .args(["--", "--nocapture", "every_operation_answers_as_documented"])
        .env("KEYFOB_PRISM", tools.join("prism")))
}
