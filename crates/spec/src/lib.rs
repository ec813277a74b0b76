//! Reads and checks the OpenAPI and Arazzo documents that describe one API.
//!
//! [`read`] takes a folder with an `openapi.yaml`, and where the API has token workflows a
//! `tokens.arazzo.yaml`, and where a document needs correction an `overlay.yaml`. What it returns
//! is checked: every name in it resolves, and the two documents agree.

use std::path::Path;

mod arazzo;
mod criteria;
mod diagnostics;
mod document;
/// Runtime expressions, conditions and payload templates.
pub mod expression;
mod extensions;
mod folder;
/// What a checked description says.
pub mod model;
mod openapi;
mod place;
mod renewal;
mod spelling;
mod standard;
mod yaml;

pub use diagnostics::{Complaint, Diagnostics};
pub use expression::{Condition, Expression, Operand, Operator, Piece, Template};
pub use model::*;
pub use place::{Place, Places};

use folder::Folder;

/// Reads the API that is described in a folder.
///
/// # Errors
///
/// Everything that is wrong with the documents, as far as it can be told at once.
pub fn read(folder: &Path) -> Result<Spec, Diagnostics> {
    let folder = Folder::open(folder)?;
    let document = yaml::read(&folder.read("openapi.yaml")?)?;
    standard::OPENAPI.check(&document)?;
    let api = openapi::read(&document)?;
    let workflows = if folder.has("tokens.arazzo.yaml") {
        let document = yaml::read(&folder.read("tokens.arazzo.yaml")?)?;
        standard::ARAZZO.check(&document)?;
        let mut workflows = arazzo::read(&document, &api)?;
        renewal::resolve(&mut workflows);
        workflows
    } else {
        Vec::new()
    };
    Ok(Spec {
        name: folder.name,
        folder: folder.path,
        document: document.value,
        places: document.places,
        title: api.title,
        version: api.version,
        description: api.description,
        servers: api.servers,
        schemes: api.schemes,
        operations: api.operations,
        workflows,
    })
}

/// Reads the APIs of all folders in a folder that have an `openapi.yaml`, sorted by name.
///
/// # Errors
///
/// Everything that is wrong with any of them.
pub fn read_all(specs: &Path) -> Result<Vec<Spec>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let mut all = Vec::new();
    for folder in folder::list(specs)? {
        match read(&folder) {
            Ok(spec) => all.push(spec),
            Err(complaints) => diagnostics.extend(complaints),
        }
    }
    diagnostics.or_ok(all)
}
