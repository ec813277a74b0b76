//! Free text of a spec as Rust documentation.
//!
//! A description is somebody's prose. In rustdoc it must neither run as a test, nor end a
//! comment, nor break the documentation build.

use keyfob_spec::{Place, Spec};
use proc_macro2::TokenStream;
use quote::quote;

/// `#[doc]` attributes, one for each line.
pub(crate) fn attributes(text: &str) -> TokenStream {
    let lines = lines(text);
    quote!(#(#[doc = #lines])*)
}

/// The lines of a text, harmless to rustdoc: code fences say `text`, indented blocks lose
/// their indentation, and brackets, angle brackets and bare addresses are plain characters.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let mut inside_fence = false;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            inside_fence = !inside_fence;
            lines.push(if inside_fence { " ```text" } else { " ```" }.to_string());
        } else if inside_fence {
            lines.push(format!(" {}", printable(line)));
        } else if trimmed.is_empty() {
            lines.push(String::new());
        } else {
            lines.push(format!(" {}", escape(&printable(trimmed))));
        }
    }
    if inside_fence {
        lines.push(" ```".to_string());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// A place as `specs/<api>/<file>:<line>`, the same wherever the specs are kept.
pub(crate) fn source(spec: &Spec, place: &Place) -> String {
    let file = place.file.file_name().unwrap_or_default().to_string_lossy();
    format!("specs/{}/{file}:{}", spec.name, place.line)
}

/// A text as one line of Markdown for a table cell or a sentence.
pub(crate) fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(&printable(&line)).replace('|', "\\|")
}

/// A text as a code span on one line, fit for a table.
pub(crate) fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "`{}`",
        printable(&line).replace('`', "'").replace('|', "\\|")
    )
}

fn printable(line: &str) -> String {
    line.chars()
        .filter(|c| (!c.is_control() || *c == '\t') && !is_invisible(*c))
        .collect()
}

/// Whether a character has no form of its own or turns the direction of the text around it.
/// The compiler refuses some of these in documentation.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Escapes what Markdown and rustdoc would read as a link or as HTML, outside of code spans.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    // Backticks that do not come in single pairs open no code span, or one that ends elsewhere.
    let stray = line.matches('`').count() % 2 == 1 || line.contains("``");
    let mut inside_code = false;
    for word in line.split_inclusive(' ') {
        let address = word.trim_end();
        if !inside_code && is_address(address) {
            escaped.push_str(&linked(word));
            continue;
        }
        for c in word.chars() {
            match c {
                '`' if stray => escaped.push_str("\\`"),
                '`' => {
                    inside_code = !inside_code;
                    escaped.push('`');
                }
                '[' | ']' | '<' | '>' if !inside_code => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                _ => escaped.push(c),
            }
        }
    }
    escaped
}

fn is_address(word: &str) -> bool {
    (word.starts_with("https://") || word.starts_with("http://"))
        && word
            .chars()
            .all(|c| !matches!(c, '<' | '>' | '[' | ']' | '`' | '{' | '}'))
}

/// `<https://...>`, with the punctuation that ends the sentence outside.
fn linked(word: &str) -> String {
    let address = word
        .trim_end()
        .trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
    format!("<{address}>{}", &word[address.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_harmless_to_rustdoc() {
        let cases: &[(&str, &[&str])] = &[
            ("One line", &[" One line"]),
            ("See [x] and <b>", &[" See \\[x\\] and \\<b\\>"]),
            ("`a[0]` stays", &[" `a[0]` stays"]),
            ("a lone ` tick", &[" a lone \\` tick"]),
            ("a ` and ``` [x]", &[" a \\` and \\`\\`\\` \\[x\\]"]),
            ("turned\u{202e}", &[" turned"]),
            ("At https://a.example/b.", &[" At <https://a.example/b>."]),
            ("```\nlet x;\n```", &[" ```text", " let x;", " ```"]),
            ("```\nnever closed", &[" ```text", " never closed", " ```"]),
            ("    indented", &[" indented"]),
            ("a\n\nb\n\n", &[" a", "", " b"]),
            ("bell\u{7}", &[" bell"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&lines(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell("a\n | b"), "a \\| b");
    }
}
