//! A token workflow of `tokens.arazzo.yaml`, compiled to constants.

use crate::api::{BasicEncoding, Endpoint, Presentation};
use crate::condition::{Condition, Expression};

/// One way of getting a token.
#[derive(Debug)]
pub struct Workflow {
    /// `workflowId`
    pub id: &'static str,
    /// `x-security-scheme`: the scheme that this workflow supplies.
    pub scheme: &'static str,
    /// What has to be known to run it.
    pub inputs: &'static [Input],
    /// The calls, in order.
    pub steps: &'static [Step],
    /// What it yields, by RFC 6749 names: `access_token`, `expires_in`, `refresh_token`,
    /// `scope`, `token_type`; and by ours: `expires_at`, `expires_in_ms`, `expires_in_minutes`, `server_url`.
    pub outputs: &'static [Output],
    /// The workflows that can renew a token of this one, best first.
    pub renewed_by: &'static [&'static str],
    /// The workflows that can give a token of this one back, best first: each has an input `token`
    /// and no outputs.
    pub revoked_by: &'static [&'static str],
    /// `x-single-use`, or an input `code`: it is never run twice with the same inputs.
    pub single_use: bool,
    /// `x-default-expires-in`: the documented lifetime in seconds, used when the answer is
    /// silent.
    pub default_expires_in: Option<u64>,
}

/// One input of a workflow.
#[derive(Debug)]
pub struct Input {
    /// Its name in the document.
    pub name: &'static str,
    /// Whether the workflow can run without it.
    pub required: bool,
    /// Whether its value is a secret.
    pub secret: bool,
    /// The JSON type of its value.
    pub kind: InputKind,
    /// The value used when none is given, as text.
    pub default: Option<&'static str>,
    /// What a value must obey before anything is sent.
    pub rules: &'static [Rule],
    /// `x-credential`: the value is another scheme's credential, not the application's to give.
    pub credential: Option<CredentialInput>,
}

/// The JSON type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// `string`
    String,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
}

/// A constraint of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// `minLength`, in characters.
    MinLength(u64),
    /// `maxLength`, in characters.
    MaxLength(u64),
    /// `pattern`, an ECMA-262 regular expression.
    Pattern(&'static str),
    /// `enum` (and `const`), as text.
    OneOf(&'static [&'static str]),
    /// `minimum`
    Minimum(f64),
    /// `maximum`
    Maximum(f64),
    /// `not`: the value must break at least one of these.
    Not(&'static [Rule]),
    /// `allOf`: the value must obey each of these.
    All(&'static [Rule]),
    /// `anyOf`: the value must obey at least one of these lists.
    Any(&'static [&'static [Rule]]),
}

/// An input that is another scheme's credential: `x-credential: <scheme>[.username|.password]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialInput {
    /// The scheme whose credential is wanted.
    pub scheme: &'static str,
    /// Which part of it.
    pub part: CredentialPart,
}

/// A part of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialPart {
    /// The static value, or the current token, acquired if need be.
    Value,
    /// The user name of a Basic credential.
    Username,
    /// The password of a Basic credential.
    Password,
}

/// One call of a workflow.
#[derive(Debug)]
pub struct Step {
    /// `stepId`
    pub id: &'static str,
    /// The operation that is called.
    pub endpoint: &'static Endpoint,
    /// Parameters in path, query, header and cookie. One whose value is an absent optional
    /// input is left out.
    pub parameters: &'static [Parameter],
    /// The request body.
    pub body: Option<Body>,
    /// `x-security`: credentials that the operation itself wants.
    pub credentials: &'static [StepCredential],
    /// The media types that the operation's success answers are documented with, for `Accept`.
    pub accept: &'static [&'static str],
    /// `successCriteria`: all must hold. Empty: a status from 200 to 299.
    pub success: &'static [Condition],
    /// What later steps and the workflow read.
    pub outputs: &'static [Output],
}

/// A named value.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// Where it is read.
    pub value: Expression,
}

/// One parameter of a call.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// Where it stands.
    pub location: Location,
    /// Its value.
    pub value: Template,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path template.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// The body of a call.
#[derive(Debug)]
pub struct Body {
    /// Its media type, sent as `Content-Type`.
    pub media_type: &'static str,
    /// How the value is written.
    pub encoding: BodyEncoding,
    /// The value. An object member whose value is an absent optional input is left out.
    pub value: Template,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEncoding {
    /// JSON.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Text as it is.
    Text,
}

/// A value with runtime expressions in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Template {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A string without expressions.
    String(&'static str),
    /// A value that is one expression; it keeps the type of what it reads.
    Expression(Expression),
    /// A string with expressions embedded in braces.
    Text(&'static [Piece]),
    /// An array.
    Array(&'static [Template]),
    /// An object.
    Object(&'static [(&'static str, Template)]),
}

/// A piece of a string with embedded expressions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    /// Text as it is.
    Text(&'static str),
    /// The value of an expression.
    Expression(Expression),
}

/// A credential that a step presents: Redocly's `x-security`.
#[derive(Debug)]
pub struct StepCredential {
    /// Where it stands.
    pub presentation: Presentation,
    /// Its value.
    pub value: StepCredentialValue,
}

/// The value of a credential that a step presents.
#[derive(Debug)]
pub enum StepCredentialValue {
    /// A user name and a password.
    Basic {
        /// The user name.
        username: Template,
        /// The password.
        password: Template,
        /// How both are written before base64.
        encoding: BasicEncoding,
    },
    /// A token or a key.
    Token(Template),
}
