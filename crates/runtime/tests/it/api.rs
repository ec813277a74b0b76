//! A hand-written API: what a generated crate would hold, and the client that wraps the runtime.

use keyfob_runtime::auth::{
    Api, BasicEncoding, Condition, Credential, Endpoint, Expression, Operand, Operator,
    Presentation, Requirement, Scheme, Server,
};
use keyfob_runtime::{
    Answer, AnswerError, Body, BodyType, Call, Client, ClientBuilder, Encoding, Error, Field,
    Operation, Parameter, Repeat, ResponseValue, Style,
};
use serde::Deserialize;

use crate::server::Server as Loopback;

pub static API: Api = Api {
    name: "post",
    title: "Post",
    servers: &[Server {
        name: None,
        url: "https://post.example/v1",
        variables: &[],
        required: false,
    }],
    schemes: &[&BEARER, &KEY, &QUERY_KEY, &SESSION],
    workflows: &[],
    endpoints: &[&LIST.endpoint, &SEND.endpoint],
};

pub static BEARER: Scheme = scheme(
    "bearer",
    Presentation::Word("Bearer"),
    "Ask the postmaster for a token.",
);

/// A key that is refused by what the answer says, whatever its status.
pub static KEY: Scheme = Scheme {
    refused_when: &[Condition::Compare {
        left: Operand::Expression(Expression::Body("/code")),
        operator: Operator::Equal,
        right: Operand::Number(4010.0),
    }],
    ..scheme(
        "key",
        Presentation::Header("X-Key"),
        "Keys are in the drawer.",
    )
};

/// A session that is refused by an answer which does not say that all is well.
pub static SESSION: Scheme = Scheme {
    refused_when: &[Condition::Compare {
        left: Operand::Expression(Expression::Body("/ok")),
        operator: Operator::NotEqual,
        right: Operand::Bool(true),
    }],
    ..scheme("session", Presentation::Cookie("session"), "")
};

pub static QUERY_KEY: Scheme = scheme("query_key", Presentation::Query("key"), "");

const fn scheme(
    name: &'static str,
    presentation: Presentation,
    description: &'static str,
) -> Scheme {
    Scheme {
        name,
        presentation,
        description,
        refused_when: &[],
        server_url_hosts: &[],
        basic_encoding: BasicEncoding::Plain,
        authorize: None,
    }
}

const fn wanted(scheme: &'static Scheme) -> Requirement {
    Requirement {
        scheme,
        scopes: &[],
    }
}

/// An operation without parameters, without security and without a body.
const fn operation(
    operation_id: &'static str,
    method: &'static str,
    path: &'static str,
    repeat: Repeat,
) -> Operation {
    Operation {
        endpoint: Endpoint {
            operation_id,
            method,
            path,
            servers: &[],
        },
        security: &[],
        parameters: &[],
        body: None,
        accept: &["application/json"],
        success: &[],
        repeat,
    }
}

const fn json_body(required: bool) -> Option<Body> {
    Some(Body {
        media_types: &[BodyType {
            name: "application/json",
            encoding: Encoding::Json,
        }],
        required,
        fields: &[],
    })
}

pub static LIST: Operation = operation("list_letters", "GET", "/letters", Repeat::Safe);

pub static SEND: Operation = Operation {
    body: json_body(true),
    ..operation("send_letter", "POST", "/letters", Repeat::Never)
};

pub static SEND_OPTIONAL: Operation = Operation {
    body: json_body(false),
    ..operation("send_draft", "POST", "/drafts", Repeat::Never)
};

pub static SEND_KEYED: Operation = Operation {
    body: json_body(true),
    ..operation(
        "send_once",
        "POST",
        "/letters",
        Repeat::Keyed("Idempotency-Key"),
    )
};

/// Every location and style.
pub static FIND: Operation = Operation {
    parameters: &[
        Parameter::path("box"),
        Parameter::path("id"),
        Parameter::query("limit"),
        Parameter::query("tags"),
        Parameter::query("ids").exploded(false),
        Parameter::query("piped")
            .styled(Style::PipeDelimited)
            .exploded(false),
        Parameter::query("filter").styled(Style::DeepObject),
        Parameter::header("X-Trace"),
        Parameter::header("Accept"),
        Parameter::cookie("session"),
        Parameter::cookie("theme"),
        Parameter::query("id"),
    ],
    ..operation(
        "find_letter",
        "GET",
        "/boxes/{box}/letters/{id}.json",
        Repeat::Safe,
    )
};

