//! Parameters that a path has and that nobody describes, or the other way round.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::operations::{add_parameter, is_method};
use crate::document::{Document, Node};
use crate::openapi::sent_path;
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
        let item = item.resolve();
        for (_, operation) in item.members().filter(|(key, _)| is_method(key)) {
            let names = Names::of(sent_path(path), &item, &operation);
            for name in names.undescribed() {
                notes.add(
                    operation.place(),
                    format!("nobody describes `{{{name}}}`: it is a text"),
                );
                added.push((operation.pointer.clone(), name.to_owned()));
            }
            for listed in operation.items_of("parameters") {
                let node = listed.resolve();
                if let Some(name) = in_path(&node).filter(|name| names.goes_nowhere(name)) {
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
    for (pointer, name) in added {
        if let Some(Value::Object(operation)) = document.value.pointer_mut(&pointer) {
            add_parameter(operation, text(&name));
        }
    }
}

/// The names in an operation's path, and those that its parameters have.
struct Names<'a> {
    used: Vec<&'a str>,
    described: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(path: &'a str, item: &Node<'a>, operation: &Node<'a>) -> Self {
        let listed = item
            .items_of("parameters")
            .chain(operation.items_of("parameters"));
        Self {
            used: braces(path),
            described: listed
                .filter_map(|listed| in_path(&listed.resolve()))
                .collect(),
        }
    }

    /// The names in the path that no parameter has, nor one that is almost the same.
    fn undescribed(&self) -> Vec<&'a str> {
        let strangers = || {
            self.described
                .iter()
                .filter(|name| !self.used.contains(name))
        };
        let mut seen = HashSet::new();
        let used = self.used.iter().copied();
        used.filter(|name| !name.is_empty() && !self.described.contains(name))
            .filter(|name| spelling::nearest(name, strangers().copied()).is_none())
            .filter(|name| seen.insert(*name))
            .collect()
    }

    /// Whether a described name is not in the path, nor one that is almost the same.
    fn goes_nowhere(&self, name: &str) -> bool {
        let undescribed = self.used.iter().copied();
        let mut undescribed = undescribed.filter(|used| !self.described.contains(used));
        !self.used.contains(&name) && spelling::nearest(name, &mut undescribed).is_none()
    }
}

fn in_path<'a>(parameter: &Node<'a>) -> Option<&'a str> {
    (parameter.text("in") == Some("path")).then(|| parameter.text("name"))?
}

fn text(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}
