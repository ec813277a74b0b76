//! Requests that a document describes.

use keyfob_sandbox::Examiner;
use keyfob_spec::{Location, Operation, Parameter, Spec};
use proptest::prelude::*;
use serde_json::Value;

use crate::compare::as_text;
use crate::texts::{self, Place};
use crate::trial::Trial;
use crate::values::{Fill, Maker};

/// The values of a request.
type RequestValues = (Vec<Option<Value>>, Option<(&'static str, Value)>);

/// Requests of an operation.
pub(crate) fn request(
    spec: &Spec,
    known: &Operation,
    bodies: &'static [&'static str],
    fill: Fill,
) -> BoxedStrategy<RequestValues> {
    let parameters: Vec<_> = known
        .parameters
        .iter()
        .map(|parameter| self::parameter(spec, known, parameter, fill))
        .collect();
    let described = known.body.as_ref();
    let bodies: Vec<_> = bodies
        .iter()
        .filter_map(|name| {
            let media_type = described?.content.iter().find(|one| one.name == *name)?;
            let maker = Maker {
                spec,
                fill,
                place: Place::Anywhere,
                is_sent: true,
                is_json: is_json(name),
            };
            let name: &'static str = name;
            let value = match is_structured(name) {
                true => maker.value(&media_type.schema),
                false => texts::hostile(Place::Anywhere)
                    .prop_map(Value::from)
                    .boxed(),
            };
            Some(value.prop_map(move |value| Some((name, value))).boxed())
        })
        .collect();
    let is_required = described.is_some_and(|body| body.required);
    let body = match (bodies.is_empty(), fill) {
        (true, _) => Just(None).boxed(),
        (false, Fill::Minimal) if !is_required => Just(None).boxed(),
        (false, Fill::Some) if !is_required => {
            let bodies = proptest::strategy::Union::new(bodies);
            prop_oneof![1 => Just(None), 3 => bodies].boxed()
        }
        (false, _) => proptest::strategy::Union::new(bodies).boxed(),
    };
    (parameters, body).boxed()
}

fn parameter(
    spec: &Spec,
    known: &Operation,
    parameter: &Parameter,
    fill: Fill,
) -> BoxedStrategy<Option<Value>> {
    let is_in_json = parameter.media_type.as_deref().is_some_and(is_json);
    let alone = format!("/{{{}}}", parameter.name);
    let is_alone = known
        .path
        .split_inclusive('/')
        .any(|segment| format!("/{}", segment.trim_end_matches('/')) == alone);
    let place = match parameter.location {
        Location::Header => Place::Header,
        Location::Path if is_alone => Place::Path,
        Location::Path => Place::PathPiece,
        Location::Query | Location::Cookie => Place::Anywhere,
    };
    let is_listed = !is_in_json
        && is_composed(spec, &parameter.schema)
        && !(parameter.location == Location::Query && parameter.explode);
    let maker = Maker {
        spec,
        fill,
        place: if is_listed { Place::Listed } else { place },
        is_sent: true,
        is_json: is_in_json,
    };
    let value = match &parameter.example {
        Some(example) if fill != Fill::Some => Just(example.clone()).boxed(),
        _ => maker.value(&parameter.schema),
    };
    match (parameter.required, fill) {
        (true, _) | (false, Fill::Full) => value.prop_map(Some).boxed(),
        (false, Fill::Minimal) => Just(None).boxed(),
        (false, Fill::Some) => proptest::option::of(value).boxed(),
    }
}

/// Whether the document allows the request, by a validator that others wrote.
pub(crate) fn is_legal(examiner: &Examiner, known: &Operation, trial: &Trial) -> bool {
    let parameters = known.parameters.iter().zip(&trial.parameters);
    let mut given = parameters.filter_map(|(known, value)| Some((known, value.as_ref()?)));
    let are_legal = given.all(|(known, value)| {
        let is_json = known.media_type.as_deref().is_some_and(is_json);
        is_value_legal(examiner, (&known.pointer, &known.schema), value, is_json)
    });
    let body = trial.body.as_ref().and_then(|(name, value)| {
        let mut content = known.body.as_ref()?.content.iter();
        Some((content.find(|one| one.name == *name)?, value))
    });
    let is_body_legal = body.is_none_or(|(known, value)| {
        let is_json = is_json(&known.name);
        is_value_legal(examiner, (&known.pointer, &known.schema), value, is_json)
    });
    are_legal && is_body_legal
}

/// Whether a value is allowed as it will arrive.
fn is_value_legal(
    examiner: &Examiner,
    (pointer, schema): (&str, &Value),
    value: &Value,
    is_json: bool,
) -> bool {
    let accepts = |value: &Value| examiner.accepts_request(pointer, schema, value);
    match as_text(value) {
        _ if is_json => accepts(value),
        Some(value) => accepts(&value),
        None => false,
    }
}

fn is_composed(spec: &Spec, schema: &Value) -> bool {
    let schema = spec.resolve(schema);
    let kind = schema.get("type").and_then(Value::as_str);
    !matches!(kind, Some("string" | "integer" | "number" | "boolean"))
}

/// Whether a media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Whether a body of this media type has members, and is not a text or a file as a whole.
fn is_structured(media_type: &str) -> bool {
    is_json(media_type)
        || media_type.starts_with("multipart/")
        || media_type.starts_with("application/x-www-form-urlencoded")
}
