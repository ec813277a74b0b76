//! What the generator says about an API: its servers, its security schemes and its token
//! workflows, as constants that a generated client carries.

use crate::condition::Condition;
use crate::workflow::Workflow;

/// One API, as its documents under `specs/` describe it.
#[derive(Debug)]
pub struct Api {
    /// The folder's name under `specs/`, for example `digitaleo`.
    pub name: &'static str,
    /// `info.title` of the OpenAPI document.
    pub title: &'static str,
    /// The document's own `servers`, in document order.
    pub servers: &'static [Server],
    /// `components.securitySchemes`, in document order.
    pub schemes: &'static [&'static Scheme],
    /// The workflows of `tokens.arazzo.yaml`, in document order.
    pub workflows: &'static [Workflow],
    /// Every operation of the document, in document order. A server or an operation that an
    /// application names is looked up here when its client is built; where the list is empty,
    /// nothing is looked up.
    pub endpoints: &'static [&'static Endpoint],
}

/// An OpenAPI Server Object.
#[derive(Debug)]
pub struct Server {
    /// `x-name`: what an application calls this server, for example a region.
    pub name: Option<&'static str>,
    /// The URL, with `{variables}` in it.
    pub url: &'static str,
    /// The variables of the URL.
    pub variables: &'static [ServerVariable],
    /// `x-required`: the application has to choose; this server is never a default.
    pub required: bool,
}

/// An OpenAPI Server Variable Object.
#[derive(Debug)]
pub struct ServerVariable {
    /// The name between the braces.
    pub name: &'static str,
    /// The value used when the application says nothing.
    pub default: &'static str,
    /// The values allowed; empty where any value is.
    pub values: &'static [&'static str],
}

/// One operation of the API as the wire sees it.
#[derive(Debug)]
pub struct Endpoint {
    /// `operationId`, as the document spells it.
    pub operation_id: &'static str,
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The path template, for example `/rest/campaigns/{id}`.
    pub path: &'static str,
    /// The operation's or its path's own `servers`; empty where the document's apply.
    pub servers: &'static [Server],
}

/// An OpenAPI Security Scheme Object.
///
/// It stands in a `static`: a credential belongs to the API whose [`schemes`](Api::schemes) refer to
/// the very scheme that it was made for, so that no API gets the credential of another one.
#[derive(Debug)]
pub struct Scheme {
    /// Its key in `components.securitySchemes`.
    pub name: &'static str,
    /// Where a credential of this scheme stands in a request.
    pub presentation: Presentation,
    /// Where a person gets the credential, who must enable it, what can switch it off.
    pub description: &'static str,
    /// `x-refused-when`: an answer that meets any of these refuses the credential.
    /// Empty: status 401 does.
    pub refused_when: &'static [Condition],
    /// `x-server-url-hosts`: the hosts that a `server_url` output may name. A leading `*.`
    /// stands for any subdomain.
    pub server_url_hosts: &'static [&'static str],
    /// How the two halves of a Basic credential are written before base64.
    pub basic_encoding: BasicEncoding,
    /// Where a person logs in, for schemes with an authorization code flow.
    pub authorize: Option<Authorize>,
}

/// Where a credential stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// `Authorization: Basic <base64>`.
    Basic,
    /// `Authorization: <word> <value>`; `Bearer` for the schemes of type `oauth2`,
    /// `openIdConnect` and `http bearer`. A value that already begins with the word is not
    /// prefixed again.
    Word(&'static str),
    /// A header that holds the value as it is.
    Header(&'static str),
    /// A header that holds the value behind a prefix: its name and the prefix, `x-prefix`. A value
    /// that already begins with the prefix is not prefixed again.
    Prefixed(&'static str, &'static str),
    /// A query parameter that holds the value as it is.
    Query(&'static str),
    /// A cookie that holds the value as it is.
    Cookie(&'static str),
}

/// How the two halves of a Basic credential are written before base64: `x-basic-encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicEncoding {
    /// As they are (RFC 7617).
    Plain,
    /// Form-urlencoded first (RFC 6749, 2.3.1).
    Form,
}

/// The first half of a login by authorization code.
#[derive(Debug)]
pub struct Authorize {
    /// `authorizationUrl` of the flow.
    pub url: &'static str,
    /// `x-authorize-parameters`: what the API wants besides RFC 6749 and RFC 7636.
    pub parameters: &'static [AuthorizeParameter],
    /// The scopes that the flow names.
    pub scopes: &'static [&'static str],
}

/// One parameter of the authorization request.
#[derive(Debug)]
pub struct AuthorizeParameter {
    /// Its name in the query.
    pub name: &'static str,
    /// The value to send; `None` where the application may give one.
    pub value: Option<&'static str>,
}

/// One scheme of a security requirement.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// One of the API's [`schemes`](Api::schemes).
    pub scheme: &'static Scheme,
    /// The scopes that the operation asks for.
    pub scopes: &'static [&'static str],
}

/// What an operation asks for: any one of the alternatives, all schemes of that one.
/// An empty list asks for nothing, and so does an alternative without schemes.
pub type Security = &'static [&'static [Requirement]];
