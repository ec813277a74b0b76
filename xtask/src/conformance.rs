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
    let apis = apis()?;
    lint(&tools, &documents(&apis))?;
    run_programs(&tools)?;
    run_through_prism(&tools, &apis)
}

/// The folder of each API. Those of tests that have no token workflow are left out: they are about
/// what documents may say, which is neither to a linter's taste nor all understood by Prism; the
/// tests judge their requests by rules of their own.
fn apis() -> std::io::Result<Vec<PathBuf>> {
    let mut apis = Vec::new();
    for specs in SPECS {
        for api in fs::read_dir(root().join(specs))? {
            let api = api?.path();
            let has_workflows = api.join("tokens.arazzo.yaml").exists();
            if has_workflows || (*specs == "specs" && api.join("openapi.yaml").exists()) {
                apis.push(api);
            }
        }
    }
    apis.sort();
    Ok(apis)
}

/// The OpenAPI and Arazzo documents of the APIs.
fn documents(apis: &[PathBuf]) -> Vec<PathBuf> {
    let documents = apis
        .iter()
        .flat_map(|api| ["openapi.yaml", "tokens.arazzo.yaml"].map(|name| api.join(name)));
    documents.filter(|path| path.exists()).collect()
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
fn run_through_prism(tools: &Path, apis: &[PathBuf]) -> Outcome {
    println!("every operation of the clients, through Prism");
    let names = apis.iter().filter_map(|api| api.file_name()?.to_str());
    let packages = names.flat_map(|name| ["--package".to_owned(), format!("keyfob-{name}")]);
    run(cargo()
        .args(["test", "--quiet", "--test", "sandbox"])
        .args(packages)
        .args(["--", "--nocapture", "every_operation_answers_as_documented"])
        .env("KEYFOB_PRISM", tools.join("prism")))
}
