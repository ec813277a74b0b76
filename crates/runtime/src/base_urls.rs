//! Where the operations of a client are called, found out once.

use std::borrow::Cow;

use keyfob_auth::api::{Api, Endpoint};
use keyfob_auth::{ConfigError, ServerChoice};
use url::Url;

/// The base URLs of an API's operations under one choice of servers.
#[derive(Debug)]
pub(crate) struct BaseUrls {
    /// That of the operations that are called at the document's servers.
    shared: Option<Url>,
    /// Those of the others, by operation id, in order.
    own: Vec<(&'static str, Url)>,
}

impl BaseUrls {
    /// Finds out where each operation of the API is called, as far as there is an answer.
    pub(crate) fn new(servers: &ServerChoice, api: &'static Api) -> Self {
        let any = Endpoint {
            operation_id: "",
            method: "",
            path: "",
            servers: &[],
        };
        let shared = servers.url(api, &any).ok();
        let mut own = Vec::new();
        for endpoint in api.endpoints {
            if let Ok(url) = servers.url(api, endpoint)
                && (!endpoint.servers.is_empty() || shared.as_ref() != Some(&url))
            {
                own.push((endpoint.operation_id, url));
            }
        }
        own.sort_unstable_by_key(|(id, _)| *id);
        Self { shared, own }
    }

    /// Where an operation is called.
    ///
    /// # Errors
    ///
    /// The choice of servers has no answer, and says why.
    pub(crate) fn of(
        &self,
        servers: &ServerChoice,
        api: &'static Api,
        endpoint: &Endpoint,
    ) -> Result<Cow<'_, Url>, ConfigError> {
        let id = endpoint.operation_id;
        let found = match self.own.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(at) => self.own.get(at).map(|(_, url)| url),
            Err(_) if endpoint.servers.is_empty() => self.shared.as_ref(),
            Err(_) => None,
        };
        match found {
            Some(url) => Ok(Cow::Borrowed(url)),
            None => servers.url(api, endpoint).map(Cow::Owned),
        }
    }
}
