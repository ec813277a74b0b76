//! Whether a request is the one that a step of a workflow describes, with right values in the
//! places of its expressions.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_spec::{
    Expression, Location, Piece, Presentation, Spec, Step, StepCredential, StepCredentialValue,
    Template, Workflow,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::call::{Call, essence};
use crate::condition::text;
use crate::credentials::{Credentials, Refusal, RefusalKind};
use crate::inputs::{self, Meaning};
use crate::ledger::{Ledger, Standing};
use crate::presentation::{Presented, decode_half, presented};

/// A request as steps are compared with it.
pub(crate) struct Given<'a> {
    pub(crate) call: &'a Call,
    pub(crate) path_values: &'a [(String, String)],
    /// The decoded body, if there is one that can be decoded.
    pub(crate) body: Option<&'a Value>,
}

/// One step compared with a request.
pub(crate) struct Attempt<'a> {
    pub(crate) workflow: &'a Workflow,
    pub(crate) step: &'a Step,
    /// What is wrong in parameters and body.
    pub(crate) faults: Vec<Fault>,
    /// What is wrong in the step's own credentials.
    pub(crate) credential_faults: Vec<Fault>,
    /// The inputs as the request has them.
    pub(crate) values: BTreeMap<String, String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request has another form than the step's: another step is meant.
    Form,
    /// A value is absent or wrong.
    Value(Refusal),
}

/// Compares requests with steps.
pub(crate) struct Unifier<'a, 'l> {
    pub(crate) spec: &'a Spec,
    pub(crate) ledger: &'l Ledger,
    pub(crate) credentials: &'l Credentials,
}

