//! `examples/every_operation_of_<api>.rs` of a client crate: a program that calls every operation with
//! values that the document describes.
//!
//! It shows how each operation is called, and holds the client against any server that judges
//! requests by the document, such as Prism.

mod pattern;
mod sample;

use std::collections::BTreeMap;

use keyfob_spec::model::{Presentation, Spec};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::operation::{Body, Call, Encoding};
use crate::auth::{Door, Kind, doors};
use crate::names::{example_name, ident, library_name};
use crate::print::{self, Source};
use crate::unsupported::Failure;

/// The text of the example.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn render(spec: &Spec, calls: &[Call<'_>]) -> Result<String, Failure> {
    let mut source = Source::of(spec);
    source.add(program(spec))?;
    let list = |entries| {
        quote! {
            /// The operations, in document order.
            const CALLS: &[(&str, for<'c> fn(&'c Client) -> Running<'c>)] = &[#entries];
        }
    };
    source.add_list(list, calls, entry)?;
    let module = |functions| {
        quote! {
            mod calls {
                use super::*;

                #functions
            }
        }
    };
    source.add_block(module, calls, |call| function(spec, call))?;
    let about = "Calls every operation of a server with values that the document describes.";
    Ok(print::text(spec, about, source.finish()))
}

/// What runs the calls.
fn program(spec: &Spec) -> TokenStream {
    let library = ident(&library_name(&spec.name));
    let credentials = credentials(spec);
    let command = format!(
        " cargo run --example {} -- http://127.0.0.1:4010",
        example_name(&spec.name)
    );
    quote! {
        //!
        //! It shows how each operation is called, and tries a server on this machine, since it
        //! calls what sends, changes and deletes, too:
        //!
        //! ```text
        #![doc = #command]
        //! ```
        //!
        //! It prints a line for each operation, with tabs between its parts: the id, the
        //! status, what the server's header `sl-violations` says (Prism names there what
        //! breaks the document), and `ok` or the error. `-` stands for what there is not.
        #![allow(clippy::all, dead_code, deprecated, missing_docs, unused_imports)]

        use std::future::Future;
        use std::pin::Pin;
        use std::sync::{Arc, Mutex};
        use std::time::Duration;

        use #library::runtime::{Attempt, Hook, Outcome};
        use #library::*;

        /// It calls what sends, changes and deletes, too.
        const HERE: &[&str] = &["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];

        #[tokio::main]
        async fn main() {
            let server = std::env::args().nth(1).unwrap_or_default();
            if !HERE.iter().any(|here| server.starts_with(here)) {
                eprintln!("give the address of a server on this machine, for example http://127.0.0.1:4010");
                std::process::exit(2);
            }
            let seen = Seen::default();
            let client = match client(&server, seen.clone()) {
                Ok(client) => client,
                Err(error) => {
                    eprintln!("{error}");
                    std::process::exit(2);
                }
            };
            for (operation, call) in CALLS {
                let outcome = call(&client).await;
                let (status, violations) = seen.take();
                let outcome = match outcome {
                    Ok(()) => "ok".to_string(),
                    Err(error) => error.escape_debug().to_string(),
                };
                println!("{}\t{status}\t{violations}\t{outcome}", operation.escape_debug());
            }
        }

        /// A client with a credential for each scheme: the environment's, or a made-up one.
        fn client(server: &str, seen: Seen) -> Result<Client, runtime::ConfigError> {
            let builder = Client::builder().base_url(server).retries(0).hook(seen);
            #(#credentials)*
            builder.build()
        }

        /// What came of the last request.
        #[derive(Clone, Default)]
        struct Seen(Arc<Mutex<Option<(String, String)>>>);

        impl Seen {
            fn take(&self) -> (String, String) {
                let seen = self.0.lock().ok().and_then(|mut seen| seen.take());
                seen.unwrap_or(("-".to_string(), "-".to_string()))
            }
        }

        impl Hook for Seen {
            fn after(&self, _: &Attempt, outcome: &Outcome, _: Duration) {
                let status = outcome.status().map_or("-".to_string(), |status| status.as_u16().to_string());
                let violations = outcome.headers().and_then(|headers| headers.get("sl-violations"));
                let violations = violations.map_or("-".to_string(), |value| {
                    String::from_utf8_lossy(value.as_bytes()).into_owned()
                });
                if let Ok(mut seen) = self.0.lock() {
                    *seen = Some((status, violations));
                }
            }
        }

        /// Reads a value of the type that the operation takes.
        fn given<T: serde::de::DeserializeOwned>(name: &str, json: &str) -> Result<T, String> {
            serde_json::from_str(json).map_err(|error| format!("the value made up for {name}: {error}"))
        }

        type Running<'c> = Pin<Box<dyn Future<Output = Result<(), String>> + 'c>>;
    }
}

fn entry(call: &Call<'_>) -> TokenStream {
    let (id, name) = (&call.operation.id, ident(&call.method));
    quote!((#id, |client| Box::pin(calls::#name(client))),)
}

fn function(spec: &Spec, call: &Call<'_>) -> TokenStream {
    let name = ident(&call.method);
    let module = quote!(types::);
    let arguments = call.arguments.iter().filter_map(|argument| {
        let method = ident(&argument.name);
        let wire = &argument.parameter.name;
        let rust = argument.schema.rust(&module);
        let value = sample::of(spec, &argument.parameter.schema);
        // No value fits its schema.
        if value.is_null() && !argument.parameter.required {
            return None;
        }
        let value = value.to_string();
        Some(quote!(.#method(given::<#rust>(#wire, #value)?)))
    });
    let body = call.body.as_ref().and_then(|body| {
        let rust = body.schema.rust(&module);
        let value = body_value(spec, body)?.to_string();
        Some(quote!(.body(given::<#rust>("the body", #value)?)))
    });
    quote! {
        pub(super) async fn #name(client: &Client) -> Result<(), String> {
            let call = client.#name() #(#arguments)* #body;
            call.send().await.map(drop).map_err(|error| error.to_string())
        }
    }
}

/// A value of the body's first media type; none where the body may be left out and what its schema
/// describes cannot be written in that media type.
fn body_value(spec: &Spec, body: &Body<'_>) -> Option<Value> {
    let Some(first) = body.media.first() else {
        return Some(Value::Null);
    };
    match first.encoding {
        Encoding::Form => Some(sample::of_form(spec, &first.media.schema)),
        Encoding::Text | Encoding::Bytes => {
            let value = sample::of(spec, &first.media.schema);
            match value.is_string() {
                true => Some(value),
                false => body.required.then(|| Value::from(value.to_string())),
            }
        }
        Encoding::Json | Encoding::Multipart => Some(sample::of(spec, &first.media.schema)),
    }
}

/// A credential for each scheme: the first that the environment has, or a made-up one.
fn credentials(spec: &Spec) -> Vec<TokenStream> {
    let all = doors(spec);
    let mut schemes: BTreeMap<&str, Vec<&Door<'_>>> = BTreeMap::new();
    for door in &all {
        schemes.entry(door.scheme()).or_default().push(door);
    }
    schemes.values().map(|doors| credential(doors)).collect()
}

fn credential(doors: &[&Door<'_>]) -> TokenStream {
    let from_env = doors.iter().map(|door| {
        let name = ident(&door.name);
        quote! {
            if let Ok(credential) = #name::from_env() {
                builder.credentials(credential)
            } else
        }
    });
    let made_up = doors.iter().find_map(|door| {
        let Kind::Ready(scheme) = door.kind else {
            return None;
        };
        let name = ident(&door.name);
        Some(match scheme.presentation {
            Presentation::Basic => quote!(builder.credentials(#name::new("example", "example"))),
            _ => quote!(builder.credentials(#name::new("example"))),
        })
    });
    let made_up = made_up.unwrap_or_else(|| quote!(builder));
    quote!(let builder = #(#from_env)* { #made_up };)
}
