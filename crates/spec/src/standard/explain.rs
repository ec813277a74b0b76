//! Errors of a validator in words.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::causes::Cause;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::spelling;

/// Complains about an error.
pub(super) fn explain(
    cause: &Cause<'_, '_>,
    schema: &Value,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) {
    let error = cause.error;
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
            if owner.has_misspelt(key, node) {
                return;
            }
            diagnostics.add(
                node.place(),
                format!("{} needs `{key}`", owner.name),
                format!("add `{key}: ...`"),
            );
        }
        ValidationErrorKind::Type { kind } => {
            let (found, wanted) = (article(node.value), expected(kind));
            let is_unquoted =
                wanted == "text" && (node.value.is_number() || node.value.is_boolean());
            diagnostics.add(
                node.value_place(),
                format!("{found} stands where {wanted} belongs"),
                match is_unquoted {
                    true => "put it in quotes".to_owned(),
                    false => format!("write {wanted}"),
                },
            );
        }
        _ if !cause.options.is_empty() => diagnostics.add(
            node.value_place(),
            format!("{} is not allowed here", shown(node.value)),
            advice(node.value, &cause.options),
        ),
        _ => {
            let (message, help) = other(error, schema, node);
            diagnostics.add(node.place(), message, help);
        }
    }
}

fn other(error: &ValidationError<'_>, schema: &Value, node: &Node<'_>) -> (String, String) {
    match error.kind() {
        ValidationErrorKind::Pattern { pattern } => (
            format!("{} is not written as it has to be", shown(node.value)),
            format!("write what matches the pattern `{pattern}`"),
        ),
        ValidationErrorKind::Not { schema } if schema.get("required").is_some() => (
            format!("{} exclude each other", listed(schema.get("required"))),
            "keep one of them".to_owned(),
        ),
        ValidationErrorKind::OneOfMultipleValid { .. } => (
            "this can be read in more than one way".to_owned(),
            format!("keep one of {}", alternatives(error, schema)),
        ),
        ValidationErrorKind::UniqueItems => (
            "an item stands in this list twice".to_owned(),
            "delete one of the two".to_owned(),
        ),
        ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MinProperties { .. } => (
            "this must not be empty".to_owned(),
            "write what belongs here, or delete the key".to_owned(),
        ),
        _ => (
            error.masked_with("this").to_string(),
            "correct the value".to_owned(),
        ),
    }
}

/// The keys that tell alternatives apart, where each alternative requires one.
fn alternatives(error: &ValidationError<'_>, schema: &Value) -> String {
    let alternatives = schema.pointer(&error.schema_path().to_string());
    let keys: Vec<String> = alternatives
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|alternative| alternative.get("required"))
        .map(|keys| listed(Some(keys)))
        .collect();
    if keys.is_empty() {
        "the alternatives that the specification names".to_owned()
    } else {
        keys.join(", ")
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
        let is_root = tokens.len() == 1;
        let (definition, owner) = match definition {
            Some((name, definition)) => (name.as_str(), Some(definition)),
            None => ("", is_root.then_some(schema)),
        };
        let keys = owner.and_then(|owner| owner.get("properties")?.as_object());
        Owner {
            name: object_name(definition),
            definition,
            keys: keys
                .into_iter()
                .flat_map(|keys| keys.keys().map(String::as_str))
                .collect(),
        }
    }

    /// Whether a key is there, but under another name that is no key.
    fn has_misspelt(&self, key: &str, node: &Node<'_>) -> bool {
        node.members().any(|(written, _)| {
            !self.keys.contains(&written)
                && spelling::nearest(written, self.keys.iter().copied()) == Some(key)
        })
    }

    fn unknown_key(&self, key: &str, node: &Node<'_>, diagnostics: &mut Diagnostics) {
        // The schema calls a key unknown as well when its value is wrong.
        if self.keys.contains(&key) {
            return;
        }
        let help = match spelling::nearest(key, self.keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => self.advice(key),
        };
        let place = node.member_or_self(key).place();
        let message = format!("`{key}` is not a key of {}", self.name);
        diagnostics.add(place, message, help);
    }

    fn advice(&self, key: &str) -> String {
        match self.definition {
            "Schema" if key == "const" => "write `enum` with a single value".to_owned(),
            "Schema" if key == "examples" => "write a single `example`".to_owned(),
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
    let mut characters = definition.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '-' {
            words.push(String::new());
            continue;
        }
        let next_is_small = characters.peek().is_some_and(|next| next.is_lowercase());
        let begins_word = words.last().is_none_or(|word| {
            let ends_small = word.ends_with(|last: char| !last.is_uppercase());
            character.is_uppercase()
                && (ends_small && !word.is_empty() || next_is_small && word.len() > 1)
        });
        if begins_word {
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
    let is_vowel = name.starts_with(['A', 'E', 'I', 'O', 'U'])
        || name.starts_with("HTTP")
        || name.starts_with("XML");
    let article = if is_vowel { "an" } else { "a" };
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
        "string" => "text".to_owned(),
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

/// What to write in place of a value that is not among the options.
fn advice(value: &Value, options: &[&Value]) -> String {
    let names = options.iter().filter_map(|option| option.as_str());
    match spelling::nearest(value.as_str().unwrap_or_default(), names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let options: Vec<String> = options.iter().map(|option| shown(option)).collect();
            format!("write {}", options.join(" or "))
        }
    }
}

fn listed(options: Option<&Value>) -> String {
    let options = options.and_then(Value::as_array).into_iter().flatten();
    options.map(shown).collect::<Vec<_>>().join(", ")
}

/// A value as a message shows it.
pub(super) fn shown(value: &Value) -> String {
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
