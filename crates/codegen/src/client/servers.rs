//! The servers that an application chooses from by name, and the values of their variables.

use keyfob_spec::Spec;
use keyfob_spec::model::Server;
use proc_macro2::TokenStream;
use quote::quote;

use super::names::Taken;
use crate::documentation;
use crate::names::ident;

/// Whether there is an enum `Server`.
pub(crate) fn has_names(spec: &Spec) -> bool {
    all(spec).any(|server| server.name.is_some())
}

/// Whether there is a module `servers`.
pub(crate) fn has_choices(spec: &Spec) -> bool {
    has_names(spec) || !variables(spec).is_empty()
}

/// The module `servers`, if there is something to choose.
pub(crate) fn servers(spec: &Spec) -> Option<TokenStream> {
    if !has_choices(spec) {
        return None;
    }
    let mut taken = Taken::default();
    taken.claim_variant("Server");
    let mut names: Vec<(&str, &str)> = Vec::new();
    for server in all(spec) {
        if let Some(name) = &server.name
            && names.iter().all(|(known, _)| known != name)
        {
            names.push((name, &server.description));
        }
    }
    let named = (!names.is_empty()).then(|| {
        let about = "A server that has a name, for `.server(..)` of the client's builder.";
        enumeration("Server", about, &names)
    });
    let variables = variables(spec).into_iter().map(|(name, values)| {
        let about = format!(
            "What the servers' variable `{}` takes, for `.server_variable(..)` of the client's builder.",
            name.replace('`', "")
        );
        let values: Vec<(&str, &str)> = values.into_iter().map(|value| (value, "")).collect();
        enumeration(&taken.claim_variant(name), &about, &values)
    });
    Some(quote! {
        /// The servers that there are to choose from.
        pub mod servers {
            #named
            #(#variables)*
        }
    })
}

/// The document's servers, and those that operations have of their own.
fn all(spec: &Spec) -> impl Iterator<Item = &Server> {
    let own = spec.operations.iter().flat_map(|one| &one.servers);
    spec.servers.iter().chain(own)
}

/// The variables that take only certain values, with these.
fn variables(spec: &Spec) -> Vec<(&str, Vec<&str>)> {
    let mut variables: Vec<(&str, Vec<&str>)> = Vec::new();
    let limited = all(spec).flat_map(|server| &server.variables);
    for variable in limited.filter(|variable| !variable.values.is_empty()) {
        let at = variables
            .iter()
            .position(|(name, _)| *name == variable.name);
        let at = at.unwrap_or_else(|| {
            variables.push((&variable.name, Vec::new()));
            variables.len() - 1
        });
        let Some((_, values)) = variables.get_mut(at) else {
            continue;
        };
        for value in &variable.values {
            if !values.contains(&value.as_str()) {
                values.push(value);
            }
        }
    }
    variables
}

/// An enum of texts, each with what the document says of it.
fn enumeration(name: &str, about: &str, values: &[(&str, &str)]) -> TokenStream {
    let mut taken = Taken::default();
    let variants: Vec<_> = values
        .iter()
        .map(|(value, _)| ident(&taken.claim_variant(value)))
        .collect();
    let documentation = values.iter().map(|(value, description)| {
        let text = match description.trim() {
            "" => format!("`{}`", value.replace('`', "")),
            description => description.to_string(),
        };
        documentation::attributes(&text)
    });
    let texts = values.iter().map(|(value, _)| value);
    let (about, name) = (documentation::attributes(about), ident(name));
    quote! {
        #about
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum #name {
            #(#documentation #variants,)*
        }

        impl ::std::convert::AsRef<str> for #name {
            fn as_ref(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }
        }
    }
}
