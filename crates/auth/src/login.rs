//! A person's login by authorization code, in two halves (RFC 6749, 4.1; RFC 7636; RFC 9207).

use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use crate::api::{Api, Authorize, Server};
use crate::config_error::ConfigError;
use crate::inputs::{InputValue, Inputs};
use crate::path_template::endpoint_url;
use crate::sanitised::sanitised;
use crate::secret::Secret;
use crate::server::ServerChoice;

/// The first half of a login: it makes the URL that a person opens.
///
/// `C` is the credential that comes out of the second half.
pub struct Login<C> {
    inputs: Inputs,
    scope: Option<String>,
    parameters: Vec<(String, String)>,
    base_url: Option<String>,
    issuer: Option<String>,
    credential: PhantomData<fn() -> C>,
}

impl<C: From<Inputs>> Login<C> {
    /// A login for a workflow, of which `code` and `code_verifier` are still to come. The inputs
    /// `client_id` and `redirect_uri` must be there.
    pub fn new(inputs: Inputs) -> Self {
        Self {
            inputs,
            scope: None,
            parameters: Vec::new(),
            base_url: None,
            issuer: None,
            credential: PhantomData,
        }
    }

    /// What is asked for, in the API's own words; several scopes are separated by spaces.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// A parameter that the API takes besides the standard ones.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.parameters.retain(|(known, _)| *known != name);
        self.parameters.push((name, value.into()));
        self
    }

    /// Replaces the API's server in the authorization URL, for a sandbox.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The issuer that the callback's `iss` has to name (RFC 9207), where it is not at the
    /// authorization URL's own origin.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Makes the URL, with a new state and a new code verifier from the operating system's random
    /// numbers.
    ///
    /// # Errors
    ///
    /// The scheme has no authorization URL, `client_id` or `redirect_uri` is missing, or a
    /// parameter would replace one that makes the login safe.
    pub fn start(self) -> Result<LoginStarted<C>, ConfigError> {
        let refused = |problem| login_error(&self.inputs, problem);
        let state = random_text().map_err(refused)?;
        let verifier = random_text().map_err(refused)?;
        self.resume(state, verifier)
    }

    /// Takes up a login whose state and verifier the application kept, for example in a session:
    /// made with the same values, the URL is the same one.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start); or the state is empty, or the verifier is none (RFC 7636,
    /// 4.1: 43 to 128 unreserved characters).
    pub fn resume(
        self,
        state: impl Into<Secret>,
        verifier: impl Into<Secret>,
    ) -> Result<LoginStarted<C>, ConfigError> {
        let (state, verifier) = (state.into(), verifier.into());
        if state.is_empty() {
            return Err(login_error(&self.inputs, "the state is empty"));
        }
        if !is_verifier(verifier.expose()) {
            let problem = "the code verifier is not 43 to 128 letters, digits or -._~";
            return Err(login_error(&self.inputs, problem));
        }
        let url = self.url(&state, &verifier)?;
        Ok(LoginStarted {
            issuer: self.issuer,
            url,
            inputs: self.inputs,
            state,
            verifier,
            credential: PhantomData,
        })
    }

    fn url(&self, state: &Secret, verifier: &Secret) -> Result<Url, ConfigError> {
        let refused = |problem: &str| login_error(&self.inputs, problem);
        let authorize = self.authorize()?;
        let mut url = self.address(authorize)?;
        let mut parameters: Vec<(&str, &str)> = vec![
            ("response_type", "code"),
            ("client_id", self.text("client_id")?),
            ("redirect_uri", self.text("redirect_uri")?),
            ("state", state.expose()),
        ];
        let challenge = challenge(verifier);
        if self.takes("code_verifier") {
            parameters.push(("code_challenge", &challenge));
            parameters.push(("code_challenge_method", "S256"));
        }
        if let Some(scope) = self.scope.as_deref() {
            parameters.push(("scope", scope));
        }
        let ours = self.parameters.iter().map(|(name, _)| name.as_str());
        let mut reserved = parameters.iter().map(|(name, _)| *name);
        if let Some(name) = ours
            .clone()
            .find(|name| reserved.any(|known| known == *name))
        {
            return Err(refused(&format!(
                "the parameter {name} is not yours to set"
            )));
        }
        for fixed in authorize.parameters {
            if let Some(value) = fixed.value
                && !ours.clone().any(|name| name == fixed.name)
            {
                parameters.push((fixed.name, value));
            }
        }
        let given = self.parameters.iter();
        parameters.extend(given.map(|(name, value)| (name.as_str(), value.as_str())));
        url.query_pairs_mut().extend_pairs(parameters);
        Ok(url)
    }

    fn authorize(&self) -> Result<&'static Authorize, ConfigError> {
        let scheme = self.inputs.api().scheme(self.inputs.workflow().scheme);
        let authorize = scheme.and_then(|scheme| scheme.authorize.as_ref());
        let problem = "its scheme has no authorization URL";
        authorize.ok_or_else(|| login_error(&self.inputs, problem))
    }

    fn address(&self, authorize: &Authorize) -> Result<Url, ConfigError> {
        let Some(base) = &self.base_url else {
            return Url::parse(authorize.url).map_err(|error| ConfigError::BadUrl {
                what: "the authorization URL".to_owned(),
                problem: error.to_string(),
            });
        };
        let base = ServerChoice::default().base_url(base)?;
        let below = below_server(self.inputs.api(), authorize.url);
        let Some(base) = base.replaces_all() else {
            return Err(login_error(&self.inputs, "the base URL is missing"));
        };
        endpoint_url(base, below, &[])
    }

    fn takes(&self, input: &str) -> bool {
        let mut inputs = self.inputs.workflow().inputs.iter();
        inputs.any(|known| known.name == input)
    }

    fn text(&self, name: &str) -> Result<&str, ConfigError> {
        match self.inputs.get(name) {
            Some(InputValue::Text(text)) if !text.is_empty() => Ok(text.expose()),
            _ => Err(ConfigError::MissingInput {
                workflow: self.inputs.workflow().id.to_owned(),
                input: name.to_owned(),
            }),
        }
    }
}

