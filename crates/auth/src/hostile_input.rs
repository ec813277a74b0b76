//! Whatever a server or an application says, nothing panics, and nothing leaves its place.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::Value;
use url::Url;

use crate::answer::Received;
use crate::api::{Api, Endpoint, Presentation, Server, ServerVariable};
use crate::clock::Now;
use crate::complaint::Complaint;
use crate::condition::{Condition, Expression, Operand, Operator};
use crate::evaluate::Scope;
use crate::lifetime::Ends;
use crate::path_template::endpoint_url;
use crate::presentation::Form;
use crate::reading::Reading;
use crate::sanitised::sanitised;
use crate::server::ServerChoice;
use crate::{jwt, rfc3339};

static LIST: Endpoint = Endpoint {
    operation_id: "list",
    method: "GET",
    path: "/things/{id}/parts/{part}",
    servers: &[],
};

static API: Api = Api {
    name: "acme",
    title: "Acme",
    servers: &[Server {
        name: None,
        url: "https://{tenant}.acme.example/{base}/v1",
        variables: &[
            ServerVariable {
                name: "tenant",
                default: "demo",
                values: &[],
            },
            ServerVariable {
                name: "base",
                default: "api",
                values: &[],
            },
        ],
        required: false,
    }],
    schemes: &[],
    workflows: &[],
    endpoints: &[&LIST],
};

const BODY: Operand = Operand::Expression(Expression::Body(""));
const MEMBER: Operand = Operand::Expression(Expression::Body("/a/0/b"));

const CONDITIONS: [Condition; 4] = [
    Condition::Compare {
        left: BODY,
        operator: Operator::Less,
        right: MEMBER,
    },
    Condition::Compare {
        left: MEMBER,
        operator: Operator::Equal,
        right: Operand::Number(1.0),
    },
    Condition::Holds(BODY),
    Condition::Matches {
        context: Expression::Body(""),
        pattern: "^(a|.)*b$",
    },
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof![
            Just("error".to_owned()),
            Just("message".to_owned()),
            ".{0,3}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        json().prop_map(|value| value.to_string().into_bytes()),
    ]
}

/// A text as long-lived as those of a generated client.
fn text() -> impl Strategy<Value = &'static str> {
    let text = prop_oneof![
        "(/[a-z0-9~]{0,3}){0,3}",
        "[\\^$.|?*+()\\[\\]{}a-z\\\\]{0,8}",
        ".{0,6}",
    ];
    text.prop_map(|text: String| &*text.leak())
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        Just(Operand::Expression(Expression::StatusCode)),
        text().prop_map(|pointer| Operand::Expression(Expression::Body(pointer))),
        text().prop_map(|name| Operand::Expression(Expression::Header(name))),
        text().prop_map(|name| Operand::Expression(Expression::Input(name))),
        text().prop_map(Operand::String),
        any::<f64>().prop_map(Operand::Number),
        any::<bool>().prop_map(Operand::Bool),
        Just(Operand::Null),
    ]
}

/// Any condition that a document could hold.
fn condition() -> impl Strategy<Value = Condition> {
    let operators = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];
    let compared = (
        operand(),
        prop::sample::select(operators.to_vec()),
        operand(),
    );
    let leaf = prop_oneof![
        compared.prop_map(|(left, operator, right)| Condition::Compare {
            left,
            operator,
            right
        }),
        operand().prop_map(Condition::Holds),
        (text(), text()).prop_map(|(pointer, pattern)| Condition::Matches {
            context: Expression::Body(pointer),
            pattern,
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            inner.prop_map(|inner| Condition::Not(Box::leak(Box::new(inner)))),
            several
                .clone()
                .prop_map(|parts| Condition::All(parts.leak())),
            several.prop_map(|parts| Condition::Any(parts.leak())),
        ]
    })
}

