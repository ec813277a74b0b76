//! The builders of types. An optional member is set by its value, not by an `Option` of it, as
//! the optional parameters of operations are.
//!
//! progenitor's own builders are most of what it prints and most of what a client's build takes;
//! here each is the runtime's macro with one line for each member.

use std::collections::BTreeMap;

use syn::visit_mut::VisitMut;
use syn::{Fields, GenericArgument, ItemStruct, Path, PathArguments, Type, parse_quote};

use crate::client::shape::{Definition, Field, Struct};
use quote::ToTokens;

/// The builder of a struct. Of one that only answers have it comes with the mocks: nobody else
/// makes one.
pub(super) fn print(
    item: &ItemStruct,
    definition: &Definition,
    one: &Struct,
    named: &BTreeMap<&str, &Definition>,
) -> Option<String> {
    let Fields::Named(fields) = &item.fields else {
        return None;
    };
    let attribute = match definition.in_requests {
        true => "",
        false => "#[cfg(feature = \"mock\")] ",
    };
    let mut text = format!(
        "::keyfob_runtime::type_builder!({attribute}{} {{\n",
        item.ident
    );
    for field in &fields.named {
        let name = field.ident.as_ref()?.to_string();
        let known = one.fields.iter().find(|field| field.name == name);
        let (presence, kind) = member(&field.ty, known);
        let mut kind = kind.clone();
        Outside(named).visit_type_mut(&mut kind);
        text.push_str(&format!("    {name}: {presence} {},\n", type_text(&kind)));
    }
    text.push_str("});");
    Some(text)
}

/// Whether a member has to be given, and what it is set to.
fn member<'t>(kind: &'t Type, field: Option<&Field>) -> (&'static str, &'t Type) {
    match (field, argument(kind, "Option")) {
        (Some(field), _) if field.required => ("required", kind),
        (Some(_), Some(inner)) => ("optional", inner),
        _ => ("defaulted", kind),
    }
}

/// Types of the module `types`, as they are named in the module `builder` inside it.
struct Outside<'a>(&'a BTreeMap<&'a str, &'a Definition>);

impl VisitMut for Outside<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        if let Some(name) = path.get_ident()
            && self.0.contains_key(name.to_string().as_str())
        {
            *path = parse_quote!(super::#name);
        }
        syn::visit_mut::visit_path_mut(self, path);
    }
}

/// A type as it is written by hand.
fn type_text(kind: &Type) -> String {
    let tokens = kind.to_token_stream().to_string();
    tokens.replace(' ', "").replace(',', ", ")
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
