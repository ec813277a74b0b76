//! Values that a schema describes.

use std::collections::BTreeSet;

use keyfob_spec::Spec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::texts::{self, Place};

/// How much of what may be left out is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Nothing of it, and plain values.
    Minimal,
    /// All of it, and plain values.
    Full,
    /// Some of it, and hostile values.
    Some,
}

/// Makes values of the schemas of a document.
#[derive(Clone, Copy)]
pub(crate) struct Maker<'s> {
    pub(crate) spec: &'s Spec,
    pub(crate) fill: Fill,
    pub(crate) place: Place,
    /// Whether the value is sent, and not answered.
    pub(crate) is_sent: bool,
    /// Whether it is JSON, which tells null, numbers and texts apart.
    pub(crate) is_json: bool,
}

/// What may be left out is, below this depth.
const DEEPEST: usize = 4;

/// A schema that requires itself has no value; here it is given up.
const ENDLESS: usize = 16;

impl Maker<'_> {
    /// Values of a schema. Few of them may break a rule that no generator can follow, such as
    /// `not`; whoever takes them has to look.
    pub(crate) fn value(&self, schema: &Value) -> BoxedStrategy<Value> {
        self.at(schema, 0)
    }

    fn at(&self, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
        if depth > ENDLESS {
            return Just(Value::Null).boxed();
        }
        let schema = merged(self.spec, schema, 0);
        let values = self.of(&schema, depth);
        let is_nullable = schema.get("nullable") == Some(&json!(true));
        if is_nullable && self.is_json && self.fill == Fill::Some {
            return prop_oneof![5 => values, 1 => Just(Value::Null)].boxed();
        }
        values
    }

    fn of(&self, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let values: Vec<Value> = values
                .iter()
                .filter(|one| !one.is_null())
                .cloned()
                .collect();
            if !values.is_empty() {
                return self.one_of(values);
            }
        }
        let example = schema.get("example").filter(|one| !one.is_null());
        if let Some(example) = example
            && self.fill != Fill::Some
            && !(example.is_object() || example.is_array())
        {
            return Just(example.clone()).boxed();
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema.get(keyword).and_then(Value::as_array) {
                return self.branches(schema, keyword, branches, depth);
            }
        }
        let has = |keyword: &str| schema.get(keyword).is_some();
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => self.text(schema).prop_map(Value::from).boxed(),
            Some("integer") => self.integer(schema),
            Some("number") => self.number(schema),
            Some("boolean") if self.fill == Fill::Some => {
                any::<bool>().prop_map(Value::from).boxed()
            }
            Some("boolean") => Just(json!(true)).boxed(),
            Some("array") => self.array(schema, depth),
            Some("object") => self.object(schema, depth),
            _ if has("properties") || has("additionalProperties") => self.object(schema, depth),
            _ if has("items") => self.array(schema, depth),
            // Formats are those of texts, where nothing else is said.
            _ if has("format") || has("pattern") => self.text(schema).prop_map(Value::from).boxed(),
            _ => self.anything(),
        }
    }

    fn one_of(&self, values: Vec<Value>) -> BoxedStrategy<Value> {
        if self.fill == Fill::Some {
            return proptest::sample::select(values).boxed();
        }
        Just(values.into_iter().next().unwrap_or_default()).boxed()
    }

    fn branches(
        &self,
        schema: &Value,
        keyword: &str,
        branches: &[Value],
        depth: usize,
    ) -> BoxedStrategy<Value> {
        let mut siblings = schema.clone();
        if let Some(members) = siblings.as_object_mut() {
            members.remove(keyword);
            members.remove("discriminator");
        }
        let strategies = branches.iter().map(|branch| {
            let tag = discriminated(schema, branch);
            let whole = json!({"allOf": [branch, siblings, tag]});
            self.at(&whole, depth + 1)
        });
        let strategies: Vec<_> = strategies.collect();
        if self.fill == Fill::Some {
            return proptest::strategy::Union::new(strategies).boxed();
        }
        strategies
            .into_iter()
            .next()
            .unwrap_or_else(|| Just(Value::Null).boxed())
    }

    fn text(&self, schema: &Value) -> BoxedStrategy<String> {
        if self.fill == Fill::Some {
            return texts::described(schema, self.place);
        }
        let is_free = ["pattern", "format", "minLength", "maxLength"]
            .iter()
            .all(|keyword| schema.get(keyword).is_none());
        match is_free {
            true => Just("text".to_owned()).boxed(),
            false => texts::described(schema, Place::Listed),
        }
    }

    fn integer(&self, schema: &Value) -> BoxedStrategy<Value> {
        let (least, most) = match schema.get("format").and_then(Value::as_str) {
            Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let is = |keyword: &str| i64::from(schema.get(keyword) == Some(&json!(true)));
        let least = bound("minimum").map_or(least, |bound| {
            least.max(bound.ceil() as i64 + is("exclusiveMinimum"))
        });
        let most = bound("maximum").map_or(most, |bound| {
            most.min(bound.floor() as i64 - is("exclusiveMaximum"))
        });
        if least >= most {
            return Just(json!(least)).boxed();
        }
        let step = schema
            .get("multipleOf")
            .and_then(Value::as_i64)
            .unwrap_or(1);
        let stepped = move |number: i64| json!(number / step * step);
        if self.fill != Fill::Some {
            return Just(stepped(1.clamp(least, most))).boxed();
        }
        let known = [0, 1, -1, 9_007_199_254_740_993, i64::MAX, i64::MIN];
        let known: Vec<i64> = known.iter().map(|one| *one.clamp(&least, &most)).collect();
        prop_oneof![proptest::sample::select(known), least..=most]
            .prop_map(stepped)
            .boxed()
    }

    fn number(&self, schema: &Value) -> BoxedStrategy<Value> {
        let bound = |keyword: &str, open: f64| {
            let bound = schema.get(keyword).and_then(Value::as_f64);
            bound.unwrap_or(open)
        };
        let is_short = schema.get("format").and_then(Value::as_str) == Some("float");
        let open = if is_short { 1e3 } else { 1e9 };
        let (least, most) = (bound("minimum", -open), bound("maximum", open));
        if self.fill != Fill::Some || least >= most {
            return Just(json!(1.5_f64.clamp(least.min(most), most))).boxed();
        }
        // Two decimal places, which a number of 32 bits keeps too.
        let (least, most) = ((least * 100.0).ceil() as i64, (most * 100.0).floor() as i64);
        (least..=most)
            .prop_map(|hundredths| json!(hundredths as f64 / 100.0))
            .boxed()
    }

    fn array(&self, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
        let count = |keyword: &str| {
            let count = schema.get(keyword).and_then(Value::as_u64)?;
            usize::try_from(count).ok()
        };
        let least = count("minItems").unwrap_or(0);
        let most = count("maxItems").unwrap_or(usize::MAX);
        let items = schema.get("items").cloned().unwrap_or_default();
        let is_unique = schema.get("uniqueItems") == Some(&json!(true));
        let is_end = least == 0 && depth >= DEEPEST;
        let inner = match is_end {
            true => Just(Value::Null).boxed(),
            false => self.at(&items, depth + 1),
        };
        let vector = |from: usize, to: usize| {
            let to = to.clamp(least, most.max(least));
            proptest::collection::vec(inner.clone(), from.clamp(least, to)..=to)
        };
        let vectors = match self.fill {
            Fill::Minimal if self.is_json => vector(0, 0).boxed(),
            _ if is_end => vector(0, 0).boxed(),
            Fill::Minimal | Fill::Full => vector(1, 1).boxed(),
            Fill::Some if is_scalar(self.spec, &items) => {
                prop_oneof![9 => vector(0, 3), 1 => vector(100, 200)].boxed()
            }
            Fill::Some => vector(0, 3).boxed(),
        };
        vectors
            .prop_map(move |mut items| {
                let mut seen = BTreeSet::new();
                items.retain(|item| !is_unique || seen.insert(item.to_string()));
                Value::Array(items)
            })
            .boxed()
    }

    fn object(&self, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.unwrap_or(&empty);
        let one_way = if self.is_sent {
            "readOnly"
        } else {
            "writeOnly"
        };
        let mut members = Vec::new();
        for (name, property) in properties {
            let travels = self.spec.resolve(property).get(one_way) != Some(&json!(true));
            let is_required = required.contains(name.as_str());
            let is_there = match self.fill {
                Fill::Minimal => is_required,
                Fill::Full | Fill::Some => is_required || depth < DEEPEST,
            };
            if !travels || !is_there {
                continue;
            }
            let value = self.at(property, depth + 1);
            let name = name.clone();
            members.push(match self.fill {
                Fill::Some if !is_required => proptest::option::of(value)
                    .prop_map(move |value| value.map(|value| (name.clone(), value)))
                    .boxed(),
                _ => value
                    .prop_map(move |value| Some((name.clone(), value)))
                    .boxed(),
            });
        }
        let known: Vec<String> = properties.keys().cloned().collect();
        let others = self.other_members(schema, properties.is_empty(), depth);
        (members, others)
            .prop_map(move |(members, others)| {
                let others = others.into_iter().filter(|(name, _)| !known.contains(name));
                let members = members.into_iter().flatten().chain(others);
                Value::Object(members.collect())
            })
            .boxed()
    }

    /// Members that `additionalProperties` describes.
    fn other_members(
        &self,
        schema: &Value,
        is_free: bool,
        depth: usize,
    ) -> BoxedStrategy<Vec<(String, Value)>> {
        let described = schema.get("additionalProperties");
        let value = match described {
            Some(schema @ Value::Object(_)) if depth < DEEPEST => self.at(schema, depth + 1),
            None | Some(Value::Bool(true)) if is_free && self.is_json => self.anything(),
            _ => return Just(Vec::new()).boxed(),
        };
        let name = match self.is_json {
            true => prop_oneof!["[a-z]{1,6}", Just("é/~ 😀".to_owned())].boxed(),
            false => "[a-z]{1,6}".boxed(),
        };
        match self.fill {
            Fill::Minimal => Just(Vec::new()).boxed(),
            Fill::Full => value
                .prop_map(|value| vec![("other".to_owned(), value)])
                .boxed(),
            Fill::Some => proptest::collection::btree_map(name, value, 0..3)
                .prop_map(|members| members.into_iter().collect())
                .boxed(),
        }
    }

    fn anything(&self) -> BoxedStrategy<Value> {
        let text = texts::hostile(self.place).prop_map(Value::from);
        match (self.fill, self.is_json) {
            (Fill::Some, true) => prop_oneof![
                text,
                any::<i64>().prop_map(Value::from),
                any::<bool>().prop_map(Value::from),
                Just(json!({"a": [{}, [], null, 1.5]})),
            ]
            .boxed(),
            (Fill::Some, false) => text.boxed(),
            _ => Just(json!("text")).boxed(),
        }
    }
}

