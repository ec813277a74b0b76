//! The generated `Client` and one builder for each operation.

use keyfob_spec::Spec;
use keyfob_spec::model::Requirement;
use proc_macro2::TokenStream;
use quote::quote;

use super::operation::{Argument, Call};
use super::request_body::BodyCode;
use super::schemas::ASSUMED;
use crate::documentation::{self, source};
use crate::names::ident;
use crate::print::Source;
use crate::unsupported::Failure;

/// Adds the struct `Client` with a method for each operation.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn client(
    source: &mut Source<'_>,
    spec: &Spec,
    calls: &[Call<'_>],
) -> Result<(), Failure> {
    let about = documentation::attributes(&format!(
        "A client of {}. Cheap to clone; clones share all.",
        spec.title
    ));
    let credentials = (!spec.schemes.is_empty()).then(credentials);
    source.add(quote! {
        #about
        #[derive(Clone, Debug)]
        pub struct Client(::keyfob_runtime::Client);

        impl Client {
            /// Puts a client together: credentials, server, limits.
            pub fn builder() -> ::keyfob_runtime::ClientBuilder<Client> {
                ::keyfob_runtime::ClientBuilder::new(
                    &crate::auth::API,
                    ::std::concat!(::std::env!("CARGO_PKG_NAME"), "/", ::std::env!("CARGO_PKG_VERSION")),
                )
            }

            /// A client for somebody else, with the connections and settings of this one.
            ///
            /// # Errors
            ///
            /// The credential does not fit the API, or breaks one of its rules.
            pub fn with_credentials(
                &self,
                credentials: impl Into<::keyfob_runtime::Credential>,
            ) -> Result<Self, ::keyfob_runtime::ConfigError> {
                self.0.with_credentials(credentials).map(Self)
            }

            #credentials
        }

        impl From<::keyfob_runtime::Client> for Client {
            fn from(client: ::keyfob_runtime::Client) -> Self {
                Self(client)
            }
        }
    })?;
    let methods = |methods| {
        quote! {
            /// The operations of the API.
            impl Client {
                #methods
            }
        }
    };
    source.add_block(methods, calls, |call| method(spec, call))
}

