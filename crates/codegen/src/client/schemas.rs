//! Lowering: the document's schemas as types of the generated crate.
//!
//! What progenitor refuses, panics at or gets wrong without saying so never reaches it. Every
//! schema becomes one of the few forms of [`Shape`]; whatever needs a name gets one here, so
//! that no two types share it by accident; and what is lost on the way is reported.

mod compose;
mod describe;
mod extended;
mod scalar;

use std::collections::{BTreeMap, BTreeSet};

use keyfob_spec::{Rewrite, Spec};
use serde_json::Value;

use super::names::Taken;
use super::reach::{Reach, follow, join};
use super::secrets::secrets;
use super::shape::{Definition, Field, Kind, Schema, Shape, Struct};
use crate::names::type_name;
use compose::Members;
use describe::description;

pub(crate) use describe::ASSUMED;
pub(crate) use extended::Extensions;

/// The types of one API, while they are being made.
pub(crate) struct Schemas<'a> {
    pub(super) spec: &'a Spec,
    reach: Reach,
    secrets: BTreeSet<String>,
    extensions: Extensions<'a>,
    /// The names of types that are taken.
    pub(crate) types: Taken,
    /// The names of the types that the schemas at these pointers are or will be.
    names: BTreeMap<String, String>,
    /// The schemas at these pointers are lowered.
    known: BTreeMap<String, Schema>,
    /// The schemas at these pointers are being lowered.
    open: BTreeSet<String>,
    /// The schemas at these pointers contain themselves.
    recursive: BTreeSet<String>,
    definitions: Vec<Definition>,
    /// Where in `definitions` the type of this name is.
    defined: BTreeMap<String, usize>,
    rewrites: Vec<Rewrite>,
    /// The pointers and texts of the rewrites: one that is met again is told once.
    told: BTreeSet<(String, String)>,
}

impl<'a> Schemas<'a> {
    /// The types of the document's components. Types for operations are added to them.
    pub(crate) fn of(spec: &'a Spec) -> Self {
        let extensions = Extensions::of_document(spec);
        let mut schemas = Self {
            spec,
            reach: Reach::of(spec, &extensions),
            secrets: secrets(spec),
            extensions,
            types: Taken::default(),
            names: BTreeMap::new(),
            known: BTreeMap::new(),
            open: BTreeSet::new(),
            recursive: BTreeSet::new(),
            definitions: Vec::new(),
            defined: BTreeMap::new(),
            rewrites: Vec::new(),
            told: BTreeSet::new(),
        };
        schemas.components();
        schemas
    }

    /// The types and what was rewritten on the way to them.
    pub(crate) fn finish(self) -> (Vec<Definition>, Vec<Rewrite>) {
        (self.definitions, self.rewrites)
    }

    /// Lowers the schema at this place of the document. If it needs a name and has none, it
    /// gets one made of `wish`.
    pub(crate) fn schema(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        match follow(self.spec, pointer, value) {
            Some((pointer, value, true)) => self.shared(&pointer, value, wish),
            Some((pointer, value, false)) => self.inline(&pointer, value, wish),
            None => {
                self.rewrite(
                    "circular-references",
                    pointer,
                    "its $refs lead in a circle or nowhere; any value is taken",
                );
                Schema::of(Shape::Any)
            }
        }
    }

    /// The definition of a named type.
    pub(crate) fn definition(&self, name: &str) -> Option<&Definition> {
        self.defined
            .get(name)
            .and_then(|index| self.definitions.get(*index))
    }

    /// Notes by which rule something of the document is not in the generated code as it stands
    /// there.
    pub(crate) fn rewrite(&mut self, rule: &'static str, pointer: &str, what: impl Into<String>) {
        let what = what.into();
        if self.told.insert((pointer.to_string(), what.clone())) {
            self.rewrites.push(Rewrite {
                rule,
                place: self.spec.places.get(pointer),
                what,
            });
        }
    }

