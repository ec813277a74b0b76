//! The values of workflow inputs that the sandbox takes for right.

use keyfob_spec::{CredentialPart, Expression, Input, Piece, Spec, Template, Workflow};
use serde_json::Value;

use crate::condition::text;
use crate::example;

/// What an input stands for, as far as the sandbox treats it in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning<'a> {
    /// `x-credential`: another scheme's credential.
    Credential(&'a str, CredentialPart),
    /// An authorization code that the authorize page has issued.
    Code,
    /// Belongs to the code, which the sandbox compares it with.
    BoundToCode,
    /// A refresh token.
    RefreshToken,
    /// The token that is to be renewed.
    OldToken,
    /// A token, of whatever kind, that is given back.
    GivenBack,
    /// Right if it is the example.
    Plain,
}

/// What this input stands for.
pub(crate) fn meaning<'a>(spec: &Spec, workflow: &Workflow, input: &'a Input) -> Meaning<'a> {
    if let Some(credential) = &input.credential {
        return Meaning::Credential(&credential.scheme, credential.part);
    }
    match input.name.as_str() {
        "code" if has_code(spec, workflow) => Meaning::Code,
        "redirect_uri" | "code_verifier" if has_code(spec, workflow) => Meaning::BoundToCode,
        "refresh_token" => Meaning::RefreshToken,
        "access_token" => Meaning::OldToken,
        "token" if workflow.gives_back() => Meaning::GivenBack,
        _ => Meaning::Plain,
    }
}

/// Whether the workflow takes a code from the scheme's authorize page.
pub(crate) fn has_code(spec: &Spec, workflow: &Workflow) -> bool {
    let scheme = spec.scheme(&workflow.scheme);
    scheme.is_some_and(|scheme| scheme.authorize.is_some()) && input(workflow, "code").is_some()
}

/// The input of this name.
pub(crate) fn input<'a>(workflow: &'a Workflow, name: &str) -> Option<&'a Input> {
    workflow.inputs.iter().find(|input| input.name == name)
}

/// The example of an input as text, or a value made from its schema where it has none.
pub(crate) fn example_text(spec: &Spec, input: &Input) -> String {
    let value = match &input.example {
        Some(example) => example.clone(),
        None => example::from_schema(spec, &input.schema),
    };
    text(&value).unwrap_or_default()
}

/// Whether a plain input has a right value: its example, its default, or any value of an
/// `enum`.
pub(crate) fn is_right(spec: &Spec, input: &Input, value: &str) -> bool {
    let listed = input.schema.get("enum").and_then(Value::as_array);
    value == example_text(spec, input)
        || input.default.as_ref().and_then(text).as_deref() == Some(value)
        || listed.is_some_and(|values| {
            values
                .iter()
                .any(|listed| text(listed).as_deref() == Some(value))
        })
}

/// The text of a template with the inputs' examples; `None` if it reads anything but inputs.
pub(crate) fn with_examples(
    spec: &Spec,
    workflow: &Workflow,
    template: &Template,
) -> Option<String> {
    match template {
        Template::String(text) => Some(text.clone()),
        Template::Integer(number) => Some(number.to_string()),
        Template::Expression(expression) => expression_with_example(spec, workflow, expression),
        Template::Text(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.clone()),
                Piece::Expression(expression) => {
                    expression_with_example(spec, workflow, expression)
                }
            })
            .collect(),
        _ => None,
    }
}

fn expression_with_example(
    spec: &Spec,
    workflow: &Workflow,
    expression: &Expression,
) -> Option<String> {
    let Expression::Input(name) = expression else {
        return None;
    };
    let input = input(workflow, name)?;
    (meaning(spec, workflow, input) == Meaning::Plain).then(|| example_text(spec, input))
}
