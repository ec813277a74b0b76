//! The grammar of OpenAPI documents: which object stands under which key of which other object.
//!
//! Keys of 3.1 and 3.2 are in it as well, so that whoever walks a document meets everything that
//! any version has, and tells what is data from what belongs to the standard: a property called
//! `example` is no example.

use Holds::{Data, List, Names, One};
use Version::{V3_0, V3_1, V3_2};

/// An object of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Callback,
    Components,
    Contact,
    Discriminator,
    Document,
    Encoding,
    Example,
    ExternalDocs,
    Flow,
    Flows,
    Header,
    Info,
    License,
    Link,
    MediaType,
    Operation,
    Parameter,
    PathItem,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
    Server,
    ServerVariable,
    Tag,
    Xml,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Any value; nothing in it is an object of the standard.
    Data,
    One(Kind),
    List(Kind),
    /// Objects by their names.
    Names(Kind),
}

/// The version of OpenAPI that a key came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Version {
    V3_0,
    V3_1,
    V3_2,
}

pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) since: Version,
}

const fn key(name: &'static str, holds: Holds) -> Key {
    since(V3_0, name, holds)
}

const fn data(name: &'static str) -> Key {
    since(V3_0, name, Data)
}

const fn since(since: Version, name: &'static str, holds: Holds) -> Key {
    Key { name, holds, since }
}

/// What stands under a key of an object, if the standard knows the key.
pub(crate) fn below(kind: Kind, name: &str) -> Option<Holds> {
    if kind == Kind::Callback {
        return (!name.starts_with("x-") && name != "$ref").then_some(One(Kind::PathItem));
    }
    let known = kind.keys().iter().find(|key| key.name == name);
    known.map(|key| key.holds)
}

/// Every key of every object, some of them several times.
pub(crate) fn all_names() -> impl Iterator<Item = &'static str> {
    let kinds = [
        COMPONENTS,
        CONTACT,
        DISCRIMINATOR,
        DOCUMENT,
        ENCODING,
        EXAMPLE,
        EXTERNAL_DOCS,
        FLOW,
        FLOWS,
        HEADER,
        INFO,
        LICENSE,
        LINK,
        MEDIA_TYPE,
        OPERATION,
        PARAMETER,
        PATH_ITEM,
        REQUEST_BODY,
        RESPONSE,
        SCHEMA,
        SECURITY_SCHEME,
        SERVER,
        SERVER_VARIABLE,
        TAG,
        XML,
    ];
    kinds.into_iter().flatten().map(|key| key.name)
}

impl Kind {
    /// Whether OpenAPI 3.0 has this key already.
    pub(crate) fn is_of_3_0(self, name: &str) -> bool {
        self == Kind::Callback
            || self
                .keys()
                .iter()
                .any(|key| key.name == name && key.since == V3_0)
    }

    /// Whether a Reference Object may stand in its place.
    pub(crate) fn is_referable(self) -> bool {
        self == Kind::PathItem || self.component().is_some()
    }

    /// Where `components` keep objects of this kind.
    pub(crate) fn component(self) -> Option<&'static str> {
        Some(match self {
            Kind::Callback => "callbacks",
            Kind::Example => "examples",
            Kind::Header => "headers",
            Kind::Link => "links",
            Kind::Parameter => "parameters",
            Kind::RequestBody => "requestBodies",
            Kind::Response => "responses",
            Kind::Schema => "schemas",
            Kind::SecurityScheme => "securitySchemes",
            _ => return None,
        })
    }

    /// The keys that the standard knows.
    pub(crate) fn keys(self) -> &'static [Key] {
        match self {
            Kind::Callback => &[],
            Kind::Components => COMPONENTS,
            Kind::Contact => CONTACT,
            Kind::Discriminator => DISCRIMINATOR,
            Kind::Document => DOCUMENT,
            Kind::Encoding => ENCODING,
            Kind::Example => EXAMPLE,
            Kind::ExternalDocs => EXTERNAL_DOCS,
            Kind::Flow => FLOW,
            Kind::Flows => FLOWS,
            Kind::Header => HEADER,
            Kind::Info => INFO,
            Kind::License => LICENSE,
            Kind::Link => LINK,
            Kind::MediaType => MEDIA_TYPE,
            Kind::Operation => OPERATION,
            Kind::Parameter => PARAMETER,
            Kind::PathItem => PATH_ITEM,
            Kind::RequestBody => REQUEST_BODY,
            Kind::Response => RESPONSE,
            Kind::Schema => SCHEMA,
            Kind::SecurityScheme => SECURITY_SCHEME,
            Kind::Server => SERVER,
            Kind::ServerVariable => SERVER_VARIABLE,
            Kind::Tag => TAG,
            Kind::Xml => XML,
        }
    }
}

