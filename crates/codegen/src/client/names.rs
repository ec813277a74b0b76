//! Names that the generated code uses, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::{type_name, value_name};

/// Words of the standard library that generated code writes without a path. A type of that
/// name beside it would change what it means.
const PRELUDE: &[&str] = &[
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// The names of one namespace that are taken.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// A namespace in which these names are taken already.
    pub(crate) fn with(names: &[&str]) -> Self {
        Self(names.iter().map(ToString::to_string).collect())
    }

    /// A type's name made of `wish`: not yet taken, and one that progenitor leaves as it is.
    pub(crate) fn claim_type(&mut self, wish: &str) -> String {
        let mut name = stable_type_name(wish);
        if PRELUDE.contains(&name.trim_end_matches('_')) {
            name = stable_type_name(&format!("{}Type", name.trim_end_matches('_')));
        }
        self.claim(name, stable_type_name)
    }

    /// The name of a type that puts a call together, made of `wish`, which is a verb as often as
    /// not.
    pub(crate) fn claim_builder(&mut self, wish: &str) -> String {
        let mut name = stable_type_name(wish);
        if PRELUDE.contains(&name.as_str()) {
            name.push_str("Call");
        }
        self.claim(name, stable_type_name)
    }

    /// The name of a variant, or of a type in a module that writes nothing without a path, made of
    /// `wish`.
    pub(crate) fn claim_variant(&mut self, wish: &str) -> String {
        self.claim(stable_type_name(wish), stable_type_name)
    }

    /// A method's, parameter's or field's name made of `wish`: not yet taken, and one that
    /// progenitor leaves as it is.
    pub(crate) fn claim_value(&mut self, wish: &str) -> String {
        self.claim(stable_value_name(wish), stable_value_name)
    }

    /// Names for all of these, claimed in alphabetical order: which of two gets a number does not
    /// depend on their places in the document.
    pub(crate) fn claim_all<'w>(
        &mut self,
        wishes: impl Iterator<Item = &'w str>,
        claim: fn(&mut Self, &str) -> String,
    ) -> BTreeMap<&'w str, String> {
        let wishes: BTreeSet<&str> = wishes.collect();
        let names = wishes.into_iter();
        names.map(|wish| (wish, claim(self, wish))).collect()
    }

    fn claim(&mut self, name: String, stable: fn(&str) -> String) -> String {
        let mut candidate = name.clone();
        let mut number = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = stable(&format!("{}_{number}", name.trim_end_matches('_')));
            number += 1;
        }
        candidate
    }
}

/// A type name that stays what it is when a name is made of it once more.
fn stable_type_name(wish: &str) -> String {
    stable(type_name(wish), type_name)
}

/// A field name that stays what it is when a name is made of it once more. progenitor takes no
/// leading underscore.
fn stable_value_name(wish: &str) -> String {
    let name = value_name(wish);
    match name.strip_prefix('_') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("n{rest}"),
        _ => stable(name, value_name),
    }
}

fn stable(mut name: String, again: fn(&str) -> String) -> String {
    // Names get shorter or stay; a few rounds are more than any name needs.
    for _ in 0..8 {
        let next = again(&name);
        if next == name {
            break;
        }
        name = next;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut types = Taken::default();
        assert_eq!(types.claim_type("campaign-list"), "CampaignList");
        assert_eq!(types.claim_type("CampaignList"), "CampaignList2");
        let mut values = Taken::with(&["send"]);
        assert_eq!(values.claim_value("send"), "send_2");
        assert_eq!(values.claim_value("a-b"), "a_b");
        assert_eq!(values.claim_value("a_b"), "a_b_2");
        assert_eq!(values.claim_value("type"), "type_");
        assert_eq!(values.claim_value("Type"), "type_2");
        assert_eq!(values.claim_value("2fa"), "n2fa");
    }

    #[test]
    fn a_type_does_not_hide_the_prelude() {
        let cases = [
            ("String", "StringType"),
            ("ok", "OkType"),
            ("Self", "SelfType"),
            ("Error", "Error"),
        ];
        for (wish, name) in cases {
            assert_eq!(Taken::default().claim_type(wish), name);
        }
    }

    #[test]
    fn hostile_names_become_identifiers() {
        for wish in ["", "\"\n`*/$(x)../", "日本", "__", "-1", "self", "gen"] {
            let type_name = Taken::default().claim_type(wish);
            let value_name = Taken::default().claim_value(wish);
            assert!(
                syn::parse_str::<syn::Ident>(&type_name).is_ok(),
                "{wish} {type_name}"
            );
            assert!(
                syn::parse_str::<syn::Ident>(&value_name).is_ok(),
                "{wish} {value_name}"
            );
        }
    }
}