impl<'a> Unifier<'a, '_> {
    /// Compares the request with each step that calls the operation.
    pub(crate) fn attempts(&self, operation: &str, given: &Given<'_>) -> Vec<Attempt<'a>> {
        let steps: Vec<(&Workflow, &Step)> = steps_of(self.spec, operation).collect();
        let all_parts: Vec<Part> = steps.iter().flat_map(|(_, step)| parts(step)).collect();
        steps
            .into_iter()
            .map(|(workflow, step)| {
                let mut attempt = self.attempt(workflow, step, given);
                let own = parts(step);
                let strange = all_parts
                    .iter()
                    .any(|part| !own.contains(part) && part.is_in(given));
                if strange {
                    attempt.faults.push(Fault::Form);
                }
                attempt
            })
            .collect()
    }

    fn attempt(&self, workflow: &'a Workflow, step: &'a Step, given: &Given<'_>) -> Attempt<'a> {
        let mut matching = Matching {
            unifier: self,
            workflow,
            values: BTreeMap::new(),
            faults: Vec::new(),
            in_header: false,
        };
        for parameter in &step.parameters {
            matching.in_header = parameter.location == Location::Header;
            let value = parameter_text(given, parameter.location, &parameter.name);
            matching.template(&parameter.value, value.map(Value::from).as_ref());
        }
        matching.in_header = false;
        if let Some(body) = &step.body {
            match given.call.media_type() {
                Some(media_type) if media_type != essence(&body.media_type) => {
                    matching.faults.push(Fault::Form);
                }
                _ => matching.template(&body.value, given.body),
            }
        }
        let mut faults = std::mem::take(&mut matching.faults);
        matching.in_header = true;
        for credential in &step.credentials {
            matching.credential(credential, given.call);
        }
        let credential_faults = matching.faults;
        let values = matching.values;
        if !self.code_fits(workflow, &values) {
            faults.push(Fault::Value(Refusal {
                kind: RefusalKind::Invalid,
                scheme: None,
                in_header: false,
            }));
        }
        Attempt {
            workflow,
            step,
            faults,
            credential_faults,
            values,
        }
    }

    /// Whether redirect URI and verifier are those that the code was issued for (RFC 6749,
    /// 4.1.3; RFC 7636, 4.6). True where there is no code, or none that is known.
    fn code_fits(&self, workflow: &Workflow, values: &BTreeMap<String, String>) -> bool {
        let code = values
            .get("code")
            .filter(|_| inputs::has_code(self.spec, workflow));
        let Some(code) = code.and_then(|code| self.ledger.code(code)) else {
            return true;
        };
        let redirect_uri = values.get("redirect_uri");
        let challenge = values
            .get("code_verifier")
            .map(|verifier| challenge(verifier));
        redirect_uri.is_none_or(|uri| *uri == code.redirect_uri) && challenge == code.challenge
    }

    fn standing(
        &self,
        workflow: &Workflow,
        expression: &Expression,
        value: &str,
    ) -> Result<(), (RefusalKind, Option<String>)> {
        let standing = match expression {
            Expression::Input(name) => match inputs::input(workflow, name) {
                Some(input) => return self.input_standing(workflow, input, value),
                None => Standing::Invalid,
            },
            Expression::StepOutput { step, output } => {
                let source = workflow
                    .steps
                    .iter()
                    .find(|known| known.id == *step)
                    .and_then(|known| known.outputs.iter().find(|(name, _)| name == output));
                match source {
                    Some((_, source @ (Expression::Input(_) | Expression::StepOutput { .. }))) => {
                        return self.standing(workflow, source, value);
                    }
                    _ if self.ledger.has_output(&workflow.id, step, output, value) => {
                        Standing::Valid
                    }
                    _ => Standing::Invalid,
                }
            }
            Expression::StatusCode | Expression::Body(_) | Expression::Header(_) => {
                Standing::Invalid
            }
        };
        verdict(standing, None)
    }

    fn input_standing(
        &self,
        workflow: &Workflow,
        input: &keyfob_spec::Input,
        value: &str,
    ) -> Result<(), (RefusalKind, Option<String>)> {
        let is_example = || value == inputs::example_text(self.spec, input);
        let valid_if = |is_valid: bool| match is_valid {
            true => Standing::Valid,
            false => Standing::Invalid,
        };
        let standing = match inputs::meaning(self.spec, workflow, input) {
            Meaning::Credential(scheme, part) => {
                let standing = self.credentials.part(self.ledger, scheme, part, value);
                return verdict(standing, Some(scheme));
            }
            Meaning::Code => match self.ledger.code(value) {
                Some(code) if code.scheme != workflow.scheme => Standing::Invalid,
                Some(code) if code.spent.is_some() => Standing::Expired,
                Some(_) => Standing::Valid,
                None => Standing::Invalid,
            },
            Meaning::BoundToCode => Standing::Valid,
            Meaning::RefreshToken => self.ledger.refresh_token(&workflow.scheme, value),
            // A token is renewed before its end or soon after it.
            Meaning::OldToken => match self.ledger.token(&workflow.scheme, value) {
                Standing::Valid | Standing::Expired => Standing::Valid,
                Standing::Invalid => valid_if(is_example()),
            },
            Meaning::Plain => valid_if(inputs::is_right(self.spec, input, value)),
        };
        verdict(standing, None)
    }
}

/// The steps of all workflows that call an operation.
pub(crate) fn steps_of<'a>(
    spec: &'a Spec,
    operation: &str,
) -> impl Iterator<Item = (&'a Workflow, &'a Step)> {
    let steps = spec
        .workflows
        .iter()
        .flat_map(|workflow| workflow.steps.iter().map(move |step| (workflow, step)));
    steps.filter(move |(_, step)| step.operation == operation)
}

