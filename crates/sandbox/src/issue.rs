//! The answer to a step whose values are right: the documented one, with new values in it.

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use keyfob_spec::{
    Checker, Direction, Expression, Operation, Piece, Spec, Step, StepCredentialValue, Template,
    Workflow,
};
use serde_json::Value;

use crate::answer::{Answer, Content, Documented};
use crate::condition::text;
use crate::cookie;
use crate::inputs::has_code;
use crate::ledger::{Family, Ledger};
use crate::mint::{Mint, lifetime_like, moment_like, whole_seconds};
use crate::pointer;
use crate::unify::Attempt;

/// What is needed to make new values.
pub(crate) struct Issuer<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) checker: &'a Checker,
    pub(crate) mint: &'a Mint,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) lifetime: Duration,
    pub(crate) base_url: &'a str,
}

/// What a value of an answer is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    AccessToken,
    RefreshToken,
    /// A later step reads it.
    Ticket,
    ExpiresIn,
    ExpiresInMs,
    ExpiresInMinutes,
    ExpiresAt,
    ServerUrl,
}

impl Issuer<'_> {
    /// Writes new values into the documented answer and remembers them. Codes are spent, and
    /// a refresh token is spent if another takes its place.
    pub(crate) fn issue(
        &mut self,
        operation: &Operation,
        candidates: &[Documented<'_>],
        attempts: &[Attempt<'_>],
    ) -> Option<Answer> {
        let one = choose(self.spec, operation, candidates, attempts)?;
        let mut answer = one.answer(self.spec, one.status(200));
        let family = self.family(attempts);
        for (place, roles) in places(attempts) {
            self.write(&one, &mut answer, place, &roles, attempts, family);
        }
        for attempt in attempts
            .iter()
            .filter(|known| has_code(self.spec, known.workflow))
        {
            if let Some(code) = attempt.values.get("code") {
                self.ledger.spend_code(code, family);
            }
        }
        Some(answer)
    }

    /// Tokens that come of a refresh token belong to its family.
    fn family(&mut self, attempts: &[Attempt<'_>]) -> Family {
        let refresh_token = attempts
            .iter()
            .find_map(|known| known.values.get("refresh_token"));
        let known = refresh_token.and_then(|token| self.ledger.refresh_family(token));
        known.unwrap_or_else(|| self.ledger.new_family())
    }

    fn write(
        &mut self,
        one: &Documented<'_>,
        answer: &mut Answer,
        place: &Expression,
        roles: &BTreeSet<Role>,
        attempts: &[Attempt<'_>],
        family: Family,
    ) {
        let must_be = roles.contains(&Role::AccessToken);
        let current = read(answer, place);
        let Some(example) = current.or_else(|| must_be.then_some(Value::Null)) else {
            return;
        };
        let Some(role) = roles.first() else {
            return;
        };
        let values = match role {
            Role::AccessToken | Role::RefreshToken | Role::Ticket => {
                self.mint.like(&example, self.lifetime)
            }
            Role::ExpiresIn => vec![lifetime_like(&example, whole_seconds(self.lifetime))],
            Role::ExpiresInMs => vec![lifetime_like(&example, milliseconds(self.lifetime))],
            Role::ExpiresInMinutes => {
                let minutes = (whole_seconds(self.lifetime) + 59) / 60;
                vec![lifetime_like(&example, minutes)]
            }
            Role::ExpiresAt => vec![moment_like(&example, self.lifetime)],
            Role::ServerUrl => vec![Value::from(self.base_url)],
        };
        self.put(one, answer, place, values);
        let Some(value) = read(answer, place).as_ref().and_then(text) else {
            return;
        };
        for role in roles {
            self.remember(*role, place, &value, attempts, family);
        }
    }

    /// Writes the first of the values that the answer's schema accepts; if it accepts none,
    /// the example stays.
    fn put(
        &self,
        one: &Documented<'_>,
        answer: &mut Answer,
        place: &Expression,
        values: Vec<Value>,
    ) {
        let was_valid = self.is_valid(one, answer);
        for value in values {
            let mut changed = answer.clone();
            if set(&mut changed, place, value) && (!was_valid || self.is_valid(one, &changed)) {
                *answer = changed;
                return;
            }
        }
    }

    fn is_valid(&self, one: &Documented<'_>, answer: &Answer) -> bool {
        let Some(media_type) = one.media_type else {
            return true;
        };
        let (pointer, schema) = (&media_type.pointer, &media_type.schema);
        self.checker
            .accepts(pointer, schema, Direction::Response, &answer.body())
    }

    fn remember(
        &mut self,
        role: Role,
        place: &Expression,
        value: &str,
        attempts: &[Attempt<'_>],
        family: Family,
    ) {
        let concerned: Vec<&Attempt<'_>> = attempts
            .iter()
            .filter(|known| roles(known.workflow, known.step, place).contains(&role))
            .collect();
        let schemes = || {
            concerned
                .iter()
                .map(|known| known.workflow.scheme.clone())
                .collect()
        };
        match role {
            Role::AccessToken => self
                .ledger
                .add_token(value, schemes(), family, self.lifetime),
            Role::RefreshToken => {
                self.ledger.add_refresh_token(value, schemes(), family);
                let used = concerned
                    .iter()
                    .filter_map(|known| known.values.get("refresh_token"));
                for old in used.filter(|old| *old != value) {
                    self.ledger.spend_refresh_token(old);
                }
            }
            Role::Ticket => {
                for known in concerned {
                    let (workflow, step) = (known.workflow, known.step);
                    for (output, _) in step.outputs.iter().filter(|(_, source)| source == place) {
                        self.ledger
                            .add_output(&workflow.id, &step.id, output, value);
                    }
                }
            }
            Role::ExpiresIn
            | Role::ExpiresInMs
            | Role::ExpiresInMinutes
            | Role::ExpiresAt
            | Role::ServerUrl => {}
        }
    }
}

/// The documented answer to write into: one that the step takes for a success and that has a
/// place for the token; of these, the one that is named like the workflow, else the first.
fn choose<'a>(
    spec: &Spec,
    operation: &Operation,
    candidates: &[Documented<'a>],
    attempts: &[Attempt<'_>],
) -> Option<Documented<'a>> {
    let is_success = |one: &Documented<'_>| {
        let answer = one.answer(spec, one.status(200));
        let steps = attempts.iter().map(|known| known.step);
        answer.meets(&operation.success_criteria)
            && steps.clone().all(|step| answer.meets(&step.success))
    };
    let has_token = |one: &Documented<'_>| {
        let answer = one.answer(spec, one.status(200));
        let token = places(attempts)
            .into_iter()
            .filter(|(_, roles)| roles.contains(&Role::AccessToken))
            .all(|(place, _)| read(&answer, place).is_some_and(|value| value != ""));
        token && is_success(one)
    };
    let is_named = |one: &Documented<'_>| {
        let mut names = attempts.iter().map(|known| known.workflow.id.as_str());
        names.any(|name| one.name() == Some(name))
    };
    let find = |wanted: &dyn Fn(&Documented<'_>) -> bool| {
        candidates.iter().copied().find(|one| wanted(one))
    };
    find(&|one| is_named(one) && has_token(one))
        .or_else(|| find(&has_token))
        .or_else(|| find(&is_success))
        .or_else(|| candidates.first().copied())
}

/// The places of an answer that the workflows read, and what for.
fn places<'a>(attempts: &[Attempt<'a>]) -> Vec<(&'a Expression, BTreeSet<Role>)> {
    let mut found: Vec<(&Expression, BTreeSet<Role>)> = Vec::new();
    for attempt in attempts {
        for (_, place) in &attempt.step.outputs {
            let roles = roles(attempt.workflow, attempt.step, place);
            match found.iter_mut().find(|(known, _)| *known == place) {
                Some((_, known)) => known.extend(roles),
                None => found.push((place, roles)),
            }
        }
    }
    found
}

