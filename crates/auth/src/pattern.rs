//! ECMA-262 patterns, each compiled once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use regress::Regex;

/// How much of a text a pattern is tried on: a backtracking engine must not be kept busy by a
/// long answer.
const LONGEST_MATCHED: usize = 64 * 1024;

/// Whether an ECMA-262 pattern matches somewhere in a text. A pattern that is none matches
/// nothing; generation refuses it.
pub(crate) fn matches(text: &str, pattern: &'static str) -> bool {
    let mut end = text.len().min(LONGEST_MATCHED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    compiled(pattern).is_some_and(|regex| regex.find(text).is_some())
}

/// Patterns are constants of generated clients, so there are few of them, and each is compiled
/// once.
fn compiled(pattern: &'static str) -> Option<Arc<Regex>> {
    type Known = HashMap<&'static str, Option<Arc<Regex>>>;
    static KNOWN: RwLock<Option<Known>> = RwLock::new(None);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.as_ref().and_then(|known| known.get(pattern)) {
        return found.clone();
    }
    drop(known);
    let regex = Regex::with_flags(pattern, "u").or_else(|_| Regex::new(pattern));
    let regex = regex.ok().map(Arc::new);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    known.insert(pattern, regex.clone());
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_matched_at_its_beginning_only() {
        let text = "é".repeat(LONGEST_MATCHED) + "end";
        assert!(!matches(&text, "end"));
        assert!(matches(&text, "^é"));
    }
}