/// Why none of these attempts is served: the fault of the one that comes nearest.
pub(crate) fn refusal(attempts: &[Attempt<'_>]) -> Refusal {
    let faults = |attempt: &Attempt<'_>| -> Vec<Fault> {
        let all = attempt.faults.iter().chain(&attempt.credential_faults);
        all.cloned().collect()
    };
    let nearest = attempts.iter().map(faults).min_by_key(|faults| {
        let form = faults.iter().filter(|fault| **fault == Fault::Form).count();
        (form, faults.len())
    });
    let refusals = nearest
        .into_iter()
        .flatten()
        .filter_map(|fault| match fault {
            Fault::Value(refusal) => Some(refusal),
            Fault::Form => None,
        });
    // A scheme's own credential is looked at first, as a gateway would; then what is absent.
    let rank = |refusal: &Refusal| match (&refusal.scheme, refusal.kind) {
        (Some(_), _) => 0,
        (None, RefusalKind::Missing) => 1,
        (None, RefusalKind::Invalid) => 2,
        (None, RefusalKind::Expired) => 3,
    };
    refusals.min_by_key(rank).unwrap_or(Refusal {
        kind: RefusalKind::Invalid,
        scheme: None,
        in_header: false,
    })
}

/// The S256 challenge of a verifier (RFC 7636, 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn verdict(standing: Standing, scheme: Option<&str>) -> Result<(), (RefusalKind, Option<String>)> {
    match standing {
        Standing::Valid => Ok(()),
        other => Err((other.into(), scheme.map(str::to_owned))),
    }
}

fn parameter_text(given: &Given<'_>, location: Location, name: &str) -> Option<String> {
    match location {
        Location::Path => given
            .path_values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone()),
        Location::Query => given.call.query_value(name),
        Location::Header => given.call.header(name).map(str::to_owned),
        Location::Cookie => given.call.cookie(name),
    }
}

/// A part of a request that a step names, besides the path.
#[derive(PartialEq)]
enum Part {
    Query(String),
    Header(String),
    Cookie(String),
    Member(String),
}

impl Part {
    fn is_in(&self, given: &Given<'_>) -> bool {
        match self {
            Part::Query(name) => given.call.query_value(name).is_some(),
            Part::Header(name) => given.call.headers.contains_key(name),
            Part::Cookie(name) => given.call.cookie(name).is_some(),
            Part::Member(name) => given.body.is_some_and(|body| body.get(name).is_some()),
        }
    }
}

fn parts(step: &Step) -> Vec<Part> {
    let parameters = step.parameters.iter().filter_map(|parameter| {
        let name = parameter.name.clone();
        match parameter.location {
            Location::Path => None,
            Location::Query => Some(Part::Query(name)),
            Location::Header => Some(Part::Header(name.to_ascii_lowercase())),
            Location::Cookie => Some(Part::Cookie(name)),
        }
    });
    let credentials = step
        .credentials
        .iter()
        .map(|known| match &known.presentation {
            Presentation::Basic | Presentation::Word(_) => Part::Header("authorization".to_owned()),
            Presentation::Header(name) => Part::Header(name.to_ascii_lowercase()),
            Presentation::Query(name) => Part::Query(name.clone()),
            Presentation::Cookie(name) => Part::Cookie(name.clone()),
        });
    let members = match step.body.as_ref().map(|body| &body.value) {
        Some(Template::Object(members)) => members.as_slice(),
        _ => &[],
    };
    let members = members.iter().map(|(name, _)| Part::Member(name.clone()));
    parameters.chain(credentials).chain(members).collect()
}

/// One step on its way through one request.
struct Matching<'b> {
    unifier: &'b Unifier<'b, 'b>,
    workflow: &'b Workflow,
    values: BTreeMap<String, String>,
    faults: Vec<Fault>,
    in_header: bool,
}

impl Matching<'_> {
    fn template(&mut self, template: &Template, given: Option<&Value>) {
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
                        .unifier
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
    fn why_wrong(&mut self, pieces: &[Piece], given: &str) -> (RefusalKind, Option<String>) {
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
        match self.unifier.standing(self.workflow, expression, value) {
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

    fn credential(&mut self, credential: &StepCredential, call: &Call) {
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
