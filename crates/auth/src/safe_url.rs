//! To which addresses a secret may be sent.

use url::{Host, Url};

use crate::config_error::ConfigError;

/// Parses a server's URL and checks that a secret may be sent there.
pub(crate) fn checked_url(what: &str, text: &str) -> Result<Url, ConfigError> {
    let bad = |problem: &str| ConfigError::BadUrl {
        what: what.to_owned(),
        problem: problem.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it carries a user; give a credential instead"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it carries a query or a fragment"));
    }
    let host = url.host_str().unwrap_or_default();
    if host.starts_with('.') || host.contains("..") {
        return Err(bad("a part of its host is missing"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(bad(
            "it is plain http, which is taken for loopback addresses only; use https",
        )),
        _ => Err(bad("it is no https URL")),
    }
}

/// Whether the URL's host is this machine: 127.0.0.0/8, `::1` or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
