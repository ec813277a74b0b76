//! What was meant by a text that is almost a runtime expression.

use super::Expression;
use crate::spelling;

/// The expression that a text is a misspelling of: a word of it is wrong, or what joins two of
/// them.
pub(super) fn meant(text: &str) -> Option<String> {
    let (root, rest) = text.strip_prefix('$')?.split_once('.').unwrap_or_else(|| {
        let text = text.trim_start_matches('$');
        (text, "")
    });
    let meant = match spelling::nearest(root, ["inputs", "input", "steps", "step", "response"]) {
        Some("inputs" | "input") => format!("$inputs.{rest}"),
        Some("steps" | "step") => step_output(rest)?,
        Some(_) => format!("$response.{}", answer(rest)?),
        None => spelling::nearest(root, ["statusCode"]).map(|name| format!("${name}"))?,
    };
    (meant != text && Expression::parse(&meant).is_ok()).then_some(meant)
}

/// `login.token` and `login.output.token` for `login.outputs.token`.
fn step_output(rest: &str) -> Option<String> {
    let words: Vec<&str> = rest.split('.').collect();
    match words.as_slice() {
        [_, "output" | "outputs"] => None,
        [step, output] => Some(format!("$steps.{step}.outputs.{output}")),
        [step, between, output] => {
            spelling::nearest(between, ["outputs", "output"])?;
            Some(format!("$steps.{step}.outputs.{output}"))
        }
        _ => None,
    }
}

/// `body.token` and `body/token` for `body#/token`, `headers.Date` for `header.Date`.
fn answer(rest: &str) -> Option<String> {
    let (part, below) = rest.split_at(rest.find(['.', '#', '/']).unwrap_or(rest.len()));
    let path = below.trim_start_matches(['.', '#', '/']);
    let pointer = match below.starts_with('.') {
        true => path.replace('.', "/"),
        false => path.to_owned(),
    };
    match spelling::nearest(part, ["body", "header", "headers"])? {
        "body" if pointer.is_empty() => Some("body".to_owned()),
        "body" => Some(format!("body#/{pointer}")),
        _ => Some(format!("header.{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_or_a_joint_of_an_expression_is_put_right() {
        for (text, expected) in [
            ("$input.client_id", Some("$inputs.client_id")),
            ("$inptus.client_id", Some("$inputs.client_id")),
            ("$statuscode", Some("$statusCode")),
            ("$status_code", Some("$statusCode")),
            (
                "$steps.token.access_token",
                Some("$steps.token.outputs.access_token"),
            ),
            (
                "$steps.token.output.access_token",
                Some("$steps.token.outputs.access_token"),
            ),
            (
                "$step.token.outputs.access_token",
                Some("$steps.token.outputs.access_token"),
            ),
            (
                "$response.body.data.token",
                Some("$response.body#/data/token"),
            ),
            ("$response.body/token", Some("$response.body#/token")),
            ("$response.body#token", Some("$response.body#/token")),
            ("$respones.body#/a.b", Some("$response.body#/a.b")),
            ("$response.bdoy", Some("$response.body")),
            ("$response.boddy", Some("$response.body")),
            (
                "$response.headers.X-Token",
                Some("$response.header.X-Token"),
            ),
            ("$response.header", None),
            ("$steps.token.outputs", None),
            ("$steps.token", None),
            ("$inputs.", None),
            ("$url", None),
            ("$request.body", None),
            ("$", None),
            ("", None),
        ] {
            assert_eq!(meant(text).as_deref(), expected, "{text}");
        }
    }
}