/// What a step's output is good for in its workflow.
fn roles(workflow: &Workflow, step: &Step, place: &Expression) -> BTreeSet<Role> {
    let comes_from_here = |expression: &Expression| {
        source(workflow, expression)
            .is_some_and(|(origin, found)| origin.id == step.id && found == place)
    };
    let mut roles: BTreeSet<Role> = workflow
        .outputs
        .iter()
        .filter(|(_, expression)| comes_from_here(expression))
        .filter_map(|(name, _)| match name.as_str() {
            "access_token" => Some(Role::AccessToken),
            "refresh_token" => Some(Role::RefreshToken),
            "expires_in" => Some(Role::ExpiresIn),
            "expires_in_ms" => Some(Role::ExpiresInMs),
            "expires_in_minutes" => Some(Role::ExpiresInMinutes),
            "expires_at" => Some(Role::ExpiresAt),
            "server_url" => Some(Role::ServerUrl),
            _ => None,
        })
        .collect();
    let mut is_read = false;
    for template in workflow.steps.iter().flat_map(templates) {
        each_expression(template, &mut |expression| {
            is_read |= comes_from_here(expression)
        });
    }
    if is_read {
        roles.insert(Role::Ticket);
    }
    roles
}

/// Whether a step yields the workflow's access token.
pub(crate) fn yields_token(workflow: &Workflow, step: &Step) -> bool {
    let mut places = step.outputs.iter();
    places.any(|(_, place)| roles(workflow, step, place).contains(&Role::AccessToken))
}

