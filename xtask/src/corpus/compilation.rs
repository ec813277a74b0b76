//! Crates compiled together, and what the compiler says of each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::process::cargo;

/// What the compiler says of a crate.
#[derive(Debug, Clone)]
pub(crate) struct Compilation {
    /// The crate's folder.
    pub(crate) folder: PathBuf,
    /// Errors and warnings, as the compiler shows them.
    pub(crate) complaints: Vec<String>,
}

/// Which features the crates are compiled with; every one of them in turn.
const FEATURES: &[&[&str]] = &[&[], &["--all-features"]];

/// So many crates make a workspace: their lock file and its resolution grow with them.
const WORKSPACE: usize = 25;

/// Compiles crates, with the default features and with all of them.
///
/// # Errors
///
/// cargo cannot be run, or it complains of something that is not one of the crates.
pub(crate) fn compile(
    folder: &Path,
    crates: &[PathBuf],
) -> Result<Vec<Compilation>, Box<dyn std::error::Error>> {
    let mut compilations = Vec::new();
    for some in crates.chunks(WORKSPACE) {
        println!("compiling {} crates", some.len());
        write_workspace(folder, some)?;
        let mut found: Vec<Compilation> = some
            .iter()
            .map(|folder| Compilation {
                folder: folder.clone(),
                complaints: Vec::new(),
            })
            .collect();
        for features in FEATURES {
            check(folder, features, &mut found)?;
        }
        compilations.extend(found);
    }
    Ok(compilations)
}

/// Makes the folder above all crates a workspace of these.
pub(super) fn write_workspace(workspace: &Path, crates: &[PathBuf]) -> std::io::Result<()> {
    let mut manifest = String::from("[workspace]\nresolver = \"3\"\nmembers = [\n");
    for member in crates {
        manifest.push_str(&format!("    {:?},\n", member.display().to_string()));
    }
    manifest.push_str("]\n\n[profile.dev]\ndebug = false\n");
    fs::write(workspace.join("Cargo.toml"), manifest)?;
    // The versions that this repository uses and tests with.
    fs::copy(
        crate::root().join("Cargo.lock"),
        workspace.join("Cargo.lock"),
    )?;
    Ok(())
}

/// Lets the compiler look at all crates, and adds what it says to each.
fn check(
    workspace: &Path,
    features: &[&str],
    compilations: &mut [Compilation],
) -> Result<(), Box<dyn std::error::Error>> {
    let output = cargo()
        .args([
            "check",
            "--quiet",
            "--workspace",
            "--keep-going",
            "--message-format=json",
        ])
        .args(features)
        .current_dir(workspace)
        .env(
            "CARGO_TARGET_DIR",
            crate::root().join("target/corpus/compiled"),
        )
        .env("CARGO_INCREMENTAL", "0")
        .stderr(Stdio::inherit())
        .output()?;
    let mut is_explained = false;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line)?;
        let Some((manifest, complaint)) = complaint(&message) else {
            continue;
        };
        let compilation = compilations
            .iter_mut()
            .find(|compilation| compilation.folder.join("Cargo.toml") == manifest)
            .ok_or_else(|| format!("{}: {complaint}", manifest.display()))?;
        is_explained = true;
        if !compilation.complaints.contains(&complaint) {
            compilation.complaints.push(complaint);
        }
    }
    if output.status.success() || is_explained {
        Ok(())
    } else {
        Err(format!("cargo check in {}: {}", workspace.display(), output.status).into())
    }
}

/// The manifest of the crate that a message complains of, and the complaint.
fn complaint(message: &Value) -> Option<(PathBuf, String)> {
    if message.get("reason")? != "compiler-message" {
        return None;
    }
    let said = message.get("message")?;
    let level = said.get("level")?.as_str()?;
    if !level.starts_with("error") && level != "warning" {
        return None;
    }
    // The summary at the end has no place.
    if said.get("spans")?.as_array()?.is_empty() {
        return None;
    }
    let manifest = PathBuf::from(message.get("manifest_path")?.as_str()?);
    Some((manifest, said.get("rendered")?.as_str()?.to_string()))
}
