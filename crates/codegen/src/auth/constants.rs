//! The API as constants of `keyfob_auth`: servers, security schemes and token workflows.

use keyfob_spec::expression::{Condition, Expression, Operand, Operator, Piece, Template};
use keyfob_spec::model::{
    Authorize, BasicEncoding, CredentialPart, Input, Location, Operation, Presentation, Scheme,
    Server, Spec, Step, StepBody, StepCredential, StepCredentialValue, StepParameter, Workflow,
};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::rules::{rules, text};
use super::scheme_constants;
use crate::documentation;
use crate::names::ident;

/// The private module that holds the constants.
pub(crate) fn module(spec: &Spec, operations: &[String]) -> TokenStream {
    let name = &spec.name;
    let title = &spec.title;
    let servers = spec.servers.iter().map(server);
    let names = scheme_constants(spec);
    let schemes = (!names.is_empty()).then(|| {
        let constants = spec.schemes.iter().zip(&names).map(scheme);
        quote! {
            /// The security schemes.
            pub mod schemes {
                use super::*;

                #(#constants)*
            }
        }
    });
    let endpoints: Vec<TokenStream> = operations.iter().map(|name| endpoint_of(name)).collect();
    let workflows = spec
        .workflows
        .iter()
        .map(|one| workflow(spec, one, &endpoints));
    quote! {
        mod description {
            use keyfob_runtime::auth::api::*;
            use keyfob_runtime::auth::condition::*;
            use keyfob_runtime::auth::workflow::*;

            use crate::client::operations;

            /// Everything that the engine knows about this API.
            pub static API: Api = Api {
                name: #name,
                title: #title,
                servers: &[#(#servers),*],
                schemes: &[#(&schemes::#names),*],
                workflows: &[#(#workflows),*],
                endpoints: &[#(#endpoints),*],
            };

            #schemes
        }
    }
}

/// A `Server` constant. The names of `keyfob_auth::api` have to be in scope.
pub(crate) fn server(server: &Server) -> TokenStream {
    let name = option(server.name.as_ref());
    let url = &server.url;
    let required = server.required;
    let variables = server.variables.iter().map(|variable| {
        let name = &variable.name;
        let default = &variable.default;
        let values = &variable.values;
        quote!(ServerVariable { name: #name, default: #default, values: &[#(#values),*] })
    });
    quote!(Server { name: #name, url: #url, variables: &[#(#variables),*], required: #required })
}

/// An `Endpoint` constant. The names of `keyfob_auth::api` have to be in scope.
pub(crate) fn endpoint(operation: &Operation) -> TokenStream {
    let id = &operation.id;
    let method = &operation.method;
    let path = &operation.path;
    let servers = operation.servers.iter().map(server);
    quote!(Endpoint { operation_id: #id, method: #method, path: #path, servers: &[#(#servers),*] })
}

/// A `Condition` constant. The names of `keyfob_auth::condition` have to be in scope.
pub(crate) fn condition(one: &Condition) -> TokenStream {
    match one {
        Condition::Compare {
            left,
            operator,
            right,
        } => {
            let left = operand(left);
            let operator = self::operator(*operator);
            let right = operand(right);
            quote!(Condition::Compare { left: #left, operator: #operator, right: #right })
        }
        Condition::Matches { context, pattern } => {
            let context = expression(context);
            quote!(Condition::Matches { context: #context, pattern: #pattern })
        }
        Condition::Holds(value) => {
            let value = operand(value);
            quote!(Condition::Holds(#value))
        }
        Condition::Not(inner) => {
            let inner = condition(inner);
            quote!(Condition::Not(&#inner))
        }
        Condition::All(parts) => {
            let parts = parts.iter().map(condition);
            quote!(Condition::All(&[#(#parts),*]))
        }
        Condition::Any(parts) => {
            let parts = parts.iter().map(condition);
            quote!(Condition::Any(&[#(#parts),*]))
        }
    }
}

fn operand(operand: &Operand) -> TokenStream {
    match operand {
        Operand::Expression(inner) => {
            let inner = expression(inner);
            quote!(Operand::Expression(#inner))
        }
        Operand::String(text) => quote!(Operand::String(#text)),
        Operand::Number(number) => quote!(Operand::Number(#number)),
        Operand::Bool(flag) => quote!(Operand::Bool(#flag)),
        Operand::Null => quote!(Operand::Null),
    }
}

fn operator(operator: Operator) -> TokenStream {
    match operator {
        Operator::Equal => quote!(Operator::Equal),
        Operator::NotEqual => quote!(Operator::NotEqual),
        Operator::Less => quote!(Operator::Less),
        Operator::LessOrEqual => quote!(Operator::LessOrEqual),
        Operator::Greater => quote!(Operator::Greater),
        Operator::GreaterOrEqual => quote!(Operator::GreaterOrEqual),
    }
}

fn expression(one: &Expression) -> TokenStream {
    match one {
        Expression::Input(name) => quote!(Expression::Input(#name)),
        Expression::StepOutput { step, output } => {
            quote!(Expression::StepOutput { step: #step, output: #output })
        }
        Expression::StatusCode => quote!(Expression::StatusCode),
        Expression::Body(pointer) => quote!(Expression::Body(#pointer)),
        Expression::Header(name) => quote!(Expression::Header(#name)),
        Expression::Cookie(name) => quote!(Expression::Cookie(#name)),
    }
}

fn scheme((scheme, constant): (&Scheme, &Ident)) -> TokenStream {
    let name = &scheme.name;
    let about = documentation::attributes(&format!("`{name}`"));
    let presentation = presentation(&scheme.presentation);
    let description = &scheme.description;
    let refused_when = scheme.refused_when.iter().map(condition);
    let hosts = &scheme.server_url_hosts;
    let encoding = basic_encoding(scheme.basic_encoding.unwrap_or(BasicEncoding::Plain));
    let authorize = option(scheme.authorize.as_ref().map(authorize));
    quote! {
        #about
        pub static #constant: Scheme = Scheme {
            name: #name,
            presentation: #presentation,
            description: #description,
            refused_when: &[#(#refused_when),*],
            server_url_hosts: &[#(#hosts),*],
            basic_encoding: #encoding,
            authorize: #authorize,
        };
    }
}

fn authorize(authorize: &Authorize) -> TokenStream {
    let url = &authorize.url;
    let scopes = &authorize.scopes;
    let parameters = authorize.parameters.iter().map(|(name, value)| {
        let value = option(value.as_ref());
        quote!(AuthorizeParameter { name: #name, value: #value })
    });
    quote!(Authorize { url: #url, parameters: &[#(#parameters),*], scopes: &[#(#scopes),*] })
}

fn presentation(presentation: &Presentation) -> TokenStream {
    match presentation {
        Presentation::Basic => quote!(Presentation::Basic),
        Presentation::Word(word) => quote!(Presentation::Word(#word)),
        Presentation::Header(name) => quote!(Presentation::Header(#name)),
        Presentation::Prefixed(name, prefix) => quote!(Presentation::Prefixed(#name, #prefix)),
        Presentation::Query(name) => quote!(Presentation::Query(#name)),
        Presentation::Cookie(name) => quote!(Presentation::Cookie(#name)),
    }
}

fn basic_encoding(encoding: BasicEncoding) -> TokenStream {
    match encoding {
        BasicEncoding::Plain => quote!(BasicEncoding::Plain),
        BasicEncoding::Form => quote!(BasicEncoding::Form),
    }
}

fn workflow(spec: &Spec, workflow: &Workflow, endpoints: &[TokenStream]) -> TokenStream {
    let id = &workflow.id;
    let scheme = &workflow.scheme;
    let inputs = workflow.inputs.iter().map(input);
    let steps = workflow.steps.iter().map(|one| step(spec, one, endpoints));
    let outputs = outputs(&workflow.outputs);
    let renewed_by = &workflow.renewed_by;
    let revoked_by = &workflow.revoked_by;
    let single_use = workflow.single_use;
    let default_expires_in = option(workflow.default_expires_in);
    quote! {
        Workflow {
            id: #id,
            scheme: #scheme,
            inputs: &[#(#inputs),*],
            steps: &[#(#steps),*],
            outputs: #outputs,
            renewed_by: &[#(#renewed_by),*],
            revoked_by: &[#(#revoked_by),*],
            single_use: #single_use,
            default_expires_in: #default_expires_in,
        }
    }
}

fn input(input: &Input) -> TokenStream {
    let name = &input.name;
    let required = input.required;
    let secret = input.secret;
    let kind = match input.schema.get("type").and_then(|kind| kind.as_str()) {
        Some("integer") => quote!(InputKind::Integer),
        Some("number") => quote!(InputKind::Number),
        Some("boolean") => quote!(InputKind::Boolean),
        _ => quote!(InputKind::String),
    };
    let default = option(input.default.as_ref().map(text));
    let rules = rules(&input.schema);
    let credential = option(input.credential.as_ref().map(|credential| {
        let scheme = &credential.scheme;
        let part = match credential.part {
            CredentialPart::Value => quote!(CredentialPart::Value),
            CredentialPart::Username => quote!(CredentialPart::Username),
            CredentialPart::Password => quote!(CredentialPart::Password),
        };
        quote!(CredentialInput { scheme: #scheme, part: #part })
    }));
    quote! {
        Input {
            name: #name,
            required: #required,
            secret: #secret,
            kind: #kind,
            default: #default,
            rules: &[#(#rules),*],
            credential: #credential,
        }
    }
}

/// The endpoint of an operation, which stands with the operations.
fn endpoint_of(constant: &str) -> TokenStream {
    let constant = ident(constant);
    quote!(&operations::#constant.endpoint)
}

fn step(spec: &Spec, step: &Step, endpoints: &[TokenStream]) -> TokenStream {
    let id = &step.id;
    let operations = spec.operations.iter().zip(endpoints);
    let operation = operations
        .into_iter()
        .find(|(operation, _)| operation.id == step.operation);
    let endpoint = operation.map(|(_, endpoint)| endpoint);
    let accept = operation
        .map(|(operation, _)| accept(operation))
        .unwrap_or_default();
    let parameters = step.parameters.iter().map(parameter);
    let body = option(step.body.as_ref().map(body));
    let credentials = step.credentials.iter().map(step_credential);
    let success = step.success.iter().map(condition);
    let outputs = outputs(&step.outputs);
    quote! {
        Step {
            id: #id,
            endpoint: #endpoint,
            parameters: &[#(#parameters),*],
            body: #body,
            credentials: &[#(#credentials),*],
            accept: &[#(#accept),*],
            success: &[#(#success),*],
            outputs: #outputs,
        }
    }
}

/// The media types of an operation's success answers, each once, in document order.
pub(crate) fn accept(operation: &Operation) -> Vec<String> {
    let mut accept: Vec<String> = Vec::new();
    for response in operation
        .responses
        .iter()
        .filter(|one| one.status.is_success())
    {
        for media in &response.content {
            if !accept.contains(&media.name) {
                accept.push(media.name.clone());
            }
        }
    }
    accept
}

fn parameter(parameter: &StepParameter) -> TokenStream {
    let name = &parameter.name;
    let location = match parameter.location {
        Location::Path => quote!(Location::Path),
        Location::Query => quote!(Location::Query),
        Location::Header => quote!(Location::Header),
        Location::Cookie => quote!(Location::Cookie),
    };
    let value = template(&parameter.value);
    quote!(Parameter { name: #name, location: #location, value: #value })
}

fn body(body: &StepBody) -> TokenStream {
    let media_type = &body.media_type;
    let encoding = match essence(media_type).as_str() {
        "application/x-www-form-urlencoded" => quote!(BodyEncoding::Form),
        kind if kind == "application/json" || kind.ends_with("+json") => quote!(BodyEncoding::Json),
        _ => quote!(BodyEncoding::Text),
    };
    let value = template(&body.value);
    quote!(Body { media_type: #media_type, encoding: #encoding, value: #value })
}

/// A media type without its parameters, in lower case.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn template(one: &Template) -> TokenStream {
    match one {
        Template::Null => quote!(Template::Null),
        Template::Bool(flag) => quote!(Template::Bool(#flag)),
        Template::Integer(number) => quote!(Template::Integer(#number)),
        Template::Number(number) => quote!(Template::Number(#number)),
        Template::String(text) => quote!(Template::String(#text)),
        Template::Expression(inner) => {
            let inner = expression(inner);
            quote!(Template::Expression(#inner))
        }
        Template::Text(pieces) => {
            let pieces = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => quote!(Piece::Text(#text)),
                Piece::Expression(inner) => {
                    let inner = expression(inner);
                    quote!(Piece::Expression(#inner))
                }
            });
            quote!(Template::Text(&[#(#pieces),*]))
        }
        Template::Array(elements) => {
            let elements = elements.iter().map(template);
            quote!(Template::Array(&[#(#elements),*]))
        }
        Template::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let value = template(value);
                quote!((#name, #value))
            });
            quote!(Template::Object(&[#(#members),*]))
        }
    }
}

fn step_credential(credential: &StepCredential) -> TokenStream {
    let presentation = presentation(&credential.presentation);
    let value = match &credential.value {
        StepCredentialValue::Basic {
            username,
            password,
            encoding,
        } => {
            let username = template(username);
            let password = template(password);
            let encoding = basic_encoding(*encoding);
            quote!(StepCredentialValue::Basic { username: #username, password: #password, encoding: #encoding })
        }
        StepCredentialValue::Token(token) => {
            let token = template(token);
            quote!(StepCredentialValue::Token(#token))
        }
    };
    quote!(StepCredential { presentation: #presentation, value: #value })
}

fn outputs(outputs: &[(String, Expression)]) -> TokenStream {
    let outputs = outputs.iter().map(|(name, value)| {
        let value = expression(value);
        quote!(Output { name: #name, value: #value })
    });
    quote!(&[#(#outputs),*])
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}
