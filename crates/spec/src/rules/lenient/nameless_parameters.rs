//! Parameters that are called nothing, as programs that record requests leave them behind.

use super::operations::parameter_lists;
use crate::document::Document;
use crate::rules::Notes;

/// Nothing can be sent under no name.
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    let mut nameless = Vec::new();
    for list in parameter_lists(&document.root()) {
        for listed in list.items() {
            if listed.resolve().text("name") == Some("") {
                notes.add(listed.place(), "a parameter without a name is left out");
                nameless.push(listed.pointer.clone());
            }
        }
    }
    for pointer in nameless.iter().rev() {
        document.remove(pointer);
    }
}
