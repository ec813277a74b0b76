//! The answers to requests that are not served.

use keyfob_spec::{Condition, Expression, Operand, Operation, Operator, Scheme, Spec, Step};
use serde_json::{Value, json};

use crate::answer::{Answer, Content, Documented, documented};
use crate::credentials::{Refusal, RefusalKind};
use crate::pointer;

/// Refuses the credential of a scheme: the answer is one that the scheme's `x-refused-when`
/// (or else status 401) takes for a refusal.
pub(crate) fn credential(
    spec: &Spec,
    operation: &Operation,
    scheme: &Scheme,
    kind: RefusalKind,
) -> Answer {
    let own = refusals(spec, operation, scheme);
    let elsewhere = || {
        let all = spec.operations.iter();
        all.flat_map(|operation| refusals(spec, operation, scheme))
            .collect()
    };
    let complaint = format!("the credential for {} is {}", scheme.name, adjective(kind));
    best(own, kind)
        .or_else(|| best(elsewhere(), kind))
        .or_else(|| made_up(scheme))
        .unwrap_or_else(|| Answer::json(401, json!({ "error": "invalid_token" })))
        .because(complaint)
}

/// Refuses the request of a step whose values are not right. The answer is none that would
/// refuse a credential which is right.
pub(crate) fn step(
    spec: &Spec,
    operation: &Operation,
    steps: &[&Step],
    right: &[&Scheme],
    refusal: &Refusal,
) -> Answer {
    let complaint = match refusal.kind {
        RefusalKind::Missing => "a value that a token workflow sends is missing",
        RefusalKind::Invalid => "the request is none that a token workflow sends with right values",
        RefusalKind::Expired => "a code or refresh token has been used or has expired",
    };
    let mut found: Vec<(Option<String>, Answer)> = documented(operation)
        .into_iter()
        .filter(Documented::is_error)
        .filter(|one| !matches!(one.status(400), 404..=499 | 500..) || one.is_refusal())
        .flat_map(|one| {
            let statuses = [one.status(400), one.status(401)];
            statuses.map(|status| (one.name().map(str::to_owned), one.answer(spec, status)))
        })
        .filter(|(_, answer)| right.iter().all(|scheme| !refuses(scheme, answer)))
        .filter(|(_, answer)| steps.iter().all(|step| breaks(step, answer)))
        .collect();
    // Of equally good answers, 401 goes with a header and 400 with a body.
    let usual = if refusal.in_header { 401 } else { 400 };
    found.sort_by_key(|(_, answer)| answer.status != usual);
    best(found, refusal.kind)
        .unwrap_or_else(|| {
            let error = match refusal.kind {
                RefusalKind::Missing => "invalid_request",
                RefusalKind::Invalid | RefusalKind::Expired => "invalid_grant",
            };
            Answer::json(400, json!({ "error": error }))
        })
        .because(complaint)
}

/// Refuses a request that does not obey the document.
pub(crate) fn request(spec: &Spec, operation: &Operation, status: u16, complaint: &str) -> Answer {
    let all = documented(operation);
    let of = |wanted: &dyn Fn(&Documented<'_>) -> bool| {
        all.iter()
            .find(|one| wanted(one) && !one.is_refusal())
            .copied()
    };
    let is_exactly =
        |one: &Documented<'_>, code: u16| one.response.status == keyfob_spec::Status::Code(code);
    let found = of(&|one| is_exactly(one, status))
        .or_else(|| of(&|one| status == 400 && is_exactly(one, 422)))
        .or_else(|| of(&|one| one.is_error() && one.status(status) == status))
        .or_else(|| all.iter().find(|one| is_exactly(one, status)).copied());
    match found {
        Some(one) => one.answer(spec, one.status(status)).because(complaint),
        None => Answer::words(status, complaint),
    }
}

/// Whether an answer refuses a scheme's credential, as an application sees it.
pub(crate) fn refuses(scheme: &Scheme, answer: &Answer) -> bool {
    if scheme.refused_when.is_empty() {
        return answer.status == 401;
    }
    scheme
        .refused_when
        .iter()
        .any(|condition| answer.meets(std::slice::from_ref(condition)))
}

