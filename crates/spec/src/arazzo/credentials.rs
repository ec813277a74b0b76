//! Redocly's `x-security`: the credentials that a step presents to the operation that it calls.

use super::template;
use crate::diagnostics::Diagnostics;
use crate::document::Node;
use crate::expression::Template;
use crate::model::{BasicEncoding, Presentation, StepBody, StepCredential, StepCredentialValue};
use crate::openapi::Api;

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
    let name = node.text("schemeName").unwrap_or_default();
    let Some(scheme) = api.schemes.iter().find(|scheme| scheme.name == name) else {
        diagnostics.add(
            node.get("schemeName")
                .unwrap_or_else(|| node.clone())
                .place(),
            format!("`{name}` is no security scheme of openapi.yaml"),
            "describe it there under `components.securitySchemes`",
        );
        return None;
    };
    let values = node.get("values")?;
    let mut value = |key: &str| values.get(key).map(|value| template(&value, diagnostics));
    let value = match scheme.presentation {
        Presentation::Basic => StepCredentialValue::Basic {
            username: value("username")?,
            password: value("password")?,
            encoding: scheme
                .basic_encoding
                .unwrap_or_else(|| default_encoding(body)),
        },
        Presentation::Word(_) => {
            StepCredentialValue::Token(value("token").or_else(|| value("accessToken"))?)
        }
        Presentation::Header(_) | Presentation::Query(_) | Presentation::Cookie(_) => {
            StepCredentialValue::Token(value("apiKey")?)
        }
    };
    Some(StepCredential {
        presentation: scheme.presentation.clone(),
        value,
    })
}

/// A token request in form encoding writes Basic credentials form-urlencoded (RFC 6749, 2.3.1).
fn default_encoding(body: Option<&StepBody>) -> BasicEncoding {
    let is_token_request = body.is_some_and(|body| {
        body.media_type
            .starts_with("application/x-www-form-urlencoded")
            && matches!(&body.value, Template::Object(members)
                if members.iter().any(|(name, _)| name == "grant_type"))
    });
    if is_token_request {
        BasicEncoding::Form
    } else {
        BasicEncoding::Plain
    }
}
