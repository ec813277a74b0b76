//! The builders of types. An optional member is set by its value, not by an `Option` of it, as
//! the optional parameters of operations are.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::VisitMut;
use syn::{
    FieldValue, Fields, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, Member,
    Path, PathArguments, Type, parse_quote,
};

use super::self_name;
use crate::client::shape::{Definition, Field, Kind, Struct};
use crate::documentation;

/// The module `builder` of the module `types`.
pub(super) fn adapt(module: ItemMod, named: &BTreeMap<&str, &Definition>) -> TokenStream {
    let items = module.content.map(|(_, items)| items).unwrap_or_default();
    let types = member_types(&items);
    let items = items.into_iter().map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => setters(item, named, &types),
        Item::Impl(item) => start(item, named),
        other => other.into_token_stream(),
    });
    quote! {
        /// Builders of the types that operations take.
        pub mod builder {
            #(#items)*
        }
    }
}

/// The types of the builders' members by builder and member, out of the `Result` they stand in.
fn member_types(items: &[Item]) -> BTreeMap<(String, String), Type> {
    let mut types = BTreeMap::new();
    for item in items {
        let Item::Struct(item) = item else { continue };
        let Fields::Named(fields) = &item.fields else {
            continue;
        };
        for field in &fields.named {
            if let (Some(name), Some(inner)) = (&field.ident, argument(&field.ty, "Result")) {
                types.insert((item.ident.to_string(), name.to_string()), inner.clone());
            }
        }
    }
    types
}

fn setters(
    mut item: ItemImpl,
    named: &BTreeMap<&str, &Definition>,
    types: &BTreeMap<(String, String), Type>,
) -> TokenStream {
    let owner = self_name(&item.self_ty).unwrap_or_default();
    let Some(Kind::Struct(one)) = named.get(owner.as_str()).map(|definition| &definition.kind)
    else {
        return item.into_token_stream();
    };
    for method in &mut item.items {
        let ImplItem::Fn(method) = method else {
            continue;
        };
        let name = method.sig.ident.to_string();
        let field = one.fields.iter().find(|field| field.name == name);
        if let Some(member) = types.get(&(owner.clone(), name)) {
            *method = setter(method, member, field);
        }
    }
    item.into_token_stream()
}

/// Where a builder starts from: the members that have no field of their own need not be given.
fn start(mut item: ItemImpl, named: &BTreeMap<&str, &Definition>) -> TokenStream {
    let owner = self_name(&item.self_ty).unwrap_or_default();
    let kind = named.get(owner.as_str()).map(|definition| &definition.kind);
    let is_default =
        |path: &Path| path.is_ident("Default") || path == &parse_quote!(::std::default::Default);
    let implements = item
        .trait_
        .as_ref()
        .is_some_and(|(path, _)| is_default(path));
    if let (Some(Kind::Struct(one)), true) = (kind, implements) {
        Start(one).visit_item_impl_mut(&mut item);
    }
    item.into_token_stream()
}

struct Start<'a>(&'a Struct);

impl VisitMut for Start<'_> {
    fn visit_field_value_mut(&mut self, value: &mut FieldValue) {
        let Member::Named(name) = &value.member else {
            return;
        };
        if !self.0.fields.iter().any(|field| name == &field.name) {
            value.expr = parse_quote!(Ok(::std::default::Default::default()));
        }
    }
}

fn setter(method: &ImplItemFn, member: &Type, field: Option<&Field>) -> ImplItemFn {
    let name = &method.sig.ident;
    let optional = field.is_some_and(|field| !field.required);
    let (rust, some) = match argument(member, "Option").filter(|_| optional) {
        Some(inner) => (inner, Some(quote!(.map(Some)))),
        None => (member, None),
    };
    let text = field
        .map(|field| field.documentation.clone())
        .filter(|text| !text.is_empty());
    let text = text.unwrap_or_else(|| "The members that have no setter of their own.".to_string());
    let text = match field {
        Some(field) if field.documentation.is_empty() => {
            format!("`{}`", field.wire.replace('`', ""))
        }
        _ => text,
    };
    let documentation = documentation::attributes(&text);
    let problem = format!("{name}: {{error}}");
    parse_quote! {
        #documentation
        pub fn #name<T>(mut self, value: T) -> Self
        where
            T: ::std::convert::TryInto<#rust>,
            T::Error: ::std::fmt::Display,
        {
            self.#name = value.try_into() #some .map_err(|error| ::std::format!(#problem));
            self
        }
    }
}

/// The first type argument of a type whose last path segment has this name.
fn argument<'t>(outer: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = outer else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
