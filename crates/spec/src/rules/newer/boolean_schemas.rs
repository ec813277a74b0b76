//! A schema that is `true` or `false`.

use serde_json::{Map, Value};

use crate::grammar::Kind;
use crate::place::Position;
use crate::rewrite::Rewrites;
use crate::rules::object;

/// `true` allows everything, `{}`; `false` nothing, `{not: {}}`. `additionalProperties` may be
/// either in 3.0 as well.
pub(in crate::rules) fn apply(
    kind: Kind,
    key: &str,
    value: &mut Value,
    place: &Position,
    rewrites: &mut Rewrites,
) {
    let Value::Bool(allows) = *value else {
        return;
    };
    let may_be = [
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
    ];
    if kind != Kind::Schema || may_be.contains(&key) {
        return;
    }
    let nothing = Value::Object(Map::new());
    let what = format!("the schema `{allows}` is written as an object");
    rewrites.add("boolean-schema", place.place(), what);
    *value = if allows {
        nothing
    } else {
        object("not", nothing)
    };
}
