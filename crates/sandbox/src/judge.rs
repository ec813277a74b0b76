//! Which values are right in the places of a step's expressions.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_spec::{Expression, Input, Spec, Workflow};
use sha2::{Digest, Sha256};

use crate::credentials::{Credentials, RefusalKind};
use crate::inputs::{self, Meaning};
use crate::ledger::{Ledger, Standing};

/// Judges values at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'l> {
    pub(crate) spec: &'l Spec,
    pub(crate) ledger: &'l Ledger,
    pub(crate) credentials: &'l Credentials,
}

/// How a value is wrong, and the scheme whose credential it was to be.
pub(crate) type Wrong = (RefusalKind, Option<String>);

impl Judge<'_> {
    /// Whether redirect URI and verifier are those that the code was issued for (RFC 6749,
    /// 4.1.3; RFC 7636, 4.6). True where there is no code, or none that is known.
    pub(crate) fn code_fits(&self, workflow: &Workflow, values: &BTreeMap<String, String>) -> bool {
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

    /// Whether a value is right in the place of an expression.
    ///
    /// # Errors
    ///
    /// How it is wrong, and whose credential it was to be.
    pub(crate) fn standing(
        &self,
        workflow: &Workflow,
        expression: &Expression,
        value: &str,
    ) -> Result<(), Wrong> {
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
            Expression::StatusCode
            | Expression::Body(_)
            | Expression::Header(_)
            | Expression::Cookie(_) => Standing::Invalid,
        };
        verdict(standing, None)
    }

    fn input_standing(&self, workflow: &Workflow, input: &Input, value: &str) -> Result<(), Wrong> {
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
            // What becomes of a token that is not known is the operation's affair.
            Meaning::BoundToCode | Meaning::GivenBack => Standing::Valid,
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

/// The S256 challenge of a verifier (RFC 7636, 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn verdict(standing: Standing, scheme: Option<&str>) -> Result<(), Wrong> {
    match standing {
        Standing::Valid => Ok(()),
        other => Err((other.into(), scheme.map(str::to_owned))),
    }
}
