//! Requests that give a token back.

use keyfob_spec::Operation;
use serde_json::Value;

use crate::answer::{Documented, documented};
use crate::condition::text;
use crate::credentials::RefusalKind;
use crate::request::Request;
use crate::unify::Attempt;

/// Whether these steps give tokens back, and do nothing else.
pub(crate) fn is_meant(attempts: &[Attempt<'_>]) -> bool {
    let mut workflows = attempts.iter().map(|attempt| attempt.workflow);
    !attempts.is_empty() && workflows.all(|workflow| workflow.gives_back())
}

/// The tokens that the request gives back: the input of the steps that it fulfils, or where an
/// application calls the operation by itself, whatever its body holds.
pub(crate) fn tokens(request: &Request<'_>, served: &[Attempt<'_>]) -> Vec<String> {
    if served.is_empty() {
        let mut found = Vec::new();
        request.body.iter().for_each(|body| texts(body, &mut found));
        return found;
    }
    let given = served.iter().filter(|attempt| is_last(attempt));
    let values = given.filter_map(|attempt| attempt.values.get("token"));
    // In a header, the scheme's word may stand before it.
    let without_word = |value: &String| value.split_once(' ').map(|(_, token)| token.to_owned());
    values
        .flat_map(|value| [Some(value.clone()), without_word(value)])
        .flatten()
        .collect()
}

/// Whether the operation is documented to refuse a token that is not good.
pub(crate) fn is_refused_otherwise(operation: &Operation) -> bool {
    let refuses =
        |one: &Documented<'_>| one.is_error() && one.name() == Some(RefusalKind::Invalid.name());
    documented(operation).iter().any(refuses)
}

/// The token goes with the last step that may need it.
fn is_last(attempt: &Attempt<'_>) -> bool {
    let last = attempt.workflow.steps.last();
    last.is_some_and(|last| last.id == attempt.step.id)
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        scalar => found.extend(text(scalar)),
    }
}
