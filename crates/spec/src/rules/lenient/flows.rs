//! Flows of OAuth 2.0 that lack a part.

use serde_json::{Map, Value};

use crate::rules::Notes;
use crate::tree::Object;

/// A token is presented the same way whatever flow it comes from: a flow without its addresses
/// is left out, one without scopes has none.
pub(super) fn apply(flows: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in flows.keys() {
        let needs: &[&str] = match key.as_str() {
            "implicit" => &["authorizationUrl"],
            "password" | "clientCredentials" => &["tokenUrl"],
            "authorizationCode" => &["authorizationUrl", "tokenUrl"],
            _ => continue,
        };
        let place = flows.place_of(&key);
        let Some(Value::Object(flow)) = flows.members.get_mut(&key) else {
            continue;
        };
        let known = ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"];
        let missing = needs.iter().find(|need| !flow.contains_key(**need));
        // A misspelt key is for the checks to complain about.
        let is_misspelt = missing.is_some_and(|missing| {
            flow.keys().any(|key| {
                !known.contains(&key.as_str())
                    && crate::spelling::nearest(key, known) == Some(*missing)
            })
        });
        if let Some(missing) = missing.filter(|_| !is_misspelt) {
            notes.add(place, format!("a flow without `{missing}` is left out"));
            flows.remove(&key);
            continue;
        }
        match flow.get_mut("scopes") {
            None => {
                notes.add(place, "a flow that names no scopes has none");
                flow.insert("scopes".to_owned(), Value::Object(Map::new()));
            }
            Some(scopes) => correct(scopes),
        }
    }
}

/// Scopes are names with words for people.
fn correct(scopes: &mut Value) {
    match scopes {
        Value::Object(members) => {
            for words in members.values_mut().filter(|words| !words.is_string()) {
                *words = Value::String(String::new());
            }
        }
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            let members = names.map(|name| (name.to_owned(), Value::String(String::new())));
            *scopes = Value::Object(members.collect());
        }
        _ => {}
    }
}
