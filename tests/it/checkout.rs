//! This checkout, as far as a test reads it, and copies of its folders that a test may spoil.

use std::fs;
use std::path::{Path, PathBuf};

use keyfob_codegen::{Generate, GenerateError, Layout, Linkage};
use tempfile::TempDir;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// A temporary folder with a copy of these folders and files of the checkout, at the same paths.
pub fn copy_of(paths: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        copy(&root().join(path), &folder.path().join(path));
    }
    folder
}

/// Copies a file, or a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for name in names(from) {
        copy(&from.join(&name), &to.join(&name));
    }
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Changes a file: the only place where the one text stands has the other afterwards.
pub fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    let places = text.matches(from).count();
    assert_eq!(places, 1, "{from:?} in {}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

/// The command `generate` on the folders `specs` and `crates/clients` below a folder, with
/// manifests as those of this checkout.
pub fn generate(folder: &Path, check: bool) -> Generate {
    Generate {
        layout: Layout {
            specs: folder.join("specs"),
            out: folder.join("crates/clients"),
            linkage: Linkage::Paths(folder.join("crates")),
            skip_unsupported: false,
        },
        check,
        explain: false,
        memory: None,
    }
}

/// Runs a command and gives what it reported, line by line.
pub fn run(command: &Generate) -> (Result<(), GenerateError>, Vec<String>) {
    let mut lines = Vec::new();
    let outcome = command.run(|line| lines.push(line));
    (outcome, lines)
}

/// The text of the README.
pub fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The first program of the README.
pub fn rust_of_the_readme() -> String {
    block(&readme(), "rust", "")
}

/// The first code block of a language that starts like this, without the indentation of a list
/// that it may stand in.
pub fn block(markdown: &str, language: &str, start: &str) -> String {
    let fence = format!("```{language}");
    let mut lines = markdown.lines();
    while let Some(opening) = lines.find(|line| line.trim_start().starts_with(&fence)) {
        let indentation = opening.len() - opening.trim_start().len();
        let text: String = lines
            .by_ref()
            .take_while(|line| line.trim() != "```")
            .map(|line| format!("{}\n", line.get(indentation..).unwrap_or_default()))
            .collect();
        if text.starts_with(start) {
            return text;
        }
    }
    panic!("no block in {language} starts with {start:?}");
}
