//! `keyfob generate`, in a process of its own for each document.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::documents::Document;
use super::limited::{self, End, How};
use crate::process::{cargo, run};
use crate::root;

/// What became of a document.
#[derive(Debug, Clone)]
pub(crate) enum Generation {
    /// Everything in it is in the crate.
    Whole(Duration),
    /// Operations are left out, for these rules.
    Partial(BTreeSet<Rule>),
    /// Not even a part of it can be generated, for these rules.
    Refused(BTreeSet<Rule>),
    /// The generator panicked, hung, crashed or took too much memory.
    Broken(End),
}

/// A complaint without what is particular to one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule(pub(crate) String);

impl Generation {
    /// Whether there is a crate.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self, Self::Whole(_) | Self::Partial(_))
    }
}

/// The optimised `keyfob`, and where its crates go.
pub(crate) struct Generator {
    program: PathBuf,
    folder: PathBuf,
}

impl Generator {
    /// Builds the program.
    ///
    /// # Errors
    ///
    /// It does not compile.
    pub(crate) fn build(folder: PathBuf) -> Result<Self, Box<dyn std::error::Error>> {
        println!("building keyfob, optimised");
        run(cargo().args(["build", "--quiet", "--release", "--package", "keyfob"]))?;
        let program = root().join("target/release/keyfob");
        Ok(Self { program, folder })
    }

    /// Generates a crate of each document, one after the other: each takes all processors, and is
    /// held to a time.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or the program cannot be started.
    pub(crate) fn generate_all(
        &self,
        documents: &[Document],
    ) -> io::Result<Vec<(Document, Generation)>> {
        let documents = documents.iter();
        documents
            .map(|document| Ok((document.clone(), self.generate(document)?)))
            .collect()
    }

    /// First as a whole; if that is refused, without what is not supported.
    fn generate(&self, document: &Document) -> io::Result<Generation> {
        let folder = self.folder.join(&document.name);
        let spec = folder.join("specs").join(&document.name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&spec)?;
        fs::copy(&document.path, spec.join("openapi.json"))?;
        let whole = self.attempt(&folder, "whole", &[])?;
        let rules = match whole.how {
            How::Success => return Ok(Generation::Whole(whole.after)),
            How::Failure => rules(&whole.said),
            _ => return Ok(Generation::Broken(whole)),
        };
        let partial = self.attempt(&folder, "partial", &["--skip-unsupported"])?;
        Ok(match partial.how {
            How::Success => Generation::Partial(rules),
            How::Failure => Generation::Refused(rules),
            _ => Generation::Broken(partial),
        })
    }

    fn attempt(&self, folder: &Path, name: &str, options: &[&str]) -> io::Result<End> {
        let (specs, clients) = (folder.join("specs"), folder.join("clients"));
        let crates = root().join("crates");
        let mut program = vec![
            self.program.as_path(),
            Path::new("generate"),
            Path::new("--specs"),
            &specs,
            Path::new("--out"),
            &clients,
            Path::new("--path-deps"),
            &crates,
        ];
        program.extend(options.iter().map(Path::new));
        limited::run(&program, &folder.join(name).with_extension("log"))
    }
}

/// The rules that complaints name: lines of the form `file:line:column: complaint`.
fn rules(said: &str) -> BTreeSet<Rule> {
    let complaints = said.lines().filter_map(|line| {
        let (place, complaint) = line.split_once(": ")?;
        let mut numbers = place.rsplit(':');
        let is_place =
            numbers.next()?.parse::<usize>().is_ok() && numbers.next()?.parse::<usize>().is_ok();
        is_place.then(|| Rule(general(complaint)))
    });
    let rules: BTreeSet<Rule> = complaints.collect();
    if rules.is_empty() {
        let last = said.lines().last().unwrap_or_default();
        return BTreeSet::from([Rule(general(last))]);
    }
    rules
}

/// The text without what stands in quotes and without numbers.
fn general(complaint: &str) -> String {
    let mut general = String::new();
    let mut quoted = None;
    for character in complaint.chars() {
        match quoted {
            Some(quote) if quote == character => {
                quoted = None;
                general.push('…');
                general.push(character);
            }
            Some(_) => {}
            None if character == '`' || character == '"' => {
                quoted = Some(character);
                general.push(character);
            }
            None if character.is_ascii_digit() => {
                if !general.ends_with('0') {
                    general.push('0');
                }
            }
            None => general.push(character),
        }
    }
    general
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_complaint_of_any_document() {
        let said = "specs/a/openapi.json:3:14: `size` is 12 and not \"big\"\n 3 | x\n  help: b: c\n\
                    specs/a/openapi.json:9:1: `name` is 7 and not \"small\"\n";
        let rule = Rule("`…` is 0 and not \"…\"".to_string());
        assert_eq!(rules(said), BTreeSet::from([rule]));
        assert_eq!(
            rules("no such option"),
            BTreeSet::from([Rule("no such option".to_string())])
        );
    }
}