/// A login between its halves: a person is at the authorization URL.
pub struct LoginStarted<C> {
    inputs: Inputs,
    url: Url,
    issuer: Option<String>,
    state: Secret,
    verifier: Secret,
    credential: PhantomData<fn() -> C>,
}

/// Why a callback is no login.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The callback is no URL, or a parameter stands in it twice.
    #[error("the callback cannot be read: {problem}; give the whole URL that the browser opened")]
    Unreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// The state is missing or another one: the callback belongs to another login, or somebody
    /// forged it.
    #[error("the callback belongs to another login (its state is not ours); start again")]
    WrongState,
    /// The answer comes from another authorization server (RFC 9207).
    #[error(
        "the callback comes from another issuer than {expected}; start again, and if that issuer is right, name it with .issuer(...)"
    )]
    WrongIssuer {
        /// The issuer that was expected.
        expected: String,
    },
    /// The authorization server says no.
    #[error("the login was refused: {code}{}", .description.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Refused {
        /// The server's `error`, for example `access_denied`.
        code: String,
        /// The server's `error_description`, sanitised and truncated.
        description: Option<String>,
    },
    /// There is neither a code nor an error.
    #[error("the callback has no code; start again")]
    NoCode,
}

impl<C: From<Inputs>> LoginStarted<C> {
    /// Takes up a login whose state and verifier a web application kept between its two halves.
    ///
    /// # Errors
    ///
    /// As for [`Login::resume`], which keeps more of the first half.
    pub fn resume(
        inputs: Inputs,
        state: impl Into<Secret>,
        verifier: impl Into<Secret>,
    ) -> Result<Self, ConfigError> {
        Login::new(inputs).resume(state, verifier)
    }

