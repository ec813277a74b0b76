//! OpenAPI 3.1 and 3.2, and the JSON Schema that comes with them, in words of 3.0.

use super::Rule;
use crate::grammar::Kind;

mod alternatives_of_null;
pub(super) mod boolean_schemas;
mod constants;
mod content_encoding;
mod examples;
mod exclusive_limits;
mod later_keys;
mod left_to_the_server;
mod pattern_properties;
mod prefix_items;
mod reference_siblings;
mod type_lists;
mod version;

const SCHEMA: &[Kind] = &[Kind::Schema];

/// In this order: an earlier rule makes what a later one reads.
pub(super) const RULES: &[Rule] = &[
    rule("version", &[Kind::Document], version::apply),
    rule("reference-siblings", SCHEMA, reference_siblings::apply),
    rule("constant", SCHEMA, constants::apply),
    rule("exclusive-limit", SCHEMA, exclusive_limits::apply),
    rule("content-encoding", SCHEMA, content_encoding::apply),
    rule("examples", SCHEMA, examples::apply),
    rule("prefix-items", SCHEMA, prefix_items::apply),
    rule("pattern-properties", SCHEMA, pattern_properties::apply),
    rule("left-to-the-server", SCHEMA, left_to_the_server::apply),
    rule("type-list", SCHEMA, type_lists::apply),
    rule("null-alternative", SCHEMA, alternatives_of_null::apply),
    rule("later-key", later_keys::KINDS, later_keys::apply),
];

const fn rule(
    name: &'static str,
    kinds: &'static [Kind],
    apply: fn(&mut super::Object<'_>, &mut super::Notes<'_>),
) -> Rule {
    Rule { name, kinds, apply }
}
