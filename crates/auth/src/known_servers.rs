//! The servers that an API's description names.

use crate::api::{Api, Endpoint, Server, ServerVariable};

/// Everything that a choice can name.
pub(crate) struct KnownServers {
    servers: Vec<&'static Server>,
    endpoints: Vec<&'static Endpoint>,
    complete: bool,
}

impl KnownServers {
    pub fn of(api: &'static Api) -> Self {
        let steps = api.workflows.iter().flat_map(|workflow| workflow.steps);
        let endpoints: Vec<&'static Endpoint> = api
            .endpoints
            .iter()
            .copied()
            .chain(steps.map(|step| step.endpoint))
            .collect();
        let own = endpoints.iter().flat_map(|endpoint| endpoint.servers);
        Self {
            servers: api.servers.iter().chain(own).collect(),
            endpoints,
            complete: !api.endpoints.is_empty(),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.servers.iter().filter_map(|server| server.name)
    }

    pub fn has_name(&self, name: &str) -> bool {
        !self.complete || self.names().any(|known| known == name)
    }

    pub fn has_url(&self, url: &str) -> bool {
        !self.complete || self.servers.iter().any(|server| server.url == url)
    }

    pub fn has_operation(&self, name: &str) -> bool {
        let mut endpoints = self.endpoints.iter();
        !self.complete || endpoints.any(|endpoint| endpoint.operation_id == name)
    }

    pub fn has_variable(&self, name: &str) -> bool {
        !self.complete || self.variables().any(|variable| variable.name == name)
    }

    /// The values that a variable takes, whichever server has it; empty: any value.
    pub fn values(&self, name: &str) -> Vec<&'static str> {
        let same = || self.variables().filter(|variable| variable.name == name);
        match same().any(|variable| variable.values.is_empty()) {
            true => Vec::new(),
            false => same()
                .flat_map(|variable| variable.values)
                .copied()
                .collect(),
        }
    }

    pub fn variables(&self) -> impl Iterator<Item = &'static ServerVariable> {
        self.servers.iter().flat_map(|server| server.variables)
    }
}