/// Adds the module `builder`: what an operation needs, collected until it is sent.
///
/// # Errors
///
/// As [`Source::add_block`].
pub(crate) fn builders(
    source: &mut Source<'_>,
    spec: &Spec,
    calls: &[Call<'_>],
) -> Result<(), Failure> {
    let repeated = source.repeated();
    let once = |method| repeated.put(spec, method);
    let module = |builders| {
        quote! {
            /// Calls that are being put together, one type for each operation.
            pub mod builder {
                #builders
            }
        }
    };
    source.add_block(module, calls, |call| builder(call, once))
}

/// What a client of an API with security schemes can do with its credentials.
fn credentials() -> TokenStream {
    quote! {
        /// Puts another credential in the place of the one for its scheme, in this client and its
        /// clones: a secret that was rotated, a key that was replaced. A token at hand stays in
        /// use, if it is the same login with another secret.
        ///
        /// # Errors
        ///
        /// The credential does not fit the API, breaks one of its rules, or is of another kind
        /// than the one it replaces.
        pub fn replace_credentials(
            &self,
            credentials: impl ::std::convert::Into<::keyfob_runtime::Credential>,
        ) -> ::std::result::Result<(), ::keyfob_runtime::ConfigError> {
            self.0.replace_credentials(credentials)
        }

        /// Gives back the tokens that were acquired for a security scheme: nobody can use them any
        /// more. The next call acquires another one, or asks for a new login.
        ///
        /// # Errors
        ///
        /// There is no way of giving them back, or the server failed: then they are to be taken
        /// for alive, and are kept. A transient error says when to try again.
        pub async fn revoke(
            &self,
            scheme: crate::auth::Scheme,
        ) -> ::std::result::Result<(), ::keyfob_runtime::AuthError> {
            self.0.revoke(scheme.name()).await
        }

        /// Waits until no token is being acquired. To be called before the tokio runtime is shut
        /// down: an acquisition that is broken off may cost a login.
        pub async fn settled(&self) {
            self.0.settled().await
        }

        /// What a request presents for a security scheme, for an operation that this crate does
        /// not have yet. A token is acquired if need be.
        ///
        /// # Errors
        ///
        /// No credential was given for the scheme, or the token could not be had.
        pub async fn authorization(
            &self,
            scheme: crate::auth::Scheme,
        ) -> Result<::keyfob_runtime::Authorization, ::keyfob_runtime::AuthError> {
            self.0.authorization(scheme.name()).await
        }
    }
}

fn method(spec: &Spec, call: &Call<'_>) -> TokenStream {
    let mut documentation = documentation::lines(&about(spec, call));
    documentation.push(String::new());
    documentation.extend(example(call).into_iter().map(|line| format!(" {line}")));
    let documentation = documentation::attribute(&documentation);
    let deprecated = call.operation.deprecated.then(|| quote!(#[deprecated]));
    let method = ident(&call.method);
    let builder = ident(&call.builder);
    quote! {
        #documentation
        #deprecated
        pub fn #method(&self) -> builder::#builder<'_> {
            builder::#builder::new(self)
        }
    }
}

/// What the documentation of an operation says.
fn about(spec: &Spec, call: &Call<'_>) -> String {
    let operation = call.operation;
    let mut paragraphs = Vec::new();
    for text in [&operation.summary, &operation.description] {
        if !text.trim().is_empty() && !paragraphs.contains(text) {
            paragraphs.push(text.clone());
        }
    }
    if operation.assumed {
        paragraphs.push(ASSUMED.to_string());
    }
    let path = operation.path.replace('`', "");
    paragraphs.push(format!("`{} {path}`", operation.method));
    paragraphs.extend(
        call.paging
            .as_ref()
            .map(|paging| paging.about().to_string()),
    );
    paragraphs.push(format!("Credential: {}.", security(&operation.security)));
    paragraphs.push(format!("Source: `{}`", source(spec, &operation.place)));
    paragraphs.join("\n\n")
}

/// A security requirement in words.
fn security(alternatives: &[Vec<Requirement>]) -> String {
    let words: Vec<String> = alternatives
        .iter()
        .map(|schemes| {
            let schemes: Vec<String> = schemes.iter().map(requirement).collect();
            if schemes.is_empty() {
                "none".to_string()
            } else {
                schemes.join(" together with ")
            }
        })
        .collect();
    if words.is_empty() {
        "none".to_string()
    } else {
        words.join(", or ")
    }
}

fn requirement(requirement: &Requirement) -> String {
    let code = |text: &String| format!("`{}`", text.replace('`', ""));
    if requirement.scopes.is_empty() {
        return code(&requirement.scheme);
    }
    let scopes: Vec<String> = requirement.scopes.iter().map(code).collect();
    format!(
        "{} with the scopes {}",
        code(&requirement.scheme),
        scopes.join(", ")
    )
}

/// How the operation is called, with everything that it takes.
fn example(call: &Call<'_>) -> Vec<String> {
    let mut lines = vec![
        "```text".to_string(),
        format!("let answer = client.{}()", call.method),
    ];
    let arguments = call.arguments.iter();
    lines.extend(
        arguments
            .filter(|argument| argument.only.is_none())
            .map(|argument| format!("    .{}({})", argument.name, argument.name)),
    );
    if call.body.is_some() {
        lines.push("    .body(body)".to_string());
    }
    lines.extend(["    .send()", "    .await?;", "```"].map(str::to_string));
    lines
}

/// The type of a call that is being put together; `once` has a method printed once for all types.
fn builder(call: &Call<'_>, once: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    let about = format!(
        " The call that [`Client::{0}`](super::Client::{0}) begins.",
        call.method
    );
    let name = ident(&call.builder);
    let names: Vec<_> = call
        .arguments
        .iter()
        .map(|argument| ident(&argument.name))
        .collect();
    let types = call.arguments.iter().map(field_type);
    let unset = call.arguments.iter().map(unset);
    let setters = call.arguments.iter().map(setter).map(&once);
    let body = call.body.as_ref().map(BodyCode::of);
    let clone = body
        .as_ref()
        .is_none_or(|body| body.clones)
        .then(|| quote!(Clone,));
    let BodyCode {
        fields,
        values,
        methods,
        ..
    } = body.clone().unwrap_or_default();
    let send = once(send(call));
    let paging = call.paging.as_ref().map(|paging| paging.methods(call));
    let call = into_call(call, body.as_ref());
    quote! {
        #[doc = #about]
        #[derive(#clone Debug)]
        #[must_use = "a call does nothing until it is sent"]
        pub struct #name<'c> {
            client: &'c super::Client,
            call_limits: ::keyfob_runtime::Limits,
            #(#names: #types,)*
            #fields
        }

        impl<'c> #name<'c> {
            pub(super) fn new(client: &'c super::Client) -> Self {
                Self { client, call_limits: Default::default(), #(#names: #unset,)* #values }
            }

            #(#setters)*
            #methods
            ::keyfob_runtime::call_limits!();
            #call
            #send
            #paging
        }
    }
}

fn field_type(argument: &Argument<'_>) -> TokenStream {
    let rust = argument.schema.rust(&quote!(super::types::));
    if argument.parameter.required {
        quote!(::keyfob_runtime::Given<#rust>)
    } else {
        quote!(::keyfob_runtime::Given<Option<#rust>>)
    }
}

fn unset(argument: &Argument<'_>) -> TokenStream {
    if let Some(only) = &argument.only {
        let (name, variant) = (ident(&only.name), ident(&only.variant));
        quote!(Ok(super::types::#name::#variant))
    } else if argument.parameter.required {
        let message = format!("it is required; set it with .{}(...)", argument.name);
        quote!(Err(#message.into()))
    } else {
        quote!(Ok(None))
    }
}

fn setter(argument: &Argument<'_>) -> TokenStream {
    let parameter = argument.parameter;
    let mut text = if parameter.description.trim().is_empty() {
        format!("The parameter `{}`.", parameter.name.replace('`', ""))
    } else {
        parameter.description.clone()
    };
    match &argument.only {
        Some(only) => {
            let wire = only.wire.replace('`', "");
            text.push_str(&format!("\n\nIt is `{wire}` without being set."));
        }
        None if parameter.required => text.push_str("\n\nRequired."),
        None => {}
    }
    text.push_str(if parameter.deprecated {
        "\n\nDeprecated."
    } else {
        ""
    });
    if parameter.assumed {
        text.push_str("\n\n");
        text.push_str(ASSUMED);
    }
    let documentation = documentation::attributes(&text);
    let name = ident(&argument.name);
    let rust = argument.schema.rust(&quote!(super::types::));
    let some = (!parameter.required).then(|| quote!(.map(Some)));
    quote! {
        #documentation
        pub fn #name(mut self, value: impl TryInto<#rust, Error: ::std::fmt::Display>) -> Self {
            self.#name = ::keyfob_runtime::given(value) #some;
            self
        }
    }
}

fn into_call(call: &Call<'_>, body: Option<&BodyCode>) -> TokenStream {
    let constant = ident(&call.constant);
    let parameters = call.arguments.iter().map(|argument| {
        let wire = &argument.parameter.name;
        let name = ident(&argument.name);
        let like = call.arguments.iter();
        let like = like.filter(|other| other.parameter.name == *wire).count();
        match argument.parameter.required || like > 1 {
            true => quote!(.parameter(#wire, self.#name)),
            false => quote!(.optional_parameter(#wire, self.#name)),
        }
    });
    let begun = quote! {
        self.client.0.call(&super::operations::#constant).limits(self.call_limits) #(#parameters)*
    };
    let put_together = match body {
        Some(BodyCode { given, .. }) => quote! {
            let call = #begun;
            #given
        },
        None => begun,
    };
    quote! {
        fn into_call(self) -> ::keyfob_runtime::Call<'c> {
            #put_together
        }
    }
}

fn send(call: &Call<'_>) -> TokenStream {
    let module = quote!(super::types::);
    let success = call.answers.success_type(&module);
    let error = call.answers.failures.rust(&module);
    let failure = call.answers.failure_closure(&module);
    let finish = if call.answers.is_stream() {
        quote!(.stream(#failure))
    } else {
        let read = call.answers.success_closure(&module);
        quote!(.send(#read, #failure))
    };
    quote! {
        /// Sends the call.
        ///
        /// # Errors
        ///
        /// Everything that [`ErrorKind`](::keyfob_runtime::ErrorKind) names; what the API itself
        /// answers is its kind `Api`.
        pub fn send(
            self,
        ) -> impl Future<
            Output = Result<
                ::keyfob_runtime::ResponseValue<#success>,
                ::keyfob_runtime::Error<#error>,
            >,
        > + Send + use<'c> {
            self.into_call() #finish
        }
    }
}
