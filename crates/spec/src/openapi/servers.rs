//! Server Objects.

use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::model::{Server, ServerVariable};
use crate::place::braces;

/// The `servers` of the document, a path or an operation.
pub(super) fn read(owner: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for node in owner.items_of("servers") {
        let server = server(&node);
        check_url(&node, &server, diagnostics);
        check_variables(&node, &server, diagnostics);
        if let Some(name) = &server.name
            && servers
                .iter()
                .any(|earlier| earlier.name.as_ref() == Some(name))
        {
            diagnostics.add(
                node.member_or_self("x-name").place(),
                format!("two servers are named `{name}`"),
                "give each server of a list its own `x-name`",
            );
        }
        servers.push(server);
    }
    servers
}

fn server(node: &Node<'_>) -> Server {
    Server {
        name: node.text("x-name").map(str::to_owned),
        url: node.text_or_empty("url"),
        variables: node
            .members_of("variables")
            .map(|(name, variable)| ServerVariable {
                name: name.to_owned(),
                default: variable.text_or_empty("default"),
                values: variable
                    .items_of("enum")
                    .filter_map(|value| value.value.as_str().map(str::to_owned))
                    .collect(),
            })
            .collect(),
        required: node.flag("x-required"),
        assumed: node.flag("x-assumed"),
        description: node.text_or_empty("description"),
    }
}

fn check_url(node: &Node<'_>, server: &Server, diagnostics: &mut Diagnostics) {
    let url = server.url.as_str();
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => "",
    };
    let begins = ["https://", "http://", "/", "{"];
    let help = if url.matches('{').count() != url.matches('}').count() {
        "write each variable as `{name}`"
    } else if url.contains("://") && !begins.iter().any(|start| url.starts_with(start)) {
        "write an address that begins with https:// or http://"
    } else if authority.contains('@') {
        "leave out user name and password: a credential belongs to the application"
    } else if url.contains(['?', '#']) || url.chars().any(char::is_whitespace) {
        "leave out query, fragment and white space"
    } else {
        return;
    };
    diagnostics.add(
        node.member_or_self("url").value_place(),
        format!("`{url}` is no address of a server"),
        help,
    );
}

fn check_variables(node: &Node<'_>, server: &Server, diagnostics: &mut Diagnostics) {
    let used = braces(&server.url);
    for name in &used {
        if !server
            .variables
            .iter()
            .any(|variable| variable.name == *name)
        {
            diagnostics.add(
                node.member_or_self("url").value_place(),
                format!("the variable `{name}` of this URL is not declared"),
                format!("add `{name}: {{default: ...}}` to the server's `variables`"),
            );
        }
    }
    for (name, variable) in node.members_of("variables") {
        if !used.contains(&name) {
            diagnostics.add(
                variable.place(),
                format!("the URL does not use the variable `{name}`"),
                format!("write `{{{name}}}` in the URL, or delete the variable"),
            );
        }
        check_values(name, &variable, diagnostics);
    }
}

fn check_values(name: &str, variable: &Node<'_>, diagnostics: &mut Diagnostics) {
    let default = variable.text_or_empty("default");
    let mut values = variable.items_of("enum").peekable();
    if values.peek().is_none() || values.any(|value| value.value.as_str() == Some(&default)) {
        return;
    }
    diagnostics.add(
        variable.member_or_self("default").place(),
        format!("the default of `{name}` is none of its values"),
        "add it to `enum`, or choose one that is there",
    );
}
