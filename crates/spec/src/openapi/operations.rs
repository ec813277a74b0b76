//! Operations, with everything that their path, the document and `$ref`s say gathered.

use std::collections::HashMap;

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::{paths, servers};
use crate::criteria;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::is_header_name;
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
    let mut operations: Vec<Operation> = Vec::new();
    let mut ids = HashMap::new();
    check_requirements(root, schemes, diagnostics);
    for (path, item) in root.members_of("paths") {
        if path.starts_with("x-") {
            continue;
        }
        let item = item.resolve();
        for (method, node) in item.members() {
            if METHODS.contains(&method) {
                check_requirements(&node, schemes, diagnostics);
                let operation = operation(root, path, &item, method, &node, diagnostics);
                check_id(&operation, &node, &mut ids, diagnostics);
                paths::check_parameters(&operation, &node, diagnostics);
                operations.push(operation);
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
        path: paths::sent_path(path).to_owned(),
        servers: if own_servers.is_empty() {
            servers::read(item, diagnostics)
        } else {
            own_servers
        },
        security: security(node.get("security").or_else(|| root.get("security"))),
        parameters: parameters(item, node, diagnostics),
        body: node
            .get("requestBody")
            .map(|body| request_body(&body, diagnostics)),
        responses: responses(node, diagnostics),
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
pub(crate) fn made_id(method: &str, path: &str) -> String {
    let words = path
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase);
    std::iter::once(method.to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

/// An id names a method of the client and a module of its mocks, so that it has to stay unique
/// when it is written in snake case.
fn check_id(
    operation: &Operation,
    node: &Node<'_>,
    ids: &mut HashMap<String, String>,
    diagnostics: &mut Diagnostics,
) {
    let place = node.member_or_self("operationId").place();
    let id = &operation.id;
    let snake_case = id.to_snake_case();
    if snake_case.is_empty() {
        diagnostics.add(
            place,
            format!("`{id}` cannot name a method"),
            "write an `operationId` of letters and digits, such as `list_users`",
        );
    } else if let Some(earlier) = ids.insert(snake_case, id.clone()) {
        let message = if earlier == *id {
            format!("two operations are called `{id}`")
        } else {
            format!("`{id}` and `{earlier}` are the same in snake case")
        };
        diagnostics.add(place, message, "give one of them another `operationId`");
    }
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
fn parameters(item: &Node<'_>, node: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Parameter> {
    let own = listed_parameters(node, diagnostics);
    let mut merged = listed_parameters(item, diagnostics);
    merged.retain(|inherited| !own.iter().any(|own| is_same(own, inherited)));
    merged.extend(own);
    merged
}

fn is_same(left: &Parameter, right: &Parameter) -> bool {
    (&left.name, left.location) == (&right.name, right.location)
}

fn listed_parameters(owner: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for listed in owner.items_of("parameters") {
        let node = listed.resolve();
        if !is_kind(&listed, &node, &["name", "in"], "Parameter", diagnostics) {
            continue;
        }
        let parameter = parameter(&node);
        check_field_name(&parameter, &node, diagnostics);
        if parameters
            .iter()
            .any(|earlier| is_same(earlier, &parameter))
        {
            diagnostics.add(
                listed.place(),
                format!("the parameter `{}` is described twice", parameter.name),
                "delete one of the descriptions",
            );
        }
        parameters.push(parameter);
    }
    parameters
}

fn check_field_name(parameter: &Parameter, node: &Node<'_>, diagnostics: &mut Diagnostics) {
    let name = node.member_or_self("name");
    if parameter.name.is_empty() {
        diagnostics.add(name.place(), "a parameter without a name", "write its name");
        return;
    }
    if !matches!(parameter.location, Location::Header | Location::Cookie) {
        return;
    }
    if !is_header_name(&parameter.name) {
        diagnostics.add(
            name.value_place(),
            format!("`{}` is no name for a header or a cookie", parameter.name),
            "use letters, digits and !#$%&'*+-.^_`|~",
        );
    }
}

/// Whether a reference led to an object of the kind that is wanted.
fn is_kind(
    from: &Node<'_>,
    found: &Node<'_>,
    keys: &[&str],
    kind: &str,
    diagnostics: &mut Diagnostics,
) -> bool {
    let is_it = keys.iter().all(|key| found.get(key).is_some());
    if !is_it {
        diagnostics.add(
            from.member_or_self("$ref").value_place(),
            format!("this leads to no {kind} Object"),
            format!("refer to one that has {}", keys.join(" and ")),
        );
    }
    is_it
}

fn parameter(node: &Node<'_>) -> Parameter {
    let location = Location::read(node.text("in")).unwrap_or(Location::Query);
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
        description: node.text_or_empty("description"),
        example: examples(content.as_ref().map_or(node, |(_, media)| media))
            .into_iter()
            .next()
            .map(|(_, value)| value),
        media_type: content.map(|(name, _)| name.to_owned()),
        deprecated: node.flag("deprecated"),
        assumed: node.flag("x-assumed"),
        pointer: node.pointer.clone(),
    }
}

fn request_body(node: &Node<'_>, diagnostics: &mut Diagnostics) -> RequestBody {
    let body = node.resolve();
    is_kind(node, &body, &["content"], "Request Body", diagnostics);
    RequestBody {
        required: body.flag("required"),
        description: body.text_or_empty("description"),
        content: content(&body),
    }
}

fn responses(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Vec<Response> {
    let mut responses = Vec::new();
    for (key, node) in node.members_of("responses") {
        let Some(status) = status_of(key) else {
            continue;
        };
        let response = node.resolve();
        is_kind(&node, &response, &["description"], "Response", diagnostics);
        responses.push(Response {
            status,
            description: response.text_or_empty("description"),
            headers: response
                .members_of("headers")
                .map(|(name, header)| (name.to_owned(), header_schema(&header.resolve())))
                .collect(),
            content: content(&response),
            pointer: response.pointer.clone(),
        });
    }
    responses
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
