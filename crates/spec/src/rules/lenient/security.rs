//! Requirements of schemes that nobody describes.

use serde_json::Value;

use crate::document::{Document, Node};
use crate::rules::Notes;
use crate::spelling;

/// A scheme that is not described cannot be presented: the alternative that names it is left
/// out. A client certificate (`mutualTLS`) is part of the connection and not of a request: it is
/// given when the client is built. A misspelt name is for the checks to complain about.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let root = document.root();
    let schemes: Vec<(String, bool)> = root
        .get("components")
        .iter()
        .flat_map(|components| components.members_of("securitySchemes"))
        .map(|(name, scheme)| {
            let is_certificate = scheme.resolve().text("type") == Some("mutualTLS");
            (name.to_owned(), is_certificate)
        })
        .collect();
    let certificates: Vec<&str> = schemes
        .iter()
        .filter(|(_, is_certificate)| *is_certificate)
        .map(|(name, _)| name.as_str())
        .collect();
    let mut edits = Vec::new();
    for owner in owners(&root) {
        let Some(security) = owner.get("security") else {
            continue;
        };
        let Value::Array(alternatives) = security.value else {
            continue;
        };
        let mut kept = Vec::new();
        for alternative in alternatives {
            let Some(members) = alternative.as_object() else {
                kept.push(alternative.clone());
                continue;
            };
            let unknown = members.keys().find(|name| {
                let is_known = schemes.iter().any(|(known, _)| known == *name);
                let known = schemes.iter().map(|(known, _)| known.as_str());
                !is_known && spelling::nearest(name, known).is_none()
            });
            if let Some(name) = unknown {
                notes.add(
                    security.place(),
                    format!("nobody describes the scheme `{name}`: the alternative is left out"),
                );
                continue;
            }
            let mut members = members.clone();
            for certificate in &certificates {
                if members.shift_remove(*certificate).is_some() {
                    notes.add(security.place(), format!("`{certificate}` is a certificate of the connection: `configure_http` gives it"));
                }
            }
            for scopes in members.values_mut().filter(|scopes| !scopes.is_array()) {
                *scopes = Value::Array(Vec::new());
            }
            kept.push(Value::Object(members));
        }
        if kept != *alternatives {
            edits.push((security.pointer.clone(), Value::Array(kept)));
        }
    }
    let certificates: Vec<String> = certificates.into_iter().map(str::to_owned).collect();
    for (pointer, kept) in edits {
        if let Some(security) = document.value.pointer_mut(&pointer) {
            *security = kept;
        }
    }
    if let Some(Value::Object(schemes)) = document.value.pointer_mut("/components/securitySchemes")
    {
        schemes.retain(|name, _| !certificates.contains(name));
    }
}

/// The document and its operations.
pub(super) fn owners<'a>(root: &Node<'a>) -> Vec<Node<'a>> {
    let mut owners = vec![root.clone()];
    for (_, item) in root.members_of("paths") {
        owners.extend(item.members().map(|(_, operation)| operation));
    }
    owners
}
