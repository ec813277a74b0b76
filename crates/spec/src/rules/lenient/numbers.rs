//! Numbers, and true and false, that are written as texts.

use serde_json::{Number, Value};

use crate::grammar::Kind;
use crate::rules::Notes;
use crate::tree::Object;

pub(super) const KINDS: &[Kind] = &[
    Kind::Header,
    Kind::Operation,
    Kind::Parameter,
    Kind::RequestBody,
    Kind::Schema,
];

const NUMBERS: [&str; 3] = ["maximum", "minimum", "multipleOf"];
const COUNTS: [&str; 6] = [
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
];
const FLAGS: [&str; 11] = [
    "exclusiveMaximum",
    "exclusiveMinimum",
    "uniqueItems",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "required",
    "allowEmptyValue",
    "explode",
    "allowReserved",
];

/// `maxLength: '20'` and `maxLength: 20.0` are 20. What is no limit at all, such as
/// `maxLength: -1`, is left out.
pub(super) fn apply(object: &mut Object<'_>, notes: &mut Notes<'_>) {
    for key in NUMBERS.iter().chain(&COUNTS) {
        let Some(value) = object.get(key).filter(|_| object.kind == Kind::Schema) else {
            continue;
        };
        let is_count = COUNTS.contains(key);
        let is_right = match value {
            Value::Number(_) if *key == "multipleOf" => value.as_f64() > Some(0.0),
            Value::Number(number) => !is_count || number.is_u64(),
            _ => false,
        };
        if is_right {
            continue;
        }
        let place = object.place_of(key);
        match number(value, is_count)
            .filter(|number| *key != "multipleOf" || number.as_f64() > Some(0.0))
        {
            Some(number) => {
                notes.add(place, format!("`{key}` is read as {number}"));
                object.set(key, Value::Number(number));
            }
            None if value.is_number() => {
                notes.add(place, format!("`{key}: {value}` is no limit, and left out"));
                object.remove(key);
            }
            None => {}
        }
    }
    for key in FLAGS {
        let flag = match object.text(key) {
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            _ => continue,
        };
        notes.add(object.place_of(key), format!("`{key}` is read as {flag}"));
        object.set(key, flag);
    }
}

fn number(value: &Value, is_count: bool) -> Option<Number> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    let is_whole = number.fract() == 0.0 && number.abs() <= 9.0e15;
    if is_count {
        let text = format!("{number:.0}");
        return (is_whole && number >= 0.0)
            .then(|| text.parse::<u64>().ok())?
            .map(Number::from);
    }
    if is_whole {
        return format!("{number:.0}").parse::<i64>().ok().map(Number::from);
    }
    Number::from_f64(number)
}
