//! `src/auth.rs` of a client crate: the API's token acquisition as constants, and its
//! credentials as structs.

pub(crate) mod constants;
mod credentials;
mod rules;

use keyfob_spec::{Diagnostics, Spec};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(crate) use credentials::{Door, Kind, doors};

use crate::documentation;
use crate::names::{ident, type_name, unique, value_name};
use crate::print;

/// The text of `src/auth.rs`. `operations` are the names that the operations have in the
/// module `operations`, in document order.
///
/// # Errors
///
/// The generator wrote Rust that does not parse.
pub(crate) fn render(spec: &Spec, operations: &[String]) -> Result<String, Diagnostics> {
    let description = constants::module(spec, operations);
    let constants = (!spec.schemes.is_empty()).then(|| {
        quote!(
            pub(crate) use description::schemes;
        )
    });
    let schemes = schemes(spec);
    let credentials = credentials::items(spec);
    let about = format!(
        "How a request to {} gets its key: the credentials an application gives, and the token workflows they run.",
        documentation::cell(&spec.title)
    );
    print::file(
        spec,
        &about,
        quote! {
            #![allow(clippy::all, unused_imports)]

            use keyfob_runtime::Secret;
            use keyfob_runtime::auth::{ConfigError, Credential, Inputs, TokenSource};

            pub use description::API;
            #constants
            #schemes
            #credentials
            #description
        },
    )
}

/// The enum that names the API's security schemes.
fn schemes(spec: &Spec) -> TokenStream {
    if spec.schemes.is_empty() {
        return quote!();
    }
    let variants = scheme_variants(spec);
    let names = spec.schemes.iter().map(|scheme| &scheme.name);
    let documentation = spec.schemes.iter().map(|scheme| {
        documentation::attributes(if scheme.description.is_empty() {
            &scheme.name
        } else {
            &scheme.description
        })
    });
    quote! {
        /// The security schemes of this API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Scheme {
            #(#documentation #variants,)*
        }

        impl Scheme {
            /// The scheme's key in the OpenAPI document.
            pub fn name(self) -> &'static str {
                match self {
                    #(Scheme::#variants => #names,)*
                }
            }
        }
    }
}

/// The variant of the enum that names a scheme.
pub(crate) fn scheme_variant(spec: &Spec, scheme: &str) -> Option<Ident> {
    let position = spec.schemes.iter().position(|one| one.name == scheme)?;
    scheme_variants(spec).into_iter().nth(position)
}

/// The constant that describes a scheme of the document, in the module `schemes`.
pub(crate) fn scheme_constant(spec: &Spec, scheme: &str) -> Ident {
    let schemes = spec.schemes.iter().zip(scheme_constants(spec));
    let mut of_that_name = schemes.filter(|(one, _)| one.name == scheme);
    let constant = of_that_name.next().map(|(_, constant)| constant);
    constant.unwrap_or_else(|| ident(&value_name(scheme).to_uppercase()))
}

/// The constants that describe the schemes, in document order.
fn scheme_constants(spec: &Spec) -> Vec<Ident> {
    let mut taken = Vec::new();
    let schemes = spec.schemes.iter();
    schemes
        .map(|scheme| unique(value_name(&scheme.name), &mut taken))
        .map(|name| ident(&name.to_uppercase()))
        .collect()
}

/// The variants of the enum that names the schemes, in document order.
fn scheme_variants(spec: &Spec) -> Vec<Ident> {
    let mut taken = Vec::new();
    let schemes = spec.schemes.iter();
    schemes
        .map(|scheme| ident(&unique(type_name(&scheme.name), &mut taken)))
        .collect()
}
