//! A credential that goes on with the login of an earlier one, whose secret was replaced.

use std::sync::Arc;

use super::WorkflowAcquisition;
use crate::kept::{Kept, Setback};
use crate::limits::TimeLeft;
use crate::store::{Record, Version};
use crate::workflow::Input;

impl WorkflowAcquisition {
    /// Whether it is the login of another, with another secret. Then a token of the former's is as
    /// good as one of its own, and what the former keeps is taken up with the next acquisition.
    pub fn goes_on_with(&self, former: &Arc<Self>) -> bool {
        if !self.is_same_login(former) {
            return false;
        }
        let used = former.held().used.clone();
        let mut held = self.held();
        held.used = used;
        held.former = Some(Arc::clone(former));
        true
    }

    fn is_same_login(&self, former: &Self) -> bool {
        let value = |of: &Self, name| {
            let mut given = of.given.iter();
            given
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
        };
        let stays = |input: &Input| {
            value(self, input.name) == value(former, input.name) || self.may_change(input)
        };
        self.first.id == former.first.id && self.first.inputs.iter().all(stays)
    }

    /// Whether an input can have another value for the same login: a secret that proves who asks,
    /// and is not the login itself.
    fn may_change(&self, input: &Input) -> bool {
        let is_login = self.first.single_use || self.first_refreshes();
        let renews = || {
            let mut renewals = self.renewals(self.first).into_iter();
            renewals.any(|renewal| renewal.has_input(input.name))
        };
        input.secret && input.name != "refresh_token" && (!is_login || renews())
    }

    /// Takes up the record of the same login with an earlier secret. What is left there is that it
    /// is gone: two who renew one login would take each other's place.
    pub(super) async fn take_up_former(
        &self,
        kept: &mut Kept<'_>,
        time: TimeLeft,
    ) -> Result<(), Setback> {
        let mut former = self.held().former.clone();
        while let Some(earlier) = former {
            if kept.version != Version::NONE {
                break;
            }
            let mut left = earlier.keeper.lock(time.for_lock()).await?;
            earlier.put_unstored(&mut left).await?;
            if left.version != Version::NONE {
                kept.record = left.record.clone();
                kept.put().await?;
                // The former may have given out another token since it was replaced.
                let used = earlier.held().used.clone();
                self.held().used = used;
                left.record = Record {
                    spent: self.first.single_use || self.first_refreshes(),
                    ..Record::default()
                };
                left.put().await?;
            }
            former = earlier.held().former.clone();
        }
        self.held().former = None;
        Ok(())
    }
}
