//! Words of a server, made fit for an error message.

use crate::censored::{CENSORED, censored};

/// A server's own words, without control characters, without the given secrets, without anything
/// that looks like a token, and at most 200 characters long.
pub(crate) fn sanitised(text: &str, secrets: &[&str]) -> String {
    let text = censored(text, secrets).replace(char::is_control, " ");
    let words: Vec<&str> = text.split_whitespace().map(without_token).collect();
    let clean = words.join(" ");
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", clean.get(..end).unwrap_or_default()),
        None => clean,
    }
}

/// Words that something else may follow in a sentence: without the full stop at their end. Dots that
/// say that they were cut short stay.
pub fn clause(words: &str) -> &str {
    let words = words.trim_end();
    match words.strip_suffix('.') {
        Some(clause) if !clause.ends_with('.') => clause,
        _ => words,
    }
}

/// The longest description that an error repeats, in characters.
const LONGEST: usize = 200;

/// Words this long that hold letters and digits are no words.
const TOKEN_LENGTH: usize = 24;

fn without_token(word: &str) -> &str {
    let longest = word
        .split(|character: char| !is_token_character(character))
        .filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()))
        .map(str::len)
        .max();
    match longest {
        Some(length) if length >= TOKEN_LENGTH => CENSORED,
        _ => word,
    }
}

fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~+/=%".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_tokens_go() {
        for (text, clean) in [
            (
                "The client credentials are invalid",
                "The client credentials are invalid",
            ),
            ("  two\r\n\tlines \u{7}", "two lines"),
            ("a \u{1b}[31mred\u{1b}[0m word", "a [31mred [0m word"),
            (
                "token eyJhbGciOiJIUzI1NiJ9.e30.c2ln expired",
                "token [secret] expired",
            ),
            ("Bearer=0123456789abcdef0123456789abcdef", "[secret]"),
            (
                "internationalisation-without-digits",
                "internationalisation-without-digits",
            ),
            ("my pass word is wrong", "my [secret] is wrong"),
            ("you sent secret=pass+word", "you sent secret=[secret]"),
            ("you sent secret=pass%20word", "you sent secret=[secret]"),
            ("", ""),
        ] {
            assert_eq!(sanitised(text, &["pass word", "re", ""]), clean);
        }
    }

    #[test]
    fn a_clause_has_no_full_stop() {
        for (words, expected) in [
            ("Ask the administrator.", "Ask the administrator"),
            ("Ask. Then wait. \n", "Ask. Then wait"),
            ("cut short...", "cut short..."),
            ("why?", "why?"),
            (".", ""),
            ("", ""),
        ] {
            assert_eq!(clause(words), expected);
        }
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let clean = sanitised(&"é ".repeat(500), &[]);
        assert_eq!(clean.chars().count(), LONGEST + 3);
        assert!(clean.ends_with("..."));
    }
}
