//! Free text of a spec as Rust documentation.
//!
//! A description is somebody's prose. In rustdoc it must neither run as a test, nor end a
//! comment, nor break the documentation build.

use keyfob_spec::{Place, Spec};
use proc_macro2::TokenStream;
use quote::quote;

/// What ends a line in the documentation that one attribute holds, until it is printed: a sign
/// that no line has.
pub(crate) const LINE_END: char = '\u{1}';

/// The documentation that a text is, if it is any.
pub(crate) fn attributes(text: &str) -> TokenStream {
    attribute(&lines(text))
}

/// The documentation that these lines are, if there are any. An attribute for each of them would
/// cost most of the time that code takes to be printed.
pub(crate) fn attribute(lines: &[impl AsRef<str>]) -> TokenStream {
    if lines.is_empty() {
        return TokenStream::new();
    }
    let lines = lines.iter().map(|line| line.as_ref().trim_end_matches(' '));
    let text = lines.collect::<Vec<_>>().join(&LINE_END.to_string());
    quote!(#[doc = #text])
}

/// The lines of a text, harmless to rustdoc: code fences say `text`, indented blocks lose
/// their indentation, and brackets, angle brackets and bare addresses are plain characters.
///
/// Blanks are put together, since five of them after the sign of a list begin a program that
/// `cargo test` would run.
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
            lines.push(format!(" {}", prose(trimmed)));
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
    prose(text).replace('|', "\\|")
}

fn prose(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(&printable(&line)).replace("~~~", "\\~\\~\\~")
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
/// Addresses become links, and links to addresses stay.
fn escape(line: &str) -> String {
    // Backticks that do not come in single pairs open no code span, or one that ends elsewhere.
    let stray = line.matches('`').count() % 2 == 1 || line.contains("``");
    let mut escaped = String::with_capacity(line.len());
    let mut inside_code = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (piece, after) = match c {
            '`' if !stray => {
                inside_code = !inside_code;
                ("`".to_string(), &rest[1..])
            }
            _ if inside_code => (c.to_string(), &rest[c.len_utf8()..]),
            'h' if address(rest).is_some() => linked(rest),
            '<' if address(&rest[1..])
                .is_some_and(|found| rest[1 + found.len()..].starts_with('>')) =>
            {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                (rest[..end].to_string(), &rest[end..])
            }
            '[' => link(rest).unwrap_or_else(|| ("\\[".to_string(), &rest[1..])),
            ']' | '<' | '>' | '`' => (format!("\\{c}"), &rest[1..]),
            // An image would be fetched by whoever reads the documentation.
            '!' if rest.starts_with("![") => ("\\!".to_string(), &rest[1..]),
            _ => (c.to_string(), &rest[c.len_utf8()..]),
        };
        escaped.push_str(&piece);
        rest = after;
    }
    escaped
}

/// The address that a text begins with, without the punctuation that ends its sentence.
fn address(text: &str) -> Option<&str> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || "<>[]`{}()\"'|\\^*".contains(c);
    let end = text.find(ends).unwrap_or(text.len());
    let found = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '_']);
    found.contains('.').then_some(found)
}

/// `<https://...>` for the address that a text begins with, and what follows it.
fn linked(text: &str) -> (String, &str) {
    let found = address(text).unwrap_or_default();
    (format!("<{found}>"), &text[found.len()..])
}

/// The link `[text](address)` that a text begins with, and what follows it.
fn link(text: &str) -> Option<(String, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let target = address(after)?;
    let after = after[target.len()..].strip_prefix(')')?;
    let plain = !label.is_empty() && !label.contains(['[', ']', '`', '<', '>', '\\', '!']);
    plain.then(|| (format!("[{label}](<{target}>)"), after))
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
            (
                "[an API](https://a.example/x).",
                &[" [an API](<https://a.example/x>)."],
            ),
            (
                "[x](y) ![i](https://a.example/i)",
                &[" \\[x\\](y) \\![i](<https://a.example/i>)"],
            ),
            ("(https://a.example/b)", &[" (<https://a.example/b>)"]),
            ("see <https://a.example>", &[" see <https://a.example>"]),
            ("turned\u{202e}", &[" turned"]),
            ("At https://a.example/b.", &[" At <https://a.example/b>."]),
            ("```\nlet x;\n```", &[" ```text", " let x;", " ```"]),
            ("```\nnever closed", &[" ```text", " never closed", " ```"]),
            ("    indented", &[" indented"]),
            ("-      fn in_a_list() {}", &[" - fn in_a_list() {}"]),
            ("1.\t\tfn in_a_list() {}", &[" 1. fn in_a_list() {}"]),
            ("- ~~~", &[" - \\~\\~\\~"]),
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
