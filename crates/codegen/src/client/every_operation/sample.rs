//! Values that a schema of the document describes, on their way to the API.

use std::borrow::Cow;

use keyfob_spec::Spec;
use serde_json::{Map, Number, Value, json};

use super::pattern;

/// Optional members are left out below this depth, and once there are enough values.
const DEEPEST_OPTIONAL: usize = 4;
const MOST_VALUES: usize = 300;
/// A schema that requires itself has no value; below this depth it gets null.
const DEEPEST: usize = 20;
/// Composition nests no deeper than this before it is taken to be recursive.
const DEEPEST_COMPOSITION: usize = 16;

/// A value of the schema: what is listed in it, or one made of its type and its limits. Null where
/// no value fits.
pub(super) fn of(spec: &Spec, schema: &Value) -> Value {
    Sampler::new(spec).value(schema, 0)
}

/// A value of the schema for a form. An array is written there as a name that comes again and
/// again, of which many servers, Prism among them, read one: it is left out where it may be.
pub(super) fn of_form(spec: &Spec, schema: &Value) -> Value {
    let mut sampler = Sampler::new(spec);
    sampler.is_form = true;
    sampler.value(schema, 0)
}

struct Sampler<'a> {
    spec: &'a Spec,
    /// Whether the members of the outermost object stand in a form.
    is_form: bool,
    /// How many values were made so far.
    values: usize,
}

impl<'a> Sampler<'a> {
    fn new(spec: &'a Spec) -> Self {
        Self {
            spec,
            is_form: false,
            values: 0,
        }
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        self.values += 1;
        if depth > DEEPEST {
            return Value::Null;
        }
        let schema = merge(self.spec, schema, 0);
        let kind = kind(&schema);
        if let Some(value) = listed(&schema) {
            return match fits(value, kind) {
                true => value.clone(),
                false => Value::Null,
            };
        }
        match kind {
            Some("string") => string(&schema),
            Some("integer") => number(&schema, true),
            Some("number") => number(&schema, false),
            Some("boolean") => json!(true),
            Some("array") => self.array(&schema, depth),
            Some("object") => self.object(&schema, depth),
            Some(_) => Value::Null,
            None => json!("example"),
        }
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let fewest = limit(schema, "minItems").unwrap_or(0);
        let most = limit(schema, "maxItems").unwrap_or(u64::MAX);
        let has_room = depth < DEEPEST_OPTIONAL && self.values < MOST_VALUES;
        let wanted = if has_room { fewest.max(1) } else { fewest };
        let any = json!({});
        let items = schema.get("items").unwrap_or(&any);
        let is_set = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut array: Vec<Value> = Vec::new();
        for index in 0..wanted.min(most).min(100) {
            let item = match array.first() {
                Some(first) if is_set => self.another(items, first, index),
                Some(first) => first.clone(),
                None => self.value(items, depth + 1),
            };
            array.push(item);
        }
        Value::Array(array)
    }

    /// An item that differs from those before it, where that is easily made.
    fn another(&self, items: &Value, first: &Value, index: u64) -> Value {
        let items = merge(self.spec, items, 0);
        let listed = usize::try_from(index).ok().and_then(|index| {
            let values = items.get("enum")?.as_array()?;
            values.get(index).cloned()
        });
        listed.unwrap_or_else(|| match first {
            Value::String(text) => json!(format!("{text}{index}")),
            Value::Number(number) => json!(number.as_u64().unwrap_or_default() + index),
            other => other.clone(),
        })
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Value {
        let mut members = Map::new();
        let required: Vec<&str> = strings(schema.get("required")).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let is_required = required.contains(&name.as_str());
            let has_room = depth < DEEPEST_OPTIONAL && self.values < MOST_VALUES;
            if !is_required && depth == 0 && self.is_form && self.is_array(property) {
                continue;
            }
            if (is_required || has_room) && !self.is_read_only(property) {
                let member = self.value(property, depth + 1);
                // A member that contains itself without end is better left out.
                if is_required || !member.is_null() {
                    members.insert(name.clone(), member);
                }
            }
        }
        let rest = schema
            .get("additionalProperties")
            .filter(|rest| rest.is_object());
        let any = json!({"type": "string"});
        let is_described =
            |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
        for name in required.into_iter().filter(|name| !is_described(name)) {
            let member = self.value(rest.unwrap_or(&any), depth + 1);
            members.insert(name.to_owned(), member);
        }
        let fewest = limit(schema, "minProperties").unwrap_or(0);
        let wanted = if members.is_empty() && rest.is_some() {
            fewest.max(1)
        } else {
            fewest
        };
        for index in (members.len() as u64)..wanted.min(100) {
            let member = self.value(rest.unwrap_or(&any), depth + 1);
            members.insert(format!("example{index}"), member);
        }
        Value::Object(members)
    }

    fn is_array(&self, property: &Value) -> bool {
        kind(&merge(self.spec, property, 0)) == Some("array")
    }

    fn is_read_only(&self, property: &Value) -> bool {
        keyword(self.spec, property, "readOnly", 0) == Some(&Value::Bool(true))
    }
}

