//! What a request body adds to an operation's builder.

use proc_macro2::TokenStream;
use quote::quote;

use super::operation::{Body, BodyMedia, Encoding, OtherBody};
use crate::documentation;
use crate::names::ident;

/// What a request body adds to an operation's builder.
#[derive(Debug, Default, Clone)]
pub(crate) struct BodyCode {
    /// The builder's fields.
    pub(crate) fields: TokenStream,
    /// What they are at first.
    pub(crate) values: TokenStream,
    /// The methods that set them.
    pub(crate) methods: TokenStream,
    /// An expression that gives the body to `call`.
    pub(crate) given: TokenStream,
    /// Whether the fields can be cloned.
    pub(crate) clones: bool,
}

impl BodyCode {
    /// The code for a body.
    pub(crate) fn of(body: &Body<'_>) -> Self {
        let mut code = if body.has_builder {
            built(body)
        } else {
            plain(body)
        };
        if body
            .media
            .first()
            .is_some_and(|media| media.encoding == Encoding::Bytes)
        {
            code.add_stream();
        }
        if let Some((default, others)) = body
            .media
            .split_first()
            .filter(|(_, others)| !others.is_empty())
        {
            code.add_media_types(default, others, &body.choices);
        }
        for other in &body.others {
            code.add_other(other);
        }
        code
    }

    /// A body of bytes can be a stream, which is read once and never copied.
    fn add_stream(&mut self) {
        let Self {
            fields,
            values,
            methods,
            given,
            ..
        } = std::mem::take(self);
        self.fields = quote!(#fields stream: Option<::keyfob_runtime::BodyStream>,);
        self.values = quote!(#values stream: None,);
        self.methods = quote! {
            #methods

            /// Sends a stream of bytes as the body. Such a call is never repeated.
            pub fn body_stream(mut self, stream: impl Into<::keyfob_runtime::BodyStream>) -> Self {
                self.stream = Some(stream.into());
                self
            }
        };
        self.given = quote! {
            match self.stream {
                Some(stream) => call.stream_body(stream),
                None => #given,
            }
        };
    }

    /// A method for each media type besides the default one.
    fn add_media_types(
        &mut self,
        default: &BodyMedia<'_>,
        others: &[BodyMedia<'_>],
        choices: &[String],
    ) {
        let default = &default.media.name;
        let choices = others.iter().zip(choices).map(|(other, choice)| {
            let media_type = &other.media.name;
            let about = format!(
                "Writes the body as {} and not as {}.",
                code(media_type),
                code(default)
            );
            let about = documentation::attributes(&about);
            let choice = ident(choice);
            quote! {
                #about
                pub fn #choice(mut self) -> Self {
                    self.media_type = #media_type;
                    self
                }
            }
        });
        let Self {
            fields,
            values,
            methods,
            given,
            clones,
        } = std::mem::take(self);
        self.fields = quote!(#fields media_type: &'static str,);
        self.values = quote!(#values media_type: #default,);
        self.methods = quote!(#methods #(#choices)*);
        self.given = quote!({
            let call = call.content_type(self.media_type);
            #given
        });
        self.clones = clones;
    }

    /// A body of another type, in a media type of its own.
    fn add_other(&mut self, other: &OtherBody<'_>) {
        let rust = other.schema.rust(&quote!(super::types::));
        let media_type = &other.media.media.name;
        let about = format!(
            "Sends this, as {}, in place of the other body.",
            code(media_type)
        );
        let about = documentation::attributes(&about);
        let name = ident(&other.method);
        let Self {
            fields,
            values,
            methods,
            given,
            clones,
        } = std::mem::take(self);
        self.fields = quote! {
            #fields
            #name: Option<::keyfob_runtime::Given<#rust>>,
        };
        self.values = quote!(#values #name: None,);
        self.methods = quote! {
            #methods

            #about
            pub fn #name(mut self, value: impl TryInto<#rust, Error: ::std::fmt::Display>) -> Self {
                self.#name = Some(::keyfob_runtime::given(value));
                self
            }
        };
        self.given = quote! {
            match self.#name {
                Some(body) => call.content_type(#media_type).body(body),
                None => #given,
            }
        };
        self.clones = clones;
    }
}

/// A body whose type has a builder: it can be filled in piece by piece.
fn built(body: &Body<'_>) -> BodyCode {
    let rust = body.schema.rust(&quote!(super::types::));
    let builder = body.schema.rust(&quote!(super::types::builder::));
    let (kept, first, set, edited, given) = if body.required {
        (
            quote!(#builder),
            quote!(Ok(Default::default())),
            quote!(::keyfob_runtime::given::<#rust, _>(value).map(Into::into)),
            quote!(self.body.map(edit)),
            quote!(call.body(self.body.and_then(::keyfob_runtime::given::<#rust, _>))),
        )
    } else {
        (
            quote!(Option<#builder>),
            quote!(Ok(None)),
            quote!(::keyfob_runtime::given::<#rust, _>(value).map(|body| Some(body.into()))),
            quote!(self.body.map(|body| Some(edit(body.unwrap_or_default())))),
            quote!(call.optional_body(self.body.and_then(|body| {
                body.map(::keyfob_runtime::given::<#rust, _>).transpose()
            }))),
        )
    };
    let setter = setter(body, &rust, &set);
    let methods = quote! {
        #setter

        /// Fills in the body piece by piece.
        pub fn body_map<F>(mut self, edit: F) -> Self
        where
            F: FnOnce(#builder) -> #builder,
        {
            self.body = #edited;
            self
        }
    };
    new(&kept, &first, methods, given)
}

/// A body that is given as a whole.
fn plain(body: &Body<'_>) -> BodyCode {
    let rust = body.schema.rust(&quote!(super::types::));
    if body.required {
        let problem = "it is required; set it with .body(...)";
        let first = quote!(Err(#problem.into()));
        let methods = setter(body, &rust, &quote!(::keyfob_runtime::given(value)));
        return new(&rust, &first, methods, quote!(call.body(self.body)));
    }
    let kept = quote!(Option<#rust>);
    let methods = setter(
        body,
        &rust,
        &quote!(::keyfob_runtime::given(value).map(Some)),
    );
    new(
        &kept,
        &quote!(Ok(None)),
        methods,
        quote!(call.optional_body(self.body)),
    )
}

fn setter(body: &Body<'_>, rust: &TokenStream, set: &TokenStream) -> TokenStream {
    let blank = body.description.trim().is_empty();
    let about = documentation::attributes(if blank {
        "The request body."
    } else {
        body.description
    });
    quote! {
        #about
        pub fn body(mut self, value: impl TryInto<#rust, Error: ::std::fmt::Display>) -> Self {
            self.body = #set;
            self
        }
    }
}

fn new(
    kept: &TokenStream,
    first: &TokenStream,
    methods: TokenStream,
    given: TokenStream,
) -> BodyCode {
    BodyCode {
        fields: quote!(body: ::keyfob_runtime::Given<#kept>,),
        values: quote!(body: #first,),
        methods,
        given,
        clones: true,
    }
}

fn code(media_type: &str) -> String {
    format!("`{}`", media_type.replace('`', ""))
}
