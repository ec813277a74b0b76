//! Giving tokens back on demand (RFC 7009).

use super::{MOST_OVERTAKEN, WorkflowAcquisition, revocations};
use crate::confidential::Confidential;
use crate::error::{AuthError, AuthErrorKind};
use crate::kept::{Kept, Setback};
use crate::limits::TimeLeft;
use crate::request::presents;
use crate::rules::breach;
use crate::run::Run;
use crate::secret::Secret;
use crate::store::{Record, StoreError};
use crate::workflow::Workflow;

/// The kinds of token, by their names of RFC 7009 (2.1), in the order in which they are given
/// back: a refresh token could otherwise buy another access token meanwhile.
const KINDS: [&str; 2] = ["refresh_token", "access_token"];

impl WorkflowAcquisition {
    /// Gives back what the server gave, and forgets it: the tokens that are gone. Where the server
    /// fails, what it has not taken back is kept, because it is alive.
    pub async fn give_back(&self, time: TimeLeft) -> Result<Vec<Secret>, AuthError> {
        let workflows = revocations(self.api, self.first);
        if workflows.is_empty() {
            let problem = format!(
                "the API's description has no workflow that gives tokens of {} back",
                self.first.id
            );
            return Err(AuthError::new(AuthErrorKind::Misconfigured, problem));
        }
        let mut kept = self.keeper.lock(time.for_lock()).await?;
        for _ in 0..MOST_OVERTAKEN {
            match self.give_back_locked(&workflows, &mut kept, time).await {
                Ok(gone) => return Ok(gone),
                Err(Setback::Failed(error)) => return Err(error),
                Err(Setback::Overtaken) => kept.reload().await?,
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn give_back_locked(
        &self,
        workflows: &[&'static Workflow],
        kept: &mut Kept<'_>,
        time: TimeLeft,
    ) -> Result<Vec<Secret>, Setback> {
        self.take_up_former(kept, time).await?;
        self.put_unstored(kept).await?;
        let mut gone = Vec::new();
        for kind in KINDS {
            let Some(token) = self.kept_token(&kept.record, kind) else {
                continue;
            };
            // Of a kind that the server does not take back, it is only forgotten.
            if takes(workflows, kind) {
                let (workflow, run) = self.revocation(workflows, &token, kind, time).await?;
                match run.give_back().await {
                    Err(error) if !is_dead_already(&error, workflow) => return Err(error.into()),
                    _ => {}
                }
            }
            self.forget(kept, kind).await?;
            gone.push(token);
        }
        Ok(gone)
    }

    fn kept_token(&self, record: &Record, kind: &str) -> Option<Secret> {
        match kind {
            "access_token" => record.access_token.clone(),
            _ if record.spent => record.refresh_token.clone(),
            _ => {
                let given = || self.given_refresh_token();
                record.refresh_token.clone().or_else(given)
            }
        }
    }

    /// Notes that a token is gone. A login ends with its first token that is given back.
    async fn forget(&self, kept: &mut Kept<'_>, kind: &str) -> Result<(), AuthError> {
        let record = &mut kept.record;
        match kind {
            "access_token" => record.access_token = None,
            _ => record.refresh_token = None,
        }
        record.in_exchange = false;
        record.spent |= self.first.single_use || self.first_refreshes();
        {
            let mut held = self.held();
            held.unstored = None;
            held.given_back += 1;
        }
        kept.put_over().await
    }

    /// A run that gives a token back, by the first workflow for which everything is there.
    async fn revocation(
        &self,
        workflows: &[&'static Workflow],
        token: &Secret,
        kind: &str,
        time: TimeLeft,
    ) -> Result<(&'static Workflow, Run<'_>), AuthError> {
        let mut missing = "";
        for workflow in workflows.iter().filter(|workflow| takes(&[workflow], kind)) {
            let value = |name: &str| match name {
                "token" => Some(Confidential::from(token)),
                "token_type_hint" => Some(Confidential::from(&Secret::from(kind))),
                name => self.given_or_default(workflow, name),
            };
            let inputs = workflow.inputs.iter().filter(|input| input.is_given());
            let (mut known, mut is_complete) = (Vec::new(), true);
            for input in inputs {
                match value(input.name) {
                    Some(value) => known.push((input.name, value)),
                    None if input.required => (missing, is_complete) = (input.name, false),
                    None => {}
                }
            }
            if is_complete {
                return Ok((workflow, self.run(workflow, known, time).await?));
            }
        }
        let problem = format!("giving it back takes the input {missing}, which was not given");
        Err(AuthError::new(AuthErrorKind::Misconfigured, problem))
    }
}

/// Whether any of the workflows takes tokens of this kind: what its `token_type_hint` allows.
fn takes(workflows: &[&'static Workflow], kind: &str) -> bool {
    let kind = Confidential::from(&Secret::from(kind));
    workflows.iter().any(|workflow| {
        let mut inputs = workflow.inputs.iter();
        let hint = inputs.find(|input| input.name == "token_type_hint");
        hint.is_none_or(|hint| breach(hint, &kind).is_none())
    })
}

/// A server may say of a token that is dead already that it is not valid, though RFC 7009 (2.2)
/// makes that a success.
fn is_dead_already(error: &AuthError, workflow: &Workflow) -> bool {
    let presents_it = || workflow.steps.iter().any(|step| presents(step, "token"));
    match (error.code(), error.status()) {
        (Some("invalid_token"), _) => true,
        (Some("invalid_client"), _) => false,
        (_, Some(401)) => presents_it(),
        _ => false,
    }
}
