//! What an operation answers: one Rust type for its successes, one for its failures.

use keyfob_spec::model::{MediaType, Operation, Response, Scheme, Spec, Status};
use proc_macro2::{Ident, TokenStream};
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
    /// The media types that it is read from.
    pub(crate) media_types: Vec<String>,
    /// The media type of a failure's text, which may come in place of what it holds.
    pub(crate) text: Option<String>,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    Empty,
    Json(Schema),
    /// A string, in JSON or as it is.
    JsonOrText(Schema),
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
                successes.push(Answer {
                    text: None,
                    ..answer.clone()
                });
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
            conditional: !operation.success_criteria.is_empty()
                || is_refused_with_success(schemas.spec, operation),
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

    /// The closure that tells a documented success from another one, without reading it.
    pub(crate) fn documented_closure(&self) -> TokenStream {
        let answers = &self.successes.answers;
        if answers.iter().any(|one| one.status == Status::Default) {
            return quote!(|_| Ok(()));
        }
        let patterns = answers.iter().map(|answer| pattern(answer.status));
        quote!(|answer| match answer.status() {
            #(#patterns)|* => Ok(()),
            _ => Err(answer.undocumented()),
        })
    }

    /// The closure that reads a failure. Where a success status can be a failure all the same,
    /// such an answer is read as the first documented failure that has a body.
    pub(crate) fn failure_closure(&self, module: &TokenStream) -> TokenStream {
        let broken = self
            .failures
            .answers
            .iter()
            .find(|answer| answer.payload != Payload::Empty);
        let broken = broken.filter(|_| self.conditional).map(|answer| {
            let read = self.failures.read(module, answer);
            quote!(200..=299 => #read,)
        });
        self.failures.closure(module, broken)
    }
}

fn is_refused_with_success(spec: &Spec, operation: &Operation) -> bool {
    let mut wanted = operation.security.iter().flatten();
    wanted.any(|requirement| {
        let scheme = spec.scheme(&requirement.scheme);
        scheme.is_some_and(Scheme::is_refused_with_success)
    })
}

