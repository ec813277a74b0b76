//! `x-success-criteria` and `x-refused-when` read answers that are documented.

use super::outputs::{has_body, no_answer, pointer_advice};
use crate::diagnostics::Diagnostics;
use crate::document::{Document, Node};
use crate::expression::{Condition, Expression};
use crate::model::Response;
use crate::openapi::Api;
use crate::place::join;

/// Checks the criteria of operations and of security schemes.
pub(super) fn check(api: &Api, openapi: &Document, diagnostics: &mut Diagnostics) {
    for operation in &api.operations {
        let Some(node) = openapi.at(&operation.pointer) else {
            continue;
        };
        let responses: Vec<&Response> = operation.responses.iter().collect();
        let criteria = node.items_of("x-success-criteria");
        for (condition, node) in operation.success_criteria.iter().zip(criteria) {
            for (pointer, place) in pointers(condition, &node, diagnostics) {
                if !has_body(&responses, pointer, openapi) {
                    no_answer(pointer, operation, &place, openapi, diagnostics);
                }
            }
        }
    }
    let all: Vec<&Response> = api
        .operations
        .iter()
        .flat_map(|operation| &operation.responses)
        .collect();
    for scheme in &api.schemes {
        let Some(node) = openapi.at(&join("/components/securitySchemes", &scheme.name)) else {
            continue;
        };
        let criteria = node
            .resolve()
            .items_of("x-refused-when")
            .collect::<Vec<_>>();
        for (condition, node) in scheme.refused_when.iter().zip(criteria) {
            for (pointer, place) in pointers(condition, &node, diagnostics) {
                if !has_body(&all, pointer, openapi) {
                    diagnostics.add(
                        place.value_place(),
                        format!("no answer of any operation is documented to have `{pointer}`"),
                        pointer_advice(
                            pointer,
                            &all,
                            openapi,
                            "correct the pointer, or describe the answer that refuses the token",
                        ),
                    );
                }
            }
        }
    }
}

/// The pointers into the body that a condition reads.
fn pointers<'a, 'n>(
    condition: &'a Condition,
    node: &Node<'n>,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a str, Node<'n>)> {
    let place = node.member_or_self("condition");
    let mut pointers = Vec::new();
    condition.expressions(&mut |expression| match expression {
        Expression::Body(pointer) => pointers.push((pointer.as_str(), place.clone())),
        Expression::Input(_) | Expression::StepOutput { .. } => diagnostics.add(
            place.value_place(),
            "there are no inputs and no steps outside a workflow",
            "read the answer: $statusCode, $response.body#/..., $response.header...",
        ),
        Expression::StatusCode | Expression::Header(_) | Expression::Cookie(_) => {}
    });
    pointers
}
