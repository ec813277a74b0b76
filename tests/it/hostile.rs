//! Hostile specs: whatever stands in a free-text field or a name, the client crate compiles and
//! runs nothing of it, or the text is refused with its line.

mod document;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyfob_codegen::{Layout, Linkage, render, write};

use crate::checkout;
use crate::outside::{Outside, succeed};
use document::{KINDS, Kind, NAMES, Part, documents};

#[test]
fn whatever_stands_in_a_spec_its_client_compiles_or_its_line_is_refused() {
    let texts = TEXTS.iter().enumerate();
    let texts = texts.flat_map(|(number, text)| taken(vec![Part::new(number, text, KINDS)]));
    let words = WORDS.split_whitespace().zip(TEXTS.len()..);
    let words = words.map(|(word, number)| Part::new(number, word, NAMES));
    let parts = taken(texts.chain(taken(words.collect())).collect());
    // Any text may stand in a description, and most words anywhere.
    let described = parts
        .iter()
        .filter(|part| part.kinds.contains(&Kind::Description));
    assert_eq!(described.count(), TEXTS.len());
    let named = parts
        .iter()
        .filter(|part| part.kinds.len() >= NAMES.len() - 2);
    assert!(named.count() > WORDS.split_whitespace().count());

    let outside = Outside::of_clients();
    written(&parts, &outside.path("specs"));
    let layout = Layout {
        specs: outside.path("specs"),
        out: outside.path("clients"),
        linkage: Linkage::Paths(checkout::root().join("crates")),
        skip_unsupported: false,
    };
    let rendering = render(&layout).unwrap_or_else(|refusal| panic!("{}", refusal.render()));
    write(&rendering, &layout.out).unwrap();
    succeed(&mut outside.cargo(&["test", "--all-features", "--no-run", "--test", "sandbox"]));
    // Were a text read as a program of the documentation, it would not compile.
    succeed(&mut outside.cargo(&["test", "--all-features", "--doc"]));
}

/// What somebody may write who thinks of Rust, of TOML, of Markdown, of a shell or of nothing.
/// Each has words of its own, so that many can stand in one document.
const TEXTS: &[&str] = &[
    "line\nfeed\r\nreturn",
    "double\"quote",
    "single'quote",
    "back`tick",
    "many````ticks",
    "comment */ /* inside",
    "line // comment",
    "shell $(reboot)",
    "braces {0} {} {{",
    "../../above",
    "#![feature(attribute)]",
    "#[cfg(test)]",
    "raw \"# r#\"string\"#",
    "slash \\n \\\"escape\\",
    "bell\u{7} escape\u{1b}[2J csi\u{9b} delete\u{7f}",
    "turned\u{202e} isolated\u{2066} left\u{200f}",
    "width\u{200b} mark\u{feff} separator\u{2028}",
    "日本語 ünïcode 🔑",
    "```\nfence compile_error!(\"fence\")\n```",
    "```rust\nunclosed compile_error!(\"fence\")",
    "~~~\nwave compile_error!(\"wave\")\n~~~",
    "- ````\n  deep compile_error!(\"list\")\n  ````",
    "- ~~~\n  low compile_error!(\"list\")\n  ~~~",
    "-      compile_error!(\"item\") list",
    ">     compile_error!(\"quote\") cited",
    "    compile_error!(\"indented\")",
    "<script>html</script> <b>&amp; [link](https://example.com) [crate::nothing]",
    "pipe | table",
    "=1+1 formula",
    "%0d%0aencoded",
    "null",
    "true",
    "-1.5e3",
    "",
    " ",
];

/// Words that mean something in Rust or in the generated code.
const WORDS: &str = "
    self Self super crate type gen async r#try _ String Vec Option Some None Result Ok Err Default
    Clone From Into Client Secret Scheme Error API Credential Inputs Login File types builder
    operations auth mock std keyfob_runtime send new body client build inputs from_env source
    into_inner Unknown as_str sandbox
";

/// Writes the two documents of an API.
fn written(parts: &[Part], specs: &Path) -> PathBuf {
    let folder = specs.join("hostile");
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in texts(parts) {
        fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// The two documents, with each value on a line of its own.
fn texts(parts: &[Part]) -> [(&'static str, String); 2] {
    let (openapi, arazzo) = documents(parts);
    [("openapi.yaml", openapi), ("tokens.arazzo.yaml", arazzo)]
        .map(|(file, document)| (file, serde_json::to_string_pretty(&document).unwrap()))
}

/// Takes out what the reader refuses until it takes the rest.
///
/// It has to complain at the line of a text that the complaint can be about, or of the object that
/// such a text is a member of. Complaints of what follows from a refused text may stand elsewhere.
fn taken(mut parts: Vec<Part>) -> Vec<Part> {
    let folder = tempfile::tempdir().unwrap();
    while let Err(refusal) = keyfob_spec::read(&written(&parts, &folder.path().join("specs"))) {
        assert_fit_for_a_terminal(&refusal.render());
        let mut marked = parts.clone();
        marked.iter_mut().for_each(|part| part.is_marked = true);
        let documents = texts(&marked);
        let at = |find: fn(&str, usize) -> Vec<String>| -> BTreeSet<String> {
            let marks = refusal.complaints().iter().flat_map(|complaint| {
                let place = complaint.place();
                let (_, text) = documents
                    .iter()
                    .find(|(file, _)| place.file.ends_with(file))
                    .unwrap();
                find(text, place.line)
            });
            marks.collect()
        };
        let on_lines = at(marks_on_line);
        let refused = if on_lines.is_empty() {
            at(marks_of_members)
        } else {
            on_lines
        };
        assert!(
            !refused.is_empty(),
            "not at the line of a hostile text: {refusal}"
        );
        for (part, before) in parts.iter_mut().zip(&marked) {
            part.kinds
                .retain(|kind| !refused.contains(&before.mark(*kind)));
        }
    }
    parts
}

/// A complaint that shows a hostile text must not move the cursor or turn the line around.
fn assert_fit_for_a_terminal(text: &str) {
    let is_harmless = |letter: char| {
        letter == '\n'
            || !(letter.is_control()
                || "\u{200b}\u{200f}\u{2028}\u{202e}\u{2066}\u{feff}".contains(letter))
    };
    assert!(text.chars().all(is_harmless), "{text:?}");
}

fn marks_on_line(text: &str, line: usize) -> Vec<String> {
    text.lines().nth(line - 1).map_or_else(Vec::new, marks)
}

/// The marks on the lines of the members of the object that begins at a line.
fn marks_of_members(text: &str, line: usize) -> Vec<String> {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip(line - 1);
    let first = lines.next().map_or(0, indentation);
    let below = lines.take_while(|line| indentation(line) > first);
    below
        .filter(|line| indentation(line) == first + 2)
        .flat_map(marks)
        .collect()
}

fn marks(line: &str) -> Vec<String> {
    line.split('§')
        .skip(1)
        .step_by(2)
        .map(|mark| format!("§{mark}§"))
        .collect()
}
