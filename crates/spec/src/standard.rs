//! Each document obeys its own standard: the official JSON Schemas, and verdicts that a person
//! can read.

use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::spelling;

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
        let mut diagnostics = Diagnostics::default();
        for error in validator.iter_errors(&document.value) {
            for cause in causes(&error) {
                let node = nearest(document, &cause.instance_path().to_string());
                explain(cause, schema, &node, &mut diagnostics);
            }
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

/// The errors that a person would name: of alternatives, those of the alternative that was meant.
fn causes<'a, 'b>(error: &'a ValidationError<'b>) -> Vec<&'a ValidationError<'b>> {
    let alternatives = match error.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            context
        }
        _ => return vec![error],
    };
    let meant = alternatives
        .iter()
        .map(|errors| errors.iter().flat_map(causes).collect::<Vec<_>>())
        .filter(|errors| !errors.is_empty())
        .min_by_key(|errors| distance(error, errors));
    meant.unwrap_or_else(|| vec![error])
}

/// How far an alternative is from what the document says; less is nearer.
fn distance(
    error: &ValidationError<'_>,
    errors: &[&ValidationError<'_>],
) -> (bool, bool, std::cmp::Reverse<usize>, usize) {
    let here = error.instance_path().to_string();
    let is_here = |error: &ValidationError<'_>| error.instance_path().to_string() == here;
    // A `$ref` that is not there was not meant.
    let lacks_reference = errors.iter().any(|error| {
        is_here(error)
            && matches!(error.kind(), ValidationErrorKind::Required { property } if property == "$ref")
    });
    // `type: http` means an HTTP scheme, whatever else is wrong with it.
    let is_other_kind = errors.iter().any(|error| {
        let path = error.instance_path().to_string();
        let is_kind = ["type", "in"]
            .iter()
            .any(|key| path == format!("{here}/{key}"));
        (is_kind || is_here(error))
            && matches!(
                error.kind(),
                ValidationErrorKind::Enum { .. }
                    | ValidationErrorKind::Constant { .. }
                    | ValidationErrorKind::Type { .. }
            )
    });
    let depth = errors
        .iter()
        .map(|error| error.instance_path().to_string().matches('/').count())
        .max()
        .unwrap_or(0);
    (
        lacks_reference,
        is_other_kind,
        std::cmp::Reverse(depth),
        errors.len(),
    )
}

fn explain(
    error: &ValidationError<'_>,
    schema: &Value,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let owner = Owner::of(error, schema);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for key in unexpected {
                owner.unknown_key(key, node, diagnostics);
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            diagnostics.add(
                node.place(),
                format!("{} needs `{key}`", owner.name),
                format!("add `{key}: ...`"),
            );
        }
        ValidationErrorKind::Type { kind } => diagnostics.add(
            node.place(),
            format!("{} stands here", article(node.value)),
            format!("write {}", expected(kind)),
        ),
        ValidationErrorKind::Enum { options } => diagnostics.add(
            node.value_place(),
            format!("{} is not allowed here", shown(node.value)),
            format!("write one of {}", listed(options)),
        ),
        _ => diagnostics.add(node.place(), other(error, node), owner.advice()),
    }
}

fn other(error: &ValidationError<'_>, node: &Node<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Pattern { pattern } => {
            format!(
                "{} does not match the pattern `{pattern}`",
                shown(node.value)
            )
        }
        ValidationErrorKind::Not { schema } => match schema.get("required").map(listed) {
            Some(keys) => format!("{keys} exclude each other"),
            None => "this is excluded here".to_owned(),
        },
        ValidationErrorKind::UniqueItems => "an item stands in this list twice".to_owned(),
        ValidationErrorKind::MinItems { limit } => {
            format!("this list needs at least {limit} item(s)")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "this can be read in more than one way".to_owned()
        }
        _ => error.masked_with("this").to_string(),
    }
}

/// The object of the standard that an error is about.
struct Owner<'a> {
    name: String,
    definition: &'a str,
    keys: Vec<&'a str>,
}

impl<'a> Owner<'a> {
    fn of(error: &ValidationError<'_>, schema: &'a Value) -> Owner<'a> {
        let path = error.schema_path().to_string();
        let tokens: Vec<String> = crate::place::tokens(&path).collect();
        let definition = tokens
            .windows(2)
            .rev()
            .find(|pair| {
                matches!(
                    pair.first().map(String::as_str),
                    Some("definitions" | "$defs")
                )
            })
            .and_then(|pair| pair.get(1))
            .and_then(|name| {
                ["definitions", "$defs"]
                    .iter()
                    .find_map(|group| schema.get(group)?.as_object()?.get_key_value(name))
            });
        let (definition, schema) =
            definition.map_or(("", schema), |(name, schema)| (name.as_str(), schema));
        let keys = schema.get("properties").and_then(Value::as_object);
        Owner {
            name: object_name(definition),
            definition,
            keys: keys
                .into_iter()
                .flat_map(|keys| keys.keys().map(String::as_str))
                .collect(),
        }
    }

    fn unknown_key(&self, key: &str, node: &Node<'_>, diagnostics: &mut Diagnostics) {
        // The schema calls a key unknown as well when its value is wrong.
        if self.keys.contains(&key) {
            return;
        }
        let help = match spelling::nearest(key, self.keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => self.advice(),
        };
        let place = node.get(key).unwrap_or_else(|| node.clone()).place();
        let message = format!("`{key}` is not a key of {}", self.name);
        diagnostics.add(place, message, help);
    }

    fn advice(&self) -> String {
        match self.definition {
            "Paths" => "begin a path with `/`".to_owned(),
            "Responses" => {
                "write a status such as 200, a range such as 4XX, or `default`".to_owned()
            }
            _ if self.keys.is_empty() => "see the specification of the document".to_owned(),
            _ => format!(
                "its keys are {}; extensions begin with `x-`",
                self.keys.join(", ")
            ),
        }
    }
}

/// `PathItem` and `request-body-object` as the standards write them.
fn object_name(definition: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for character in definition.chars() {
        if character == '-' {
            words.push(String::new());
            continue;
        }
        let begins_word = character.is_uppercase()
            && words
                .last()
                .is_none_or(|word| word.ends_with(char::is_lowercase));
        if begins_word || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            if word.is_empty() {
                word.extend(character.to_uppercase());
            } else {
                word.push(character);
            }
        }
    }
    if words.is_empty() {
        return "the document".to_owned();
    }
    if words.last().is_none_or(|word| word != "Object") {
        words.push("Object".to_owned());
    }
    let name = words.join(" ");
    let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn expected(kind: &TypeKind) -> String {
    let name = |kind: String| match kind.as_str() {
        "string" => "text (in quotes, if it looks like something else)".to_owned(),
        "object" => "an object".to_owned(),
        "array" => "a list".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "an integer".to_owned(),
        "number" => "a number".to_owned(),
        _ => kind,
    };
    match kind {
        TypeKind::Single(kind) => name(kind.to_string()),
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| name(kind.to_string()))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().into_iter().flatten();
    options.map(shown).collect::<Vec<_>>().join(", ")
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => return article(value).to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() > LONGEST {
        let start: String = text.chars().take(LONGEST).collect();
        format!("`{start}...`")
    } else {
        format!("`{text}`")
    }
}