/// A schema with its references followed, and what `allOf` adds to it.
fn merged(spec: &Spec, schema: &Value, depth: usize) -> Value {
    let schema = spec.resolve(schema);
    let Some(members) = schema.as_object() else {
        return json!({});
    };
    let mut whole = members.clone();
    let parts = whole.remove("allOf");
    let parts = parts.as_ref().and_then(Value::as_array);
    for part in parts.into_iter().flatten().filter(|_| depth < 32) {
        let part = merged(spec, part, depth + 1);
        for (keyword, value) in part.as_object().into_iter().flatten() {
            match (keyword.as_str(), whole.get_mut(keyword)) {
                ("properties", Some(Value::Object(known))) => {
                    for (name, property) in value.as_object().into_iter().flatten() {
                        let both = match known.get(name) {
                            Some(before) if before != property => {
                                json!({"allOf": [before, property]})
                            }
                            _ => property.clone(),
                        };
                        known.insert(name.clone(), both);
                    }
                }
                ("required", Some(Value::Array(known))) => {
                    known.extend(value.as_array().into_iter().flatten().cloned());
                }
                ("enum", Some(Value::Array(known))) => {
                    let both = value.as_array();
                    known.retain(|one| both.is_some_and(|both| both.contains(one)));
                }
                (_, Some(_)) => {}
                (_, None) => {
                    whole.insert(keyword.clone(), value.clone());
                }
            }
        }
    }
    Value::Object(whole)
}

/// What a discriminator asks of one branch.
fn discriminated(schema: &Value, branch: &Value) -> Value {
    let named = || {
        let discriminator = schema.get("discriminator")?;
        let property = discriminator.get("propertyName")?.as_str()?;
        let reference = branch.get("$ref")?.as_str()?;
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let short = reference.rsplit('/').next()?;
        let mapped = mapping.and_then(|mapping| {
            let is_it = |target: &&Value| *target == reference || *target == short;
            mapping
                .iter()
                .find(|(_, target)| is_it(target))
                .map(|(name, _)| name.as_str())
        });
        let value = mapped.unwrap_or(short);
        Some(json!({"properties": {property: {"enum": [value]}}, "required": [property]}))
    };
    named().unwrap_or_else(|| json!({}))
}

fn is_scalar(spec: &Spec, schema: &Value) -> bool {
    let kind = merged(spec, schema, 0);
    matches!(
        kind.get("type").and_then(Value::as_str),
        Some("string" | "integer" | "number" | "boolean")
    )
}
