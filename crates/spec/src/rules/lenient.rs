//! Where documents break their standard and mean what they say all the same.

use super::{Notes, Rule, WholeRule};
use crate::document::Document;
use crate::grammar::Kind;
use crate::tree::Object;

mod decorations;
mod descriptions;
mod discriminators;
mod empty_lists;
mod example_objects;
mod flows;
mod ignored_headers;
mod info;
mod media_type_lists;
mod nameless_parameters;
pub(super) mod nothing;
mod numbers;
mod operation_ids;
mod operations;
mod parameter_schemas;
mod path_fragments;
mod path_parameters;
mod path_queries;
mod patterns;
mod repeated_credentials;
mod repeated_items;
mod repeated_parameters;
mod required_flags;
mod required_parameters;
mod schema_types;
mod scheme_names;
mod schemes;
mod security;
mod server_variables;
mod statuses;
mod texts;
mod unknown_keys;
mod unused_styles;

const SCHEMA: &[Kind] = &[Kind::Schema];
const FIELD: &[Kind] = &[Kind::Parameter, Kind::Header];

/// In this order: an earlier rule makes what a later one reads.
pub(super) const RULES: &[Rule] = &[
    rule("nothing", unknown_keys::KINDS, nothing::apply),
    rule("missing-info", &[Kind::Info], info::apply),
    rule("text", texts::KINDS, texts::apply),
    rule("number", numbers::KINDS, numbers::apply),
    rule("decoration", decorations::KINDS, decorations::apply),
    rule(
        "missing-description",
        &[Kind::Response],
        descriptions::apply,
    ),
    rule("status", &[Kind::Operation], statuses::apply),
    rule(
        "required-parameter",
        &[Kind::Parameter],
        required_parameters::apply,
    ),
    rule("parameter-schema", FIELD, parameter_schemas::apply),
    rule("parameter-style", &[Kind::Parameter], unused_styles::apply),
    rule(
        "media-types",
        &[Kind::RequestBody, Kind::Response],
        media_type_lists::apply,
    ),
    rule("example", example_objects::KINDS, example_objects::apply),
    rule("required-flag", SCHEMA, required_flags::apply),
    rule("pattern", SCHEMA, patterns::apply),
    rule("schema-type", SCHEMA, schema_types::apply),
    rule("discriminator", SCHEMA, discriminators::apply),
    rule("empty-list", empty_lists::KINDS, empty_lists::apply),
    rule(
        "repeated-item",
        repeated_items::KINDS,
        repeated_items::apply,
    ),
    rule(
        "server",
        &[Kind::Document, Kind::PathItem, Kind::Operation],
        server_variables::apply,
    ),
    rule("security-scheme", &[Kind::SecurityScheme], schemes::apply),
    rule("oauth2-flow", &[Kind::Flows], flows::apply),
    rule("unknown-key", unknown_keys::KINDS, unknown_keys::apply),
];

/// About the document as a whole, when the rules about objects have been applied.
pub(super) const WHOLE: &[WholeRule] = &[
    whole("path-fragment", path_fragments::apply),
    whole("path-query", path_queries::apply),
    whole("ignored-header", ignored_headers::apply),
    whole("nameless-parameter", nameless_parameters::apply),
    whole("repeated-parameter", repeated_parameters::apply),
    whole("path-parameter", path_parameters::apply),
    whole("security", security::apply),
    whole("repeated-credential", repeated_credentials::apply),
    whole("scheme-name", scheme_names::apply),
    whole("operation-id", operation_ids::apply),
];

const fn rule(
    name: &'static str,
    kinds: &'static [Kind],
    apply: fn(&mut Object<'_>, &mut Notes<'_>),
) -> Rule {
    Rule { name, kinds, apply }
}

const fn whole(name: &'static str, apply: fn(&mut Document, &mut Notes<'_>)) -> WholeRule {
    WholeRule { name, apply }
}