const DOCUMENT: &[Key] = &[
    data("openapi"),
    key("info", One(Kind::Info)),
    key("externalDocs", One(Kind::ExternalDocs)),
    key("servers", List(Kind::Server)),
    data("security"),
    key("tags", List(Kind::Tag)),
    key("paths", Names(Kind::PathItem)),
    key("components", One(Kind::Components)),
    since(V3_1, "jsonSchemaDialect", Data),
    since(V3_1, "webhooks", Names(Kind::PathItem)),
    since(V3_2, "$self", Data),
];

const INFO: &[Key] = &[
    data("title"),
    data("description"),
    data("termsOfService"),
    key("contact", One(Kind::Contact)),
    key("license", One(Kind::License)),
    data("version"),
    since(V3_1, "summary", Data),
];

const CONTACT: &[Key] = &[data("name"), data("url"), data("email")];

const LICENSE: &[Key] = &[data("name"), data("url"), since(V3_1, "identifier", Data)];

const EXTERNAL_DOCS: &[Key] = &[data("description"), data("url")];

const TAG: &[Key] = &[
    data("name"),
    data("description"),
    key("externalDocs", One(Kind::ExternalDocs)),
    since(V3_2, "summary", Data),
    since(V3_2, "parent", Data),
    since(V3_2, "kind", Data),
];

const SERVER: &[Key] = &[
    data("url"),
    data("description"),
    key("variables", Names(Kind::ServerVariable)),
    since(V3_2, "name", Data),
];

const SERVER_VARIABLE: &[Key] = &[data("enum"), data("default"), data("description")];

const COMPONENTS: &[Key] = &[
    key("schemas", Names(Kind::Schema)),
    key("responses", Names(Kind::Response)),
    key("parameters", Names(Kind::Parameter)),
    key("examples", Names(Kind::Example)),
    key("requestBodies", Names(Kind::RequestBody)),
    key("headers", Names(Kind::Header)),
    key("securitySchemes", Names(Kind::SecurityScheme)),
    key("links", Names(Kind::Link)),
    key("callbacks", Names(Kind::Callback)),
    since(V3_1, "pathItems", Names(Kind::PathItem)),
    since(V3_2, "mediaTypes", Names(Kind::MediaType)),
];

const PATH_ITEM: &[Key] = &[
    data("$ref"),
    data("summary"),
    data("description"),
    key("servers", List(Kind::Server)),
    key("parameters", List(Kind::Parameter)),
    key("get", One(Kind::Operation)),
    key("put", One(Kind::Operation)),
    key("post", One(Kind::Operation)),
    key("delete", One(Kind::Operation)),
    key("options", One(Kind::Operation)),
    key("head", One(Kind::Operation)),
    key("patch", One(Kind::Operation)),
    key("trace", One(Kind::Operation)),
    since(V3_2, "query", One(Kind::Operation)),
    since(V3_2, "additionalOperations", Names(Kind::Operation)),
];

const OPERATION: &[Key] = &[
    data("tags"),
    data("summary"),
    data("description"),
    key("externalDocs", One(Kind::ExternalDocs)),
    data("operationId"),
    key("parameters", List(Kind::Parameter)),
    key("requestBody", One(Kind::RequestBody)),
    key("responses", Names(Kind::Response)),
    key("callbacks", Names(Kind::Callback)),
    data("deprecated"),
    data("security"),
    key("servers", List(Kind::Server)),
];

const PARAMETER: &[Key] = &[
    data("name"),
    data("in"),
    data("description"),
    data("required"),
    data("deprecated"),
    data("allowEmptyValue"),
    data("style"),
    data("explode"),
    data("allowReserved"),
    key("schema", One(Kind::Schema)),
    key("content", Names(Kind::MediaType)),
    data("example"),
    key("examples", Names(Kind::Example)),
];

const HEADER: &[Key] = &[
    data("description"),
    data("required"),
    data("deprecated"),
    data("allowEmptyValue"),
    data("style"),
    data("explode"),
    data("allowReserved"),
    key("schema", One(Kind::Schema)),
    key("content", Names(Kind::MediaType)),
    data("example"),
    key("examples", Names(Kind::Example)),
];

const REQUEST_BODY: &[Key] = &[
    data("description"),
    key("content", Names(Kind::MediaType)),
    data("required"),
];

const MEDIA_TYPE: &[Key] = &[
    key("schema", One(Kind::Schema)),
    data("example"),
    key("examples", Names(Kind::Example)),
    key("encoding", Names(Kind::Encoding)),
    since(V3_2, "itemSchema", One(Kind::Schema)),
    since(V3_2, "prefixEncoding", List(Kind::Encoding)),
    since(V3_2, "itemEncoding", One(Kind::Encoding)),
];

