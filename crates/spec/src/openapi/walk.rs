//! Walks all objects of an OpenAPI document, and tells objects, maps of names and data apart:
//! a property called `example` is no example.

use crate::document::Node;
use crate::extensions::Home;

/// What a walk meets.
pub(super) enum Met<'n, 'a> {
    /// An object of the standard.
    Object(&'n Node<'a>, Home),
    /// An object whose keys are names.
    Names(&'n Node<'a>),
}

/// Calls `visit` with every object and every map of names, in document order.
pub(super) fn walk<'a>(root: &Node<'a>, visit: &mut dyn FnMut(Met<'_, 'a>)) {
    step(root, Shape::Object(Home::Elsewhere), visit);
}

#[derive(Clone, Copy)]
enum Shape {
    Object(Home),
    /// Names of objects.
    Names(Home),
    /// Names of maps of names of objects.
    NamesOfNames(Home),
    /// Any value; nothing in it belongs to the standard.
    Data,
}

fn step<'a>(node: &Node<'a>, shape: Shape, visit: &mut dyn FnMut(Met<'_, 'a>)) {
    if node.value.is_array() {
        for item in node.items() {
            step(&item, shape, visit);
        }
        return;
    }
    if !node.value.is_object() {
        return;
    }
    match shape {
        Shape::Data => {}
        Shape::Object(home) => {
            visit(Met::Object(node, home));
            for (key, member) in node.members() {
                step(&member, below(home, key, &member), visit);
            }
        }
        Shape::Names(home) => names(node, Shape::Object(home), visit),
        Shape::NamesOfNames(home) => names(node, Shape::Names(home), visit),
    }
}

fn names<'a>(node: &Node<'a>, inner: Shape, visit: &mut dyn FnMut(Met<'_, 'a>)) {
    visit(Met::Names(node));
    for (_, member) in node.members() {
        step(&member, inner, visit);
    }
}

fn below(home: Home, key: &str, member: &Node<'_>) -> Shape {
    match key {
        "example" | "default" | "enum" | "value" | "security" => Shape::Data,
        _ if key.starts_with("x-") => Shape::Data,
        "servers" | "server" => Shape::Object(Home::Server),
        "paths" => Shape::Names(Home::PathItem),
        "callbacks" => Shape::NamesOfNames(Home::PathItem),
        "securitySchemes" => Shape::Names(Home::Scheme),
        "parameters" if member.value.is_array() => Shape::Object(Home::Elsewhere),
        "content" | "encoding" | "examples" | "headers" | "links" | "mapping" | "parameters"
        | "properties" | "requestBodies" | "responses" | "schemas" | "scopes" | "variables" => {
            Shape::Names(Home::Elsewhere)
        }
        _ if home == Home::PathItem => Shape::Object(Home::Operation),
        _ => Shape::Object(Home::Elsewhere),
    }
}
