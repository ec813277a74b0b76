//! Claims about `src/client.rs` and `src/mock.rs` of a generated crate.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helper fails its test"
)]

mod answers;
mod bodies;
mod calls;
mod stability;
mod types;

use keyfob_codegen::client::{Rendered, render};

/// One claim: what a document has, and what the code has, or has not, because of it.
struct Claim {
    claim: &'static str,
    document: &'static str,
    has: &'static [&'static str],
    lacks: &'static [&'static str],
    /// What is reported, by a part of its text.
    reports: &'static [&'static str],
}

/// Renders each claim's document, completed by `complete`, and compares.
fn check(claims: &[Claim], complete: fn(&str) -> String) {
    for claim in claims {
        let rendered = rendered(&complete(claim.document));
        let code = words(&rendered.client) + &words(&rendered.types) + &words(&rendered.mock);
        for expected in claim.has {
            assert!(
                code.contains(&words(expected)),
                "{}: no {expected}\n{}",
                claim.claim,
                rendered.types
            );
        }
        for unexpected in claim.lacks {
            assert!(
                !code.contains(&words(unexpected)),
                "{}: has {unexpected}\n{}",
                claim.claim,
                rendered.types
            );
        }
        let reports: Vec<String> = rendered.rewrites.iter().map(ToString::to_string).collect();
        assert_eq!(
            reports.len(),
            claim.reports.len(),
            "{}: {reports:#?}",
            claim.claim
        );
        for (report, expected) in reports.iter().zip(claim.reports) {
            assert!(report.contains(expected), "{}: {report}", claim.claim);
        }
    }
}

/// Reads and renders a document.
fn rendered(document: &str) -> Rendered {
    rendered_with_tokens(document, None)
}

/// Reads and renders a document, with token workflows.
fn rendered_with_tokens(document: &str, tokens: Option<&str>) -> Rendered {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("example");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("openapi.yaml"), document).unwrap();
    if let Some(tokens) = tokens {
        std::fs::write(folder.join("tokens.arazzo.yaml"), tokens).unwrap();
    }
    let spec = keyfob_spec::read(&folder).unwrap_or_else(|error| panic!("{document}\n{error}"));
    render(&spec).unwrap_or_else(|error| panic!("{document}\n{error}"))
}

/// The text without its layout: where lines break is the printer's business.
fn words(code: &str) -> String {
    let mut words = String::new();
    for c in code.chars().filter(|c| !c.is_whitespace()) {
        // A list that is broken into lines ends with a comma.
        if matches!(c, ')' | ']' | '}' | '>') && words.ends_with(',') {
            words.pop();
        }
        words.push(c);
    }
    words
}

/// Indents each line of a block.
fn indented(block: &str, by: usize) -> String {
    let prefix = " ".repeat(by);
    block
        .lines()
        .map(|line| format!("{prefix}{line}\n"))
        .collect()
}
