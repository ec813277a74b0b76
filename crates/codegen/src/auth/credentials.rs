//! The structs that an application gives to a client's builder: one for each token workflow,
//! one for each security scheme's ready token or key.

use keyfob_spec::model::{Input, Presentation, Scheme, Spec, Workflow};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::scheme_constant;
use crate::documentation::{self, source};
use crate::names::{environment_name, ident, type_name, unique, value_name};

/// One way in: a credential struct and what it is made from.
pub(crate) struct Door<'a> {
    /// The struct's name.
    pub(crate) name: String,
    /// What it stands for.
    pub(crate) kind: Kind<'a>,
}

/// What a credential struct stands for.
pub(crate) enum Kind<'a> {
    /// A token workflow.
    Workflow(&'a Workflow),
    /// A ready token or key, or a user name and password.
    Ready(&'a Scheme),
}

/// The names that a credential struct cannot have, since `auth.rs` or the crate's root has
/// them.
const RESERVED: &[&str] = &[
    "ByteStream",
    "Client",
    "ConfigError",
    "Credential",
    "Error",
    "ErrorKind",
    "File",
    "From",
    "Inputs",
    "Into",
    "Items",
    "Pages",
    "ResponseValue",
    "Result",
    "Scheme",
    "Secret",
    "Self",
    "Server",
    "String",
    "TokenSource",
];

/// The credential structs of an API, in document order: workflows first.
pub(crate) fn doors(spec: &Spec) -> Vec<Door<'_>> {
    let mut taken: Vec<String> = RESERVED.iter().map(ToString::to_string).collect();
    let workflows: Vec<Door<'_>> = spec
        .workflows
        .iter()
        .filter(|workflow| !workflow.gives_back())
        .map(|workflow| Door {
            name: unique(type_name(&workflow.id), &mut taken),
            kind: Kind::Workflow(workflow),
        })
        .collect();
    let ready = spec.schemes.iter().map(|scheme| {
        let name = type_name(&scheme.name);
        let name = if taken.contains(&name) {
            format!("{}Token", name.trim_end_matches('_'))
        } else {
            name
        };
        Door {
            name: unique(name, &mut taken),
            kind: Kind::Ready(scheme),
        }
    });
    let ready: Vec<Door<'_>> = ready.collect();
    workflows.into_iter().chain(ready).collect()
}

/// The structs and their methods.
pub(crate) fn items(spec: &Spec) -> TokenStream {
    let items = doors(spec).into_iter().map(|door| match door.kind {
        Kind::Workflow(workflow) => workflow_struct(spec, &door.name, workflow),
        Kind::Ready(scheme) => ready_struct(spec, &door.name, scheme),
    });
    quote!(#(#items)*)
}

impl Door<'_> {
    /// The arguments of its `new`, as the README shows them.
    pub(crate) fn arguments(&self) -> Vec<String> {
        match &self.kind {
            Kind::Workflow(workflow) => required(workflow)
                .map(|input| value_name(&input.name))
                .collect(),
            Kind::Ready(scheme) if scheme.presentation == Presentation::Basic => {
                vec!["username".to_string(), "password".to_string()]
            }
            Kind::Ready(_) => vec!["value".to_string()],
        }
    }

    /// The inputs that its `new` takes; none for a ready token or key.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Input> {
        let workflow = match &self.kind {
            Kind::Workflow(workflow) => Some(*workflow),
            Kind::Ready(_) => None,
        };
        workflow.into_iter().flat_map(required)
    }

    /// The inputs that are methods of it, with the methods' names.
    pub(crate) fn options(&self) -> impl Iterator<Item = (&Input, String)> {
        let workflow = match &self.kind {
            Kind::Workflow(workflow) => Some(*workflow),
            Kind::Ready(_) => None,
        };
        let inputs = workflow.into_iter().flat_map(optional);
        inputs.map(|input| (input, setter_name(input)))
    }

    /// The key of the scheme that it supplies.
    pub(crate) fn scheme(&self) -> &str {
        match &self.kind {
            Kind::Workflow(workflow) => &workflow.scheme,
            Kind::Ready(scheme) => &scheme.name,
        }
    }

    /// The environment variables that its `from_env` reads, the required ones first.
    pub(crate) fn variables(&self, spec: &Spec) -> Vec<String> {
        let prefix = environment_name(&spec.name);
        match &self.kind {
            Kind::Workflow(workflow) => required(workflow)
                .chain(optional(workflow))
                .map(|input| format!("{prefix}_{}", environment_name(&input.name)))
                .collect(),
            Kind::Ready(scheme) => {
                let name = format!("{prefix}_{}", environment_name(&scheme.name));
                if scheme.presentation == Presentation::Basic {
                    vec![format!("{name}_USERNAME"), format!("{name}_PASSWORD")]
                } else {
                    vec![name]
                }
            }
        }
    }
}

