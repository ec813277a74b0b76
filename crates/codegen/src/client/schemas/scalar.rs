//! Lowering of strings, numbers and booleans.

use serde_json::{Map, Value};

use super::describe::description;
use super::{Schemas, kind};
use crate::client::names::Taken;
use crate::client::shape::{Enumeration, Format, Kind, Schema, Shape, integer};

/// Whether a format belongs to strings.
pub(super) fn is_string_format(format: &str) -> bool {
    Format::named(format).is_some()
        || [
            "password", "binary", "byte", "email", "uri", "hostname", "time", "duration",
        ]
        .contains(&format)
}

impl Schemas<'_> {
    /// Lowers a schema that is neither object nor array.
    pub(super) fn scalar(&mut self, pointer: &str, value: &Value, wish: &str) -> Schema {
        let kind = kind(value);
        if kind == Some("string") {
            return self.string(pointer, value, wish);
        }
        if value.get("enum").is_some() {
            self.rewrite(
                "enum-values",
                pointer,
                "the list of its values is in its documentation only",
            );
        }
        let format = value.get("format").and_then(Value::as_str);
        Schema::of(match kind {
            Some("boolean") => Shape::Boolean,
            Some("integer") => Shape::Integer(integer(format, self.is_unsigned(pointer, value))),
            Some("number") if format == Some("float") => Shape::Number("f32"),
            Some("number") => Shape::Number("f64"),
            _ => Shape::Any,
        })
    }

    /// Whether an integer that only requests have cannot be negative. What an answer has is
    /// never refused for a bound.
    fn is_unsigned(&mut self, pointer: &str, value: &Value) -> bool {
        let bounded = value
            .get("minimum")
            .and_then(Value::as_f64)
            .is_some_and(|minimum| minimum >= 0.0);
        bounded && !self.reach.answers.contains(pointer)
    }

    fn string(&mut self, pointer: &str, value: &Value, wish: &str) -> Schema {
        if self.is_secret(pointer, value) {
            return Schema::of(self.secret(pointer, value));
        }
        if let Some(values) = value.get("enum").and_then(Value::as_array) {
            return self.enumeration(pointer, value, values, wish);
        }
        let format = value.get("format").and_then(Value::as_str);
        if format == Some("binary") && self.is_file(pointer) {
            return Schema::of(Shape::File);
        }
        if let Some(format) = format.and_then(Format::named) {
            return Schema::of(Shape::Format(format));
        }
        self.text(pointer, value, wish)
    }

    /// Of a secret's rules only one is checked: that it is not empty, where only requests have it.
    fn secret(&mut self, pointer: &str, value: &Value) -> Shape {
        let shortest = value.get("minLength").and_then(Value::as_u64).unwrap_or(0);
        let filled = shortest > 0 && !self.reach.answers.contains(pointer);
        let others = ["maxLength", "pattern", "enum"];
        let has_others = others.iter().any(|keyword| value.get(keyword).is_some());
        if has_others || shortest > u64::from(filled) {
            self.rewrite(
                "secrets",
                pointer,
                "is a secret: its rules are left to the server",
            );
        }
        match filled {
            true => Shape::FilledSecret,
            false => Shape::Secret,
        }
    }

    fn is_secret(&self, pointer: &str, value: &Value) -> bool {
        value.get("format") == Some(&Value::String("password".to_string()))
            || value.get("writeOnly") == Some(&Value::Bool(true))
            || self.secrets.contains(pointer)
    }

    fn is_file(&self, pointer: &str) -> bool {
        self.reach.multipart.contains(pointer) && !self.reach.answers.contains(pointer)
    }

    /// A string with a pattern, or one that the document names, is a type of its own where only
    /// requests have it. A type for each length would be many that say little.
    fn text(&mut self, pointer: &str, value: &Value, wish: &str) -> Schema {
        let mut rules = rules(value);
        if rules
            .get("pattern")
            .is_some_and(|pattern| !is_pattern(pattern))
        {
            rules.remove("pattern");
            let what = "`pattern` left to the server: it is no regular expression of ECMA-262";
            self.rewrite("text-rules", pointer, what);
        }
        if rules.is_empty() {
            return Schema::of(Shape::String);
        }
        let answered = self.reach.answers.contains(pointer);
        if answered || !(rules.contains_key("pattern") || self.is_named(pointer)) {
            let names: Vec<String> = rules.keys().map(|name| format!("`{name}`")).collect();
            let why = match answered {
                true => "dropped: an answer is not refused for it",
                false => "left to the server",
            };
            self.rewrite("text-rules", pointer, format!("{} {why}", names.join(", ")));
            return Schema::of(Shape::String);
        }
        let name = self.name(pointer, wish);
        self.define(name.clone(), pointer, description(value), Kind::Text(rules));
        Schema::of(Shape::Named(name))
    }

    fn enumeration(
        &mut self,
        pointer: &str,
        value: &Value,
        values: &[Value],
        wish: &str,
    ) -> Schema {
        let nullable = values.iter().any(Value::is_null);
        let mut wire: Vec<String> = Vec::new();
        for value in values.iter().filter(|value| !value.is_null()) {
            let text = match value {
                Value::String(text) => text.clone(),
                other => {
                    self.rewrite(
                        "enum-values",
                        pointer,
                        format!("the value {other} is no string; its text is taken"),
                    );
                    other.to_string()
                }
            };
            if !wire.contains(&text) {
                wire.push(text);
            }
        }
        if wire.is_empty() {
            return Schema {
                shape: Shape::String,
                nullable,
            };
        }
        let mut taken = Taken::default();
        let variants = wire
            .into_iter()
            .map(|wire| (taken.claim_variant(&variant(&wire)), wire))
            .collect();
        let open = self.reach.answers.contains(pointer);
        let unknown = open.then(|| taken.claim_variant("Unknown"));
        let name = self.name(pointer, wish);
        let enumeration = Enumeration { variants, unknown };
        self.define(
            name.clone(),
            pointer,
            description(value),
            Kind::Enumeration(enumeration),
        );
        Schema {
            shape: Shape::Named(name),
            nullable,
        }
    }
}

