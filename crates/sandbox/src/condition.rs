//! Whether an answer meets a condition of the documents.

use hyper::HeaderMap;
use keyfob_spec::{Condition, Expression, Operand, Operator};
use serde_json::Value;

use crate::cookie;

/// An answer as conditions see it.
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    /// A text body is a string; no body is null.
    pub(crate) body: &'a Value,
}

/// Whether the condition holds. An absent member equals null, strings are compared without
/// regard to case, and a string that reads as a number equals that number.
pub(crate) fn holds(condition: &Condition, reply: &Reply<'_>) -> bool {
    match condition {
        Condition::Compare {
            left,
            operator,
            right,
        } => compare(&operand(left, reply), *operator, &operand(right, reply)),
        Condition::Matches { context, pattern } => {
            let value = read(context, reply);
            let text = text(&value).unwrap_or_else(|| value.to_string());
            let regex = regress::Regex::new(pattern);
            !value.is_null() && regex.is_ok_and(|regex| regex.find(&text).is_some())
        }
        Condition::Holds(value) => is_truthy(&operand(value, reply)),
        Condition::Not(inner) => !holds(inner, reply),
        Condition::All(inner) => inner.iter().all(|condition| holds(condition, reply)),
        Condition::Any(inner) => inner.iter().any(|condition| holds(condition, reply)),
    }
}

/// A string, number or boolean as text.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn operand(operand: &Operand, reply: &Reply<'_>) -> Value {
    match operand {
        Operand::Expression(expression) => read(expression, reply),
        Operand::String(text) => Value::from(text.as_str()),
        Operand::Number(number) => Value::from(*number),
        Operand::Bool(flag) => Value::from(*flag),
        Operand::Null => Value::Null,
    }
}

fn read(expression: &Expression, reply: &Reply<'_>) -> Value {
    match expression {
        Expression::StatusCode => Value::from(reply.status),
        Expression::Body(pointer) => reply.body.pointer(pointer).cloned().unwrap_or_default(),
        Expression::Header(name) => reply
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map_or(Value::Null, Value::from),
        Expression::Cookie(name) => {
            cookie::read(reply.headers, name).map_or(Value::Null, Value::from)
        }
        Expression::Input(_) | Expression::StepOutput { .. } => Value::Null,
    }
}

fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => match operator {
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                Operator::GreaterOrEqual => left >= right,
                Operator::Equal | Operator::NotEqual => false,
            },
            _ => false,
        },
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return left == right;
    }
    match (text(left), text(right)) {
        (Some(left), Some(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => left == right,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
