//! `exclusiveMinimum: 3` is `minimum: 3, exclusiveMinimum: true`.

use serde_json::Value;

use crate::rules::Notes;
use crate::tree::Object;

pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    limit(
        schema,
        "exclusiveMinimum",
        "minimum",
        |new, old| new >= old,
        notes,
    );
    limit(
        schema,
        "exclusiveMaximum",
        "maximum",
        |new, old| new <= old,
        notes,
    );
}

/// Of an exclusive and an inclusive limit, the stricter one stays.
fn limit(
    schema: &mut Object<'_>,
    exclusive: &str,
    inclusive: &str,
    is_stricter: fn(f64, f64) -> bool,
    notes: &mut Notes<'_>,
) {
    let Some(Value::Number(number)) = schema.get(exclusive).cloned() else {
        return;
    };
    notes.add(
        schema.place_of(exclusive),
        format!("`{exclusive}: {number}` is read as `{inclusive}: {number}, {exclusive}: true`"),
    );
    let given = schema.get(inclusive).and_then(Value::as_f64);
    let new = number.as_f64();
    let wins = match (new, given) {
        (Some(new), Some(given)) => is_stricter(new, given),
        _ => true,
    };
    if wins {
        schema.set(inclusive, Value::Number(number));
        schema.set(exclusive, true);
    } else {
        schema.remove(exclusive);
    }
}
