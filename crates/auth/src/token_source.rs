//! An application's own way of getting a token, and what it is told and given for it.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use crate::cell::Reason;
use crate::clock::Clock;
use crate::error::{AuthError, AuthErrorKind};
use crate::limits::TimeLeft;
use crate::secret::Secret;
use crate::token::Token;
use crate::token_request;

/// An acquisition written by hand, for what a token workflow cannot say: signed assertions, an
/// instance's metadata service, a vault.
///
/// It only fetches. Keeping the token, sharing one acquisition among all who wait, renewing it in
/// time and after a refusal is the engine's work. It runs on a task of its own, so that no caller
/// can cancel it. A closure is a source, and so is whatever implements this trait; a generated
/// client takes it by the `source` of any of its schemes' credentials.
///
/// A token for a signed assertion (RFC 7523):
///
/// ```
/// use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
/// use hmac::{Hmac, KeyInit as _, Mac as _};
/// use keyfob_auth::{Acquisition, AuthError, Secret, Token, TokenSource};
///
/// struct ServiceAccount {
///     issuer: String,
///     key: Secret,
///     token_url: reqwest::Url,
/// }
///
/// impl ServiceAccount {
///     /// A JWT with these claims, signed by HMAC with SHA-256 (RFC 7515, A.1).
///     fn signed(&self, claims: &str) -> String {
///         let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
///         let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
///         let key = self.key.expose().as_bytes();
///         let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("any length");
///         mac.update(signed.as_bytes());
///         format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
///     }
/// }
///
/// impl TokenSource for ServiceAccount {
///     async fn acquire(&self, acquisition: Acquisition) -> Result<Token, AuthError> {
///         let (issuer, audience) = (&self.issuer, &self.token_url);
///         let issued = acquisition.unix_time();
///         let expires = issued + 300;
///         let assertion = self.signed(&format!(
///             r#"{{"iss":"{issuer}","aud":"{audience}","iat":{issued},"exp":{expires}}}"#
///         ));
///         let form = [
///             ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
///             ("assertion", assertion.as_str()),
///         ];
///         acquisition.exchange(acquisition.form(&self.token_url, &form)).await
///     }
/// }
/// # let account = ServiceAccount {
/// #     issuer: "robot@acme.example".into(),
/// #     key: "key".into(),
/// #     token_url: "https://acme.example/token".parse().unwrap(),
/// # };
/// # let assertion = account.signed(r#"{"iss":"robot@acme.example"}"#);
/// # assert_eq!(assertion, EXPECTED);
/// # const EXPECTED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJyb2JvdEBhY21lLmV4YW1wbGUifQ.Uie0WwV9hROWzj3kZCm8OMmden6FBPLklryr61mZzRs";
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches a new token.
    ///
    /// # Errors
    ///
    /// Whatever [`AuthError::new`] says; a transient one is tried again later.
    fn acquire(
        &self,
        acquisition: Acquisition,
    ) -> impl Future<Output = Result<Token, AuthError>> + Send;

    /// Gives a token back before its time, so that nobody can use it any more. Without a way of its
    /// own, a source says that there is none.
    ///
    /// # Errors
    ///
    /// The token is to be taken for alive.
    fn revoke(&self, token: Secret) -> impl Future<Output = Result<(), AuthError>> + Send {
        drop(token);
        let problem = "the application's own source has no way of giving it back";
        std::future::ready(Err(AuthError::new(AuthErrorKind::Misconfigured, problem)))
    }
}

impl<F, T> TokenSource for F
where
    F: Fn(Acquisition) -> T + Send + Sync + 'static,
    T: Future<Output = Result<Token, AuthError>> + Send,
{
    fn acquire(
        &self,
        acquisition: Acquisition,
    ) -> impl Future<Output = Result<Token, AuthError>> + Send {
        self(acquisition)
    }
}

/// One acquisition of a token by an application's own [`TokenSource`].
#[derive(Debug, Clone)]
pub struct Acquisition {
    pub(crate) reason: Reason,
    pub(crate) previous: Option<Secret>,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) time: TimeLeft,
}

impl Acquisition {
    /// Why a token is wanted.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The token before, if this client had one: the one that was refused where
    /// [`reason`](Self::reason) says so. Whoever keeps tokens in a cache of its own must not give
    /// this one again.
    pub fn previous(&self) -> Option<&Secret> {
        self.previous.as_ref()
    }

    /// The client's own HTTP client, with its proxies and certificates. It follows no redirect to
    /// another origin.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The time, as the client's clock shows it, in seconds since the Unix epoch: for `iat` and
    /// `exp` of an assertion.
    pub fn unix_time(&self) -> u64 {
        self.clock.now().wall / 1000
    }

    /// The same, as the standard library has it.
    pub fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.clock.now().wall)
    }

    /// A token request in form encoding (RFC 6749, appendix B). Its body is wiped when it has been
    /// sent.
    pub fn form(&self, url: &reqwest::Url, members: &[(&str, &str)]) -> reqwest::Request {
        token_request::form(url, members)
    }

    /// Sends a token request and reads its answer as RFC 6749 says it (5.1, 5.2): `access_token`,
    /// `expires_in` and `refresh_token` of a JSON object. It is bound by the client's limits, takes
    /// no redirect, reads no endless answer, and shows nothing of the request in an error.
    ///
    /// # Errors
    ///
    /// The request would travel unencrypted to another machine; there is no answer in time; the
    /// server refused; the answer holds no token.
    pub async fn exchange(&self, request: reqwest::Request) -> Result<Token, AuthError> {
        token_request::exchange(self, request).await
    }
}

/// A [`TokenSource`] behind a pointer.
pub(crate) trait AnySource: Send + Sync {
    fn acquire_boxed(&self, acquisition: Acquisition) -> Outcome<'_, Token>;
    fn revoke_boxed(&self, token: Secret) -> Outcome<'_, ()>;
}

/// What comes of asking an [`AnySource`].
pub(crate) type Outcome<'a, T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send + 'a>>;

impl<S: TokenSource> AnySource for S {
    fn acquire_boxed(&self, acquisition: Acquisition) -> Outcome<'_, Token> {
        Box::pin(self.acquire(acquisition))
    }

    fn revoke_boxed(&self, token: Secret) -> Outcome<'_, ()> {
        Box::pin(self.revoke(token))
    }
}
