//! Whatever a server answers, in whatever media type and with whatever headers: it is a token that
//! fits into a header, or an error that says where; nothing panics, nothing hangs, and nothing of
//! the answer or of the request is repeated.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob_auth::{
    Acquisition, AuthErrorKind, Credential, Keyring, ManualClock, Settings, Workflow,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use support::{Reply, Server, acme, network};
use tokio::runtime::Runtime;
use url::Url;

/// Stands in every answer, where no message may take it from.
const CANARY: &str = "canary-7f3a9c";

/// The request holds it, and answers repeat it in their words.
const SECRET: &str = "s3cret value&more";

/// One answer.
#[derive(Debug, Clone)]
struct Hostile {
    status: u16,
    media_type: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// Closes the connection after so many bytes of the body.
    cut: Option<usize>,
}

impl Hostile {
    fn reply(&self) -> Reply {
        let mut bytes = format!(
            "HTTP/1.1 {} Whatever\r\nconnection: close\r\ncontent-type: {}\r\ncontent-length: {}\r\n",
            self.status,
            self.media_type,
            self.body.len()
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        let end = self
            .cut
            .map_or(self.body.len(), |cut| cut.min(self.body.len()));
        bytes.extend_from_slice(&self.body[..end]);
        Reply::raw(bytes)
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(format!("{CANARY}-0123456789"))),
        Just(json!(format!("{CANARY}\r\nset-cookie: x"))),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(|text| json!(format!("{CANARY}{text}"))),
        Just(json!({ "x": [CANARY] })),
    ]
}

/// What a server says for people, which errors repeat: with the request's secret in it.
fn words() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("invalid_client")),
        Just(json!(format!("you sent {SECRET}\u{1b}[31m"))),
        Just(json!("you sent s3cret+value%26more")),
        Just(json!({ "message": SECRET, "code": 7 })),
        Just(json!(["x", SECRET])),
    ]
}

