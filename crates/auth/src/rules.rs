//! The values of a workflow's inputs, checked against the document's rules before anything is
//! sent.

use serde_json::Value;

use crate::confidential::{Confidential, scalar_text};
use crate::config_error::ConfigError;
use crate::evaluate::as_number;
use crate::inputs::{InputValue, Inputs};
use crate::pattern::matches;
use crate::workflow::{Input, InputKind, Rule, Workflow};

/// Every value by its input's name, in its input's type; defaults are filled in.
///
/// # Errors
///
/// A name that the workflow does not have, a missing required value, a value that breaks a rule.
/// The message names the input and the rule, never the value.
pub(crate) fn checked(inputs: &Inputs) -> Result<Vec<(&'static str, Confidential)>, ConfigError> {
    let workflow = inputs.workflow();
    for name in inputs.names() {
        let known = workflow.inputs.iter().find(|input| input.name == name);
        match known {
            Some(input) if input.is_given() => {}
            Some(_) => {
                return Err(bad(
                    workflow,
                    name,
                    "comes from another credential; leave it",
                ));
            }
            None => return Err(bad(workflow, name, "does not exist")),
        }
    }
    let mut values = Vec::new();
    for input in workflow.inputs.iter().filter(|input| input.is_given()) {
        match value(workflow, input, inputs.get(input.name))? {
            Some(value) => values.push((input.name, value)),
            None if input.required => {
                return Err(ConfigError::MissingInput {
                    workflow: workflow.id.to_owned(),
                    input: input.name.to_owned(),
                });
            }
            None => {}
        }
    }
    Ok(values)
}

/// The first rule of an input that a value breaks, in words: `must have at least 8 characters`.
pub(crate) fn breach(input: &Input, value: &Confidential) -> Option<String> {
    let broken = input.rules.iter().find(|rule| !obeys(value.expose(), rule));
    broken.map(|rule| format!("must {}", description(rule)))
}

fn value(
    workflow: &Workflow,
    input: &Input,
    given: Option<&InputValue>,
) -> Result<Option<Confidential>, ConfigError> {
    let bad = |problem: &str| bad(workflow, input.name, problem);
    let default = input.default.map(InputValue::from);
    let Some(given) = given.or(default.as_ref()) else {
        return Ok(None);
    };
    let value = typed(input.kind, given).ok_or_else(|| bad(must_be(input.kind)))?;
    if input.secret && value.expose().as_str() == Some("") {
        return Err(bad("is empty"));
    }
    match breach(input, &value) {
        Some(problem) => Err(bad(&problem)),
        None => Ok(Some(value)),
    }
}

fn typed(kind: InputKind, given: &InputValue) -> Option<Confidential> {
    let value = match given {
        InputValue::Text(text) => return typed_text(kind, text.expose()),
        InputValue::Integer(number) => Value::from(*number),
        InputValue::Number(number) => Value::from(*number),
        InputValue::Boolean(value) => Value::from(*value),
    };
    let value = match kind {
        InputKind::String => Value::String(scalar_text(&value)?),
        _ => value,
    };
    is_of(kind, &value).then(|| value.into())
}

fn typed_text(kind: InputKind, text: &str) -> Option<Confidential> {
    let value = match kind {
        InputKind::String => Value::from(text),
        InputKind::Integer => Value::from(text.trim().parse::<i64>().ok()?),
        InputKind::Number => Value::from(text.trim().parse::<f64>().ok()?),
        InputKind::Boolean => Value::from(text.trim().parse::<bool>().ok()?),
    };
    is_of(kind, &value).then(|| value.into())
}

fn is_of(kind: InputKind, value: &Value) -> bool {
    match kind {
        InputKind::String => value.is_string(),
        InputKind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        InputKind::Number => value.is_number(),
        InputKind::Boolean => value.is_boolean(),
    }
}

fn must_be(kind: InputKind) -> &'static str {
    match kind {
        InputKind::String => "must be text",
        InputKind::Integer => "must be an integer",
        InputKind::Number => "must be a number",
        InputKind::Boolean => "must be true or false",
    }
}

