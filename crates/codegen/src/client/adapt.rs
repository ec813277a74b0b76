//! What progenitor printed, made ours: on the syntax tree, not on text.
//!
//! The texts of the document go in here and nowhere earlier, so that nothing in between can trip
//! over them.

mod builders;
mod enumerations;
mod paths;
mod unions;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, Meta, Type, parse_quote};

use super::shape::{Definition, Kind, Shape, Struct};
use crate::documentation;
use crate::names::ident;
use crate::print::Verbatim;

/// The items of the module `types`: progenitor's, and the enums of answers.
pub(crate) fn types(
    items: Vec<Item>,
    definitions: &[Definition],
    answers: &[TokenStream],
    verbatim: &mut Verbatim,
) -> TokenStream {
    let named: BTreeMap<&str, &Definition> = definitions
        .iter()
        .map(|definition| (definition.name.as_str(), definition))
        .collect();
    let mut builders = Vec::new();
    let items: Vec<TokenStream> = items
        .into_iter()
        .filter_map(|mut item| {
            paths::shorten(&mut item);
            adapt(item, &named, verbatim, &mut builders)
        })
        .collect();
    let builders = builders.into_iter().map(|builder| verbatim.add(builder));
    let builders: Vec<TokenStream> = builders.collect();
    let aliases = definitions.iter().filter_map(alias);
    quote! {
        #(#items)*
        #(#aliases)*
        #(#answers)*

        /// Builders of the types that operations take; with the feature `mock`, of those too
        /// that they answer.
        pub mod builder {
            #(#builders)*
        }

        /// What a value is refused with.
        pub mod error {
            pub use ::keyfob_runtime::ConversionError;
        }
    }
}

fn adapt(
    item: Item,
    named: &BTreeMap<&str, &Definition>,
    verbatim: &mut Verbatim,
    builders: &mut Vec<String>,
) -> Option<TokenStream> {
    match item {
        Item::Struct(item) => Some(structure(item, named, builders)),
        Item::Enum(item) => Some(enumeration(item, named, verbatim)),
        Item::Impl(item) => {
            let definition =
                self_name(&item.self_ty).and_then(|name| named.get(name.as_str()).copied());
            // An enumeration is printed whole by its own file.
            let replaced = matches!(definition.map(|one| &one.kind), Some(Kind::Enumeration(_)));
            (!replaced).then(|| item.into_token_stream())
        }
        Item::Mod(module) if module.ident == "error" => None,
        other => Some(other.into_token_stream()),
    }
}

fn structure(
    mut item: ItemStruct,
    named: &BTreeMap<&str, &Definition>,
    builders: &mut Vec<String>,
) -> TokenStream {
    let Some(definition) = named.get(item.ident.to_string().as_str()) else {
        return item.into_token_stream();
    };
    document(&mut item.attrs, &definition.documentation, &definition.name);
    item.attrs.push(json_schema());
    if let Kind::Struct(one) = &definition.kind {
        fields(&mut item.fields, one);
        builders.extend(builders::print(&item, definition, one, named));
    }
    item.into_token_stream()
}

/// Puts the members in document order, with their names on the wire and their documentation.
fn fields(fields: &mut Fields, definition: &Struct) {
    let Fields::Named(fields) = fields else {
        return;
    };
    let mut sorted: Vec<_> = std::mem::take(&mut fields.named).into_iter().collect();
    let position = |name: &str| {
        definition
            .fields
            .iter()
            .position(|field| field.name == name)
    };
    sorted.sort_by_key(|field| {
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        position(&name).unwrap_or(usize::MAX)
    });
    for field in &mut sorted {
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let Some(known) = position(&name).and_then(|index| definition.fields.get(index)) else {
            let about = " The members that have no field of their own.";
            field.attrs.insert(0, parse_quote!(#[doc = #about]));
            continue;
        };
        let renamed = (known.wire != known.name).then(|| {
            let wire = &known.wire;
            quote!(rename = #wire)
        });
        let checked = (known.schema.shape == Shape::FilledSecret)
            .then(|| quote!(serialize_with = "::keyfob_runtime::filled_secret"));
        add_to_serde(&mut field.attrs, renamed.into_iter().chain(checked));
        document(&mut field.attrs, &known.documentation, &known.wire);
    }
    fields.named = sorted.into_iter().collect();
}

/// Adds to what serde is told of a member, in one attribute.
fn add_to_serde(attributes: &mut Vec<Attribute>, added: impl Iterator<Item = TokenStream>) {
    let mut told: Vec<TokenStream> = added.collect();
    if told.is_empty() {
        return;
    }
    attributes.retain(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("serde") => {
            told.push(list.tokens.clone());
            false
        }
        _ => true,
    });
    attributes.push(parse_quote!(#[serde(#(#told),*)]));
}

fn enumeration(
    mut item: ItemEnum,
    named: &BTreeMap<&str, &Definition>,
    verbatim: &mut Verbatim,
) -> TokenStream {
    let Some(definition) = named.get(item.ident.to_string().as_str()) else {
        return item.into_token_stream();
    };
    match &definition.kind {
        Kind::Enumeration(one) => enumerations::print(definition, one, verbatim),
        Kind::Union(one) => {
            document(&mut item.attrs, &definition.documentation, &definition.name);
            item.attrs.push(json_schema());
            unions::adapt(item, one)
        }
        _ => item.into_token_stream(),
    }
}

fn alias(definition: &Definition) -> Option<TokenStream> {
    let Kind::Alias(schema) = &definition.kind else {
        return None;
    };
    let text = if definition.documentation.is_empty() {
        format!("What the document calls `{}`.", definition.name)
    } else {
        definition.documentation.clone()
    };
    let documentation = documentation::attributes(&text);
    let name = ident(&definition.name);
    let rust = schema.rust(&quote!());
    Some(quote!(#documentation pub type #name = #rust;))
}

/// Replaces the documentation. Where the document says nothing, the name stands.
fn document(attributes: &mut Vec<Attribute>, text: &str, name: &str) {
    attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    let mut lines = documentation::lines(text);
    if lines.is_empty() {
        lines.extend(documentation::lines(&format!(
            "`{}`",
            name.replace('`', "")
        )));
    }
    let documentation = lines.into_iter().map(|line| parse_quote!(#[doc = #line]));
    attributes.splice(0..0, documentation);
}

/// The derive of `JsonSchema`, behind its feature.
fn json_schema() -> Attribute {
    parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))])
}

/// The name of the type that an impl is for, if it is one of this module.
fn self_name(self_type: &Type) -> Option<String> {
    match self_type {
        Type::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
}
