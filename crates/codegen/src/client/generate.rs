//! progenitor, called so that nothing it does can reach a user unexplained.
//!
//! It prints the types. The operations are printed beside it: what they send
//! and read is the runtime's, and progenitor would give each one type of answer and no key.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use schemars::schema::{InstanceType, SchemaObject};
use serde_json::{Map, Value, json};
use syn::{Item, parse_quote};

use super::shape::{Definition, FILE_FORMAT, Kind};
use crate::panics::quietly;

/// A schema that progenitor takes not even as it was rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Culprit {
    /// Where it stands in the document.
    pub(crate) pointer: String,
    /// What progenitor says of it.
    pub(crate) reason: String,
}

/// Shows the items of progenitor's module `types`, one after the other. Enumerations, which are
/// printed beside it, are shown by their names alone.
///
/// # Errors
///
/// The schemas that progenitor does not take.
pub(crate) fn types(
    definitions: &[Definition],
    show: impl FnMut(Item),
) -> Result<(), Vec<Culprit>> {
    let bare: BTreeSet<&str> = definitions
        .iter()
        .filter(|definition| matches!(definition.kind, Kind::Enumeration(_)))
        .map(|definition| definition.name.as_str())
        .collect();
    let given = alone(&schemas(definitions));
    attempt(given, &bare, show).map_err(|reason| {
        let mut culprits = Vec::new();
        let schemas = schemas(definitions);
        bisect(&schemas, reason, &mut culprits);
        culprits
    })
}

/// What progenitor is given of these definitions.
fn schemas(definitions: &[Definition]) -> Vec<(&Definition, Value)> {
    let given = definitions.iter();
    let given = given.filter_map(|definition| Some((definition, definition.kind.json()?)));
    given.collect()
}

/// Finds the schemas that progenitor stumbles over by giving it halves, in which references to
/// the other half are any value: a few times the work of one run for each culprit.
fn bisect(schemas: &[(&Definition, Value)], reason: String, culprits: &mut Vec<Culprit>) {
    let (left, right) = schemas.split_at(schemas.len() / 2);
    let found = culprits.len();
    for half in [left, right].into_iter().filter(|half| !half.is_empty()) {
        if half.len() < schemas.len()
            && let Err(reason) = attempt(alone(half), &BTreeSet::new(), drop)
        {
            bisect(half, reason, culprits);
        }
    }
    // It takes them together: then each of them is one too many.
    if culprits.len() == found {
        culprits.extend(schemas.iter().map(|(definition, _)| Culprit {
            pointer: definition.pointer.clone(),
            reason: reason.clone(),
        }));
    }
}

/// These schemas as a document's, where a reference to any other one is any value.
fn alone(schemas: &[(&Definition, Value)]) -> Map<String, Value> {
    let names: BTreeSet<&str> = schemas
        .iter()
        .map(|(definition, _)| definition.name.as_str())
        .collect();
    schemas
        .iter()
        .map(|(definition, schema)| {
            let mut schema = schema.clone();
            cut(&mut schema, &names);
            (definition.name.clone(), schema)
        })
        .collect()
}

fn cut(schema: &mut Value, names: &BTreeSet<&str>) {
    match schema {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = target.and_then(|target| target.rsplit('/').next())
                && !names.contains(name)
            {
                members.clear();
            }
            members.values_mut().for_each(|value| cut(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cut(item, names)),
        _ => {}
    }
}

fn attempt(
    schemas: Map<String, Value>,
    bare: &BTreeSet<&str>,
    show: impl FnMut(Item),
) -> Result<(), String> {
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "types", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    });
    let document = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let tokens = quietly(|| Generator::new(&settings()).generate_tokens(&document))?;
    drop::<OpenAPI>(document);
    let tokens = tokens.map_err(|error| error.to_string())?;
    let module = module(tokens).ok_or("progenitor wrote no types")?;
    show_items(module, bare, show)
}

/// What is inside of the module `types`.
fn module(tokens: TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if is_word(&token, "mod") && tokens.next().is_some_and(|name| is_word(&name, "types")) {
            let TokenTree::Group(group) = tokens.next()? else {
                return None;
            };
            return Some(group.stream());
        }
    }
    None
}

/// Reads and shows one item at a time, for together they would take a hundred times their text.
/// Of what is `bare` only the name is read.
fn show_items(
    tokens: TokenStream,
    bare: &BTreeSet<&str>,
    mut show: impl FnMut(Item),
) -> Result<(), String> {
    let mut begun: Vec<TokenTree> = Vec::new();
    let mut faults: Vec<String> = Vec::new();
    for token in tokens {
        let may_end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        begun.push(token);
        if !may_end {
            continue;
        }
        if let Some(name) = named(&begun).filter(|name| bare.contains(name.to_string().as_str())) {
            if begun.iter().any(|token| is_word(token, "enum")) {
                show(parse_quote!(enum #name {}));
            }
            begun.clear();
            continue;
        }
        match syn::parse2(begun.iter().cloned().collect()) {
            Ok(item) => {
                show(item);
                begun.clear();
                faults.clear();
            }
            Err(error) if faults.len() < MOST_BRACES => faults.push(error.to_string()),
            Err(error) => return Err(error.to_string()),
        }
    }
    match (begun.is_empty(), faults.pop()) {
        (true, _) => Ok(()),
        (false, fault) => Err(fault.unwrap_or("an item has no end".to_string())),
    }
}

/// The name that stands before the braces: of a type, or of the type that an `impl` is for.
fn named(item: &[TokenTree]) -> Option<&Ident> {
    match item {
        [.., TokenTree::Ident(name), TokenTree::Group(_)] => Some(name),
        _ => None,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// An item has no more braces side by side, such as `const A: [u8; { 1 }] = { [2] };`.
const MOST_BRACES: usize = 8;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(name: &str, rules: Value) -> Definition {
        Definition {
            name: name.to_string(),
            pointer: format!("/components/schemas/{name}"),
            documentation: String::new(),
            kind: Kind::Text(rules.as_object().cloned().unwrap_or_default()),
            in_requests: true,
        }
    }

    #[test]
    fn what_progenitor_refuses_is_found_among_many() {
        let mut definitions: Vec<Definition> = (0..100)
            .map(|number| definition(&format!("Good{number}"), json!({"minLength": 1})))
            .collect();
        definitions.insert(17, definition("Bad", json!({"pattern": "("})));
        definitions.insert(71, definition("Worse", json!({"pattern": "["})));
        let culprits = types(&definitions, drop).unwrap_err();
        let names: Vec<&str> = culprits
            .iter()
            .filter_map(|one| one.pointer.rsplit('/').next())
            .collect();
        assert_eq!(names, ["Bad", "Worse"]);
        assert!(culprits.iter().all(|one| one.reason.contains("pattern")));
    }

    #[test]
    fn a_reference_out_of_a_half_is_any_value() {
        let reference = json!({"items": {"$ref": "#/components/schemas/B"}});
        let (a, b) = (definition("A", json!({})), definition("B", json!({})));
        let cut = alone(&[(&a, reference.clone())]);
        assert_eq!(cut.get("A"), Some(&json!({"items": {}})));
        let whole = alone(&[(&a, reference.clone()), (&b, json!({}))]);
        assert_eq!(whole.get("A"), Some(&reference));
    }
}
