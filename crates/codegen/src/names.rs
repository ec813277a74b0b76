//! How names of a spec are written in Rust.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::Ident;
use quote::format_ident;

/// The words that Rust 2024 keeps for itself.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "self", "super", "crate", "Self", "_",
];

/// A type's name: `client_credentials` becomes `ClientCredentials`.
pub(crate) fn type_name(name: &str) -> String {
    identifier(name.to_upper_camel_case(), "Type")
}

/// A function's or field's name: `clientId` becomes `client_id`.
pub(crate) fn value_name(name: &str) -> String {
    identifier(name.to_snake_case(), "value")
}

/// The prefix of an API's environment variables: `digi-locker` becomes `DIGI_LOCKER`.
pub(crate) fn environment_name(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// The package that holds an API's client.
pub(crate) fn package_name(api: &str) -> String {
    format!("keyfob-{api}")
}

/// The library name of that package.
pub(crate) fn library_name(api: &str) -> String {
    package_name(api).replace('-', "_")
}

/// The example that calls every operation of an API. Programs of one name would take each other's
/// place in a folder for several clients.
pub(crate) fn example_name(api: &str) -> String {
    format!("every_operation_of_{}", api.replace('-', "_"))
}

/// An identifier token for a name made by this module.
pub(crate) fn ident(name: &str) -> Ident {
    format_ident!("{name}")
}

/// A name that is not yet in `taken`, made so by a number; it is added to `taken`.
pub(crate) fn unique(name: String, taken: &mut Vec<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while taken.contains(&candidate) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    taken.push(candidate.clone());
    candidate
}

/// Makes a cased name a legal identifier: no foreign characters, no keyword, no leading digit.
fn identifier(cased: String, fallback: &str) -> String {
    let mut name: String = cased
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    if name.is_empty() {
        name = fallback.to_string();
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, if fallback == "Type" { 'N' } else { '_' });
    }
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_legal_identifiers() {
        let cases = [
            (
                "client_credentials",
                "ClientCredentials",
                "client_credentials",
            ),
            ("clientId", "ClientId", "client_id"),
            ("oauth2", "Oauth2", "oauth2"),
            ("type", "Type", "type_"),
            ("gen", "Gen", "gen_"),
            ("2nd way", "N2ndWay", "_2nd_way"),
            ("a\"b`*/\n$(c)", "ABC", "a_b_c"),
            ("../..", "Type", "value"),
            ("self", "Self_", "self_"),
        ];
        for (name, as_type, as_value) in cases {
            assert_eq!(type_name(name), as_type, "{name}");
            assert_eq!(value_name(name), as_value, "{name}");
        }
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut taken = vec!["Token".to_string()];
        assert_eq!(unique("Token".to_string(), &mut taken), "Token2");
        assert_eq!(unique("Token".to_string(), &mut taken), "Token3");
    }
}
