//! What an operation answers: one Rust type for its successes, one for its failures.

use keyfob_spec::model::{MediaType, Operation, Response, Status};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::operation::{essence, is_json, is_text};
use super::schemas::Schemas;
use super::shape::{Schema, Shape};
use crate::documentation;
use crate::names::ident;

/// What an operation answers.
pub(crate) struct Answers {
    /// What it is called for.
    pub(crate) successes: Outcome,
    /// How it says that it could not.
    pub(crate) failures: Outcome,
    /// The media types that the answers are read in, for `Accept`.
    pub(crate) accept: Vec<String>,
    /// Whether an answer with a success status can be a failure all the same.
    conditional: bool,
}

/// The answers of one kind.
pub(crate) struct Outcome {
    /// The answers, those for one status before ranges, and those before the default.
    pub(crate) answers: Vec<Answer>,
    /// The enum of them, where they are of several types.
    pub(crate) name: Option<String>,
}

/// One documented answer.
#[derive(Clone)]
pub(crate) struct Answer {
    /// For which status.
    pub(crate) status: Status,
    /// What the document says of it; free text.
    pub(crate) description: String,
    /// What it holds.
    pub(crate) payload: Payload,
    /// The media type of that.
    pub(crate) media_type: Option<String>,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    Empty,
    Json(Schema),
    Text,
    /// Text that is a secret as a whole.
    SecretText,
    Bytes,
}

impl Answers {
    /// Reads the answers of an operation. Types that need a name are called after `builder`.
    pub(crate) fn of<'a>(
        schemas: &mut Schemas<'a>,
        operation: &'a Operation,
        builder: &str,
    ) -> Self {
        let has_success = operation
            .responses
            .iter()
            .any(|response| response.status.is_success());
        let (mut successes, mut failures) = (Vec::new(), Vec::new());
        for response in &operation.responses {
            let answer = answer(schemas, operation, response, builder);
            if response.status.is_success() {
                successes.push(answer);
            } else if response.status == Status::Default && !has_success {
                // The only word on what success looks like.
                successes.push(answer.clone());
                failures.push(answer);
            } else {
                failures.push(answer);
            }
        }
        let accept = accept(successes.iter().chain(&failures));
        Self {
            successes: Outcome::of(schemas, successes, &format!("{builder} Answer")),
            failures: Outcome::of(schemas, failures, &format!("{builder} Error")),
            accept,
            conditional: !operation.success_criteria.is_empty(),
        }
    }

    /// Whether the success is bytes that come piece by piece.
    pub(crate) fn is_stream(&self) -> bool {
        let answers = &self.successes.answers;
        !answers.is_empty()
            && answers
                .iter()
                .all(|answer| answer.payload == Payload::Bytes)
    }

    /// The Rust type of a success.
    pub(crate) fn success_type(&self, module: &TokenStream) -> TokenStream {
        if self.is_stream() {
            return quote!(::keyfob_runtime::ByteStream);
        }
        self.successes.rust(module)
    }

    /// The closure that reads a success.
    pub(crate) fn success_closure(&self, module: &TokenStream) -> TokenStream {
        self.successes.closure(module, None)
    }

    /// The closure that reads a failure.
    pub(crate) fn failure_closure(&self, module: &TokenStream) -> TokenStream {
        let broken = self.conditional.then(|| {
            let with_body = self
                .failures
                .answers
                .iter()
                .find(|answer| answer.payload != Payload::Empty);
            with_body.map(|answer| {
                let read = self.failures.read(module, answer);
                quote!(200..=299 => #read,)
            })
        });
        self.failures.closure(module, broken.flatten())
    }
}

impl Outcome {
    fn of(schemas: &mut Schemas<'_>, mut answers: Vec<Answer>, wish: &str) -> Self {
        answers.sort_by_key(|answer| match answer.status {
            Status::Code(code) => (0, code),
            Status::Range(digit) => (1, digit),
            Status::Default => (2, 0),
        });
        let several = answers
            .iter()
            .skip(1)
            .any(|answer| Some(&answer.payload) != answers.first().map(|one| &one.payload));
        let name = several.then(|| schemas.types.claim_type(wish));
        Self { answers, name }
    }

