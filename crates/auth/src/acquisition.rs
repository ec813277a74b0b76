//! How a workflow credential gets its tokens: by the workflow that the application chose, by
//! renewal, and by the first again where renewal is refused.

mod former;
mod revocation;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use crate::api::{Api, Scheme};
use crate::cell::Acquired;
use crate::clock::{Clock, Now, milliseconds};
use crate::complaint::Complaint;
use crate::confidential::Confidential;
use crate::config_error::ConfigError;
use crate::error::{AuthError, AuthErrorKind};
use crate::event::TokenOrigin;
use crate::inputs::Inputs;
use crate::kept::{Keeper, Kept, Setback};
use crate::keyring::Network;
use crate::lifetime::Ends;
use crate::limits::TimeLeft;
use crate::presentation::Presented;
use crate::rules::{breach, checked};
use crate::run::{Borrowed, Halt, Run, Yield};
use crate::safe_url::is_loopback;
use crate::schedule::Schedule;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::slot::{AtHand, Slot};
use crate::store::{Identity, MemoryStore, Record, StoreError, StoreKey, Version};
use crate::workflow::{CredentialInput, Input, Workflow};

/// Acquires the tokens of one workflow credential.
pub(crate) struct WorkflowAcquisition {
    api: &'static Api,
    scheme: &'static Scheme,
    /// The workflow that the application chose.
    first: &'static Workflow,
    /// What the application gave for it.
    given: Vec<(&'static str, Confidential)>,
    /// The credentials that workflows take as inputs.
    lenders: Vec<Arc<Slot>>,
    network: Network,
    clock: Clock,
    /// What tells this credential from every other.
    identity: Identity,
    keeper: Keeper,
    held: Mutex<Held>,
}

/// What this process knows from one acquisition to the next, besides what is kept.
#[derive(Default)]
struct Held {
    /// The last token that was given out. Whoever asks again asks for another.
    used: Option<Secret>,
    /// What was to follow this version and could not be stored.
    unstored: Option<(Version, Record)>,
    /// How often tokens were given back.
    given_back: u64,
    /// The same login with an earlier secret, whose record has not been taken up yet.
    former: Option<Arc<WorkflowAcquisition>>,
}

/// What one acquisition is for, and the time that it has.
pub(crate) struct Errand {
    /// Whose token it is.
    pub origin: Weak<Slot>,
    pub time: TimeLeft,
}

/// What an acquisition yielded, and where it comes from.
pub(crate) struct Obtained {
    pub acquired: Acquired<Presented>,
    pub origin: TokenOrigin,
    /// The token before it was exchanged for it.
    pub is_renewal: bool,
}

/// How a renewal ended without a token.
enum Unrenewed {
    /// There is no workflow, or nothing to run it with.
    NoWay,
    /// The server refused it.
    Refused(AuthError),
}

/// How often peers may change a record in spite of its lock, before that is an error.
const MOST_OVERTAKEN: usize = 4;

/// A clock may have been set back by so much since a token was kept, in milliseconds; a token from
/// further in the future has an unknown age.
const CLOCK_TOLERANCE: u64 = 60_000;

impl WorkflowAcquisition {
    /// Without a store, what is kept is kept in memory, for this credential alone.
    ///
    /// # Errors
    ///
    /// What the application gave breaks a rule of the workflow.
    pub fn new(
        inputs: &Inputs,
        scheme: &'static Scheme,
        lenders: Vec<Arc<Slot>>,
        network: Network,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let (api, first) = (inputs.api(), inputs.workflow());
        let given = checked(inputs)?;
        let identity = identity(&given, &lenders, &network);
        let key = StoreKey::of(&[api.name, scheme.name, first.id], &identity);
        let store = settings.store.clone();
        let store = store.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        Ok(Self {
            api,
            scheme,
            first,
            given,
            lenders,
            network,
            clock: settings.clock.clone(),
            identity,
            keeper: Keeper::new(store, key),
            held: Mutex::default(),
        })
    }