/// The step whose answer an expression leads to, and the place in that answer.
fn source<'a>(
    workflow: &'a Workflow,
    expression: &'a Expression,
) -> Option<(&'a Step, &'a Expression)> {
    let mut current = expression;
    // Each hop leads to an earlier step.
    for _ in 0..=workflow.steps.len() {
        let Expression::StepOutput { step, output } = current else {
            return None;
        };
        let step = workflow.steps.iter().find(|known| known.id == *step)?;
        let (_, found) = step.outputs.iter().find(|(name, _)| name == output)?;
        if matches!(
            found,
            Expression::Body(_) | Expression::Header(_) | Expression::Cookie(_)
        ) {
            return Some((step, found));
        }
        current = found;
    }
    None
}

/// Everything that a step sends.
fn templates(step: &Step) -> Vec<&Template> {
    let mut found: Vec<&Template> = step.parameters.iter().map(|known| &known.value).collect();
    found.extend(step.body.as_ref().map(|body| &body.value));
    for credential in &step.credentials {
        match &credential.value {
            StepCredentialValue::Basic {
                username, password, ..
            } => found.extend([username, password]),
            StepCredentialValue::Token(token) => found.push(token),
        }
    }
    found
}

fn each_expression(template: &Template, visit: &mut dyn FnMut(&Expression)) {
    match template {
        Template::Expression(expression) => visit(expression),
        Template::Text(pieces) => {
            for piece in pieces {
                if let Piece::Expression(expression) = piece {
                    visit(expression);
                }
            }
        }
        Template::Array(items) => items.iter().for_each(|item| each_expression(item, visit)),
        Template::Object(members) => {
            members
                .iter()
                .for_each(|(_, member)| each_expression(member, visit));
        }
        _ => {}
    }
}

/// What stands at a place of an answer; `None` if nothing or null does.
fn read(answer: &Answer, place: &Expression) -> Option<Value> {
    match (place, &answer.content) {
        (Expression::Header(name), _) => {
            let value = answer.headers.get(name)?.to_str().ok()?;
            Some(Value::from(value))
        }
        (Expression::Cookie(name), _) => cookie::read(&answer.headers, name).map(Value::from),
        (Expression::Body(pointer), Content::Value(body)) => body
            .pointer(pointer)
            .filter(|value| !value.is_null())
            .cloned(),
        _ => None,
    }
}

fn set(answer: &mut Answer, place: &Expression, value: Value) -> bool {
    match (place, &mut answer.content) {
        (Expression::Header(name), _) => {
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = text(&value).map(|text| HeaderValue::from_str(&text));
            if let (Ok(name), Some(Ok(value))) = (name, value) {
                answer.headers.insert(name, value);
                return true;
            }
            false
        }
        (Expression::Cookie(name), _) => {
            text(&value).is_some_and(|value| cookie::write(&mut answer.headers, name, &value))
        }
        (Expression::Body(pointer), Content::Value(body)) => {
            pointer::set(body, pointer, value, true)
        }
        _ => false,
    }
}

fn milliseconds(lifetime: Duration) -> i64 {
    i64::try_from(lifetime.as_millis())
        .unwrap_or(i64::MAX)
        .max(1)
}