/// The rules of a string that can be checked in Rust.
fn rules(value: &Value) -> Map<String, Value> {
    let mut rules = Map::new();
    for keyword in ["minLength", "maxLength"] {
        let length = value.get(keyword).and_then(Value::as_u64);
        let length = length.filter(|length| {
            (*length > 0 || keyword == "maxLength") && *length <= u64::from(u32::MAX)
        });
        if let Some(length) = length {
            rules.insert(keyword.to_string(), Value::from(length));
        }
    }
    if let Some(pattern) = value.get("pattern").and_then(Value::as_str) {
        rules.insert("pattern".to_string(), Value::from(pattern));
    }
    rules
}

/// Whether a pattern can be checked in Rust.
fn is_pattern(pattern: &Value) -> bool {
    pattern
        .as_str()
        .is_some_and(|pattern| regress::Regex::new(pattern).is_ok())
}

/// A wish for the variant of a value. Values of nothing but signs are told apart by what their
/// first signs are called.
fn variant(value: &str) -> String {
    if value.chars().any(|c| c.is_ascii_alphanumeric()) {
        let sign = match value.chars().next() {
            Some('-') => "Minus ",
            Some('+') => "Plus ",
            _ => "",
        };
        return format!("{sign}{value}");
    }
    let words: Vec<&str> = value.chars().take(3).map(sign).collect();
    if words.is_empty() {
        "Empty".to_string()
    } else {
        words.join(" ")
    }
}

fn sign(sign: char) -> &'static str {
    match sign {
        '+' => "Plus",
        '-' => "Minus",
        '*' => "Star",
        '/' => "Slash",
        '=' => "Equal",
        '<' => "Less",
        '>' => "Greater",
        '!' => "Not",
        '&' => "And",
        '|' => "Or",
        '%' => "Percent",
        '.' => "Dot",
        ',' => "Comma",
        ':' => "Colon",
        ';' => "Semicolon",
        '?' => "Question",
        '#' => "Hash",
        '$' => "Dollar",
        '@' => "At",
        '~' => "Tilde",
        '_' => "Underscore",
        ' ' => "Space",
        _ => "Sign",
    }
}
