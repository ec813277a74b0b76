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
use quote::quote;
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, Meta, Type, parse_quote};

use super::answers::Answers;
use super::generate;
use super::operation::Call;
use super::shape::{Definition, Kind, Shape, Struct};
use crate::documentation;
use crate::names::ident;
use crate::print::{Source, Verbatim};
use crate::unsupported::Failure;

/// The code of `src/types.rs`, which begins with `source`: progenitor's types, and the enums of
/// answers.
///
/// # Errors
///
/// The schemas that progenitor does not take, or what [`Source::add_block`] says.
pub(crate) fn types(
    mut source: Source<'_>,
    calls: &[Call<'_>],
    definitions: &[Definition],
) -> Result<String, Failure> {
    let named: BTreeMap<&str, &Definition> = definitions
        .iter()
        .map(|definition| (definition.name.as_str(), definition))
        .collect();
    let mut adapted = Adapted {
        named: &named,
        verbatim: Verbatim::default(),
        builders: Vec::new(),
    };
    generate::types(definitions, |mut item| {
        paths::shorten(&mut item);
        source.add_items(adapted.item(item));
    })
    .map_err(Failure::Schemas)?;
    let Adapted {
        mut verbatim,
        builders,
        ..
    } = adapted;
    source.add_block(|aliases| aliases, definitions, alias)?;
    source.add_block(|answers| answers, calls, answers)?;
    let builders = (!builders.is_empty()).then(|| verbatim.add(builders.join("\n")));
    source.add(quote! {
        /// Builders of the types that operations take; with the feature `mock`, of those too
        /// that they answer.
        pub mod builder {
            #builders
        }

        /// What a value is refused with.
        pub mod error {
            pub use ::keyfob_runtime::ConversionError;
        }
    })?;
    Ok(verbatim.restore(&source.finish()))
}

/// The enums of what an operation answers.
fn answers(call: &Call<'_>) -> TokenStream {
    let Answers {
        successes,
        failures,
        ..
    } = &call.answers;
    let successes = successes.definition(call.operation, false);
    let failures = failures.definition(call.operation, true);
    quote!(#successes #failures)
}

/// What is gathered while items are made ours.
struct Adapted<'a> {
    named: &'a BTreeMap<&'a str, &'a Definition>,
    verbatim: Verbatim,
    builders: Vec<String>,
}

impl Adapted<'_> {
    /// What stands in the place of an item.
    fn item(&mut self, item: Item) -> Vec<Item> {
        match item {
            Item::Struct(item) => vec![Item::Struct(self.structure(item))],
            Item::Enum(item) => self.enumeration(item),
            Item::Impl(item) => {
                let name = self_name(&item.self_ty);
                let definition = name.and_then(|name| self.named.get(name.as_str()));
                // An enumeration is printed whole by its own file.
                match definition.map(|one| &one.kind) {
                    Some(Kind::Enumeration(_)) => Vec::new(),
                    _ => vec![Item::Impl(item)],
                }
            }
            Item::Mod(module) if module.ident == "error" => Vec::new(),
            other => vec![other],
        }
    }

    fn structure(&mut self, mut item: ItemStruct) -> ItemStruct {
        let Some(definition) = self.named.get(item.ident.to_string().as_str()) else {
            return item;
        };
        document(&mut item.attrs, &definition.documentation, &definition.name);
        item.attrs.push(json_schema());
        if let Kind::Struct(one) = &definition.kind {
            fields(&mut item.fields, one);
            self.builders
                .extend(builders::print(&item, definition, one, self.named));
        }
        item
    }

    fn enumeration(&mut self, mut item: ItemEnum) -> Vec<Item> {
        let Some(definition) = self.named.get(item.ident.to_string().as_str()) else {
            return vec![Item::Enum(item)];
        };
        match &definition.kind {
            Kind::Enumeration(one) => enumerations::print(definition, one, &mut self.verbatim),
            Kind::Union(one) => {
                document(&mut item.attrs, &definition.documentation, &definition.name);
                item.attrs.push(json_schema());
                unions::adapt(item, one)
            }
            _ => vec![Item::Enum(item)],
        }
    }
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

/// The other name for a type that a definition may be.
fn alias(definition: &Definition) -> TokenStream {
    let Kind::Alias(schema) = &definition.kind else {
        return TokenStream::new();
    };
    let text = if definition.documentation.is_empty() {
        format!("What the document calls `{}`.", definition.name)
    } else {
        definition.documentation.clone()
    };
    let documentation = documentation::attributes(&text);
    let name = ident(&definition.name);
    let rust = schema.rust(&quote!());
    quote!(#documentation pub type #name = #rust;)
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
    let documentation = documentation::attribute(&lines);
    attributes.insert(0, parse_quote!(#documentation));
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
