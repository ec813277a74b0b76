//! Parameters that repeat the credential of their operation.

use super::operations::is_method;
use crate::document::{Document, Node};
use crate::model::Location;
use crate::openapi::presentation;
use crate::rules::Notes;

/// Where each alternative of the security presents a key in a place, a parameter of that place says
/// the same again: it is left out, because the key would overwrite whatever it is given. Where an
/// alternative does without, the parameter stays.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut repeated = Vec::new();
    let root = document.root();
    for (_, item) in root.members_of("paths") {
        let operations = item.members().filter(|(method, _)| is_method(method));
        let operations: Vec<Node<'_>> = operations.map(|(_, operation)| operation).collect();
        let all = operations.iter().collect::<Vec<_>>();
        let lists = operations
            .iter()
            .filter_map(|operation| Some((operation.get("parameters")?, vec![operation])))
            .chain(item.get("parameters").map(|list| (list, all)));
        for (list, of) in lists {
            for listed in list.items() {
                let is_key = |operation: &&&Node<'_>| is_key(&root, operation, &listed.resolve());
                if of.is_empty() || !of.iter().all(|operation| is_key(&operation)) {
                    continue;
                }
                let name = listed.resolve().text_or_empty("name");
                notes.add(
                    listed.place(),
                    format!("the parameter `{name}` is left out: the operation's security says what stands there"),
                );
                repeated.push(listed.pointer.clone());
            }
        }
    }
    // The last items of a list go first, so that the others keep their places.
    for pointer in repeated.iter().rev() {
        document.remove(pointer);
    }
}

/// Whether each alternative of an operation's security presents a key where a parameter stands.
fn is_key(root: &Node<'_>, operation: &Node<'_>, parameter: &Node<'_>) -> bool {
    let security = operation.get("security").or_else(|| root.get("security"));
    let Some(security) = security.filter(|security| security.items().next().is_some()) else {
        return false;
    };
    let Some(location) = Location::read(parameter.text("in")) else {
        return false;
    };
    let name = parameter.text("name").unwrap_or_default();
    let components = root.member_or_self("components");
    security.items().all(|alternative| {
        alternative.members().any(|(wanted, _)| {
            let mut schemes = components.members_of("securitySchemes");
            let scheme = schemes.find(|(known, _)| *known == wanted);
            scheme.is_some_and(|(_, scheme)| {
                presentation(&scheme.resolve()).stands_at(location, name)
            })
        })
    })
}
