//! The crates that generated code names.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// The crates that generated types may name, besides keyfob's own and those that every client
/// needs.
const CRATES: &[&str] = &["chrono", "regress", "serde_json", "uuid"];

/// The crates that the code names by a path that begins with `::`.
pub(crate) fn of(code: TokenStream) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    collect(code, &mut found);
    found
}

fn collect(code: TokenStream, found: &mut BTreeSet<&'static str>) {
    let (mut first_colon, mut second_colon) = (false, false);
    for token in code {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                second_colon = first_colon;
                first_colon = punct.spacing() == Spacing::Joint;
                continue;
            }
            TokenTree::Ident(ident) if second_colon => {
                found.extend(CRATES.iter().copied().find(|name| ident == *name));
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            _ => {}
        }
        (first_colon, second_colon) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn crates_are_found_wherever_they_are_named() {
        let code = quote! {
            mod a { pub struct B(::chrono::NaiveDate); }
            fn c() { let uuid = super::d; let e: ::serde_json::Value = uuid; }
        };
        assert_eq!(of(code), BTreeSet::from(["chrono", "serde_json"]));
    }
}
