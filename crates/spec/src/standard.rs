//! Each document obeys its own standard: the official JSON Schemas, and verdicts that a person
//! can read.

use std::sync::LazyLock;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::grammar::{Holds, Kind, below};
use crate::place::tokens;
use crate::rewrite::Rewrites;

mod causes;
mod explain;

use causes::{Cause, causes, is_consequence};
use explain::{explain, shown};

/// A standard with its JSON Schema.
pub(crate) struct Standard {
    name: &'static str,
    version_key: &'static str,
    /// What its versions begin with.
    series: &'static [&'static str],
    upgrade: &'static str,
    schema: Result<(Value, Validator), String>,
}

pub(crate) static OPENAPI: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "OpenAPI",
    version_key: "openapi",
    series: &["3.0", "3.1", "3.2"],
    upgrade: "write the document in OpenAPI 3.0, for example `openapi: 3.0.3`",
    schema: compile(include_str!("../schemas/openapi-3.0.json")),
});

pub(crate) static ARAZZO: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "Arazzo",
    version_key: "arazzo",
    series: &["1.0"],
    upgrade: "write the document in Arazzo 1.0, for example `arazzo: 1.0.1`",
    schema: compile(include_str!("../schemas/arazzo-1.0.json")),
});

pub(crate) static OVERLAY: LazyLock<Standard> = LazyLock::new(|| Standard {
    name: "Overlay",
    version_key: "overlay",
    series: &["1.0"],
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
    /// Everything in the document that the standard's schema does not allow. What nothing is made
    /// from, such as links, is let pass and told.
    pub(crate) fn check_schema(&self, document: &mut Document) -> Result<(), Diagnostics> {
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
        let mut unread = Rewrites::default();
        for cause in causes
            .iter()
            .filter(|cause| !is_consequence(cause, &causes))
        {
            let node = nearest(document, &cause.path());
            if self.name == "OpenAPI" && !is_read(&cause.path()) {
                let what = "nothing is made from this, so that what is wrong in it does not matter";
                unread.add("unread-part", node.place(), what);
                continue;
            }
            explain(cause, schema, &node, &mut diagnostics);
        }
        diagnostics.or_ok(())?;
        drop(causes);
        drop(errors);
        document.rewrites.append(unread);
        Ok(())
    }

    fn is_read(&self, version: &Value) -> bool {
        let version = match version {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return false,
        };
        let is = |series: &&str| {
            let rest = version.strip_prefix(*series);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.series.iter().any(is)
    }

    /// A document of another version would break the schema in a hundred places.
    pub(crate) fn check_version(&self, document: &Document) -> Result<(), Diagnostics> {
        let root = &document.root();
        let version = root.get(self.version_key);
        match &version {
            Some(node) if self.is_read(node.value) => Ok(()),
            Some(node) => Err(Diagnostics::one(
                node.place(),
                format!("{} {} is not read here", self.name, shown(node.value)),
                self.upgrade,
            )),
            None if root.get("swagger").is_some() => Err(Diagnostics::one(
                root.member_or_self("swagger").place(),
                "Swagger 2.0 is not read here",
                "convert it: `npx swagger2openapi --patch --outfile openapi.yaml <this file>`",
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

/// Whether something is made from what stands at a pointer of an OpenAPI document.
fn is_read(pointer: &str) -> bool {
    const UNREAD: [&str; 9] = [
        "callbacks",
        "contact",
        "example",
        "examples",
        "externalDocs",
        "license",
        "links",
        "termsOfService",
        "xml",
    ];
    let mut holds = Holds::One(Kind::Document);
    for token in tokens(pointer) {
        holds = match holds {
            Holds::Data => return true,
            Holds::List(kind) | Holds::Names(kind) => Holds::One(kind),
            Holds::One(_) if UNREAD.contains(&token.as_str()) => return false,
            Holds::One(Kind::Document) if token == "tags" => return false,
            Holds::One(kind) => match below(kind, &token) {
                Some(holds) => holds,
                None => return true,
            },
        };
    }
    true
}

fn nearest<'a>(document: &'a Document, pointer: &str) -> Node<'a> {
    document.at(pointer).unwrap_or_else(|| document.root())
}