proptest! {
    #[test]
    fn any_condition_can_be_held_against_any_answer(
        condition in condition(),
        status in 100..=999_u16,
        body in body(),
    ) {
        let received = Received::new(status, HeaderMap::new(), body);
        let reading = Reading::new(received.answer());
        let scope = Scope::answer(&reading);
        let holds = scope.holds(&condition);
        prop_assert_eq!(holds, scope.holds(&condition), "it is the same when asked again");
        let not = Condition::Not(Box::leak(Box::new(condition)));
        prop_assert_eq!(!holds, scope.holds(&not));
    }

    #[test]
    fn any_claims_of_a_jwt_can_be_read(exp in json(), iat in json(), wall in any::<u64>()) {
        let claims = serde_json::json!({ "exp": exp, "iat": iat }).to_string();
        let payload = URL_SAFE_NO_PAD.encode(claims);
        let lifetime = jwt::lifetime(&format!("e30.{payload}.c2ln"), wall);
        prop_assert!(lifetime.is_none_or(|lifetime| !lifetime.is_zero()));
    }

    #[test]
    fn any_answer_can_be_read(
        status in 100..=999_u16,
        body in body(),
        header in prop::collection::vec(any::<u8>(), 0..40),
        wall in any::<u64>(),
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&header) {
            for name in ["retry-after", "content-type"] {
                headers.insert(HeaderName::from_static(name), value.clone());
            }
        }
        let received = Received::new(status, headers, body);
        let _ = received.nature();
        let _ = received.retry_after(Now { wall, monotonic: 0 });
        let reading = Reading::new(received.answer());
        for condition in &CONDITIONS {
            let _ = Scope::answer(&reading).holds(condition);
        }
        let complaint = Complaint::read(reading.members(), &["secret"]);
        for words in complaint.code.iter().chain(&complaint.description) {
            prop_assert!(!words.contains(char::is_control));
            prop_assert!(words.chars().count() <= 203);
        }
    }

    #[test]
    fn any_lifetime_can_be_read(value in json(), token in ".*", wall in any::<u64>()) {
        let since = Now { wall, monotonic: 0 };
        let ends = |in_seconds: bool| Ends {
            expires_in: in_seconds.then(|| value.clone().into()),
            expires_in_ms: None,
            expires_in_minutes: None,
            expires_at: (!in_seconds).then(|| value.clone().into()),
        };
        for ends in [ends(true), ends(false)] {
            let lifetime = ends.lifetime(&token, None, since);
            prop_assert!(lifetime.is_none_or(|lifetime| !lifetime.is_zero()));
        }
    }

    #[test]
    fn any_text_can_be_tried_as_a_date_a_jwt_a_header_and_a_message(text in "\\PC*|.*") {
        let _ = rfc3339::unix_seconds(&text);
        let _ = jwt::lifetime(&text, 0);
        let _ = jwt::lifetime(&format!("a.{text}.b"), 0);
        let _ = sanitised(&text, &[&text]);
        for presentation in [
            Presentation::Word("Bearer"),
            Presentation::Header("X-Key"),
            Presentation::Prefixed("X-Key", "key "),
            Presentation::Query("key"),
            Presentation::Cookie("key"),
        ] {
            let url = Url::parse("https://acme.example/x?a=b").map_err(|_| TestCaseError::fail("URL"))?;
            let mut request = reqwest::Request::new(reqwest::Method::GET, url);
            if let Ok(form) = Form::token(presentation, &text) {
                form.apply(&mut request);
                prop_assert_eq!(request.url().path(), "/x");
                prop_assert!(request.url().query_pairs().any(|(name, _)| name == "a"));
            }
        }
    }

    #[test]
    fn a_path_value_never_leaves_its_segment(id in ".*", part in ".{0,3}") {
        let base = Url::parse("https://acme.example/v1").map_err(|_| TestCaseError::fail("URL"))?;
        let values = [("id", id), ("part", part)];
        if let Ok(url) = endpoint_url(&base, LIST.path, &values) {
            let segments: Vec<&str> = url.path().split('/').collect();
            prop_assert_eq!(segments.len(), 6);
            prop_assert_eq!(&segments[..3], &["", "v1", "things"]);
            prop_assert_eq!(segments[4], "parts");
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }

    #[test]
    fn a_server_variable_never_leaves_its_place(
        tenant in ".*|[a-z.@/:#?\\\\%]{0,6}",
        base in ".*|[a-z.@/:#?\\\\%]{0,6}",
    ) {
        let choice = ServerChoice::default().variable("tenant", &tenant).variable("base", &base);
        if let Ok(url) = choice.url(&API, &LIST) {
            prop_assert_eq!(url.scheme(), "https");
            prop_assert!(url.host_str().is_some_and(|host| host.ends_with(".acme.example")));
            prop_assert!(url.path().ends_with("/v1"));
            prop_assert!(url.port().is_none());
            prop_assert!(url.username().is_empty() && url.query().is_none());
        }
    }
}
