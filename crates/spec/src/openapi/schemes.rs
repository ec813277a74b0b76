//! Security Scheme Objects.

use heck::ToSnakeCase;
use serde_json::Value;

use crate::criteria;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::is_header_name;
use crate::model::{Authorize, BasicEncoding, Presentation, Scheme};

/// `components.securitySchemes`
pub(super) fn read(root: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Scheme> {
    let components = root.get("components");
    let nodes = components
        .iter()
        .flat_map(|components| components.members_of("securitySchemes"));
    let mut schemes: Vec<Scheme> = Vec::new();
    for (name, node) in nodes {
        let snake_case = name.to_snake_case();
        let twin = schemes
            .iter()
            .find(|earlier| earlier.name.to_snake_case() == snake_case);
        if let Some(twin) = twin {
            diagnostics.add(
                node.place(),
                format!("`{name}` and `{}` are the same in snake case", twin.name),
                "give one of the schemes another name",
            );
        }
        schemes.push(scheme(name, &node, diagnostics));
    }
    schemes
}

fn scheme(name: &str, node: &Node<'_>, diagnostics: &mut Diagnostics) -> Scheme {
    let place = node.place();
    let node = node.resolve();
    check_field_name(&node, diagnostics);
    check_prefix(&node, diagnostics);
    Scheme {
        name: name.to_owned(),
        presentation: presentation(&node),
        description: node.text_or_empty("description"),
        refused_when: criteria::read(&node, "x-refused-when", diagnostics),
        server_url_hosts: node
            .items_of("x-server-url-hosts")
            .filter_map(|host| host.value.as_str().map(str::to_owned))
            .collect(),
        basic_encoding: match node.text("x-basic-encoding") {
            Some("plain") => Some(BasicEncoding::Plain),
            Some("form") => Some(BasicEncoding::Form),
            _ => None,
        },
        authorize: authorize(&node),
        assumed: node.flag("x-assumed"),
        place,
    }
}

/// A key's name goes into requests as it is, and so does a scheme word.
fn check_field_name(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let key = match (node.text("type"), node.text("in")) {
        (Some("apiKey"), Some("header" | "cookie")) => "name",
        (Some("http"), _) => "scheme",
        _ => return,
    };
    if let Some(name) = node.get(key)
        && !name.value.as_str().is_some_and(is_header_name)
    {
        diagnostics.add(
            name.value_place(),
            "a request cannot carry this name",
            "use letters, digits and !#$%&'*+-.^_`|~",
        );
    }
}

/// Other schemes have a word of their own, or none.
fn check_prefix(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let is_header_key = (node.text("type"), node.text("in")) == (Some("apiKey"), Some("header"));
    let prefix = node
        .get("x-prefix")
        .filter(|prefix| prefix.value.is_string());
    if let Some(prefix) = prefix.filter(|_| !is_header_key) {
        diagnostics.add(
            prefix.place(),
            "`x-prefix` is for keys in headers alone",
            "write `type: apiKey`, `in: header` and the header's name, or delete it",
        );
    }
}

/// Where the credential of a Security Scheme Object stands in a request.
pub(crate) fn presentation(node: &Node<'_>) -> Presentation {
    let word = node.text("scheme").unwrap_or("Bearer");
    match (node.text("type"), node.text("in")) {
        (Some("apiKey"), Some("query")) => Presentation::Query(node.text_or_empty("name")),
        (Some("apiKey"), Some("cookie")) => Presentation::Cookie(node.text_or_empty("name")),
        (Some("apiKey"), _) => match node.text("x-prefix") {
            Some(prefix) => Presentation::Prefixed(node.text_or_empty("name"), prefix.to_owned()),
            None => Presentation::Header(node.text_or_empty("name")),
        },
        (Some("http"), _) if word.eq_ignore_ascii_case("basic") => Presentation::Basic,
        (Some("http"), _) if !word.eq_ignore_ascii_case("bearer") => {
            Presentation::Word(word.to_owned())
        }
        _ => Presentation::Word("Bearer".to_owned()),
    }
}

fn authorize(node: &Node<'_>) -> Option<Authorize> {
    let flow = node.get("flows")?.get("authorizationCode")?;
    Some(Authorize {
        url: flow.text_or_empty("authorizationUrl"),
        parameters: node
            .members_of("x-authorize-parameters")
            .map(|(name, value)| (name.to_owned(), parameter_value(value.value)))
            .collect(),
        scopes: flow
            .members_of("scopes")
            .map(|(scope, _)| scope.to_owned())
            .collect(),
    })
}

fn parameter_value(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
