//! Security schemes whose names are the same in snake case.

use std::collections::{HashMap, HashSet};

use heck::ToSnakeCase;
use serde_json::Value;

use crate::document::Document;
use crate::rules::Notes;

/// They would be one name in Rust: the later one gets a number. Requirements follow.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let root = document.root();
    let schemes: Vec<_> = root
        .get("components")
        .iter()
        .flat_map(|components| components.members_of("securitySchemes"))
        .collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut renamed: HashMap<String, String> = HashMap::new();
    for (name, scheme) in &schemes {
        if taken.insert(name.to_snake_case()) {
            continue;
        }
        let mut numbered = (2..1_000).map(|number| format!("{name}_{number}"));
        let Some(free) = numbered.find(|name| {
            let is_other = schemes
                .iter()
                .all(|(other, _)| other.to_snake_case() != name.to_snake_case());
            is_other && taken.insert(name.to_snake_case())
        }) else {
            continue;
        };
        notes.add(
            scheme.place(),
            format!("`{name}` is the name of another scheme in snake case: it is called `{free}`"),
        );
        renamed.insert((*name).to_owned(), free);
    }
    if renamed.is_empty() {
        return;
    }
    let owners: Vec<String> = super::security::owners(&root)
        .into_iter()
        .map(|owner| format!("{}/security", owner.pointer))
        .collect();
    for pointer in owners {
        if let Some(Value::Array(alternatives)) = document.value.pointer_mut(&pointer) {
            alternatives
                .iter_mut()
                .for_each(|alternative| rename(alternative, &renamed));
        }
    }
    if let Some(schemes) = document.value.pointer_mut("/components/securitySchemes") {
        rename(schemes, &renamed);
    }
}

fn rename(value: &mut Value, renamed: &HashMap<String, String>) {
    if let Value::Object(members) = value {
        *members = std::mem::take(members)
            .into_iter()
            .map(|(name, member)| (renamed.get(&name).cloned().unwrap_or(name), member))
            .collect();
    }
}
