//! `x-pagination` names parameters of the operation and members of its answer.

use super::outputs::{has_body, successes};
use crate::diagnostics::Diagnostics;
use crate::document::Document;
use crate::model::{Location, Operation};
use crate::openapi::Api;

/// Checks the pagination of every operation.
pub(super) fn check(api: &Api, openapi: &Document, diagnostics: &mut Diagnostics) {
    for operation in &api.operations {
        let Some(node) = openapi.at(&operation.pointer) else {
            continue;
        };
        for (key, value) in node.members_of("x-pagination") {
            let text = value.value.as_str().unwrap_or_default();
            let (is_there, help) = match key {
                "limit" | "offset" | "cursor" => (
                    has_query(operation, text),
                    "name a parameter of the operation that stands in the query",
                ),
                "items" | "next" => (
                    has_body(&successes(operation), text, openapi),
                    "write a pointer into the answer, such as `/items`",
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

fn has_query(operation: &Operation, name: &str) -> bool {
    operation
        .parameters
        .iter()
        .any(|parameter| parameter.location == Location::Query && parameter.name == name)
}
