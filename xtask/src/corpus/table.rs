//! What came of the documents, for a reader.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::compilation::Compilation;
use super::documents::Document;
use super::generation::{Generation, Rule};
use super::limited::{End, How};
use super::wire::Verdict;

/// Lines with a title.
pub(crate) struct Table {
    text: String,
}

impl Table {
    /// A table that has its title only.
    pub(crate) fn new(title: &str) -> Self {
        Self {
            text: format!("\n{title}\n"),
        }
    }

    /// How many documents were generated, and why others were not.
    pub(crate) fn add_generations(&mut self, generations: &[(Document, Generation)]) {
        let all = generations.len();
        let count = |is: fn(&Generation) -> bool| {
            generations
                .iter()
                .filter(|(_, generation)| is(generation))
                .count()
        };
        self.share(
            "generated whole",
            count(|one| matches!(one, Generation::Whole(_))),
            all,
        );
        self.share(
            "with something left out",
            count(|one| matches!(one, Generation::Partial(_))),
            all,
        );
        self.share(
            "refused",
            count(|one| matches!(one, Generation::Refused(_))),
            all,
        );
        for (what, how) in [
            ("panicked", How::Panic),
            ("hung", How::Hang),
            ("out of memory", How::Memory),
            ("crashed", How::Crash),
        ] {
            let count = generations
                .iter()
                .filter(|(_, one)| ended(one) == Some(how))
                .count();
            self.share(what, count, all);
        }
        self.add_slowest(generations);
        self.add_broken(generations);
        self.add_rules(generations);
    }

    /// How many crates compiled, and what the compiler says of the others.
    pub(crate) fn add_compilations(&mut self, compilations: &[Compilation]) {
        let clean = compilations
            .iter()
            .filter(|one| one.complaints.is_empty())
            .count();
        self.share("compiled without a warning", clean, compilations.len());
        for compilation in compilations {
            for complaint in compilation.complaints.iter().take(3) {
                self.line(&format!("{}: {complaint}", compilation.folder.display()));
            }
        }
    }

    /// How many clients send only what their documents allow, and what the others send.
    pub(crate) fn add_verdicts(&mut self, verdicts: &[Verdict]) {
        let clean = verdicts
            .iter()
            .filter(|one| one.violations.is_empty())
            .count();
        self.share("sent as documented", clean, verdicts.len());
        let operations: usize = verdicts.iter().map(|one| one.operations).sum();
        let unread: usize = verdicts.iter().map(|one| one.unread).sum();
        self.line(&format!(
            "  {operations} operations called; {unread} answers of the mock were not read"
        ));
        let hidden: usize = verdicts.iter().map(|one| one.hidden.len()).sum();
        if hidden > 0 {
            self.line(&format!(
                "  {hidden} operations not judged: Prism cannot tell them from others of their path"
            ));
        }
        for verdict in verdicts {
            for (operation, violation) in verdict.violations.iter().take(3) {
                self.line(&format!(
                    "{}: {operation}: {violation}",
                    verdict.folder.display()
                ));
            }
        }
    }

    fn share(&mut self, what: &str, count: usize, all: usize) {
        let percent = 100.0 * count as f64 / all.max(1) as f64;
        self.line(&format!("  {what:<28} {count:>4} {percent:>6.1} %"));
    }

    fn add_slowest(&mut self, generations: &[(Document, Generation)]) {
        let slowest = generations
            .iter()
            .filter_map(|(document, generation)| match generation {
                Generation::Whole(after) => Some((*after, document)),
                _ => None,
            })
            .max_by_key(|(after, _)| *after);
        if let Some((after, document)) = slowest {
            self.line(&format!(
                "  slowest: {} in {}",
                document.name,
                seconds(after)
            ));
        }
    }

    fn add_broken(&mut self, generations: &[(Document, Generation)]) {
        for (document, generation) in generations {
            if let Generation::Broken(End { how, after, said }) = generation {
                let last = said.lines().last().unwrap_or_default();
                self.line(&format!(
                    "  {how:?} after {}: {}: {last}",
                    seconds(*after),
                    document.name
                ));
            }
        }
    }

    /// Each rule with the number of documents that it stops, most first, and one of them.
    fn add_rules(&mut self, generations: &[(Document, Generation)]) {
        for (outcome, rules_of) in [
            ("refused", refused as fn(&Generation) -> Vec<&Rule>),
            ("left out", left_out as fn(&Generation) -> Vec<&Rule>),
        ] {
            let mut rules: BTreeMap<&Rule, Vec<&str>> = BTreeMap::new();
            for (document, generation) in generations {
                for rule in rules_of(generation) {
                    rules.entry(rule).or_default().push(&document.name);
                }
            }
            let mut rules: Vec<_> = rules.into_iter().collect();
            rules.sort_by_key(|(_, documents)| std::cmp::Reverse(documents.len()));
            for (Rule(rule), documents) in rules {
                let example = documents.first().copied().unwrap_or_default();
                self.line(&format!(
                    "  {outcome} {:>4}  {rule} (in {example})",
                    documents.len()
                ));
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn ended(generation: &Generation) -> Option<How> {
    match generation {
        Generation::Broken(end) => Some(end.how),
        _ => None,
    }
}

fn refused(generation: &Generation) -> Vec<&Rule> {
    match generation {
        Generation::Refused(rules) => rules.iter().collect(),
        _ => Vec::new(),
    }
}

fn left_out(generation: &Generation) -> Vec<&Rule> {
    match generation {
        Generation::Partial(rules) => rules.iter().collect(),
        _ => Vec::new(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
