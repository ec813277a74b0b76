//! Paths with a fragment, by which some documents tell operations of one path apart.

use crate::document::Document;
use crate::rules::Notes;

/// A fragment is never sent (RFC 3986, 3.5).
pub(in crate::rules) fn apply(document: &mut Document, notes: &mut Notes<'_>) {
    for (path, item) in document.root().members_of("paths") {
        if let Some((sent, _)) = path.split_once('#') {
            notes.add(item.place(), format!("`{path}` is sent as `{sent}`"));
        }
    }
}
