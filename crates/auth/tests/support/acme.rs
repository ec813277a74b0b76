//! The API `acme`: one scheme for each way of presenting a credential, one workflow for each way
//! of getting a token.

use keyfob_auth::*;

const SCHEME: Scheme = Scheme {
    name: "",
    presentation: Presentation::Word("Bearer"),
    description: "",
    refused_when: &[],
    server_url_hosts: &[],
    basic_encoding: BasicEncoding::Plain,
    authorize: None,
};

pub static OAUTH2: Scheme = Scheme {
    name: "oauth2",
    description: "Ask the administrator of Acme for an application.",
    server_url_hosts: &["acme.example", "*.acme.example"],
    authorize: Some(Authorize {
        url: "https://login.acme.example/v1/oauth2/authorize",
        parameters: &[
            AuthorizeParameter {
                name: "audience",
                value: Some("acme"),
            },
            AuthorizeParameter {
                name: "prompt",
                value: None,
            },
        ],
        scopes: &["read", "write"],
    }),
    ..SCHEME
};

pub static USER: Scheme = Scheme {
    name: "user",
    refused_when: &[Condition::All(&[
        Condition::Compare {
            left: Operand::Expression(Expression::StatusCode),
            operator: Operator::Equal,
            right: Operand::Number(403.0),
        },
        Condition::Matches {
            context: Expression::Body("/message"),
            pattern: "^token ",
        },
    ])],
    ..SCHEME
};

pub static API_KEY: Scheme = Scheme {
    name: "api_key",
    presentation: Presentation::Header("X-Api-Key"),
    ..SCHEME
};

pub static RAW: Scheme = Scheme {
    name: "raw",
    presentation: Presentation::Header("Authorization"),
    ..SCHEME
};

pub static IN_QUERY: Scheme = Scheme {
    name: "in_query",
    presentation: Presentation::Query("key"),
    ..SCHEME
};

pub static IN_COOKIE: Scheme = Scheme {
    name: "in_cookie",
    presentation: Presentation::Cookie("session"),
    ..SCHEME
};

pub static BASIC: Scheme = Scheme {
    name: "basic",
    presentation: Presentation::Basic,
    ..SCHEME
};

pub static SPECIAL: Scheme = Scheme {
    name: "special",
    presentation: Presentation::Word("Token"),
    ..SCHEME
};

const INPUT: Input = Input {
    name: "",
    required: true,
    secret: false,
    kind: InputKind::String,
    default: None,
    rules: &[],
    credential: None,
};

const CLIENT_ID: Input = Input {
    name: "client_id",
    rules: &[Rule::MinLength(1)],
    ..INPUT
};

const CLIENT_SECRET: Input = Input {
    name: "client_secret",
    secret: true,
    ..INPUT
};

const REFRESH_TOKEN: Input = Input {
    name: "refresh_token",
    secret: true,
    ..INPUT
};

const SCOPE: Input = Input {
    name: "scope",
    required: false,
    ..INPUT
};

pub static TOKEN: Endpoint = Endpoint {
    operation_id: "create_token",
    method: "POST",
    path: "/token",
    servers: &[],
};

pub static TICKET: Endpoint = Endpoint {
    operation_id: "create_ticket",
    method: "PUT",
    path: "/tenants/{tenant}/tickets",
    servers: &[],
};

const fn input(name: &'static str) -> Template {
    Template::Expression(Expression::Input(name))
}

const fn output(name: &'static str, value: Expression) -> Output {
    Output { name, value }
}

const fn body(name: &'static str, pointer: &'static str) -> Output {
    output(name, Expression::Body(pointer))
}

const fn from_step(step: &'static str, name: &'static str) -> Output {
    output(name, Expression::StepOutput { step, output: name })
}

const OK: Condition = Condition::Compare {
    left: Operand::Expression(Expression::StatusCode),
    operator: Operator::Equal,
    right: Operand::Number(200.0),
};

const STEP: Step = Step {
    id: "token",
    endpoint: &TOKEN,
    parameters: &[],
    body: None,
    credentials: &[],
    accept: &["application/json"],
    success: &[OK],
    outputs: &[
        body("access_token", "/access_token"),
        body("expires_in", "/expires_in"),
        body("expires_in_ms", "/expires_in_ms"),
        body("expires_at", "/expires_at"),
        body("refresh_token", "/refresh_token"),
        body("server_url", "/server_url"),
    ],
};

