//! One of a list of strings. Where an answer can bring a value that the document does not name,
//! there is a variant that keeps it.

use quote::quote;
use syn::{Item, parse_quote};

use crate::client::shape::{Definition, Enumeration};
use crate::documentation;
use crate::names::ident;
use crate::print::Verbatim;

/// The enum with all its conversions.
pub(super) fn print(
    definition: &Definition,
    enumeration: &Enumeration,
    verbatim: &mut Verbatim,
) -> Vec<Item> {
    let conversions = verbatim.add(conversions(definition, enumeration));
    vec![item(definition, enumeration), parse_quote!(#conversions)]
}

fn item(definition: &Definition, enumeration: &Enumeration) -> Item {
    let text = if definition.documentation.is_empty() {
        format!("`{}`", definition.name)
    } else {
        definition.documentation.clone()
    };
    let documentation = documentation::attributes(&text);
    let name = ident(&definition.name);
    let copy = enumeration.unknown.is_none().then(|| quote!(Copy,));
    let variants = enumeration.variants.iter().map(|(name, wire)| {
        let text = if wire.trim().is_empty() {
            format!("The value {wire:?}.")
        } else {
            format!("`{}`", wire.replace('`', ""))
        };
        let about = documentation::attributes(&text);
        let name = ident(name);
        quote!(#about #name)
    });
    let unknown = enumeration.unknown.as_ref().map(|unknown| {
        let unknown = ident(unknown);
        quote! {
            /// A value that the API's description does not name.
            #unknown(String),
        }
    });
    parse_quote! {
        #documentation
        #[derive(Clone, #copy Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum #name {
            #(#variants,)*
            #unknown
        }
    }
}

/// The runtime's macro that makes the conversions, with each variant's text.
fn conversions(definition: &Definition, enumeration: &Enumeration) -> String {
    let name = &definition.name;
    let mut text = match &enumeration.unknown {
        Some(unknown) => format!("::keyfob_runtime::open_enum!({name}, {unknown}, {{\n"),
        None => format!("::keyfob_runtime::closed_enum!({name}, {{\n"),
    };
    for (variant, wire) in &enumeration.variants {
        text.push_str(&format!("    {variant} = {},\n", literal(wire)));
    }
    text.push_str("});");
    text
}

fn literal(text: &str) -> String {
    proc_macro2::Literal::string(text).to_string()
}
