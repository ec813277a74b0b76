//! What the README says is true: its commands are there, its table is whole, its links lead
//! somewhere, and its steps for a new API work. Its program is compiled by the documentation
//! tests of this package.

use std::collections::BTreeSet;
use std::fs;

use crate::checkout;
use crate::failure;
use crate::outside::{Outside, succeed, xtask};

#[test]
fn every_command_is_one_that_there_is_and_that_ci_runs() {
    let readme = checkout::readme();
    let ci = fs::read_to_string(checkout::root().join(".ci/run")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.trim().strip_prefix("$ "))
        .collect();
    assert!(!commands.is_empty());
    for command in commands {
        assert!(
            ci.contains(&format!("step {command}\n")),
            ".ci/run does not run `{command}`"
        );
    }
    let help = succeed(&mut xtask(&["--help"]));
    let tasks: BTreeSet<&str> = readme
        .split("cargo xtask ")
        .skip(1)
        .filter_map(|rest| rest.split([' ', '\n', '`']).next())
        .collect();
    assert!(tasks.len() > 1, "{tasks:?}");
    for task in tasks {
        assert!(
            help.lines()
                .any(|line| line.trim().starts_with(&format!("{task} "))),
            "no task `{task}`:\n{help}"
        );
    }
}

#[test]
fn every_option_of_generate_that_is_shown_is_one() {
    let help = succeed(&mut xtask(&["generate", "--help"]));
    for text in [
        checkout::readme(),
        fs::read_to_string(checkout::root().join("specs/README.md")).unwrap(),
    ] {
        for command in text.split("cargo xtask generate").skip(1) {
            let command = command.split(['`', '\n']).next().unwrap();
            for option in command
                .split_whitespace()
                .filter(|word| word.starts_with("--"))
            {
                assert!(help.contains(option), "no option {option}:\n{help}");
            }
        }
    }
}

#[test]
fn every_link_and_path_leads_somewhere() {
    for file in ["README.md", "specs/README.md"] {
        let folder = checkout::root().join(file).parent().unwrap().to_path_buf();
        let text = fs::read_to_string(checkout::root().join(file)).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
        {
            if target.starts_with("https://") {
                continue;
            }
            assert!(
                folder.join(target).exists(),
                "{file} links to {target}, which is not there"
            );
        }
    }
    for folder in folders_of_the_map() {
        assert!(
            checkout::root().join(&folder).is_dir(),
            "the map has {folder}, which is not there"
        );
    }
}

#[test]
fn the_map_has_every_crate() {
    let crates = checkout::names(&checkout::root().join("crates"));
    let crates = crates.into_iter().map(|name| format!("crates/{name}"));
    let map = folders_of_the_map();
    for name in crates.filter(|path| checkout::root().join(path).is_dir()) {
        assert!(map.contains(&name), "the map lacks {name}");
    }
}

#[test]
fn each_row_of_the_table_of_apis_has_a_spec_and_a_client() {
    let readme = checkout::readme();
    let rows: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| [")?
                .split("](crates/clients/")
                .nth(1)?
                .split(')')
                .next()
        })
        .map(str::to_string)
        .collect();
    assert!(rows.len() >= 5, "{rows:?}");
    for api in rows {
        for file in [
            format!("specs/{api}/openapi.yaml"),
            format!("crates/clients/{api}/Cargo.toml"),
        ] {
            assert!(checkout::root().join(&file).exists(), "{file}");
        }
    }
}

#[test]
fn the_steps_for_a_new_api_give_a_client_that_gets_its_token_from_the_sandbox() {
    let outside = Outside::of_clients();
    for (file, start) in [
        ("openapi.yaml", "openapi:"),
        ("tokens.arazzo.yaml", "arazzo:"),
    ] {
        let document = checkout::block(&checkout::readme(), "yaml", start);
        outside.write(format!("specs/acme/{file}"), &document);
    }
    let [specs, out] =
        ["specs", "clients"].map(|folder| outside.path(folder).display().to_string());
    let said = succeed(&mut xtask(&[
        "generate",
        "--specs",
        &specs,
        "--out",
        &out,
        "--path-deps",
    ]));
    failure::says(&said, &["clients/acme/src/auth.rs"]);
    let auth = fs::read_to_string(outside.path("clients/acme/src/auth.rs")).unwrap();
    failure::says(
        &auth,
        &[
            "pub struct ClientCredentials",
            "app: impl Into<String>",
            "secret: impl Into<Secret>",
        ],
    );
    let said = succeed(&mut outside.cargo(&["test"]));
    failure::says(
        &said,
        &["test client_credentials_gets_a_token_that_the_api_takes ... ok"],
    );
}

/// The folders that the map at the end of the README names.
fn folders_of_the_map() -> Vec<String> {
    let readme = checkout::readme();
    let (_, map) = readme.split_once("## The map").unwrap();
    let map = map.split("\n## ").next().unwrap();
    let rows = map
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(|folder| folder.trim_end_matches('/').to_string())
        .collect()
}