const WORKFLOW: Workflow = Workflow {
    id: "",
    scheme: "oauth2",
    inputs: &[],
    steps: &[],
    outputs: &[
        from_step("token", "access_token"),
        from_step("token", "expires_in"),
        from_step("token", "expires_in_ms"),
        from_step("token", "expires_at"),
        from_step("token", "refresh_token"),
        from_step("token", "server_url"),
    ],
    renewed_by: &[],
    revoked_by: &[],
    single_use: false,
    default_expires_in: None,
};

const fn form(members: &'static [(&'static str, Template)]) -> Option<Body> {
    Some(Body {
        media_type: "application/x-www-form-urlencoded",
        encoding: BodyEncoding::Form,
        value: Template::Object(members),
    })
}

/// By form, renewed by `refresh`.
pub const CLIENT_CREDENTIALS: Workflow = Workflow {
    id: "client_credentials",
    inputs: &[CLIENT_ID, CLIENT_SECRET, SCOPE],
    steps: &[Step {
        body: form(&[
            ("grant_type", Template::String("client_credentials")),
            ("client_id", input("client_id")),
            ("client_secret", input("client_secret")),
            ("scope", input("scope")),
        ]),
        ..STEP
    }],
    renewed_by: &["refresh"],
    revoked_by: &["revoke"],
    ..WORKFLOW
};

/// With a documented lifetime of an hour.
pub const HOURLY: Workflow = Workflow {
    id: "hourly",
    default_expires_in: Some(3600),
    renewed_by: &[],
    ..CLIENT_CREDENTIALS_BODY
};

/// Whose answer says itself whether it is a success.
pub const STATED: Workflow = Workflow {
    id: "stated",
    steps: &[Step {
        success: &[
            OK,
            Condition::Compare {
                left: Operand::Expression(Expression::Body("/ok")),
                operator: Operator::Equal,
                right: Operand::Bool(true),
            },
        ],
        ..STEP
    }],
    inputs: &[CLIENT_ID, CLIENT_SECRET],
    ..WORKFLOW
};

const CLIENT_CREDENTIALS_BODY: Workflow = Workflow {
    inputs: &[CLIENT_ID, CLIENT_SECRET],
    steps: &[Step {
        body: form(&[
            ("grant_type", Template::String("client_credentials")),
            ("client_id", input("client_id")),
            ("client_secret", input("client_secret")),
        ]),
        ..STEP
    }],
    ..WORKFLOW
};

pub const REFRESH: Workflow = Workflow {
    id: "refresh",
    inputs: &[CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN],
    steps: &[Step {
        body: form(&[
            ("grant_type", Template::String("refresh_token")),
            ("client_id", input("client_id")),
            ("client_secret", input("client_secret")),
            ("refresh_token", input("refresh_token")),
        ]),
        ..STEP
    }],
    renewed_by: &["refresh"],
    revoked_by: &["revoke"],
    ..WORKFLOW
};

/// The same, in a document that has no other way of renewing.
pub const REFRESH_ONLY: Workflow = Workflow {
    id: "refresh_only",
    renewed_by: &[],
    ..REFRESH
};

/// A person's login, by code.
pub const CODE: Workflow = Workflow {
    id: "code",
    inputs: &[
        CLIENT_ID,
        CLIENT_SECRET,
        Input {
            name: "code",
            secret: true,
            ..INPUT
        },
        Input {
            name: "redirect_uri",
            ..INPUT
        },
        Input {
            name: "code_verifier",
            secret: true,
            ..INPUT
        },
    ],
    steps: &[Step {
        body: form(&[
            ("grant_type", Template::String("authorization_code")),
            ("client_id", input("client_id")),
            ("client_secret", input("client_secret")),
            ("code", input("code")),
            ("redirect_uri", input("redirect_uri")),
            ("code_verifier", input("code_verifier")),
        ]),
        ..STEP
    }],
    renewed_by: &["refresh"],
    revoked_by: &["revoke"],
    single_use: true,
    ..WORKFLOW
};

