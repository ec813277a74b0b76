//! The inputs of a workflow.

use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::model::{CredentialInput, CredentialPart, Input};

/// `inputs` of a workflow.
pub(super) fn read(workflow: &Node<'_>, _diagnostics: &mut Diagnostics) -> Vec<Input> {
    let Some(inputs) = workflow.get("inputs").map(|inputs| inputs.resolve()) else {
        return Vec::new();
    };
    let required: Vec<&str> = inputs
        .items_of("required")
        .filter_map(|name| name.value.as_str())
        .collect();
    inputs
        .members_of("properties")
        .map(|(name, node)| input(name, &node.resolve(), required.contains(&name)))
        .collect()
}

fn input(name: &str, node: &Node<'_>, required: bool) -> Input {
    Input {
        name: name.to_owned(),
        required,
        secret: node.text("format") == Some("password") || node.flag("writeOnly"),
        schema: node.value.clone(),
        description: node.text_or_empty("description"),
        example: node.copy("example").or_else(|| node.copy("default")),
        default: node.copy("default"),
        credential: node.text("x-credential").map(credential),
        assumed: node.flag("x-assumed"),
    }
}

fn credential(text: &str) -> CredentialInput {
    let (scheme, part) = if let Some(scheme) = text.strip_suffix(".username") {
        (scheme, CredentialPart::Username)
    } else if let Some(scheme) = text.strip_suffix(".password") {
        (scheme, CredentialPart::Password)
    } else {
        (text, CredentialPart::Value)
    };
    CredentialInput {
        scheme: scheme.to_owned(),
        part,
    }
}
