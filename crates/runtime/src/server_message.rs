//! What a server says about a failure, made fit to be shown.
//!
//! Nothing of an answer is shown as it is: only the members that usually hold a code and a
//! message, without control characters, cut short, and without the credential that was sent or
//! anything else that looks like one.

use bytes::Bytes;
use http::HeaderMap;
use keyfob_auth::censored;
use serde_json::{Map, Value};

/// The longest message that is shown, in characters.
const LONGEST: usize = 200;

/// A run of so many characters of tokens, digits among them, is taken for a token.
const TOKEN_LENGTH: usize = 24;

/// Longer bodies are not searched for a code and a message.
const LARGEST_BODY: usize = 64 * 1024;

const CODES: &[&str] = &[
    "error",
    "code",
    "errorcode",
    "errorCode",
    "error_code",
    "err",
    "type",
];
const MESSAGES: &[&str] = &[
    "error_description",
    "message",
    "errorMessage",
    "error_message",
    "errmsg",
    "detail",
    "details",
    "title",
    "description",
    "reason",
];
const REQUEST_IDS: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "correlation-id",
    "x-amzn-requestid",
    "x-trace-id",
];

/// The code, message and request id of a failed answer, sanitised.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ServerMessage {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl ServerMessage {
    /// Reads what an answer says. `secrets` are those that its request held: a server that
    /// repeats one must not get it into a log.
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes, secrets: &[&str]) -> Self {
        let request_id = REQUEST_IDS
            .iter()
            .find_map(|name| headers.get(*name)?.to_str().ok());
        let mut said = Self {
            request_id: request_id.map(|id| sanitise(&censored(id, secrets))),
            ..Self::default()
        };
        if body.len() > LARGEST_BODY {
            return said;
        }
        if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
            let shown = |text: String| sanitise(&without_tokens(&censored(&text, secrets)));
            let found =
                objects(&members).map(|object| (first(object, CODES), first(object, MESSAGES)));
            let mut found = found.filter(|(code, message)| code.is_some() || message.is_some());
            let (code, message) = found.next().unwrap_or_default();
            said.code = code.map(shown);
            said.message = message.map(shown);
        }
        said
    }
}

/// Text of a server, fit to be shown: without control and formatting characters, on one line,
/// at most 200 characters long.
pub(crate) fn sanitise(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|letter| if is_hidden(letter) { ' ' } else { letter })
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Characters that are not seen, or that change how what follows is seen (Unicode's control and
/// format characters).
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// The objects of a body that may say what is wrong, the likeliest first:
/// `{"error": {"code": .., "message": ..}}`, the body itself, then what stands in it:
/// `{"params": {"err": ..}}` or `{"messages": [{"details": ..}]}`.
fn objects(members: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let error = members.get("error").and_then(Value::as_object);
    let inner = members.values().filter_map(|value| match value {
        Value::Object(object) => Some(object),
        Value::Array(items) => items.first().and_then(Value::as_object),
        _ => None,
    });
    error.into_iter().chain([members]).chain(inner)
}

fn first(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match members.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A server may repeat what stood in the request's body too. What is censored here needlessly,
/// a UUID for example, is in the answer's headers or body for whoever looks.
fn without_tokens(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-._~+/=%".contains(letter);
    let is_token =
        |run: &str| run.len() >= TOKEN_LENGTH && run.bytes().any(|byte| byte.is_ascii_digit());
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, run) = rest.split_at(start);
        let (run, after) = run.split_at(run.find(|letter| !is_part(letter)).unwrap_or(run.len()));
        shown.push_str(before);
        shown.push_str(if is_token(run) { "[token]" } else { run });
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Option<String>, Option<String>) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let said = ServerMessage::read(&HeaderMap::new(), &body, &["t0ken"]);
        (said.code, said.message)
    }

    #[test]
    fn the_usual_members_are_found() {
        let cases = [
            (
                r#"{"error": "invalid_grant", "error_description": "no"}"#,
                Some("invalid_grant"),
                Some("no"),
            ),
            (r#"{"code": 17, "message": "no"}"#, Some("17"), Some("no")),
            (r#"{"errorcode": "x"}"#, Some("x"), None),
            (
                r#"{"error": {"code": 403, "message": "no"}}"#,
                Some("403"),
                Some("no"),
            ),
            (
                r#"{"type": "about:blank", "title": "Gone", "status": 410}"#,
                Some("about:blank"),
                Some("Gone"),
            ),
            (r#"{"message": "", "detail": "d"}"#, None, Some("d")),
            (
                r#"{"id": "x", "params": {"err": "BAD_REQUEST", "errmsg": "no"}}"#,
                Some("BAD_REQUEST"),
                Some("no"),
            ),
            (
                r#"{"status": 400, "messages": [{"details": "no"}]}"#,
                None,
                Some("no"),
            ),
            (
                r#"{"message": "no", "data": {"code": "not this"}}"#,
                None,
                Some("no"),
            ),
            (
                r#"{"message": "(eyJhbGciOiJub25lIn0.e30.) and 0123456789abcdef01234567, not this"}"#,
                None,
                Some("([token]) and [token], not this"),
            ),
            (
                r#"{"message": "org.springframework.web.HttpMediaTypeNotSupportedException"}"#,
                None,
                Some("org.springframework.web.HttpMediaTypeNotSupportedException"),
            ),
            (
                r#"{"message": "token t0ken is bad"}"#,
                None,
                Some("token [secret] is bad"),
            ),
            (
                r#"{"message": "a\u0000\u001b[31m\nb\u202ec"}"#,
                None,
                Some("a [31m b c"),
            ),
            (r#"["message"]"#, None, None),
            ("<html>no</html>", None, None),
            ("", None, None),
        ];
        for (body, code, message) in cases {
            let expected = (code.map(str::to_owned), message.map(str::to_owned));
            assert_eq!(read(body), expected, "{body}");
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let shown = sanitise(&"é".repeat(500));
        assert_eq!(shown.chars().count(), 201);
        assert!(shown.ends_with('…'));
    }
}
