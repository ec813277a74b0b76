//! Answers that come page by page.

use std::time::Duration;

use keyfob_runtime::auth::Endpoint;
use keyfob_runtime::{
    Answer, AnswerError, Call, ErrorKind, Items, Operation, Pages, Pagination, Parameter, Repeat,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::{Failure, Letter, Letters, builder, client, failure};
use crate::server::{Reply, Server, json as answer, reply};

static LETTERS: Operation = Operation {
    endpoint: Endpoint {
        operation_id: "list_letters",
        method: "GET",
        path: "/letters",
        servers: &[],
    },
    security: &[],
    parameters: &[
        Parameter::query("tag"),
        Parameter::query("offset"),
        Parameter::query("number"),
        Parameter::query("after"),
    ],
    body: None,
    accept: &["application/json"],
    success: &[],
    repeat: Repeat::Safe,
};

const OFFSET: Pagination = Pagination::Offset {
    offset: "offset",
    items: "/list",
};

const NUMBER: Pagination = Pagination::Number {
    page: "number",
    first: 1,
    items: "/list",
};

const CURSOR: Pagination = Pagination::Cursor {
    cursor: "after",
    next: "/meta/next",
    items: "/list",
};

fn page(ids: impl IntoIterator<Item = u64>, next: Value) -> Reply {
    let list: Vec<Value> = ids.into_iter().map(|id| json!({"id": id})).collect();
    answer(
        200,
        &json!({"list": list, "meta": {"next": next}}).to_string(),
    )
}

fn pages<'c>(call: Call<'c>, pagination: Pagination) -> Pages<'c, Letters, Failure> {
    let read = |answer: &Answer| match answer.status() {
        200 => answer.json(),
        _ => Err(answer.undocumented()),
    };
    call.pages(pagination, read, failure)
}

fn items<'c>(call: Call<'c>, pagination: Pagination) -> Items<'c, Letter, Failure> {
    call.items(pagination, documented, failure)
}

fn documented(answer: &Answer) -> Result<(), AnswerError> {
    match answer.status() {
        200 | 204 => Ok(()),
        _ => Err(answer.undocumented()),
    }
}

fn targets(server: &Server) -> Vec<String> {
    let recorded = server.recorded().into_iter();
    recorded.map(|request| request.target).collect()
}

/// The ids of all items, and the error that ended them.
async fn drained(mut items: Items<'_, Letter, Failure>) -> (Vec<u64>, Option<ErrorKind<Failure>>) {
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(letter) => ids.push(letter.id),
            Err(error) => {
                assert!(items.next().await.is_none(), "an error ends the stream");
                return (ids, Some(error.into_kind()));
            }
        }
    }
    assert!(items.next().await.is_none(), "the end is the end");
    (ids, None)
}

#[tokio::test]
async fn pages_have_numbers_until_one_is_empty() {
    let replies = [
        page([1, 2, 3], json!(null)),
        page([4], json!(null)),
        page([], json!(null)),
    ];
    let server = Server::start(replies).await;
    let client = client(&server);
    let all = items(client.0.call(&LETTERS), NUMBER);
    assert_eq!(drained(all).await.0, [1, 2, 3, 4]);
    let expected = ["/letters", "/letters?number=2", "/letters?number=3"];
    assert_eq!(targets(&server), expected);
}

#[tokio::test]
async fn a_row_of_pages_begins_where_the_call_says() {
    let replies = [page([1], json!(null)), page([], json!(null))];
    let server = Server::start(replies).await;
    let client = client(&server);
    let call = client.0.call(&LETTERS).parameter("number", Ok(7));
    assert_eq!(drained(items(call, NUMBER)).await.0, [1]);
    let expected = ["/letters?number=7", "/letters?number=8"];
    assert_eq!(targets(&server), expected);
}

#[tokio::test]
async fn offsets_are_counted_by_what_came_until_a_page_is_empty() {
    let replies = [
        page([1, 2, 3], json!(null)),
        page([4], json!(null)),
        page([], json!(null)),
    ];
    let server = Server::start(replies).await;
    let client = client(&server);
    let call = || client.0.call(&LETTERS).parameter("tag", Ok("a b"));
    assert_eq!(drained(items(call(), OFFSET)).await.0, [1, 2, 3, 4]);
    let from_7 = call().parameter("offset", Ok(7));
    assert_eq!(drained(items(from_7, OFFSET)).await.0, [] as [u64; 0]);
    assert_eq!(
        targets(&server),
        [
            "/letters?tag=a%20b",
            "/letters?tag=a%20b&offset=3",
            "/letters?tag=a%20b&offset=4",
            "/letters?tag=a%20b&offset=7",
        ]
    );
}

#[tokio::test]
async fn a_cursor_is_handed_on_until_there_is_none() {
    for last in [json!(null), json!(""), json!(false)] {
        let replies = [
            page([1], json!("k/1")),
            // An empty page in between is none of an end.
            page([], json!(42)),
            page([2], last),
        ];
        let server = Server::start(replies).await;
        let client = client(&server);
        let (ids, error) = drained(items(client.0.call(&LETTERS), CURSOR)).await;
        assert_eq!((ids, error.is_none()), (vec![1, 2], true));
        assert_eq!(
            targets(&server),
            ["/letters", "/letters?after=k%2F1", "/letters?after=42"]
        );
    }
}

