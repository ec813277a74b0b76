//! The operations as constants of the runtime.

use keyfob_spec::Spec;
use keyfob_spec::model::{Location, Operation, Parameter, Requirement};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::operation::{Body, Call, Encoding, essence, is_json};
use super::schemas::Schemas;
use crate::auth::constants::{condition, endpoint};
use crate::auth::scheme_constant;
use crate::documentation;
use crate::names::ident;
use crate::print::Source;
use crate::unsupported::Failure;

/// Adds the module `operations`.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn operations(
    source: &mut Source<'_>,
    spec: &Spec,
    calls: &[Call<'_>],
) -> Result<(), Failure> {
    let has_schemes = !spec.schemes.is_empty();
    let module = |constants| {
        let schemes = has_schemes.then(|| quote! { use crate::auth::schemes; });
        quote! {
            /// The operations as the runtime reads them.
            pub mod operations {
                use ::keyfob_runtime::auth::api::*;
                use ::keyfob_runtime::auth::condition::*;
                use ::keyfob_runtime::{Body, BodyType, Encoding, Field, Operation, Parameter, Repeat, Style};

                #schemes

                #constants
            }
        }
    };
    source.add_block(module, calls, |call| constant(spec, call))
}

/// Tells of the parameters that are not written as the document says.
pub(crate) fn note_unwritten(calls: &[Call<'_>], schemas: &mut Schemas<'_>) {
    for parameter in calls.iter().flat_map(|call| &call.operation.parameters) {
        match &parameter.media_type {
            Some(media_type) if !is_json(&essence(media_type)) => {
                let what =
                    format!("`{media_type}` is not written; the value stands there as it is");
                schemas.rewrite("parameter-media-types", &parameter.pointer, what);
            }
            None if style(&parameter.style).is_none() => {
                let what = format!(
                    "the style `{}` is not written; the default style of its place is",
                    parameter.style
                );
                schemas.rewrite("parameter-styles", &parameter.pointer, what);
            }
            _ => {}
        }
    }
}

fn constant(spec: &Spec, call: &Call<'_>) -> TokenStream {
    let operation = call.operation;
    let about = documentation::attributes(&format!(
        "`{} {}`",
        operation.method,
        operation.path.replace('`', "")
    ));
    let name = ident(&call.constant);
    let endpoint = endpoint(operation);
    let security = operation.security.iter().map(|schemes| {
        let schemes = schemes.iter().map(|one| requirement(spec, one));
        quote!(&[#(#schemes),*])
    });
    let parameters: Vec<TokenStream> = operation
        .parameters
        .iter()
        .map(|parameter| self::parameter(spec, parameter))
        .collect();
    let body = match &call.body {
        Some(body) => {
            let body = self::body(body);
            quote!(Some(#body))
        }
        None => quote!(None),
    };
    let accept = &call.answers.accept;
    let success = operation.success_criteria.iter().map(condition);
    let repeat = repeat(spec, operation);
    quote! {
        #about
        pub static #name: Operation = Operation {
            endpoint: #endpoint,
            security: &[#(#security),*],
            parameters: &[#(#parameters),*],
            body: #body,
            accept: &[#(#accept),*],
            success: &[#(#success),*],
            repeat: #repeat,
        };
    }
}

fn requirement(spec: &Spec, requirement: &Requirement) -> TokenStream {
    let scheme = scheme_constant(spec, &requirement.scheme);
    let scopes = &requirement.scopes;
    quote!(Requirement { scheme: &schemes::#scheme, scopes: &[#(#scopes),*] })
}

/// A parameter, and where it differs from what is usual in its place.
fn parameter(spec: &Spec, parameter: &Parameter) -> TokenStream {
    let name = &parameter.name;
    let (place, usual, explodes) = match parameter.location {
        Location::Path => (quote!(path), "simple", false),
        Location::Query => (quote!(query), "form", true),
        Location::Header => (quote!(header), "simple", false),
        Location::Cookie => (quote!(cookie), "form", true),
    };
    let is_json = |media_type: &String| is_json(&essence(media_type));
    let style = match &parameter.media_type {
        Some(media_type) => is_json(media_type).then(|| quote!(Style::Json)),
        None if parameter.style == usual => None,
        None => style(&parameter.style),
    };
    let styled = style.map(|style| quote!(.styled(#style)));
    let explode = parameter.explode;
    let exploded = (explode != explodes).then(|| quote!(.exploded(#explode)));
    let is_path = matches!(parameter.location, Location::Path);
    let required = (parameter.required && !is_path).then(|| quote!(.required()));
    let described = spec.document.pointer(&parameter.pointer);
    let reserved = described
        .and_then(|parameter| parameter.get("allowReserved"))
        .and_then(Value::as_bool)
        .unwrap_or_default()
        .then(|| quote!(.reserved()));
    quote!(Parameter::#place(#name)#styled #exploded #required #reserved)
}

fn style(name: &str) -> Option<TokenStream> {
    Some(match name {
        "form" => quote!(Style::Form),
        "simple" => quote!(Style::Simple),
        "label" => quote!(Style::Label),
        "matrix" => quote!(Style::Matrix),
        "spaceDelimited" => quote!(Style::SpaceDelimited),
        "pipeDelimited" => quote!(Style::PipeDelimited),
        "deepObject" => quote!(Style::DeepObject),
        _ => return None,
    })
}

fn body(body: &Body<'_>) -> TokenStream {
    let required = body.required;
    let all = || {
        body.media
            .iter()
            .chain(body.others.iter().map(|other| &other.media))
    };
    let media = all().map(|one| {
        let name = &one.media.name;
        let encoding = match one.encoding {
            Encoding::Json => quote!(Encoding::Json),
            Encoding::Form => quote!(Encoding::Form),
            Encoding::Multipart => quote!(Encoding::Multipart),
            Encoding::Text => quote!(Encoding::Text),
            Encoding::Bytes => quote!(Encoding::Bytes),
        };
        quote!(BodyType { name: #name, encoding: #encoding })
    });
    let mut fields: Vec<(&String, &Value)> = Vec::new();
    for (name, encoding) in all()
        .filter_map(|one| one.media.encoding.as_object())
        .flatten()
    {
        if fields.iter().all(|(known, _)| *known != name) {
            fields.push((name, encoding));
        }
    }
    let fields = fields
        .into_iter()
        .map(|(name, encoding)| field(name, encoding));
    quote!(Body { media_types: &[#(#media),*], required: #required, fields: &[#(#fields),*] })
}

fn field(name: &str, encoding: &Value) -> TokenStream {
    let content_type = option(
        encoding
            .get("contentType")
            .and_then(Value::as_str)
            .map(|text| quote!(#text)),
    );
    let style = option(
        encoding
            .get("style")
            .and_then(Value::as_str)
            .and_then(style),
    );
    let explode = option(
        encoding
            .get("explode")
            .and_then(Value::as_bool)
            .map(|explode| quote!(#explode)),
    );
    quote!(Field { name: #name, content_type: #content_type, style: #style, explode: #explode })
}

/// Whether an operation may be sent more than once: as its extensions say, or else its verb.
fn repeat(spec: &Spec, operation: &Operation) -> TokenStream {
    if let Some(header) = spec.idempotency_key(operation) {
        return quote!(Repeat::Keyed(#header));
    }
    let extensions = spec.document.pointer(&operation.pointer);
    let repeat = extensions.and_then(|operation| operation.get("x-repeat"));
    match repeat.and_then(Value::as_str) {
        Some("safe") => return quote!(Repeat::Safe),
        Some("idempotent") => return quote!(Repeat::Idempotent),
        Some("never") => return quote!(Repeat::Never),
        _ => {}
    }
    match operation.method.as_str() {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" => quote!(Repeat::Safe),
        "PUT" | "DELETE" => quote!(Repeat::Idempotent),
        _ => quote!(Repeat::Never),
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}
