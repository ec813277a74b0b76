//! One workflow in Redocly's runner.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyfob_sandbox::Sandbox;
use keyfob_spec::model::{Spec, Workflow};

/// Runs every workflow of a spec, as many at once as the machine has processors: the runner
/// takes seconds to start.
///
/// # Errors
///
/// The documents cannot be read or copied.
pub(crate) fn run(
    tools: &Path,
    spec: &Spec,
    sandbox: &Sandbox,
) -> io::Result<Vec<(String, io::Result<()>)>> {
    let folder = copy(spec)?;
    let server = format!("{}={}", source_name(spec)?, sandbox.base_url(&spec.name));
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = Vec::new();
    for workflows in spec.workflows.chunks(at_once) {
        std::thread::scope(|scope| {
            let started = workflows.iter().map(|workflow| {
                let (folder, server) = (&folder, &server);
                let run = move || run_one(tools, folder, server, spec, workflow, sandbox);
                (workflow.id.clone(), scope.spawn(run))
            });
            let started: Vec<_> = started.collect();
            outcomes.extend(started.into_iter().map(|(id, running)| {
                let lost = |_| Err(io::Error::other("the check panicked"));
                (id, running.join().unwrap_or_else(lost))
            }));
        });
    }
    Ok(outcomes)
}

/// Runs one workflow with inputs that the sandbox takes at this moment. What the runner said
/// is the error.
fn run_one(
    tools: &Path,
    folder: &Path,
    server: &str,
    spec: &Spec,
    workflow: &Workflow,
    sandbox: &Sandbox,
) -> io::Result<()> {
    let mut runner = Command::new(tools.join("redocly"));
    runner.args([
        "respect",
        "tokens.arazzo.yaml",
        "--workflow",
        &workflow.id,
        "--server",
        server,
    ]);
    for (name, value) in sandbox.inputs(&spec.name, &workflow.id) {
        runner.arg("--input").arg(format!("{name}={value}"));
    }
    let output = runner
        .current_dir(folder)
        .env("REDOCLY_TELEMETRY", "off")
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(io::Error::other(format!(
        "{}\nthe sandbox saw: {:?}",
        String::from_utf8_lossy(&said),
        sandbox.log(&spec.name)
    )))
}

/// A copy of the documents that the runner takes: it refuses any word in an input's schema
/// that JSON Schema does not have, so `x-credential` is left out. Nothing else is changed.
fn copy(spec: &Spec) -> io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/conformance/specs")
        .join(&spec.name);
    fs::create_dir_all(&folder)?;
    fs::copy(
        spec.folder.join("openapi.yaml"),
        folder.join("openapi.yaml"),
    )?;
    let tokens = fs::read_to_string(spec.folder.join("tokens.arazzo.yaml"))?;
    let kept = tokens
        .lines()
        .filter(|line| !line.trim_start().starts_with("x-credential:"));
    fs::write(
        folder.join("tokens.arazzo.yaml"),
        kept.collect::<Vec<_>>().join("\n"),
    )?;
    Ok(folder)
}

/// What the Arazzo document calls the OpenAPI document.
fn source_name(spec: &Spec) -> io::Result<String> {
    let tokens = fs::read_to_string(spec.folder.join("tokens.arazzo.yaml"))?;
    let after = tokens
        .split_once("sourceDescriptions:")
        .map(|(_, after)| after);
    let name = after
        .and_then(|after| after.split_once("name:"))
        .map(|(_, after)| after);
    let name = name.and_then(|after| after.lines().next());
    name.map(|name| name.trim().to_string())
        .ok_or_else(|| io::Error::other("the document names no sourceDescriptions"))
}
