//! The typed requests and answers that generated `mock` modules are written on.

use keyfob_runtime::httpmock::MockServer;
use keyfob_runtime::{File, Secret, mock};
use serde_json::json;

use crate::api::{FIND, LIST, Letter, Letters, Post, STORE, builder, letters, send};

fn client(server: &MockServer) -> Post {
    builder()
        .base_url(server.url("/base"))
        .retries(0)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_mock_answers_the_operation_below_any_base_path() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        mock::Request::new(when, &LIST);
        mock::Answer::new(then).json(200, &json!({"list": [{"id": 7}]}));
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

#[tokio::test]
async fn a_mock_tells_requests_apart_by_every_kind_of_parameter() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        let request = mock::Request::new(when, &FIND);
        request
            .parameter("box", &"in/out.é")
            .parameter("id", &1)
            .parameter("tags", &["a b", "c,d"])
            .parameter("ids", &[1, 2])
            .parameter("filter", &json!({"a": {"b": "x&y"}}))
            .parameter("limit", &None::<u8>)
            .parameter("X-Trace", &Secret::from("t"))
            .parameter("session", &"s;1");
        mock::Answer::new(then).empty(204);
    });
    let client = client(&server);
    let call = |id: u8, tag: &'static str, session: &'static str, limit: Option<u8>| {
        let call = client
            .0
            .call(&FIND)
            .parameter("box", Ok("in/out.é"))
            .parameter("id", Ok(id));
        let call = call
            .parameter("tags", Ok([tag, "c,d"]))
            .parameter("ids", Ok([1, 2]));
        let call = call
            .parameter("filter", Ok(json!({"a": {"b": "x&y"}})))
            .parameter("limit", Ok(limit));
        send(
            call.parameter("X-Trace", Ok("t"))
                .parameter("session", Ok(session)),
        )
    };
    call(1, "a b", "s;1", None).await.unwrap();
    mock.assert();
    for other in [
        call(2, "a b", "s;1", None),
        call(1, "x", "s;1", None),
        call(1, "a b", "s", None),
        call(1, "a b", "s;1", Some(1)),
    ] {
        other.await.unwrap_err();
    }
    mock.assert();
}

#[tokio::test]
async fn a_mock_tells_requests_apart_by_every_kind_of_body() {
    let object = |name: &str| json!({"name": name, "contacts": [{"recipient": "+33"}]});
    let cases = [
        ("application/json", object("a b"), object("c")),
        (
            "application/x-www-form-urlencoded",
            object("a b"),
            object("c"),
        ),
        ("multipart/form-data", object("a b"), object("c")),
        ("text/plain", json!("a b"), json!("c")),
    ];
    for (content_type, expected, other) in cases {
        let server = MockServer::start_async().await;
        let mock = server.mock(|when, then| {
            mock::Request::new(when, &STORE)
                .content_type(content_type)
                .body(&expected);
            mock::Answer::new(then).text(200, "text/plain", "stored");
        });
        let client = client(&server);
        send(
            client
                .0
                .call(&STORE)
                .content_type(content_type)
                .body(Ok(&expected)),
        )
        .await
        .unwrap();
        send(
            client
                .0
                .call(&STORE)
                .content_type(content_type)
                .body(Ok(&other)),
        )
        .await
        .unwrap_err();
        assert_eq!(mock.calls(), 1, "{content_type}");
    }
}

#[tokio::test]
async fn a_mock_tells_files_apart() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        mock::Request::new(when, &STORE)
            .content_type("application/pdf")
            .body(&File::new("one"));
        mock::Answer::new(then).bytes(200, "application/pdf", vec![0, 255]);
    });
    let client = client(&server);
    send(
        client
            .0
            .call(&STORE)
            .content_type("application/pdf")
            .body(Ok(File::new("one"))),
    )
    .await
    .unwrap();
    send(
        client
            .0
            .call(&STORE)
            .content_type("application/pdf")
            .body(Ok(File::new("two"))),
    )
    .await
    .unwrap_err();
    assert_eq!(mock.calls(), 1);
}

#[test]
#[should_panic(expected = "mock of list_letters: it has no parameter `colour`")]
fn a_mock_that_cannot_be_set_up_fails_its_test() {
    let server = MockServer::start();
    server.mock(|when, _| {
        mock::Request::new(when, &LIST).parameter("colour", &"red");
    });
}
