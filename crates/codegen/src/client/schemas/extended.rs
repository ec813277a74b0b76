//! Objects that others extend: a `discriminator` beside the members of an object, whose value
//! names a schema that has the object in its `allOf`.
//!
//! progenitor reads such an object as itself and drops what the others add. Here its type is the
//! enum of all of them, and the discriminator decides.

use std::collections::{BTreeMap, BTreeSet};

use keyfob_spec::Spec;
use serde_json::Value;

use super::Schemas;
use super::compose::Members;
use super::describe::description;
use crate::client::reach::join;
use crate::client::shape::{Kind, Schema, Shape, Tag, Union};

/// The schemas that extend others, by the pointers of those that they extend.
#[derive(Debug, Default)]
pub(crate) struct Extensions<'a> {
    by_base: BTreeMap<String, Vec<Extension<'a>>>,
    all: BTreeSet<String>,
}

/// A schema that extends another one.
#[derive(Debug, Clone)]
struct Extension<'a> {
    name: &'a str,
    pointer: String,
    value: &'a Value,
}

impl<'a> Extensions<'a> {
    /// Those of a document that a discriminator tells apart.
    pub(crate) fn of_document(spec: &'a Spec) -> Self {
        let mut direct: BTreeMap<String, Vec<Extension<'a>>> = BTreeMap::new();
        let components = spec
            .document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for (name, value) in components.into_iter().flatten() {
            let parts = value.get("allOf").and_then(Value::as_array);
            let bases = parts
                .into_iter()
                .flatten()
                .filter_map(|part| part.get("$ref")?.as_str()?.strip_prefix('#'));
            for base in bases {
                direct.entry(base.to_string()).or_default().push(Extension {
                    name,
                    pointer: join("/components/schemas", name),
                    value,
                });
            }
        }
        let mut extensions = Self::default();
        let bases = direct.keys().filter(|base| {
            let base = spec.document.pointer(base);
            base.is_some_and(is_base)
        });
        for base in bases {
            let found = all_of(&direct, base);
            extensions
                .all
                .extend(found.iter().map(|one| one.pointer.clone()));
            extensions.by_base.insert(base.clone(), found);
        }
        extensions
    }

    /// Those that extend the schema at this place.
    pub(crate) fn of(&self, pointer: &str) -> impl Iterator<Item = (String, &'a Value)> {
        let extensions = self.by_base.get(pointer).into_iter().flatten();
        extensions.map(|one| (one.pointer.clone(), one.value))
    }

    /// Whether the schema at this place extends one that a discriminator stands in.
    pub(super) fn contains(&self, pointer: &str) -> bool {
        self.all.contains(pointer)
    }
}

/// Whether a schema is an object with a discriminator of its own.
fn is_base(value: &Value) -> bool {
    value.get("discriminator").is_some()
        && value.get("oneOf").is_none()
        && value.get("anyOf").is_none()
}

/// What extends a schema, and what extends that.
fn all_of<'a>(direct: &BTreeMap<String, Vec<Extension<'a>>>, base: &str) -> Vec<Extension<'a>> {
    let mut found: Vec<Extension<'a>> = Vec::new();
    let mut seen = BTreeSet::from([base.to_string()]);
    let mut next = vec![base.to_string()];
    while let Some(base) = next.pop() {
        for extension in direct.get(&base).into_iter().flatten() {
            if seen.insert(extension.pointer.clone()) {
                next.push(extension.pointer.clone());
                found.push(extension.clone());
            }
        }
    }
    found
}

impl<'a> Schemas<'a> {
    /// Lowers an object that others extend; `None` where nothing does.
    pub(super) fn extended(
        &mut self,
        pointer: &str,
        value: &'a Value,
        wish: &str,
    ) -> Option<Schema> {
        let extensions = self.extensions.by_base.get(pointer)?.clone();
        let property = value.get("discriminator")?.get("propertyName")?.as_str()?;
        let mut own = Members::default();
        if !self.gather(pointer, value, &mut own, &mut BTreeSet::new()) {
            return None;
        }
        let name = self.name(pointer, wish);
        let place = format!("{pointer}|base");
        self.note_reach(pointer, &place);
        let base = self.structure(&place, own, &format!("{name} Base"), description(value));
        let mut members = vec![Schema::of(base)];
        let own_name = pointer.rsplit('/').next().unwrap_or_default();
        let mut values = tag_values(value, own_name, pointer, 0);
        for extension in extensions {
            let schema = self.shared(&extension.pointer, extension.value, extension.name);
            if matches!(schema.shape, Shape::Named(_)) {
                let index = members.len();
                values.extend(tag_values(value, extension.name, &extension.pointer, index));
                members.push(Schema {
                    nullable: false,
                    ..schema
                });
            }
        }
        let tag = Tag {
            property: property.to_string(),
            values,
            open: true,
        };
        let union = Kind::Union(Union {
            members,
            tag: Some(tag),
        });
        self.define(name.clone(), pointer, description(value), union);
        Some(Schema::of(Shape::Named(name)))
    }
}

/// The values of a discriminator that stand for a schema: those of its mapping, or else the
/// schema's name.
fn tag_values(base: &Value, name: &str, pointer: &str, index: usize) -> Vec<(String, usize)> {
    let mapping = base
        .pointer("/discriminator/mapping")
        .and_then(Value::as_object);
    let mapped = mapping.into_iter().flatten().filter(|(_, target)| {
        let target = target.as_str().unwrap_or_default();
        target == name || target.strip_prefix('#') == Some(pointer)
    });
    let mut values: Vec<(String, usize)> =
        mapped.map(|(value, _)| (value.clone(), index)).collect();
    if values.is_empty() {
        values.push((name.to_string(), index));
    }
    values
}
