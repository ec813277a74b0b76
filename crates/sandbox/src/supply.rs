//! What an application is given so that it succeeds: inputs and credentials that are right at
//! this moment.

use std::collections::BTreeMap;
use std::time::Duration;

use keyfob_spec::{Checker, CredentialPart, Direction, Input, Spec, Workflow};
use serde_json::Value;

use crate::condition::text;
use crate::credentials::{Credentials, StaticCredential};
use crate::inputs::{self, Meaning};
use crate::judge::challenge;
use crate::ledger::{Code, Ledger};
use crate::mint::Mint;

/// What is needed to supply values.
pub(crate) struct Supply<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) checker: &'a Checker,
    pub(crate) mint: &'a Mint,
    pub(crate) credentials: &'a Credentials,
    pub(crate) lifetime: Duration,
    pub(crate) ledger: &'a mut Ledger,
}

/// The examples of refresh tokens are right from the beginning.
pub(crate) fn seed(spec: &Spec, ledger: &mut Ledger) {
    let mut examples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for workflow in &spec.workflows {
        for input in &workflow.inputs {
            if inputs::meaning(spec, workflow, input) == Meaning::RefreshToken {
                let example = inputs::example_text(spec, input);
                examples
                    .entry(example)
                    .or_default()
                    .push(workflow.scheme.clone());
            }
        }
    }
    for (example, schemes) in examples {
        let family = ledger.new_family();
        ledger.add_refresh_token(&example, schemes.into_iter().collect(), family);
    }
}

/// Whether the example of a revocation's `token_type_hint` names an access token.
fn is_for_access_tokens(spec: &Spec, workflow: &Workflow) -> bool {
    let hint = inputs::input(workflow, "token_type_hint");
    hint.is_some_and(|hint| inputs::example_text(spec, hint) == "access_token")
}

impl Supply<'_> {
    /// The inputs of a workflow.
    pub(crate) fn inputs(&mut self, workflow: &Workflow) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for input in &workflow.inputs {
            values.insert(input.name.clone(), self.input(workflow, input));
        }
        let code = values.get("code");
        if let Some(code) = code.filter(|_| inputs::has_code(self.spec, workflow)) {
            let challenge = values
                .get("code_verifier")
                .map(|verifier| challenge(verifier));
            let issued = Code {
                scheme: workflow.scheme.clone(),
                redirect_uri: values.get("redirect_uri").cloned().unwrap_or_default(),
                challenge,
                spent: None,
            };
            self.ledger.add_code(code, issued);
        }
        values
    }

    /// The well-known credential of a scheme, or a new token of it.
    pub(crate) fn credential(&mut self, scheme: &str) -> StaticCredential {
        match self.credentials.of(scheme) {
            Some(known) => known.clone(),
            None => StaticCredential {
                username: None,
                value: self.token(scheme),
            },
        }
    }

    fn input(&mut self, workflow: &Workflow, input: &Input) -> String {
        match inputs::meaning(self.spec, workflow, input) {
            Meaning::Credential(scheme, part) => {
                let credential = self.credential(scheme);
                match part {
                    CredentialPart::Username => credential.username.unwrap_or_default(),
                    CredentialPart::Value | CredentialPart::Password => credential.value,
                }
            }
            Meaning::GivenBack if is_for_access_tokens(self.spec, workflow) => {
                self.token(&workflow.scheme)
            }
            Meaning::RefreshToken | Meaning::GivenBack => {
                let value = self.like_example(input);
                let family = self.ledger.new_family();
                let schemes = [workflow.scheme.clone()].into();
                self.ledger.add_refresh_token(&value, schemes, family);
                value
            }
            Meaning::OldToken => self.token(&workflow.scheme),
            Meaning::Code => self.like_example(input),
            Meaning::BoundToCode if input.name == "code_verifier" => self.mint.opaque(43),
            Meaning::BoundToCode | Meaning::Plain => inputs::example_text(self.spec, input),
        }
    }

    fn token(&mut self, scheme: &str) -> String {
        let value = self.mint.opaque(40);
        let family = self.ledger.new_family();
        let schemes = [scheme.to_owned()].into();
        self.ledger
            .add_token(&value, schemes, family, self.lifetime);
        value
    }

    /// A new value for an input that obeys the input's rules; its example, if none does.
    fn like_example(&self, input: &Input) -> String {
        let example = inputs::example_text(self.spec, input);
        let values = self
            .mint
            .like(&Value::from(example.as_str()), self.lifetime);
        let name = format!("input {} {}", input.name, input.schema);
        let is_right = |value: &&Value| {
            let schema = &input.schema;
            self.checker
                .accepts(&name, schema, Direction::Request, value)
        };
        values
            .iter()
            .find(is_right)
            .and_then(text)
            .unwrap_or(example)
    }
}
