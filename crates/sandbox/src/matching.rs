//! Templates against the values of a request.

use std::collections::BTreeMap;

use keyfob_spec::{Expression, Piece, StepCredential, StepCredentialValue, Template, Workflow};
use serde_json::Value;

use crate::call::Call;
use crate::condition::text;
use crate::credentials::{Refusal, RefusalKind};
use crate::inputs;
use crate::judge::{Judge, Wrong};
use crate::presentation::{Presented, decode_half, presented};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request has another form than the step's: another step is meant.
    Form,
    /// A value is absent or wrong.
    Value(Refusal),
}

/// One workflow's templates on their way through one request.
pub(crate) struct Matching<'b> {
    judge: Judge<'b>,
    workflow: &'b Workflow,
    /// The inputs as the request has them.
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) faults: Vec<Fault>,
    /// Whether the value at hand stands in a header.
    pub(crate) in_header: bool,
}

impl<'b> Matching<'b> {
    pub(crate) fn new(judge: Judge<'b>, workflow: &'b Workflow) -> Matching<'b> {
        Matching {
            judge,
            workflow,
            values: BTreeMap::new(),
            faults: Vec::new(),
            in_header: false,
        }
    }

    /// Compares a value with a template. Null is as good as nothing.
    pub(crate) fn template(&mut self, template: &Template, given: Option<&Value>) {
        let given = given.filter(|value| !value.is_null());
        match (template, given) {
            (Template::Null, None) => {}
            (Template::Object(members), given) => {
                for (name, member) in members {
                    self.template(member, given.and_then(|object| object.get(name)));
                }
            }
            (Template::Array(items), given) => {
                let known = given
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                for (index, item) in items.iter().enumerate() {
                    self.template(item, known.get(index));
                }
            }
            (Template::Expression(expression), given) => {
                self.pieces(&[Piece::Expression(expression.clone())], given)
            }
            (Template::Text(pieces), given) => self.pieces(pieces, given),
            (literal, Some(given)) if literal_equals(literal, given) => {}
            _ => self.faults.push(Fault::Form),
        }
    }

    fn pieces(&mut self, pieces: &[Piece], given: Option<&Value>) {
        let Some(given) = given.and_then(text) else {
            if !self.may_be_absent(pieces) {
                self.fault(RefusalKind::Missing, self.scheme_of(pieces));
            }
            return;
        };
        let mut found = Vec::new();
        if self.split(pieces, &given, &mut found) {
            for (expression, value) in found {
                if let Expression::Input(name) = expression {
                    self.values.insert(name, value);
                }
            }
            return;
        }
        let (kind, scheme) = self.why_wrong(pieces, &given);
        self.fault(kind, scheme);
    }

    /// Divides a text among pieces so that each expression has a right value.
    fn split(&self, pieces: &[Piece], text: &str, found: &mut Vec<(Expression, String)>) -> bool {
        match pieces {
            [] => text.is_empty(),
            [Piece::Text(literal), rest @ ..] => text
                .strip_prefix(literal.as_str())
                .is_some_and(|tail| self.split(rest, tail, found)),
            [Piece::Expression(expression), rest @ ..] => {
                let ends = text
                    .char_indices()
                    .map(|(index, _)| index)
                    .chain([text.len()]);
                let known = found.len();
                for end in ends.filter(|end| !rest.is_empty() || *end == text.len()) {
                    let (value, tail) = text.split_at(end);
                    if self
                        .judge
                        .standing(self.workflow, expression, value)
                        .is_err()
                    {
                        continue;
                    }
                    found.push((expression.clone(), value.to_owned()));
                    if self.split(rest, tail, found) {
                        return true;
                    }
                    found.truncate(known);
                }
                false
            }
        }
    }

    /// A lone expression says more about its value than a text with several.
    fn why_wrong(&mut self, pieces: &[Piece], given: &str) -> Wrong {
        let mut value = given;
        if let [Piece::Text(literal), ..] = pieces {
            value = value.strip_prefix(literal.as_str()).unwrap_or(value);
        }
        if let [.., Piece::Text(literal)] = pieces {
            value = value.strip_suffix(literal.as_str()).unwrap_or(value);
        }
        let mut expressions = pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Text(_) => None,
        });
        let (Some(expression), None) = (expressions.next(), expressions.next()) else {
            return (RefusalKind::Invalid, self.scheme_of(pieces));
        };
        if let Expression::Input(name) = expression {
            // Reuse is recognised by the value.
            self.values.insert(name.clone(), value.to_owned());
        }
        match self.judge.standing(self.workflow, expression, value) {
            Err(why) => why,
            Ok(()) => (RefusalKind::Invalid, None),
        }
    }

    /// The scheme whose credential an expression among the pieces stands for.
    fn scheme_of(&self, pieces: &[Piece]) -> Option<String> {
        pieces.iter().find_map(|piece| match piece {
            Piece::Expression(Expression::Input(name)) => {
                let credential = inputs::input(self.workflow, name)?.credential.as_ref()?;
                Some(credential.scheme.clone())
            }
            _ => None,
        })
    }

    fn may_be_absent(&self, pieces: &[Piece]) -> bool {
        pieces.iter().any(|piece| match piece {
            Piece::Expression(Expression::Input(name)) => {
                inputs::input(self.workflow, name).is_some_and(|input| !input.required)
            }
            _ => false,
        })
    }

    /// Compares what a request presents with what the step presents.
    pub(crate) fn credential(&mut self, credential: &StepCredential, call: &Call) {
        let found = presented(&credential.presentation, call);
        match (&credential.value, found) {
            (StepCredentialValue::Token(token), Some(Presented::Value(candidates))) => {
                self.any_of(token, &candidates);
            }
            (StepCredentialValue::Token(token), None) => self.template(token, None),
            (
                StepCredentialValue::Basic {
                    username,
                    password,
                    encoding,
                },
                Some(Presented::Basic(given_username, given_password)),
            ) => {
                let halves = [(username, given_username), (password, given_password)];
                for (template, half) in halves {
                    let half = Value::from(decode_half(*encoding, &half));
                    self.template(template, Some(&half));
                }
            }
            (
                StepCredentialValue::Basic {
                    username, password, ..
                },
                None,
            ) => {
                self.template(username, None);
                self.template(password, None);
            }
            _ => self.fault(RefusalKind::Invalid, None),
        }
    }

    /// The value with and without its scheme word: one of them has to be right.
    fn any_of(&mut self, template: &Template, candidates: &[String]) {
        let known = self.faults.len();
        for candidate in candidates.iter().rev() {
            self.faults.truncate(known);
            self.template(template, Some(&Value::from(candidate.as_str())));
            if self.faults.len() == known {
                return;
            }
        }
    }

    fn fault(&mut self, kind: RefusalKind, scheme: Option<String>) {
        self.faults.push(Fault::Value(Refusal {
            kind,
            scheme,
            in_header: self.in_header,
        }));
    }
}

fn literal_equals(literal: &Template, given: &Value) -> bool {
    let literal = match literal {
        Template::String(text) => text.clone(),
        Template::Bool(flag) => flag.to_string(),
        Template::Integer(number) => number.to_string(),
        Template::Number(number) => number.to_string(),
        _ => return false,
    };
    text(given).is_some_and(|given| given == literal)
}