/// Gives a token back (RFC 7009).
pub const REVOKE: Workflow = Workflow {
    id: "revoke",
    inputs: &[
        CLIENT_ID,
        CLIENT_SECRET,
        GIVEN_BACK,
        Input {
            name: "token_type_hint",
            required: false,
            ..INPUT
        },
    ],
    steps: &[Step {
        id: "revoke",
        endpoint: &REVOCATION,
        body: form(&[
            ("client_id", input("client_id")),
            ("client_secret", input("client_secret")),
            ("token", input("token")),
            ("token_type_hint", input("token_type_hint")),
        ]),
        outputs: &[],
        ..STEP
    }],
    outputs: &[],
    ..WORKFLOW
};

/// Ends a session by the very token that opened it; it takes no other kind.
pub const LOG_OUT: Workflow = Workflow {
    id: "log_out",
    inputs: &[
        GIVEN_BACK,
        Input {
            name: "token_type_hint",
            required: false,
            rules: &[Rule::OneOf(&["access_token"])],
            ..INPUT
        },
    ],
    steps: &[Step {
        id: "log_out",
        endpoint: &REVOCATION,
        credentials: &[StepCredential {
            presentation: Presentation::Word("Bearer"),
            value: StepCredentialValue::Token(input("token")),
        }],
        success: &[],
        outputs: &[],
        ..STEP
    }],
    outputs: &[],
    ..WORKFLOW
};

const GIVEN_BACK: Input = Input {
    name: "token",
    secret: true,
    ..INPUT
};

pub static REVOCATION: Endpoint = Endpoint {
    operation_id: "revoke_token",
    method: "POST",
    path: "/revoke",
    servers: &[],
};

/// JSON in, a bare text out.
pub const TEXT: Workflow = Workflow {
    id: "text",
    scheme: "raw",
    inputs: &[
        CLIENT_ID,
        CLIENT_SECRET,
        Input {
            name: "days",
            required: false,
            kind: InputKind::Integer,
            ..INPUT
        },
    ],
    steps: &[Step {
        body: Some(Body {
            media_type: "application/json",
            encoding: BodyEncoding::Json,
            value: Template::Object(&[
                ("client_id", input("client_id")),
                ("secret", input("client_secret")),
                ("days", input("days")),
                (
                    "flags",
                    Template::Array(&[Template::Bool(true), Template::Null]),
                ),
            ]),
        }),
        accept: &["text/plain", "application/json"],
        outputs: &[body("access_token", "")],
        ..STEP
    }],
    outputs: &[from_step("token", "access_token")],
    ..WORKFLOW
};

/// Two steps, with parameters everywhere and the token in a header.
pub const TWO_STEPS: Workflow = Workflow {
    id: "two_steps",
    scheme: "special",
    inputs: &[
        CLIENT_ID,
        CLIENT_SECRET,
        Input {
            name: "tenant",
            ..INPUT
        },
        Input {
            name: "region",
            required: false,
            ..INPUT
        },
    ],
    steps: &[
        Step {
            id: "ticket",
            endpoint: &TICKET,
            parameters: &[
                Parameter {
                    name: "tenant",
                    location: Location::Path,
                    value: input("tenant"),
                },
                Parameter {
                    name: "region",
                    location: Location::Query,
                    value: input("region"),
                },
                Parameter {
                    name: "of",
                    location: Location::Query,
                    value: Template::Text(&[
                        Piece::Text("a b/"),
                        Piece::Expression(Expression::Input("client_id")),
                    ]),
                },
                Parameter {
                    name: "X-Region",
                    location: Location::Header,
                    value: input("region"),
                },
                Parameter {
                    name: "client",
                    location: Location::Cookie,
                    value: input("client_id"),
                },
            ],
            credentials: &[StepCredential {
                presentation: Presentation::Basic,
                value: StepCredentialValue::Basic {
                    username: input("client_id"),
                    password: input("client_secret"),
                    encoding: BasicEncoding::Form,
                },
            }],
            accept: &[],
            success: &[],
            outputs: &[body("ticket", "/data/0/ticket")],
            ..STEP
        },
        Step {
            body: Some(Body {
                media_type: "text/plain",
                encoding: BodyEncoding::Text,
                value: Template::Text(&[
                    Piece::Text("ticket="),
                    Piece::Expression(Expression::StepOutput {
                        step: "ticket",
                        output: "ticket",
                    }),
                ]),
            }),
            outputs: &[output("access_token", Expression::Header("x-token"))],
            ..STEP
        },
    ],
    outputs: &[from_step("token", "access_token")],
    ..WORKFLOW
};

