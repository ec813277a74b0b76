//! Each document obeys its own standard: the official JSON Schemas, and verdicts that a person
//! can read.

use std::sync::LazyLock;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};

mod causes;
mod explain;

use causes::{Cause, causes, is_consequence};
use explain::{explain, shown};

/// A standard with its JSON Schema.
pub(crate) struct Standard {
    name: &'static str,
    version_key: &'static str,
    version_start: &'static str,
    upgrade: &'static str,
    schema: Result<(Value, Validator), String>,
}

pub(crate) static OPENAPI: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "OpenAPI",
    version_key: "openapi",
    version_start: "3.0.",
    upgrade: "write the document in OpenAPI 3.0, for example `openapi: 3.0.3`",
    schema: compile(include_str!("../schemas/openapi-3.0.json")),
});

pub(crate) static ARAZZO: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "Arazzo",
    version_key: "arazzo",
    version_start: "1.0.",
    upgrade: "write the document in Arazzo 1.0, for example `arazzo: 1.0.1`",
    schema: compile(include_str!("../schemas/arazzo-1.0.json")),
});

pub(crate) static OVERLAY: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "Overlay",
    version_key: "overlay",
    version_start: "1.0.",
    upgrade: "write the document in Overlay 1.0: `overlay: 1.0.0`",
    schema: compile(include_str!("../schemas/overlay-1.0.json")),
});

/// Nobody reads more, and a document may have an error in every line.
const MOST_ERRORS: usize = 200;

fn compile(text: &str) -> Result<(Value, Validator), String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let validator = jsonschema::options()
        .should_validate_formats(false)
        .build(&schema)
        .map_err(|error| error.to_string())?;
    Ok((schema, validator))
}

impl Standard {
    /// Everything in the document that the standard's schema does not allow.
    pub(crate) fn check(&self, document: &Document) -> Result<(), Diagnostics> {
        self.check_version(&document.root())?;
        let (schema, validator) = match &self.schema {
            Ok((schema, validator)) => (schema, validator),
            Err(error) => {
                return Err(Diagnostics::one(
                    document.root().place(),
                    format!("the schema of {} cannot be read: {error}", self.name),
                    "this is a fault of the reader, not of the document",
                ));
            }
        };
        let errors = validator.iter_errors(&document.value).take(MOST_ERRORS);
        let errors: Vec<ValidationError<'_>> = errors.collect();
        let causes: Vec<Cause<'_, '_>> = errors.iter().flat_map(causes).collect();
        let mut diagnostics = Diagnostics::default();
        for cause in causes
            .iter()
            .filter(|cause| !is_consequence(cause, &causes))
        {
            let node = nearest(document, &cause.path());
            explain(cause, schema, &node, &mut diagnostics);
        }
        diagnostics.or_ok(())
    }

    /// A document of another version would break the schema in a hundred places.
    fn check_version(&self, root: &Node<'_>) -> Result<(), Diagnostics> {
        let version = root.get(self.version_key);
        match &version {
            Some(node) if matches!(node.value, Value::String(text) if text.starts_with(self.version_start)) => {
                Ok(())
            }
            Some(node) => Err(Diagnostics::one(
                node.place(),
                format!("{} {} is not read here", self.name, shown(node.value)),
                self.upgrade,
            )),
            None => Err(Diagnostics::one(
                root.place(),
                format!(
                    "no {} document: it lacks the key `{}`",
                    self.name, self.version_key
                ),
                self.upgrade,
            )),
        }
    }
}

fn nearest<'a>(document: &'a Document, pointer: &str) -> Node<'a> {
    document.at(pointer).unwrap_or_else(|| document.root())
}
