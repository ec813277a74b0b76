//! Putting a client together.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use keyfob_auth::api::{Api, Presentation};
use keyfob_auth::{
    AcquisitionLimits, AuthEvent, Clock, ConfigError, Credential, Keyring, Network, ServerChoice,
    Settings, TokenStore,
};

use crate::base_urls::BaseUrls;
use crate::client::{Client, Connected};
use crate::hook::{Hook, Hooks};
use crate::limits::Allowance;
use crate::retry::Retries;

/// The time that a call may take, if the application does not say.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The bytes that an answer may have, if the application does not say.
const MAX_RESPONSE_SIZE: usize = 16 * 1024 * 1024;

/// How often a call is sent again, if the application does not say.
const RETRIES: u32 = 2;

/// Puts a client together. Mistakes are reported by [`build`](Self::build).
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder<C> {
    api: &'static Api,
    credentials: Vec<Credential>,
    servers: ServerChoice,
    configure_http: Vec<ConfigureHttp>,
    user_agent: String,
    timeout: Duration,
    max_response_size: usize,
    retries: u32,
    hooks: Vec<Box<dyn Hook>>,
    settings: Settings,
    /// The first mistake.
    mistake: Option<ConfigError>,
    client: PhantomData<fn() -> C>,
}

type ConfigureHttp = Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>;

impl<C: From<Client>> ClientBuilder<C> {
    /// A client of this API that calls itself `user_agent`.
    pub fn new(api: &'static Api, user_agent: &str) -> Self {
        Self {
            api,
            credentials: Vec::new(),
            servers: ServerChoice::default(),
            configure_http: Vec::new(),
            user_agent: user_agent.to_owned(),
            timeout: TIMEOUT,
            max_response_size: MAX_RESPONSE_SIZE,
            retries: RETRIES,
            hooks: Vec::new(),
            settings: Settings::new(),
            mistake: None,
            client: PhantomData,
        }
    }

    /// Gives the credential for one security scheme; once for each scheme.
    pub fn credentials(mut self, credentials: impl Into<Credential>) -> Self {
        self.credentials.push(credentials.into());
        self
    }

    /// Calls this server in place of all servers of the API, token servers included. It must be
    /// `https`; plain `http` is taken for loopback addresses only.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.choose(|servers| servers.base_url(url.as_ref()))
    }

    /// Calls the servers of this name (`x-name` in the API's description).
    pub fn server(self, name: impl AsRef<str>) -> Self {
        self.choose(|servers| Ok(servers.server(name.as_ref())))
    }

    /// Sets a variable in the servers' URLs.
    pub fn server_variable(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.choose(|servers| Ok(servers.variable(name.as_ref(), value.as_ref())))
    }

    /// Replaces one server: that of an operation (`name` is its id), or one of the API's servers
    /// (`name` is its `x-name`, or its URL as the API's description writes it).
    pub fn server_url(self, name: impl AsRef<str>, url: impl AsRef<str>) -> Self {
        self.choose(|servers| servers.server_url(name.as_ref(), url.as_ref()))
    }

    /// Changes the HTTP client that is built: proxies, certificates, addresses, pools.
    ///
    /// Redirects, retries and `User-Agent` are set afterwards: redirects are followed within an
    /// origin only, because a credential goes along, and a call is sent again as
    /// [`retries`](Self::retries) says. The version of `reqwest` shows here, because such settings
    /// are more than a client of one API can wrap.
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.configure_http.push(Box::new(configure));
        self
    }

    /// Calls itself this in `User-Agent`, in place of the crate's name and version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long a call may take: getting its token, all its attempts, the waits between them and
    /// reading the answer together. Default: 60 seconds.
    ///
    /// Where an answer is streamed, it is how long the answer's head may take, and then each
    /// piece of the body.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes an answer may have. Default: 16 MiB. Streams are not limited.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// How often a call may be sent again, when the failure may pass and the call may be repeated
    /// or was not processed: no connection was made, or an HTTP/2 server said so. Default: 2; 0
    /// turns it off. A credential that was refused is replaced all the same.
    pub fn retries(mut self, most: u32) -> Self {
        self.retries = most;
        self
    }

    /// Lets the application do something of its own around every request. May be given more than
    /// once.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Reads the age of tokens from this clock, in place of the machine's: a test can move a
    /// [`ManualClock`](keyfob_auth::ManualClock).
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.settings = self.settings.clock(clock);
        self
    }

    /// Keeps what token workflows acquire in this store, so that a login outlives the process and
    /// is shared with its peers: for example in a `FileStore`, which the feature `file-store`
    /// brings. Give the same credential again to find it; an authorization code that was exchanged
    /// opens its login (see [`Settings::store`]). Default: each client keeps its own, in
    /// memory.
    pub fn store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.settings = self.settings.store(store);
        self
    }

    /// How long getting a token may take, and for how long a token server that failed is left
    /// alone. This is apart from [`timeout`](Self::timeout): an acquisition belongs to no call, and
    /// goes on for the others where one gives up. The defaults are those of [`AcquisitionLimits`]:
    /// 10 seconds for an attempt, 30 for all of it.
    pub fn acquisition_limits(mut self, limits: AcquisitionLimits) -> Self {
        self.settings = self.settings.limits(limits);
        self
    }

    /// Tells the application what happens to its credentials: tokens acquired, renewed, refused or
    /// given back, acquisitions that failed, logins that are over. No secret is told. May be given
    /// more than once; `tracing` is told of the same in any case. A call that has its token at hand
    /// causes no event.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use keyfob_runtime::auth::{AuthEvent, AuthEventKind};
    ///
    /// static FAILED: AtomicU64 = AtomicU64::new(0);
    ///
    /// fn count(event: &AuthEvent) {
    ///     match &event.kind {
    ///         AuthEventKind::Failed { .. } => drop(FAILED.fetch_add(1, Ordering::Relaxed)),
    ///         AuthEventKind::LogInAgain { .. } => eprintln!("{event}"),
    ///         _ => {}
    ///     }
    /// }
    /// # use keyfob_runtime::{Client, ClientBuilder};
    /// # fn with(builder: ClientBuilder<Client>) -> ClientBuilder<Client> {
    /// // Client::builder()
    /// builder.on_auth_event(count)
    /// # }
    /// ```
    pub fn on_auth_event(mut self, observer: impl Fn(&AuthEvent) + Send + Sync + 'static) -> Self {
        self.settings = self.settings.on_event(observer);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The first mistake: two credentials for one scheme, an input that breaks its rule, a URL
    /// that is not `https`, a server that the API does not have, or HTTP settings that cannot be
    /// used.
    pub fn build(self) -> Result<C, ConfigError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        if self.timeout.is_zero() {
            return Err(client_error(
                "the timeout is zero, so that no call can succeed",
            ));
        }
        let http = build_http(self.api, self.configure_http, &self.user_agent)?;
        let network = Network {
            http,
            servers: self.servers,
        };
        let (api, credentials) = (self.api, self.credentials);
        let keyring = Keyring::with_settings(api, credentials, network, self.settings)?;
        let base_urls = BaseUrls::new(&keyring.network().servers, api);
        Ok(C::from(Client::new(Connected {
            keyring,
            base_urls: Arc::new(base_urls),
            allowance: Allowance {
                timeout: self.timeout,
                max_response_size: self.max_response_size,
            },
            retries: Retries::new(self.retries),
            hooks: Hooks::new(self.hooks),
        })))
    }

    fn choose(
        mut self,
        choose: impl FnOnce(ServerChoice) -> Result<ServerChoice, ConfigError>,
    ) -> Self {
        match choose(std::mem::take(&mut self.servers)) {
            Ok(servers) => self.servers = servers,
            Err(mistake) => self.mistake = self.mistake.or(Some(mistake)),
        }
        self
    }
}

