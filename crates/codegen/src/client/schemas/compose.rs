//! Lowering of `allOf`, `oneOf` and `anyOf`.
//!
//! progenitor merges, flattens and tags by rules of its own, some of which lose data without a
//! word. Here an `allOf` of objects is one struct with the members of all, a `oneOf` is an enum,
//! an `anyOf` of objects is one struct whose members are optional, and a property that tells the
//! alternatives of a `oneOf` apart decides which of them is read.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::describe::description;
use super::{Schemas, kind};
use crate::client::reach::{children, follow, join};
use crate::client::shape::{Kind, Schema, Shape, Tag, Union};

/// The members of an object, gathered from all that it is composed of.
#[derive(Debug, Default, Clone)]
pub(super) struct Members<'a> {
    pub(super) properties: Vec<Property<'a>>,
    pub(super) required: BTreeSet<String>,
    /// The schema of further members.
    pub(super) extra: Option<(String, &'a Value)>,
    /// `additionalProperties: false`
    pub(super) closed: bool,
    /// The `oneOf`s and `anyOf`s beside the members.
    unions: Vec<Alternatives<'a>>,
}

/// One property of an object.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    pub(super) name: String,
    pub(super) pointer: String,
    /// Its schema; `None` where the object requires it without saying what it is, or where two
    /// parts of the object disagree.
    pub(super) value: Option<&'a Value>,
}

/// A `oneOf` or an `anyOf`.
#[derive(Debug, Clone)]
struct Alternatives<'a> {
    pointer: String,
    members: Vec<(String, &'a Value)>,
    /// Whether several may hold at once.
    any: bool,
    discriminator: Option<&'a Value>,
}

/// Any further members: what `additionalProperties: true` says.
static ANYTHING: Value = Value::Bool(true);

impl Members<'_> {
    /// Adds the properties that are required without being described.
    pub(super) fn name_the_unnamed(&mut self) {
        for name in &self.required {
            if self
                .properties
                .iter()
                .all(|property| property.name != *name)
            {
                self.properties.push(Property {
                    name: name.clone(),
                    pointer: String::new(),
                    value: None,
                });
            }
        }
    }
}

impl<'a> Schemas<'a> {
    /// Lowers a schema with `allOf`, `oneOf` or `anyOf`.
    pub(super) fn composed(&mut self, pointer: &str, value: &'a Value, wish: &str) -> Schema {
        let alone = !says_something(value, &["allOf", "oneOf", "anyOf"]);
        let parts: Vec<(String, &Value)> = list(pointer, value, "allOf")
            .into_iter()
            .filter(|(_, part)| says_something(part, &[]))
            .collect();
        let unions = alternatives(pointer, value);
        match (alone, parts.as_slice(), unions.as_slice()) {
            // What extends an object has a type of its own, even if it adds nothing.
            (true, [(part_pointer, part)], []) if !self.extensions.contains(pointer) => {
                return self.schema(part_pointer, part, wish);
            }
            (true, [], [union]) => {
                return self.union(pointer, union, None, wish, description(value));
            }
            _ => {}
        }
        let mut members = Members::default();
        if self.gather(pointer, value, &mut members, &mut BTreeSet::new()) {
            return self.composed_object(pointer, members, wish, description(value));
        }
        self.refined(pointer, value, &parts, wish)
    }

