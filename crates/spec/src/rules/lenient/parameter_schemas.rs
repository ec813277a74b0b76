//! Parameters and headers whose schema stands elsewhere, or nowhere.

use serde_json::{Map, Value};

use crate::grammar::Kind;
use crate::rules::{Notes, object};
use crate::tree::Object;

/// What Swagger 2.0 writes beside the name.
const BESIDE: [&str; 17] = [
    "type",
    "format",
    "enum",
    "items",
    "default",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "multipleOf",
    "nullable",
];

/// As Swagger 2.0 writes it, the schema's keys stand beside the name. Without any schema, it is
/// a text, as everything in a URL and in a header is.
pub(super) fn apply(field: &mut Object<'_>, notes: &mut Notes<'_>) {
    if field.has("$ref") {
        return;
    }
    if field.has("schema") && field.has("content") {
        notes.add(
            field.place_of("content"),
            "beside `schema`, `content` is left out",
        );
        field.remove("content");
    }
    if let Some(Value::Object(content)) = field.members.get_mut("content")
        && content.len() > 1
    {
        let first = content
            .iter()
            .next()
            .map(|(name, media)| (name.clone(), media.clone()));
        *content = first.into_iter().collect();
        notes.add(
            field.place_of("content"),
            "a parameter is written in its first media type",
        );
    }
    let is_empty = |content: &Value| content.as_object().is_some_and(Map::is_empty);
    if field.get("content").is_some_and(is_empty) {
        field.remove("content");
    }
    if field.kind == Kind::Parameter {
        collection_format(field, notes);
    }
    if field.has("content") || field.has("schema") {
        return;
    }
    let place = field.place();
    let beside: Map<String, Value> = BESIDE
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), field.remove(key)?)))
        .collect();
    if beside.contains_key("type") || beside.contains_key("enum") {
        notes.add(place, "what stands beside the name is its schema");
        field.set("schema", beside);
    } else {
        notes.add(place, "without a schema, it is a text");
        field.set("schema", object("type", Value::from("string")));
    }
}

/// `csv` and `multi` of Swagger 2.0.
fn collection_format(parameter: &mut Object<'_>, notes: &mut Notes<'_>) {
    let place = parameter.place_of("collectionFormat");
    let Some(format) = parameter.remove("collectionFormat") else {
        return;
    };
    let (style, explode) = match format.as_str() {
        Some("multi") => (None, true),
        Some("pipes") => (Some("pipeDelimited"), false),
        Some("ssv") => (Some("spaceDelimited"), false),
        _ => (None, false),
    };
    notes.add(
        place,
        format!("`collectionFormat` is read as `explode: {explode}`"),
    );
    if let Some(style) = style.filter(|_| !parameter.has("style")) {
        parameter.set("style", style);
    }
    if !parameter.has("explode") {
        parameter.set("explode", explode);
    }
}
