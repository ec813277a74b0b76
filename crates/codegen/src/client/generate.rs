//! progenitor, called so that nothing it does can reach a user unexplained.
//!
//! It prints the types. The operations are printed beside it: what they send
//! and read is the runtime's, and progenitor would give each one type of answer and no key.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use keyfob_spec::{Diagnostics, Spec};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use schemars::schema::{InstanceType, SchemaObject};
use serde_json::{Map, Value, json};
use syn::{File, Item};

use super::shape::{Definition, FILE_FORMAT};

/// The items of progenitor's module `types`.
///
/// # Errors
///
/// progenitor takes one of the schemas not even as it was rewritten; the complaint names it.
pub(crate) fn types(spec: &Spec, definitions: &[Definition]) -> Result<Vec<Item>, Diagnostics> {
    let schemas: Vec<(&Definition, Value)> = definitions
        .iter()
        .filter_map(|definition| Some((definition, definition.kind.json()?)))
        .collect();
    let all = schemas
        .iter()
        .map(|(definition, schema)| (definition.name.clone(), schema.clone()))
        .collect();
    attempt(all).map_err(|reason| blame(spec, &schemas, &reason))
}

/// Finds the schemas that progenitor stumbles over, by giving it each with only what it needs.
fn blame(spec: &Spec, schemas: &[(&Definition, Value)], reason: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for (definition, _) in schemas {
        if let Err(reason) = attempt(needed(schemas, &definition.name)) {
            diagnostics.add(
                spec.places.get(&definition.pointer),
                format!("no Rust type can be made of this schema: {reason}"),
                "write it with fewer keywords, or as a schema that takes any value (`{}`)",
            );
        }
    }
    if diagnostics.is_empty() {
        diagnostics.add(
            spec.places.get("/components/schemas"),
            format!("no Rust types can be made of these schemas together: {reason}"),
            "please report this with the document",
        );
    }
    diagnostics
}

/// A schema with all that it refers to.
fn needed(schemas: &[(&Definition, Value)], name: &str) -> Map<String, Value> {
    let mut needed = Map::new();
    let mut open = vec![name.to_string()];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some((_, schema)) = schemas
            .iter()
            .find(|(definition, _)| definition.name == name)
        {
            references(schema, &mut open);
            needed.insert(name, schema.clone());
        }
    }
    needed
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (keyword, value) in members {
                match value.as_str().filter(|_| keyword == "$ref") {
                    Some(reference) => {
                        found.extend(reference.rsplit('/').next().map(str::to_string))
                    }
                    None => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn attempt(schemas: Map<String, Value>) -> Result<Vec<Item>, String> {
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "types", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    });
    let document = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let tokens = quietly(|| Generator::new(&settings()).generate_tokens(&document))?;
    let file: File = syn::parse2(tokens.map_err(|error| error.to_string())?)
        .map_err(|error| error.to_string())?;
    file.items
        .into_iter()
        .find_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => module.content.map(|(_, items)| items),
            _ => None,
        })
        .ok_or_else(|| "progenitor wrote no types".to_string())
}

fn settings() -> GenerationSettings {
    let text = |format: &str| SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(format.to_string()),
        ..SchemaObject::default()
    };
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_map_type("::std::collections::BTreeMap")
        .with_conversion(
            text("password"),
            "::keyfob_runtime::Secret",
            std::iter::empty(),
        )
        .with_conversion(
            text(FILE_FORMAT),
            "::keyfob_runtime::File",
            std::iter::empty(),
        );
    settings
}

/// Runs what may panic without a word on the terminal; the panic's message is the error.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                outer(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    result.map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("progenitor panicked");
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::shape::Kind;

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(
            quietly(|| panic!("first\nsecond")),
            Err::<(), _>("first".to_string())
        );
        assert_eq!(quietly(|| 1), Ok(1));
    }

    #[test]
    fn what_progenitor_refuses_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("example");
        std::fs::create_dir(&folder).unwrap();
        let document = r##"{"openapi": "3.0.3", "info": {"title": "Example", "version": "1"}, "paths": {},
"components": {"schemas": {
"Good": {"type": "object", "properties": {"bad": {"$ref": "#/components/schemas/Bad"}}},
"Bad": {"type": "string"}}}}"##;
        std::fs::write(folder.join("openapi.yaml"), document).unwrap();
        let spec = keyfob_spec::read(&folder).unwrap();
        let definition = |name: &str, rules: Value| Definition {
            name: name.to_string(),
            pointer: format!("/components/schemas/{name}"),
            documentation: String::new(),
            kind: Kind::Text(rules.as_object().cloned().unwrap_or_default()),
            in_requests: true,
        };
        let definitions = [
            definition("Good", json!({"minLength": 1})),
            definition("Bad", json!({"pattern": "("})),
        ];
        let diagnostics = types(&spec, &definitions).unwrap_err();
        let [complaint] = diagnostics.complaints() else {
            panic!("{diagnostics}")
        };
        assert_eq!(complaint.place().line, 4);
        assert!(
            complaint.message().contains("invalid pattern"),
            "{complaint}"
        );
    }

    #[test]
    fn a_schema_is_tried_with_all_that_it_needs() {
        let definition = |name: &str| Definition {
            name: name.to_string(),
            pointer: String::new(),
            documentation: String::new(),
            kind: Kind::Text(Map::new()),
            in_requests: true,
        };
        let (a, b, c) = (definition("A"), definition("B"), definition("C"));
        let reference = json!({"$ref": "#/components/schemas/B"});
        let schemas = [
            (&a, json!({"items": reference})),
            (&b, json!({})),
            (&c, json!({})),
        ];
        let names: Vec<String> = needed(&schemas, "A").keys().cloned().collect();
        assert_eq!(names, ["A", "B"]);
    }
}
