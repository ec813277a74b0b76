//! What progenitor alone makes of a feature of OpenAPI, and what keyfob makes of it.
//!
//! The table is about progenitor 0.15.1. It fails where another version does something else, so
//! that what is worked around here is looked at again.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helper fails its test"
)]

mod cases;

use std::panic::{AssertUnwindSafe, catch_unwind};

use keyfob_codegen::client::{Rendered, render};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

/// One feature of OpenAPI.
struct Case {
    feature: &'static str,
    /// A document that has little else.
    document: Value,
    progenitor: Outcome,
    /// What shows in keyfob's code that the feature is there.
    keyfob: &'static [&'static str],
}

/// What progenitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// What keyfob does too.
    Right,
    /// An error that says this.
    Refuses(&'static str),
    /// A panic that says this.
    Panics(&'static str),
    /// Code that has this, which no compiler takes.
    DoesNotCompile(&'static str),
    /// Code that has this, which is wrong without a word.
    SilentlyWrong(&'static str),
}

#[test]
fn progenitor_does_what_the_table_says() {
    let mut surprises = Vec::new();
    for case in cases::all() {
        let found = progenitor(&case.document);
        let as_told = match (&case.progenitor, &found) {
            (Outcome::Refuses(says), Found::Error(message)) => message.contains(says),
            (Outcome::Panics(says), Found::Panic(message)) => message.contains(says),
            (Outcome::Right, Found::Code(_)) => true,
            (Outcome::DoesNotCompile(has) | Outcome::SilentlyWrong(has), Found::Code(code)) => {
                code.contains(&words(has))
            }
            _ => false,
        };
        if !as_told {
            surprises.push(format!(
                "{}: {:?}, but {found}",
                case.feature, case.progenitor
            ));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn keyfob_generates_every_feature() {
    let mut missing = Vec::new();
    for case in cases::all() {
        let rendered = keyfob(&case.document);
        let code = words(&rendered.client) + &words(&rendered.types) + &words(&rendered.mock);
        for expected in case.keyfob {
            if !code.contains(&words(expected)) {
                missing.push(format!(
                    "{}: no {expected}\n{}",
                    case.feature, rendered.types
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// What progenitor was found to do.
enum Found {
    Code(String),
    Error(String),
    Panic(String),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Code(_) => write!(f, "it generates something else"),
            Found::Error(message) => write!(f, "it refuses: {message}"),
            Found::Panic(message) => {
                let first: Vec<&str> = message.lines().take(4).collect();
                write!(f, "it panics: {}", first.join(" "))
            }
        }
    }
}

fn progenitor(document: &Value) -> Found {
    let document = match serde_json::from_value(document.clone()) {
        Ok(document) => document,
        Err(error) => return Found::Error(error.to_string()),
    };
    let generated = catch_unwind(AssertUnwindSafe(|| {
        let mut settings = GenerationSettings::new();
        settings.with_interface(InterfaceStyle::Builder);
        Generator::new(&settings)
            .generate_tokens(&document)
            .map(|tokens| words(&tokens.to_string()))
            .map_err(|error| error.to_string())
    }));
    match generated {
        Ok(Ok(code)) => Found::Code(code),
        Ok(Err(message)) => Found::Error(message),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
            Found::Panic(text.unwrap_or_default())
        }
    }
}

fn keyfob(document: &Value) -> Rendered {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("example");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("openapi.yaml"), document.to_string()).unwrap();
    let spec = keyfob_spec::read(&folder).unwrap_or_else(|error| panic!("{document}\n{error}"));
    render(&spec).unwrap_or_else(|error| panic!("{document}\n{error}"))
}

/// The text without its layout.
fn words(code: &str) -> String {
    let mut words = String::new();
    for c in code.chars().filter(|c| !c.is_whitespace()) {
        if matches!(c, ')' | ']' | '}' | '>') && words.ends_with(',') {
            words.pop();
        }
        words.push(c);
    }
    words
}