    /// What the person opens, in their own browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The state: keep it with the person's session.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// The code verifier: keep it with the person's session, and never show it.
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// The second half: reads the callback and yields the credential, which exchanges the code
    /// when a client first needs the token, once. `callback_url` is the whole URL that the browser
    /// was sent to, or its path and query.
    ///
    /// # Errors
    ///
    /// The callback belongs to another login, comes from another issuer, carries the server's
    /// error or no code.
    pub fn finish(self, callback_url: &str) -> Result<C, LoginError> {
        let callback = self.callback(callback_url)?;
        match callback.one("state")? {
            Some(state) if Secret::from(state) == self.state => {}
            _ => return Err(LoginError::WrongState),
        }
        if let Some(issuer) = callback.one("iss")? {
            self.check_issuer(issuer)?;
        }
        if let Some(code) = callback.one("error")? {
            let description = callback.one("error_description")?;
            return Err(LoginError::Refused {
                code: sanitised(code, &[]),
                description: description.map(|text| sanitised(text, &[])),
            });
        }
        match callback.one("code")? {
            Some(code) if !code.is_empty() => Ok(C::from(self.completed(code))),
            _ => Err(LoginError::NoCode),
        }
    }

    /// Parses the callback, which may lack scheme and host.
    fn callback(&self, text: &str) -> Result<Callback, LoginError> {
        let parsed = self.url.join(text);
        let url = parsed.map_err(|error| LoginError::Unreadable {
            problem: error.to_string(),
        })?;
        let pairs = url.query_pairs();
        Ok(Callback(
            pairs
                .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
                .collect(),
        ))
    }

    /// RFC 9207: the issuer is the one that was named, or else it is at the origin that the
    /// person was sent to.
    fn check_issuer(&self, issuer: &str) -> Result<(), LoginError> {
        let (right, expected) = match &self.issuer {
            Some(expected) => (issuer == expected, expected.clone()),
            None => {
                let origin = self.url.origin();
                let same = Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == origin);
                (same, origin.ascii_serialization())
            }
        };
        match right {
            true => Ok(()),
            false => Err(LoginError::WrongIssuer { expected }),
        }
    }

    /// The inputs, with what the login added.
    fn completed(&self, code: &str) -> Inputs {
        let inputs = self.inputs.clone().set("code", code);
        let mut known = inputs.workflow().inputs.iter();
        match known.any(|input| input.name == "code_verifier") {
            true => inputs.set("code_verifier", self.verifier.clone()),
            false => inputs,
        }
    }
}

/// The parameters of a callback.
struct Callback(Vec<(String, Zeroizing<String>)>);

impl Callback {
    fn one(&self, name: &str) -> Result<Option<&str>, LoginError> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.as_str());
        match found.next() {
            Some(_) => Err(LoginError::Unreadable {
                problem: format!("it carries the parameter {name} twice"),
            }),
            None => Ok(first),
        }
    }
}

/// The path of a URL below the server that it belongs to: the one with the longest matching URL.
/// A URL of no known server keeps its whole path.
fn below_server<'a>(api: &'static Api, url: &'a str) -> &'a str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let steps = api.workflows.iter().flat_map(|workflow| workflow.steps);
    let own = steps.flat_map(|step| step.endpoint.servers);
    let other = api.endpoints.iter().flat_map(|endpoint| endpoint.servers);
    let servers = api.servers.iter().chain(own).chain(other);
    let below = |server: &Server| {
        let rest = url.strip_prefix(server.url.trim_end_matches('/'))?;
        rest.starts_with('/').then_some(rest)
    };
    let whole_path = || {
        let (_, rest) = url.split_once("://").unwrap_or(("", url));
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    };
    servers
        .filter_map(below)
        .min_by_key(|rest| rest.len())
        .unwrap_or_else(whole_path)
}

/// 256 random bits as text: 43 characters, which RFC 7636 takes for a verifier.
fn random_text() -> Result<Secret, &'static str> {
    let mut bytes = Zeroizing::new([0; 32]);
    match getrandom::fill(bytes.as_mut()) {
        Ok(()) => Ok(URL_SAFE_NO_PAD.encode(bytes.as_ref()).into()),
        Err(_) => Err("the operating system gives no random numbers"),
    }
}

/// RFC 7636, 4.2: the S256 challenge of a verifier.
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

/// RFC 7636, 4.1.
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

fn login_error(inputs: &Inputs, problem: &str) -> ConfigError {
    ConfigError::Login {
        workflow: inputs.workflow().id.to_owned(),
        problem: problem.to_owned(),
    }
}

impl<C> fmt::Debug for Login<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Login")
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for LoginStarted<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginStarted")
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}
