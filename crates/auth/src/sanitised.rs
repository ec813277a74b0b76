//! Words of a server, made fit for an error message.

/// A server's own words, without control characters, without the given secrets, without anything
/// that looks like a token, and at most 200 characters long.
pub(crate) fn sanitised(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, CENSORED);
    }
    let words: Vec<&str> = text.split_whitespace().map(without_token).collect();
    let mut clean: String = words.join(" ");
    clean.retain(|character| !character.is_control());
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", clean.get(..end).unwrap_or_default()),
        None => clean,
    }
}

const CENSORED: &str = "[secret]";

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
