//! The values of a workflow's inputs, checked against the document's rules before anything is
//! sent.

use serde_json::Value;

use crate::confidential::{Confidential, scalar_text};
use crate::config_error::ConfigError;
use crate::evaluate::{as_number, matches};
use crate::inputs::{InputValue, Inputs};
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