impl Outcome {
    fn of(schemas: &mut Schemas<'_>, mut answers: Vec<Answer>, wish: &str) -> Self {
        answers.sort_by_key(|answer| match answer.status {
            Status::Code(code) => (0, code),
            Status::Range(digit) => (1, digit),
            Status::Default => (2, 0),
        });
        let first = answers.first().map(|answer| answer.payload.clone());
        let several = answers
            .iter()
            .any(|answer| Some(&answer.payload) != first.as_ref() || answer.text.is_some());
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
            return quote!(|answer| Err(answer.undocumented()));
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
            None => quote!(_ => Err(answer.undocumented()),),
        };
        quote!(|answer| match answer.status() { #(#coded)* #before_default #last })
    }

    fn read(&self, module: &TokenStream, answer: &Answer) -> TokenStream {
        let read = answer.payload.read();
        let Some(name) = &self.name else { return read };
        let name = ident(name);
        let variant = answer.variant();
        let read = match answer.payload {
            Payload::Empty => quote!(#read.map(|()| #module #name::#variant)),
            _ => quote!(#read.map(#module #name::#variant)),
        };
        let text = answer.text.as_ref().map(|_| {
            let variant = answer.text_variant();
            quote!(.or_else(|_| answer.text().map(#module #name::#variant)))
        });
        quote!(#read #text)
    }

    /// The enum of the answers, if there is one.
    pub(crate) fn definition(&self, operation: &Operation, is_error: bool) -> Option<TokenStream> {
        let name = ident(self.name.as_ref()?);
        let what = if is_error { "failures" } else { "answers" };
        let id: String = operation
            .id
            .chars()
            .filter(|c| *c != '`' && !c.is_control())
            .collect();
        let about = documentation::attributes(&format!("The documented {what} of `{id}`."));
        let variants = self.answers.iter().map(Answer::variants);
        let display = self.answers.iter().map(|answer| {
            let (variant, text_variant) = (answer.variant(), answer.text_variant());
            let fields = (answer.payload != Payload::Empty).then(|| quote!((_)));
            let text = answer
                .text
                .as_ref()
                .map(|_| quote!(| Self::#text_variant(_)));
            let words = status_words(answer.status);
            quote!(Self::#variant #fields #text => #words)
        });
        let error = is_error.then(|| quote!(impl ::std::error::Error for #name {}));
        Some(quote! {
            #about
            #[derive(Clone, Debug)]
            pub enum #name {
                #(#variants)*
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
    pub(crate) fn variant(&self) -> Ident {
        match self.status {
            Status::Code(code) => format_ident!("Status{code}"),
            Status::Range(digit) => format_ident!("Status{digit}XX"),
            Status::Default => format_ident!("Default"),
        }
    }

    /// The variant for the text that may come in its place.
    pub(crate) fn text_variant(&self) -> Ident {
        format_ident!("{}Text", self.variant())
    }

    fn variants(&self) -> TokenStream {
        let documentation = documentation::attributes(&self.description);
        let variant = self.variant();
        let payload = (self.payload != Payload::Empty).then(|| {
            let rust = self.payload.rust(&quote!());
            quote!((#rust))
        });
        let text = self.text.as_ref().map(|media_type| {
            let about = format!("The same, as `{}`.", media_type.replace('`', ""));
            let about = documentation::attributes(&about);
            let variant = self.text_variant();
            quote!(#about #variant(String),)
        });
        quote!(#documentation #variant #payload, #text)
    }
}

impl Payload {
    /// The Rust type.
    pub(crate) fn rust(&self, module: &TokenStream) -> TokenStream {
        match self {
            Self::Empty => quote!(()),
            Self::Json(schema) | Self::JsonOrText(schema) => schema.rust(module),
            Self::Text => quote!(String),
            Self::SecretText => quote!(::keyfob_runtime::Secret),
            Self::Bytes => quote!(::keyfob_runtime::Bytes),
        }
    }

    fn read(&self) -> TokenStream {
        let secret = quote!(
            answer
                .text()
                .map(|text| ::keyfob_runtime::Secret::from(text.trim()))
        );
        match self {
            Self::Empty => quote!(answer.empty()),
            Self::Json(_) => quote!(answer.json()),
            Self::JsonOrText(schema) if schema.shape == Shape::Secret => {
                quote!(answer.json().or_else(|_| #secret))
            }
            Self::JsonOrText(_) => quote!(answer.json().or_else(|_| answer.text())),
            Self::Text => quote!(answer.text()),
            Self::SecretText => secret,
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
    let mut answer = Answer {
        status: response.status,
        description: response.description.clone(),
        payload: Payload::Empty,
        media_types: Vec::new(),
        text: None,
    };
    if operation.method == "HEAD" || matches!(response.status, Status::Code(204 | 205 | 304)) {
        return answer;
    }
    let of_kind = |is: fn(&str) -> bool| -> Vec<&'a MediaType> {
        response
            .content
            .iter()
            .filter(|media| is(&essence(&media.name)))
            .collect()
    };
    let (json, text) = (of_kind(is_json), of_kind(is_text));
    let wish = wish(builder, response.status);
    if let Some(first) = json.first() {
        answer.payload = Payload::Json(schemas.schema(
            &format!("{}/schema", first.pointer),
            &first.schema,
            &wish,
        ));
        answer.media_types = names(
            json.iter()
                .copied()
                .filter(|media| media.schema == first.schema),
        );
        add_text(&mut answer, &text);
    } else if text.len() == response.content.len() && !text.is_empty() {
        answer.payload = text_payload(schemas, &text, &wish);
        answer.media_types = names(text.iter().copied());
    } else if !response.content.is_empty() {
        answer.payload = Payload::Bytes;
        answer.media_types = names(response.content.iter());
    }
    for media in &response.content {
        if !answer.media_types.contains(&media.name) && answer.text.as_ref() != Some(&media.name) {
            schemas.rewrite(
                "answer-media-types",
                &media.pointer,
                "left out: another media type of the same answer is asked for",
            );
        }
    }
    answer
}

/// Text beside JSON: the same string without quotes, or what a failure says in its own words.
fn add_text(answer: &mut Answer, text: &[&MediaType]) {
    let Some(first) = text.first() else { return };
    let Payload::Json(schema) = &answer.payload else {
        return;
    };
    if !schema.nullable && matches!(schema.shape, Shape::String | Shape::Secret) {
        answer.payload = Payload::JsonOrText(schema.clone());
        answer.media_types.extend(names(text.iter().copied()));
    } else if !answer.status.is_success() {
        answer.text = Some(first.name.clone());
    }
}

/// The schema says nothing of a text but whether it is a secret.
fn text_payload<'a>(schemas: &mut Schemas<'a>, text: &[&'a MediaType], wish: &str) -> Payload {
    let secret = text.iter().any(|media| {
        let textual = media.schema.get("type").and_then(|kind| kind.as_str()) == Some("string");
        textual
            && schemas
                .schema(&format!("{}/schema", media.pointer), &media.schema, wish)
                .shape
                == Shape::Secret
    });
    if secret {
        Payload::SecretText
    } else {
        Payload::Text
    }
}

fn names<'m>(media: impl Iterator<Item = &'m MediaType>) -> Vec<String> {
    media.map(|media| media.name.clone()).collect()
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
    for media_type in answers.flat_map(|answer| answer.media_types.iter().chain(&answer.text)) {
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
