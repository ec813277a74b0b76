//! The names of components.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::grammar::{Holds, Kind, below};
use crate::place::{Children, PlaceNode, join, tokens};
use crate::rewrite::Rewrites;

/// The components whose names OpenAPI does not allow: pointer to new pointer.
pub(super) fn unfit(document: &Value) -> HashMap<String, String> {
    let mut renamed = HashMap::new();
    for (group, names) in groups(document) {
        let mut taken: HashSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        for name in names {
            let wish = sanitised(name);
            if wish != *name {
                let name_then = free(&wish, &taken);
                taken.insert(name_then.clone());
                let parent = format!("/components/{group}");
                renamed.insert(join(&parent, name), join(&parent, &name_then));
            }
        }
    }
    renamed
}

/// The names that are taken, by group.
pub(super) fn taken(
    document: &Value,
    renamed: &HashMap<String, String>,
) -> HashMap<&'static str, HashSet<String>> {
    let mut taken: HashMap<&'static str, HashSet<String>> = HashMap::new();
    for (group, names) in groups(document) {
        taken
            .entry(group)
            .or_default()
            .extend(names.into_iter().map(str::to_owned));
    }
    for pointer in renamed.values() {
        let mut tokens = tokens(pointer).skip(1);
        if let (Some(group), Some(name)) = (tokens.next(), tokens.next())
            && let Some((_, names)) = taken.iter_mut().find(|(known, _)| **known == group)
        {
            names.insert(name);
        }
    }
    taken
}

/// Writes the new names.
pub(super) fn rename(
    renamed: &HashMap<String, String>,
    document: &mut Value,
    places: &mut PlaceNode,
    rewrites: &mut Rewrites,
) {
    if renamed.is_empty() {
        return;
    }
    let Some(Value::Object(components)) = document.get_mut("components") else {
        return;
    };
    for (group, components) in components {
        let Value::Object(members) = components else {
            continue;
        };
        let mut places = group_places(places, group);
        let parent = format!("/components/{group}");
        *members = std::mem::take(members)
            .into_iter()
            .map(|(name, member)| {
                let Some(pointer) = renamed.get(&join(&parent, &name)) else {
                    return (name, member);
                };
                let renamed = tokens(pointer).last().unwrap_or_default();
                if let Some(places) = places.as_deref_mut()
                    && let Some(place) = places.remove(&name)
                {
                    let what = format!("`{name}` is called `{renamed}`");
                    rewrites.add("component-name", place.start.place(), what);
                    places.insert(renamed.clone(), place);
                }
                (renamed, member)
            })
            .collect();
    }
}

fn group_places<'a>(
    places: &'a mut PlaceNode,
    group: &str,
) -> Option<&'a mut HashMap<String, PlaceNode>> {
    let Children::Members(members) = &mut places.children else {
        return None;
    };
    let Children::Members(members) = &mut members.get_mut("components")?.children else {
        return None;
    };
    match &mut members.get_mut(group)?.children {
        Children::Members(members) => Some(members),
        _ => None,
    }
}

fn groups(document: &Value) -> Vec<(&'static str, Vec<&str>)> {
    let components = document.get("components").and_then(Value::as_object);
    let known = Kind::Components
        .keys()
        .iter()
        .filter(|key| matches!(below(Kind::Components, key.name), Some(Holds::Names(_))));
    known
        .filter_map(|key| {
            let members = components?.get(key.name)?.as_object()?;
            let names = members.keys().filter(|name| !name.starts_with("x-"));
            Some((key.name, names.map(String::as_str).collect()))
        })
        .collect()
}

/// What something is to be called that stands at a pointer of a file: `schemas/Pet.yaml` and
/// `all.yaml#/definitions/Pet` are both a `Pet`.
pub(super) fn wish(file: &str, pointer: &str) -> String {
    let tokens: Vec<String> = tokens(pointer).collect();
    let is_plain = |token: &&String| {
        let says_nothing = [
            "schema",
            "items",
            "properties",
            "content",
            "allOf",
            "oneOf",
            "anyOf",
        ];
        token.parse::<usize>().is_err()
            && !token.contains('/')
            && !says_nothing.contains(&token.as_str())
    };
    let words: Vec<&str> = match tokens.last() {
        Some(last) if is_plain(&last) => vec![last.as_str()],
        Some(_) => tokens.iter().filter(is_plain).map(String::as_str).collect(),
        None => {
            let name = file.rsplit('/').next().unwrap_or(file);
            vec![name.split('.').next().unwrap_or(name)]
        }
    };
    sanitised(&words.join("_"))
}

/// A name that is not taken.
pub(super) fn free(wish: &str, taken: &HashSet<String>) -> String {
    if !taken.contains(wish) {
        return wish.to_owned();
    }
    let numbered = (2..).map(|number| format!("{wish}_{number}"));
    numbered
        .into_iter()
        .find(|name| !taken.contains(name))
        .unwrap_or_else(|| wish.to_owned())
}

fn sanitised(name: &str) -> String {
    let is_fit = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if !name.is_empty() && name.chars().all(is_fit) {
        return name.to_owned();
    }
    let fit = |character: char| match character {
        _ if is_fit(character) => character.to_string(),
        _ if character.is_alphanumeric() => format!("u{:x}", u32::from(character)),
        _ => "_".to_owned(),
    };
    let fitted: String = name.chars().map(fit).collect();
    let trimmed = fitted.trim_matches('_');
    if trimmed.is_empty() {
        "Unnamed".to_owned()
    } else {
        trimmed.to_owned()
    }
}
