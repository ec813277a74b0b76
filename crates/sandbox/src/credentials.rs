//! Which credentials are right for a security scheme.

use std::collections::HashMap;

use keyfob_spec::{
    BasicEncoding, CredentialPart, Operation, Presentation, Scheme, Spec, StepCredentialValue,
    Workflow,
};

use crate::call::Call;
use crate::inputs::{example_text, with_examples};
use crate::ledger::{Ledger, Standing};
use crate::presentation::{Presented, decode_half, presented};

/// A credential that is right as long as the sandbox runs.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredential {
    /// The user name, for a Basic scheme.
    pub username: Option<String>,
    /// The password of a Basic scheme; the key or token of any other.
    pub value: String,
}

impl std::fmt::Debug for StaticCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticCredential").finish_non_exhaustive()
    }
}

/// The static credentials of an API's schemes.
pub(crate) struct Credentials {
    by_scheme: HashMap<String, Vec<StaticCredential>>,
}

/// Why an operation does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: RefusalKind,
    /// The scheme whose credential is at fault; `None` if it is no scheme's.
    pub(crate) scheme: Option<String>,
    /// Whether the fault stands in a header rather than in the body.
    pub(crate) in_header: bool,
}

/// The kinds of refusal, and of the examples that go with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    Missing,
    Invalid,
    Expired,
}

impl RefusalKind {
    /// The name of the documented example.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RefusalKind::Missing => "missing",
            RefusalKind::Invalid => "invalid",
            RefusalKind::Expired => "expired",
        }
    }
}

impl From<Standing> for RefusalKind {
    fn from(standing: Standing) -> RefusalKind {
        match standing {
            Standing::Expired => RefusalKind::Expired,
            Standing::Valid | Standing::Invalid => RefusalKind::Invalid,
        }
    }
}

impl Credentials {
    pub(crate) fn new(spec: &Spec) -> Credentials {
        let by_scheme = spec
            .schemes
            .iter()
            .filter(|scheme| {
                !spec
                    .workflows
                    .iter()
                    .any(|known| known.scheme == scheme.name)
            })
            .map(|scheme| (scheme.name.clone(), static_credentials(spec, scheme)))
            .collect();
        Credentials { by_scheme }
    }

    /// The well-known credential of a scheme; `None` if a workflow supplies it.
    pub(crate) fn of(&self, scheme: &str) -> Option<&StaticCredential> {
        self.by_scheme.get(scheme)?.first()
    }

    /// How a part of a scheme's credential stands.
    pub(crate) fn part(
        &self,
        ledger: &Ledger,
        scheme: &str,
        part: CredentialPart,
        value: &str,
    ) -> Standing {
        let Some(known) = self.by_scheme.get(scheme) else {
            return ledger.token(scheme, value);
        };
        let is_right = known.iter().any(|known| match part {
            CredentialPart::Username => known.username.as_deref() == Some(value),
            CredentialPart::Value | CredentialPart::Password => known.value == value,
        });
        if is_right {
            Standing::Valid
        } else {
            Standing::Invalid
        }
    }

    /// Whether the request holds what the operation's security asks for.
    ///
    /// # Errors
    ///
    /// What is wrong with the alternative that comes nearest.
    pub(crate) fn check(
        &self,
        spec: &Spec,
        ledger: &Ledger,
        operation: &Operation,
        call: &Call,
    ) -> Result<(), Refusal> {
        let mut wrong = None;
        let mut missing = None;
        let mut is_open = operation.security.is_empty();
        for alternative in &operation.security {
            is_open |= alternative.is_empty();
            let refusals: Vec<Refusal> = alternative
                .iter()
                .filter_map(|requirement| spec.scheme(&requirement.scheme))
                .filter_map(|scheme| self.refusal(ledger, scheme, call))
                .collect();
            let fault = refusals
                .iter()
                .find(|refusal| refusal.kind != RefusalKind::Missing);
            match (fault, refusals.first()) {
                (None, None) if !alternative.is_empty() => return Ok(()),
                (Some(fault), _) => wrong = better(wrong, fault),
                (None, Some(absent)) => missing = missing.or_else(|| Some(absent.clone())),
                (None, None) => {}
            }
        }
        match (wrong, missing) {
            (Some(wrong), _) => Err(wrong),
            (None, Some(missing)) if !is_open => Err(missing),
            _ => Ok(()),
        }
    }

