//! The OpenAPI document: what its standard and its schema cannot check, and the model made of it.

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::model::{Operation, Scheme, Server};

mod objects;
mod operations;
mod paths;
mod references;
mod schemes;
mod servers;
mod walk;

pub(crate) use operations::made_id;
pub(crate) use paths::{query_of, sent_path};
pub(crate) use schemes::presentation;

/// What an OpenAPI document says, apart from its schemas.
pub(crate) struct Api {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: String,
    pub(crate) servers: Vec<Server>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) operations: Vec<Operation>,
}

/// Reads a document that obeys the JSON Schema of OpenAPI 3.0.
pub(crate) fn read(document: &Document) -> Result<Api, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    references::check(document, &mut diagnostics);
    if !diagnostics.is_empty() {
        // Whatever follows walks references.
        return Err(diagnostics);
    }
    let root = document.root();
    objects::check(&root, &mut diagnostics);
    paths::check(&root, &mut diagnostics);
    let schemes = schemes::read(&root, &mut diagnostics);
    let api = Api {
        title: info(&root, "title"),
        version: info(&root, "version"),
        description: info(&root, "description"),
        servers: document_servers(&root, &mut diagnostics),
        operations: operations::read(&root, &schemes, &mut diagnostics),
        schemes,
    };
    diagnostics.or_ok(api)
}

fn info(root: &Node<'_>, key: &str) -> String {
    root.get("info")
        .map(|info| info.text_or_empty(key))
        .unwrap_or_default()
}

/// A document without servers is served at `/` (OpenAPI 3.0.3, "OpenAPI Object").
fn document_servers(root: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Server> {
    let servers = servers::read(root, diagnostics);
    if !servers.is_empty() {
        return servers;
    }
    vec![Server {
        name: None,
        url: "/".to_owned(),
        variables: Vec::new(),
        required: false,
        assumed: false,
        description: String::new(),
    }]
}
