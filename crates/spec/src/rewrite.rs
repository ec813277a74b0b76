//! What was read otherwise than it is written.

use std::fmt;

use crate::place::Place;

/// Something of a document that was read, or generated, otherwise than it stands there.
///
/// ```
/// use keyfob_spec::{Place, Rewrite};
///
/// let rewrite = Rewrite {
///     rule: "missing-description",
///     place: Place::new("specs/acme/openapi.yaml", 12, 9),
///     what: "a response without a description has an empty one".to_owned(),
/// };
/// assert_eq!(
///     rewrite.to_string(),
///     "specs/acme/openapi.yaml:12: missing-description: a response without a description has an \
///      empty one"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The name of the rule that made it: words in lower case with hyphens.
    pub rule: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What became of it.
    pub what: String,
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (self.place.file.display(), self.place.line);
        write!(
            f,
            "{file}:{line}: {}: {}",
            self.rule,
            self.what.escape_debug()
        )
    }
}

/// The rewrites of a document while it is read.
#[derive(Default)]
pub(crate) struct Rewrites {
    list: Vec<Rewrite>,
}

impl Rewrites {
    pub(crate) fn add(&mut self, rule: &'static str, place: Place, what: impl Into<String>) {
        self.list.push(Rewrite {
            rule,
            place,
            what: what.into(),
        });
    }

    pub(crate) fn append(&mut self, mut others: Rewrites) {
        self.list.append(&mut others.list);
    }

    /// Sorted by place.
    pub(crate) fn finish(mut self) -> Vec<Rewrite> {
        self.list.sort_by(|left, right| {
            let place = |rewrite: &Rewrite| (rewrite.place.line, rewrite.place.column);
            (&left.place.file, place(left)).cmp(&(&right.place.file, place(right)))
        });
        self.list.dedup();
        self.list
    }
}
