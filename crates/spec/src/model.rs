//! One API as its checked documents describe it: what the generator and the sandbox read.

use std::path::PathBuf;

use serde_json::Value;

use crate::expression::{Condition, Expression, Template};
use crate::place::{Place, Places};
use crate::rewrite::Rewrite;

/// A checked API description. `read` makes one; every name in it resolves.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The folder's name, for example `digitaleo`: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The folder that was read.
    pub folder: PathBuf,
    /// The OpenAPI document with the overlay applied, in document order.
    pub document: Value,
    /// Where each node of the OpenAPI document stands in its file.
    pub places: Places,
    /// `info.title`
    pub title: String,
    /// `info.version`
    pub version: String,
    /// `info.description`; empty if there is none.
    pub description: String,
    /// The document's `servers`; `/` where it names none.
    pub servers: Vec<Server>,
    /// `components.securitySchemes`, in document order.
    pub schemes: Vec<Scheme>,
    /// The operations, in document order.
    pub operations: Vec<Operation>,
    /// The token workflows, in document order. Empty where there is no `tokens.arazzo.yaml`.
    pub workflows: Vec<Workflow>,
    /// What of the OpenAPI document was read otherwise than it is written, in document order.
    pub rewrites: Vec<Rewrite>,
}

/// An OpenAPI Server Object.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// `x-name`
    pub name: Option<String>,
    /// The URL template.
    pub url: String,
    /// Its variables.
    pub variables: Vec<ServerVariable>,
    /// `x-required`
    pub required: bool,
    /// `x-assumed`
    pub assumed: bool,
    /// `description`
    pub description: String,
}

/// An OpenAPI Server Variable Object.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerVariable {
    /// The name between the braces.
    pub name: String,
    /// `default`
    pub default: String,
    /// `enum`; empty where any value is allowed.
    pub values: Vec<String>,
}

/// An OpenAPI Security Scheme Object.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Its key.
    pub name: String,
    /// Where its credential stands in a request.
    pub presentation: Presentation,
    /// `description`; empty if there is none.
    pub description: String,
    /// `x-refused-when`
    pub refused_when: Vec<Condition>,
    /// `x-server-url-hosts`
    pub server_url_hosts: Vec<String>,
    /// `x-basic-encoding`; `None` where the document says nothing.
    pub basic_encoding: Option<BasicEncoding>,
    /// The authorization code flow, if the scheme has one.
    pub authorize: Option<Authorize>,
    /// `x-assumed`
    pub assumed: bool,
    /// Where it stands.
    pub place: Place,
}

/// The schemes of HTTP by which each request proves something of its own, as IANA's registry "HTTP
/// Authentication Schemes" has them, and NTLM. Those by which a value is sent that was known before
/// are not among them.
const PROVEN: [&str; 12] = [
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "negotiate",
    "ntlm",
    "privatetoken",
    "scram-sha-1",
    "scram-sha-256",
    "vapid",
];

impl Scheme {
    /// Whether an answer may refuse the credential although its status is one of success: a
    /// condition of `x-refused-when` does not name a status.
    pub fn is_refused_with_success(&self) -> bool {
        self.refused_when.iter().any(|condition| {
            let mut names_status = false;
            condition.expressions(&mut |expression| {
                names_status |= *expression == Expression::StatusCode;
            });
            !names_status
        })
    }

    /// Whether each request has to prove something of its own: it answers a challenge of the
    /// server, or is signed. No value that is known beforehand does that, so that a client cannot
    /// present such a scheme.
    pub fn is_proven_by_request(&self) -> bool {
        match &self.presentation {
            Presentation::Word(word) => PROVEN.iter().any(|known| known.eq_ignore_ascii_case(word)),
            _ => false,
        }
    }
}

/// Where a credential stands in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presentation {
    /// `Authorization: Basic <base64>`
    Basic,
    /// `Authorization: <word> <value>`
    Word(String),
    /// A header.
    Header(String),
    /// A header, in which `x-prefix` stands before the value.
    Prefixed(String, String),
    /// A query parameter.
    Query(String),
    /// A cookie.
    Cookie(String),
}

impl Presentation {
    /// Whether a parameter stands where the credential does.
    pub(crate) fn stands_at(&self, location: Location, name: &str) -> bool {
        match self {
            Self::Basic | Self::Word(_) => {
                location == Location::Header && name.eq_ignore_ascii_case("authorization")
            }
            Self::Header(header) | Self::Prefixed(header, _) => {
                location == Location::Header && name.eq_ignore_ascii_case(header)
            }
            Self::Query(query) => location == Location::Query && name == query,
            Self::Cookie(cookie) => location == Location::Cookie && name == cookie,
        }
    }
}

