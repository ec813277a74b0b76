//! The typed requests and answers that generated `mock` modules are written on.

use keyfob_runtime::mock::{Answer, Mock, MockServer, Request};
use keyfob_runtime::{File, Operation, Secret};
use serde_json::{Value, json};

use crate::api::{FIND, LIST, Letter, Letters, Post, STORE, builder, letters, send};

fn client(server: &MockServer) -> Post {
    builder()
        .base_url(server.url("/base"))
        .retries(0)
        .build()
        .unwrap()
}

/// A mock that answers 204 to what `set_up` describes.
fn waiting<'s>(
    server: &'s MockServer,
    operation: &'static Operation,
    set_up: impl FnOnce(Request) -> Request,
) -> Mock<'s> {
    server.operation(operation, |when, then| {
        set_up(when);
        then.empty(204);
    })
}

#[tokio::test]
async fn a_mock_answers_the_operation_below_any_base_path() {
    let server = MockServer::start_async().await;
    let mock = server.operation(&LIST, |_, then| {
        then.json(200, &json!({"list": [{"id": 7}]}));
    });
    let answer = letters(client(&server).0.call(&LIST)).await.unwrap();
    assert_eq!(
        answer.into_inner(),
        Letters {
            list: vec![Letter { id: 7 }]
        }
    );
    mock.assert();
}

/// Values of every kind of parameter, and for each one another value and what is said of it.
#[tokio::test]
async fn a_mock_tells_requests_apart_by_every_kind_of_parameter() {
    let given: [(&str, Value); 8] = [
        ("box", json!("in/out.é{}")),
        ("id", json!(1)),
        ("tags", json!(["a b", "c,d"])),
        ("ids", json!([1, 2])),
        ("filter", json!({"a": {"b": "x&y"}})),
        ("limit", Value::Null),
        ("X-Trace", json!("t")),
        ("session", json!("s;1")),
    ];
    let server = MockServer::start_async().await;
    let mock = waiting(&server, &FIND, |request| {
        given.iter().fold(request, |request, (name, value)| {
            request.parameter(name, value)
        })
    });
    let client = client(&server);
    let call = async |name: &str, other: Value| {
        let mut call = client.0.call(&FIND);
        for (known, value) in &given {
            let value = if *known == name {
                other.clone()
            } else {
                value.clone()
            };
            call = call.parameter(known, Ok(value));
        }
        send(call).await
    };
    call("none", Value::Null).await.unwrap();
    mock.assert();
    let cases = [
        (
            "box",
            json!("in"),
            "path parameter `box`: expected in/out.é{}, got in",
        ),
        ("id", json!(2), "path parameter `id`: expected 1, got 2"),
        (
            "tags",
            json!(["a b"]),
            "query parameter `tags`: expected a b,c,d, got a b",
        ),
        (
            "tags",
            json!(["a b", "c", "d"]),
            "query parameter `tags`: expected",
        ),
        (
            "tags",
            Value::Null,
            "query parameter `tags`: expected a b,c,d, got none",
        ),
        (
            "ids",
            json!([2, 1]),
            "query parameter `ids`: expected 1,2, got 2,1",
        ),
        (
            "filter",
            json!({"a": {"b": 1}}),
            "query parameter `filter`: expected x&y, got 1",
        ),
        (
            "limit",
            json!(1),
            "query parameter `limit`: none expected, one came",
        ),
        (
            "X-Trace",
            json!("u"),
            "header parameter `X-Trace`: expected t, got u",
        ),
        (
            "session",
            json!("s"),
            "cookie parameter `session`: expected s;1, got s",
        ),
    ];
    for (name, other, said) in cases {
        let error = call(name, other).await.unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("nearest is find_letter: {said}")),
            "{name}: {shown}"
        );
        let line = server.unanswered().pop().unwrap();
        assert!(line.starts_with("GET: ") && line.contains(said), "{line}");
    }
    mock.assert();
}

