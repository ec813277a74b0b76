//! What is read otherwise than it is written, rule by rule.
//!
//! Vendors' documents break their own standard, and newer versions of it say more than the rest
//! of the program reads. Wherever two readers of a document cannot disagree about what goes over
//! the wire, a rule reads what is meant and says so; everything else is left for the checks to
//! refuse. Each rule is about one thing, has a name, and is told by `--explain`.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::grammar::Kind;
use crate::place::{Place, Position};
use crate::rewrite::Rewrites;
use crate::tree::{self, Change, Object};

mod lenient;
mod newer;

/// A rule about objects.
struct Rule {
    name: &'static str,
    kinds: &'static [Kind],
    apply: fn(&mut Object<'_>, &mut Notes<'_>),
}

/// Where a rule says what it did.
struct Notes<'a> {
    rule: &'static str,
    rewrites: &'a mut Rewrites,
}

impl Notes<'_> {
    fn add(&mut self, place: Place, what: impl Into<String>) {
        self.rewrites.add(self.rule, place, what);
    }
}

/// A rule about the document as a whole.
struct WholeRule {
    name: &'static str,
    apply: fn(&mut Document, &mut Notes<'_>),
}

/// Applies every rule.
pub(crate) fn apply(document: Document) -> Document {
    let Document {
        mut value,
        places,
        mut rewrites,
    } = document;
    let mut places = places.into_root();
    tree::change(&mut value, &mut places, &mut Objects(&mut rewrites));
    let mut document = Document::new(value, places);
    for rule in lenient::WHOLE {
        let mut notes = Notes {
            rule: rule.name,
            rewrites: &mut rewrites,
        };
        (rule.apply)(&mut document, &mut notes);
    }
    document.with_rewrites(rewrites)
}

struct Objects<'a>(&'a mut Rewrites);

impl Change for Objects<'_> {
    fn value(&mut self, kind: Kind, key: &str, value: &mut Value, place: &Position) {
        newer::boolean_schemas::apply(kind, key, value, place, self.0);
        lenient::nothing::value(value, place, self.0);
    }

    fn object(&mut self, object: &mut Object<'_>) {
        for rule in newer::RULES.iter().chain(lenient::RULES) {
            if rule.kinds.contains(&object.kind) {
                let mut notes = Notes {
                    rule: rule.name,
                    rewrites: self.0,
                };
                (rule.apply)(object, &mut notes);
            }
        }
    }
}

/// An object of one member.
fn object(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
