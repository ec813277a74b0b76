//! A value that was meant, and the one that came.

use keyfob_spec::Spec;
use serde_json::{Map, Value};

/// How the two are compared.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'s> {
    pub(crate) spec: &'s Spec,
    /// Whether the value travelled as text, which does not tell numbers from strings.
    pub(crate) is_text: bool,
}

/// What a value becomes that travels as text: there is no null in it, and no list or object
/// without content (RFC 6570, 3.2.1).
pub(crate) fn as_text(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().filter_map(as_text).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Map<String, Value> = members
                .filter_map(|(name, value)| Some((name.clone(), as_text(value)?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        scalar => Some(scalar.clone()),
    }
}

impl Comparison<'_> {
    /// Where the two differ, and how; `None` if they do not.
    ///
    /// A member that is absent equals one that is null, an empty list or map, and one that came with
    /// its schema's default: the client's types do not tell them apart.
    pub(crate) fn difference(
        &self,
        schema: &Value,
        meant: Option<&Value>,
        got: Option<&Value>,
    ) -> Option<String> {
        if self.is_text {
            let [meant, got] = [meant, got].map(|value| value.and_then(as_text));
            return self.at("", schema, meant.as_ref(), got.as_ref());
        }
        self.at("", schema, meant, got)
    }

    fn at(
        &self,
        path: &str,
        schema: &Value,
        meant: Option<&Value>,
        got: Option<&Value>,
    ) -> Option<String> {
        let schema = self.spec.resolve(schema);
        match (meant, got) {
            (Some(Value::Object(meant)), Some(Value::Object(got))) => {
                let names = meant.keys().chain(got.keys());
                let null = Value::Null;
                names
                    .filter_map(|name| {
                        let inner = property(self.spec, schema, name, 0).unwrap_or(&null);
                        let path = format!("{path}/{name}");
                        self.at(&path, inner, meant.get(name), got.get(name))
                    })
                    .next()
            }
            (meant, got) => {
                self.of_other_kinds(path, schema, present(schema, meant), present(schema, got))
            }
        }
    }

    fn of_other_kinds(
        &self,
        path: &str,
        schema: &Value,
        meant: Option<&Value>,
        got: Option<&Value>,
    ) -> Option<String> {
        match (meant, got) {
            (None, None) => None,
            (None, Some(got)) if schema.get("default") == Some(got) => None,
            (Some(Value::Array(meant)), Some(Value::Array(got))) => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                (0..meant.len().max(got.len()))
                    .filter_map(|index| {
                        let path = format!("{path}/{index}");
                        self.at(&path, items, meant.get(index), got.get(index))
                    })
                    .next()
            }
            (Some(meant), Some(got)) if self.same(meant, got) => None,
            (meant, got) => Some(format!(
                "{}: {} was meant, {} came",
                if path.is_empty() { "/" } else { path },
                words(meant),
                words(got)
            )),
        }
    }

    fn same(&self, meant: &Value, got: &Value) -> bool {
        match (meant, got) {
            (Value::Number(meant), Value::Number(got)) => {
                meant == got
                    || (!(meant.is_i64() && got.is_i64()) && meant.as_f64() == got.as_f64())
            }
            _ if self.is_text => text(meant) == text(got),
            _ => meant == got,
        }
    }
}

fn present<'v>(schema: &Value, value: Option<&'v Value>) -> Option<&'v Value> {
    value.filter(|value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) if members.is_empty() => schema.get("properties").is_some(),
        _ => true,
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn words(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// The schema of a member, through composition.
fn property<'v>(spec: &'v Spec, schema: &'v Value, name: &str, depth: usize) -> Option<&'v Value> {
    let schema = spec.resolve(schema);
    if let Some(found) = schema.get("properties").and_then(|known| known.get(name)) {
        return Some(found);
    }
    let parts = ["allOf", "oneOf", "anyOf"]
        .iter()
        .filter_map(|keyword| schema.get(keyword)?.as_array())
        .flatten();
    let mut parts = parts.filter(|_| depth < 16);
    parts.find_map(|part| property(spec, part, name, depth + 1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_and_what_means_the_same_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Orchard", "version": "1"},
            "servers": [{"url": "https://orchard.example"}],
            "paths": {},
        });
        let folder = folder.path().join("orchard");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("openapi.yaml"), document.to_string()).unwrap();
        let spec = keyfob_spec::read(&folder).unwrap();
        let schema = json!({"properties": {"a": {"default": 1}, "s": {"properties": {}}}});
        let cases = [
            (json!({"b": 1}), json!({"b": 1.0}), false, None),
            (json!({"b": null}), json!({}), false, None),
            (json!({}), json!({"a": 1}), false, None),
            (
                json!({}),
                json!({"a": 2}),
                false,
                Some("/a: nothing was meant, 2 came"),
            ),
            (
                json!({"b": [1]}),
                json!({}),
                false,
                Some("/b: [1] was meant, nothing came"),
            ),
            (json!({"b": {}}), json!({}), false, None),
            (
                json!({"s": {}}),
                json!({}),
                false,
                Some("/s: {} was meant, nothing came"),
            ),
            (json!({"b": []}), json!({}), false, None),
            (json!({"b": {"c": []}}), json!({}), true, None),
            (
                json!({"b": "1"}),
                json!({"b": 1}),
                false,
                Some("/b: \"1\" was meant, 1 came"),
            ),
            (json!({"b": "1"}), json!({"b": 1}), true, None),
            (
                json!([1, 2]),
                json!([1]),
                false,
                Some("/1: 2 was meant, nothing came"),
            ),
            (
                json!(9_007_199_254_740_993_i64),
                json!(9_007_199_254_740_992_i64),
                false,
                Some("/: 9007199254740993 was meant, 9007199254740992 came"),
            ),
        ];
        for (meant, got, is_text, expected) in cases {
            let comparison = Comparison {
                spec: &spec,
                is_text,
            };
            let found = comparison.difference(&schema, Some(&meant), Some(&got));
            assert_eq!(found.as_deref(), expected, "{meant} {got}");
        }
    }
}
