//! `x-pagination` names parameters of the operation and members of its answer.

use super::outputs::{has_body, pointer_advice, successes};
use crate::diagnostics::Diagnostics;
use crate::document::Document;
use crate::model::{Location, Operation};
use crate::openapi::Api;
use crate::spelling;

/// Checks the pagination of every operation.
pub(super) fn check(api: &Api, openapi: &Document, diagnostics: &mut Diagnostics) {
    for operation in &api.operations {
        let Some(node) = openapi.at(&operation.pointer) else {
            continue;
        };
        if let Some(page) = node.get("x-pagination").and_then(|node| node.get("page"))
            && node.member_or_self("x-pagination").get("first").is_none()
            && !has_default(operation, page.value.as_str().unwrap_or_default(), openapi)
        {
            diagnostics.add(
                page.value_place(),
                "nothing says which number the first page has",
                "add `first: 1` or `first: 0`, or give the parameter a `default`",
            );
        }
        for (key, value) in node.members_of("x-pagination") {
            let text = value.value.as_str().unwrap_or_default();
            let (is_there, help) = match key {
                "limit" | "offset" | "page" | "cursor" => (
                    query_names(operation).any(|name| name == text),
                    spelling::advice(
                        text,
                        &query_names(operation).collect::<Vec<_>>(),
                        "name a parameter of the operation that stands in the query",
                    ),
                ),
                "items" | "next" => (
                    has_body(&successes(operation), text, openapi),
                    pointer_advice(
                        text,
                        &successes(operation),
                        openapi,
                        "write a pointer into the answer, such as `/items`",
                    ),
                ),
                _ => continue,
            };
            if !is_there {
                diagnostics.add(
                    value.value_place(),
                    format!("`{}` is not documented to have `{text}`", operation.id),
                    help,
                );
            }
        }
    }
}

/// Whether a call without the parameter is one with a number that the document names.
fn has_default(operation: &Operation, name: &str, openapi: &Document) -> bool {
    let mut parameters = operation.parameters.iter();
    let parameter = parameters
        .find(|parameter| parameter.location == Location::Query && parameter.name == name);
    // A name that there is none for is complained of anyway.
    parameter.is_none_or(|parameter| {
        let schema = openapi
            .at(&parameter.pointer)
            .and_then(|node| node.get("schema"));
        let default = schema.and_then(|schema| schema.resolve().copy("default"));
        default.is_some_and(|default| default.is_u64())
    })
}

fn query_names(operation: &Operation) -> impl Iterator<Item = &str> {
    let parameters = operation.parameters.iter();
    parameters
        .filter(|parameter| parameter.location == Location::Query)
        .map(|parameter| parameter.name.as_str())
}