    fn components(&mut self) {
        let spec = self.spec;
        let components = spec
            .document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        let components: Vec<(String, &str, &Value)> = components
            .into_iter()
            .flatten()
            .map(|(key, value)| (join("/components/schemas", key), key.as_str(), value))
            .collect();
        // All names first: what the document names keeps its name, whatever is found inside.
        let keys = components.iter().map(|(_, key, _)| *key);
        let mut names = self.types.claim_all(keys, Taken::claim_type);
        for (pointer, key, _) in &components {
            let name = names.remove(key).unwrap_or_default();
            if name != type_name(key) {
                self.rewrite("names", pointer, format!("is called `{name}` in Rust"));
            }
            self.names.insert(pointer.clone(), name);
        }
        for (pointer, key, value) in components {
            self.component(&pointer, key, value);
        }
    }

    fn component(&mut self, pointer: &str, key: &str, value: &'a Value) {
        if value.get("$ref").is_none() {
            self.shared(pointer, value, key);
            return;
        }
        // Nothing but another name: references are followed to what it stands for.
        let schema = self.schema(pointer, value, key);
        let name = self.name(pointer, key);
        self.define(name, pointer, String::new(), Kind::Alias(schema));
    }

    /// A schema that others refer to.
    fn shared(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        if let Some(known) = self.known.get(pointer) {
            return known.clone();
        }
        let named = self.names.get(pointer).cloned();
        let wish = named.as_deref().unwrap_or(wish);
        if !self.open.insert(pointer.to_string()) {
            self.recursive.insert(pointer.to_string());
            let nullable = value.get("nullable") == Some(&Value::Bool(true));
            return Schema {
                shape: Shape::Named(self.name(pointer, wish)),
                nullable,
            };
        }
        let mut schema = self.inline(pointer, value, wish);
        self.open.remove(pointer);
        if let Some(name) = self.names.get(pointer).cloned() {
            schema = self.name_shared(name, pointer, value, schema);
        }
        self.known.insert(pointer.to_string(), schema.clone());
        schema
    }

    /// Gives a shared schema the name that is set aside for it.
    fn name_shared(
        &mut self,
        name: String,
        pointer: &str,
        value: &Value,
        schema: Schema,
    ) -> Schema {
        if schema.shape == Shape::Named(name.clone()) {
            return schema;
        }
        let documentation = description(value);
        if self.recursive.contains(pointer) {
            let nullable = schema.nullable;
            self.define(
                name.clone(),
                pointer,
                documentation,
                Kind::Wrapper(Schema::of(schema.shape)),
            );
            return Schema {
                shape: Shape::Named(name),
                nullable,
            };
        }
        self.define(name, pointer, documentation, Kind::Alias(schema.clone()));
        schema
    }

    /// Lowers a schema that is no reference.
    fn inline(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        if let Some(known) = self.known.get(pointer) {
            return known.clone();
        }
        let mut schema = self.form(pointer, value, wish);
        schema.nullable |= value.get("nullable") == Some(&Value::Bool(true));
        if schema.shape == Shape::Any {
            schema.nullable = false;
        }
        if matches!(schema.shape, Shape::Named(_)) {
            self.known.insert(pointer.to_string(), schema.clone());
        }
        schema
    }

    fn form(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        if let Some(extended) = self.extended(pointer, value, wish) {
            return extended;
        }
        if ["allOf", "oneOf", "anyOf"]
            .iter()
            .any(|keyword| value.get(keyword).is_some())
        {
            return self.composed(pointer, value, wish);
        }
        if value.get("not").is_some() {
            self.rewrite("not", pointer, "`not` is left to the server");
        }
        match kind(value) {
            Some("object") => self.object(pointer, value, wish),
            Some("array") => self.array(pointer, value, wish),
            Some(_) => self.scalar(pointer, value, wish),
            None => Schema::of(Shape::Any),
        }
    }

    fn array(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        let items = match value.get("items") {
            Some(items) => self.schema(&join(pointer, "items"), items, &format!("{wish} Item")),
            None => Schema::of(Shape::Any),
        };
        Schema::of(Shape::Array(Box::new(items)))
    }

    fn object(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        let mut members = Members::default();
        self.gather(pointer, value, &mut members, &mut BTreeSet::new());
        let schema = self.structure(pointer, members, wish, description(value));
        Schema::of(schema)
    }

