//! Servers whose address is not all there.

use serde_json::{Map, Value};

use crate::place::braces;
use crate::rules::Notes;
use crate::tree::Object;

/// A variable that is not declared is given by nobody: such a server is left out, and the
/// application says the address. A variable that the URL does not use is left out; a default
/// that is none of the values is one of them.
pub(super) fn apply(owner: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = owner.place_of("servers");
    let Some(Value::Array(servers)) = owner.members.get_mut("servers") else {
        return;
    };
    for server in servers.iter_mut().filter_map(Value::as_object_mut) {
        for what in correct(server) {
            notes.add(place.clone(), what);
        }
    }
    let is_whole = |server: &Value| !is_incomplete(server);
    if !servers.iter().all(is_whole) {
        notes.add(
            place,
            "a server whose URL has a variable that is not declared is left out: \
             the application says `base_url`",
        );
        owner.retain_items("servers", is_whole);
    }
}

fn correct(server: &mut Map<String, Value>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Value::String(url)) = server.get_mut("url") {
        let trimmed = url.trim().to_owned();
        let trimmed = match trimmed.strip_prefix("//") {
            Some(rest) => format!("https://{rest}"),
            None => trimmed,
        };
        if *url != trimmed {
            notes.push(format!("the URL `{url}` is read as `{trimmed}`"));
            *url = trimmed;
        }
    }
    let url = server
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let used: Vec<String> = braces(url).into_iter().map(str::to_owned).collect();
    let Some(Value::Object(variables)) = server.get_mut("variables") else {
        return notes;
    };
    variables.retain(|name, _| {
        // What looks like the name of one that is used was meant as that.
        let is_misspelt = crate::spelling::nearest(name, used.iter().map(String::as_str)).is_some();
        let keeps = used.contains(name) || is_misspelt || name.starts_with("x-");
        if !keeps {
            notes.push(format!("the URL does not use the variable `{name}`"));
        }
        keeps
    });
    for (name, variable) in variables.iter_mut() {
        let first = variable.pointer("/enum/0").cloned();
        if let Some(members) = variable.as_object_mut()
            && !members.contains_key("default")
            && let Some(first) = first
        {
            notes.push(format!("the default of `{name}` is its first value"));
            members.insert("default".to_owned(), first);
        }
        let default = variable.get("default").cloned();
        if let (Some(default), Some(Value::Array(values))) = (default, variable.get_mut("enum"))
            && !values.is_empty()
            && !values.contains(&default)
        {
            notes.push(format!(
                "the default of `{name}` is one of its values as well"
            ));
            values.insert(0, default);
        }
    }
    notes
}

fn is_incomplete(server: &Value) -> bool {
    let url = server
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let variables = server.get("variables").and_then(Value::as_object);
    let is_declared = |name: &&str| {
        let variable = variables.and_then(|variables| variables.get(*name));
        variable.is_some_and(|variable| variable.get("default").is_some())
    };
    // A misspelt declaration is for the checks to complain about.
    let is_close = |name: &&str| {
        let names = variables
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str);
        crate::spelling::nearest(name, names).is_some()
    };
    braces(url)
        .iter()
        .any(|name| !is_declared(name) && !is_close(name))
}
