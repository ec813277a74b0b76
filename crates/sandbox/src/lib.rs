//! Serves API descriptions on loopback, so that clients can be tried without an account.
//!
//! [`Sandbox::open`] takes a folder of specs and serves each API under `/<api>`. It reads the
//! documents that the clients are generated from: every request is checked against them, and
//! answered with their examples.
//!
//! - The right values of a token workflow are the `example`s of its inputs. Tokens are new each
//!   time, and stand in the documented answer where the workflow reads them.
//! - Operations ask for the credentials that their `security` names. Schemes without a workflow
//!   take the well-known value `sandbox-<scheme>` (Basic: the user `sandbox` with that as the
//!   password).
//! - A token that is given back is good for nothing afterwards; with a refresh token, everything
//!   that was had by it.
//! - Refusals are the examples named `missing`, `invalid` and `expired`.
//! - The authorize page says yes for the person, and sends the browser back at once.
//!
//! The header `keyfob-sandbox` of an answer says in words why a request was not served.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use keyfob_spec::{Diagnostics, Spec};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

mod answer;
mod api;
mod authorize;
mod call;
mod condition;
mod cookie;
mod credentials;
mod decode;
mod examiner;
mod example;
mod give_back;
mod inputs;
mod issue;
mod judge;
mod ledger;
mod matching;
mod mint;
mod pointer;
mod presentation;
mod recorded;
mod refuse;
mod request;
mod routing;
mod schema;
mod server;
mod supply;
mod unify;

pub use credentials::StaticCredential;
pub use examiner::{Examiner, Reading};
pub use keyfob_spec::{read, read_all};
pub use recorded::Recorded;

use api::{Api, Failure};
use call::Call;

/// A running sandbox. Dropping it stops it and closes its connections.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_sandbox::Sandbox;
///
/// let sandbox = Sandbox::open("specs".as_ref()).await?;
/// // Where an application finds the API of `specs/acme`, and what its login takes:
/// let url = sandbox.base_url("acme");
/// let inputs = sandbox.inputs("acme", "client_credentials");
/// # let _ = (url, inputs);
/// # Ok(())
/// # }
/// ```
///
/// Methods that name an API, a scheme or a workflow which the sandbox does not know do nothing,
/// or give something empty.
pub struct Sandbox {
    address: SocketAddr,
    url: Url,
    apis: server::Apis,
    server: JoinHandle<()>,
    ended: watch::Receiver<()>,
}