/// An object with members that are read, and values that are not expected there.
fn token_answer() -> impl Strategy<Value = Value> {
    let read = [
        "access_token",
        "expires_in",
        "expires_in_ms",
        "expires_at",
        "refresh_token",
        "server_url",
        "ticket",
        "data",
    ];
    let read = read.map(|name| (Just(name.to_owned()), prop::option::of(scalar().boxed())));
    let said = ["error", "error_description", "message"];
    let said = said.map(|name| (Just(name.to_owned()), prop::option::of(words().boxed())));
    let members: Vec<_> = read.into_iter().chain(said).collect();
    members.prop_map(|members| {
        let known = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Value::Object(known.collect())
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => token_answer().prop_map(|answer| answer.to_string().into_bytes()),
        1 => token_answer().prop_map(|answer| {
            let mut bytes = b"\xef\xbb\xbf".to_vec();
            bytes.extend_from_slice(answer.to_string().as_bytes());
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => ".{0,60}".prop_map(|text| format!("{CANARY}{text}").into_bytes()),
        1 => Just(format!("access_token={CANARY}&expires_in=60").into_bytes()),
        1 => Just(format!("<html>{CANARY}</html>").into_bytes()),
        1 => (1..2000_usize).prop_map(|depth| "[".repeat(depth).into_bytes()),
    ]
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let media_type = prop_oneof![
        Just("application/json"),
        Just("application/json; charset=utf-16"),
        Just("application/x-www-form-urlencoded"),
        Just("text/html"),
        Just("text/plain"),
        Just("application/octet-stream"),
        Just(""),
    ];
    let value = prop_oneof![
        Just(b"120".to_vec()),
        Just(b"-1".to_vec()),
        Just(b"99999999999999999999999".to_vec()),
        Just(b"Wed, 21 Oct 2099 07:28:00 GMT".to_vec()),
        Just(b"Thu, 01 Jan 1970 00:00:00 GMT".to_vec()),
        Just(format!("Bearer error=\"{CANARY}\"").into_bytes()),
        prop::collection::vec(0x20..0xff_u8, 0..40),
    ];
    let name = prop_oneof![
        Just("retry-after"),
        Just("www-authenticate"),
        Just("x-token"),
        Just("location"),
        Just("set-cookie"),
    ];
    let headers = prop::collection::vec((name.prop_map(str::to_owned), value), 0..4);
    let status = prop_oneof![4 => Just(200_u16), 1 => 201..=206_u16, 1 => 300..=308_u16, 2 => 400..=451_u16, 1 => 500..=599_u16];
    let cut = prop::option::weighted(0.1, 0..50_usize);
    (status, media_type, headers, body(), cut).prop_map(
        |(status, media_type, headers, body, cut)| Hostile {
            status,
            media_type: media_type.to_owned(),
            headers,
            body,
            cut,
        },
    )
}

/// A way to a token of this server.
type Way = fn(&Server) -> Credential;

fn workflow(workflow: &'static Workflow) -> Credential {
    let inputs = acme::inputs(workflow).set("client_secret", SECRET);
    Credential::workflow(match workflow.id {
        "two_steps" => inputs.set("tenant", "t"),
        _ => inputs,
    })
}

/// What an application does by itself, with the engine's reading of token answers.
fn own_source(server: &Server) -> Credential {
    let url = Url::parse(&format!("{}/token", server.url())).unwrap();
    Credential::source(&acme::USER, move |acquisition: Acquisition| {
        let url = url.clone();
        async move {
            let request = acquisition.form(&url, &[("client_secret", SECRET)]);
            acquisition.exchange(request).await
        }
    })
}

#[test]
fn any_answer_is_a_token_or_an_error_that_says_where() {
    let runtime = Runtime::new().unwrap();
    let next: Arc<Mutex<Option<Hostile>>> = Arc::default();
    let answering = Arc::clone(&next);
    let server = runtime.block_on(Server::start(move |_, _| {
        answering.lock().unwrap().as_ref().unwrap().reply()
    }));
    let ways: [(Way, &str); 4] = [
        (|_| workflow(&acme::CLIENT_CREDENTIALS), "oauth2"),
        (|_| workflow(&acme::TEXT), "raw"),
        (|_| workflow(&acme::TWO_STEPS), "special"),
        (own_source, "user"),
    ];
    let mut runner = TestRunner::new(Config::with_cases(400));
    let (tokens, errors) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&(hostile(), 0..4_usize), |(hostile, index)| {
        *next.lock().unwrap() = Some(hostile);
        let (credential, scheme) = ways[index];
        let settings = Settings::new().clock(ManualClock::new());
        let credentials = vec![credential(&server)];
        let keys =
            Keyring::with_settings(&acme::API, credentials, network(&server), settings).unwrap();
        let asked = runtime.block_on(keys.authorization(scheme));
        match asked {
            Ok(authorization) => {
                tokens.set(tokens.get() + 1);
                let (_, value) = authorization.header().expect("a header");
                prop_assert!(value.is_sensitive() && !value.is_empty());
                let shown = format!("{authorization:?}");
                prop_assert!(!shown.contains(CANARY));
            }
            Err(error) => {
                errors.set(errors.get() + 1);
                let said = format!("{error} {error:?}");
                for hidden in [CANARY, "s3cret"] {
                    prop_assert!(!said.contains(hidden), "{said}");
                }
                prop_assert!(said.len() < 2000, "{said}");
                let place = ["create_t", "/api/token", "own source"];
                prop_assert!(place.iter().any(|place| said.contains(place)), "{said}");
                prop_assert!(
                    !matches!(error.kind(), AuthErrorKind::Internal | AuthErrorKind::Store),
                    "{said}"
                );
                let wait = error.retry_after().expect("a pause");
                prop_assert!(
                    (Duration::from_millis(500)..=Duration::from_secs(3600)).contains(&wait)
                );
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let (tokens, errors) = (tokens.get(), errors.get());
    println!("{tokens} tokens, {errors} errors");
    assert!(
        tokens > 10 && errors > 10,
        "{tokens} tokens, {errors} errors"
    );
}
