//! What holds for objects wherever they stand: extensions, names and patterns.

use serde_json::Value;

use super::walk::{Met, walk};
use crate::criteria::check_pattern;
use crate::diagnostics::{Diagnostics, is_invisible};
use crate::document::Node;
use crate::extensions;

/// Complains about extensions, names and patterns.
pub(super) fn check(root: &Node<'_>, diagnostics: &mut Diagnostics) {
    walk(root, &mut |met| match met {
        Met::Object(node, home) => {
            extensions::check(node, home, diagnostics);
            check_texts(node, diagnostics);
            check_schema_pattern(node, diagnostics);
        }
        Met::Names(node) => check_names(node, diagnostics),
    });
    check_component_names(root, diagnostics);
}

/// Texts that become names in code or fields of a request.
fn check_texts(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    for key in ["name", "operationId", "x-name", "propertyName", "url"] {
        if let Some(text) = node.get(key) {
            check_text(&text, text.value.as_str().unwrap_or_default(), diagnostics);
        }
    }
    for tag in node.items_of("tags").chain(node.items_of("required")) {
        check_text(&tag, tag.value.as_str().unwrap_or_default(), diagnostics);
    }
}

fn check_names(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    for (name, member) in node.members() {
        check_text(&member, name, diagnostics);
    }
}

fn check_text(node: &Node<'_>, text: &str, diagnostics: &mut Diagnostics) {
    let is_hidden = |character: char| character.is_control() || is_invisible(character);
    if text.chars().any(is_hidden) {
        diagnostics.add(
            node.place(),
            format!("`{text}` has characters that nobody sees"),
            "delete control characters, line ends and invisible characters from names",
        );
    }
}

fn check_schema_pattern(node: &Node<'_>, diagnostics: &mut Diagnostics) {
    if let Some(pattern) = node.get("pattern")
        && let Value::String(text) = pattern.value
        && let Err(fault) = check_pattern(text)
    {
        diagnostics.add(pattern.value_place(), fault.message, fault.help);
    }
}

/// The official schema lets a component with any other name pass unread.
fn check_component_names(root: &Node<'_>, diagnostics: &mut Diagnostics) {
    let is_allowed =
        |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    for (group, components) in root.members_of("components") {
        if group.starts_with("x-") {
            continue;
        }
        for (name, component) in components.members() {
            if name.is_empty() || !name.chars().all(is_allowed) {
                diagnostics.add(
                    component.place(),
                    format!("`{name}` cannot be the name of a component"),
                    "use letters, digits, `.`, `_` and `-`",
                );
            }
        }
    }
}
