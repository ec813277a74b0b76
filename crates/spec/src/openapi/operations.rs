//! Operations, with everything that their path, the document and `$ref`s say gathered.

use serde_json::{Map, Value};

use super::servers;
use crate::criteria;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::model::{
    Location, MediaType, Operation, Parameter, RequestBody, Requirement, Response, Scheme, Status,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The operations of all paths, in document order.
pub(super) fn read(
    root: &Node<'_>,
    schemes: &[Scheme],
    diagnostics: &mut Diagnostics,
) -> Vec<Operation> {
    let mut operations = Vec::new();
    check_requirements(root, schemes, diagnostics);
    for (path, item) in root.members_of("paths") {
        if path.starts_with("x-") {
            continue;
        }
        let item = item.resolve();
        for (method, node) in item.members() {
            if METHODS.contains(&method) {
                check_requirements(&node, schemes, diagnostics);
                operations.push(operation(root, path, &item, method, &node, diagnostics));
            }
        }
    }
    operations
}

fn operation(
    root: &Node<'_>,
    path: &str,
    item: &Node<'_>,
    method: &str,
    node: &Node<'_>,
    diagnostics: &mut Diagnostics,
) -> Operation {
    let own_servers = servers::read(node, diagnostics);
    Operation {
        id: node
            .text("operationId")
            .map_or_else(|| made_id(method, path), str::to_owned),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        servers: if own_servers.is_empty() {
            servers::read(item, diagnostics)
        } else {
            own_servers
        },
        security: security(node.get("security").or_else(|| root.get("security"))),
        parameters: parameters(item, node),
        body: node
            .get("requestBody")
            .map(|body| request_body(&body.resolve())),
        responses: responses(node),
        success_criteria: criteria::read(node, "x-success-criteria", diagnostics),
        summary: node.text_or_empty("summary"),
        description: node.text_or_empty("description"),
        tags: node
            .items_of("tags")
            .filter_map(|tag| tag.value.as_str().map(str::to_owned))
            .collect(),
        deprecated: node.flag("deprecated"),
        assumed: node.flag("x-assumed"),
        pointer: node.pointer.clone(),
        place: node.place(),
    }
}

/// `get` and `/users/{id}` make `get_users_id`.
fn made_id(method: &str, path: &str) -> String {
    let words = path
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase);
    std::iter::once(method.to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

fn security(requirements: Option<Node<'_>>) -> Vec<Vec<Requirement>> {
    let alternatives = requirements.iter().flat_map(Node::items);
    alternatives
        .map(|alternative| {
            alternative
                .members()
                .map(|(scheme, scopes)| Requirement {
                    scheme: scheme.to_owned(),
                    scopes: scopes
                        .items()
                        .filter_map(|scope| scope.value.as_str().map(str::to_owned))
                        .collect(),
                })
                .collect()
        })
        .collect()
}

fn check_requirements(owner: &Node<'_>, schemes: &[Scheme], diagnostics: &mut Diagnostics) {
    for alternative in owner.items_of("security") {
        for (name, requirement) in alternative.members() {
            if !schemes.iter().any(|scheme| scheme.name == name) {
                diagnostics.add(
                    requirement.place(),
                    format!("`{name}` is no security scheme of this document"),
                    known_schemes(schemes),
                );
            }
        }
    }
}

fn known_schemes(schemes: &[Scheme]) -> String {
    let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name.as_str()).collect();
    if names.is_empty() {
        "describe it under `components.securitySchemes`".to_owned()
    } else {
        format!(
            "name one of `components.securitySchemes`: {}",
            names.join(", ")
        )
    }
}

/// An operation's parameter replaces its path's parameter of the same name and location.
fn parameters(item: &Node<'_>, node: &Node<'_>) -> Vec<Parameter> {
    let own: Vec<Parameter> = node
        .items_of("parameters")
        .map(|node| parameter(&node))
        .collect();
    let mut merged: Vec<Parameter> = item
        .items_of("parameters")
        .map(|node| parameter(&node))
        .filter(|inherited| {
            !own.iter()
                .any(|own| (&own.name, own.location) == (&inherited.name, inherited.location))
        })
        .collect();
    merged.extend(own);
    merged
}

fn parameter(node: &Node<'_>) -> Parameter {
    let node = node.resolve();
    let location = match node.text("in") {
        Some("path") => Location::Path,
        Some("header") => Location::Header,
        Some("cookie") => Location::Cookie,
        _ => Location::Query,
    };
    let style = node.text("style").unwrap_or(match location {
        Location::Path | Location::Header => "simple",
        Location::Query | Location::Cookie => "form",
    });
    let content = node.members_of("content").next();
    let explode = node.copy("explode").and_then(|explode| explode.as_bool());
    Parameter {
        name: node.text_or_empty("name"),
        location,
        required: node.flag("required"),
        explode: explode.unwrap_or(style == "form"),
        style: style.to_owned(),
        schema: content
            .as_ref()
            .map_or_else(|| node.copy("schema"), |(_, media)| media.copy("schema"))
            .unwrap_or_else(empty_schema),
        media_type: content.map(|(name, _)| name.to_owned()),
        description: node.text_or_empty("description"),
        example: node
            .copy("example")
            .or_else(|| examples(&node).into_iter().next().map(|(_, value)| value)),
        deprecated: node.flag("deprecated"),
        assumed: node.flag("x-assumed"),
        pointer: node.pointer.clone(),
    }
}

fn request_body(node: &Node<'_>) -> RequestBody {
    RequestBody {
        required: node.flag("required"),
        description: node.text_or_empty("description"),
        content: content(node),
    }
}

fn responses(node: &Node<'_>) -> Vec<Response> {
    node.members_of("responses")
        .filter_map(|(status, response)| Some((status_of(status)?, response.resolve())))
        .map(|(status, response)| Response {
            status,
            description: response.text_or_empty("description"),
            headers: response
                .members_of("headers")
                .map(|(name, header)| (name.to_owned(), header_schema(&header.resolve())))
                .collect(),
            content: content(&response),
            pointer: response.pointer.clone(),
        })
        .collect()
}

fn status_of(key: &str) -> Option<Status> {
    if key == "default" {
        return Some(Status::Default);
    }
    if let Some(digit) = key.strip_suffix("XX") {
        return digit.parse().ok().map(Status::Range);
    }
    key.parse().ok().map(Status::Code)
}

fn header_schema(header: &Node<'_>) -> Value {
    let content = header.members_of("content").next();
    content
        .map_or_else(|| header.copy("schema"), |(_, media)| media.copy("schema"))
        .unwrap_or_else(empty_schema)
}

fn content(owner: &Node<'_>) -> Vec<MediaType> {
    owner
        .members_of("content")
        .map(|(name, node)| MediaType {
            name: name.to_owned(),
            schema: node.copy("schema").unwrap_or_else(empty_schema),
            encoding: node.copy("encoding").unwrap_or(Value::Null),
            examples: examples(&node),
            pointer: node.pointer.clone(),
        })
        .collect()
}

fn examples(owner: &Node<'_>) -> Vec<(String, Value)> {
    if let Some(example) = owner.copy("example") {
        return vec![("default".to_owned(), example)];
    }
    owner
        .members_of("examples")
        .filter_map(|(name, example)| Some((name.to_owned(), example.resolve().copy("value")?)))
        .collect()
}

fn empty_schema() -> Value {
    Value::Object(Map::new())
}
