//! Parameters that one list describes twice.

use std::collections::HashSet;

use super::operations::parameter_lists;
use crate::document::Document;
use crate::rules::Notes;

/// Their name and their place are the same on the wire: the first description counts.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut repeated = Vec::new();
    for list in parameter_lists(&document.root()) {
        let mut seen = HashSet::new();
        for listed in list.items() {
            let parameter = listed.resolve();
            let (Some(name), Some(location)) = (parameter.text("name"), parameter.text("in"))
            else {
                continue;
            };
            if !seen.insert((name, location)) {
                notes.add(
                    listed.place(),
                    format!("the parameter `{name}` is described twice: the first one counts"),
                );
                repeated.push(listed.pointer.clone());
            }
        }
    }
    for pointer in repeated.iter().rev() {
        document.remove(pointer);
    }
}
