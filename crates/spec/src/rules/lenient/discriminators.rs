//! `discriminator: kind`, as Swagger 2.0 writes it.

use serde_json::Value;

use crate::rules::{Notes, object};
use crate::tree::Object;

/// It is `discriminator: {propertyName: kind}`.
pub(super) fn apply(schema: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = schema.place_of("discriminator");
    match schema.get("discriminator") {
        Some(Value::String(name)) => {
            notes.add(place, "the discriminator's text is its `propertyName`");
            let name = Value::String(name.clone());
            schema.set("discriminator", object("propertyName", name));
        }
        Some(Value::Object(members)) if !members.contains_key("propertyName") => {
            notes.add(
                place,
                "a discriminator without `propertyName` discriminates nothing",
            );
            schema.remove("discriminator");
        }
        _ => {}
    }
}