/// Bodies of every kind, and for each one another body and what is said of it.
#[tokio::test]
async fn a_mock_tells_requests_apart_by_every_kind_of_body() {
    let object = |name: &str| json!({"name": name, "contacts": [{"recipient": "+33"}]});
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (
            "application/json",
            object("a b"),
            object("c"),
            r#"body, `/name`: expected "a b", got "c""#,
        ),
        (
            "application/json",
            object("a b"),
            json!({"name": "a b"}),
            "body, `/contacts`: expected",
        ),
        (
            "application/json",
            json!({"name": "a b"}),
            object("a b"),
            "body, `/contacts`: none expected, one came",
        ),
        (
            form,
            object("a b"),
            object("c"),
            "body, `name`: expected a b, got c",
        ),
        (
            form,
            object("a"),
            json!({"name": "a", "contacts": []}),
            "body, `contacts[0][recipient]`: expected +33, got none",
        ),
        (
            form,
            json!({"name": "a"}),
            object("a"),
            "body, `contacts[0][recipient]`: none expected, one came",
        ),
        (
            "multipart/form-data",
            object("a b"),
            object("c"),
            "body, `name`: another value than the one expected",
        ),
        (
            "multipart/form-data",
            json!({"name": "a"}),
            object("a"),
            "body, `contacts`: none expected, one came",
        ),
        (
            "text/plain",
            json!("a b"),
            json!("c"),
            "body: another content (3 bytes expected, 1 came)",
        ),
    ];
    for (content_type, expected, other, said) in cases {
        let server = MockServer::start_async().await;
        let mock = waiting(&server, &STORE, |request| {
            request.content_type(content_type).body(&expected)
        });
        let client = client(&server);
        let store = async |body: &Value| {
            let call = client.0.call(&STORE).content_type(content_type);
            send(call.body(Ok(body))).await
        };
        store(&expected).await.unwrap();
        store(&other).await.unwrap_err();
        let line = server.unanswered().pop().unwrap();
        assert!(line.contains(said), "{line}");
        mock.assert();
    }
}

#[tokio::test]
async fn a_mock_of_a_body_takes_it_in_its_media_type_alone() {
    let server = MockServer::start_async().await;
    let mock = waiting(&server, &STORE, |request| {
        request.body(&json!({"name": "a"}))
    });
    let client = client(&server);
    let call = client
        .0
        .call(&STORE)
        .content_type("application/x-www-form-urlencoded");
    send(call.body(Ok(json!({"name": "a"})))).await.unwrap_err();
    mock.assert_calls(0);
    let line = server.unanswered().pop().unwrap();
    let said = "body: expected application/json, got application/x-www-form-urlencoded";
    assert!(line.contains(said), "{line}");
}

#[tokio::test]
async fn a_mock_tells_files_apart() {
    let server = MockServer::start_async().await;
    let mock = server.operation(&STORE, |when, then| {
        when.content_type("application/pdf").body(&File::new("one"));
        then.bytes(200, "application/pdf", [0, 255]);
    });
    let client = client(&server);
    let store = async |content: &'static str| {
        let call = client.0.call(&STORE).content_type("application/pdf");
        send(call.body(Ok(File::new(content)))).await
    };
    store("one").await.unwrap();
    store("two").await.unwrap_err();
    mock.assert();
}

