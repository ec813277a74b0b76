//! `src/lib.rs` of a client crate.

use std::collections::BTreeSet;

use keyfob_spec::{Diagnostics, Spec};
use quote::quote;

use crate::auth;
use crate::client::servers;
use crate::names::ident;
use crate::print;

/// The crates that are passed on where the generated types hold types of theirs. What else the
/// types are made of is passed on by the runtime.
const PASSED_ON: &[&str] = &["chrono", "uuid"];

/// The text of `src/lib.rs`, whose modules name these crates.
///
/// # Errors
///
/// The generator wrote Rust that does not parse.
pub(crate) fn render(
    spec: &Spec,
    dependencies: &BTreeSet<&'static str>,
) -> Result<String, Diagnostics> {
    let credentials: Vec<_> = auth::doors(spec)
        .iter()
        .map(|door| ident(&door.name))
        .collect();
    let scheme = (!spec.schemes.is_empty()).then(|| quote!(Scheme,));
    let credentials =
        (!spec.schemes.is_empty()).then(|| quote!(pub use auth::{#scheme #(#credentials),*};));
    let server = servers::has_names(spec).then(|| {
        quote!(
            pub use client::servers::Server;
        )
    });
    let servers = servers::has_choices(spec).then(|| quote!(pub use client::servers; #server));
    let passed_on = PASSED_ON.iter().filter(|name| dependencies.contains(*name));
    let passed_on = passed_on.map(|name| {
        let name = ident(name);
        quote! {
            /// Types of this crate hold types of that one; named from here, they are always the same.
            pub use ::#name;
        }
    });
    print::root(
        spec,
        quote! {
            #![doc = include_str!("../README.md")]

            pub mod auth;
            mod client;
            #[cfg(feature = "mock")]
            pub mod mock;
            pub mod types;

            #credentials
            pub use client::{Client, builder, operations};
            #servers
            /// What the client stands on: hooks, stores, clocks and the errors of credentials.
            pub use keyfob_runtime as runtime;
            pub use keyfob_runtime::{BodyStream, ByteStream, Error, ErrorKind, File, Items, Pages, ResponseValue, Secret};
            #(#passed_on)*
        },
    )
}
