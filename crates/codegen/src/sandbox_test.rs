//! `tests/sandbox.rs` of a client crate: every way in is tried against the sandbox, which
//! serves the spec that the crate is made from.

use keyfob_spec::Diagnostics;
use keyfob_spec::model::{CredentialPart, Input, Presentation, Spec, Workflow};
use proc_macro2::TokenStream;
use quote::quote;

use crate::auth::{Door, Kind, doors, scheme_variant};
use crate::manifest::relative;
use crate::names::{ident, library_name, value_name};
use crate::print;
use crate::render::Layout;

/// The text of `tests/sandbox.rs`.
///
/// # Errors
///
/// The generator wrote Rust that does not parse.
pub(crate) fn render(layout: &Layout, spec: &Spec) -> Result<String, Diagnostics> {
    let library = ident(&library_name(&spec.name));
    let folder = relative(&layout.out.join(&spec.name), &layout.specs.join(&spec.name));
    let doors = doors(spec);
    let tests = doors.iter().filter_map(|door| match door.kind {
        Kind::Workflow(workflow) => Some(test(spec, &doors, door, workflow)),
        Kind::Ready(_) => None,
    });
    print::file(
        spec,
        "Every way in, tried against the sandbox.",
        quote! {
            #![allow(unused_imports, dead_code)]

            use #library::*;

            #(#tests)*

            async fn sandbox() -> keyfob_sandbox::Sandbox {
                let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(#folder);
                let spec = keyfob_sandbox::read(&folder).unwrap();
                keyfob_sandbox::Sandbox::start(vec![spec]).await.unwrap()
            }
        },
    )
}

/// One workflow: the token that it gets is one that the sandbox takes.
fn test(spec: &Spec, doors: &[Door<'_>], door: &Door<'_>, workflow: &Workflow) -> TokenStream {
    let name = ident(&value_name(&format!(
        "{}_gets_a_token_that_the_api_takes",
        workflow.id
    )));
    let api = &spec.name;
    let id = &workflow.id;
    let scheme = &workflow.scheme;
    let variant = scheme_variant(spec, scheme);
    let credential = credential(door);
    let borrowed = workflow
        .inputs
        .iter()
        .filter_map(|input| borrowed(doors, input));
    quote! {
        #[tokio::test]
        async fn #name() {
            let sandbox = sandbox().await;
            let given = sandbox.inputs(#api, #id);
            let client = Client::builder()
                .base_url(sandbox.base_url(#api))
                .credentials(#credential)
                #(.credentials(#borrowed))*
                .build()
                .unwrap();
            let authorization = client.authorization(Scheme::#variant).await.unwrap();
            let mut request = sandbox.blank_request();
            authorization.apply(&mut request);
            assert!(sandbox.takes(#api, #scheme, &request));
        }
    }
}

/// The workflow's own credential, with what the sandbox takes.
fn credential(door: &Door<'_>) -> TokenStream {
    let name = ident(&door.name);
    let arguments = door.inputs().map(|input| {
        let name = &input.name;
        if is_text(input) {
            quote!(given[#name].as_str())
        } else {
            quote!(given[#name].parse().unwrap())
        }
    });
    let options = door
        .options()
        .filter(|(input, _)| is_text(input) && input.example.is_some());
    let options = options.map(|(input, method)| {
        let method = ident(&method);
        let input = &input.name;
        quote!(.#method(given[#input].as_str()))
    });
    quote!(#name::new(#(#arguments),*)#(#options)*)
}

/// Whether an input's value is text.
fn is_text(input: &Input) -> bool {
    let kind = input.schema.get("type").and_then(|kind| kind.as_str());
    !matches!(kind, Some("integer" | "number" | "boolean"))
}

/// Another scheme's credential that an input takes, as a ready one.
fn borrowed(doors: &[Door<'_>], input: &Input) -> Option<TokenStream> {
    let wanted = input.credential.as_ref()?;
    let door = doors
        .iter()
        .find(|door| matches!(door.kind, Kind::Ready(scheme) if scheme.name == wanted.scheme))?;
    let Kind::Ready(scheme) = door.kind else {
        return None;
    };
    let name = ident(&door.name);
    let input = &input.name;
    match (&scheme.presentation, wanted.part) {
        (Presentation::Basic, CredentialPart::Password) => None,
        (Presentation::Basic, _) => Some(quote!(#name::new(given[#input].as_str(), "sandbox"))),
        _ => Some(quote!(#name::new(given[#input].as_str()))),
    }
}