/// What a sandbox is started with.
#[derive(Debug, Default)]
pub struct Builder {
    specs: Vec<Spec>,
    port: u16,
    token_lifetime: Option<Duration>,
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The specs cannot be read.
    #[error("{0}")]
    Specs(#[from] Diagnostics),
    /// Two specs have the same name, and would be served at the same path.
    #[error("two specs are called {0}; give one of the folders another name")]
    SameName(String),
    /// The port cannot be opened.
    #[error("port {port} on 127.0.0.1 cannot be opened: {source}; choose another, or 0 for any")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Sandbox {
    /// Serves these APIs on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// No port can be opened, or two APIs have the same name.
    pub async fn start(specs: Vec<Spec>) -> Result<Sandbox, StartError> {
        Sandbox::builder().specs(specs).start().await
    }

    /// Reads all specs in a folder and serves them on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start), or the specs cannot be read.
    pub async fn open(specs: &Path) -> Result<Sandbox, StartError> {
        Sandbox::start(read_all(specs)?).await
    }

    /// A sandbox with settings of its own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The names of the APIs, sorted.
    pub fn apis(&self) -> Vec<String> {
        self.apis.keys().cloned().collect()
    }

    /// Where an API is served: `http://127.0.0.1:PORT/<api>`.
    pub fn base_url(&self, api: &str) -> String {
        base_url(self.address, api)
    }

    /// Inputs that make a workflow succeed at this moment: the examples, and where those cannot
    /// be right for ever, a new code with its verifier, a new refresh token, and the
    /// credentials of the schemes that `x-credential` names.
    pub fn inputs(&self, api: &str, workflow: &str) -> BTreeMap<String, String> {
        let known = self.apis.get(api);
        let found = known.and_then(|api| Some((api, api.spec.workflow(workflow)?)));
        found.map_or_else(BTreeMap::new, |(api, workflow)| api.inputs(workflow))
    }

    /// What an application gives to a workflow: its [`inputs`](Self::inputs) without those that
    /// are other schemes' credentials.
    pub fn credential(&self, api: &str, workflow: &str) -> BTreeMap<String, String> {
        let mut values = self.inputs(api, workflow);
        let spec = self.apis.get(api).map(|api| &api.spec);
        if let Some(workflow) = spec.and_then(|spec| spec.workflow(workflow)) {
            let borrowed = workflow
                .inputs
                .iter()
                .filter(|input| input.credential.is_some());
            borrowed.for_each(|input| drop(values.remove(&input.name)));
        }
        values
    }

    /// A credential that a scheme takes: its well-known one, or a new token if a workflow
    /// supplies the scheme.
    pub fn static_credential(&self, api: &str, scheme: &str) -> Option<StaticCredential> {
        let api = self.apis.get(api)?;
        let scheme = api.spec.scheme(scheme)?;
        Some(api.credential(&scheme.name))
    }

    /// A request that asks for nothing, for an authorization to be written into: what
    /// [`takes`](Self::takes) looks at.
    pub fn blank_request(&self) -> reqwest::Request {
        reqwest::Request::new(reqwest::Method::GET, self.url.clone())
    }

    /// Whether a request presents a credential that the scheme takes.
    pub fn takes(&self, api: &str, scheme: &str, request: &reqwest::Request) -> bool {
        let Some(api) = self.apis.get(api) else {
            return false;
        };
        let call = Call {
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            query: request.url().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: Bytes::new(),
        };
        let scheme = api.spec.scheme(scheme);
        scheme.is_some_and(|scheme| api.takes(scheme, &call))
    }

    /// How often a token was asked for: the requests, refused ones included, to operations
    /// whose answer a workflow reads its access token from.
    pub fn token_requests(&self, api: &str) -> usize {
        self.apis
            .get(api)
            .map_or(0, |api| api.state().token_requests)
    }

    /// The requests to an API, oldest first. The latest 10,000 are kept, or
    /// fewer if they are longer than 64 MiB together.
    pub fn requests(&self, api: &str) -> Vec<Recorded> {
        let api = self.apis.get(api);
        api.map_or_else(Vec::new, |api| {
            api.state().journal.entries().cloned().collect()
        })
    }

    /// One line for each request to an API, oldest first: operation, status, complaint. No
    /// value of a request stands in it.
    pub fn log(&self, api: &str) -> Vec<String> {
        let Some(known) = self.apis.get(api) else {
            return Vec::new();
        };
        let state = known.state();
        state
            .journal
            .entries()
            .map(|entry| entry.line(api))
            .collect()
    }

    /// From now on, every token that was issued so far has expired. Refresh tokens live on.
    pub fn expire_tokens(&self, api: &str) {
        self.with(api, |api| api.state().ledger.expire_tokens());
    }

    /// From now on, every token that was issued so far is refused. Refresh tokens live on.
    pub fn refuse_tokens(&self, api: &str) {
        self.with(api, |api| api.state().ledger.revoke_tokens());
    }

    /// From now on, every refresh token that was issued so far is refused, and those of the
    /// examples with them.
    pub fn refuse_refresh_tokens(&self, api: &str) {
        self.with(api, |api| api.state().ledger.revoke_refresh_tokens());
    }

    /// How long the tokens live that are issued from now on. It is an hour at first.
    pub fn set_token_lifetime(&self, api: &str, lifetime: Duration) {
        self.with(api, |api| api.state().lifetime = lifetime);
    }

    /// The next call of an operation is answered with this status, whatever it asks. Several
    /// failures wait for as many calls.
    pub fn fail_next(
        &self,
        api: &str,
        operation_id: &str,
        status: u16,
        retry_after: Option<Duration>,
    ) {
        let operation_id = operation_id.to_owned();
        self.with(api, |api| {
            api.state().failures.push_back(Failure {
                operation_id,
                status,
                retry_after,
            });
        });
    }

    /// The person says no the next time that an authorize page is visited.
    pub fn deny_next_login(&self, api: &str) {
        self.with(api, |api| api.state().denies_next_login = true);
    }

    /// Waits until the sandbox has stopped.
    pub async fn stopped(&self) {
        let mut ended = self.ended.clone();
        // Nothing is ever sent: it ends with the server, which holds the other half.
        while ended.changed().await.is_ok() {}
    }

    /// Stops the sandbox and waits until its port is free again.
    pub async fn shutdown(self) {
        self.server.abort();
        self.stopped().await;
    }

    fn with(&self, api: &str, act: impl FnOnce(&Api)) {
        if let Some(api) = self.apis.get(api) {
            act(api);
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("address", &self.address)
            .field("apis", &self.apis())
            .finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Builder {
    /// The APIs to serve.
    pub fn specs(mut self, specs: Vec<Spec>) -> Builder {
        self.specs = specs;
        self
    }

    /// The port to listen on; 0, which is the default, stands for any free one.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// How long tokens live. An hour, if nothing is said.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Builder {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Starts the sandbox on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// The port cannot be opened, or two APIs have the same name.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let port = self.port;
        let bound = server::bind(port).await;
        let (listener, address) = bound.map_err(|source| StartError::Port { port, source })?;
        let url = Url::parse(&format!("http://{address}/")).map_err(|error| StartError::Port {
            port,
            source: std::io::Error::other(error),
        })?;
        let lifetime = self.token_lifetime.unwrap_or(Duration::from_secs(3600));
        let mut apis = BTreeMap::new();
        for spec in self.specs {
            let name = spec.name.clone();
            let api = Api::new(spec, base_url(address, &name), lifetime);
            if apis.insert(name.clone(), Arc::new(api)).is_some() {
                return Err(StartError::SameName(name));
            }
        }
        let apis: server::Apis = Arc::new(apis);
        let (alive, ended) = watch::channel(());
        let served = apis.clone();
        let server = tokio::spawn(async move {
            let _alive = alive;
            server::serve(listener, served).await;
        });
        Ok(Sandbox {
            address,
            url,
            apis,
            server,
            ended,
        })
    }
}

fn base_url(address: SocketAddr, api: &str) -> String {
    format!("http://{address}/{api}")
}
