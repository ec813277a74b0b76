//! `tests/sandbox.rs` of a client crate: every way in and every operation is tried against the
//! sandbox, which serves the spec that the crate is made from, and against mocks.

use keyfob_spec::Diagnostics;
use keyfob_spec::model::{CredentialPart, Input, Presentation, Scheme, Spec, Workflow};
use proc_macro2::TokenStream;
use quote::quote;

use crate::auth::{Door, Kind, doors, scheme_variant};
use crate::manifest::relative;
use crate::names::{ident, library_name, unique, value_name};
use crate::print;
use crate::render::Layout;

/// The text of `tests/sandbox.rs`.
///
/// # Errors
///
/// The generator wrote Rust that does not parse.
pub(crate) fn render(layout: &Layout, spec: &Spec, trials: &str) -> Result<String, Diagnostics> {
    let library = ident(&library_name(&spec.name));
    let library = quote!(::#library);
    let folder = relative(&layout.out.join(&spec.name), &layout.specs.join(&spec.name));
    let doors = doors(spec);
    let workflows: Vec<(&Door<'_>, &Workflow)> = doors
        .iter()
        .filter_map(|door| match door.kind {
            Kind::Workflow(workflow) => Some((door, workflow)),
            Kind::Ready(_) => None,
        })
        .collect();
    let mut taken = Vec::new();
    let names = workflows.iter();
    let names = names.map(|(_, workflow)| unique(value_name(&workflow.id), &mut taken));
    let names: Vec<String> = names.collect();
    let tests = names.iter().map(|name| test(name));
    let ways = workflows
        .iter()
        .zip(&names)
        .map(|((door, workflow), name)| way(spec, &library, &doors, (door, workflow), name));
    let idents: Vec<_> = names.iter().map(|name| ident(name)).collect();
    let keys = doors.iter().filter_map(|door| match door.kind {
        Kind::Workflow(_) => None,
        Kind::Ready(scheme) => Some(ready(&library, door, scheme)),
    });
    let operations = (!spec.operations.is_empty()).then(|| {
        quote! {
            #[test]
            fn every_request_and_answer_passes_through_mock_and_client_unchanged() {
                ::keyfob_trials::round_trips(&folder(), OPERATIONS, client);
            }

            #[tokio::test]
            async fn every_operation_answers_as_documented() {
                ::keyfob_trials::served(&folder(), &[#(way::#idents),*], OPERATIONS, client).await;
            }

            fn client(
                url: &str,
                key: &dyn ::std::ops::Fn(&str) -> ::keyfob_trials::Key,
            ) -> #library::Client {
                let builder = #library::Client::builder().base_url(url).retries(0);
                #(#keys)*
                builder.build().unwrap()
            }
        }
    });
    let file = print::file(
        spec,
        "Every way in and every operation, tried against the sandbox and against mocks.",
        quote! {
            #![allow(clippy::all, dead_code, deprecated, unused_assignments, unused_imports, unused_mut, unused_variables)]

            #(#tests)*

            #operations

            /// The ways in.
            mod way {
                #(#ways)*
            }

            fn folder() -> ::std::path::PathBuf {
                ::std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(#folder)
            }
        },
    )?;
    Ok(format!("{file}\n{trials}"))
}

/// One workflow: the token that it gets is one that the sandbox takes.
fn test(name: &str) -> TokenStream {
    let way = ident(name);
    let name = ident(&format!("{name}_gets_a_token_that_the_api_takes"));
    quote! {
        #[tokio::test]
        async fn #name() {
            ::keyfob_trials::way_in(&folder(), way::#way).await;
        }
    }
}

/// One workflow, run by a client, and what it presents.
fn way(
    spec: &Spec,
    library: &TokenStream,
    doors: &[Door<'_>],
    (door, workflow): (&Door<'_>, &Workflow),
    name: &str,
) -> TokenStream {
    let name = ident(name);
    let id = &workflow.id;
    let scheme = &workflow.scheme;
    let variant = scheme_variant(spec, scheme);
    let credential = credential(library, door);
    let borrowed = workflow
        .inputs
        .iter()
        .filter_map(|input| borrowed(library, doors, input));
    quote! {
        pub fn #name<'s>(
            stage: &'s ::keyfob_trials::Stage,
        ) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = ()> + 's>> {
            ::std::boxed::Box::pin(async move {
                let given = stage.inputs(#id);
                let client = #library::Client::builder()
                    .base_url(stage.base_url())
                    .credentials(#credential)
                    #(.credentials(#borrowed))*
                    .build()
                    .unwrap();
                let authorization = client.authorization(#library::Scheme::#variant).await.unwrap();
                assert!(stage.takes(#scheme, &authorization));
            })
        }
    }
}

/// A ready credential, given to the builder of a client.
fn ready(library: &TokenStream, door: &Door<'_>, scheme: &Scheme) -> TokenStream {
    let name = ident(&door.name);
    let key = &scheme.name;
    let arguments = match scheme.presentation {
        Presentation::Basic => quote!(key(#key).username, key(#key).value),
        _ => quote!(key(#key).value),
    };
    quote!(let builder = builder.credentials(#library::#name::new(#arguments));)
}

/// The workflow's own credential, with what the sandbox takes.
fn credential(library: &TokenStream, door: &Door<'_>) -> TokenStream {
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
    quote!(#library::#name::new(#(#arguments),*)#(#options)*)
}

/// Whether an input's value is text.
fn is_text(input: &Input) -> bool {
    let kind = input.schema.get("type").and_then(|kind| kind.as_str());
    !matches!(kind, Some("integer" | "number" | "boolean"))
}

/// Another scheme's credential that an input takes, as a ready one.
fn borrowed(library: &TokenStream, doors: &[Door<'_>], input: &Input) -> Option<TokenStream> {
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
        (Presentation::Basic, _) => {
            Some(quote!(#library::#name::new(given[#input].as_str(), "sandbox")))
        }
        _ => Some(quote!(#library::#name::new(given[#input].as_str()))),
    }
}
