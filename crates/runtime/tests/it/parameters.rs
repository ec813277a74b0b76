//! Parameters on the wire.

use std::borrow::Cow;
use std::collections::BTreeMap;

use keyfob_runtime::{ErrorKind, Secret};
use serde_json::json;

use crate::api::{FIND, builder, client, send};
use crate::server::Server;

fn given<T>(value: T) -> Result<T, Cow<'static, str>> {
    Ok(value)
}

#[tokio::test]
async fn every_location_and_style_reaches_the_wire() {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = client.0.call(&FIND);
    let call = call
        .parameter("box", given("in/out é"))
        .parameter("id", given(9_007_199_254_740_993_u64))
        .parameter("limit", given(Some(10)))
        .parameter("tags", given(vec!["a b", "c,d"]))
        .parameter("ids", given([1, 2]))
        .parameter("piped", given(["x", "y"]))
        .parameter(
            "filter",
            given(json!({"name": {"like": "A&B"}, "old": true})),
        )
        .parameter("X-Trace", given(Secret::from("trace-1")))
        .parameter("session", given("s;1"))
        .parameter("theme", given("dark"))
        .parameter("id", given("query"));
    send(call).await.unwrap();

    let request = server.only();
    assert_eq!(request.method, "GET");
    let (path, query) = request.target.split_once('?').unwrap();
    assert_eq!(
        path,
        "/boxes/in%2Fout%20%C3%A9/letters/9007199254740993.json"
    );
    let expected = [
        "limit=10",
        "tags=a%20b",
        "tags=c%2Cd",
        "ids=1,2",
        "piped=x%7Cy",
        "filter%5Bname%5D%5Blike%5D=A%26B",
        "filter%5Bold%5D=true",
        "id=query",
    ];
    assert_eq!(query, expected.join("&"));
    assert_eq!(request.header("x-trace"), Some("trace-1"));
    assert_eq!(request.header("cookie"), Some("session=s%3B1; theme=dark"));
}

#[tokio::test]
async fn what_is_absent_is_left_out() {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = client
        .0
        .call(&FIND)
        .parameter("box", given("b"))
        .parameter("id", given(1));
    let call = call
        .parameter("limit", given(None::<u32>))
        .parameter("tags", given(Vec::<String>::new()))
        .parameter("filter", given(BTreeMap::<String, String>::new()))
        .parameter("X-Trace", given(None::<String>));
    send(call).await.unwrap();
    let request = server.only();
    assert_eq!(request.target, "/boxes/b/letters/1.json");
    assert_eq!(
        (request.header("cookie"), request.header("x-trace")),
        (None, None)
    );
}

#[tokio::test]
async fn base_and_path_are_joined_by_one_slash() {
    for (base, expected) in [
        ("", "/letters"),
        ("/", "/letters"),
        ("/v1", "/v1/letters"),
        ("/v1/", "/v1/letters"),
    ] {
        let server = Server::start([]).await;
        let client = builder()
            .base_url(format!("{}{base}", server.url))
            .build()
            .unwrap();
        send(client.0.call(&crate::api::LIST)).await.unwrap();
        assert_eq!(server.only().target, expected, "{base}");
    }
}

/// The message for a call that must not be sent.
async fn refusal(id: Result<&str, Cow<'static, str>>, trace: Option<&str>) -> String {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = client
        .0
        .call(&FIND)
        .parameter("box", given("b"))
        .parameter("id", id);
    let error = send(call.parameter("X-Trace", given(trace)))
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
    assert!(server.recorded().is_empty(), "it was sent");
    error.to_string()
}

#[tokio::test]
async fn values_that_would_change_the_request_are_refused_before_sending() {
    let cases = [
        (Ok(""), None, "id"),
        (Ok("1"), Some("canary\r\nX-Evil: 1"), "`X-Trace`"),
        (Ok("1"), Some("canary\n"), "`X-Trace`"),
        (
            Err("conversion to `u64` for id failed".into()),
            None,
            "parameter `id`: conversion to `u64`",
        ),
    ];
    for (id, trace, expected) in cases {
        let message = refusal(id.clone(), trace).await;
        assert!(
            message.contains(expected) && !message.contains("canary"),
            "{id:?} {trace:?}: {message}"
        );
        assert!(
            message.starts_with("find_letter (GET /boxes/{box}/letters/{id}.json) was not sent"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_path_value_never_climbs() {
    let server = Server::start([]).await;
    let client = client(&server);
    for hostile in [".", ".."] {
        let call = client
            .0
            .call(&FIND)
            .parameter("box", given(hostile))
            .parameter("id", given("1"));
        let error = send(call).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{hostile}: {error:?}"
        );
    }
    assert!(server.recorded().is_empty());
    let call = client
        .0
        .call(&FIND)
        .parameter("box", given("../x?y#z%2e"))
        .parameter("id", given("1"));
    send(call).await.unwrap();
    assert_eq!(
        server.only().target,
        "/boxes/..%2Fx%3Fy%23z%252e/letters/1.json"
    );
}

#[tokio::test]
async fn all_mistakes_are_named_at_once() {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = client
        .0
        .call(&FIND)
        .parameter("limit", Err::<u8, _>("too large".into()));
    let message = send(call.parameter("colour", given("red")))
        .await
        .unwrap_err()
        .to_string();
    for expected in ["parameter `limit`: too large", "no parameter `colour`"] {
        assert!(message.contains(expected), "{message}");
    }
    let missing = send(client.0.call(&FIND)).await.unwrap_err().to_string();
    assert!(missing.contains("parameter `box` is required"), "{missing}");
}

#[tokio::test]
async fn an_application_that_chooses_the_form_of_the_answer_asks_for_that_alone() {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = client.0.call(&FIND);
    let call = call
        .parameter("box", given("in"))
        .parameter("id", given(1))
        .parameter("Accept", given("text/vtt"));
    send(call).await.unwrap();
    assert_eq!(server.only().header("accept"), Some("text/vtt"));
}
