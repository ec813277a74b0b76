//! Every `$ref` leads somewhere inside the document.

use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::place::is_pointer;

/// Complains about references that lead nowhere, elsewhere or back to themselves.
pub(super) fn check(document: &Document, diagnostics: &mut Diagnostics) {
    walk(&document.root(), diagnostics);
}

fn walk(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    if let Some(reference) = node.get("$ref")
        && let Value::String(target) = reference.value
    {
        check_reference(node, &reference, target, diagnostics);
    }
    for (key, member) in node.members() {
        // What stands in an example is data.
        if !matches!(key, "example" | "examples" | "default" | "enum")
            || key == "examples" && has_values(&member)
        {
            walk(&member, diagnostics);
        }
    }
    for item in node.items() {
        walk(&item, diagnostics);
    }
}

fn has_values(_examples: &Node<'_>) -> bool {
    false
}

fn check_reference(
    node: &Node<'_>,
    reference: &Node<'_>,
    target: &str,
    diagnostics: &mut Diagnostics,
) {
    let Some(pointer) = target
        .strip_prefix('#')
        .filter(|pointer| is_pointer(pointer))
    else {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads out of this document"),
            "put what it names under `components` and refer to it with `#/components/...`",
        );
        return;
    };
    if node.from_root(pointer).is_none() {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads nowhere"),
            "correct the reference, or add what it names",
        );
    } else if node.resolve().get("$ref").is_some() {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads in a circle"),
            "let one of the references name a schema",
        );
    }
}