/// A user's token, for which the application's own token is exchanged.
pub const EXCHANGE: Workflow = Workflow {
    id: "exchange",
    scheme: "user",
    inputs: &[
        Input {
            name: "username",
            ..INPUT
        },
        Input {
            name: "application",
            secret: true,
            credential: Some(CredentialInput {
                scheme: "oauth2",
                part: CredentialPart::Value,
            }),
            ..INPUT
        },
    ],
    steps: &[Step {
        endpoint: &TICKET_FOR_USER,
        parameters: &[Parameter {
            name: "username",
            location: Location::Path,
            value: input("username"),
        }],
        credentials: &[StepCredential {
            presentation: Presentation::Word("Bearer"),
            value: StepCredentialValue::Token(input("application")),
        }],
        ..STEP
    }],
    ..WORKFLOW
};

pub static TICKET_FOR_USER: Endpoint = Endpoint {
    operation_id: "create_user_token",
    method: "POST",
    path: "/users/{username}/token",
    servers: &[],
};

/// A token that is exchanged for its successor.
pub const SLIDING: Workflow = Workflow {
    id: "sliding",
    renewed_by: &["slide"],
    revoked_by: &["log_out"],
    ..CLIENT_CREDENTIALS_BODY
};

pub const SLIDE: Workflow = Workflow {
    id: "slide",
    inputs: &[Input {
        name: "access_token",
        secret: true,
        ..INPUT
    }],
    steps: &[Step {
        body: form(&[("old", input("access_token"))]),
        ..STEP
    }],
    ..WORKFLOW
};

/// Takes the halves of a Basic credential.
pub const FROM_BASIC: Workflow = Workflow {
    id: "from_basic",
    inputs: &[
        Input {
            name: "username",
            credential: Some(CredentialInput {
                scheme: "basic",
                part: CredentialPart::Username,
            }),
            ..INPUT
        },
        Input {
            name: "password",
            secret: true,
            credential: Some(CredentialInput {
                scheme: "basic",
                part: CredentialPart::Password,
            }),
            ..INPUT
        },
    ],
    steps: &[Step {
        body: form(&[("u", input("username")), ("p", input("password"))]),
        ..STEP
    }],
    ..WORKFLOW
};

/// Two credentials that need each other.
pub const CHICKEN: Workflow = Workflow {
    id: "chicken",
    scheme: "special",
    inputs: &[Input {
        name: "egg",
        credential: Some(CredentialInput {
            scheme: "raw",
            part: CredentialPart::Value,
        }),
        ..INPUT
    }],
    ..WORKFLOW
};

pub const EGG: Workflow = Workflow {
    id: "egg",
    scheme: "raw",
    inputs: &[Input {
        name: "chicken",
        credential: Some(CredentialInput {
            scheme: "special",
            part: CredentialPart::Value,
        }),
        ..INPUT
    }],
    ..WORKFLOW
};

pub static API: Api = Api {
    name: "acme",
    title: "Acme",
    servers: &[Server {
        name: None,
        url: "https://login.acme.example/v1",
        variables: &[],
        required: false,
    }],
    schemes: &[
        &OAUTH2, &USER, &API_KEY, &RAW, &IN_QUERY, &IN_COOKIE, &BASIC, &SPECIAL,
    ],
    workflows: &[
        CLIENT_CREDENTIALS,
        HOURLY,
        STATED,
        REFRESH,
        REFRESH_ONLY,
        CODE,
        TEXT,
        TWO_STEPS,
        EXCHANGE,
        SLIDING,
        SLIDE,
        REVOKE,
        LOG_OUT,
        FROM_BASIC,
        CHICKEN,
        EGG,
    ],
    endpoints: &[&TOKEN, &TICKET, &TICKET_FOR_USER, &REVOCATION],
};

/// The inputs of a workflow with a client id and a client secret.
pub fn inputs(workflow: &'static Workflow) -> Inputs {
    Inputs::new(&API, workflow)
        .set("client_id", "ann")
        .set("client_secret", "s3cret value&more")
}

pub fn credential(workflow: &'static Workflow) -> Credential {
    Credential::workflow(inputs(workflow))
}
