//! What no client can use: servers by plain http, and security schemes by which each request
//! proves something of its own. Where the document names another besides, that one is used;
//! where it names none, somebody has to know.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Operation, Presentation, Requirement, Scheme};
use crate::openapi::Api;
use crate::rewrite::Rewrites;

/// Leaves out what cannot be used where there is something else, and tells what cannot.
pub(crate) fn leave_out(api: &mut Api, document: &Document) -> Rewrites {
    let mut rewrites = Rewrites::default();
    leave_out_servers(api);
    for list in server_lists(&document.root()) {
        let has_other = list.iter().any(is_https);
        for server in list.iter().filter(|server| is_insecure(server)) {
            let what = match has_other {
                true => "no secret is sent by plain http: another server of the list is used",
                false => {
                    "no secret is sent by plain http: the application gives an https address by \
                     `base_url`"
                }
            };
            let place = server.member_or_self("url").value_place();
            rewrites.add("insecure-server", place, what);
        }
    }
    for scheme in proven_schemes(&api.schemes) {
        if api
            .operations
            .iter()
            .any(|operation| takes(operation, scheme))
        {
            let what = format!(
                "by `{}` each request proves something of its own, which no client does: \
                 operations that take another scheme are called with that one",
                word(scheme)
            );
            rewrites.add("unusable-scheme", scheme.place.clone(), what);
        }
    }
    leave_out_schemes(api);
    rewrites
}

/// Complains about what cannot be used and has nothing else beside it.
pub(crate) fn warn(
    document: &Document,
    schemes: &[Scheme],
    operations: &[Operation],
    diagnostics: &mut Diagnostics,
) {
    for list in server_lists(&document.root()) {
        if list.iter().any(is_https) {
            continue;
        }
        for server in list.iter().filter(|server| is_insecure(server)) {
            diagnostics.add(
                server.member_or_self("url").value_place(),
                "no secret is sent by plain http, except to this machine",
                "write the https address; if there is none, each client has to be given one by \
                 `.base_url(..)`",
            );
        }
    }
    for scheme in proven_schemes(schemes) {
        let mut lacking = operations
            .iter()
            .filter(|operation| takes(operation, scheme));
        if let Some(first) = lacking.next() {
            let others = match lacking.count() {
                0 => String::new(),
                others => format!(" and {others} others take"),
            };
            let takes = if others.is_empty() { " takes" } else { "" };
            diagnostics.add(
                scheme.place.clone(),
                format!(
                    "by `{}` each request proves something of its own, which no client does, and \
                     `{}`{others}{takes} nothing else",
                    word(scheme),
                    first.id
                ),
                "describe another scheme that they take; without one, something between client \
                 and server has to make the proof",
            );
        }
    }
}

fn leave_out_servers(api: &mut Api) {
    let own = api.operations.iter_mut();
    let lists = own.map(|operation| &mut operation.servers);
    for servers in lists.chain([&mut api.servers]) {
        if servers.iter().any(|server| is_https_url(&server.url)) {
            servers.retain(|server| !is_insecure_url(&server.url));
        }
    }
}

fn leave_out_schemes(api: &mut Api) {
    let proven: Vec<String> = proven_schemes(&api.schemes)
        .map(|scheme| scheme.name.clone())
        .collect();
    let is_usable = |alternative: &Vec<Requirement>| {
        let mut schemes = alternative.iter();
        schemes.all(|requirement| !proven.contains(&requirement.scheme))
    };
    for operation in &mut api.operations {
        if operation.security.iter().any(is_usable) {
            operation.security.retain(is_usable);
        }
    }
}

fn proven_schemes(schemes: &[Scheme]) -> impl Iterator<Item = &Scheme> {
    schemes
        .iter()
        .filter(|scheme| scheme.is_proven_by_request())
}

fn takes(operation: &Operation, scheme: &Scheme) -> bool {
    let mut schemes = operation.security.iter().flatten();
    schemes.any(|requirement| requirement.scheme == scheme.name)
}

fn word(scheme: &Scheme) -> &str {
    match &scheme.presentation {
        Presentation::Word(word) => word,
        _ => &scheme.name,
    }
}

/// The `servers` of the document, of its paths and of their operations.
fn server_lists<'a>(root: &Node<'a>) -> Vec<Vec<Node<'a>>> {
    let mut owners = vec![root.clone()];
    for (_, path) in root.members_of("paths") {
        owners.extend(path.members().map(|(_, operation)| operation));
        owners.push(path);
    }
    let lists = owners
        .iter()
        .map(|owner| owner.items_of("servers").collect());
    lists
        .filter(|list: &Vec<Node<'_>>| !list.is_empty())
        .collect()
}

fn is_https(server: &Node<'_>) -> bool {
    is_https_url(&server.text_or_empty("url"))
}

fn is_insecure(server: &Node<'_>) -> bool {
    is_insecure_url(&server.text_or_empty("url"))
}

fn is_https_url(url: &str) -> bool {
    url.starts_with("https://")
}

/// Whether it is by plain http and leads to another machine.
fn is_insecure_url(url: &str) -> bool {
    url.strip_prefix("http://")
        .is_some_and(|rest| !is_loopback(rest))
}

/// Whether an address, from its host on, is of this machine.
fn is_loopback(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or(rest);
    if let Some((host, _)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return host
            .parse()
            .is_ok_and(|address: Ipv6Addr| address.is_loopback());
    }
    let host = authority.split(':').next().unwrap_or(authority);
    let is_address = host
        .parse()
        .is_ok_and(|address: Ipv4Addr| address.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}
