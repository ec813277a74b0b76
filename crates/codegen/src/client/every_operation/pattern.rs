//! A text that matches a regular expression.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A short text that matches the expression, and has so many characters if it can; `None` where
/// the expression is not one that can be read.
pub(super) fn matching(pattern: &str, least: u64) -> Option<String> {
    let parsed = ParserBuilder::new().build().parse(pattern).ok()?;
    // What is not anchored may have anything around it, and need not.
    for repeat in [0, least] {
        let mut text = String::new();
        write(&parsed, repeat, &mut text)?;
        if text.chars().count() as u64 >= least {
            return Some(text);
        }
    }
    None
}

/// Writes what matches; what may be repeated is repeated `repeat` times, if it may be so often and
/// the text is not that long yet.
fn write(part: &Hir, repeat: u64, text: &mut String) -> Option<()> {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(member(class)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(u64::MAX, u64::from);
            let is_short = (text.len() as u64) < repeat;
            let times = if is_short { repeat.min(most) } else { 0 };
            // What is repeated so often as it is wanted is short itself.
            let inner = if times < repeat { repeat } else { 0 };
            for _ in 0..times.max(u64::from(repetition.min)).min(100_000) {
                write(&repetition.sub, inner, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, repeat, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, repeat, text)?;
            }
        }
        HirKind::Alternation(parts) => write(parts.first()?, repeat, text)?,
    }
    Some(())
}

/// A member of a class, preferably one that needs no escape anywhere.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|one| (one.start(), one.end()))
            .collect(),
        Class::Bytes(class) => {
            let ranges = class.ranges().iter();
            ranges
                .map(|one| (char::from(one.start()), char::from(one.end())))
                .collect()
        }
    };
    let plain = ('a'..='z')
        .chain('0'..='9')
        .chain('A'..='Z')
        .chain(' '..='~');
    plain
        .into_iter()
        .find(|one| {
            ranges
                .iter()
                .any(|(first, last)| (first..=last).contains(&one))
        })
        .or_else(|| ranges.first().map(|(first, _)| *first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_matches_its_pattern() {
        for (pattern, least, text) in [
            ("^[0-9]{4}-[A-Z]{2}$", 0, "0000-AA"),
            ("^(red|blue)$", 0, "red"),
            ("^[^a]+$", 0, "b"),
            (r"^\w+@\w+\.com$", 0, "a@a.com"),
            ("^[a-z]*$", 3, "aaa"),
            ("^a(:[a-z]+){2}(-b?)?$", 8, "a:aaaaaaaa:a"),
            ("id", 0, "id"),
        ] {
            assert_eq!(matching(pattern, least).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(matching("(", 0), None);
        assert_eq!(matching("^(?=a)b$", 0), None);
        assert_eq!(matching("^a$", 2), None);
    }
}
