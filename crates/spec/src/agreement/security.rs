//! A step presents what the operation that it calls asks for.

use super::{Both, Call};
use crate::diagnostics::Diagnostics;
use crate::model::Requirement;

/// Complains where no alternative of the operation's security is met.
pub(super) fn check(call: &Call<'_>, both: &Both<'_>, diagnostics: &mut Diagnostics) {
    let alternatives = &call.operation.security;
    let is_met = |alternative: &Vec<Requirement>| {
        alternative
            .iter()
            .all(|requirement| presents(call, both, &requirement.scheme))
    };
    if alternatives.is_empty() || alternatives.iter().any(is_met) || asks_for_its_own_result(call) {
        return;
    }
    let wanted: Vec<String> = alternatives
        .iter()
        .map(|alternative| {
            let names: Vec<&str> = alternative
                .iter()
                .map(|requirement| requirement.scheme.as_str())
                .collect();
            names.join(" and ")
        })
        .collect();
    diagnostics.add(
        call.node.place(),
        format!(
            "`{}` asks for {}, which this step does not present",
            call.operation.id,
            wanted.join(" or ")
        ),
        "add `x-security` to the step; if the operation asks for nothing, say `security: []` there",
    );
}

/// A token operation that asks for the very token that it gives has only inherited the
/// document's `security`; it is called without.
fn asks_for_its_own_result(call: &Call<'_>) -> bool {
    let mut schemes = call.operation.security.iter().flatten();
    schemes.any(|requirement| requirement.scheme == call.workflow.scheme)
}

/// By `x-security`, or by a parameter that stands where the scheme's credential does.
fn presents(call: &Call<'_>, both: &Both<'_>, name: &str) -> bool {
    let Some(scheme) = both.api.schemes.iter().find(|scheme| scheme.name == name) else {
        return false;
    };
    let by_name = call
        .node
        .items_of("x-security")
        .any(|credential| credential.text("schemeName") == Some(name));
    by_name
        || call.step.parameters.iter().any(|parameter| {
            scheme
                .presentation
                .stands_at(parameter.location, &parameter.name)
        })
}
