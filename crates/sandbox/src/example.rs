//! Values made up from a schema where a document gives no example.

use keyfob_spec::Spec;
use serde_json::{Map, Value, json};

use crate::schema::branches;

/// A value that the schema describes: its example, default or first listed value, or one made
/// from its type, format and members.
pub(crate) fn from_schema(spec: &Spec, schema: &Value) -> Value {
    Maker { spec, values: 0 }.value(schema, 0)
}

/// The first example that a parameter, header or media type gives.
pub(crate) fn given(spec: &Spec, node: &Value) -> Option<Value> {
    let node = spec.resolve(node);
    if let Some(example) = node.get("example") {
        return Some(example.clone());
    }
    let (_, first) = node.get("examples")?.as_object()?.iter().next()?;
    spec.resolve(first).get("value").cloned()
}

struct Maker<'a> {
    spec: &'a Spec,
    /// How many values were made so far.
    values: usize,
}

impl Maker<'_> {
    /// Optional members are left out below this depth, and once there are enough values.
    const DEEPEST_OPTIONAL: usize = 6;
    const MOST_VALUES: usize = 5_000;
    /// Required members below this depth are null: the schema requires itself.
    const DEEPEST: usize = 24;

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        self.values += 1;
        let schema = self.spec.resolve(schema);
        let listed = ["const", "example", "default"]
            .iter()
            .find_map(|keyword| schema.get(keyword))
            .or_else(|| schema.get("examples")?.get(0))
            .or_else(|| schema.get("enum")?.get(0));
        if let Some(value) = listed.filter(|value| is_of_type(schema, value)) {
            return value.clone();
        }
        if depth > Self::DEEPEST {
            return Value::Null;
        }
        let first = |keyword: &str| schema.get(keyword)?.get(0);
        if let Some(branch) = first("oneOf").or_else(|| first("anyOf")) {
            return self.value(branch, depth + 1);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => string(schema),
            Some("integer" | "number") => number(schema),
            Some("boolean") => json!(true),
            Some("array") => self.array(schema, depth),
            Some("object") => self.object(schema, depth),
            _ if self.has_members(schema) => self.object(schema, depth),
            _ => first("allOf").map_or(Value::Null, |part| self.value(part, depth + 1)),
        }
    }

    fn has_members(&self, schema: &Value) -> bool {
        branches(self.spec, schema)
            .iter()
            .any(|branch| branch.get("properties").is_some())
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut members = Map::new();
        for branch in branches(self.spec, schema) {
            self.add_members(branch, depth, &mut members);
        }
        Value::Object(members)
    }

    fn add_members(&mut self, schema: &Value, depth: usize, members: &mut Map<String, Value>) {
        let required = schema.get("required").and_then(Value::as_array);
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let is_required = required.is_some_and(|names| names.iter().any(|known| known == name));
            let is_sent_only =
                self.spec.resolve(property).get("writeOnly") == Some(&Value::Bool(true));
            let has_room = depth < Self::DEEPEST_OPTIONAL && self.values < Self::MOST_VALUES;
            if !is_sent_only && (is_required || has_room) {
                let member = self.value(property, depth + 1);
                members.insert(name.clone(), member);
            }
        }
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let fewest = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        match schema.get("items") {
            Some(items) if fewest > 0 || self.values < Self::MOST_VALUES => {
                let item = self.value(items, depth + 1);
                Value::from(vec![item; fewest.clamp(1, 100) as usize])
            }
            _ => json!([]),
        }
    }
}

