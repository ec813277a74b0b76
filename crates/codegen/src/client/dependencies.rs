//! The crates that generated code names.

use std::collections::BTreeSet;

/// The crates that generated types may name, besides keyfob's own and those that every client
/// needs.
const CRATES: &[&str] = &["chrono", "regress", "serde_json", "uuid"];

/// The crates that printed code names after a `::`.
pub(crate) fn of(code: &str) -> BTreeSet<&'static str> {
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//"));
    let named = lines.flat_map(|line| line.split("::").skip(1)).map(word);
    let known = |name| CRATES.iter().copied().find(|known| *known == name);
    named.filter_map(known).collect()
}

/// The identifier that a text begins with.
fn word(text: &str) -> &str {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c| !is_of_word(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_found_wherever_they_are_named() {
        let code = r#"
            /// As in ::uuid::Uuid.
            mod a { pub struct B(::chrono::NaiveDate); }
            fn c() { let uuid = super::d; let e: Vec<::serde_json::Value> = uuid; }
        "#;
        assert_eq!(of(code), BTreeSet::from(["chrono", "serde_json"]));
    }
}