/// The inputs that an application has to give.
fn required(workflow: &Workflow) -> impl Iterator<Item = &Input> {
    given(workflow).filter(|input| input.required && input.default.is_none())
}

/// The inputs that an application may give.
fn optional(workflow: &Workflow) -> impl Iterator<Item = &Input> {
    given(workflow).filter(|input| !input.required || input.default.is_some())
}

/// The inputs that are the application's to give: not another scheme's credential.
fn given(workflow: &Workflow) -> impl Iterator<Item = &Input> {
    workflow
        .inputs
        .iter()
        .filter(|input| input.credential.is_none())
}

fn workflow_struct(spec: &Spec, name: &str, workflow: &Workflow) -> TokenStream {
    let index = position(&spec.workflows, |one| one.id == workflow.id);
    let documentation = workflow_documentation(spec, workflow);
    let new = constructor(workflow, &index);
    let setters = optional(workflow).map(setter);
    let login = if workflow.is_login() {
        login(workflow)
    } else {
        quote!()
    };
    let name = ident(name);
    quote! {
        #documentation
        #[derive(Debug, Clone)]
        pub struct #name(Inputs);

        impl #name {
            #new
            #(#setters)*
            #login

            /// Reads the inputs from environment variables.
            ///
            /// # Errors
            ///
            /// A variable that is needed is missing, empty or not text; the error names it.
            pub fn from_env() -> Result<Self, ConfigError> {
                Inputs::from_env(&API, &API.workflows[#index]).map(Self)
            }
        }

        impl From<Inputs> for #name {
            fn from(inputs: Inputs) -> Self {
                Self(inputs)
            }
        }

        impl From<#name> for Credential {
            fn from(credential: #name) -> Self {
                Credential::workflow(credential.0)
            }
        }
    }
}

fn workflow_documentation(spec: &Spec, workflow: &Workflow) -> TokenStream {
    let mut text = if workflow.summary.is_empty() {
        format!("The workflow `{}`.", workflow.id)
    } else {
        workflow.summary.clone()
    };
    if !workflow.description.is_empty() {
        text.push_str("\n\n");
        text.push_str(&workflow.description);
    }
    if let Some(scheme) = spec.scheme(&workflow.scheme)
        && !scheme.description.is_empty()
    {
        text.push_str("\n\n");
        text.push_str(&scheme.description);
    }
    if workflow.assumed {
        text.push_str("\n\nAssumed: the provider's documentation does not say this.");
    }
    if workflow.single_use {
        text.push_str("\n\nIt runs once; after that the person logs in again.");
    }
    if let Some(revoker) = workflow.revoked_by.first() {
        text.push_str(&format!(
            "\n\nIts tokens can be given back: `client.revoke(..)` runs the workflow {revoker}."
        ));
    }
    text.push_str(&format!("\n\nSource: `{}`", source(spec, &workflow.place)));
    documentation::attributes(&text)
}

