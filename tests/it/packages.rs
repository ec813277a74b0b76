//! What is published is whole: each package has its licence texts and a front page, says what it
//! is for, and leaves out what needs this repository.

use std::path::{Path, PathBuf};

use crate::checkout;
use crate::outside::{cargo, succeed};

#[test]
fn every_package_has_its_licences_and_its_front_page_and_no_tests() {
    for folder in packages() {
        let listed = succeed(&mut cargo(
            &folder,
            &["package", "--list", "--allow-dirty", "--offline"],
        ));
        let files: Vec<&str> = listed.lines().collect();
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
            assert!(files.contains(&file), "{}: no {file}", folder.display());
        }
        let strays: Vec<_> = files
            .iter()
            .filter(|file| file.starts_with("tests/"))
            .collect();
        assert!(strays.is_empty(), "{}: {strays:?}", folder.display());
    }
}

#[test]
fn every_manifest_says_what_a_registry_asks() {
    for folder in packages() {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for key in [
            "description",
            "license",
            "repository",
            "readme",
            "keywords",
            "categories",
            "rust-version",
        ] {
            let is_there = |line: &str| {
                line.strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with([' ', '.']))
            };
            assert!(
                manifest.lines().any(is_there),
                "{}: no {key}",
                folder.display()
            );
        }
    }
}

/// The folders of the packages that are published: the crates, and the clients among them.
fn packages() -> Vec<PathBuf> {
    let crates = checkout::root().join("crates");
    let below = |folder: &Path| -> Vec<PathBuf> {
        let names = checkout::names(folder).into_iter();
        names.map(|name| folder.join(name)).collect()
    };
    let mut all = below(&crates);
    all.extend(below(&crates.join("clients")));
    all.retain(|folder| folder.join("Cargo.toml").is_file());
    assert!(all.len() > 6, "{all:?}");
    all
}
