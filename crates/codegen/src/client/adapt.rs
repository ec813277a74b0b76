//! What progenitor printed, made ours: on the syntax tree, not on text.
//!
//! The texts of the document go in here and nowhere earlier, so that nothing in between can trip
//! over them.

mod enumerations;
mod setters;
mod unions;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, Type, parse_quote};

use super::shape::{Definition, Kind, Shape, Struct};
use crate::documentation;
use crate::names::ident;

/// The module `types`, with the enums of answers added to progenitor's types.
pub(crate) fn types(
    items: Vec<Item>,
    definitions: &[Definition],
    answers: &[TokenStream],
) -> TokenStream {
    let named: BTreeMap<&str, &Definition> = definitions
        .iter()
        .map(|definition| (definition.name.as_str(), definition))
        .collect();
    let items = items.into_iter().filter_map(|item| adapt(item, &named));
    let aliases = definitions.iter().filter_map(alias);
    quote! {
        /// What operations take and answer.
        pub mod types {
            #(#items)*
            #(#aliases)*
            #(#answers)*
        }
    }
}

fn adapt(item: Item, named: &BTreeMap<&str, &Definition>) -> Option<TokenStream> {
    match item {
        Item::Struct(item) => Some(structure(item, named)),
        Item::Enum(item) => Some(enumeration(item, named)),
        Item::Impl(item) => {
            let definition =
                self_name(&item.self_ty).and_then(|name| named.get(name.as_str()).copied());
            // An enumeration is printed whole by its own file.
            let replaced = matches!(definition.map(|one| &one.kind), Some(Kind::Enumeration(_)));
            (!replaced).then(|| item.into_token_stream())
        }
        Item::Mod(module) if module.ident == "builder" => Some(setters::adapt(module, named)),
        other => Some(other.into_token_stream()),
    }
}

fn structure(mut item: ItemStruct, named: &BTreeMap<&str, &Definition>) -> TokenStream {
    let Some(definition) = named.get(item.ident.to_string().as_str()) else {
        return item.into_token_stream();
    };
    document(&mut item.attrs, &definition.documentation, &definition.name);
    item.attrs.push(json_schema());
    if let Kind::Struct(one) = &definition.kind {
        fields(&mut item.fields, one);
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
        if known.wire != known.name {
            let wire = &known.wire;
            field.attrs.push(parse_quote!(#[serde(rename = #wire)]));
        }
        if known.schema.shape == Shape::FilledSecret {
            let path = "::keyfob_runtime::filled_secret";
            field
                .attrs
                .push(parse_quote!(#[serde(serialize_with = #path)]));
        }
        document(&mut field.attrs, &known.documentation, &known.wire);
    }
    fields.named = sorted.into_iter().collect();
}

fn enumeration(mut item: ItemEnum, named: &BTreeMap<&str, &Definition>) -> TokenStream {
    let Some(definition) = named.get(item.ident.to_string().as_str()) else {
        return item.into_token_stream();
    };
    match &definition.kind {
        Kind::Enumeration(one) => enumerations::print(definition, one),
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
