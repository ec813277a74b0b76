//! `src/mock.rs`: for each operation, requests to wait for and answers to give.

use keyfob_spec::model::{Spec, Status};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::answers::{Answer, Payload};
use super::names::Taken;
use super::operation::{Body, Call, essence, is_text};
use super::shape::{Schema, Shape};
use crate::documentation;
use crate::names::{ident, library_name};
use crate::print::Source;
use crate::unsupported::Failure;

/// The methods that a mock server has itself; a trait's method of that name is out of reach.
const SERVER_METHODS: &[&str] = &[
    "as_ref",
    "base_url",
    "borrow",
    "borrow_mut",
    "fmt",
    "from",
    "into",
    "mock",
    "operation",
    "reset",
    "start",
    "start_async",
    "try_from",
    "try_into",
    "type_id",
    "unanswered",
    "url",
];

/// The code of `src/mock.rs`.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn mock(spec: &Spec, calls: &[Call<'_>]) -> Result<String, Failure> {
    let named: Vec<(&Call<'_>, String)> = calls.iter().zip(methods(calls)).collect();
    let first = named.first();
    let example = first.map(|(_, name)| example(&library_name(&spec.name), name));
    let example = example.unwrap_or_default();
    let mut source = Source::of(spec);
    source.add(quote! {
        #![allow(clippy::all, deprecated)]

        pub use ::keyfob_runtime::mock::{Mock, MockServer, ReceivedRequest};
    })?;
    let server = |methods| {
        let example = documentation::attribute(&example);
        quote! {
            /// Mocks of this API's operations.
            #example
            pub trait MockServerExt: ::std::convert::AsRef<MockServer> {
                #methods
            }
        }
    };
    source.add_block(server, &named, |(call, name)| self::server(call, name))?;
    source.add(quote!(impl MockServerExt for MockServer {}))?;
    let repeated = source.repeated();
    let once = |method| repeated.put(spec, method);
    let when = |requests| {
        quote! {
            /// The requests that a mock waits for.
            pub mod when {
                #requests
            }
        }
    };
    source.add_block(when, calls, |call| request(call, once))?;
    let then = |answers| {
        quote! {
            /// What a mock answers.
            pub mod then {
                #answers
            }
        }
    };
    source.add_block(then, calls, |call| answers(call, once))?;
    Ok(source.finish())
}

/// The method of a mock server that answers calls of an operation.
fn server(call: &Call<'_>, name: &str) -> TokenStream {
    let about = format!(" Answers calls of `{}`.", call.method);
    let name = ident(name);
    let builder = ident(&call.builder);
    let constant = ident(&call.constant);
    quote! {
        #[doc = #about]
        #[track_caller]
        fn #name(&self, set_up: impl FnOnce(when::#builder, then::#builder)) -> Mock<'_> {
            self.as_ref().operation(&crate::client::operations::#constant, |when, then| {
                set_up(when::#builder(when), then::#builder(then))
            })
        }
    }
}