    /// The Rust type of these answers.
    pub(crate) fn rust(&self, module: &TokenStream) -> TokenStream {
        match (&self.name, self.answers.first()) {
            (Some(name), _) => {
                let name = ident(name);
                quote!(#module #name)
            }
            (None, Some(answer)) => answer.payload.rust(module),
            (None, None) => quote!(()),
        }
    }

    fn closure(&self, module: &TokenStream, before_default: Option<TokenStream>) -> TokenStream {
        if self.answers.is_empty() {
            return quote!(|answer| ::std::result::Result::Err(answer.undocumented()));
        }
        let arm = |answer: &Answer| {
            let pattern = pattern(answer.status);
            let read = self.read(module, answer);
            quote!(#pattern => #read,)
        };
        let (default, coded): (Vec<&Answer>, Vec<&Answer>) = self
            .answers
            .iter()
            .partition(|answer| answer.status == Status::Default);
        let coded = coded.into_iter().map(arm);
        let last = match default.first() {
            Some(answer) => arm(answer),
            None => quote!(_ => ::std::result::Result::Err(answer.undocumented()),),
        };
        quote!(|answer| match answer.status() { #(#coded)* #before_default #last })
    }

    fn read(&self, module: &TokenStream, answer: &Answer) -> TokenStream {
        let read = answer.payload.read();
        let Some(name) = &self.name else { return read };
        let name = ident(name);
        let variant = answer.variant();
        match answer.payload {
            Payload::Empty => quote!(#read.map(|()| #module #name::#variant)),
            _ => quote!(#read.map(#module #name::#variant)),
        }
    }

    /// The enum of the answers, if there is one.
    pub(crate) fn definition(&self, operation: &Operation, is_error: bool) -> Option<TokenStream> {
        let name = ident(self.name.as_ref()?);
        let what = if is_error {
            "could not do what it was asked"
        } else {
            "answers"
        };
        let about = documentation::attributes(&format!(
            "How `{}` says what it {what}.",
            printable(&operation.id)
        ));
        let about = if is_error {
            documentation::attributes(&format!(
                "The documented failures of `{}`.",
                printable(&operation.id)
            ))
        } else {
            let _ = about;
            documentation::attributes(&format!(
                "The documented answers of `{}`.",
                printable(&operation.id)
            ))
        };
        let variants = self.answers.iter().map(|answer| {
            let documentation = documentation::attributes(&answer.description);
            let variant = answer.variant();
            let payload = (answer.payload != Payload::Empty).then(|| {
                let rust = answer.payload.rust(&quote!());
                quote!((#rust))
            });
            quote!(#documentation #variant #payload)
        });
        let display = self.answers.iter().map(|answer| {
            let variant = answer.variant();
            let fields = (answer.payload != Payload::Empty).then(|| quote!((_)));
            let text = status_words(answer.status);
            quote!(Self::#variant #fields => #text)
        });
        let error = is_error.then(|| quote!(impl ::std::error::Error for #name {}));
        Some(quote! {
            #about
            #[derive(Clone, Debug)]
            pub enum #name {
                #(#variants,)*
            }

            impl ::std::fmt::Display for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(match self {
                        #(#display,)*
                    })
                }
            }

            #error
        })
    }
}

impl Answer {
    /// The variant of an enum of answers.
    pub(crate) fn variant(&self) -> proc_macro2::Ident {
        match self.status {
            Status::Code(code) => format_ident!("Status{code}"),
            Status::Range(digit) => format_ident!("Status{digit}XX"),
            Status::Default => format_ident!("Default"),
        }
    }
}

impl Payload {
    /// The Rust type.
    pub(crate) fn rust(&self, module: &TokenStream) -> TokenStream {
        match self {
            Self::Empty => quote!(()),
            Self::Json(schema) => schema.rust(module),
            Self::Text => quote!(::std::string::String),
            Self::SecretText => quote!(::keyfob_runtime::Secret),
            Self::Bytes => quote!(::keyfob_runtime::Bytes),
        }
    }

    fn read(&self) -> TokenStream {
        match self {
            Self::Empty => quote!(answer.empty()),
            Self::Json(_) => quote!(answer.json()),
            Self::Text => quote!(answer.text()),
            Self::SecretText => quote!(answer.text().map(::keyfob_runtime::Secret::from)),
            Self::Bytes => quote!(answer.bytes()),
        }
    }
}

fn answer<'a>(
    schemas: &mut Schemas<'a>,
    operation: &Operation,
    response: &'a Response,
    builder: &str,
) -> Answer {
    let bodiless =
        operation.method == "HEAD" || matches!(response.status, Status::Code(204 | 205 | 304));
    let media = preferred(&response.content).filter(|_| !bodiless);
    for other in &response.content {
        if media.is_some_and(|media| media.name != other.name) {
            schemas.rewrite(
                &other.pointer,
                "left out: another media type of the same answer is asked for",
            );
        }
    }
    let payload = media.map_or(Payload::Empty, |media| {
        payload(schemas, media, &wish(builder, response.status))
    });
    Answer {
        status: response.status,
        description: response.description.clone(),
        media_type: media.map(|media| media.name.clone()),
        payload,
    }
}

/// The media type that is read: JSON if there is one, else text, else the first.
fn preferred(content: &[MediaType]) -> Option<&MediaType> {
    let json = content.iter().find(|media| is_json(&essence(&media.name)));
    let text = || content.iter().find(|media| is_text(&essence(&media.name)));
    json.or_else(text).or_else(|| content.first())
}

fn payload<'a>(schemas: &mut Schemas<'a>, media: &'a MediaType, wish: &str) -> Payload {
    let essence = essence(&media.name);
    if is_json(&essence) {
        return Payload::Json(schemas.schema(
            &format!("{}/schema", media.pointer),
            &media.schema,
            wish,
        ));
    }
    if !is_text(&essence) {
        return Payload::Bytes;
    }
    // The schema says nothing of the text but whether it is a secret.
    let textual = media.schema.get("type").and_then(|kind| kind.as_str()) == Some("string");
    let schema =
        textual.then(|| schemas.schema(&format!("{}/schema", media.pointer), &media.schema, wish));
    if schema.is_some_and(|schema| schema.shape == Shape::Secret) {
        Payload::SecretText
    } else {
        Payload::Text
    }
}

fn wish(builder: &str, status: Status) -> String {
    match status {
        Status::Code(code) => format!("{builder}{code}"),
        Status::Range(digit) => format!("{builder}{digit}XX"),
        Status::Default => format!("{builder} Default"),
    }
}

fn accept<'s>(answers: impl Iterator<Item = &'s Answer>) -> Vec<String> {
    let mut accept: Vec<String> = Vec::new();
    for media_type in answers.filter_map(|answer| answer.media_type.as_ref()) {
        if !accept.contains(media_type) {
            accept.push(media_type.clone());
        }
    }
    accept
}

fn pattern(status: Status) -> TokenStream {
    match status {
        Status::Code(code) => quote!(#code),
        Status::Range(digit) => {
            let (first, last) = (digit * 100, digit * 100 + 99);
            quote!(#first..=#last)
        }
        Status::Default => quote!(_),
    }
}

fn status_words(status: Status) -> String {
    match status {
        Status::Code(code) => format!("status {code}"),
        Status::Range(digit) => format!("a status from {digit}00 to {digit}99"),
        Status::Default => "a status that has no answer of its own".to_string(),
    }
}

/// A name in a code span.
fn printable(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '`' && !c.is_control())
        .collect()
}