fn obeys(value: &Value, rule: &Rule) -> bool {
    let characters = || value.as_str().map(|text| text.chars().count() as u64);
    match rule {
        Rule::MinLength(least) => characters().is_none_or(|length| length >= *least),
        Rule::MaxLength(most) => characters().is_none_or(|length| length <= *most),
        Rule::Pattern(pattern) => value.as_str().is_none_or(|text| matches(text, pattern)),
        Rule::OneOf(values) => {
            scalar_text(value).is_some_and(|text| values.contains(&text.as_str()))
        }
        Rule::Minimum(least) => as_number(value).is_none_or(|number| number >= *least),
        Rule::Maximum(most) => as_number(value).is_none_or(|number| number <= *most),
        Rule::Not(rules) => !rules.iter().all(|rule| obeys(value, rule)),
        Rule::All(rules) => rules.iter().all(|rule| obeys(value, rule)),
        Rule::Any(lists) => lists
            .iter()
            .any(|rules| rules.iter().all(|rule| obeys(value, rule))),
    }
}

/// What a rule demands, after "must".
fn description(rule: &Rule) -> String {
    match rule {
        Rule::MinLength(1) => "not be empty".to_owned(),
        Rule::MinLength(least) => format!("have at least {least} characters"),
        Rule::MaxLength(most) => format!("have at most {most} characters"),
        Rule::Pattern(pattern) => format!("match the pattern {pattern}"),
        Rule::OneOf(values) => format!("be one of: {}", values.join(", ")),
        Rule::Minimum(least) => format!("be at least {least}"),
        Rule::Maximum(most) => format!("be at most {most}"),
        Rule::Not(rules) => format!("not {}", descriptions(rules, " and ")),
        Rule::All(rules) => descriptions(rules, " and "),
        Rule::Any(lists) => {
            let each = lists.iter().map(|rules| descriptions(rules, " and "));
            each.collect::<Vec<_>>().join(", or ")
        }
    }
}

fn descriptions(rules: &[Rule], between: &str) -> String {
    rules
        .iter()
        .map(description)
        .collect::<Vec<_>>()
        .join(between)
}

