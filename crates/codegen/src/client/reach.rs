//! Which schemas requests and answers are made of.

use std::collections::BTreeSet;

use keyfob_spec::Spec;
use keyfob_spec::model::Operation;
use serde_json::Value;

use super::schemas::Extensions;

/// The schemas, by their JSON pointers in the document, that bodies and parameters reach.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// What a parameter or a request body is made of.
    pub(crate) requests: BTreeSet<String>,
    /// What an answer is made of.
    pub(crate) answers: BTreeSet<String>,
    /// What a multipart body is made of.
    pub(crate) multipart: BTreeSet<String>,
}

impl Reach {
    /// Walks every operation of the spec.
    pub(crate) fn of(spec: &Spec, extensions: &Extensions<'_>) -> Self {
        Self::of_operations(spec, extensions, &spec.operations)
    }

    /// Walks these operations of the spec.
    pub(crate) fn of_operations<'o>(
        spec: &Spec,
        extensions: &Extensions<'_>,
        operations: impl IntoIterator<Item = &'o Operation>,
    ) -> Self {
        let mut reach = Self::default();
        for operation in operations {
            for parameter in &operation.parameters {
                let pointer = format!("{}/schema", parameter.pointer);
                walk(
                    spec,
                    extensions,
                    &pointer,
                    &parameter.schema,
                    &mut reach.requests,
                );
            }
            for media in operation.body.iter().flat_map(|body| &body.content) {
                let pointer = format!("{}/schema", media.pointer);
                walk(
                    spec,
                    extensions,
                    &pointer,
                    &media.schema,
                    &mut reach.requests,
                );
                if media.name.starts_with("multipart/") {
                    walk(
                        spec,
                        extensions,
                        &pointer,
                        &media.schema,
                        &mut reach.multipart,
                    );
                }
            }
            for media in operation
                .responses
                .iter()
                .flat_map(|response| &response.content)
            {
                let pointer = format!("{}/schema", media.pointer);
                walk(
                    spec,
                    extensions,
                    &pointer,
                    &media.schema,
                    &mut reach.answers,
                );
            }
        }
        reach
    }
}

impl Reach {
    /// What the schema at this place is made of, itself included.
    pub(crate) fn of_schema(
        spec: &Spec,
        extensions: &Extensions<'_>,
        pointer: &str,
    ) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        if let Some(value) = spec.document.pointer(pointer) {
            walk(spec, extensions, pointer, value, &mut reached);
        }
        reached
    }
}

/// A schema and the place in the document that it has after its `$ref`s are followed, with
/// whether there were any. `None` if they lead in a circle or nowhere.
pub(crate) fn follow<'a>(
    spec: &'a Spec,
    pointer: &str,
    value: &'a Value,
) -> Option<(String, &'a Value, bool)> {
    let mut pointer = pointer.to_string();
    let mut value = value;
    let mut referenced = false;
    for _ in 0..64 {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Some((pointer, value, referenced));
        };
        pointer = reference.strip_prefix('#')?.to_string();
        value = spec.document.pointer(&pointer)?;
        referenced = true;
    }
    None
}

/// The pointer to a member or an item of the node at `parent`.
pub(crate) fn join(parent: &str, token: &str) -> String {
    format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// The schemas directly inside a schema, with their pointers.
pub(crate) fn children<'a>(pointer: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    let mut children = Vec::new();
    let properties = value.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        children.push((join(&format!("{pointer}/properties"), name), property));
    }
    for keyword in ["items", "additionalProperties", "not"] {
        if let Some(child) = value.get(keyword).filter(|child| child.is_object()) {
            children.push((join(pointer, keyword), child));
        }
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let members = value.get(keyword).and_then(Value::as_array);
        for (index, member) in members.into_iter().flatten().enumerate() {
            children.push((format!("{pointer}/{keyword}/{index}"), member));
        }
    }
    children
}

fn walk(
    spec: &Spec,
    extensions: &Extensions<'_>,
    pointer: &str,
    value: &Value,
    reached: &mut BTreeSet<String>,
) {
    let mut open = vec![(pointer.to_string(), value)];
    while let Some((pointer, value)) = open.pop() {
        let Some((pointer, value, _)) = follow(spec, &pointer, value) else {
            continue;
        };
        if reached.insert(pointer.clone()) {
            open.extend(children(&pointer, value));
            open.extend(extensions.of(&pointer));
        }
    }
}
