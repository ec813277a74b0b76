//! What one request presents.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{HeaderName, HeaderValue};
use url::Url;

use crate::cell::Lease;
use crate::error::AuthError;
use crate::fingerprint::Fingerprint;
use crate::presentation::{Form, Presented};
use crate::reading::{Answer, Reading};
use crate::refusal;
use crate::slot::AtHand;

/// What one request presents: the credentials of one or several schemes, ready to be sent.
///
/// Cheap to clone; it copies no token. The default presents nothing.
#[derive(Clone, Default)]
pub struct Authorization(Content);

#[derive(Clone, Default)]
enum Content {
    #[default]
    Nothing,
    One(Arc<Lease<Presented>>),
    Several(Arc<Several>),
}

struct Several {
    leases: Vec<Arc<Lease<Presented>>>,
    /// Which of them the last refused answer refused, by bit.
    refused: AtomicU64,
}

impl Authorization {
    /// Of several schemes, those that send something.
    pub(crate) fn several(mut leases: Vec<Arc<Lease<Presented>>>) -> Self {
        match (leases.pop(), leases.is_empty()) {
            (None, _) => Self(Content::Nothing),
            (Some(one), true) => Self(Content::One(one)),
            (Some(last), false) => {
                leases.push(last);
                Self(Content::Several(Arc::new(Several {
                    leases,
                    refused: AtomicU64::new(0),
                })))
            }
        }
    }

    fn leases(&self) -> &[Arc<Lease<Presented>>] {
        match &self.0 {
            Content::Nothing => &[],
            Content::One(lease) => std::slice::from_ref(lease),
            Content::Several(several) => &several.leases,
        }
    }

    /// Writes the credentials into a request: a sensitive header, a query parameter or a cookie.
    /// What an earlier call wrote is replaced.
    pub fn apply(&self, request: &mut reqwest::Request) {
        for lease in self.leases() {
            lease.value.form().apply(request);
        }
    }

    /// The header to send, for schemes that present one.
    #[inline]
    pub fn header(&self) -> Option<(&HeaderName, &HeaderValue)> {
        match &self.0 {
            Content::Nothing => None,
            Content::One(lease) => lease.value.form().as_header(),
            Content::Several(several) => {
                let mut forms = several.leases.iter().map(|lease| lease.value.form());
                forms.find_map(Form::as_header)
            }
        }
    }

    /// What is sent, without its value: `Authorization: Bearer <214 characters>`.
    pub fn shape(&self) -> String {
        let shapes = self.leases().iter().map(|lease| lease.value.shape());
        let shapes: Vec<String> = shapes.collect();
        match shapes.is_empty() {
            true => "nothing".to_owned(),
            false => shapes.join(", "),
        }
    }

    /// Which tokens are sent, as [`AuthEvent`](crate::AuthEvent)s tell of them: to find the calls
    /// of a token, or the token of a call, in a log.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let leases = self.leases().iter();
        leases
            .map(|lease| Fingerprint::of(&lease.value.value))
            .collect()
    }

    /// Whether [`is_refused`](Self::is_refused) reads the answer's body.
    pub fn needs_body(&self) -> bool {
        let mut leases = self.leases().iter();
        leases.any(|lease| refusal::needs_body(lease.value.scheme))
    }

    /// Whether an answer refuses what was presented: status 401, or what the scheme's
    /// `x-refused-when` says. An answer that asks for more scope never does.
    pub fn is_refused(&self, answer: &Answer<'_>) -> bool {
        let reading = Reading::new(*answer);
        let refuses = |lease: &Lease<Presented>| refusal::refuses(lease.value.scheme, &reading);
        match &self.0 {
            Content::Nothing => false,
            Content::One(lease) => refuses(lease),
            Content::Several(several) => {
                let bits = several.leases.iter().zip(0..u64::BITS);
                let refused = bits.filter(|(lease, _)| refuses(lease));
                let refused = refused.fold(0, |bits, (_, bit)| bits | 1 << bit);
                several.refused.store(refused, Ordering::Relaxed);
                refused != 0
            }
        }
    }

    /// Something else to present, after a refusal. It invalidates exactly the token that was
    /// used: if another one has come since, that one is given; otherwise one is acquired, once
    /// for all who ask. `None`: there is nothing new to try, as with a key, or when the same
    /// token came back, or when refusals come too often.
    ///
    /// # Errors
    ///
    /// The acquisition failed.
    pub async fn replace(&self) -> Result<Option<Self>, AuthError> {
        match &self.0 {
            Content::Nothing => Ok(None),
            Content::One(lease) => Ok(replaced(lease).await?.map(|new| Self(Content::One(new)))),
            Content::Several(several) => {
                let mut leases = several.leases.clone();
                let mut is_new = false;
                for (lease, is_refused) in leases.iter_mut().zip(several.refused()) {
                    if is_refused && let Some(new) = replaced(lease).await? {
                        *lease = new;
                        is_new = true;
                    }
                }
                Ok(is_new.then(|| Self::several(leases)))
            }
        }
    }

    /// Gives up what the last answer refused, for a request that cannot be sent again. It waits for
    /// nothing: what takes its place is acquired for those who ask next.
    pub fn refuse(&self) {
        match &self.0 {
            Content::Nothing => {}
            Content::One(lease) => refuse(lease),
            Content::Several(several) => {
                let leases = several.leases.iter().zip(several.refused());
                let refused = leases.filter(|(_, is_refused)| *is_refused);
                refused.for_each(|(lease, _)| refuse(lease));
            }
        }
    }

    /// The server that takes this token, where the token's answer named it. It replaces the
    /// server of the operation.
    pub fn server_url(&self) -> Option<&Url> {
        let mut leases = self.leases().iter();
        leases.find_map(|lease| lease.value.server_url.as_ref())
    }
}

impl From<AtHand> for Authorization {
    fn from(at_hand: AtHand) -> Self {
        match at_hand {
            AtHand::Nothing => Self(Content::Nothing),
            AtHand::Lease(lease) => Self(Content::One(lease)),
        }
    }
}

impl Several {
    /// Of each lease, whether the last refused answer refused it.
    fn refused(&self) -> impl Iterator<Item = bool> + use<> {
        let refused = self.refused.load(Ordering::Relaxed);
        (0..u64::BITS).map(move |bit| refused & (1 << bit) != 0)
    }
}

fn refuse(lease: &Arc<Lease<Presented>>) {
    if let Some(slot) = lease.value.slot.upgrade() {
        slot.refuse(lease);
    }
}

async fn replaced(
    lease: &Arc<Lease<Presented>>,
) -> Result<Option<Arc<Lease<Presented>>>, AuthError> {
    match lease.value.slot.upgrade() {
        Some(slot) => slot.replace(lease).await,
        None => Ok(None),
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authorization({})", self.shape())
    }
}
