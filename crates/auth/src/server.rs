//! At which server an endpoint is called.

use std::fmt;

use url::Url;

use crate::api::{Api, Endpoint, Server};
use crate::config_error::ConfigError;
use crate::known_servers::KnownServers;
use crate::safe_url::checked_url;
use crate::store::Identity;

/// Which servers an application chose, for an API's operations and for its token operations
/// alike. The default is the document's own first choice.
///
/// For an endpoint the first of these counts: a URL given for its `operationId`; the base URL;
/// a URL given for the server that would be used, by that server's `x-name` or its URL as the
/// document writes it; the named server; the first server without `x-required`.
#[derive(Clone, Default)]
pub struct ServerChoice {
    base_url: Option<Url>,
    server: Option<String>,
    variables: Vec<(String, String)>,
    server_urls: Vec<(String, Url)>,
}

impl ServerChoice {
    /// Replaces every server of the API.
    ///
    /// # Errors
    ///
    /// The URL is no absolute `https` URL (`http` is taken for loopback addresses only), or it
    /// carries a user, a query or a fragment.
    pub fn base_url(mut self, url: &str) -> Result<Self, ConfigError> {
        self.base_url = Some(checked_url("the base URL", url)?);
        Ok(self)
    }

    /// Chooses the servers of this `x-name`, for every endpoint that has named servers.
    #[must_use]
    pub fn server(mut self, name: &str) -> Self {
        self.server = Some(name.to_owned());
        self
    }

    /// Sets a server variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces one server: `name` is an `operationId`, a server's `x-name`, or a server's URL as
    /// the document writes it.
    ///
    /// # Errors
    ///
    /// As for [`base_url`](Self::base_url).
    pub fn server_url(mut self, name: &str, url: &str) -> Result<Self, ConfigError> {
        let url = checked_url(&format!("the server URL for {name}"), url)?;
        self.server_urls.retain(|(known, _)| known != name);
        self.server_urls.push((name.to_owned(), url));
        Ok(self)
    }

    /// The server that an endpoint is called at.
    ///
    /// # Errors
    ///
    /// The chosen name or variable does not fit this endpoint, or the application has to choose
    /// and did not.
    pub fn url(&self, api: &'static Api, endpoint: &Endpoint) -> Result<Url, ConfigError> {
        if let Some(url) = self.replacement(endpoint.operation_id) {
            return Ok(url.clone());
        }
        if let Some(url) = &self.base_url {
            return Ok(url.clone());
        }
        let server = self.chosen(api, endpoint)?;
        match self.replacement_of(server) {
            Some(url) => Ok(url.clone()),
            None => self.filled(server, endpoint),
        }
    }

    /// Whether a credential for this API may be sent to a server that a token answer named: a
    /// base URL of the application's keeps everything at its own origin.
    pub(crate) fn allows(&self, named: &Url) -> bool {
        match &self.base_url {
            Some(base) => base.origin() == named.origin(),
            None => true,
        }
    }

    /// Everything that was chosen: a token of one server is not for another.
    pub(crate) fn identify(&self, identity: &mut Identity) {
        identity.text(self.base_url.as_ref().map_or("", Url::as_str));
        identity.text(self.server.as_deref().unwrap_or_default());
        let mut sorted: Vec<(&str, &str, &str)> = Vec::new();
        for (name, value) in &self.variables {
            sorted.push(("variable", name, value));
        }
        for (name, url) in &self.server_urls {
            sorted.push(("server", name, url.as_str()));
        }
        sorted.sort_unstable();
        for (kind, name, value) in sorted {
            for text in [kind, name, value] {
                identity.text(text);
            }
        }
    }

    /// The base URL that replaces every server.
    pub(crate) fn replaces_all(&self) -> Option<&Url> {
        self.base_url.as_ref()
    }

    /// Checks that every name in the choice exists somewhere in the API.
    pub(crate) fn check(&self, api: &'static Api) -> Result<(), ConfigError> {
        let known = KnownServers::of(api);
        let problem = |problem| Err(ConfigError::Server { problem });
        if let Some(name) = &self.server
            && !known.has_name(name)
        {
            let names = list(known.names());
            let variables = list(known.variables().map(|variable| variable.name));
            let remedy = match (names.is_empty(), variables.is_empty()) {
                (false, _) => format!("it has {names}"),
                (true, false) => format!("choose one by .server_variable(..) of {variables}"),
                (true, true) => "its servers have no names; set .base_url(..)".to_owned(),
            };
            return problem(format!("{} has no server {name}; {remedy}", api.title));
        }
        for (name, _) in &self.server_urls {
            if !known.has_name(name) && !known.has_url(name) && !known.has_operation(name) {
                return problem(format!(
                    "{} has no server and no operation {name} whose URL could be set",
                    api.title
                ));
            }
        }
        for (name, value) in &self.variables {
            if !known.has_variable(name) {
                return problem(format!("no server of {} has a variable {name}", api.title));
            }
            let values = known.values(name);
            let is_used = self.base_url.is_none();
            if is_used && !values.is_empty() && !values.contains(&value.as_str()) {
                let values = list(values.into_iter());
                return problem(format!(
                    "the variable {name} of {}'s servers takes only {values}",
                    api.title
                ));
            }
        }
        Ok(())
    }

