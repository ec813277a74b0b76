//! Programs and documents from npm, pinned by a lock file and installed under `target/`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::process::run_with_retries;
use crate::root;

/// Installs what the lock file in `tests/<name>` pins, and gives its `node_modules`.
///
/// Nothing is done if it is installed already.
pub(crate) fn install(name: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let (wanted, folder) = (
        root().join("tests").join(name),
        root().join("target").join(name),
    );
    let modules = folder.join("node_modules");
    let lock = fs::read(wanted.join("package-lock.json"))?;
    // Written last, so that an interrupted installation is begun anew.
    let installed = folder.join("installed");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(wanted.join(file), folder.join(file))?;
    }
    println!("installing what tests/{name}/package-lock.json pins");
    run_with_retries(|| {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder);
        npm
    })?;
    fs::write(installed, lock)?;
    Ok(modules)
}