fn bad(workflow: &Workflow, input: &str, problem: &str) -> ConfigError {
    ConfigError::BadInput {
        workflow: workflow.id.to_owned(),
        input: input.to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Api;
    use crate::workflow::{CredentialInput, CredentialPart};

    const INPUT: Input = Input {
        name: "x",
        required: true,
        secret: false,
        kind: InputKind::String,
        default: None,
        rules: &[],
        credential: None,
    };

    const WORKFLOW: Workflow = Workflow {
        id: "get",
        scheme: "s",
        inputs: &[],
        steps: &[],
        outputs: &[],
        renewed_by: &[],
        revoked_by: &[],
        single_use: false,
        default_expires_in: None,
    };

    static API: Api = Api {
        name: "acme",
        title: "Acme",
        servers: &[],
        schemes: &[],
        workflows: &[],
        endpoints: &[],
    };

    #[track_caller]
    fn complaint(rules: &'static [Rule], kind: InputKind, value: InputValue) -> String {
        let input = Input {
            rules,
            kind,
            ..INPUT
        };
        match super::value(&WORKFLOW, &input, Some(&value)) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_value_that_breaks_a_rule_is_refused_by_that_rule() {
        let text = InputKind::String;
        for (rules, kind, value, words) in [
            (
                &[Rule::MinLength(1)][..],
                text,
                InputValue::from(""),
                "must not be empty",
            ),
            (
                &[Rule::MinLength(3)],
                text,
                "éé".into(),
                "must have at least 3 characters",
            ),
            (&[Rule::MinLength(2)], text, "éé".into(), ""),
            (
                &[Rule::MaxLength(1)],
                text,
                "éé".into(),
                "must have at most 1 characters",
            ),
            (
                &[Rule::Pattern("^[A-Z]+$")],
                text,
                "abc".into(),
                "must match the pattern ^[A-Z]+$",
            ),
            (&[Rule::Pattern("^[A-Z]+$")], text, "ABC".into(), ""),
            (
                &[Rule::OneOf(&["a", "b"])],
                text,
                "c".into(),
                "must be one of: a, b",
            ),
            (&[Rule::OneOf(&["1"])], InputKind::Integer, 1.into(), ""),
            (
                &[Rule::Minimum(2.0)],
                InputKind::Integer,
                1.into(),
                "must be at least 2",
            ),
            (
                &[Rule::Maximum(2.5)],
                InputKind::Number,
                2.6.into(),
                "must be at most 2.5",
            ),
            (
                &[Rule::Not(&[Rule::OneOf(&["null"])])],
                text,
                "null".into(),
                "must not be one of: null",
            ),
            (
                &[Rule::Not(&[Rule::OneOf(&["null"])])],
                text,
                "nil".into(),
                "",
            ),
            (
                &[Rule::Not(&[Rule::MinLength(2), Rule::Pattern("x")])],
                text,
                "ax".into(),
                "must not have at least 2 characters and match the pattern x",
            ),
            (
                &[Rule::Not(&[Rule::MinLength(2), Rule::Pattern("x")])],
                text,
                "ab".into(),
                "",
            ),
            (
                &[Rule::All(&[Rule::MinLength(1), Rule::MaxLength(2)])],
                text,
                "abc".into(),
                "must not be empty and have at most 2 characters",
            ),
            (
                &[Rule::Any(&[&[Rule::MaxLength(1)], &[Rule::MinLength(3)]])],
                text,
                "ab".into(),
                "must have at most 1 characters, or have at least 3 characters",
            ),
            (
                &[Rule::Any(&[&[Rule::MaxLength(1)], &[Rule::MinLength(3)]])],
                text,
                "abc".into(),
                "",
            ),
        ] {
            let complaint = complaint(rules, kind, value);
            let expected = match words {
                "" => String::new(),
                words => format!("input x of workflow get {words}"),
            };
            assert_eq!(complaint, expected);
        }
    }

    #[test]
    fn a_value_takes_the_type_of_its_input() {
        use serde_json::json;
        for (kind, given, expected) in [
            (InputKind::String, InputValue::from("5"), Some(json!("5"))),
            (InputKind::String, 5.into(), Some(json!("5"))),
            (InputKind::String, true.into(), Some(json!("true"))),
            (InputKind::Integer, "5".into(), Some(json!(5))),
            (InputKind::Integer, " 5 ".into(), Some(json!(5))),
            (InputKind::Integer, 5.0.into(), Some(json!(5.0))),
            (InputKind::Integer, 5.5.into(), None),
            (InputKind::Integer, "five".into(), None),
            (InputKind::Number, "5.5".into(), Some(json!(5.5))),
            (InputKind::Number, "NaN".into(), None),
            (InputKind::Number, f64::NAN.into(), None),
            (InputKind::Boolean, "true".into(), Some(json!(true))),
            (InputKind::Boolean, false.into(), Some(json!(false))),
            (InputKind::Boolean, 1.into(), None),
        ] {
            let typed = typed(kind, &given).map(|value| value.expose().clone());
            assert_eq!(typed, expected, "{kind:?} of {given:?}");
        }
    }

    #[test]
    fn names_and_presence_are_checked() {
        const INPUTS: Workflow = Workflow {
            inputs: &[
                Input {
                    name: "secret",
                    secret: true,
                    ..INPUT
                },
                Input {
                    name: "grant",
                    default: Some("basic"),
                    ..INPUT
                },
                Input {
                    name: "scope",
                    required: false,
                    ..INPUT
                },
                Input {
                    name: "admin",
                    credential: Some(CredentialInput {
                        scheme: "s",
                        part: CredentialPart::Value,
                    }),
                    ..INPUT
                },
            ],
            ..WORKFLOW
        };
        let inputs = || Inputs::new(&API, &INPUTS).set("secret", "hunter2");
        let values = checked(&inputs()).unwrap();
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["secret", "grant"],
            "a default is filled in, an option is left out"
        );
        for (inputs, words) in [
            (
                Inputs::new(&API, &INPUTS),
                "workflow get needs the input secret",
            ),
            (
                inputs().set("secret", ""),
                "input secret of workflow get is empty",
            ),
            (
                inputs().set("scpoe", "x"),
                "input scpoe of workflow get does not exist",
            ),
            (
                inputs().set("admin", "x"),
                "input admin of workflow get comes from another credential",
            ),
        ] {
            let error = checked(&inputs).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