fn constructor(workflow: &Workflow, index: &Literal) -> TokenStream {
    let inputs: Vec<&Input> = required(workflow).collect();
    let mut taken = Vec::new();
    let arguments: Vec<_> = inputs
        .iter()
        .map(|input| ident(&unique(value_name(&input.name), &mut taken)))
        .collect();
    let types = inputs.iter().map(|input| argument_type(input));
    let sets = inputs.iter().zip(&arguments).map(|(input, argument)| {
        let wire = &input.name;
        let value = converted(input, argument);
        quote!(.set(#wire, #value))
    });
    let mut text = "What the workflow cannot run without.".to_string();
    for (input, argument) in inputs.iter().zip(&arguments) {
        let about = documentation::cell(&input.description);
        let about = if about.is_empty() {
            "as the document names it".to_string()
        } else {
            about
        };
        text.push_str(&format!("\n\n- `{argument}`: {about}"));
    }
    let lines = text.lines().map(|line| format!(" {line}"));
    quote! {
        #(#[doc = #lines])*
        pub fn new(#(#arguments: #types),*) -> Self {
            Self(Self::inputs()#(#sets)*)
        }

        fn inputs() -> Inputs {
            Inputs::new(&API, &API.workflows[#index])
        }
    }
}

/// The method that sets an optional input.
fn setter_name(input: &Input) -> String {
    let mut name = value_name(&input.name);
    if [
        "new", "from_env", "login", "inputs", "into", "from", "clone",
    ]
    .contains(&name.as_str())
    {
        name.push('_');
    }
    name
}

fn setter(input: &Input) -> TokenStream {
    let name = setter_name(input);
    let name = ident(&name);
    let wire = &input.name;
    let kind = argument_type(input);
    let value = converted(input, &ident("value"));
    let documentation = documentation::attributes(if input.description.is_empty() {
        "Optional."
    } else {
        &input.description
    });
    quote! {
        #documentation
        pub fn #name(self, value: #kind) -> Self {
            Self(self.0.set(#wire, #value))
        }
    }
}

/// The first half of a login: everything but what comes back with the callback.
fn login(workflow: &Workflow) -> TokenStream {
    let inputs: Vec<&Input> = required(workflow)
        .filter(|input| !["code", "code_verifier"].contains(&input.name.as_str()))
        .collect();
    let arguments: Vec<_> = inputs
        .iter()
        .map(|input| ident(&value_name(&input.name)))
        .collect();
    let types = inputs.iter().map(|input| argument_type(input));
    let sets = inputs.iter().zip(&arguments).map(|(input, argument)| {
        let wire = &input.name;
        let value = converted(input, argument);
        quote!(.set(#wire, #value))
    });
    quote! {
        /// Begins a person's login: `start()` gives the address to send the person to, and
        /// what comes back is finished with the callback's address.
        pub fn login(#(#arguments: #types),*) -> keyfob_runtime::auth::Login<Self> {
            keyfob_runtime::auth::Login::new(Self::inputs()#(#sets)*)
        }
    }
}

fn argument_type(input: &Input) -> TokenStream {
    if input.secret {
        return quote!(impl Into<Secret>);
    }
    match input.schema.get("type").and_then(|kind| kind.as_str()) {
        Some("integer") => quote!(i64),
        Some("number") => quote!(f64),
        Some("boolean") => quote!(bool),
        _ => quote!(impl Into<String>),
    }
}

/// An argument as the value that `Inputs::set` takes.
fn converted(input: &Input, argument: &Ident) -> TokenStream {
    if input.secret {
        return quote!(Into::<Secret>::into(#argument));
    }
    match input.schema.get("type").and_then(|kind| kind.as_str()) {
        Some("integer" | "number" | "boolean") => quote!(#argument),
        _ => quote!(Into::<String>::into(#argument)),
    }
}

fn ready_struct(spec: &Spec, name: &str, scheme: &Scheme) -> TokenStream {
    let constant = scheme_constant(spec, &scheme.name);
    let basic = scheme.presentation == Presentation::Basic;
    let what = if basic {
        "A user name and a password"
    } else {
        "A ready token or key"
    };
    let documentation = documentation::attributes(&format!(
        "{what} of the scheme `{}`.\n\n{}\n\nSource: `{}`",
        scheme.name,
        scheme.description,
        source(spec, &scheme.place)
    ));
    let new = if basic {
        quote! {
            /// A user name and its password.
            pub fn new(
                username: impl Into<String>,
                password: impl Into<Secret>,
            ) -> Self {
                Self(Credential::basic(&schemes::#constant, username, password))
            }
        }
    } else {
        quote! {
            /// The value as the provider gave it.
            pub fn new(value: impl Into<Secret>) -> Self {
                Self(Credential::fixed(&schemes::#constant, value))
            }
        }
    };
    let name = ident(name);
    quote! {
        #documentation
        #[derive(Debug, Clone)]
        pub struct #name(Credential);

        impl #name {
            #new

            /// Reads the value from the environment.
            ///
            /// # Errors
            ///
            /// A variable that is needed is missing, empty or not text; the error names it.
            pub fn from_env() -> Result<Self, ConfigError> {
                Credential::fixed_from_env(&API, &schemes::#constant).map(Self)
            }

            /// A credential of this scheme that comes from the application's own code.
            pub fn source(source: impl TokenSource) -> Self {
                Self(Credential::source(&schemes::#constant, source))
            }
        }

        impl From<#name> for Credential {
            fn from(credential: #name) -> Self {
                credential.0
            }
        }
    }
}

/// Where in a list something stands, as a literal without a suffix.
fn position<T>(list: &[T], is: impl Fn(&T) -> bool) -> Literal {
    Literal::usize_unsuffixed(list.iter().position(is).unwrap_or_default())
}
