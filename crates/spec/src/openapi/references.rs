//! Every `$ref` leads to a node of this document.

use serde_json::Value;

use super::walk::{Met, walk};
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::grammar::Kind;
use crate::place::is_pointer;
use crate::spelling;

/// Complains about references that lead nowhere, elsewhere or back to themselves.
pub(super) fn check(document: &Document, diagnostics: &mut Diagnostics) {
    walk(&document.root(), &mut |met| {
        if let Met::Object(node, _) = met
            && let Some(reference) = node.get("$ref")
            && let Value::String(target) = reference.value
        {
            check_reference(node, &reference, target, diagnostics);
            check_siblings(node, diagnostics);
        }
    });
}

/// What stands beside a reference is ignored (OpenAPI 3.0.3, "Reference Object"). What is left
/// there by now is spelt almost like a key that would not have been.
fn check_siblings(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    for (key, sibling) in node.members() {
        let is_word = ["$ref", "summary", "description"].contains(&key)
            || Kind::Schema.keys().iter().any(|known| known.name == key);
        if is_word || key.starts_with("x-") {
            continue;
        }
        let meant = spelling::nearest(key, Kind::Schema.keys().iter().map(|known| known.name));
        if let Some(meant) = meant {
            diagnostics.add(
                sibling.place(),
                format!("nobody reads `{key}` beside `$ref`"),
                format!("did you mean `{meant}`?"),
            );
        }
    }
}

fn check_reference(
    node: &Node<'_>,
    reference: &Node<'_>,
    target: &str,
    diagnostics: &mut Diagnostics,
) {
    let pointer = target.strip_prefix('#');
    let Some(pointer) = pointer.filter(|pointer| is_pointer(pointer)) else {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads out of this document"),
            "put what it names under `components` and refer to it with `#/components/...`",
        );
        return;
    };
    if node.anywhere(pointer).is_none() {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads nowhere"),
            if pointer.contains('%') {
                "write it without percent-encoding"
            } else {
                "correct the reference, or add what it names"
            },
        );
    } else if node.resolve().get("$ref").is_some() {
        diagnostics.add(
            reference.value_place(),
            format!("`{target}` leads back to itself"),
            "let one of the references in the circle name what is meant",
        );
    }
}
