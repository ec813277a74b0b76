//! What the sandbox has given out, and what has become of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

/// What is known of a credential that a request holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is right at this moment.
    Valid,
    /// It was right once.
    Expired,
    /// It was never right, or it was revoked.
    Invalid,
}

/// The tokens of one login or acquisition and all that were made from its refresh tokens.
pub(crate) type Family = u64;

/// The tokens, refresh tokens, codes and intermediate values of one API.
#[derive(Default)]
pub(crate) struct Ledger {
    tokens: HashMap<String, Token>,
    refresh_tokens: HashMap<String, RefreshToken>,
    codes: HashMap<String, Code>,
    /// Values that a later step of a workflow reads, by workflow, step and output.
    outputs: HashSet<(String, String, String, String)>,
    families: Family,
}

struct Token {
    schemes: BTreeSet<String>,
    family: Family,
    expires: Option<Instant>,
    is_revoked: bool,
}

struct RefreshToken {
    schemes: BTreeSet<String>,
    family: Family,
    /// Another has taken its place.
    is_spent: bool,
    is_revoked: bool,
}

/// An authorization code and what it is bound to.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) scheme: String,
    pub(crate) redirect_uri: String,
    /// The S256 challenge.
    pub(crate) challenge: Option<String>,
    /// The family of the tokens that it was exchanged for.
    pub(crate) spent: Option<Family>,
}

impl Ledger {
    pub(crate) fn new_family(&mut self) -> Family {
        self.families += 1;
        self.families
    }

    pub(crate) fn add_token(
        &mut self,
        value: &str,
        schemes: BTreeSet<String>,
        family: Family,
        lifetime: Duration,
    ) {
        let token = Token {
            schemes,
            family,
            // A lifetime beyond the clock's range has no end.
            expires: Instant::now().checked_add(lifetime),
            is_revoked: false,
        };
        self.tokens.insert(value.to_owned(), token);
    }

    pub(crate) fn token(&self, scheme: &str, value: &str) -> Standing {
        match self.tokens.get(value) {
            Some(token) if !token.schemes.contains(scheme) || token.is_revoked => Standing::Invalid,
            Some(token) if token.expires.is_some_and(|end| end <= Instant::now()) => {
                Standing::Expired
            }
            Some(_) => Standing::Valid,
            None => Standing::Invalid,
        }
    }

    pub(crate) fn expire_tokens(&mut self) {
        let now = Instant::now();
        for token in self.tokens.values_mut() {
            token.expires = Some(now);
        }
    }

    pub(crate) fn revoke_tokens(&mut self) {
        for token in self.tokens.values_mut() {
            token.is_revoked = true;
        }
    }

    pub(crate) fn revoke_refresh_tokens(&mut self) {
        for token in self.refresh_tokens.values_mut() {
            token.is_revoked = true;
        }
    }

    pub(crate) fn add_refresh_token(
        &mut self,
        value: &str,
        schemes: BTreeSet<String>,
        family: Family,
    ) {
        let token = RefreshToken {
            schemes,
            family,
            is_spent: false,
            is_revoked: false,
        };
        self.refresh_tokens.insert(value.to_owned(), token);
    }

    pub(crate) fn refresh_token(&self, scheme: &str, value: &str) -> Standing {
        match self.refresh_tokens.get(value) {
            Some(token) if !token.schemes.contains(scheme) || token.is_revoked => Standing::Invalid,
            Some(token) if token.is_spent => Standing::Expired,
            Some(_) => Standing::Valid,
            None => Standing::Invalid,
        }
    }

    pub(crate) fn refresh_family(&self, value: &str) -> Option<Family> {
        self.refresh_tokens.get(value).map(|token| token.family)
    }

    /// Another refresh token has taken the place of this one.
    pub(crate) fn spend_refresh_token(&mut self, value: &str) {
        if let Some(token) = self.refresh_tokens.get_mut(value) {
            token.is_spent = true;
        }
    }

    pub(crate) fn add_code(&mut self, value: &str, code: Code) {
        self.codes.insert(value.to_owned(), code);
    }

    pub(crate) fn code(&self, value: &str) -> Option<&Code> {
        self.codes.get(value)
    }

    pub(crate) fn spend_code(&mut self, value: &str, family: Family) {
        if let Some(code) = self.codes.get_mut(value) {
            code.spent = Some(family);
        }
    }

    pub(crate) fn add_output(&mut self, workflow: &str, step: &str, output: &str, value: &str) {
        let [workflow, step, output, value] = [workflow, step, output, value].map(str::to_owned);
        self.outputs.insert((workflow, step, output, value));
    }

    pub(crate) fn has_output(&self, workflow: &str, step: &str, output: &str, value: &str) -> bool {
        let [workflow, step, output, value] = [workflow, step, output, value].map(str::to_owned);
        self.outputs.contains(&(workflow, step, output, value))
    }

    /// A spent refresh token or code was used again: somebody has a copy, so that everything
    /// that came of it is revoked (RFC 9700, 4.14.2; RFC 6749, 4.1.2).
    pub(crate) fn punish_reuse(&mut self, values: &BTreeMap<String, String>) {
        let families: Vec<Family> = values
            .values()
            .filter_map(|value| {
                let refresh = self.refresh_tokens.get(value);
                let refresh = refresh
                    .filter(|token| token.is_spent)
                    .map(|token| token.family);
                refresh.or_else(|| self.codes.get(value)?.spent)
            })
            .collect();
        for family in families {
            self.revoke_family(family);
        }
    }

    /// Ends a token; with a refresh token, everything that was had by it (RFC 7009, 2.1). False: it
    /// was not good any more, or never was.
    pub(crate) fn give_back(&mut self, value: &str) -> bool {
        let now = Instant::now();
        if let Some(token) = self.tokens.get_mut(value) {
            let was_good = !token.is_revoked && token.expires.is_none_or(|end| end > now);
            token.is_revoked = true;
            return was_good;
        }
        let Some(token) = self.refresh_tokens.get(value) else {
            return false;
        };
        let was_good = !token.is_revoked && !token.is_spent;
        self.revoke_family(token.family);
        was_good
    }

    fn revoke_family(&mut self, family: Family) {
        for token in self.tokens.values_mut() {
            token.is_revoked |= token.family == family;
        }
        for token in self.refresh_tokens.values_mut() {
            token.is_revoked |= token.family == family;
        }
    }
}