/// What a schema says by a keyword: itself, or else the first of what it is made of.
fn keyword<'s>(spec: &'s Spec, schema: &'s Value, name: &str, depth: usize) -> Option<&'s Value> {
    let schema = spec.resolve(schema).as_object()?;
    if depth > DEEPEST_COMPOSITION || schema.contains_key(name) {
        return schema.get(name);
    }
    let of_all = members(schema, "allOf");
    let chosen = ["oneOf", "anyOf"].map(|list| chosen(spec, members(schema, list)));
    let mut parts = of_all.iter().chain(chosen.into_iter().flatten());
    parts.find_map(|part| keyword(spec, part, name, depth + 1))
}

/// The schema with its references followed, what `allOf` adds put in, and one of the
/// alternatives chosen.
fn merge<'s>(spec: &'s Spec, schema: &'s Value, depth: usize) -> Cow<'s, Map<String, Value>> {
    let Some(schema) = spec.resolve(schema).as_object() else {
        return Cow::default();
    };
    let is_composed = COMPOSITION
        .iter()
        .any(|keyword| schema.contains_key(*keyword));
    if depth > DEEPEST_COMPOSITION || !is_composed {
        return Cow::Borrowed(schema);
    }
    let own = schema.iter().filter(|(keyword, _)| *keyword != "allOf");
    let own = own.map(|(keyword, value)| (keyword.clone(), value.clone()));
    let mut merged: Map<String, Value> = own.collect();
    for part in members(schema, "allOf") {
        add(&mut merged, merge(spec, part, depth + 1).into_owned());
    }
    let discriminator = merged.remove("discriminator");
    for keyword in ["oneOf", "anyOf"] {
        let alternatives = taken(&mut merged, keyword);
        if let Some(chosen) = chosen(spec, &alternatives) {
            let tag = discriminator.as_ref().and_then(|one| tag(one, chosen));
            add(&mut merged, merge(spec, chosen, depth + 1).into_owned());
            if let Some((property, value)) = tag {
                add(&mut merged, tagged(&property, &value));
            }
        }
    }
    Cow::Owned(merged)
}

/// The alternative that is taken.
fn chosen<'v>(spec: &Spec, alternatives: &'v [Value]) -> Option<&'v Value> {
    let mut alternatives = alternatives.iter();
    alternatives.find(|one| !is_null(spec.resolve(one)))
}

/// The keywords by which a schema is made of others.
const COMPOSITION: &[&str] = &["allOf", "oneOf", "anyOf", "discriminator"];

/// The schemas in a list of a schema.
fn members<'s>(schema: &'s Map<String, Value>, keyword: &str) -> &'s [Value] {
    let list = schema.get(keyword).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Takes a list of schemas out of a schema.
fn taken(schema: &mut Map<String, Value>, keyword: &str) -> Vec<Value> {
    match schema.remove(keyword) {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    }
}

/// Adds what another schema says, which a value has to obey as well.
fn add(schema: &mut Map<String, Value>, other: Map<String, Value>) {
    for (keyword, value) in other {
        match (schema.get_mut(&keyword), value) {
            (Some(Value::Object(mine)), Value::Object(theirs)) if keyword == "properties" => {
                for (name, property) in theirs {
                    let both = match mine.remove(&name) {
                        Some(own) => json!({"allOf": [own, property]}),
                        None => property,
                    };
                    mine.insert(name, both);
                }
            }
            (Some(Value::Array(mine)), Value::Array(theirs)) if keyword == "required" => {
                mine.extend(theirs);
            }
            (Some(Value::Array(mine)), Value::Array(theirs)) if keyword == "enum" => {
                mine.retain(|value| theirs.contains(value));
            }
            (Some(_), _) => {}
            (None, value) => {
                schema.insert(keyword, value);
            }
        }
    }
}

/// The property that tells an alternative apart, and its value.
fn tag(discriminator: &Value, chosen: &Value) -> Option<(String, String)> {
    let property = discriminator.get("propertyName")?.as_str()?;
    let reference = chosen.get("$ref")?.as_str()?;
    let name = reference.rsplit('/').next().unwrap_or(reference);
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let mapped = mapping.into_iter().flatten().find(|(_, target)| {
        target
            .as_str()
            .is_some_and(|target| target == reference || target == name)
    });
    let value = mapped.map_or(name, |(value, _)| value);
    Some((property.to_string(), value.to_string()))
}

fn tagged(property: &str, value: &str) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert(
        "properties".to_string(),
        json!({property: {"enum": [value]}}),
    );
    members.insert("required".to_string(), json!([property]));
    members
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// What the schema lists: the first that says something, or else the first that is not null.
fn listed(schema: &Map<String, Value>) -> Option<&Value> {
    let values = schema.get("enum").and_then(Value::as_array);
    let values = || {
        values
            .into_iter()
            .flatten()
            .filter(|value| !value.is_null())
    };
    let one = values().find(|value| **value != "").or(values().next());
    schema.get("const").or(one)
}

