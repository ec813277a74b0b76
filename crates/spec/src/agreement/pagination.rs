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

fn query_names(operation: &Operation) -> impl Iterator<Item = &str> {
    let parameters = operation.parameters.iter();
    parameters
        .filter(|parameter| parameter.location == Location::Query)
        .map(|parameter| parameter.name.as_str())
}
