//! A step's output that reads the header `Set-Cookie` stands for the value of one cookie.
//!
//! An answer can set several cookies, and the header says more about each than its value. Which
//! one is meant follows from where the output goes: a cookie that carries it has its name.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::document::Document;
use crate::expression::{Expression, Template};
use crate::model::{Location, Presentation, Scheme, StepCredentialValue, Workflow};

/// Replaces each `$response.header.Set-Cookie` among the outputs of steps by the cookie that is
/// meant.
///
/// # Errors
///
/// No cookie carries the output, or cookies of several names do.
pub(crate) fn resolve(
    workflows: &mut [Workflow],
    schemes: &[Scheme],
    arazzo: &Document,
) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    for (workflow, node) in workflows
        .iter_mut()
        .zip(arazzo.root().items_of("workflows"))
    {
        let carriers = Carriers::of(workflow, schemes);
        for (step, node) in workflow.steps.iter_mut().zip(node.items_of("steps")) {
            let outputs = step.outputs.iter_mut();
            for ((name, expression), (_, node)) in outputs.zip(node.members_of("outputs")) {
                if !reads_set_cookie(expression) {
                    continue;
                }
                let mut cookies = carriers.cookies(&step.id, name).into_iter();
                match (cookies.next(), cookies.next()) {
                    (Some(cookie), None) => *expression = Expression::Cookie(cookie.to_owned()),
                    (Some(one), Some(other)) => diagnostics.add(
                        node.value_place(),
                        format!("this goes into the cookies `{one}` and `{other}`"),
                        "write an output of its own for each cookie",
                    ),
                    (None, _) => diagnostics.add(
                        node.value_place(),
                        "`Set-Cookie` does not say which cookie's value is meant",
                        "let a cookie of that name carry it: a scheme that is an `apiKey` \
                         `in: cookie`, or a later step's parameter `in: cookie`",
                    ),
                }
            }
        }
    }
    diagnostics.or_ok(())
}

fn reads_set_cookie(expression: &Expression) -> bool {
    matches!(expression, Expression::Header(name) if name.eq_ignore_ascii_case("set-cookie"))
}

/// The cookies that carry an expression's value, by their names.
struct Carriers(Vec<(Expression, String)>);

impl Carriers {
    fn of(workflow: &Workflow, schemes: &[Scheme]) -> Self {
        let mut carriers = Vec::new();
        let own = schemes.iter().find(|scheme| scheme.name == workflow.scheme);
        if let Some(Presentation::Cookie(cookie)) = own.map(|scheme| &scheme.presentation) {
            let tokens = workflow
                .outputs
                .iter()
                .filter(|(name, _)| name == "access_token");
            carriers.extend(tokens.map(|(_, token)| (token.clone(), cookie.clone())));
        }
        for step in &workflow.steps {
            for parameter in &step.parameters {
                if let (Location::Cookie, Template::Expression(value)) =
                    (parameter.location, &parameter.value)
                {
                    carriers.push((value.clone(), parameter.name.clone()));
                }
            }
            for credential in &step.credentials {
                if let (
                    Presentation::Cookie(cookie),
                    StepCredentialValue::Token(Template::Expression(value)),
                ) = (&credential.presentation, &credential.value)
                {
                    carriers.push((value.clone(), cookie.clone()));
                }
            }
        }
        Self(carriers)
    }

    /// The names of the cookies that carry an output of a step.
    fn cookies(&self, step: &str, output: &str) -> BTreeSet<&str> {
        let is_it = |expression: &Expression| matches!(expression, Expression::StepOutput { step: of, output: named } if of == step && named == output);
        let carriers = self.0.iter().filter(|(expression, _)| is_it(expression));
        carriers.map(|(_, cookie)| cookie.as_str()).collect()
    }
}
