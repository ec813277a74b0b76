//! Redocly's `x-security`: the credentials that a step presents to the operation that it calls.

use super::template;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::Template;
use crate::model::{
    BasicEncoding, Presentation, Scheme, StepBody, StepCredential, StepCredentialValue,
};
use crate::openapi::Api;
use crate::spelling;

/// `x-security` of a step.
pub(super) fn read(
    step: &Node<'_>,
    body: Option<&StepBody>,
    api: &Api,
    diagnostics: &mut Diagnostics,
) -> Vec<StepCredential> {
    step.items_of("x-security")
        .filter_map(|node| credential(&node, body, api, diagnostics))
        .collect()
}

fn credential(
    node: &Node<'_>,
    body: Option<&StepBody>,
    api: &Api,
    diagnostics: &mut Diagnostics,
) -> Option<StepCredential> {
    let scheme = scheme(node, api, diagnostics)?;
    let values = node.get("values")?;
    check_names(&values, scheme, diagnostics);
    let mut value = |names: &[&str]| value(&values, names, scheme, diagnostics);
    let value = match &scheme.presentation {
        Presentation::Basic => {
            let (username, password) = (value(&["username"]), value(&["password"]));
            StepCredentialValue::Basic {
                username: username?,
                password: password?,
                encoding: scheme
                    .basic_encoding
                    .unwrap_or_else(|| default_encoding(body)),
            }
        }
        other => StepCredentialValue::Token(value(value_names(other))?),
    };
    Some(StepCredential {
        presentation: scheme.presentation.clone(),
        value,
    })
}

fn check_names(values: &Node<'_>, scheme: &Scheme, diagnostics: &mut Diagnostics) {
    let names = value_names(&scheme.presentation);
    for (name, value) in values.members() {
        if !names.contains(&name) {
            diagnostics.add(
                value.place(),
                format!("`{name}` is no value of the scheme `{}`", scheme.name),
                spelling::advice(name, names, &format!("write {}", names.join(" or "))),
            );
        }
    }
}

/// The value that goes by any of the names.
fn value(
    values: &Node<'_>,
    names: &[&str],
    scheme: &Scheme,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    let value = names.iter().find_map(|name| values.get(name));
    if value.is_none() {
        let names = names.join("` or `");
        diagnostics.add(
            values.place(),
            format!("the scheme `{}` needs `{names}`", scheme.name),
            "add it to `values`",
        );
    }
    value.map(|value| template(&value, diagnostics))
}

fn scheme<'a>(node: &Node<'_>, api: &'a Api, diagnostics: &mut Diagnostics) -> Option<&'a Scheme> {
    let Some(name) = node.get("schemeName") else {
        diagnostics.add(
            node.place(),
            "the token engine wants a scheme by its name",
            "describe the scheme in openapi.yaml and write `schemeName: ...`",
        );
        return None;
    };
    let text = name.value.as_str().unwrap_or_default();
    let found = api.schemes.iter().find(|scheme| scheme.name == text);
    if found.is_none() {
        let names: Vec<&str> = api
            .schemes
            .iter()
            .map(|scheme| scheme.name.as_str())
            .collect();
        diagnostics.add(
            name.value_place(),
            format!("`{text}` is no security scheme of openapi.yaml"),
            spelling::advice(
                text,
                &names,
                "describe it there under `components.securitySchemes`",
            ),
        );
    }
    found
}

/// What Redocly calls the values of a scheme.
fn value_names(presentation: &Presentation) -> &'static [&'static str] {
    match presentation {
        Presentation::Basic => &["username", "password"],
        Presentation::Word(_) => &["token", "accessToken"],
        Presentation::Header(_)
        | Presentation::Prefixed(..)
        | Presentation::Query(_)
        | Presentation::Cookie(_) => &["apiKey"],
    }
}

/// A request to a token endpoint or a revocation endpoint, in form encoding, writes Basic
/// credentials form-urlencoded (RFC 6749, 2.3.1; RFC 7009, 2.1).
fn default_encoding(body: Option<&StepBody>) -> BasicEncoding {
    let is_token_request = body.is_some_and(|body| {
        let essence = body.media_type.split(';').next().unwrap_or_default();
        essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            && matches!(&body.value, Template::Object(members)
                if members.iter().any(|(name, _)| matches!(name.as_str(), "grant_type" | "token")))
    });
    if is_token_request {
        BasicEncoding::Form
    } else {
        BasicEncoding::Plain
    }
}