    /// The struct, or the map, that an object with these members is.
    fn structure(
        &mut self,
        pointer: &str,
        mut members: Members<'a>,
        wish: &str,
        documentation: String,
    ) -> Shape {
        if members.closed && self.reach.answers.contains(pointer) {
            self.rewrite(
                "additional-properties",
                pointer,
                "`additionalProperties: false` is dropped: an answer may grow",
            );
        }
        members.name_the_unnamed();
        if members.properties.is_empty() {
            let values = match members.extra {
                Some((pointer, value)) => self.schema(&pointer, value, &format!("{wish} Value")),
                None => Schema::of(Shape::Any),
            };
            return Shape::Map(Box::new(values));
        }
        let name = self.name(pointer, wish);
        let mut taken = Taken::default();
        let extra = members.extra.take().map(|(pointer, value)| {
            taken.claim_value("extra");
            self.schema(&pointer, value, &format!("{name} Extra"))
        });
        let fields = members
            .properties
            .iter()
            .map(|property| self.field(pointer, &name, property, &members.required, &mut taken))
            .collect();
        self.define(
            name.clone(),
            pointer,
            documentation,
            Kind::Struct(Struct { fields, extra }),
        );
        Shape::Named(name)
    }

    fn field(
        &mut self,
        owner: &str,
        owner_name: &str,
        property: &compose::Property<'a>,
        required: &BTreeSet<String>,
        taken: &mut Taken,
    ) -> Field {
        let name = taken.claim_value(&property.name);
        let wish = format!("{owner_name} {}", property.name);
        let mut schema = match property.value {
            Some(value) => self.schema(&property.pointer, value, &wish),
            None => Schema::of(Shape::Any),
        };
        let required = required.contains(&property.name) && !self.one_way(owner, property);
        let in_request = self.reach.requests.contains(owner);
        if !required && in_request && matches!(schema.shape, Shape::Array(_) | Shape::Map(_)) {
            // Absent and empty are two things to a server.
            schema.nullable = true;
        }
        Field {
            wire: property.name.clone(),
            name,
            schema,
            required,
            documentation: property.value.map(description).unwrap_or_default(),
        }
    }

    /// Whether a property is missing in one of the directions that its object goes.
    fn one_way(&mut self, owner: &str, property: &compose::Property<'a>) -> bool {
        let flag =
            |name| property.value.and_then(|value| value.get(name)) == Some(&Value::Bool(true));
        let missing_in_requests = flag("readOnly") && self.reach.requests.contains(owner);
        let missing_in_answers = flag("writeOnly") && self.reach.answers.contains(owner);
        if missing_in_requests || missing_in_answers {
            self.rewrite(
                "read-only",
                &property.pointer,
                "is required in one direction only, so it is optional in Rust",
            );
        }
        missing_in_requests || missing_in_answers
    }

    /// The name of the type that the schema at this place is.
    fn name(&mut self, pointer: &str, wish: &str) -> String {
        if let Some(name) = self.names.get(pointer) {
            return name.clone();
        }
        let name = self.types.claim_type(wish);
        self.names.insert(pointer.to_string(), name.clone());
        name
    }

    /// Whether the document gives the schema at this place a name.
    fn is_named(&self, pointer: &str) -> bool {
        self.names.contains_key(pointer)
    }

    fn define(&mut self, name: String, pointer: &str, documentation: String, kind: Kind) {
        if !self.defined.contains_key(&name) {
            self.defined.insert(name.clone(), self.definitions.len());
            self.definitions.push(Definition {
                name,
                pointer: pointer.to_string(),
                documentation,
                kind,
                in_requests: self.reach.requests.contains(pointer),
            });
        }
    }
}

/// The type of a schema's values: what it says, or else what its keywords are about.
fn kind(value: &Value) -> Option<&str> {
    if let Some(kind) = value.get("type").and_then(Value::as_str) {
        return Some(kind);
    }
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| value.get(keyword).is_some());
    if has(&["properties", "additionalProperties"]) {
        return Some("object");
    }
    if has(&["items"]) {
        return Some("array");
    }
    if let Some(values) = value.get("enum").and_then(Value::as_array) {
        let mut values = values.iter().filter(|value| !value.is_null()).peekable();
        let any = values.peek().is_some();
        return (any && values.all(Value::is_string)).then_some("string");
    }
    let format = value.get("format").and_then(Value::as_str);
    if has(&["pattern", "minLength", "maxLength"]) || format.is_some_and(scalar::is_string_format) {
        return Some("string");
    }
    has(&["minimum", "maximum", "multipleOf"]).then_some("number")
}