const ENCODING: &[Key] = &[
    data("contentType"),
    key("headers", Names(Kind::Header)),
    data("style"),
    data("explode"),
    data("allowReserved"),
    since(V3_2, "encoding", Names(Kind::Encoding)),
    since(V3_2, "prefixEncoding", List(Kind::Encoding)),
    since(V3_2, "itemEncoding", One(Kind::Encoding)),
];

const RESPONSE: &[Key] = &[
    data("description"),
    key("headers", Names(Kind::Header)),
    key("content", Names(Kind::MediaType)),
    key("links", Names(Kind::Link)),
    since(V3_2, "summary", Data),
];

const EXAMPLE: &[Key] = &[
    data("summary"),
    data("description"),
    data("value"),
    data("externalValue"),
    since(V3_2, "dataValue", Data),
    since(V3_2, "serializedValue", Data),
];

const LINK: &[Key] = &[
    data("operationRef"),
    data("operationId"),
    data("parameters"),
    data("requestBody"),
    data("description"),
    key("server", One(Kind::Server)),
];

const SCHEMA: &[Key] = &[
    data("title"),
    data("multipleOf"),
    data("maximum"),
    data("exclusiveMaximum"),
    data("minimum"),
    data("exclusiveMinimum"),
    data("maxLength"),
    data("minLength"),
    data("pattern"),
    data("maxItems"),
    data("minItems"),
    data("uniqueItems"),
    data("maxProperties"),
    data("minProperties"),
    data("required"),
    data("enum"),
    data("type"),
    key("not", One(Kind::Schema)),
    key("allOf", List(Kind::Schema)),
    key("oneOf", List(Kind::Schema)),
    key("anyOf", List(Kind::Schema)),
    key("items", One(Kind::Schema)),
    key("properties", Names(Kind::Schema)),
    key("additionalProperties", One(Kind::Schema)),
    data("description"),
    data("format"),
    data("default"),
    data("nullable"),
    key("discriminator", One(Kind::Discriminator)),
    data("readOnly"),
    data("writeOnly"),
    data("example"),
    key("externalDocs", One(Kind::ExternalDocs)),
    data("deprecated"),
    key("xml", One(Kind::Xml)),
    since(V3_1, "$id", Data),
    since(V3_1, "$schema", Data),
    since(V3_1, "$anchor", Data),
    since(V3_1, "$dynamicAnchor", Data),
    since(V3_1, "$dynamicRef", Data),
    since(V3_1, "$vocabulary", Data),
    since(V3_1, "$comment", Data),
    since(V3_1, "$defs", Names(Kind::Schema)),
    since(V3_1, "definitions", Names(Kind::Schema)),
    since(V3_1, "const", Data),
    since(V3_1, "examples", Data),
    since(V3_1, "contentEncoding", Data),
    since(V3_1, "contentMediaType", Data),
    since(V3_1, "contentSchema", One(Kind::Schema)),
    since(V3_1, "if", One(Kind::Schema)),
    since(V3_1, "then", One(Kind::Schema)),
    since(V3_1, "else", One(Kind::Schema)),
    since(V3_1, "dependentSchemas", Names(Kind::Schema)),
    since(V3_1, "dependentRequired", Data),
    since(V3_1, "prefixItems", List(Kind::Schema)),
    since(V3_1, "contains", One(Kind::Schema)),
    since(V3_1, "minContains", Data),
    since(V3_1, "maxContains", Data),
    since(V3_1, "patternProperties", Names(Kind::Schema)),
    since(V3_1, "propertyNames", One(Kind::Schema)),
    since(V3_1, "unevaluatedItems", One(Kind::Schema)),
    since(V3_1, "unevaluatedProperties", One(Kind::Schema)),
];

const DISCRIMINATOR: &[Key] = &[
    data("propertyName"),
    data("mapping"),
    since(V3_2, "defaultMapping", Data),
];

const XML: &[Key] = &[
    data("name"),
    data("namespace"),
    data("prefix"),
    data("attribute"),
    data("wrapped"),
    since(V3_2, "nodeType", Data),
];

const SECURITY_SCHEME: &[Key] = &[
    data("type"),
    data("description"),
    data("name"),
    data("in"),
    data("scheme"),
    data("bearerFormat"),
    key("flows", One(Kind::Flows)),
    data("openIdConnectUrl"),
    since(V3_2, "oauth2MetadataUrl", Data),
    since(V3_2, "deprecated", Data),
];

const FLOWS: &[Key] = &[
    key("implicit", One(Kind::Flow)),
    key("password", One(Kind::Flow)),
    key("clientCredentials", One(Kind::Flow)),
    key("authorizationCode", One(Kind::Flow)),
    since(V3_2, "deviceAuthorization", One(Kind::Flow)),
];

const FLOW: &[Key] = &[
    data("authorizationUrl"),
    data("tokenUrl"),
    data("refreshUrl"),
    data("scopes"),
    since(V3_2, "deviceAuthorizationUrl", Data),
];
