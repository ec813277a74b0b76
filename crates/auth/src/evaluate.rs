//! Runtime expressions and conditions, evaluated against an answer (Arazzo 1.0, "Runtime
//! Expressions" and "Criterion Object").

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use crate::condition::{Condition, Expression, Operand, Operator};
use crate::confidential::{Confidential, scalar_text};
use crate::pattern::matches;
use crate::reading::{Answer, Reading};

/// Whether an answer meets a condition.
///
/// The comparison is Arazzo's: strings are compared without regard to case, a string that reads
/// as a number equals that number, and what is absent equals null. Inputs and outputs of steps
/// are absent here.
pub fn holds(condition: &Condition, answer: &Answer<'_>) -> bool {
    Scope::answer(&Reading::new(*answer)).holds(condition)
}

/// What expressions can read.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub inputs: &'a [(&'static str, Confidential)],
    pub outputs: &'a [StepOutput],
    pub reading: Option<&'a Reading<'a>>,
}

/// An output of a step that has run.
pub(crate) struct StepOutput {
    pub step: &'static str,
    pub name: &'static str,
    pub value: Confidential,
}

impl<'a> Scope<'a> {
    /// Only an answer.
    pub fn answer(reading: &'a Reading<'a>) -> Self {
        Self {
            inputs: &[],
            outputs: &[],
            reading: Some(reading),
        }
    }

    /// The value of an expression; `None` where it is absent or null.
    pub fn value(&self, expression: &Expression) -> Option<Cow<'a, Value>> {
        let found = match *expression {
            Expression::Input(name) => {
                let mut inputs = self.inputs.iter();
                let found = inputs.find(|(known, _)| *known == name);
                found.map(|(_, value)| Cow::Borrowed(value.expose()))
            }
            Expression::StepOutput { step, output } => {
                let mut outputs = self.outputs.iter();
                let found = outputs.find(|known| known.step == step && known.name == output);
                found.map(|output| Cow::Borrowed(output.value.expose()))
            }
            Expression::StatusCode => self
                .reading
                .map(|reading| Cow::Owned(Value::from(reading.status()))),
            Expression::Body(pointer) => self.reading.and_then(|reading| reading.body(pointer)),
            Expression::Header(name) => self
                .reading
                .and_then(|reading| reading.header(name))
                .map(Cow::Owned),
            Expression::Cookie(name) => self
                .reading
                .and_then(|reading| reading.cookie(name))
                .map(Cow::Owned),
        };
        found.filter(|value| !value.is_null())
    }

    /// Whether a condition holds.
    pub fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Compare {
                left,
                operator,
                right,
            } => compare(&self.operand(left), *operator, &self.operand(right)),
            Condition::Matches { context, pattern } => self
                .value(context)
                .is_some_and(|value| matches(&as_text(&value), pattern)),
            Condition::Holds(operand) => is_truthy(&self.operand(operand)),
            Condition::Not(condition) => !self.holds(condition),
            Condition::All(conditions) => conditions.iter().all(|each| self.holds(each)),
            Condition::Any(conditions) => conditions.iter().any(|each| self.holds(each)),
        }
    }

    fn operand(&self, operand: &Operand) -> Cow<'a, Value> {
        match operand {
            Operand::Expression(expression) => {
                self.value(expression).unwrap_or(Cow::Owned(Value::Null))
            }
            Operand::String(text) => Cow::Owned(Value::from(*text)),
            Operand::Number(number) => Cow::Owned(Value::from(*number)),
            Operand::Bool(value) => Cow::Owned(Value::from(*value)),
            Operand::Null => Cow::Owned(Value::Null),
        }
    }
}

/// Whether a condition reads the body.
pub(crate) fn reads_body(condition: &Condition) -> bool {
    reads(condition, |expression| {
        matches!(expression, Expression::Body(_))
    })
}

/// Whether a condition reads anything but the status.
pub(crate) fn reads_more_than_status(condition: &Condition) -> bool {
    reads(condition, |expression| {
        *expression != Expression::StatusCode
    })
}

/// Whether a condition reads an expression of a kind.
fn reads(condition: &Condition, is_wanted: fn(&Expression) -> bool) -> bool {
    let wanted = |operand: &Operand| match operand {
        Operand::Expression(expression) => is_wanted(expression),
        _ => false,
    };
    match condition {
        Condition::Compare { left, right, .. } => wanted(left) || wanted(right),
        Condition::Matches { context, .. } => is_wanted(context),
        Condition::Holds(operand) => wanted(operand),
        Condition::Not(condition) => reads(condition, is_wanted),
        Condition::All(conditions) | Condition::Any(conditions) => {
            conditions.iter().any(|each| reads(each, is_wanted))
        }
    }
}

fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            left == right
        }
        _ => order(left, right).is_some_and(Ordering::is_eq),
    }
}

/// Two scalars: as numbers if both read as numbers and one is a number, otherwise as text without
/// regard to case.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if left.is_number() || right.is_number() {
        let (left, right) = (as_number(left), as_number(right));
        if let (Some(left), Some(right)) = (left, right) {
            return left.partial_cmp(&right);
        }
    }
    let (left, right) = (scalar_text(left)?, scalar_text(right)?);
    Some(left.to_lowercase().cmp(&right.to_lowercase()))
}

/// A number, or a string that reads as one.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::SET_COOKIE;

    use super::*;

    const fn body(pointer: &'static str) -> Operand {
        Operand::Expression(Expression::Body(pointer))
    }

    const fn compare(left: Operand, operator: Operator, right: Operand) -> Condition {
        Condition::Compare {
            left,
            operator,
            right,
        }
    }

    const STATUS: Operand = Operand::Expression(Expression::StatusCode);

    const BODY: &str = r#"{"a": "Text", "n": 5, "s": "5.0", "yes": true, "no": false, "nil": null,
        "list": [], "full": [1], "nested": {"a/b": {"m~n": "deep"}}, "zero": 0, "empty": ""}"#;

    fn holds_for(condition: &Condition, body: &str) -> bool {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-kind"),
            http::HeaderValue::from_static("Error"),
        )]);
        let answer = Answer {
            status: 200,
            headers: &headers,
            body: body.as_bytes(),
        };
        holds(condition, &answer)
    }

    #[test]
    fn comparison_is_loose_as_arazzo_says() {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        for (left, operator, right, expected) in [
            (STATUS, Equal, Operand::Number(200.0), true),
            (STATUS, Equal, Operand::String("200"), true),
            (STATUS, NotEqual, Operand::Number(200.0), false),
            (STATUS, Less, Operand::Number(300.0), true),
            (STATUS, GreaterOrEqual, Operand::Number(200.0), true),
            (body("/a"), Equal, Operand::String("tEXT"), true),
            (body("/a"), Equal, Operand::String("texts"), false),
            (body("/a"), Less, Operand::String("u"), true),
            (body("/n"), Equal, Operand::String("5"), true),
            (body("/s"), Equal, Operand::Number(5.0), true),
            (body("/s"), Equal, Operand::String("5"), false),
            (body("/n"), Equal, body("/s"), true),
            (body("/n"), Greater, Operand::Number(4.9), true),
            (body("/n"), LessOrEqual, Operand::Number(4.9), false),
            (body("/n"), Less, Operand::String("many"), true),
            (body("/yes"), Equal, Operand::Bool(true), true),
            (body("/yes"), Equal, Operand::String("TRUE"), true),
            (body("/no"), Equal, Operand::Bool(true), false),
            (body("/nil"), Equal, Operand::Null, true),
            (body("/absent"), Equal, Operand::Null, true),
            (body("/absent"), NotEqual, Operand::Null, false),
            (body("/absent"), Equal, body("/nil"), true),
            (body("/absent"), NotEqual, Operand::String("failed"), true),
            (body("/absent"), Equal, Operand::String(""), false),
            (body("/absent"), Equal, Operand::Bool(false), false),
            (body("/absent"), Less, Operand::Number(1.0), false),
            (body("/zero"), Equal, Operand::Null, false),
            (
                body("/nested/a~1b/m~0n"),
                Equal,
                Operand::String("deep"),
                true,
            ),
            (body("/full/0"), Equal, Operand::Number(1.0), true),
            (body("/full"), Equal, body("/full"), true),
            (body("/full"), Equal, body("/list"), false),
            (body("/full"), Equal, Operand::Number(1.0), false),
            (
                Operand::Expression(Expression::Header("X-Kind")),
                Equal,
                Operand::String("error"),
                true,
            ),
            (
                Operand::Expression(Expression::Header("x-none")),
                Equal,
                Operand::Null,
                true,
            ),
            (
                Operand::Expression(Expression::Input("a")),
                Equal,
                Operand::Null,
                true,
            ),
        ] {
            let condition = compare(left, operator, right);
            assert_eq!(holds_for(&condition, BODY), expected, "{condition:?}");
        }
    }

    #[test]
    fn a_cookie_is_the_value_that_the_answer_sets_it_to_last() {
        let cases: [(&[&str], Option<&str>); 9] = [
            (&["SID=abc; Path=/; HttpOnly"], Some("abc")),
            (&["SID=abc"], Some("abc")),
            (&[" SID = a=b== ;Secure"], Some("a=b==")),
            (&["AWSALB=x; Path=/", "SID=abc; Path=/"], Some("abc")),
            (&["SID=old", "SID=new"], Some("new")),
            (&["SID=abc", "SID=; Max-Age=0"], None),
            (&["sid=abc", "XSID=abc", "Path=/; SID=abc"], None),
            (&["SID"], None),
            (&[], None),
        ];
        for (lines, expected) in cases {
            let lines = lines.iter().map(|line| (SET_COOKIE, line.parse().unwrap()));
            let headers = HeaderMap::from_iter(lines);
            let reading = Reading::new(Answer {
                status: 200,
                headers: &headers,
                body: b"",
            });
            let value = Scope::answer(&reading).value(&Expression::Cookie("SID"));
            let value = value.as_ref().and_then(|value| value.as_str());
            assert_eq!(value, expected, "{headers:?}");
        }
    }

    #[test]
    fn a_lone_operand_is_there_and_says_something() {
        for (pointer, expected) in [
            ("/a", true),
            ("/n", true),
            ("/yes", true),
            ("/full", true),
            ("/nested", true),
            ("/no", false),
            ("/nil", false),
            ("/zero", false),
            ("/empty", false),
            ("/list", false),
            ("/absent", false),
            ("", true),
        ] {
            assert_eq!(
                holds_for(&Condition::Holds(body(pointer)), BODY),
                expected,
                "{pointer}"
            );
        }
    }

    #[test]
    fn conditions_are_joined() {
        const YES: Condition = Condition::Holds(Operand::Bool(true));
        const NO: Condition = Condition::Holds(Operand::Bool(false));
        for (condition, expected) in [
            (Condition::All(&[YES, YES]), true),
            (Condition::All(&[YES, NO]), false),
            (Condition::Any(&[NO, YES]), true),
            (Condition::Any(&[NO, NO]), false),
            (Condition::Not(&NO), true),
            (Condition::All(&[]), true),
            (Condition::Any(&[]), false),
        ] {
            assert_eq!(holds_for(&condition, ""), expected, "{condition:?}");
        }
    }

    #[test]
    fn patterns_match_somewhere_in_the_text() {
        for (pointer, pattern, text, expected) in [
            ("/message", "^Error:", r#"{"message": "Error: no"}"#, true),
            ("/message", "^Error:", r#"{"message": "No Error: "}"#, false),
            ("/message", "^Error:", r#"{}"#, false),
            ("/code", "^4\\d\\d$", r#"{"code": 404}"#, true),
            ("", "expired", "the token has expired", true),
            ("", "expired", "", false),
            ("", "(unclosed", "(unclosed", false),
        ] {
            let condition = Condition::Matches {
                context: Expression::Body(pointer),
                pattern,
            };
            assert_eq!(holds_for(&condition, text), expected, "{pattern} in {text}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_has_no_members() {
        for text in ["", "<html>", "{\"a\": ", "\u{0}", "[1,2"] {
            let has_member = Condition::Holds(body("/a"));
            assert!(!holds_for(&has_member, text), "{text:?}");
        }
        let whole = compare(body(""), Operator::Equal, Operand::String("plain"));
        assert!(holds_for(&whole, " plain\n"));
        assert!(holds_for(&whole, "\"plain\""));
    }

    #[test]
    fn it_is_known_which_conditions_read_the_body() {
        const STATUS_ONLY: Condition = compare(STATUS, Operator::Equal, Operand::Number(401.0));
        const READS: Condition = Condition::Holds(body("/a"));
        assert!(!reads_body(&STATUS_ONLY));
        for condition in [
            READS,
            compare(STATUS, Operator::Equal, body("")),
            Condition::Not(&READS),
            Condition::All(&[STATUS_ONLY, READS]),
            Condition::Any(&[STATUS_ONLY, READS]),
            Condition::Matches {
                context: Expression::Body("/a"),
                pattern: "x",
            },
        ] {
            assert!(reads_body(&condition), "{condition:?}");
        }
    }
}
