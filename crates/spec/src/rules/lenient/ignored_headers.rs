//! Header parameters that OpenAPI ignores, and those that only the transport can write.

use serde_json::{Value, json};

use super::operations::{is_method, parameter_lists};
use crate::document::{Document, Node};
use crate::rules::Notes;

/// `Accept` and `Content-Type` follow from the media types, `Authorization` from a security scheme
/// (OpenAPI 3.0.3, "Parameter Object"), and the framing of a message from its body (RFC 9112,
/// section 6): a parameter of these names is left out, unless nothing else in the document says
/// what stands there.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut ignored = Vec::new();
    let mut sent = Vec::new();
    let root = document.root();
    for list in parameter_lists(&root) {
        for listed in list.items() {
            let parameter = listed.resolve();
            let name = parameter.text("name").unwrap_or_default();
            let instead = match name.to_ascii_lowercase().as_str() {
                _ if parameter.text("in") != Some("header") => continue,
                "accept" if lists_a_choice(&parameter) => continue,
                "accept" => "the media types of the answers say what it is",
                "content-type" if parameter.flag("required") && !has_body(&root, &list) => {
                    if let Some((pointer, value)) = only_value(&parameter) {
                        notes.add(listed.place(), format!("`{name}` is always {value}"));
                        sent.push((pointer, value));
                    }
                    continue;
                }
                "content-type" => "the media types of the body say what it is",
                "authorization" if !has_authorization(&root) => continue,
                "authorization" => "a security scheme gives it",
                "content-length" | "transfer-encoding" => "it is written as the body's length is",
                _ => continue,
            };
            notes.add(
                listed.place(),
                format!("a header parameter `{name}` is left out: {instead}"),
            );
            ignored.push(listed.pointer.clone());
        }
    }
    for (pointer, value) in sent {
        document.set(&pointer, json!([value]));
    }
    for pointer in ignored.iter().rev() {
        document.remove(pointer);
    }
}

/// Whether a parameter lists what the application may choose from.
fn lists_a_choice(parameter: &Node<'_>) -> bool {
    let schema = parameter.get("schema").map(|schema| schema.resolve());
    schema.is_some_and(|schema| schema.items_of("enum").nth(1).is_some())
}

/// Whether the operation that a list of parameters belongs to, or one of the path's, has a body.
fn has_body(root: &Node<'_>, list: &Node<'_>) -> bool {
    let owner = list.pointer.strip_suffix("/parameters");
    let Some(owner) = owner.and_then(|owner| root.anywhere(owner)) else {
        return false;
    };
    let operations = owner.members().filter(|(method, _)| is_method(method));
    let mut all = operations
        .map(|(_, operation)| operation)
        .chain([owner.clone()]);
    all.any(|operation| operation.get("requestBody").is_some())
}

/// Where the values of a parameter are listed that lists none, and the one that it is described
/// with.
fn only_value(parameter: &Node<'_>) -> Option<(String, Value)> {
    let schema = parameter.get("schema")?;
    let described = schema.copy("default").or_else(|| schema.copy("example"));
    let described = described.or_else(|| parameter.copy("example"))?;
    let is_listed = schema.get("enum").is_some();
    (described.is_string() && !is_listed).then(|| (format!("{}/enum", schema.pointer), described))
}

/// Whether a security scheme stands in `Authorization`.
fn has_authorization(root: &Node<'_>) -> bool {
    let components = root.member_or_self("components");
    let mut schemes = components.members_of("securitySchemes");
    schemes.any(|(_, scheme)| {
        let scheme = scheme.resolve();
        let name = scheme.text("name").unwrap_or_default();
        scheme.text("type") != Some("apiKey") || name.eq_ignore_ascii_case("authorization")
    })
}
