//! The inputs of a workflow: JSON Schemas of which the token engine knows some keywords.

use std::collections::HashSet;

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use crate::criteria::check_pattern;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::is_name;
use crate::extensions::{self, Home};
use crate::model::{CredentialInput, CredentialPart, Input};
use crate::openapi::Api;
use crate::place::is_pointer;
use crate::spelling;

/// Keywords that say something about a value.
const RULES: [&str; 11] = [
    "type",
    "minLength",
    "maxLength",
    "pattern",
    "enum",
    "const",
    "minimum",
    "maximum",
    "not",
    "allOf",
    "anyOf",
];
/// Keywords that say something to people.
const ANNOTATIONS: [&str; 11] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
    "$comment",
    "$ref",
];
/// Keywords of the object that holds the inputs.
const OF_OBJECT: [&str; 8] = [
    "type",
    "required",
    "properties",
    "title",
    "description",
    "additionalProperties",
    "$comment",
    "$ref",
];

/// `inputs` of a workflow.
pub(super) fn read(workflow: &Node<'_>, api: &Api, diagnostics: &mut Diagnostics) -> Vec<Input> {
    let Some(inputs) = workflow.get("inputs") else {
        return Vec::new();
    };
    let before = diagnostics.complaints().len();
    check_references(&inputs, diagnostics);
    if diagnostics.complaints().len() > before {
        return Vec::new();
    }
    let inputs = inputs.resolve();
    check_object(&inputs, diagnostics);
    let required: Vec<&str> = inputs
        .items_of("required")
        .filter_map(|name| name.value.as_str())
        .collect();
    inputs
        .members_of("properties")
        .map(|(name, node)| {
            let place = node.clone();
            let node = node.resolve();
            check_property(&node, diagnostics);
            input(name, &place, &node, required.contains(&name), api)
        })
        .collect()
}

fn input(name: &str, own: &Node<'_>, node: &Node<'_>, required: bool, api: &Api) -> Input {
    let schema = inlined(own);
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let flag = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    let first = schema.get("examples").and_then(|examples| examples.get(0));
    Input {
        name: name.to_owned(),
        required,
        secret: text("format") == Some("password") || flag("writeOnly"),
        description: text("description").unwrap_or_default().to_owned(),
        example: first
            .or_else(|| schema.get("example"))
            .or_else(|| schema.get("default"))
            .cloned(),
        default: schema.get("default").cloned(),
        credential: own
            .text("x-credential")
            .or_else(|| node.text("x-credential"))
            .map(|credential| self::credential(credential, api)),
        assumed: flag("x-assumed"),
        schema,
    }
}

/// A scheme's own name may end in `.username`.
fn credential(text: &str, api: &Api) -> CredentialInput {
    let is_scheme = |name: &str| api.schemes.iter().any(|scheme| scheme.name == name);
    let parts = [
        (".username", CredentialPart::Username),
        (".password", CredentialPart::Password),
    ];
    let part = parts
        .into_iter()
        .find_map(|(suffix, part)| Some((text.strip_suffix(suffix)?, part)));
    let (scheme, part) = match part {
        Some((scheme, part)) if !is_scheme(text) => (scheme, part),
        _ => (text, CredentialPart::Value),
    };
    CredentialInput {
        scheme: scheme.to_owned(),
        part,
    }
}

/// A schema with its references replaced by what they name; what stands beside one wins.
fn inlined(node: &Node<'_>) -> Value {
    match node.value {
        Value::Object(_) => {
            let mut members = Map::new();
            if node.text("$ref").is_some()
                && let Value::Object(target) = inlined(&node.resolve())
            {
                members = target;
            }
            for (key, member) in node.members().filter(|(key, _)| *key != "$ref") {
                members.insert(key.to_owned(), inlined(&member));
            }
            Value::Object(members)
        }
        Value::Array(_) => Value::Array(node.items().map(|item| inlined(&item)).collect()),
        other => other.clone(),
    }
}

/// Follows every reference once, so that later readers need not fear them.
fn check_references(inputs: &Node<'_>, diagnostics: &mut Diagnostics) {
    let mut open = vec![(inputs.clone(), 0)];
    let mut followed = 0;
    while let Some((node, depth)) = open.pop() {
        followed += 1;
        if followed > MOST_NODES || depth > DEEPEST {
            diagnostics.add(
                node.place(),
                "this schema refers to itself, or to too many others",
                "write the schema of an input out",
            );
            return;
        }
        open.extend(node.members().map(|(_, member)| (member, depth + 1)));
        open.extend(node.items().map(|item| (item, depth + 1)));
        let Some(reference) = node.get("$ref") else {
            continue;
        };
        let target = reference.value.as_str().unwrap_or_default();
        let found = target
            .strip_prefix('#')
            .filter(|pointer| is_pointer(pointer))
            .and_then(|pointer| node.anywhere(pointer));
        match found {
            Some(found) => open.push((found, depth + 1)),
            None => diagnostics.add(
                reference.value_place(),
                format!("`{target}` leads to nothing in this document"),
                "refer to `#/components/inputs/<name>`, or write the schema out",
            ),
        }
    }
}

/// Inputs with more nodes than this, references counted as what they name, are refused.
const MOST_NODES: usize = 10_000;
/// And so are deeper ones.
const DEEPEST: usize = 100;