/// Whether a listed value is of the type that the schema states. Some list values that are not:
/// beside `type: array`, those of its items.
fn fits(value: &Value, kind: Option<&str>) -> bool {
    match kind {
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

/// The type, or the one that the other keywords speak of.
fn kind(schema: &Map<String, Value>) -> Option<&str> {
    let stated = match schema.get("type") {
        Some(Value::String(kind)) => Some(kind.as_str()),
        Some(kinds @ Value::Array(_)) => strings(Some(kinds)).find(|kind| *kind != "null"),
        _ => None,
    };
    let spoken_of =
        |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    stated
        .or_else(|| spoken_of(&["properties", "additionalProperties"]).then_some("object"))
        .or_else(|| spoken_of(&["items"]).then_some("array"))
        .or_else(|| spoken_of(&["pattern", "minLength", "maxLength", "format"]).then_some("string"))
        .or_else(|| spoken_of(&["minimum", "maximum"]).then_some("number"))
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn limit(schema: &Map<String, Value>, keyword: &str) -> Option<u64> {
    let limit = schema.get(keyword)?;
    limit
        .as_u64()
        .or_else(|| limit.as_f64().map(|limit| limit as u64))
}

fn number(schema: &Map<String, Value>, is_integer: bool) -> Value {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let is_exclusive = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(true));
    let step = bound("multipleOf")
        .filter(|step| *step > 0.0)
        .unwrap_or(1.0);
    let least = match (bound("minimum"), bound("exclusiveMinimum")) {
        (_, Some(least)) => Some(least + step),
        (Some(least), None) if is_exclusive("exclusiveMinimum") => Some(least + step),
        (least, None) => least,
    };
    let most = match (bound("maximum"), bound("exclusiveMaximum")) {
        (_, Some(most)) => Some(most - step),
        (Some(most), None) if is_exclusive("exclusiveMaximum") => Some(most - step),
        (most, None) => most,
    };
    let mut value = step;
    if let Some(most) = most.filter(|most| *most < value) {
        value = most;
    }
    if let Some(least) = least.filter(|least| *least > value) {
        value = (least / step).ceil() * step;
    }
    // A narrow range has no multiple of one in it.
    if let (Some(least), Some(most)) = (least, most)
        && value > most
        && !is_integer
    {
        value = f64::midpoint(least, most);
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return json!(value as i64);
    }
    Number::from_f64(value).map_or(json!(1), Value::Number)
}

fn string(schema: &Map<String, Value>) -> Value {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    let least = limit(schema, "minLength").unwrap_or(0).min(100_000);
    if let Some(sample) = text("pattern").and_then(|pattern| pattern::matching(pattern, least)) {
        return json!(sample);
    }
    let mut value = match text("format") {
        Some("date") => "2025-01-31",
        Some("date-time") => "2025-01-31T12:00:00Z",
        Some("time") => "12:00:00Z",
        Some("duration") => "P1D",
        Some("uuid") => "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        Some("email" | "idn-email") => "someone@example.com",
        Some("uri" | "url" | "iri" | "uri-reference" | "iri-reference") => "https://example.com/",
        Some("hostname" | "idn-hostname") => "example.com",
        Some("ipv4" | "ip") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte" | "base64") => "ZXhhbXBsZQ==",
        Some("json-pointer") => "/example",
        Some("regex") => "e",
        _ => "example",
    }
    .to_string();
    while (value.chars().count() as u64) < least {
        value.push('x');
    }
    let most = limit(schema, "maxLength").unwrap_or(u64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    json!(value.chars().take(most).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"openapi": "3.0.3", "info": {"title": "Example", "version": "1"},
"servers": [{"url": "https://api.example"}], "paths": {}}"#;

    fn spec() -> Spec {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("example");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("openapi.yaml"), DOCUMENT).unwrap();
        keyfob_spec::read(&folder).unwrap()
    }

    #[test]
    fn a_value_is_one_that_its_schema_describes() {
        let spec = spec();
        for (schema, value) in [
            (json!({"type": "integer", "minimum": 7}), json!(7)),
            (
                json!({"type": "array", "items": {"enum": ["a", "b"]}}),
                json!(["a"]),
            ),
            (
                json!({"type": "array", "enum": [["a", "b"]]}),
                json!(["a", "b"]),
            ),
            (json!({"type": "array", "enum": ["a", "b"]}), Value::Null),
            (json!({"type": "integer", "enum": ["a", "b"]}), Value::Null),
            (json!({"enum": ["", "a"]}), json!("a")),
            (
                json!({"properties": {"a": {"type": "boolean"}}, "required": ["a", "b"]}),
                json!({"a": true, "b": "example"}),
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}),
                json!(true),
            ),
        ] {
            assert_eq!(of(&spec, &schema), value, "{schema}");
        }
    }

    #[test]
    fn an_array_in_a_form_is_left_out_where_it_may_be() {
        let spec = spec();
        let numbers = json!({"type": "array", "items": {"type": "integer"}});
        let schema = json!({
            "properties": {"a": numbers, "b": numbers, "c": {"properties": {"d": numbers}}},
            "required": ["b"],
        });
        let value = json!({"b": [1], "c": {"d": [1]}});
        assert_eq!(of_form(&spec, &schema), value);
        assert_eq!(of(&spec, &schema)["a"], json!([1]));
    }
}