    /// What tells this credential from every other.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A new token: what a peer has left in the store if that is new, else by renewal if that is
    /// possible, by the first workflow otherwise. `None`: the tokens were given back while it
    /// waited, so that a new one is nobody's wish, unless somebody asks anew.
    pub async fn acquire(&self, errand: &Errand) -> Result<Option<Obtained>, AuthError> {
        let given_back = self.held().given_back;
        if let Some(adopted) = self.adopted(&self.keeper.load().await?, errand) {
            return Ok(Some(adopted));
        }
        let mut kept = self.keeper.lock(errand.time.for_lock()).await?;
        if self.held().given_back != given_back {
            return Ok(None);
        }
        for _ in 0..MOST_OVERTAKEN {
            match self.acquire_locked(&mut kept, errand).await {
                Ok(obtained) => return Ok(Some(obtained)),
                Err(Setback::Failed(error)) => return Err(error),
                Err(Setback::Overtaken) => kept.reload().await?,
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn acquire_locked(
        &self,
        kept: &mut Kept<'_>,
        errand: &Errand,
    ) -> Result<Obtained, Setback> {
        self.take_up_former(kept, errand.time).await?;
        self.put_unstored(kept).await?;
        if let Some(adopted) = self.adopted(&kept.record, errand) {
            return Ok(adopted);
        }
        let refused = match self.renew(kept, errand).await? {
            Ok(renewed) => return Ok(renewed),
            Err(Unrenewed::NoWay) => None,
            Err(Unrenewed::Refused(error)) => Some(error),
        };
        self.run_first(kept, errand, refused).await
    }

    /// The token that is kept, if it lives and this process has not given it out yet: another
    /// process has acquired it, or this one in an earlier life.
    fn adopted(&self, record: &Record, errand: &Errand) -> Option<Obtained> {
        let token = record.access_token.as_ref()?;
        if self.held().used.as_ref() == Some(token) {
            return None;
        }
        let (since, lifetime) = remaining_life(record, self.clock.now())?;
        let server_url = match &record.server_url {
            Some(named) => self.allowed_server(named).ok()?,
            None => None,
        };
        let origin = errand.origin.clone();
        let value = Presented::token(self.scheme, token.clone(), server_url, origin);
        let value = value.ok()?;
        self.held().used = Some(token.clone());
        Some(Obtained {
            acquired: Acquired {
                value,
                lifetime,
                since,
            },
            origin: TokenOrigin::Store,
            is_renewal: false,
        })
    }

    /// Renews the last token. An outer error is one that the first workflow would not mend.
    async fn renew(
        &self,
        kept: &mut Kept<'_>,
        errand: &Errand,
    ) -> Result<Result<Obtained, Unrenewed>, Setback> {
        let lost = self.give_up_lost(&mut kept.record);
        if kept.record.access_token.is_some() {
            for workflow in self.renewals(self.yielding(&kept.record)) {
                if let Some(run) = self.renewal(workflow, &kept.record, errand).await? {
                    return self.run_renewal(workflow, run, kept, errand).await;
                }
            }
        }
        Ok(Err(lost.map_or(Unrenewed::NoWay, Unrenewed::Refused)))
    }

    /// A refresh token that somebody sent who is gone, with no trace of an answer: the server may
    /// have replaced it. To such a server it must not be sent again, because that looks like theft
    /// and costs the whole login (RFC 9700, 4.14.2).
    fn give_up_lost(&self, record: &mut Record) -> Option<AuthError> {
        if !std::mem::take(&mut record.in_exchange) || record.rotates == Some(false) {
            return None;
        }
        record.refresh_token = None;
        record.spent |= self.first_refreshes();
        let problem = "whoever renewed the login last was broken off in the middle of it, and its refresh token went with it";
        Some(AuthError::new(AuthErrorKind::Internal, problem))
    }

    async fn run_renewal(
        &self,
        workflow: &'static Workflow,
        run: Run<'_>,
        kept: &mut Kept<'_>,
        errand: &Errand,
    ) -> Result<Result<Obtained, Unrenewed>, Setback> {
        let exchanges = workflow.has_input("refresh_token");
        if exchanges {
            kept.record.in_exchange = true;
            kept.put().await?;
        }
        let halt = match run.run().await {
            Ok(yielded) => {
                let obtained = self.kept(workflow, &yielded, kept, errand).await?;
                return Ok(Ok(Obtained {
                    is_renewal: true,
                    ..obtained
                }));
            }
            Err(halt) => halt,
        };
        let Halt { error, unsent } = halt;
        if exchanges {
            kept.record.in_exchange = false;
            if error.code() == Some("invalid_grant") {
                kept.record.refresh_token = None;
                kept.record.spent |= self.first_refreshes();
            }
            if !unsent && has_no_verdict(&error) && self.can_begin_again(&kept.record) {
                kept.record.refresh_token = None;
            }
            self.put_back(kept).await?;
        }
        match error.is_transient() {
            true => Err(error.into()),
            false => Ok(Err(Unrenewed::Refused(error))),
        }
    }

    /// Whether a refresh token that the server may have replaced can be spared: it does replace
    /// them, as far as is known, and the first workflow gets another without anybody's help.
    fn can_begin_again(&self, record: &Record) -> bool {
        let takes_no_person = !self.first.single_use && !self.first_refreshes();
        takes_no_person && !record.spent && record.rotates != Some(false)
    }

    async fn run_first(
        &self,
        kept: &mut Kept<'_>,
        errand: &Errand,
        refused: Option<AuthError>,
    ) -> Result<Obtained, Setback> {
        let workflow = self.first;
        let refreshes = self.first_refreshes();
        if kept.record.spent || (refused.is_some() && refreshes) {
            return Err(match refused {
                Some(error) if !is_of_login(&error) => error.into(),
                refused => log_in_again(refused.as_ref()).into(),
            });
        }
        let mut inputs = self.given.clone();
        if let (true, Some(token)) = (refreshes, &kept.record.refresh_token) {
            replace(&mut inputs, "refresh_token", token);
        }
        let run = self.run(workflow, inputs, errand.time).await?;
        let happens_once = workflow.single_use || refreshes;
        if happens_once {
            // Known to everybody before it happens, so that nobody does it again.
            kept.record.spent = workflow.single_use;
            kept.record.in_exchange = refreshes;
            kept.put().await?;
        }
        let Halt { error, unsent } = match run.run().await {
            Ok(yielded) => return Ok(self.kept(workflow, &yielded, kept, errand).await?),
            Err(halt) => halt,
        };
        let is_refused = matches!(error.kind(), AuthErrorKind::Rejected { .. });
        let is_dead = error.code() == Some("invalid_grant") && refreshes;
        if happens_once {
            kept.record.spent = is_dead || (workflow.single_use && !unsent);
            kept.record.in_exchange = false;
            self.put_back(kept).await?;
        }
        let needs_person = is_dead || (is_refused && workflow.single_use);
        Err(match needs_person {
            true => log_in_again(Some(&error)).into(),
            false => error.into(),
        })
    }

    /// Whether the first workflow is itself a renewal, with a refresh token from the application.
    fn first_refreshes(&self) -> bool {
        self.given.iter().any(|(name, _)| *name == "refresh_token")
    }

    /// The workflow that yielded a kept token.
    fn yielding(&self, record: &Record) -> &'static Workflow {
        let mut workflows = self.api.workflows.iter();
        let found = workflows.find(|workflow| workflow.id == record.workflow);
        found.unwrap_or(self.first)
    }

    /// Takes note of how an exchange failed. Where that cannot be stored it is held for the next
    /// acquisition: the failure of the exchange says more than that of the store.
    async fn put_back(&self, kept: &mut Kept<'_>) -> Result<(), Setback> {
        self.held().unstored = Some((kept.version, kept.record.clone()));
        match kept.put().await {
            Err(Setback::Failed(_)) => return Ok(()),
            Err(Setback::Overtaken) => {
                self.held().unstored = None;
                return Err(Setback::Overtaken);
            }
            Ok(()) => self.held().unstored = None,
        }
        Ok(())
    }

    /// Stores what could not be stored before, unless a peer went on from there.
    async fn put_unstored(&self, kept: &mut Kept<'_>) -> Result<(), Setback> {
        let unstored = self.held().unstored.clone();
        let Some((version, record)) = unstored else {
            return Ok(());
        };
        if version == kept.version {
            kept.record = record;
            kept.put().await?;
        }
        self.held().unstored = None;
        Ok(())
    }

    /// The workflows that renew a token of `workflow`, best first.
    fn renewals(&self, workflow: &'static Workflow) -> Vec<&'static Workflow> {
        let own = renewals(self.api, workflow);
        match own.is_empty() {
            true => renewals(self.api, self.first),
            false => own,
        }
    }

    /// A run that renews; `None` where an input of it has no value.
    async fn renewal(
        &self,
        workflow: &'static Workflow,
        record: &Record,
        errand: &Errand,
    ) -> Result<Option<Run<'_>>, AuthError> {
        let mut inputs = Vec::new();
        for input in workflow.inputs.iter().filter(|input| input.is_given()) {
            let value = match input.name {
                "refresh_token" => record.refresh_token.as_ref().map(Confidential::from),
                "access_token" => record.access_token.as_ref().map(Confidential::from),
                name => self.given_or_default(workflow, name),
            };
            match value {
                Some(value) => inputs.push((input.name, value)),
                None if input.required => return Ok(None),
                None => {}
            }
        }
        let lacks_lender = |input: &Input| {
            let lender = input.credential.and_then(|wanted| self.lender(wanted));
            input.required && !input.is_given() && lender.is_none()
        };
        if workflow.inputs.iter().any(lacks_lender) {
            return Ok(None);
        }
        self.run(workflow, inputs, errand.time).await.map(Some)
    }

    /// What the application gave for an input, or else its default.
    fn given_or_default(&self, workflow: &Workflow, name: &str) -> Option<Confidential> {
        let mut given = self.given.iter();
        let given = given.find(|(known, _)| *known == name);
        let default = || {
            let mut inputs = workflow.inputs.iter();
            let default = inputs.find(|input| input.name == name)?.default?;
            Some(Confidential::from(&Secret::from(default)))
        };
        given.map(|(_, value)| value.clone()).or_else(default)
    }

    /// A run with these inputs and the credentials that the workflow borrows.
    async fn run(
        &self,
        workflow: &'static Workflow,
        mut inputs: Vec<(&'static str, Confidential)>,
        time: TimeLeft,
    ) -> Result<Run<'_>, AuthError> {
        let mut borrowed = Vec::new();
        for input in workflow.inputs {
            let Some(wanted) = input.credential else {
                continue;
            };
            let Some(lent) = self.borrow(input.name, wanted).await? else {
                continue;
            };
            let Some(value) = lent.value() else {
                continue;
            };
            if let Some(problem) = breach(input, &value) {
                let problem = format!("the credential of scheme {} {problem}", wanted.scheme);
                return Err(AuthError::new(AuthErrorKind::Misconfigured, problem));
            }
            inputs.push((input.name, value));
            borrowed.push(lent);
        }
        Ok(Run {
            api: self.api,
            workflow,
            network: &self.network,
            clock: &self.clock,
            inputs,
            borrowed,
            time,
        })
    }

    async fn borrow(
        &self,
        input: &'static str,
        wanted: CredentialInput,
    ) -> Result<Option<Borrowed>, AuthError> {
        let Some(slot) = self.lender(wanted) else {
            return Ok(None);
        };
        Ok(match slot.get().await? {
            AtHand::Nothing => None,
            AtHand::Lease(lease) => Some(Borrowed {
                input,
                part: wanted.part,
                slot: Arc::clone(slot),
                lease,
            }),
        })
    }

    fn lender(&self, wanted: CredentialInput) -> Option<&Arc<Slot>> {
        let mut lenders = self.lenders.iter();
        lenders.find(|slot| slot.scheme.name == wanted.scheme)
    }

    /// Stores the token and what it leaves for its renewal, and makes it ready to be sent. It is
    /// stored first: a rotated refresh token must not be lost, whatever becomes of the token.
    async fn kept(
        &self,
        workflow: &'static Workflow,
        yielded: &Yield,
        kept: &mut Kept<'_>,
        errand: &Errand,
    ) -> Result<Obtained, AuthError> {
        let token = text(yielded, "access_token").unwrap_or_else(|| Secret::from(""));
        let token = Secret::from(token.expose().trim());
        let lifetime =
            ends(yielded).lifetime(token.expose(), workflow.default_expires_in, yielded.since);
        kept.record = self.successor(&kept.record, workflow, yielded, &token, lifetime);
        self.held().unstored = Some((kept.version, kept.record.clone()));
        kept.put_over().await?;
        {
            let mut held = self.held();
            held.unstored = None;
            held.used = Some(token.clone());
        }
        let server_url = self.server_url(yielded)?;
        let value = Presented::token(self.scheme, token, server_url, errand.origin.clone());
        let unfit = |problem| {
            let problem = format!("the token {problem}");
            let pointer = yielded.token_pointer.clone();
            yielded
                .last
                .protocol(&problem, pointer, Complaint::default())
        };
        let acquired = Acquired {
            value: value.map_err(unfit)?,
            lifetime,
            since: yielded.since,
        };
        Ok(Obtained {
            acquired,
            origin: TokenOrigin::Workflow(workflow.id),
            is_renewal: false,
        })
    }

    /// What is kept after a workflow has yielded a token.
    fn successor(
        &self,
        before: &Record,
        workflow: &'static Workflow,
        yielded: &Yield,
        token: &Secret,
        lifetime: Option<Duration>,
    ) -> Record {
        let given = || {
            self.given_refresh_token()
                .filter(|_| workflow.id == self.first.id)
        };
        let sent = before.refresh_token.clone().or_else(given);
        let sent = sent.filter(|_| workflow.has_input("refresh_token"));
        let new = text(yielded, "refresh_token").filter(|token| !token.is_empty());
        let replaced = sent.map(|sent| new.as_ref().is_some_and(|new| *new != sent));
        let issued_at = yielded.since.wall;
        let open = |name| text(yielded, name).map(|text| text.expose().to_owned());
        Record {
            workflow: workflow.id.to_owned(),
            access_token: Some(token.clone()),
            issued_at,
            expires_at: lifetime.map(|lifetime| issued_at.saturating_add(milliseconds(lifetime))),
            refresh_token: new.or_else(|| before.refresh_token.clone()),
            scope: open("scope"),
            server_url: open("server_url"),
            spent: before.spent,
            in_exchange: false,
            rotates: match (before.rotates, replaced) {
                (Some(true), _) => Some(true),
                (before, replaced) => replaced.or(before),
            },
        }
    }

    fn given_refresh_token(&self) -> Option<Secret> {
        let mut given = self.given.iter();
        let given = given.find(|(name, _)| *name == "refresh_token")?;
        given.1.text()
    }

    /// The server that the answer names. A server that the document does not allow for is an
    /// error: the token is not for another one, and must not be sent to this one.
    fn server_url(&self, yielded: &Yield) -> Result<Option<Url>, AuthError> {
        let Some(named) = text(yielded, "server_url") else {
            return Ok(None);
        };
        self.allowed_server(named.expose()).map_err(|problem| {
            let problem = format!("the server that it names {problem}");
            yielded.last.protocol(&problem, None, Complaint::default())
        })
    }

    fn allowed_server(&self, named: &str) -> Result<Option<Url>, &'static str> {
        let url = Url::parse(named).map_err(|_| "is no URL")?;
        if self.network.servers.replaces_all().is_some() {
            return Ok(Some(url).filter(|url| self.network.servers.allows(url)));
        }
        let host = url.host_str().unwrap_or_default();
        let hosts = self.scheme.server_url_hosts;
        if !hosts.iter().any(|pattern| host_matches(pattern, host)) {
            return Err("is at a host that the document does not allow");
        }
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        match is_safe && url.username().is_empty() && url.password().is_none() {
            true => Ok(Some(url)),
            false => Err("is no plain https URL"),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells a credential from every other: all that goes into it, and where it is sent.
fn identity(
    given: &[(&'static str, Confidential)],
    lenders: &[Arc<Slot>],
    network: &Network,
) -> Identity {
    let mut identity = Identity::new("workflow");
    network.servers.identify(&mut identity);
    for (name, value) in given {
        identity.text(name);
        identity.text(&Zeroizing::new(value.expose().to_string()));
    }
    for lender in lenders {
        identity.text(lender.scheme.name);
        identity.identity(&lender.identity());
    }
    identity
}

/// From when on a kept token's life is counted, and how long it is; `None` where it is over.
fn remaining_life(record: &Record, now: Now) -> Option<(Now, Option<Duration>)> {
    let Some(expires_at) = record.expires_at else {
        return Some((now, None));
    };
    if record.issued_at > now.wall.saturating_add(CLOCK_TOLERANCE) {
        return None;
    }
    let wall = record.issued_at;
    let whole = Duration::from_millis(expires_at.checked_sub(wall)?);
    let start = Now { wall, monotonic: 0 };
    let death = Schedule::new(start, Some(whole), 0.0).death;
    let left = death.wall.checked_sub(now.wall).filter(|left| *left > 0)?;
    // The monotonic clock may have started after the token's life did.
    let age = now.wall.saturating_sub(wall);
    Some(match now.monotonic.checked_sub(age) {
        Some(monotonic) => (Now { wall, monotonic }, Some(whole)),
        None => (now, Some(Duration::from_millis(left))),
    })
}

/// Whether a failure leaves open what the server did: it fell silent, or what came was no answer
/// of a token endpoint.
fn has_no_verdict(error: &AuthError) -> bool {
    let fell_silent = error.is_transient() && error.status().is_none();
    fell_silent || matches!(error.kind(), AuthErrorKind::Protocol { .. })
}

/// Whether a failed renewal tells of the login, which only a person can mend. What is no answer of
/// a token endpoint does not, and neither does one that is about the client (RFC 6749, 5.2): the
/// refresh token may be as good as ever.
fn is_of_login(error: &AuthError) -> bool {
    const OF_CLIENT: [&str; 3] = [
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
    ];
    match error.kind() {
        AuthErrorKind::Protocol { .. } | AuthErrorKind::Misconfigured => false,
        AuthErrorKind::Rejected { code } => !code
            .as_deref()
            .is_some_and(|code| OF_CLIENT.contains(&code)),
        _ => true,
    }
}

fn text(yielded: &Yield, name: &str) -> Option<Secret> {
    yielded.output(name).and_then(Confidential::text)
}

fn ends(yielded: &Yield) -> Ends {
    let output = |name| yielded.output(name).cloned();
    Ends {
        expires_in: output("expires_in"),
        expires_in_ms: output("expires_in_ms"),
        expires_in_minutes: output("expires_in_minutes"),
        expires_at: output("expires_at"),
    }
}

/// The workflows that renew a token of `workflow`, best first.
pub(crate) fn renewals(api: &'static Api, workflow: &Workflow) -> Vec<&'static Workflow> {
    let find = |id: &&str| api.workflows.iter().find(|known| known.id == *id);
    workflow.renewed_by.iter().filter_map(find).collect()
}

/// The workflows that give a token of `workflow` back, best first.
pub(crate) fn revocations(api: &'static Api, workflow: &Workflow) -> Vec<&'static Workflow> {
    let find = |id: &&str| api.workflows.iter().find(|known| known.id == *id);
    workflow.revoked_by.iter().filter_map(find).collect()
}

fn replace(inputs: &mut [(&'static str, Confidential)], name: &str, value: &Secret) {
    for (known, old) in inputs.iter_mut() {
        if *known == name {
            *old = value.into();
        }
    }
}

/// A host, or any subdomain of what follows `*.`.
fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host
            .to_ascii_lowercase()
            .strip_suffix(&domain.to_ascii_lowercase())
            .is_some_and(|subdomain| subdomain.len() > 1 && subdomain.ends_with('.')),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

fn log_in_again(refused: Option<&AuthError>) -> AuthError {
    const REMEDY: &str = "log in again";
    match refused {
        Some(error) => error.needing(AuthErrorKind::LogInAgain, REMEDY),
        None => AuthError::new(AuthErrorKind::LogInAgain, "the login is used up")
            .needing(AuthErrorKind::LogInAgain, REMEDY),
    }
}

impl Workflow {
    fn has_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input.name == name)
    }
}
