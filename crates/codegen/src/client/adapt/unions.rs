//! One of several forms. Where a property tells them apart, it decides which one is read;
//! progenitor would try them in turn and take the first that fits.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::{format_ident, quote};
use syn::{Item, ItemEnum, Path, Token, parse_quote, punctuated::Punctuated};

use crate::client::shape::{Tag, Union};

/// The enum as it is to be printed.
pub(super) fn adapt(mut item: ItemEnum, union: &Union) -> Vec<Item> {
    let Some(tag) = &union.tag else {
        return vec![Item::Enum(item)];
    };
    without_derived_deserialize(&mut item);
    let variants: Vec<Ident> = item
        .variants
        .iter()
        .map(|variant| variant.ident.clone())
        .collect();
    let unknown = tag.open.then(|| unknown(&variants));
    if let Some(unknown) = &unknown {
        item.variants.push(parse_quote! {
            /// A form that the API's description does not name.
            #unknown(::serde_json::Value)
        });
    }
    let deserialize = deserialize(&item.ident, &variants, tag, unknown.as_ref());
    vec![Item::Enum(item), deserialize]
}

fn without_derived_deserialize(item: &mut ItemEnum) {
    for attribute in &mut item.attrs {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        let derived = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        let kept: Vec<Path> = derived
            .into_iter()
            .flatten()
            .filter(|path| {
                path.segments
                    .last()
                    .is_none_or(|last| last.ident != "Deserialize")
            })
            .collect();
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
    }
}

fn unknown(variants: &[Ident]) -> Ident {
    let taken: BTreeSet<String> = variants.iter().map(ToString::to_string).collect();
    let free = ["Unknown", "Other", "UnknownForm"]
        .into_iter()
        .find(|name| !taken.contains(*name));
    format_ident!("{}", free.unwrap_or("NotInTheDescription"))
}

fn deserialize(name: &Ident, variants: &[Ident], tag: &Tag, unknown: Option<&Ident>) -> Item {
    let property = &tag.property;
    let arms = tag.values.iter().filter_map(|(value, index)| {
        let variant = variants.get(*index)?;
        Some(quote!(Some(#value) => ::serde_json::from_value(value).map(Self::#variant),))
    });
    let otherwise = match unknown {
        Some(unknown) => quote!(_ => Ok(Self::#unknown(value)),),
        None => {
            let message = format!("expected a known value of {property:?}");
            quote!(_ => return Err(<D::Error as ::serde::de::Error>::custom(#message)),)
        }
    };
    parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                let form = match value.get(#property).and_then(::serde_json::Value::as_str) {
                    #(#arms)*
                    #otherwise
                };
                form.map_err(<D::Error as ::serde::de::Error>::custom)
            }
        }
    }
}