    fn replacement(&self, name: &str) -> Option<&Url> {
        let found = self.server_urls.iter().find(|(known, _)| known == name);
        found.map(|(_, url)| url)
    }

    fn replacement_of(&self, server: &Server) -> Option<&Url> {
        let by_name = server.name.and_then(|name| self.replacement(name));
        by_name.or_else(|| self.replacement(server.url))
    }

    fn chosen(
        &self,
        api: &'static Api,
        endpoint: &Endpoint,
    ) -> Result<&'static Server, ConfigError> {
        let servers = match endpoint.servers {
            [] => api.servers,
            own => own,
        };
        let named = servers.iter().any(|server| server.name.is_some());
        if let Some(name) = self.server.as_deref()
            && named
        {
            let found = servers.iter().find(|server| server.name == Some(name));
            return found.ok_or_else(|| not_there(name, servers, endpoint));
        }
        let default = servers.iter().find(|server| !server.required);
        let replaced = || {
            let mut servers = servers.iter();
            servers.find(|server| self.replacement_of(server).is_some())
        };
        default
            .or_else(replaced)
            .ok_or_else(|| has_to_choose(api, servers, endpoint))
    }

    fn filled(&self, server: &Server, endpoint: &Endpoint) -> Result<Url, ConfigError> {
        let what = format!("the server of {}", endpoint.operation_id);
        let mut text = server.url.to_owned();
        for variable in server.variables {
            let chosen = self
                .variables
                .iter()
                .find(|(name, _)| name == variable.name);
            let value = chosen.map_or(variable.default, |(_, value)| value);
            if !variable.values.is_empty() && !variable.values.contains(&value) {
                let values = list(variable.values.iter().copied());
                return Err(ConfigError::BadUrl {
                    what,
                    problem: format!("its variable {} takes only {values}", variable.name),
                });
            }
            let place = format!("{{{}}}", variable.name);
            if !fits(value, &text, &place) {
                return Err(ConfigError::BadUrl {
                    what,
                    problem: format!(
                        "the value of its variable {} would change more of the URL than its own place",
                        variable.name
                    ),
                });
            }
            text = text.replace(&place, value);
        }
        if !text.contains("://") {
            return Err(ConfigError::BadUrl {
                what,
                problem: "the document gives it relative to its own address; set a base URL".into(),
            });
        }
        checked_url(&what, &text)
    }
}

/// Whether a value keeps to its own place in the URL: in the authority it cannot end the host,
/// in the path it cannot begin a query or climb.
fn fits(value: &str, url: &str, place: &str) -> bool {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let authority_ends = url
        .get(after_scheme..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| after_scheme + at);
    let in_authority = url.find(place).is_some_and(|at| at < authority_ends);
    if in_authority && after_scheme > 0 {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        return value.bytes().all(plain);
    }
    let climbs = value
        .split('/')
        .any(|segment| matches!(segment, "." | ".."));
    !climbs && !value.contains(['?', '#', '\\', '%', '@']) && !value.contains(char::is_control)
}

fn not_there(name: &str, servers: &[Server], endpoint: &Endpoint) -> ConfigError {
    let operation = endpoint.operation_id;
    let names = list(servers.iter().filter_map(|server| server.name));
    ConfigError::Server {
        problem: format!(
            "{name} has no server for {operation}: there are {names}; choose one of them, or set .server_url(\"{operation}\", ...)"
        ),
    }
}

