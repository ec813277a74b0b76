//! Parameters that a path has and that nobody describes, or the other way round.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::operations::is_method;
use crate::document::{Document, Node};
use crate::place::braces;
use crate::rules::Notes;
use crate::spelling;

/// A parameter of the path that nobody describes is a text. One that is described and does not
/// stand in the path goes nowhere, and is left out. Where their names are almost the same, one
/// of them is misspelt, which is for the checks to complain about.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut added = Vec::new();
    let mut dropped = Vec::new();
    for (path, item) in document.root().members_of("paths") {
        let resolved = item.resolve();
        let names = braces(path.split('#').next().unwrap_or(path));
        for (_, operation) in resolved.members().filter(|(method, _)| is_method(method)) {
            let listed: Vec<Node<'_>> = resolved
                .items_of("parameters")
                .chain(operation.items_of("parameters"))
                .collect();
            let described: HashSet<&str> = listed
                .iter()
                .filter_map(|listed| in_path(&listed.resolve()))
                .collect();
            let mut seen = HashSet::new();
            let missing: Vec<&str> = names
                .iter()
                .copied()
                .filter(|name| !name.is_empty() && !described.contains(name) && seen.insert(*name))
                .filter(|name| {
                    let strangers = described.iter().filter(|known| !names.contains(*known));
                    spelling::nearest(name, strangers.copied()).is_none()
                })
                .collect();
            if !missing.is_empty() {
                for name in &missing {
                    notes.add(
                        operation.place(),
                        format!("nobody describes `{{{name}}}`: it is a text"),
                    );
                }
                let missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
                added.push((operation.pointer.clone(), missing));
            }
            for listed in operation.items_of("parameters") {
                let node = listed.resolve();
                if let Some(name) = in_path(&node)
                    && !names.contains(&name)
                    && spelling::nearest(
                        name,
                        names
                            .iter()
                            .copied()
                            .filter(|used| !described.contains(used)),
                    )
                    .is_none()
                {
                    notes.add(
                        listed.place(),
                        format!("`{name}` does not stand in the path, and is left out"),
                    );
                    dropped.push(listed.pointer.clone());
                }
            }
        }
    }
    for pointer in dropped.iter().rev() {
        document.remove(pointer);
    }
    for (pointer, names) in added {
        if let Some(Value::Object(operation)) = document.value.pointer_mut(&pointer) {
            add(operation, &names);
        }
    }
}

fn in_path<'a>(parameter: &Node<'a>) -> Option<&'a str> {
    (parameter.text("in") == Some("path")).then(|| parameter.text("name"))?
}

fn add(operation: &mut Map<String, Value>, names: &[String]) {
    let listed = operation
        .entry("parameters")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(listed) = listed {
        for name in names {
            listed.push(json!({
                "name": name,
                "in": "path",
                "required": true,
                "schema": {"type": "string"},
            }));
        }
    }
}