#[tokio::test]
async fn a_page_has_its_type_and_its_headers() {
    let body = r#"{"list": [{"id": 1}]}"#;
    let first = reply(200, &[("x-total", "1")], body);
    let server = Server::start([first, page([], json!(null))]).await;
    let client = client(&server);
    let mut pages = pages(client.0.call(&LETTERS), OFFSET);
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.list, [Letter { id: 1 }]);
    assert_eq!(page.headers()["x-total"], "1");
    assert!(pages.next().await.is_none(), "the empty page is not given");
    assert!(pages.next().await.is_none());
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn a_first_page_is_given_even_if_it_is_empty() {
    let server = Server::start([page([], json!(null))]).await;
    let client = client(&server);
    for pagination in [OFFSET, CURSOR] {
        let mut pages = pages(client.0.call(&LETTERS), pagination);
        assert!(pages.next().await.unwrap().unwrap().list.is_empty());
        assert!(pages.next().await.is_none());
    }
}

#[tokio::test]
async fn no_page_is_asked_for_before_it_is_wanted() {
    let server = Server::start([page([1, 2], json!("a")), page([3], json!("b"))]).await;
    let client = client(&server);
    let mut items = items(client.0.call(&LETTERS), CURSOR);
    for (asked, expected) in [(0, Some(1)), (1, Some(2)), (1, Some(3)), (2, None)] {
        assert_eq!(server.recorded().len(), asked);
        if let Some(expected) = expected {
            assert_eq!(items.next().await.unwrap().unwrap().id, expected);
        }
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end_in_an_error() {
    let circle = |replies: Vec<Reply>, pagination, start: Option<&'static str>| async move {
        let server = Server::start(replies).await;
        let client = client(&server);
        let call = client.0.call(&LETTERS).parameter("after", Ok(start));
        let (ids, error) = drained(items(call, pagination)).await;
        let error = error.expect("it ends in an error");
        let ErrorKind::PageRepeated { parameter } = error else {
            panic!("{error:?}")
        };
        (ids, parameter)
    };
    let there_and_back = vec![
        page([1], json!("a")),
        page([2], json!("b")),
        page([3], json!("a")),
    ];
    assert_eq!(
        circle(there_and_back, CURSOR, None).await,
        (vec![1, 2, 3], "after")
    );
    let to_the_start = vec![page([1], json!("a"))];
    assert_eq!(
        circle(to_the_start, CURSOR, Some("a")).await,
        (vec![1], "after")
    );
    // The server does not heed the offset.
    let the_same = vec![page([1, 2], json!(null))];
    assert_eq!(circle(the_same, OFFSET, None).await, (vec![1, 2], "offset"));
}

#[tokio::test]
async fn an_error_ends_the_stream_after_what_was_good() {
    let refused = || answer(400, r#"{"message": "no"}"#);
    let unread = || answer(200, r#"{"list": [{"id": "canary"}], "meta": {}}"#);
    let no_cursor = || answer(200, r#"{"list": [], "meta": {"next": {"canary": 1}}}"#);
    for (last, expected) in [
        (refused(), "answered 400"),
        (unread(), "at list[0].id: expected u64"),
        (no_cursor(), "at meta/next: expected a string or a number"),
        (answer(202, "{}"), "answered 202"),
    ] {
        let server = Server::start([page([1], json!("a")), last]).await;
        let client = client(&server);
        let (ids, error) = drained(items(client.0.call(&LETTERS), CURSOR)).await;
        let error = error.expect(expected).to_string();
        assert_eq!(ids, [1]);
        assert!(
            error.contains(expected) && !error.contains("canary"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn no_content_is_no_items() {
    for pagination in [OFFSET, CURSOR] {
        let server = Server::start([reply(204, &[], "")]).await;
        let client = client(&server);
        let (ids, error) = drained(items(client.0.call(&LETTERS), pagination)).await;
        assert_eq!((ids.len(), error.is_none()), (0, true));
    }
}

#[tokio::test(start_paused = true)]
async fn each_page_has_a_deadline_of_its_own() {
    let replies = [
        page([1], json!("a")),
        page([2], json!("b")),
        Reply::Stuck(Vec::new()),
    ];
    let server = Server::start(replies).await;
    let timeout = Duration::from_secs(5);
    let client = builder()
        .base_url(&server.url)
        .timeout(timeout)
        .build()
        .unwrap();
    let mut items = items(client.0.call(&LETTERS), CURSOR);
    for expected in [1, 2] {
        assert_eq!(items.next().await.unwrap().unwrap().id, expected);
        // Longer than a deadline over all pages would allow.
        tokio::time::advance(Duration::from_secs(4)).await;
    }
    let start = Instant::now();
    let error = items.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(start.elapsed() >= timeout, "{:?}", start.elapsed());
}