/// `x-basic-encoding`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicEncoding {
    /// `plain`
    Plain,
    /// `form`
    Form,
}

/// The authorization code flow of a scheme.
#[derive(Debug, Clone)]
pub struct Authorize {
    /// `authorizationUrl`
    pub url: String,
    /// `x-authorize-parameters`, in document order; a null value is `None`.
    pub parameters: Vec<(String, Option<String>)>,
    /// The names of the flow's scopes.
    pub scopes: Vec<String>,
}

/// One operation, with everything that its path item, the document and `$ref`s say about it
/// gathered.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `operationId`; made from method and path where the document gives none.
    pub id: String,
    /// In upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The operation's or its path's own servers; empty where the document's apply.
    pub servers: Vec<Server>,
    /// The alternatives; empty where nothing is asked for.
    pub security: Vec<Vec<Requirement>>,
    /// Path-level and own parameters merged, `$ref`s resolved.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub body: Option<RequestBody>,
    /// The documented answers, in document order.
    pub responses: Vec<Response>,
    /// `x-success-criteria`
    pub success_criteria: Vec<Condition>,
    /// `summary`
    pub summary: String,
    /// `description`
    pub description: String,
    /// `tags`
    pub tags: Vec<String>,
    /// `deprecated`
    pub deprecated: bool,
    /// `x-assumed`
    pub assumed: bool,
    /// The JSON pointer of the operation in the document.
    pub pointer: String,
    /// Where it stands.
    pub place: Place,
}

/// One scheme of a security requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The scheme's key.
    pub scheme: String,
    /// The scopes.
    pub scopes: Vec<String>,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it has to be given.
    pub required: bool,
    /// `style`, with OpenAPI's default filled in (`form`, `simple`, `deepObject`, ...).
    pub style: String,
    /// `explode`, with OpenAPI's default filled in.
    pub explode: bool,
    /// Its schema, which may be a `$ref`.
    pub schema: Value,
    /// The media type that its value is written in; `None` where `style` says how.
    pub media_type: Option<String>,
    /// `description`
    pub description: String,
    /// `example`, or the first of `examples`; of the media type where it has one.
    pub example: Option<Value>,
    /// `deprecated`
    pub deprecated: bool,
    /// `x-assumed`
    pub assumed: bool,
    /// The JSON pointer of the parameter in the document.
    pub pointer: String,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

impl Location {
    /// The place that `in` says.
    pub(crate) fn read(text: Option<&str>) -> Option<Self> {
        match text? {
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            "cookie" => Some(Self::Cookie),
            _ => None,
        }
    }
}

/// The request body of an operation.
#[derive(Debug, Clone)]
pub struct RequestBody {
    /// Whether it has to be given.
    pub required: bool,
    /// `description`
    pub description: String,
    /// Its media types, in document order.
    pub content: Vec<MediaType>,
}

/// A documented answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// For which status.
    pub status: Status,
    /// `description`
    pub description: String,
    /// The documented headers: name and schema.
    pub headers: Vec<(String, Value)>,
    /// Its media types, in document order; empty where it has no body.
    pub content: Vec<MediaType>,
    /// The JSON pointer of the response in the document.
    pub pointer: String,
}

/// The status that an answer is documented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// One status.
    Code(u16),
    /// `1XX` to `5XX`: the first digit.
    Range(u16),
    /// `default`
    Default,
}

impl Status {
    /// Whether an answer with this status is documented here. `default` covers all.
    pub fn covers(self, status: u16) -> bool {
        match self {
            Status::Code(code) => code == status,
            Status::Range(digit) => status / 100 == digit,
            Status::Default => true,
        }
    }

    /// Whether it documents success.
    pub fn is_success(self) -> bool {
        match self {
            Status::Code(code) => (200..300).contains(&code),
            Status::Range(digit) => digit == 2,
            Status::Default => false,
        }
    }
}

/// One media type of a body.
#[derive(Debug, Clone)]
pub struct MediaType {
    /// Its name, for example `application/json`.
    pub name: String,
    /// The schema, which may be a `$ref`; `{}` where there is none.
    pub schema: Value,
    /// `encoding`, as written; null where there is none.
    pub encoding: Value,
    /// The examples by name, in document order; a lone `example` is called `default`.
    pub examples: Vec<(String, Value)>,
    /// The JSON pointer of the media type in the document.
    pub pointer: String,
}

