//! Operations that share a name.

use std::collections::{HashMap, HashSet};

use heck::ToSnakeCase;

use super::operations::operations;
use crate::document::Document;
use crate::openapi::made_id;
use crate::place::join;
use crate::rules::Notes;

/// The first keeps its `operationId`; the others are called after their method and path, as is
/// one whose name has no letter. Names that are the same in snake case are the same.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let nodes = operations(&document.root());
    let mut taken: HashMap<String, &str> = HashMap::new();
    let mut nameless = Vec::new();
    for (path, method, operation) in &nodes {
        let id = operation.text("operationId").unwrap_or_default();
        let name = id.to_snake_case();
        let is_free = !name.is_empty() && !taken.contains_key(&name);
        if is_free {
            taken.insert(name, path);
        } else {
            nameless.push((path, method, operation, id));
        }
    }
    let mut names: HashSet<String> = taken.into_keys().collect();
    let mut edits = Vec::new();
    for (path, method, operation, id) in nameless {
        let wish = made_id(method, path);
        let numbered = (2..10_000).map(|number| format!("{wish}_{number}"));
        let free = std::iter::once(wish.clone())
            .chain(numbered)
            .find(|name| !names.contains(&name.to_snake_case()));
        let name = free.unwrap_or(wish);
        names.insert(name.to_snake_case());
        let what = if id.is_empty() {
            format!("an operation without an `operationId` is called `{name}`")
        } else {
            format!("`{id}` is the name of another operation: this one is called `{name}`")
        };
        notes.add(operation.place(), what);
        edits.push((join(&operation.pointer, "operationId"), name));
    }
    for (pointer, name) in edits {
        document.set(&pointer, name.into());
    }
}