    /// Whether the request presents a right credential of the scheme.
    pub(crate) fn takes(&self, ledger: &Ledger, scheme: &Scheme, call: &Call) -> bool {
        self.refusal(ledger, scheme, call).is_none()
    }

    fn refusal(&self, ledger: &Ledger, scheme: &Scheme, call: &Call) -> Option<Refusal> {
        let kind = match presented(&scheme.presentation, call) {
            None => RefusalKind::Missing,
            Some(presented) => match self.standing(ledger, scheme, &presented) {
                Standing::Valid => return None,
                standing => standing.into(),
            },
        };
        Some(Refusal {
            kind,
            scheme: Some(scheme.name.clone()),
            in_header: true,
        })
    }

    fn standing(&self, ledger: &Ledger, scheme: &Scheme, presented: &Presented) -> Standing {
        match presented {
            Presented::Unreadable => Standing::Invalid,
            Presented::Basic(username, password) => {
                let encoding = scheme.basic_encoding.unwrap_or(BasicEncoding::Plain);
                let given = StaticCredential {
                    username: Some(decode_half(encoding, username)),
                    value: decode_half(encoding, password),
                };
                let known = self.by_scheme.get(&scheme.name);
                if known.is_some_and(|known| known.contains(&given)) {
                    Standing::Valid
                } else {
                    Standing::Invalid
                }
            }
            Presented::Value(candidates) => candidates
                .iter()
                .map(|value| self.part(ledger, &scheme.name, CredentialPart::Value, value))
                .min_by_key(|standing| match standing {
                    Standing::Valid => 0,
                    Standing::Expired => 1,
                    Standing::Invalid => 2,
                })
                .unwrap_or(Standing::Invalid),
        }
    }
}

/// Of two wrong credentials, the one that was right once says more.
fn better(known: Option<Refusal>, found: &Refusal) -> Option<Refusal> {
    match known {
        Some(known) if known.kind == RefusalKind::Expired || found.kind != RefusalKind::Expired => {
            Some(known)
        }
        _ => Some(found.clone()),
    }
}

/// The well-known credential, and what the workflows use for the same scheme.
fn static_credentials(spec: &Spec, scheme: &Scheme) -> Vec<StaticCredential> {
    let is_basic = scheme.presentation == Presentation::Basic;
    let mut found = vec![StaticCredential {
        username: is_basic.then(|| "sandbox".to_owned()),
        value: format!("sandbox-{}", scheme.name),
    }];
    for workflow in &spec.workflows {
        found.extend(from_inputs(spec, workflow, scheme));
        found.extend(from_steps(spec, workflow, scheme));
    }
    found
}

/// The examples of the inputs that stand for the scheme's credential.
fn from_inputs(spec: &Spec, workflow: &Workflow, scheme: &Scheme) -> Option<StaticCredential> {
    let example = |part: CredentialPart| {
        let input = workflow.inputs.iter().find(|input| {
            let credential = input.credential.as_ref();
            credential.is_some_and(|known| known.scheme == scheme.name && known.part == part)
        });
        input.map(|input| example_text(spec, input))
    };
    if scheme.presentation == Presentation::Basic {
        Some(StaticCredential {
            username: Some(example(CredentialPart::Username)?),
            value: example(CredentialPart::Password)?,
        })
    } else {
        Some(StaticCredential {
            username: None,
            value: example(CredentialPart::Value)?,
        })
    }
}

/// What the steps present to operations that ask for the scheme.
fn from_steps<'a>(
    spec: &'a Spec,
    workflow: &'a Workflow,
    scheme: &'a Scheme,
) -> impl Iterator<Item = StaticCredential> + 'a {
    let asking = workflow.steps.iter().filter(|step| {
        let operation = spec.operation(&step.operation);
        let security = operation
            .into_iter()
            .flat_map(|known| known.security.iter().flatten());
        security
            .into_iter()
            .any(|requirement| requirement.scheme == scheme.name)
    });
    asking
        .flat_map(|step| &step.credentials)
        .filter(|credential| credential.presentation == scheme.presentation)
        .filter_map(|credential| match &credential.value {
            StepCredentialValue::Basic {
                username, password, ..
            } => Some(StaticCredential {
                username: Some(with_examples(spec, workflow, username)?),
                value: with_examples(spec, workflow, password)?,
            }),
            StepCredentialValue::Token(token) => Some(StaticCredential {
                username: None,
                value: with_examples(spec, workflow, token)?,
            }),
        })
}
