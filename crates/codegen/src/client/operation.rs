//! One operation as the generated code has it: its names, its arguments and its answers.

use keyfob_spec::Spec;
use keyfob_spec::model::{MediaType, Operation, Parameter};
use serde_json::Value;

use super::answers::Answers;
use super::names::Taken;
use super::pagination::{self, Paging};
use super::reach::{follow, join};
use super::schemas::Schemas;
use super::shape::{Kind, Schema, Shape};
use crate::names::value_name;

/// The methods that a client has besides its operations.
const CLIENT_METHODS: &[&str] = &[
    "authorization",
    "borrow",
    "builder",
    "clone",
    "from",
    "into",
    "new",
    "replace_credentials",
    "revoke",
    "settled",
    "to_owned",
    "with_credentials",
];

/// The methods that a builder, or a mock's request, has besides its parameters, and the names that
/// it uses itself.
const BUILDER_METHODS: &[&str] = &[
    "body",
    "body_map",
    "borrow",
    "call_limits",
    "client",
    "clone",
    "from",
    "into",
    "into_call",
    "into_inner",
    "max_response_size",
    "media_type",
    "new",
    "send",
    "stream",
    "timeout",
    "to_owned",
    "with_header",
    "without",
];

/// One operation as the generated code has it.
pub(crate) struct Call<'a> {
    /// What the document says of it.
    pub(crate) operation: &'a Operation,
    /// The client's method.
    pub(crate) method: String,
    /// The builder's type.
    pub(crate) builder: String,
    /// The constant that describes it.
    pub(crate) constant: String,
    /// Its parameters, in document order.
    pub(crate) arguments: Vec<Argument<'a>>,
    /// Its request body.
    pub(crate) body: Option<Body<'a>>,
    /// What it answers.
    pub(crate) answers: Answers,
    /// How it answers page by page.
    pub(crate) paging: Option<Paging>,
}

/// One parameter.
pub(crate) struct Argument<'a> {
    /// What the document says of it.
    pub(crate) parameter: &'a Parameter,
    /// Its name in Rust.
    pub(crate) name: String,
    /// What it is; never null, for a null parameter is an absent one.
    pub(crate) schema: Schema,
    /// The only value that it can have, where it has to be there: nobody needs to give it.
    pub(crate) only: Option<OnlyValue>,
}

/// A value that has no alternative.
pub(crate) struct OnlyValue {
    /// The type of it.
    pub(crate) name: String,
    /// Its variant.
    pub(crate) variant: String,
    /// What it is on the wire.
    pub(crate) wire: String,
}

/// A request body.
pub(crate) struct Body<'a> {
    /// Whether it has to be given.
    pub(crate) required: bool,
    /// What the document says of it; free text.
    pub(crate) description: &'a str,
    /// What it is.
    pub(crate) schema: Schema,
    /// The media types that it can be written in, the default first.
    pub(crate) media: Vec<BodyMedia<'a>>,
    /// The methods that choose another media type than the default, in the order of `media`
    /// without its first.
    pub(crate) choices: Vec<String>,
    /// Whether its type has a builder.
    pub(crate) has_builder: bool,
    /// What may be sent in its place.
    pub(crate) others: Vec<OtherBody<'a>>,
}

/// A request body of another type, in a media type of its own.
pub(crate) struct OtherBody<'a> {
    /// The method that gives it.
    pub(crate) method: String,
    /// What it is.
    pub(crate) schema: Schema,
    /// How it is written.
    pub(crate) media: BodyMedia<'a>,
}

/// A media type of a request body.
pub(crate) struct BodyMedia<'a> {
    pub(crate) media: &'a MediaType,
    pub(crate) encoding: Encoding,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Form,
    Multipart,
    Text,
    Bytes,
}

impl Encoding {
    /// The encoding of a media type.
    pub(crate) fn of(media_type: &str) -> Self {
        let essence = essence(media_type);
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            kind if is_json(kind) => Self::Json,
            kind if kind.starts_with("multipart/") => Self::Multipart,
            kind if is_text(kind) => Self::Text,
            _ => Self::Bytes,
        }
    }

    /// Whether a typed value is written in it.
    fn is_structured(self) -> bool {
        matches!(self, Self::Json | Self::Form | Self::Multipart)
    }
}