fn has_to_choose(api: &Api, servers: &[Server], endpoint: &Endpoint) -> ConfigError {
    let names = list(servers.iter().filter_map(|server| server.name));
    let operation = endpoint.operation_id;
    let remedy = if names.is_empty() {
        "set .base_url(...)".to_owned()
    } else {
        format!("choose .server(...) from {names}, or set .base_url(...)")
    };
    ConfigError::Server {
        problem: format!(
            "{} has no default server for {operation}; {remedy}",
            api.title
        ),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(", ")
}

impl fmt::Debug for ServerChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<(&str, &str)> = self
            .server_urls
            .iter()
            .map(|(name, url)| (name.as_str(), url.as_str()))
            .collect();
        formatter
            .debug_struct("ServerChoice")
            .field("base_url", &self.base_url.as_ref().map(Url::as_str))
            .field("server", &self.server)
            .field("variables", &self.variables)
            .field("server_urls", &urls)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ServerVariable;

    const SERVER: Server = Server {
        name: None,
        url: "https://api.acme.example",
        variables: &[],
        required: false,
    };

    const fn named(name: &'static str, url: &'static str) -> Server {
        Server {
            name: Some(name),
            url,
            ..SERVER
        }
    }

    static LIST: Endpoint = Endpoint {
        operation_id: "list_things",
        method: "GET",
        path: "/things",
        servers: &[],
    };

    static TOKEN: Endpoint = Endpoint {
        operation_id: "create_token",
        method: "POST",
        path: "/token",
        servers: &[
            named("AU", "https://au.login.example"),
            named("EU", "https://eu.login.example"),
        ],
    };

    static GLOBAL: Endpoint = Endpoint {
        operation_id: "status",
        method: "GET",
        path: "/status",
        servers: &[Server {
            url: "https://status.acme.example",
            ..SERVER
        }],
    };

    static REGIONS: Api = Api {
        name: "acme",
        title: "Acme",
        servers: &[
            named("AU", "https://au.acme.example/v1"),
            named("EU", "https://eu.acme.example/v1"),
            named("CA", "https://ca.acme.example/v1"),
        ],
        schemes: &[],
        workflows: &[],
        endpoints: &[&LIST, &TOKEN, &GLOBAL],
    };

    static GATEWAY: Api = Api {
        servers: &[Server {
            url: "https://gateway.invalid",
            required: true,
            ..SERVER
        }],
        endpoints: &[&LIST],
        ..REGIONS_BASE
    };

    const REGIONS_BASE: Api = Api {
        name: "acme",
        title: "Acme",
        servers: &[],
        schemes: &[],
        workflows: &[],
        endpoints: &[],
    };

    static TENANTS: Api = Api {
        servers: &[Server {
            url: "https://{tenant}.acme.example:{port}/{base}",
            variables: &[
                ServerVariable {
                    name: "tenant",
                    default: "demo",
                    values: &[],
                },
                ServerVariable {
                    name: "port",
                    default: "8443",
                    values: &["8443", "9443"],
                },
                ServerVariable {
                    name: "base",
                    default: "v1",
                    values: &[],
                },
            ],
            ..SERVER
        }],
        endpoints: &[&LIST],
        ..REGIONS_BASE
    };

    static RELATIVE: Api = Api {
        servers: &[Server {
            url: "/v1",
            ..SERVER
        }],
        ..REGIONS_BASE
    };

    fn choice() -> ServerChoice {
        ServerChoice::default()
    }

    fn url(choice: &ServerChoice, api: &'static Api, endpoint: &Endpoint) -> String {
        match choice.url(api, endpoint) {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn servers_are_chosen_in_the_documented_order() {
        let eu = choice().server("EU");
        let base = choice().base_url("http://127.0.0.1:8/acme").unwrap();
        let one = base
            .clone()
            .server_url("create_token", "https://one.example")
            .unwrap();
        let by_name = eu
            .clone()
            .server_url("EU", "https://mine.example/eu")
            .unwrap();
        let document = "https://au.acme.example/v1";
        let by_url = choice()
            .server_url(document, "https://mine.example/au")
            .unwrap();
        let of_gateway = choice().server_url("https://gateway.invalid", "https://real.example");
        for (choice, api, endpoint, expected) in [
            (choice(), &REGIONS, &LIST, "https://au.acme.example/v1"),
            (choice(), &REGIONS, &TOKEN, "https://au.login.example/"),
            (eu.clone(), &REGIONS, &LIST, "https://eu.acme.example/v1"),
            (eu.clone(), &REGIONS, &TOKEN, "https://eu.login.example/"),
            (eu, &REGIONS, &GLOBAL, "https://status.acme.example/"),
            (base, &REGIONS, &TOKEN, "http://127.0.0.1:8/acme"),
            (one.clone(), &REGIONS, &TOKEN, "https://one.example/"),
            (one, &REGIONS, &LIST, "http://127.0.0.1:8/acme"),
            (by_name.clone(), &REGIONS, &LIST, "https://mine.example/eu"),
            (by_name, &REGIONS, &TOKEN, "https://mine.example/eu"),
            (by_url.clone(), &REGIONS, &LIST, "https://mine.example/au"),
            (by_url, &REGIONS, &TOKEN, "https://au.login.example/"),
            (
                of_gateway.unwrap(),
                &GATEWAY,
                &LIST,
                "https://real.example/",
            ),
            (
                choice(),
                &GATEWAY,
                &LIST,
                "Acme has no default server for list_things; set .base_url(...)",
            ),
            (
                choice().server("CA"),
                &REGIONS,
                &TOKEN,
                "CA has no server for create_token: there are AU, EU; choose one of them, or set .server_url(\"create_token\", ...)",
            ),
        ] {
            assert_eq!(url(&choice, api, endpoint), expected);
        }
    }

    #[test]
    fn a_name_or_a_value_that_the_api_lacks_is_found_at_build() {
        for (choice, api, words) in [
            (
                choice().server("MARS"),
                &REGIONS,
                "Acme has no server MARS; it has AU, EU, CA",
            ),
            (
                choice().server("EU"),
                &TENANTS,
                "Acme has no server EU; choose one by .server_variable(..) of tenant, port, base",
            ),
            (
                choice().server("EU"),
                &GATEWAY,
                "Acme has no server EU; its servers have no names; set .base_url(..)",
            ),
            (
                choice().variable("port", "80"),
                &TENANTS,
                "the variable port of Acme's servers takes only 8443, 9443",
            ),
            (
                choice().variable("tenant", "x"),
                &REGIONS,
                "no server of Acme has a variable tenant",
            ),
            (
                choice()
                    .server_url("create_tokne", "https://x.example")
                    .unwrap(),
                &REGIONS,
                "Acme has no server and no operation create_tokne",
            ),
        ] {
            let error = choice.check(api).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
            assert!(
                choice.check(&RELATIVE).is_ok(),
                "an API that lists nothing is not looked up in"
            );
        }
        for name in [
            "create_token",
            "status",
            "AU",
            "https://status.acme.example",
        ] {
            let choice = choice().server_url(name, "https://x.example").unwrap();
            assert!(choice.check(&REGIONS).is_ok(), "{name}");
        }
    }

    #[test]
    fn variables_are_filled_in_and_stay_in_their_place() {
        let demo = "https://demo.acme.example:8443/v1";
        assert_eq!(url(&choice(), &TENANTS, &LIST), demo);
        for (name, value, expected) in [
            (
                "tenant",
                "big-corp",
                Ok("https://big-corp.acme.example:8443/v1"),
            ),
            ("port", "9443", Ok("https://demo.acme.example:9443/v1")),
            (
                "base",
                "v2/beta",
                Ok("https://demo.acme.example:8443/v2/beta"),
            ),
            ("port", "80", Err("takes only 8443, 9443")),
            (
                "tenant",
                "evil.example/",
                Err("more of the URL than its own place"),
            ),
            (
                "tenant",
                "evil.example#",
                Err("more of the URL than its own place"),
            ),
            (
                "tenant",
                "evil.example?",
                Err("more of the URL than its own place"),
            ),
            (
                "tenant",
                "user@evil.example",
                Err("more of the URL than its own place"),
            ),
            (
                "tenant",
                "evil.example\\",
                Err("more of the URL than its own place"),
            ),
            ("tenant", "evil.example:80", Err("cannot be used")),
            ("tenant", "", Err("cannot be used")),
            (
                "base",
                "../admin",
                Err("more of the URL than its own place"),
            ),
            ("base", "a?b=c", Err("more of the URL than its own place")),
            ("base", "%2e%2e", Err("more of the URL than its own place")),
        ] {
            let choice = choice().variable(name, value);
            match (choice.url(&TENANTS, &LIST), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), Err(words)) => {
                    let error = error.to_string();
                    assert!(error.contains(words), "{value}: {error}");
                }
                (result, _) => panic!("{name}={value}: {result:?}"),
            }
        }
    }

    #[test]
    fn a_secret_goes_out_only_by_https_or_to_this_machine() {
        for (url, taken) in [
            ("https://acme.example", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://localhost:3000", true),
            ("http://acme.example", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://0.0.0.0", false),
            ("ftp://acme.example", false),
            ("file:///etc/passwd", false),
            ("https://user:pw@acme.example", false),
            ("https://acme.example/?q=1", false),
            ("https://acme.example/#x", false),
            ("/relative", false),
            ("", false),
        ] {
            assert_eq!(choice().base_url(url).is_ok(), taken, "{url}");
            assert_eq!(choice().server_url("x", url).is_ok(), taken, "{url}");
        }
    }

    #[test]
    fn a_relative_server_needs_a_base_url() {
        let error = url(&choice(), &RELATIVE, &LIST);
        assert!(error.contains("set a base URL"), "{error}");
        let with_base = choice().base_url("https://acme.example/v1").unwrap();
        assert_eq!(url(&with_base, &RELATIVE, &LIST), "https://acme.example/v1");
    }
}