/// The methods that mock the operations, in their order.
pub(crate) fn methods(calls: &[Call<'_>]) -> Vec<String> {
    let mut taken = Taken::with(SERVER_METHODS);
    let methods = calls.iter();
    methods
        .map(|call| taken.claim_value(&call.method))
        .collect()
}

/// An operation that is mocked, as a program.
fn example(library: &str, operation: &str) -> Vec<String> {
    vec![
        String::new(),
        " ```".to_owned(),
        format!(" use {library}::mock::{{MockServer, MockServerExt as _}};"),
        String::new(),
        " let server = MockServer::start();".to_owned(),
        " // Busy twice, and gone from then on: answers are given in turn.".to_owned(),
        format!(" let mock = server.{operation}(|_, then| {{"),
        "     then.undocumented(503, \"text/plain\", \"busy\")".to_owned(),
        "         .with_header(\"retry-after\", \"1\")".to_owned(),
        "         .times(2)".to_owned(),
        "         .undocumented(410, \"text/plain\", \"gone\");".to_owned(),
        " });".to_owned(),
        " // Give `server.base_url()` to a client, call it, and then claim what was called."
            .to_owned(),
        " mock.assert_calls(0);".to_owned(),
        " ```".to_owned(),
    ]
}

/// The requests of an operation; `once` has a method printed once for all operations.
fn request(call: &Call<'_>, once: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    let about = format!("Requests of `{}`.", call.method);
    let builder = ident(&call.builder);
    let parameters = call.arguments.iter().map(|argument| {
        let wire = &argument.parameter.name;
        let about = documentation::attributes(&format!(
            "Only those with this `{}`.",
            wire.replace('`', "")
        ));
        let name = ident(&argument.name);
        let (rust, value) = argument_type(&argument.schema);
        once(quote! {
            #about
            #[track_caller]
            pub fn #name(self, value: #rust) -> Self {
                Self(self.0.parameter(#wire, &#value))
            }
        })
    });
    let body = call.body.as_ref().map(request_body);
    quote! {
        ::keyfob_runtime::mock_request!(#about, #builder);

        impl #builder {
            #(#parameters)*
            #body
        }
    }
}

/// The type of a parameter in a mock, and the value that is made of it.
fn argument_type(schema: &Schema) -> (TokenStream, TokenStream) {
    let rust = schema.rust(&quote!(crate::types::));
    match schema.shape {
        Shape::String | Shape::Secret | Shape::FilledSecret => {
            (quote!(impl Into<#rust>), quote!(Into::<#rust>::into(value)))
        }
        _ => (rust, quote!(value)),
    }
}

fn request_body(body: &Body<'_>) -> TokenStream {
    let rust = body.schema.rust(&quote!(crate::types::));
    let choices = body
        .media
        .iter()
        .skip(1)
        .zip(&body.choices)
        .map(|(media, choice)| {
            let media_type = &media.media.name;
            let about = documentation::attributes(&format!(
                "Takes the body to be `{}`.",
                media_type.replace('`', "")
            ));
            let choice = ident(choice);
            quote! {
                #about
                pub fn #choice(self) -> Self {
                    Self(self.0.content_type(#media_type))
                }
            }
        });
    let others = body.others.iter().map(|other| {
        let media_type = &other.media.media.name;
        let about = documentation::attributes(&format!(
            "Only those with this body, as `{}`.",
            media_type.replace('`', "")
        ));
        let name = ident(&other.method);
        let rust = other.schema.rust(&quote!(crate::types::));
        quote! {
            #about
            #[track_caller]
            pub fn #name(self, value: &#rust) -> Self {
                Self(self.0.content_type(#media_type).body(value))
            }
        }
    });
    quote! {
        #(#choices)*

        /// Only those with this body.
        #[track_caller]
        pub fn body(self, value: &#rust) -> Self {
            Self(self.0.body(value))
        }

        #(#others)*
    }
}

/// The answers of an operation; `once` has a method printed once for all operations.
fn answers(call: &Call<'_>, once: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    let about = format!("Answers of `{}`.", call.method);
    let builder = ident(&call.builder);
    let mut methods: Vec<TokenStream> = Vec::new();
    let mut seen: Vec<Status> = Vec::new();
    let both = call
        .answers
        .successes
        .answers
        .iter()
        .chain(&call.answers.failures.answers);
    for answer in both {
        // An answer that is success and failure stands in both lists.
        if !seen.contains(&answer.status) {
            seen.push(answer.status);
            methods.push(once(self::answer(answer)));
            methods.extend(text_answer(answer).map(&once));
        }
    }
    quote! {
        ::keyfob_runtime::mock_answer!(#about, #builder);

        impl #builder {
            #(#methods)*
        }
    }
}

fn answer(answer: &Answer) -> TokenStream {
    let (given, status) = status(answer.status);
    let media_type = media_type(answer);
    let (value, written) = match &answer.payload {
        Payload::Empty => (None, quote!(empty(#status))),
        Payload::Json(schema) | Payload::JsonOrText(schema) => {
            let rust = schema.rust(&quote!(crate::types::));
            (Some(quote!(value: &#rust)), quote!(json(#status, value)))
        }
        Payload::Text | Payload::SecretText => (
            Some(quote!(text: &str)),
            quote!(text(#status, #media_type, text)),
        ),
        Payload::Bytes => (
            Some(quote!(bytes: impl Into<Vec<u8>>)),
            quote!(bytes(#status, #media_type, bytes)),
        ),
    };
    let about = documentation::attributes(if answer.description.trim().is_empty() {
        "A documented answer."
    } else {
        &answer.description
    });
    let name = method(answer.status, false);
    quote! {
        #about
        #[track_caller]
        pub fn #name(self, #given #value) -> Self {
            Self(self.0.#written)
        }
    }
}

/// The media type of the text that may come in place of what the answer holds otherwise.
pub(crate) fn text_type(answer: &Answer) -> Option<&str> {
    let found = match &answer.payload {
        Payload::JsonOrText(_) => answer
            .media_types
            .iter()
            .find(|name| is_text(&essence(name))),
        _ => answer.text.as_ref(),
    };
    found.map(String::as_str)
}

fn text_answer(answer: &Answer) -> Option<TokenStream> {
    let media_type = text_type(answer)?;
    let about =
        documentation::attributes(&format!("The same, as `{}`.", media_type.replace('`', "")));
    let name = method(answer.status, true);
    let (given, status) = status(answer.status);
    Some(quote! {
        #about
        #[track_caller]
        pub fn #name(self, #given text: &str) -> Self {
            Self(self.0.text(#status, #media_type, text))
        }
    })
}

/// The method that gives an answer, or the text in its place.
pub(crate) fn method(status: Status, is_text: bool) -> Ident {
    let name = match status {
        Status::Code(200) => "ok".to_owned(),
        Status::Code(201) => "created".to_owned(),
        Status::Code(202) => "accepted".to_owned(),
        Status::Code(204) => "no_content".to_owned(),
        Status::Code(code) => format!("status_{code}"),
        Status::Range(digit) => format!("status_{digit}xx"),
        Status::Default => "default".to_owned(),
    };
    match is_text {
        true => format_ident!("{name}_text"),
        false => format_ident!("{name}"),
    }
}

/// The argument for a status that is not settled, and the status.
fn status(status: Status) -> (Option<TokenStream>, TokenStream) {
    match status {
        Status::Code(code) => (None, quote!(#code)),
        Status::Range(digit) => (
            Some(quote!(status: u16,)),
            quote!(::keyfob_runtime::mock::within(#digit, status)),
        ),
        Status::Default => (Some(quote!(status: u16,)), quote!(status)),
    }
}

/// The media type to answer with. A range of media types is none.
pub(crate) fn media_type(answer: &Answer) -> &str {
    let concrete = answer.media_types.iter().find(|name| !name.contains('*'));
    concrete.map_or("application/octet-stream", String::as_str)
}