    /// Collects the members of an object and of all that it is composed of. False if some part
    /// of it is no object.
    pub(super) fn gather(
        &mut self,
        pointer: &str,
        value: &'a Value,
        members: &mut Members<'a>,
        seen: &mut BTreeSet<String>,
    ) -> bool {
        let Some((pointer, value, _)) = follow(self.spec, pointer, value) else {
            return false;
        };
        if !seen.insert(pointer.clone()) {
            return true;
        }
        if kind(value).is_some_and(|kind| kind != "object") || value.get("enum").is_some() {
            return false;
        }
        let properties = value.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let property_pointer = join(&format!("{pointer}/properties"), name);
            self.add_property(members, name, property_pointer, property);
        }
        let required = value.get("required").and_then(Value::as_array);
        members.required.extend(
            required
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_string),
        );
        match value.get("additionalProperties") {
            Some(Value::Bool(false)) => members.closed = true,
            Some(Value::Bool(true)) => {
                members.extra = Some((join(&pointer, "additionalProperties"), &ANYTHING))
            }
            Some(extra) => members.extra = Some((join(&pointer, "additionalProperties"), extra)),
            None => {}
        }
        members.unions.extend(alternatives(&pointer, value));
        list(&pointer, value, "allOf")
            .into_iter()
            .all(|(part_pointer, part)| self.gather(&part_pointer, part, members, seen))
    }

    /// Adds a property, or settles what it is where another part of the object has it too.
    fn add_property(
        &mut self,
        members: &mut Members<'a>,
        name: &str,
        pointer: String,
        value: &'a Value,
    ) {
        let Some(known) = members
            .properties
            .iter_mut()
            .find(|property| property.name == name)
        else {
            let property = Property {
                name: name.to_string(),
                pointer,
                value: Some(value),
            };
            members.properties.push(property);
            return;
        };
        let same = |one: &Value, other: &Value| {
            let keywords = ["$ref", "type", "format", "enum", "items", "properties"];
            keywords
                .iter()
                .all(|keyword| one.get(keyword) == other.get(keyword))
        };
        let (Some(earlier), true) = (known.value, says_something(value, &[])) else {
            return;
        };
        if same(earlier, value) {
            return;
        }
        let both = (kind(earlier), kind(value));
        if !says_something(earlier, &[]) || matches!(both, (Some(one), Some(other)) if one == other)
        {
            // The later part says more, or narrows what the earlier one says.
            *known = Property {
                name: name.to_string(),
                pointer,
                value: Some(value),
            };
            return;
        }
        known.value = None;
        self.rewrite(
            "conflicting-all-of",
            &pointer,
            "another part of the object says something else of this property; any value is taken",
        );
    }

    fn composed_object(
        &mut self,
        pointer: &str,
        mut members: Members<'a>,
        wish: &str,
        documentation: String,
    ) -> Schema {
        let unions = std::mem::take(&mut members.unions);
        let (rules, mut unions): (Vec<_>, Vec<_>) = unions.into_iter().partition(is_rule);
        for rule in rules {
            self.rewrite(
                "required-alternatives",
                &rule.pointer,
                "which properties go together is left to the server",
            );
        }
        if unions.len() == 1
            && unions
                .iter()
                .all(|union| self.objects(&union.members).is_some())
            && let Some(union) = unions.pop()
        {
            let bare = members.properties.is_empty() && members.required.is_empty();
            let base = (!bare).then_some(members);
            return self.union(pointer, &union, base, wish, documentation);
        }
        for union in &unions {
            self.absorb(&mut members, union);
        }
        Schema::of(self.structure(pointer, members, wish, documentation))
    }

    /// Takes the properties of all alternatives as optional members of one object.
    fn absorb(&mut self, members: &mut Members<'a>, union: &Alternatives<'a>) {
        let Some(alternatives) = self.objects(&union.members) else {
            self.rewrite(
                "any-of",
                &union.pointer,
                "alternatives that are no objects, beside an object, are left out",
            );
            return;
        };
        let mut shared: Option<BTreeSet<String>> = None;
        for alternative in alternatives {
            shared = Some(match shared {
                None => alternative.required,
                Some(shared) => shared
                    .intersection(&alternative.required)
                    .cloned()
                    .collect(),
            });
            for property in alternative.properties {
                if let Some(value) = property.value {
                    self.add_property(members, &property.name, property.pointer, value);
                }
            }
            members.extra = members.extra.take().or(alternative.extra);
        }
        members.required.extend(shared.unwrap_or_default());
        self.rewrite(
            "any-of",
            &union.pointer,
            "the members of all alternatives are optional members of one type",
        );
    }

    /// The members of each alternative, if all of them are objects.
    fn objects(&mut self, alternatives: &[(String, &'a Value)]) -> Option<Vec<Members<'a>>> {
        alternatives
            .iter()
            .map(|(pointer, value)| {
                let mut members = Members::default();
                let objects = self.gather(pointer, value, &mut members, &mut BTreeSet::new());
                (objects && members.unions.is_empty() && !members.properties.is_empty())
                    .then_some(members)
            })
            .collect()
    }

    /// Lowers a `oneOf` or an `anyOf`; what stands beside it is part of each alternative.
    fn union(
        &mut self,
        pointer: &str,
        union: &Alternatives<'a>,
        base: Option<Members<'a>>,
        wish: &str,
        documentation: String,
    ) -> Schema {
        let (nulls, alternatives): (Vec<_>, Vec<_>) = union
            .members
            .iter()
            .cloned()
            .partition(|(_, value)| is_null(value));
        let tag = self.tag(union, &alternatives);
        if union.any
            && tag.is_none()
            && alternatives.len() > 1
            && self.objects(&alternatives).is_some()
        {
            let mut members = base.unwrap_or_default();
            self.absorb(
                &mut members,
                &Alternatives {
                    members: alternatives,
                    ..union.clone()
                },
            );
            let shape = self.structure(pointer, members, wish, documentation);
            return Schema {
                shape,
                nullable: !nulls.is_empty(),
            };
        }
        let mut schemas = Vec::new();
        for (index, (member_pointer, value)) in alternatives.iter().enumerate() {
            let wish = format!("{wish} {}", label(value, tag.as_ref(), index));
            schemas.push(self.alternative(pointer, member_pointer, value, base.as_ref(), &wish));
        }
        let mut schema = self.choice(pointer, schemas, tag, wish, documentation);
        schema.nullable |= !nulls.is_empty();
        schema
    }

    fn alternative(
        &mut self,
        owner: &str,
        pointer: &str,
        value: &'a Value,
        base: Option<&Members<'a>>,
        wish: &str,
    ) -> Schema {
        let Some(base) = base else {
            return self.schema(pointer, value, wish);
        };
        let mut members = base.clone();
        let mut seen = BTreeSet::new();
        let mut own = Members::default();
        self.gather(pointer, value, &mut own, &mut seen);
        for property in own.properties {
            if let Some(value) = property.value {
                self.add_property(&mut members, &property.name, property.pointer, value);
            }
        }
        members.required.extend(own.required);
        members.extra = members.extra.take().or(own.extra);
        // The same alternative is another type beside another object.
        let place = format!("{owner}|{pointer}");
        self.note_reach(owner, &place);
        Schema::of(self.structure(&place, members, wish, description(value)))
    }

    /// What requests and answers reach at one place they reach at the other.
    pub(super) fn note_reach(&mut self, owner: &str, place: &str) {
        for reached in [&mut self.reach.requests, &mut self.reach.answers] {
            if reached.contains(owner) {
                reached.insert(place.to_string());
            }
        }
    }

    /// The enum of these alternatives, or the one that is left of them.
    fn choice(
        &mut self,
        pointer: &str,
        mut members: Vec<Schema>,
        tag: Option<Tag>,
        wish: &str,
        documentation: String,
    ) -> Schema {
        let nullable = members.iter().any(|member| member.nullable);
        members
            .iter_mut()
            .for_each(|member| member.nullable = false);
        let tag = tag.filter(|_| members.iter().all(|member| self.is_struct(member)));
        if tag.is_none() {
            members = self.distinct(members);
        }
        if members.iter().any(|member| member.shape == Shape::Any) {
            self.rewrite(
                "one-of",
                pointer,
                "one alternative takes any value, so any value is taken",
            );
            return Schema::of(Shape::Any);
        }
        match members.len() {
            0 => Schema::of(Shape::Any),
            1 => Schema {
                nullable,
                ..members.remove(0)
            },
            _ => {
                let name = self.name(pointer, wish);
                self.define(
                    name.clone(),
                    pointer,
                    documentation,
                    Kind::Union(Union { members, tag }),
                );
                Schema {
                    shape: Shape::Named(name),
                    nullable,
                }
            }
        }
    }

    /// Each alternative once, those first that refuse most: the first that takes a value wins.
    fn distinct(&mut self, members: Vec<Schema>) -> Vec<Schema> {
        let mut distinct: Vec<Schema> = Vec::new();
        for member in members {
            if !distinct.contains(&member) {
                distinct.push(member);
            }
        }
        distinct.sort_by_key(|member| self.rank(member));
        if let Some(first) = distinct
            .iter()
            .position(|member| self.takes_any_text(member))
        {
            // Whatever text comes after this one is never read.
            let kept = distinct.remove(first);
            distinct.retain(|member| !self.is_text(member));
            distinct.insert(first.min(distinct.len()), kept);
        }
        distinct
    }

    fn rank(&self, member: &Schema) -> (u8, std::cmp::Reverse<usize>) {
        let required = match self.kind_of(member) {
            Some(Kind::Struct(one)) => one.fields.iter().filter(|field| field.required).count(),
            _ => 0,
        };
        let rank = match &member.shape {
            Shape::Boolean | Shape::Secret | Shape::FilledSecret | Shape::File => 0,
            Shape::Integer(_) => 1,
            Shape::Number(_) => 2,
            Shape::Format(_) => 3,
            Shape::Named(_) if !self.is_struct(member) => 4,
            Shape::Named(_) => 5,
            Shape::String => 6,
            Shape::Array(_) => 7,
            Shape::Map(_) => 8,
            Shape::Any => 9,
        };
        (rank, std::cmp::Reverse(required))
    }

    fn takes_any_text(&self, member: &Schema) -> bool {
        match self.kind_of(member) {
            Some(Kind::Enumeration(one)) => one.unknown.is_some(),
            _ => matches!(member.shape, Shape::Secret | Shape::FilledSecret),
        }
    }

    fn is_text(&self, member: &Schema) -> bool {
        matches!(
            member.shape,
            Shape::String | Shape::Secret | Shape::FilledSecret | Shape::Format(_)
        ) || matches!(
            self.kind_of(member),
            Some(Kind::Enumeration(_) | Kind::Text(_))
        )
    }

    fn is_struct(&self, member: &Schema) -> bool {
        // A type that contains itself is not defined yet; only structs and unions can.
        match (&member.shape, self.kind_of(member)) {
            (Shape::Named(_), Some(kind)) => matches!(kind, Kind::Struct(_)),
            (Shape::Named(_), None) => true,
            _ => false,
        }
    }

    fn kind_of(&self, member: &Schema) -> Option<&Kind> {
        match &member.shape {
            Shape::Named(name) => self.definition(name).map(|definition| &definition.kind),
            _ => None,
        }
    }

    /// The property that tells the alternatives apart: the `discriminator`, or one that each of
    /// them requires with a value of its own.
    fn tag(
        &mut self,
        union: &Alternatives<'a>,
        alternatives: &[(String, &'a Value)],
    ) -> Option<Tag> {
        let open = alternatives.iter().any(|(pointer, value)| {
            follow(self.spec, pointer, value)
                .is_some_and(|(pointer, _, _)| self.reach.answers.contains(&pointer))
        });
        let objects = self.objects(alternatives)?;
        if let Some(discriminator) = union.discriminator {
            let property = discriminator
                .get("propertyName")
                .and_then(Value::as_str)?
                .to_string();
            let values = discriminated(discriminator, alternatives);
            return (!values.is_empty()).then_some(Tag {
                property,
                values,
                open,
            });
        }
        let first = objects.first().filter(|_| objects.len() > 1)?;
        first.properties.iter().find_map(|property| {
            let mut values: Vec<(String, usize)> = Vec::new();
            for (index, object) in objects.iter().enumerate() {
                let value = self.constant(object, &property.name)?;
                if values.iter().any(|(other, _)| *other == value) {
                    return None;
                }
                values.push((value, index));
            }
            Some(Tag {
                property: property.name.clone(),
                values,
                open,
            })
        })
    }

    /// The only value that an object's required property can have.
    fn constant(&self, object: &Members<'a>, name: &str) -> Option<String> {
        let property = object
            .properties
            .iter()
            .find(|property| property.name == name)?;
        let (_, value, _) = follow(self.spec, &property.pointer, property.value?)?;
        match value.get("enum")?.as_array()?.as_slice() {
            [Value::String(only)] if object.required.contains(name) => Some(only.clone()),
            _ => None,
        }
    }

    /// Lowers an `allOf` of strings, numbers or arrays: all their keywords together.
    fn refined(
        &mut self,
        pointer: &str,
        value: &'a Value,
        parts: &[(String, &'a Value)],
        wish: &str,
    ) -> Schema {
        let mut merged = Map::new();
        let mut resolved = vec![(pointer.to_string(), value)];
        for (part_pointer, part) in parts {
            resolved.extend(
                follow(self.spec, part_pointer, part).map(|(pointer, value, _)| (pointer, value)),
            );
        }
        let mut kinds: Vec<&str> = resolved.iter().filter_map(|(_, part)| kind(part)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds == ["array"]
            && let Some((pointer, part)) = resolved
                .iter()
                .rev()
                .find(|(_, part)| part.get("items").is_some())
        {
            return self.array(pointer, part, wish);
        }
        let composed = resolved.iter().skip(1).any(|(_, part)| {
            ["allOf", "oneOf", "anyOf"]
                .iter()
                .any(|keyword| part.get(keyword).is_some())
        });
        if kinds.len() != 1
            || composed
            || !alternatives(pointer, value).is_empty()
            || kinds == ["object"]
        {
            self.rewrite(
                "conflicting-all-of",
                pointer,
                "its parts are of several types; any value is taken",
            );
            return Schema::of(Shape::Any);
        }
        for (keyword, content) in resolved
            .iter()
            .filter_map(|(_, part)| part.as_object())
            .flatten()
        {
            merged.insert(keyword.clone(), content.clone());
        }
        self.scalar(pointer, &Value::Object(merged), wish)
    }
}

/// The values of a discriminator, each with the index of the alternative that it stands for. An
/// alternative that the mapping leaves out is called by the name of its schema.
fn discriminated(discriminator: &Value, alternatives: &[(String, &Value)]) -> Vec<(String, usize)> {
    let references: Vec<Option<&str>> = alternatives
        .iter()
        .map(|(_, value)| value.get("$ref").and_then(Value::as_str))
        .collect();
    let name = |reference: &str| {
        let last = reference.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    };
    let mut values = Vec::new();
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    for (value, target) in mapping.into_iter().flatten() {
        let target = target.as_str().unwrap_or_default();
        let index = references.iter().position(|reference| {
            reference.is_some_and(|one| one == target || name(one) == target)
        });
        values.extend(index.map(|index| (value.clone(), index)));
    }
    for (index, reference) in references.iter().enumerate() {
        if let (Some(reference), false) =
            (reference, values.iter().any(|(_, known)| *known == index))
        {
            values.push((name(reference), index));
        }
    }
    values
}

fn alternatives<'a>(pointer: &str, value: &'a Value) -> Vec<Alternatives<'a>> {
    ["oneOf", "anyOf"]
        .into_iter()
        .map(|keyword| Alternatives {
            pointer: join(pointer, keyword),
            members: list(pointer, value, keyword),
            any: keyword == "anyOf",
            discriminator: value.get("discriminator"),
        })
        .filter(|union| !union.members.is_empty())
        .collect()
}

fn list<'a>(pointer: &str, value: &'a Value, keyword: &str) -> Vec<(String, &'a Value)> {
    let members = value.get(keyword).and_then(Value::as_array);
    members
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, member)| (format!("{pointer}/{keyword}/{index}"), member))
        .collect()
}

/// Whether a schema says what its values are, besides these keywords and annotations.
fn says_something(value: &Value, besides: &[&str]) -> bool {
    const ANNOTATIONS: &[&str] = &[
        "title",
        "description",
        "example",
        "default",
        "deprecated",
        "nullable",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
        "discriminator",
    ];
    value.as_object().is_some_and(|members| {
        let bare_object = members.get("type") == Some(&Value::String("object".to_string()));
        members.keys().any(|keyword| {
            let keyword = keyword.as_str();
            let plain = keyword == "type" && bare_object && !besides.is_empty();
            !plain
                && !keyword.starts_with("x-")
                && !ANNOTATIONS.contains(&keyword)
                && !besides.contains(&keyword)
        })
    })
}

/// Whether alternatives only say which of the properties beside them are required.
fn is_rule(union: &Alternatives<'_>) -> bool {
    union.members.iter().all(|(_, member)| {
        member.get("$ref").is_none() && member.get("type").is_none_or(|kind| kind == "object") && {
            children("", member)
                .iter()
                .all(|(pointer, _)| pointer.starts_with("/not"))
        }
    })
}

fn is_null(value: &Value) -> bool {
    let only_null = value
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null));
    only_null || value.get("type") == Some(&Value::String("null".to_string()))
}

/// What an alternative is called where it has no name.
fn label(value: &Value, tag: Option<&Tag>, index: usize) -> String {
    if let Some((value, _)) =
        tag.and_then(|tag| tag.values.iter().find(|(_, member)| *member == index))
    {
        return value.clone();
    }
    match value.get("title").and_then(Value::as_str) {
        Some(title) if !title.trim().is_empty() => title.to_string(),
        _ => format!("Variant {}", index + 1),
    }
}
