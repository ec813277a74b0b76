//! Reads and checks the OpenAPI and Arazzo documents that describe one API.
//!
//! [`read`] takes a folder with an `openapi.yaml` or an `openapi.json`, and where the API has token
//! workflows a `tokens.arazzo.yaml`, and where a document needs correction an `overlay.yaml`. What
//! it returns is checked: every name in it resolves, and the two documents agree.

use std::path::Path;
use std::sync::Arc;

mod agreement;
mod arazzo;
mod checker;
mod cookies;
mod criteria;
mod diagnostics;
mod document;
mod examples;
/// Runtime expressions, conditions and payload templates.
pub mod expression;
mod extensions;
mod folder;
mod grammar;
mod json;
mod limits;
/// What a checked description says.
pub mod model;
mod openapi;
mod overlay;
mod place;
mod references;
mod relations;
mod rewrite;
mod rules;
mod spelling;
mod stack;
mod standard;
mod tree;
mod unusable;
mod warnings;
mod yaml;

pub use checker::{Checker, Direction};
pub use diagnostics::{Complaint, Diagnostics};
pub use expression::{Condition, Expression, Operand, Operator, Piece, Template};
pub use model::*;
pub use place::{Place, Places};
pub use rewrite::Rewrite;

use document::Document;
use folder::Folder;
use place::SourceFile;
use standard::Standard;

/// Reads the API that is described in a folder.
///
/// ```no_run
/// match keyfob_spec::read("specs/acme".as_ref()) {
///     Ok(spec) => println!("{} has {} operations", spec.title, spec.operations.len()),
///     Err(complaints) => eprintln!("{}", complaints.render()),
/// }
/// ```
///
/// # Errors
///
/// Everything that is wrong with the documents, as far as it can be told at once: the complaints
/// of one stage hide those of the next, which would only repeat them.
pub fn read(folder: &Path) -> Result<Spec, Diagnostics> {
    let folder = Folder::open(folder)?;
    let description = folder.description()?;
    stack::with_room(folder.start_of(description), || {
        read_folder(folder, description)
    })
}

fn read_folder(folder: Folder, description: &str) -> Result<Spec, Diagnostics> {
    folder.check_names()?;
    let (openapi, arazzo) = documents(&folder, description)?;
    let mut api = openapi::read(&openapi)?;
    agreement::check_openapi(&api, &openapi)?;
    let unusable = unusable::leave_out(&mut api, &openapi);
    let mut workflows = Vec::new();
    if let Some(arazzo) = &arazzo {
        workflows = arazzo::read(arazzo, description, &api)?;
        agreement::check(&api, &openapi, &workflows, arazzo)?;
        relations::resolve(&mut workflows, arazzo)?;
        cookies::resolve(&mut workflows, &api.schemes, arazzo)?;
    }
    let mut rewrites = openapi.rewrites;
    rewrites.append(unusable);
    Ok(Spec {
        name: folder.name,
        folder: folder.path,
        document: openapi.value,
        places: openapi.places,
        title: api.title,
        version: api.version,
        description: api.description,
        servers: api.servers,
        schemes: api.schemes,
        operations: api.operations,
        workflows,
        rewrites: rewrites.finish(),
    })
}

/// The documents of a folder, each obeying its standard.
fn documents(
    folder: &Folder,
    description: &str,
) -> Result<(Document, Option<Document>), Diagnostics> {
    let openapi = corrected(folder, description);
    let arazzo = folder
        .has("tokens.arazzo.yaml")
        .then(|| token_workflows(folder))
        .transpose();
    match (openapi, arazzo) {
        (Ok(openapi), Ok(arazzo)) => Ok((openapi, arazzo)),
        (Err(complaints), Ok(_)) | (Ok(_), Err(complaints)) => Err(complaints),
        (Err(mut complaints), Err(others)) => {
            complaints.extend(others);
            Err(complaints)
        }
    }
}

/// The OpenAPI document with its overlay applied.
fn corrected(folder: &Folder, description: &str) -> Result<Document, Diagnostics> {
    let mut document = parse(&folder.read(description)?)?;
    if folder.has("overlay.yaml") {
        let overlay = standard_document(folder, "overlay.yaml", &standard::OVERLAY)?;
        document = overlay::apply(document, &overlay, description)?;
    }
    standard::OPENAPI.check_version(&document)?;
    document = references::gather(folder, description, document)?;
    document = rules::apply(document);
    standard::OPENAPI.check_schema(&mut document)?;
    Ok(document)
}

/// YAML, or JSON, which is read much faster by a reader of its own.
fn parse(file: &Arc<SourceFile>) -> Result<Document, Diagnostics> {
    if file.path.extension().is_some_and(|name| name == "json") {
        json::read(file)
    } else if json::looks_like(&file.text) {
        json::read(file).or_else(|_| yaml::read(file))
    } else {
        yaml::read(file)
    }
}

fn token_workflows(folder: &Folder) -> Result<Document, Diagnostics> {
    let document = parse(&folder.read("tokens.arazzo.yaml")?)?;
    standard::ARAZZO.check_version(&document)?;
    arazzo::check_keys(&document)?;
    obeying(&standard::ARAZZO, document)
}

fn standard_document(
    folder: &Folder,
    file: &str,
    standard: &Standard,
) -> Result<Document, Diagnostics> {
    let document = parse(&folder.read(file)?)?;
    standard.check_version(&document)?;
    obeying(standard, document)
}

fn obeying(standard: &Standard, mut document: Document) -> Result<Document, Diagnostics> {
    standard.check_schema(&mut document)?;
    Ok(document)
}

/// Reads the APIs of all folders in a folder that describe one, sorted by name.
///
/// # Errors
///
/// Everything that is wrong with any of them; or no folder describes an API.
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
