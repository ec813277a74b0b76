//! Paths as people write them. No generated type has a name of the prelude, so that its words
//! need no path.

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Item, Meta, Path, PathArguments};

/// The paths of the prelude's words that progenitor writes in full.
const PRELUDE: &[(&str, &[&str])] = &[
    ("Box", &["std", "boxed"]),
    ("Default", &["std", "default"]),
    ("From", &["std", "convert"]),
    ("Option", &["std", "option"]),
    ("Result", &["std", "result"]),
    ("String", &["std", "string"]),
    ("TryFrom", &["std", "convert"]),
    ("Vec", &["std", "vec"]),
];

/// Shortens the paths in an item.
pub(super) fn shorten(item: &mut Item) {
    Shorten.visit_item_mut(item);
}

struct Shorten;

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let Some(last) = path.segments.iter().position(|segment| {
            PRELUDE
                .iter()
                .any(|(word, _)| segment.ident == word && path.leading_colon.is_some())
        }) else {
            return;
        };
        let is_prelude = PRELUDE.iter().any(|(word, modules)| {
            path.segments
                .iter()
                .map(|segment| &segment.ident)
                .eq(modules.iter().chain([word]))
                || path
                    .segments
                    .iter()
                    .take(last + 1)
                    .map(|segment| &segment.ident)
                    .eq(modules.iter().chain([word]))
        });
        let plain = path
            .segments
            .iter()
            .take(last)
            .all(|segment| matches!(segment.arguments, PathArguments::None));
        if is_prelude && plain {
            path.leading_colon = None;
            path.segments = std::mem::take(&mut path.segments)
                .into_iter()
                .skip(last)
                .collect();
        }
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::List(list) = &mut attribute.meta
            && list.path.is_ident("serde")
        {
            list.tokens = std::mem::take(&mut list.tokens)
                .into_iter()
                .map(literal)
                .collect::<TokenStream>();
        }
    }
}

/// A path inside a literal, as serde takes it.
fn literal(token: TokenTree) -> TokenTree {
    let TokenTree::Literal(literal) = &token else {
        return token;
    };
    let text = literal.to_string();
    let shortened = text
        .replace(' ', "")
        .replace("::std::option::Option", "Option")
        .replace("::std::vec::Vec", "Vec");
    match shortened
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(path) if shortened.contains("::") => TokenTree::Literal(Literal::string(path)),
        _ => token,
    }
}