/// Whether a value is what the schema's `type` says; a default need not be.
fn is_of_type(schema: &Value, value: &Value) -> bool {
    match schema.get("type").and_then(Value::as_str) {
        _ if value.is_null() => true,
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

fn number(schema: &Value) -> Value {
    let least = schema.get("minimum").and_then(Value::as_i64);
    let most = schema.get("maximum").and_then(Value::as_i64);
    let is_exclusive = schema.get("exclusiveMinimum") == Some(&Value::Bool(true));
    match (least, most) {
        (Some(least), _) if is_exclusive => json!(least.saturating_add(1)),
        (Some(least), _) if least > 1 => json!(least),
        (_, Some(most)) if most < 1 => json!(most),
        _ => json!(1),
    }
}

fn string(schema: &Value) -> Value {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2025-01-31",
        Some("date-time") => "2025-01-31T12:00:00Z",
        Some("uuid") => "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        Some("email") => "someone@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte") => "c2FuZGJveA==",
        _ => "sandbox",
    };
    let mut text = text.to_owned();
    let length = |keyword: &str| {
        let length = schema.get(keyword).and_then(Value::as_u64)?;
        usize::try_from(length).ok()
    };
    while text.len() < length("minLength").unwrap_or(0).min(100_000) {
        text.push('x');
    }
    text.truncate(length("maxLength").unwrap_or(usize::MAX));
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use keyfob_spec::{Checker, Direction};

    use super::*;

    fn spec(schemas: &Value) -> Spec {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("orchard");
        std::fs::create_dir_all(&folder).unwrap();
        let document = json!({
            "openapi": "3.0.3",
            "info": { "title": "Orchard", "version": "1" },
            "servers": [{ "url": "https://orchard.example" }],
            "paths": {},
            "components": { "schemas": schemas },
        });
        std::fs::write(folder.join("openapi.yaml"), document.to_string()).unwrap();
        keyfob_spec::read(&folder).unwrap()
    }

    #[test]
    fn what_is_made_from_a_schema_obeys_it() {
        let schemas = [
            json!({ "type": "string", "minLength": 12 }),
            json!({ "type": "string", "maxLength": 3 }),
            json!({ "type": "string", "format": "date-time" }),
            json!({ "type": "string", "format": "email" }),
            json!({ "type": "string", "format": "uri" }),
            json!({ "type": "string", "format": "ipv6" }),
            json!({ "type": "string", "enum": ["plum"] }),
            json!({ "type": "integer", "minimum": 5 }),
            json!({ "type": "integer", "minimum": 5, "exclusiveMinimum": true }),
            json!({ "type": "integer", "maximum": -5 }),
            json!({ "type": "integer", "default": "many" }),
            json!({ "type": "boolean" }),
            json!({ "type": "array", "minItems": 3, "items": { "type": "number" } }),
            json!({ "oneOf": [{ "type": "boolean" }, { "type": "object" }] }),
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } }),
            json!({ "type": "object", "properties": { "a": { "type": "string", "writeOnly": true } } }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/Named" }, { "required": ["age"], "properties": { "age": { "type": "integer" } } }] }),
            json!({ "$ref": "#/components/schemas/Branch" }),
        ];
        let spec = spec(&json!({
            "Named": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
            "Branch": { "type": "object", "required": ["length"], "properties": {
                "length": { "type": "integer" },
                "next": { "$ref": "#/components/schemas/Branch" },
                "others": { "type": "array", "items": { "$ref": "#/components/schemas/Branch" } },
            } },
        }));
        let checker = Checker::new(&spec);
        for schema in schemas {
            let made = from_schema(&spec, &schema);
            let name = schema.to_string();
            let complaints = checker.complaints(&name, &schema, Direction::Response, &made);
            assert_eq!(complaints, [""; 0], "{schema}: {made}");
        }
    }

    #[test]
    fn a_schema_that_requires_itself_has_an_end() {
        let spec = spec(&json!({
            "Endless": { "type": "object", "required": ["next"], "properties": {
                "next": { "$ref": "#/components/schemas/Endless" },
                "also": { "$ref": "#/components/schemas/Endless" },
            } },
        }));
        let made = from_schema(&spec, &json!({ "$ref": "#/components/schemas/Endless" }));
        assert!(made.to_string().len() < 1_000_000);
    }
}
