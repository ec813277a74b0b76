//! Packages outside of the workspace, built by cargo as their authors would build them.
//!
//! What they depend on is built in this workspace's target directory and by its lock file and
//! profiles, so that most of it is there already. Nothing is fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::checkout;

/// A temporary folder with a workspace of its own.
pub struct Outside {
    folder: TempDir,
}

impl Outside {
    /// A workspace that has the package of this manifest at its root, and below it whatever that
    /// depends on by a path.
    pub fn package(manifest: &str) -> Outside {
        Outside::with(&format!("{manifest}\n[workspace]\nresolver = \"3\"\n"))
    }

    /// A workspace of the client crates in its folder `clients`.
    pub fn of_clients() -> Outside {
        Outside::with("[workspace]\nresolver = \"3\"\nmembers = [\"clients/*\"]\n")
    }

    fn with(manifest: &str) -> Outside {
        let outside = Outside {
            folder: tempfile::tempdir().unwrap(),
        };
        let ours = fs::read_to_string(checkout::root().join("Cargo.toml")).unwrap();
        let profiles = &ours[ours.find("[profile.").unwrap()..];
        outside.write("Cargo.toml", &format!("{manifest}\n{profiles}"));
        checkout::copy(
            &checkout::root().join("Cargo.lock"),
            &outside.path("Cargo.lock"),
        );
        outside
    }

    /// A path in the folder.
    pub fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file.
    pub fn write(&self, file: impl AsRef<Path>, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Cargo in this folder.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = cargo(self.folder.path(), arguments);
        cargo.arg("--offline");
        cargo
    }
}

/// A task of this repository: `cargo xtask <arguments>`.
pub fn xtask(arguments: &[&str]) -> Command {
    cargo(&checkout::root(), &[&["xtask"], arguments].concat())
}

/// Runs a command that has to succeed, and gives what it printed.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that has to fail, and gives all that it said.
pub fn fail(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        !output.status.success(),
        "{command:?} succeeds\n{}",
        said(&output)
    );
    said(&output)
}

fn said(output: &Output) -> String {
    let [printed, told] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    printed + &told
}

/// Cargo in a folder, building into this workspace's target directory.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    // The folder for temporary files of tests is directly below the target directory.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    cargo
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_TERM_COLOR", "never");
    cargo
}