/// A media type without its parameters, in lower case.
pub(crate) fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Whether a media type is JSON.
pub(crate) fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// Whether a media type is text to be read whole.
pub(crate) fn is_text(essence: &str) -> bool {
    let streamed = essence == "text/event-stream";
    let known = [
        "application/xml",
        "application/yaml",
        "application/x-yaml",
        "application/javascript",
    ];
    !streamed
        && (essence.starts_with("text/") || essence.ends_with("+xml") || known.contains(&essence))
}

/// The operations of the spec, in document order.
pub(crate) fn calls<'a>(spec: &'a Spec, schemas: &mut Schemas<'a>) -> Vec<Call<'a>> {
    let mut methods = Taken::with(CLIENT_METHODS);
    let mut builders = Taken::default();
    let ids = spec
        .operations
        .iter()
        .map(|operation| operation.id.as_str());
    let mut names = methods.claim_all(ids, Taken::claim_value);
    spec.operations
        .iter()
        .map(|operation| {
            let method = names.remove(operation.id.as_str()).unwrap_or_default();
            if method != value_name(&operation.id) {
                schemas.rewrite(
                    "names",
                    &operation.pointer,
                    format!("is called `{method}` in Rust"),
                );
            }
            let builder = builders.claim_builder(&method);
            call(spec, schemas, operation, method, builder)
        })
        .collect()
}

fn call<'a>(
    spec: &'a Spec,
    schemas: &mut Schemas<'a>,
    operation: &'a Operation,
    method: String,
    builder: String,
) -> Call<'a> {
    let body = body(spec, schemas, operation, &builder);
    let mut taken = Taken::with(BUILDER_METHODS);
    if pagination::is_paged(spec, operation) {
        for name in pagination::METHODS {
            taken.claim_value(name);
        }
    }
    if let Some(body) = &body {
        for name in body
            .choices
            .iter()
            .chain(body.others.iter().map(|other| &other.method))
        {
            taken.claim_value(name);
        }
    }
    let arguments = operation
        .parameters
        .iter()
        .map(|parameter| argument(schemas, parameter, &builder, &mut taken))
        .collect();
    let answers = Answers::of(schemas, operation, &builder);
    let paging = Paging::of(spec, schemas, operation, &answers);
    Call {
        operation,
        constant: method.to_uppercase(),
        method,
        builder,
        arguments,
        body,
        answers,
        paging,
    }
}

fn argument<'a>(
    schemas: &mut Schemas<'a>,
    parameter: &'a Parameter,
    builder: &str,
    taken: &mut Taken,
) -> Argument<'a> {
    let name = taken.claim_value(&parameter.name);
    if name != value_name(&parameter.name) {
        schemas.rewrite(
            "names",
            &parameter.pointer,
            format!("is called `{name}` in Rust"),
        );
    }
    let described = match &parameter.media_type {
        Some(media_type) => join(&format!("{}/content", parameter.pointer), media_type),
        None => parameter.pointer.clone(),
    };
    let pointer = format!("{described}/schema");
    let schema = schemas.schema(
        &pointer,
        &parameter.schema,
        &format!("{builder} {}", parameter.name),
    );
    Argument {
        parameter,
        name,
        only: only_value(schemas, parameter, &schema),
        schema: Schema {
            nullable: false,
            ..schema
        },
    }
}

fn only_value(schemas: &Schemas<'_>, parameter: &Parameter, schema: &Schema) -> Option<OnlyValue> {
    let Shape::Named(name) = &schema.shape else {
        return None;
    };
    let Kind::Enumeration(one) = &schemas.definition(name)?.kind else {
        return None;
    };
    match one.variants.as_slice() {
        [(variant, wire)] if parameter.required => Some(OnlyValue {
            name: name.clone(),
            variant: variant.clone(),
            wire: wire.clone(),
        }),
        _ => None,
    }
}