/// The HTTP client. It follows no redirect: calls follow those within an origin themselves, and
/// a token request follows none. And it sends nothing twice: that is a matter of the call, which
/// has a budget for it, a wait before it, and a token for each attempt.
fn build_http(
    api: &Api,
    configure: Vec<ConfigureHttp>,
    user_agent: &str,
) -> Result<reqwest::Client, ConfigError> {
    let builder = match has_capitals(api) {
        true => reqwest::Client::builder().http1_title_case_headers(),
        false => reqwest::Client::builder(),
    };
    let builder = configure
        .into_iter()
        .fold(builder, |builder, configure| configure(builder));
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .user_agent(user_agent);
    builder.build().map_err(|error| {
        let mut problem = format!("the HTTP client cannot be built: {error}");
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            problem.push_str(&format!(": {error}"));
            cause = error.source();
        }
        client_error(problem)
    })
}

/// Whether the names of headers are written with capitals, as in `Authorization`. HTTP does not
/// care, but some servers do. So they are, unless the API has a key whose header is written in
/// lower case.
fn has_capitals(api: &Api) -> bool {
    let is_lower = |name: &str| name.starts_with(|letter: char| letter.is_ascii_lowercase());
    let mut presentations = api.schemes.iter().map(|scheme| scheme.presentation);
    !presentations.any(|one| match one {
        Presentation::Header(name) | Presentation::Prefixed(name, _) => is_lower(name),
        _ => false,
    })
}

fn client_error(problem: impl Into<String>) -> ConfigError {
    ConfigError::Client {
        problem: problem.into(),
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api", &self.api.name)
            .field("servers", &self.servers)
            .field("credentials", &self.credentials)
            .field("user_agent", &self.user_agent)
            .field("timeout", &self.timeout)
            .field("max_response_size", &self.max_response_size)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use keyfob_auth::{BasicEncoding, Scheme};

    use super::*;

    #[test]
    fn a_key_in_lower_case_is_written_so() {
        const fn scheme(presentation: Presentation) -> Scheme {
            Scheme {
                name: "key",
                presentation,
                description: "",
                refused_when: &[],
                server_url_hosts: &[],
                basic_encoding: BasicEncoding::Plain,
                authorize: None,
            }
        }
        static UPPER: Scheme = scheme(Presentation::Header("X-Key"));
        static LOWER: Scheme = scheme(Presentation::Header("x-key"));
        static PREFIXED: Scheme = scheme(Presentation::Prefixed("x-key", "key "));
        const CASES: [(&[&Scheme], bool); 3] = [
            (&[&UPPER], true),
            (&[&UPPER, &LOWER], false),
            (&[&UPPER, &PREFIXED], false),
        ];
        for (schemes, expected) in CASES {
            let api = Api {
                name: "acme",
                title: "Acme",
                servers: &[],
                schemes,
                workflows: &[],
                endpoints: &[],
            };
            assert_eq!(has_capitals(&api), expected, "{schemes:?}");
        }
    }
}
