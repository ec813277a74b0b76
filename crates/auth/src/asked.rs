//! A request to a token endpoint that was asked, and what its failure means.

use crate::answer::{Received, Trouble};
use crate::clock::Now;
use crate::complaint::Complaint;
use crate::condition::Condition;
use crate::error::{AuthError, AuthErrorKind, Detail, Place};
use crate::evaluate::reads_more_than_status;
use crate::limits::TimeLimit;
use crate::reading::Reading;
use crate::workflow::{Step, Workflow};

/// A request of a workflow's step, or of an application's own source.
#[derive(Clone)]
pub(crate) struct Asked {
    place: Place,
    endpoint: String,
    status: Option<u16>,
}

impl Asked {
    /// A request of a workflow, whose step and address are not known yet.
    pub(crate) fn of(workflow: &Workflow) -> Self {
        Self {
            place: Place {
                workflow: Some(workflow.id),
                ..Place::default()
            },
            endpoint: String::new(),
            status: None,
        }
    }

    /// It is of this step.
    pub(crate) fn step(&mut self, step: &Step) {
        self.place.step = Some(step.id);
        self.place.operation = Some(step.endpoint.operation_id);
    }

    /// It goes to this address: a method and a URL.
    pub(crate) fn goes_to(&mut self, endpoint: String) {
        self.endpoint = endpoint;
    }

    /// A request that goes to this address.
    pub(crate) fn at(endpoint: String) -> Self {
        Self {
            place: Place::default(),
            endpoint,
            status: None,
        }
    }

    /// It was answered with this status.
    pub(crate) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// What an answer that is no success means. `broken` is the criterion of the document that it
    /// does not meet, if it is for that. No text of `secrets` is repeated.
    pub(crate) fn refused(
        &self,
        received: &Received,
        reading: &Reading<'_>,
        broken: Option<&Condition>,
        secrets: &[&str],
        now: Now,
    ) -> AuthError {
        let complaint = Complaint::read(reading.members(), secrets);
        let code = complaint.code.clone();
        let kind = match received.status {
            408 | 425 | 429 | 500..=599 => transient(received, now),
            _ if code.as_deref().is_some_and(is_transient) => transient(received, now),
            300..=399 => {
                return self.protocol("a token endpoint must not redirect", None, complaint);
            }
            404 | 405 | 406 | 410 | 415 if code.is_none() => AuthErrorKind::Misconfigured,
            200..=299 => return self.unsuccessful(received, reading, broken, complaint),
            _ => AuthErrorKind::Rejected { code },
        };
        self.failed(kind, None, complaint)
    }

    /// An answer whose status is one of success, though it is none. Where the server says why, or
    /// the criterion asks for more than a status, it is a refusal; otherwise the document and the
    /// server differ.
    fn unsuccessful(
        &self,
        received: &Received,
        reading: &Reading<'_>,
        broken: Option<&Condition>,
        complaint: Complaint,
    ) -> AuthError {
        let nature = reading.members().is_none().then(|| received.nature());
        let nature = nature.map(|nature| format!("the answer is {nature}"));
        let criterion =
            broken.map(|criterion| format!("the success criterion `{criterion}` is not met"));
        let says_no = complaint.code.is_some() || broken.is_none_or(reads_more_than_status);
        if nature.is_none() && says_no {
            let code = complaint.code.clone();
            return self.failed(AuthErrorKind::Rejected { code }, criterion, complaint);
        }
        let problems: Vec<String> = [nature, criterion].into_iter().flatten().collect();
        self.protocol(&problems.join(" and "), None, complaint)
    }

    pub(crate) fn error(&self, kind: AuthErrorKind, problem: impl Into<String>) -> AuthError {
        AuthError::from_detail(Detail {
            kind,
            scheme: None,
            place: self.place,
            status: self.status,
            code: None,
            problem: problem.into(),
            remedy: None,
            is_of_revocation: false,
        })
    }

    /// The answer is none of a token endpoint.
    pub(crate) fn protocol(
        &self,
        problem: &str,
        pointer: Option<String>,
        complaint: Complaint,
    ) -> AuthError {
        let at = pointer.as_deref().filter(|pointer| !pointer.is_empty());
        let at = at
            .map(|pointer| format!(" (at {pointer})"))
            .unwrap_or_default();
        let words = complaint.description;
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        AuthError::from_detail(Detail {
            kind: AuthErrorKind::Protocol {
                endpoint: self.endpoint.clone(),
                status: self.status,
                pointer,
            },
            scheme: None,
            place: self.place,
            status: self.status,
            code: complaint.code,
            problem: format!(
                "{} is not answered as documented: {problem}{at}{words}",
                self.endpoint
            ),
            remedy: Some("check the server's address and the API's documents".to_owned()),
            is_of_revocation: false,
        })
    }

    /// The endpoint answered that it cannot or will not; `reason` is the engine's own.
    pub(crate) fn failed(
        &self,
        kind: AuthErrorKind,
        reason: Option<String>,
        complaint: Complaint,
    ) -> AuthError {
        let (problem, remedy) = match &kind {
            AuthErrorKind::Transient { .. } => ("is not available", Some("try again later")),
            AuthErrorKind::Rejected { .. } => ("refused the credentials", None),
            _ => ("is not there", Some("check the server's address")),
        };
        let mut problem = format!("{} {problem}", self.endpoint);
        for words in [reason, complaint.description].into_iter().flatten() {
            problem = format!("{problem}: {words}");
        }
        AuthError::from_detail(Detail {
            kind,
            scheme: None,
            place: self.place,
            status: self.status,
            code: complaint.code,
            problem,
            remedy: remedy.map(str::to_owned),
            is_of_revocation: false,
        })
    }

    pub(crate) fn trouble(&self, trouble: Trouble) -> AuthError {
        let transient = AuthErrorKind::Transient { retry_after: None };
        let mut asked = self.clone();
        let problem = match trouble {
            Trouble::NotProcessed(cause) | Trouble::Disconnected(cause) => {
                let problem = format!("{} cannot be reached: {cause}", self.endpoint);
                return self.error(transient, problem);
            }
            Trouble::TimedOut { limit } => {
                let problem = match limit {
                    TimeLimit::Attempt => "did not answer within the limit of an attempt",
                    TimeLimit::Acquisition => "did not answer within the limit of the acquisition",
                };
                let problem = format!("{} {problem}", self.endpoint);
                return self.error(AuthErrorKind::TimedOut { limit }, problem);
            }
            Trouble::BrokenOff { status } => {
                asked.status = Some(status);
                "the answer broke off"
            }
            Trouble::TooLarge { status } => {
                asked.status = Some(status);
                "the answer is larger than 1 MiB"
            }
            Trouble::Redirected { status } => {
                asked.status = Some(status);
                "a token endpoint must not redirect"
            }
        };
        asked.protocol(problem, None, Complaint::default())
    }
}

fn transient(received: &Received, now: Now) -> AuthErrorKind {
    AuthErrorKind::Transient {
        retry_after: received.retry_after(now),
    }
}

/// Error codes that mean "later", whatever the status (RFC 6749, 4.1.2.1; RFC 8628, 3.5).
fn is_transient(code: &str) -> bool {
    matches!(
        code,
        "temporarily_unavailable" | "server_error" | "slow_down" | "authorization_pending"
    )
}
