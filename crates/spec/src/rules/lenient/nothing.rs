//! Keys with nothing behind them.

use serde_json::{Map, Value};

use crate::grammar::{Holds, Kind, below};
use crate::place::Position;
use crate::rewrite::Rewrites;
use crate::rules::Notes;
use crate::tree::Object;

/// A schema, a response or the like that is nothing says nothing.
pub(in crate::rules) fn value(value: &mut Value, place: &Position, rewrites: &mut Rewrites) {
    if value.is_null() {
        let what = "nothing (null) is read as an object without members";
        rewrites.add("nothing", place.place(), what);
        *value = Value::Object(Map::new());
    }
}

/// `tags:` with nothing behind it is as if it were not written.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    const MAY_BE_NULL: [&str; 6] = ["default", "example", "examples", "const", "value", "type"];
    for key in object.keys() {
        let becomes_an_object = matches!(
            below(object.kind, &key),
            Some(Holds::One(Kind::Schema | Kind::RequestBody))
        );
        let is_nothing = object.get(&key).is_some_and(Value::is_null);
        let may_be = MAY_BE_NULL.contains(&key.as_str()) || key.starts_with("x-");
        if is_nothing && !may_be && !becomes_an_object {
            notes.add(
                object.place_of(&key),
                format!("`{key}` is nothing (null), as if it were not written"),
            );
            object.remove(&key);
        }
    }
}