fn body<'a>(
    spec: &'a Spec,
    schemas: &mut Schemas<'a>,
    operation: &'a Operation,
    builder: &str,
) -> Option<Body<'a>> {
    let body = operation.body.as_ref()?;
    let mut groups: Vec<Vec<BodyMedia<'a>>> = Vec::new();
    for media in &body.content {
        let one = BodyMedia {
            media,
            encoding: Encoding::of(&media.name),
        };
        let same = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|first| is_same(spec, first, &one))
        });
        match same {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let structured = |group: &Vec<BodyMedia<'_>>| {
        group
            .first()
            .is_some_and(|one| one.encoding.is_structured())
    };
    let default = groups.iter().position(structured).unwrap_or(0);
    let media = if groups.is_empty() {
        return None;
    } else {
        groups.remove(default)
    };
    let schema = body_schema(schemas, media.first()?, &format!("{builder} Body"));
    let has_builder = match &schema.shape {
        Shape::Named(name) => schemas
            .definition(name)
            .is_some_and(|one| matches!(one.kind, Kind::Struct(_))),
        _ => false,
    };
    let mut taken = Taken::with(BUILDER_METHODS);
    let choices = media
        .iter()
        .skip(1)
        .map(|one| taken.claim_value(&choice("as", one)))
        .collect();
    let others = groups
        .into_iter()
        .filter_map(|group| group.into_iter().next())
        .map(|media| OtherBody {
            method: taken.claim_value(&choice("body", &media)),
            schema: body_schema(
                schemas,
                &media,
                &format!("{builder} {}", choice("", &media)),
            ),
            media,
        })
        .collect();
    Some(Body {
        required: body.required,
        description: &body.description,
        schema,
        media,
        choices,
        has_builder,
        others,
    })
}

/// Whether one type serves both media types.
fn is_same(spec: &Spec, first: &BodyMedia<'_>, other: &BodyMedia<'_>) -> bool {
    if !first.encoding.is_structured() || !other.encoding.is_structured() {
        return first.encoding == other.encoding;
    }
    let target = |one: &BodyMedia<'_>| {
        follow(
            spec,
            &format!("{}/schema", one.media.pointer),
            &one.media.schema,
        )
        .map(|(_, value, _)| value.clone())
    };
    let files = |one: &BodyMedia<'_>| one.encoding == Encoding::Multipart;
    target(first) == target(other) && (files(first) == files(other) || !has_file(&target(first)))
}

fn has_file(schema: &Option<Value>) -> bool {
    schema
        .as_ref()
        .is_some_and(|schema| schema.to_string().contains(r#""format":"binary""#))
}

fn body_schema<'a>(schemas: &mut Schemas<'a>, first: &BodyMedia<'a>, wish: &str) -> Schema {
    match first.encoding {
        Encoding::Text => Schema::of(text_shape(schemas, first, wish)),
        Encoding::Bytes => Schema::of(Shape::File),
        _ => {
            let pointer = format!("{}/schema", first.media.pointer);
            let schema = schemas.schema(&pointer, &first.media.schema, wish);
            Schema {
                nullable: false,
                ..schema
            }
        }
    }
}

/// A text is a string, and its schema says no more of it than whether it is a secret.
fn text_shape<'a>(schemas: &mut Schemas<'a>, text: &BodyMedia<'a>, wish: &str) -> Shape {
    let schema = &text.media.schema;
    let is_string = schema.get("type").and_then(|kind| kind.as_str()) == Some("string");
    if !is_string && schema.get("$ref").is_none() {
        return Shape::String;
    }
    let pointer = format!("{}/schema", text.media.pointer);
    match schemas.schema(&pointer, schema, wish).shape {
        Shape::Secret | Shape::FilledSecret => Shape::Secret,
        _ => Shape::String,
    }
}

/// A method that is about a media type.
fn choice(verb: &str, one: &BodyMedia<'_>) -> String {
    let essence = essence(&one.media.name);
    let name = match one.encoding {
        Encoding::Json if essence == "application/json" => "json",
        Encoding::Form => "form",
        Encoding::Multipart if essence == "multipart/form-data" => "multipart",
        Encoding::Text if essence == "text/plain" => "text",
        Encoding::Bytes if essence == "application/octet-stream" => "bytes",
        _ => essence.rsplit('/').next().unwrap_or_default(),
    };
    value_name(&format!("{verb}_{name}"))
}