/// Every kind of body.
pub static STORE: Operation = Operation {
    body: Some(Body {
        media_types: &[
            BodyType {
                name: "application/json",
                encoding: Encoding::Json,
            },
            BodyType {
                name: "application/x-www-form-urlencoded",
                encoding: Encoding::Form,
            },
            BodyType {
                name: "multipart/form-data",
                encoding: Encoding::Multipart,
            },
            BodyType {
                name: "text/plain",
                encoding: Encoding::Text,
            },
            BodyType {
                name: "application/pdf",
                encoding: Encoding::Bytes,
            },
        ],
        required: true,
        fields: &[Field {
            name: "contacts",
            content_type: None,
            style: Some(Style::DeepObject),
            explode: Some(true),
        }],
    }),
    ..operation("store", "PUT", "/store", Repeat::Idempotent)
};

/// A 200 that says `"ok": false` is a failure.
pub static CHECKED: Operation = Operation {
    success: &[Condition::Compare {
        left: Operand::Expression(Expression::Body("/ok")),
        operator: Operator::NotEqual,
        right: Operand::Bool(false),
    }],
    ..operation("checked", "GET", "/checked", Repeat::Safe)
};

pub static SECURED: Operation = Operation {
    security: &[&[wanted(&BEARER)], &[wanted(&KEY)]],
    ..operation("secured", "GET", "/secured", Repeat::Safe)
};

pub static SECURED_POST: Operation = Operation {
    security: &[&[wanted(&BEARER)]],
    body: Some(Body {
        media_types: &[BodyType {
            name: "application/pdf",
            encoding: Encoding::Bytes,
        }],
        required: true,
        fields: &[],
    }),
    ..operation("secured_post", "POST", "/secured", Repeat::Never)
};

pub static IN_SESSION: Operation = Operation {
    security: &[&[wanted(&SESSION)]],
    ..operation("in_session", "GET", "/session", Repeat::Safe)
};

pub static WITH_BOTH: Operation = Operation {
    security: &[&[wanted(&BEARER), wanted(&QUERY_KEY)]],
    ..operation("with_both", "GET", "/both", Repeat::Safe)
};

/// What the generator would call `Client`.
#[derive(Clone, Debug)]
pub struct Post(pub Client);

impl From<Client> for Post {
    fn from(client: Client) -> Self {
        Self(client)
    }
}

pub fn builder() -> ClientBuilder<Post> {
    ClientBuilder::new(&API, "keyfob-post/0.1.0")
}

pub fn client(server: &Loopback) -> Post {
    builder().base_url(&server.url).build().unwrap()
}

pub fn bearer(value: &str) -> Credential {
    Credential::fixed(&BEARER, value)
}

pub fn key(value: &str) -> Credential {
    Credential::fixed(&KEY, value)
}

pub fn query_key(value: &str) -> Credential {
    Credential::fixed(&QUERY_KEY, value)
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Letters {
    pub list: Vec<Letter>,
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Letter {
    pub id: u64,
}

/// The documented failures: 400 and 401 with a body, 404 without one, 5XX with one.
#[derive(Debug, PartialEq)]
pub enum Failure {
    Refused(Complaint),
    Gone,
    Broken(Complaint),
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Complaint {
    pub message: String,
}

/// As generated code reads a failure.
pub fn failure(answer: &Answer) -> Result<Failure, AnswerError> {
    match answer.status() {
        400 | 401 => answer.json().map(Failure::Refused),
        404 => answer.empty().map(|()| Failure::Gone),
        500..=599 => answer.json().map(Failure::Broken),
        200..=299 => answer.json().map(Failure::Refused),
        _ => Err(answer.undocumented()),
    }
}

/// Sends a call whose success is a list of letters.
pub async fn letters(call: Call<'_>) -> Result<ResponseValue<Letters>, Error<Failure>> {
    call.send(
        |answer| match answer.status() {
            200 => answer.json(),
            _ => Err(answer.undocumented()),
        },
        failure,
    )
    .await
}

/// Sends a call whose answer does not matter.
pub async fn send(call: Call<'_>) -> Result<ResponseValue<()>, Error<Failure>> {
    call.send(|answer| answer.empty(), failure).await
}