/// A token workflow.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// `workflowId`
    pub id: String,
    /// `summary`
    pub summary: String,
    /// `description`
    pub description: String,
    /// `x-security-scheme`
    pub scheme: String,
    /// The inputs, in document order.
    pub inputs: Vec<Input>,
    /// The steps, in document order.
    pub steps: Vec<Step>,
    /// The outputs, in document order.
    pub outputs: Vec<(String, Expression)>,
    /// The ids of the workflows that can renew its token, best first.
    pub renewed_by: Vec<String>,
    /// The ids of the workflows that can give its tokens back, best first.
    pub revoked_by: Vec<String>,
    /// `x-single-use`, or an input `code`.
    pub single_use: bool,
    /// `x-default-expires-in`, in seconds.
    pub default_expires_in: Option<u64>,
    /// `x-assumed`
    pub assumed: bool,
    /// Where it stands in `tokens.arazzo.yaml`.
    pub place: Place,
}

impl Workflow {
    /// Whether it gives tokens back instead of getting one: it has an input `token`, and no
    /// outputs.
    pub fn gives_back(&self) -> bool {
        let mut inputs = self.inputs.iter();
        self.outputs.is_empty()
            && inputs.any(|input| input.name == "token" && input.credential.is_none())
    }

    /// Whether it is the second half of a person's login: it has the inputs `code`,
    /// `redirect_uri` and `code_verifier`.
    pub fn is_login(&self) -> bool {
        ["code", "redirect_uri", "code_verifier"]
            .iter()
            .all(|name| self.inputs.iter().any(|input| input.name == *name))
    }
}

/// One input of a workflow.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Whether the workflow can run without it.
    pub required: bool,
    /// `format: password` or `writeOnly`.
    pub secret: bool,
    /// Its JSON Schema, `$ref`s resolved. `type` is string, integer, number or boolean, and
    /// the keywords are those that the engine knows: minLength, maxLength, pattern, enum,
    /// const, minimum, maximum, not, allOf, anyOf, besides annotations.
    pub schema: Value,
    /// `description`
    pub description: String,
    /// `example`, or else `default`.
    pub example: Option<Value>,
    /// `default`
    pub default: Option<Value>,
    /// `x-credential`
    pub credential: Option<CredentialInput>,
    /// `x-assumed`
    pub assumed: bool,
}

/// `x-credential: <scheme>[.username|.password]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialInput {
    /// The scheme.
    pub scheme: String,
    /// Which part of its credential.
    pub part: CredentialPart,
}

/// A part of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialPart {
    /// The static value or the current token.
    Value,
    /// The user name of a Basic credential.
    Username,
    /// The password of a Basic credential.
    Password,
}

/// One call of a workflow.
#[derive(Debug, Clone)]
pub struct Step {
    /// `stepId`
    pub id: String,
    /// The `operationId`; `Spec::operation` finds it.
    pub operation: String,
    /// The parameters.
    pub parameters: Vec<StepParameter>,
    /// The request body.
    pub body: Option<StepBody>,
    /// Redocly's `x-security`.
    pub credentials: Vec<StepCredential>,
    /// `successCriteria`
    pub success: Vec<Condition>,
    /// `outputs`, in document order.
    pub outputs: Vec<(String, Expression)>,
}

/// A parameter of a step.
#[derive(Debug, Clone)]
pub struct StepParameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// Its value.
    pub value: Template,
}

/// The body of a step.
#[derive(Debug, Clone)]
pub struct StepBody {
    /// `contentType`, or else the operation's only media type.
    pub media_type: String,
    /// `payload`
    pub value: Template,
}

/// A credential that a step presents.
#[derive(Debug, Clone)]
pub struct StepCredential {
    /// Where it stands.
    pub presentation: Presentation,
    /// Its value.
    pub value: StepCredentialValue,
}

/// The value of a credential that a step presents.
#[derive(Debug, Clone)]
pub enum StepCredentialValue {
    /// A user name and a password; the encoding has the design's default filled in.
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

impl Spec {
    /// The operation with this id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The security scheme with this key.
    pub fn scheme(&self, name: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.name == name)
    }

    /// The header that keeps an operation from having its effect twice: `x-idempotency-key`.
    pub fn idempotency_key(&self, operation: &Operation) -> Option<&str> {
        let operation = self.document.pointer(&operation.pointer)?;
        operation.get("x-idempotency-key")?.as_str()
    }

    /// The workflow with this id.
    pub fn workflow(&self, id: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|workflow| workflow.id == id)
    }

    /// Follows a local `$ref` (`#/...`), any number of hops, to the value it names.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut current = value;
        // A cycle of bare references cannot be checked in, yet must not hang a reader.
        for _ in 0..64 {
            let Some(reference) = current.get("$ref").and_then(Value::as_str) else {
                return current;
            };
            let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| self.document.pointer(pointer))
            else {
                return current;
            };
            current = target;
        }
        current
    }
}
