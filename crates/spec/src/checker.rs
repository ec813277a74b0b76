//! Values against the schemas of an OpenAPI 3.0 document.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Registry, ValidationError, Validator};
use serde_json::{Value, json};

use crate::model::Spec;

/// Whether a value travels to the API or from it: `readOnly` members are not required on the
/// way there, `writeOnly` members not on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the API.
    Request,
    /// From it.
    Response,
}

/// Judges values by the schemas of one document, which are compiled when they are first needed.
pub struct Checker {
    requests: Option<Registry<'static>>,
    responses: Option<Registry<'static>>,
    compiled: Mutex<HashMap<(Direction, String), Compiled>>,
}

/// A schema ready to be used; `None` if it cannot be compiled.
type Compiled = Option<Arc<Validator>>;

/// The name under which the document's own references are looked up.
const DOCUMENT: &str = "keyfob:///openapi";

impl Checker {
    /// For the schemas of this description.
    pub fn new(spec: &Spec) -> Checker {
        Checker {
            requests: registry(&spec.document, Direction::Request),
            responses: registry(&spec.document, Direction::Response),
            compiled: Mutex::default(),
        }
    }

    /// What is wrong with the value, in words that do not show it. A schema that cannot be
    /// compiled has no complaints.
    pub fn complaints(
        &self,
        pointer: &str,
        schema: &Value,
        direction: Direction,
        value: &Value,
    ) -> Vec<String> {
        let faults = self.faults(pointer, schema, direction, value).into_iter();
        let complaint = |(place, words): (String, String)| match place.as_str() {
            "" => words,
            place => format!("{place}: {words}"),
        };
        faults.map(complaint).collect()
    }

    /// The same, each with where it is in the value, as a JSON pointer.
    pub(crate) fn faults(
        &self,
        pointer: &str,
        schema: &Value,
        direction: Direction,
        value: &Value,
    ) -> Vec<(String, String)> {
        let Some(validator) = self.validator(pointer, schema, direction) else {
            return Vec::new();
        };
        let errors = validator.iter_errors(value).take(3);
        errors
            .map(|error| (error.instance_path().to_string(), words(&error)))
            .collect()
    }

    /// Whether the value obeys the schema that stands at the pointer.
    pub fn accepts(
        &self,
        pointer: &str,
        schema: &Value,
        direction: Direction,
        value: &Value,
    ) -> bool {
        self.validator(pointer, schema, direction)
            .is_none_or(|validator| validator.is_valid(value))
    }

    fn validator(&self, pointer: &str, schema: &Value, direction: Direction) -> Compiled {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled
            .entry((direction, pointer.to_owned()))
            .or_insert_with(|| self.compile(schema, direction))
            .clone()
    }

    fn compile(&self, schema: &Value, direction: Direction) -> Compiled {
        let registry = match direction {
            Direction::Request => self.requests.as_ref()?,
            Direction::Response => self.responses.as_ref()?,
        };
        let mut schema = schema.clone();
        adapt(&mut schema, direction);
        name_document(&mut schema);
        jsonschema::options()
            .with_draft(Draft::Draft4)
            .with_registry(registry)
            .build(&json!({ "allOf": [schema] }))
            .ok()
            .map(Arc::new)
    }
}

/// What is wrong, without the value; names that only the request knows count as values.
fn words(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { .. } => {
            "there are members that the schema does not allow".to_owned()
        }
        _ => error.masked().to_string(),
    }
}

fn registry(document: &Value, direction: Direction) -> Option<Registry<'static>> {
    let mut document = document.clone();
    adapt(&mut document, direction);
    Registry::new()
        .draft(Draft::Draft4)
        .add(DOCUMENT, Draft::Draft4.create_resource(document))
        .ok()?
        .prepare()
        .ok()
}

/// Turns the Schema Objects of OpenAPI 3.0 into JSON Schema draft 4, from which they descend:
/// `nullable` becomes the type `null`, and required members that do not travel this way are
/// no longer required.
fn adapt(node: &mut Value, direction: Direction) {
    match node {
        Value::Object(members) => {
            members
                .values_mut()
                .for_each(|value| adapt(value, direction));
            drop_required(members, direction);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                allow_null(members);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|value| adapt(value, direction)),
        _ => {}
    }
}

fn drop_required(members: &mut serde_json::Map<String, Value>, direction: Direction) {
    let keyword = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    let absent: Vec<String> = members
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get(keyword) == Some(&Value::Bool(true)))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(Value::Array(required)) = members.get_mut("required") {
        required.retain(|name| !absent.iter().any(|absent| name == absent));
    }
    // Draft 4 wants at least one name.
    if members.get("required") == Some(&json!([])) {
        members.remove("required");
    }
}

fn allow_null(members: &mut serde_json::Map<String, Value>) {
    members.remove("nullable");
    match members.get_mut("type") {
        Some(Value::String(name)) => {
            let name = std::mem::take(name);
            members.insert("type".to_owned(), json!([name, "null"]));
            if let Some(Value::Array(values)) = members.get_mut("enum") {
                values.push(Value::Null);
            }
        }
        _ => {
            let schema = Value::Object(std::mem::take(members));
            members.insert("anyOf".to_owned(), json!([{ "type": "null" }, schema]));
        }
    }
}

/// Local references of a schema that stands alone lead into the document.
fn name_document(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && reference.starts_with('#')
            {
                reference.insert_str(0, DOCUMENT);
            }
            members.values_mut().for_each(name_document);
        }
        Value::Array(items) => items.iter_mut().for_each(name_document),
        _ => {}
    }
}