/// Whether an answer is no success of the step.
fn breaks(step: &Step, answer: &Answer) -> bool {
    answer.status >= 400 || !answer.meets(&step.success)
}

/// The documented answers of an operation that refuse the scheme's credential, whatever their
/// status.
fn refusals(spec: &Spec, operation: &Operation, scheme: &Scheme) -> Vec<(Option<String>, Answer)> {
    documented(operation)
        .into_iter()
        .filter(|one| one.is_error() || one.is_refusal())
        .flat_map(|one| {
            let statuses = [one.status(401), one.status(403), one.status(400)];
            statuses.map(|status| (one.name().map(str::to_owned), one.answer(spec, status)))
        })
        .filter(|(_, answer)| refuses(scheme, answer))
        .collect()
}

/// Of these answers, the first one named after the kind, else any named refusal, else any.
fn best(mut found: Vec<(Option<String>, Answer)>, kind: RefusalKind) -> Option<Answer> {
    let names = [kind.name(), "invalid", "expired", "missing"];
    let rank = |name: &Option<String>| {
        let name = name.as_deref();
        names
            .iter()
            .position(|known| Some(*known) == name)
            .unwrap_or(names.len())
    };
    found.sort_by_key(|(name, _)| rank(name));
    found.into_iter().next().map(|(_, answer)| answer)
}

/// An answer made from a condition of the scheme, where the document shows none that meets it.
fn made_up(scheme: &Scheme) -> Option<Answer> {
    scheme.refused_when.iter().find_map(|condition| {
        let mut answer = Answer::json(401, json!({}));
        fulfil(condition, &mut answer);
        refuses(scheme, &answer).then_some(answer)
    })
}

fn fulfil(condition: &Condition, answer: &mut Answer) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| fulfil(part, answer)),
        Condition::Any(parts) => parts.iter().take(1).for_each(|part| fulfil(part, answer)),
        Condition::Compare {
            left: Operand::Expression(expression),
            operator: Operator::Equal,
            right,
        }
        | Condition::Compare {
            left: right,
            operator: Operator::Equal,
            right: Operand::Expression(expression),
        } => assign(expression, right, answer),
        Condition::Matches { context, pattern } => {
            let literal = pattern.trim_start_matches('^').trim_end_matches('$');
            assign(context, &Operand::String(literal.to_owned()), answer);
        }
        _ => {}
    }
}

fn assign(expression: &Expression, value: &Operand, answer: &mut Answer) {
    let value = match value {
        Operand::String(text) => Value::from(text.as_str()),
        Operand::Number(number) => Value::from(*number),
        Operand::Bool(flag) => Value::from(*flag),
        Operand::Null | Operand::Expression(_) => Value::Null,
    };
    match (expression, &mut answer.content) {
        (Expression::StatusCode, _) => {
            if let Some(status @ 100.0..=599.0) = value.as_f64() {
                answer.status = status as u16;
            }
        }
        (Expression::Body(pointer), Content::Value(body)) => {
            pointer::set(body, pointer, value, true);
        }
        _ => {}
    }
}

fn adjective(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Missing => "missing",
        RefusalKind::Invalid => "not right",
        RefusalKind::Expired => "too old",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_refusal_of_every_spec_is_one_in_the_eyes_of_an_application() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folders = [root.join("specs"), root.join("tests/specs")];
        let specs = folders.iter().filter(|folder| folder.is_dir());
        let specs = specs.flat_map(|folder| keyfob_spec::read_all(folder).unwrap());
        let mut tried = 0;
        for spec in specs {
            for operation in &spec.operations {
                for requirement in operation.security.iter().flatten() {
                    let scheme = spec.scheme(&requirement.scheme).unwrap();
                    let kinds = [
                        RefusalKind::Missing,
                        RefusalKind::Invalid,
                        RefusalKind::Expired,
                    ];
                    for kind in kinds {
                        let answer = credential(&spec, operation, scheme, kind);
                        assert!(refuses(scheme, &answer), "{}: {}", spec.name, operation.id);
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried > 0);
    }
}
