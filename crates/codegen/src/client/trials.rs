//! How each operation is mocked and called in the crate's own tests.

use keyfob_spec::model::{Spec, Status};
use proc_macro2::TokenStream;
use quote::quote;

use super::answers::{Answer, Outcome, Payload};
use super::mock::{media_type, method, methods, text_type};
use super::operation::{Body, BodyMedia, Call};
use crate::names::{ident, library_name};
use crate::print::Source;
use crate::unsupported::Failure;

/// The constant `OPERATIONS` and what it names.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn trials(spec: &Spec, calls: &[Call<'_>]) -> Result<String, Failure> {
    let library = &library_name(&spec.name);
    let named: Vec<(&Call<'_>, String)> = calls.iter().zip(methods(calls)).collect();
    let mut source = Source::of(spec);
    let operations = |operations| {
        let library = ident(library);
        quote!(const OPERATIONS: &[::keyfob_trials::Operation<::#library::Client>] = &[#operations];)
    };
    source.add_list(operations, calls, operation)?;
    let module = |mocks| {
        let library = ident(library);
        quote! {
            /// Mocks that wait for a trial's request.
            mod mock {
                use ::#library::mock::MockServerExt as _;
                #mocks
            }
        }
    };
    source.add_block(module, &named, |(call, method)| mock(library, call, method))?;
    let module = |calls| {
        quote! {
            /// Calls with a trial's values.
            mod call {
                #calls
            }
        }
    };
    source.add_block(module, calls, |one| call(library, one))?;
    Ok(source.finish())
}

/// An operation's element of the list.
fn operation(call: &Call<'_>) -> TokenStream {
    let name = ident(&call.method);
    let id = &call.operation.id;
    let bodies = call.body.iter().flat_map(media).map(|one| &one.media.name);
    let answers = documented(call);
    let answers = answers
        .iter()
        .map(|(answer, is_text)| entry(answer, *is_text));
    quote! {
        ::keyfob_trials::Operation {
            id: #id,
            bodies: &[#(#bodies),*],
            answers: &[#(#answers),*],
            mock: mock::#name,
            call: call::#name,
        },
    }
}

/// The answers of an operation, each with whether it is the text that may come in its place.
fn documented<'c>(call: &'c Call<'_>) -> Vec<(&'c Answer, bool)> {
    let mut found: Vec<(&Answer, bool)> = Vec::new();
    let outcomes = [&call.answers.successes, &call.answers.failures];
    for answer in outcomes.into_iter().flat_map(|outcome| &outcome.answers) {
        // An answer that is success and failure stands in both lists.
        if found.iter().all(|(known, _)| known.status != answer.status) {
            found.push((answer, false));
            found.extend(text_type(answer).map(|_| (answer, true)));
        }
    }
    found
}

fn entry(answer: &Answer, is_text: bool) -> TokenStream {
    let status = match answer.status {
        Status::Code(code) => code.to_string(),
        Status::Range(digit) => format!("{digit}XX"),
        Status::Default => "default".to_owned(),
    };
    let media_type = match text_type(answer).filter(|_| is_text) {
        Some(text) => text,
        None if answer.payload == Payload::Empty => "",
        None => answer
            .media_types
            .first()
            .map_or_else(|| media_type(answer), String::as_str),
    };
    let kind = match &answer.payload {
        _ if is_text => quote!(OtherText),
        Payload::Empty => quote!(Empty),
        Payload::Json(_) | Payload::JsonOrText(_) => quote!(Json),
        Payload::Text => quote!(Text),
        Payload::SecretText => quote!(Token),
        Payload::Bytes => quote!(Bytes),
    };
    quote! {
        ::keyfob_trials::Documented {
            status: #status,
            media_type: #media_type,
            kind: ::keyfob_trials::Kind::#kind,
        }
    }
}

/// The path of the module `types`.
fn types(library: &str) -> TokenStream {
    let library = ident(library);
    quote!(::#library::types::)
}

fn mock(library: &str, call: &Call<'_>, method: &str) -> TokenStream {
    let (name, method) = (ident(&call.method), ident(method));
    let values = values(&types(library), call, &quote!(when), &quote!(&));
    let answers = documented(call);
    let arms = answers
        .iter()
        .enumerate()
        .map(|(index, (answer, is_text))| {
            let given = given(answer, *is_text);
            quote!(#index => then.#given)
        });
    quote! {
        pub fn #name<'s>(
            server: &'s ::keyfob_trials::MockServer,
            trial: &::keyfob_trials::Trial,
        ) -> ::keyfob_trials::Mock<'s> {
            server.#method(|mut when, then| {
                #values
                let then = match trial.answer() {
                    #(#arms,)*
                    _ => then.undocumented(trial.status(), trial.media_type(), trial.bytes()),
                };
                then.undocumented(trial.status(), trial.media_type(), trial.bytes()).times(1);
            })
        }
    }
}

/// The call of a mock's method that gives an answer.
fn given(answer: &Answer, is_text: bool) -> TokenStream {
    let name = method(answer.status, is_text);
    let status = match answer.status {
        Status::Code(_) => None,
        Status::Range(_) | Status::Default => Some(quote!(trial.status(),)),
    };
    let value = match &answer.payload {
        _ if is_text => quote!(&trial.text()),
        Payload::Empty => quote!(),
        Payload::Json(_) | Payload::JsonOrText(_) => quote!(&trial.json()),
        Payload::Text | Payload::SecretText => quote!(&trial.text()),
        Payload::Bytes => quote!(trial.bytes()),
    };
    quote!(#name(#status #value))
}

fn call(library: &str, call: &Call<'_>) -> TokenStream {
    let types = &types(library);
    let (name, library) = (ident(&call.method), ident(library));
    let values = values(types, call, &quote!(call), &quote!());
    let failure = content(types, &call.answers.failures);
    let judged = if call.answers.is_stream() {
        quote!(::keyfob_trials::judge_stream(call.send().await, #failure).await)
    } else {
        let success = content(types, &call.answers.successes);
        quote!(::keyfob_trials::judge(call.send().await, #success, #failure))
    };
    quote! {
        pub fn #name<'c>(
            client: &'c ::#library::Client,
            trial: &'c ::keyfob_trials::Trial,
        ) -> ::keyfob_trials::Calling<'c> {
            ::std::boxed::Box::pin(async move {
                let mut call = client.#name();
                #values
                #judged
            })
        }
    }
}

/// Gives the trial's values to a builder: a call's, or a mock's, which takes bodies by reference.
fn values(
    types: &TokenStream,
    call: &Call<'_>,
    builder: &TokenStream,
    reference: &TokenStream,
) -> TokenStream {
    let parameters = call.arguments.iter().enumerate().map(|(index, argument)| {
        let name = ident(&argument.name);
        let rust = argument.schema.rust(types);
        quote! {
            if let ::std::option::Option::Some(value) = trial.parameter::<#rust>(#index) {
                #builder = #builder.#name(value);
            }
        }
    });
    let body = call.body.as_ref().map(|body| {
        let names = body.media.iter().map(|one| &one.media.name);
        let rust = body.schema.rust(types);
        let choices = body.media.iter().skip(1).zip(&body.choices);
        let choices = choices.map(|(one, choice)| {
            let name = &one.media.name;
            let choice = ident(choice);
            quote!(if trial.sends(#name) { #builder = #builder.#choice(); })
        });
        let others = body.others.iter().map(|other| {
            let name = &other.media.media.name;
            let rust = other.schema.rust(types);
            let method = ident(&other.method);
            quote! {
                if let ::std::option::Option::Some(value) = trial.body::<#rust>(&[#name]) {
                    #builder = #builder.#method(#reference value);
                }
            }
        });
        quote! {
            #(#choices)*
            if let ::std::option::Option::Some(value) = trial.body::<#rust>(&[#(#names),*]) {
                #builder = #builder.body(#reference value);
            }
            #(#others)*
        }
    });
    quote!(#(#parameters)* #body)
}

/// The media types of a body that the client writes.
fn media<'b, 'a>(body: &'b Body<'a>) -> impl Iterator<Item = &'b BodyMedia<'a>> {
    let others = body.others.iter().map(|other| &other.media);
    body.media.iter().chain(others)
}

/// The closure that takes apart what a call gave.
fn content(types: &TokenStream, outcome: &Outcome) -> TokenStream {
    let Some(name) = &outcome.name else {
        let payload = outcome.answers.first().map(|answer| &answer.payload);
        let written = written(payload.unwrap_or(&Payload::Empty));
        return quote!(|value| { #written });
    };
    let name = ident(name);
    let arms = outcome.answers.iter().map(|answer| {
        let variant = answer.variant();
        let written = written(&answer.payload);
        let fields = (answer.payload != Payload::Empty).then(|| quote!((value)));
        let text = answer.text.as_ref().map(|_| {
            let variant = answer.text_variant();
            quote! {
                #types #name::#variant(value) => {
                    ::keyfob_trials::Content::Text(value.clone())
                }
            }
        });
        quote!(#types #name::#variant #fields => #written, #text)
    });
    quote!(|value| match value { #(#arms)* })
}

fn written(payload: &Payload) -> TokenStream {
    match payload {
        Payload::Empty => quote!(::keyfob_trials::Content::Nothing),
        Payload::Json(_) | Payload::JsonOrText(_) => quote!(::keyfob_trials::json(value)),
        Payload::Text => quote!(::keyfob_trials::Content::Text(value.clone())),
        Payload::SecretText => {
            quote!(::keyfob_trials::Content::Text(value.expose().to_owned()))
        }
        Payload::Bytes => quote!(::keyfob_trials::Content::Bytes(value.to_vec())),
    }
}