fn check_object(inputs: &Node<'_>, diagnostics: &mut Diagnostics) {
    for (key, node) in inputs.members() {
        if !OF_OBJECT.contains(&key) && !key.starts_with("x-") {
            diagnostics.add(
                node.place(),
                format!("the token engine knows no `{key}` for the inputs as a whole"),
                "describe each input under `properties`, and list the required ones",
            );
        }
    }
    if inputs.text("type") != Some("object") {
        diagnostics.add(
            inputs.place(),
            "inputs are an object",
            "write `type: object` with `required` and `properties`",
        );
    }
    check_required(inputs, diagnostics);
    check_names(inputs, diagnostics);
}

fn check_required(inputs: &Node<'_>, diagnostics: &mut Diagnostics) {
    let names: Vec<&str> = inputs
        .members_of("properties")
        .map(|(name, _)| name)
        .collect();
    for name in inputs.items_of("required") {
        let text = name.value.as_str().unwrap_or_default();
        if !names.contains(&text) {
            diagnostics.add(
                name.value_place(),
                format!("the required input `{text}` is not among the properties"),
                spelling::advice(text, &names, "describe it under `properties`"),
            );
        }
    }
}

/// Inputs name fields of a struct and variables of an environment.
fn check_names(inputs: &Node<'_>, diagnostics: &mut Diagnostics) {
    let mut seen = HashSet::new();
    for (name, node) in inputs.members_of("properties") {
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !is_name(name) || !begins {
            diagnostics.add(
                node.place(),
                format!("`{name}` cannot name an input"),
                "begin with a letter and go on with letters, digits, `_` and `-`",
            );
        } else if !seen.insert(name.to_snake_case()) {
            diagnostics.add(
                node.place(),
                format!("another input is `{name}` too, at least in snake case"),
                "give one of them another name",
            );
        }
    }
}

fn check_property(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    extensions::check(node, Home::Input, diagnostics);
    let Some(kind @ ("string" | "integer" | "number" | "boolean")) = node.text("type") else {
        diagnostics.add(
            node.member_or_self("type").place(),
            "an input is a string, an integer, a number or a boolean",
            "write `type: string`, or another of these",
        );
        return;
    };
    let before = diagnostics.complaints().len();
    check_rules(node, kind, true, diagnostics);
    if diagnostics.complaints().len() == before {
        check_examples(node, diagnostics);
    }
}

fn check_rules(node: &Node<'_>, kind: &str, is_whole: bool, diagnostics: &mut Diagnostics) {
    let node = node.resolve();
    if !node.value.is_object() {
        diagnostics.add(
            node.place(),
            "the token engine knows no schema that is only true or false",
            "write rules, or delete it",
        );
    }
    for (key, rule) in node.members() {
        let is_annotation = is_whole && (ANNOTATIONS.contains(&key) || key.starts_with("x-"));
        if is_annotation || matches!(key, "description" | "title" | "$comment") {
            continue;
        }
        check_rule(key, &rule, kind, diagnostics);
    }
}

fn check_rule(key: &str, rule: &Node<'_>, kind: &str, diagnostics: &mut Diagnostics) {
    match key {
        "minLength" | "maxLength" | "pattern" if kind != "string" => {
            misfit(key, rule, kind, diagnostics);
        }
        "minimum" | "maximum" if !matches!(kind, "integer" | "number") => {
            misfit(key, rule, kind, diagnostics);
        }
        "pattern" => {
            if let Err(fault) = check_pattern(rule.value.as_str().unwrap_or_default()) {
                diagnostics.add(rule.value_place(), fault.message, fault.help);
            }
        }
        "type" if rule.value.as_str() != Some(kind) => misfit(key, rule, kind, diagnostics),
        "enum" => rule
            .items()
            .for_each(|value| check_value(&value, kind, diagnostics)),
        "const" => check_value(rule, kind, diagnostics),
        "not" => check_rules(rule, kind, false, diagnostics),
        "allOf" | "anyOf" => rule
            .items()
            .for_each(|part| check_rules(&part, kind, false, diagnostics)),
        _ if RULES.contains(&key) => {}
        _ => diagnostics.add(
            rule.place(),
            format!("the token engine knows no `{key}` for an input"),
            spelling::advice(key, &RULES, &format!("it knows {}", RULES.join(", "))),
        ),
    }
}

fn misfit(key: &str, rule: &Node<'_>, kind: &str, diagnostics: &mut Diagnostics) {
    diagnostics.add(
        rule.place(),
        format!("`{key}` does not fit an input of type {kind}"),
        "delete it, or correct the type",
    );
}

fn check_value(node: &Node<'_>, kind: &str, diagnostics: &mut Diagnostics) {
    let fits = match node.value {
        Value::String(_) => kind == "string",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || kind == "integer" && !number.is_f64(),
        _ => false,
    };
    if !fits {
        diagnostics.add(
            node.value_place(),
            format!("no value of type {kind}"),
            "quote it if it is text; otherwise correct the value or the type",
        );
    }
}

/// Examples are what the sandbox accepts, and a default is sent.
fn check_examples(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&inlined(node));
    let validator = match validator {
        Ok(validator) => validator,
        Err(error) => {
            diagnostics.add(
                node.place(),
                format!("not a schema: {}", error.masked()),
                "correct the rules of this input",
            );
            return;
        }
    };
    let examples = ["default", "example"]
        .into_iter()
        .filter_map(|key| node.get(key))
        .chain(node.items_of("examples"));
    for example in examples {
        if let Err(error) = validator.validate(example.value) {
            diagnostics.add(
                example.value_place(),
                format!(
                    "the example breaks the input's own rules: {}",
                    error.masked_with("it")
                ),
                "correct the example or the rules",
            );
        }
    }
}