#[tokio::test]
async fn what_is_typed_as_a_secret_is_named_and_never_shown() {
    let server = MockServer::start_async().await;
    let mock = waiting(&server, &FIND, |request| {
        request
            .parameter("X-Trace", &Secret::from("expected-canary"))
            .with_header("x-added", "added-canary")
    });
    let stored = waiting(&server, &STORE, |request| {
        request
            .body(&json!({"name": "a"}))
            .body(&[Secret::from("expected-canary")])
    });
    let client = client(&server);
    let find = client
        .0
        .call(&FIND)
        .parameter("box", Ok("b"))
        .parameter("id", Ok(1));
    let error = send(find.parameter("X-Trace", Ok(Secret::from("sent-canary"))))
        .await
        .unwrap_err();
    let store = client
        .0
        .call(&STORE)
        .body(Ok([Secret::from("sent-canary")]));
    send(store).await.unwrap_err();
    let accounts = [&mock, &stored].map(|mock| {
        let claim = std::panic::AssertUnwindSafe(|| mock.assert());
        let panic = std::panic::catch_unwind(claim).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    });
    let unanswered = server.unanswered().join("\n");
    for shown in [
        error.to_string(),
        format!("{error:?}"),
        unanswered,
        accounts.concat(),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let expected = "mock of find_letter: expected 1 call, got 0\n  no mock answered a GET: header \
                    parameter `X-Trace`: another value than the one expected; header `x-added`: not \
                    the one expected";
    assert!(accounts[0].starts_with(expected), "{}", accounts[0]);
}

/// Answers in turn, and the statuses that as many calls get.
#[tokio::test]
async fn answers_are_given_in_turn_and_the_last_one_again_and_again() {
    type SetUp = fn(Answer) -> Answer;
    let cases: [(SetUp, &[u16]); 4] = [
        (|then| then.empty(429).empty(204), &[429, 204, 204, 204]),
        (
            |then| then.empty(429).times(2).empty(204),
            &[429, 429, 204, 204],
        ),
        (
            |then| then.empty(429).empty(204).times(2),
            &[429, 204, 204, 501],
        ),
        (
            |then| then.empty(204).times(1).empty(410).times(1).empty(204),
            &[204, 410, 204, 204],
        ),
    ];
    for (set_up, expected) in cases {
        let server = MockServer::start_async().await;
        server.operation(&LIST, |_, then| {
            set_up(then);
        });
        let client = client(&server);
        for status in expected {
            let answer = client.0.call(&LIST).send(
                |answer| match answer.status() {
                    204 => Ok(204),
                    _ => Err(answer.undocumented()),
                },
                |answer| Ok(answer.status()),
            );
            let got = match answer.await {
                Ok(answer) => answer.into_inner(),
                Err(error) => *error.api_error().unwrap(),
            };
            assert_eq!(got, *status);
        }
    }
}

#[tokio::test]
async fn a_mock_that_has_given_all_its_answers_makes_way_for_the_next() {
    let server = MockServer::start_async().await;
    let first = server.operation(&LIST, |_, then| {
        then.json(200, &json!({"list": []})).times(1);
    });
    let client = client(&server);
    let list = async || letters(client.0.call(&LIST)).await;
    list().await.unwrap();
    let error = list().await.unwrap_err().to_string();
    assert!(
        error.contains("list_letters: it has answered its 1 calls"),
        "{error}"
    );
    let second = server.operation(&LIST, |_, then| {
        then.json(200, &json!({"list": [{"id": 1}]}));
    });
    assert_eq!(list().await.unwrap().list.len(), 1);
    first.assert();
    second.assert();
}

#[tokio::test]
async fn an_answer_has_the_headers_that_were_named_for_it_alone() {
    let server = MockServer::start_async().await;
    server.operation(&LIST, |_, then| {
        let page = json!({"list": []});
        then.json(200, &page)
            .with_header("x-page", "1")
            .json(200, &page);
    });
    let client = client(&server);
    let mut pages = Vec::new();
    for _ in 0..2 {
        let answer = letters(client.0.call(&LIST)).await.unwrap();
        pages.push(answer.headers().get("x-page").cloned());
    }
    assert_eq!(pages, [Some("1".parse().unwrap()), None]);
}

#[tokio::test]
async fn a_mock_keeps_the_requests_that_it_answered() {
    let server = MockServer::start_async().await;
    let mock = waiting(&server, &STORE, |request| request);
    let client = client(&server);
    let call = client.0.call(&STORE);
    send(call.body(Ok(json!({"name": "canary"}))))
        .await
        .unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].body, r#"{"name":"canary"}"#);
    assert_eq!(requests[0].path_and_query, "/base/store");
    assert!(!format!("{requests:?}").contains("canary"));
}

#[tokio::test]
async fn a_mock_of_httpmock_has_its_turn_before_a_request_is_refused() {
    let server = MockServer::start_async().await;
    let raw = server.mock(|when, then| {
        when.path("/base/letters");
        then.status(200).body(r#"{"list": []}"#);
    });
    letters(client(&server).0.call(&LIST)).await.unwrap();
    raw.assert();
}

#[test]
fn a_mock_that_cannot_be_set_up_fails_its_test() {
    type SetUp = fn(Request, Answer);
    let cases: [(SetUp, &str); 6] = [
        (
            |when, _| drop(when.parameter("colour", &"red")),
            "it has no parameter `colour`",
        ),
        (
            |when, _| drop(when.without("colour")),
            "it has no parameter `colour`",
        ),
        (|when, _| drop(when.body(&"red")), "it takes no body"),
        (
            |_, then| drop(then.empty(99)),
            "99 is no status of an answer",
        ),
        (
            |_, then| drop(then.times(1)),
            "name an answer first, and then say more of it",
        ),
        (|_, _| (), "it answers nothing; name an answer on `then`"),
    ];
    for (set_up, expected) in cases {
        let server = MockServer::start();
        let mock = std::panic::AssertUnwindSafe(|| drop(server.operation(&LIST, set_up)));
        let panic = std::panic::catch_unwind(mock).unwrap_err();
        let said = panic.downcast_ref::<String>().unwrap();
        assert_eq!(said, &format!("mock of list_letters: {expected}"));
    }
}
