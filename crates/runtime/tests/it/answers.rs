//! What becomes of an answer.

use keyfob_runtime::{Error, ErrorKind, Limits};
use serde_json::Value;

use crate::api::{
    CHECKED, Complaint, Failure, LIST, Letter, Letters, builder, client, failure, letters, send,
};
use crate::server::{Reply, Server, chunked, json, reply};

async fn answered(reply: Reply) -> Result<Letters, Error<Failure>> {
    let server = Server::start([reply]).await;
    let client = builder().base_url(&server.url).retries(0).build().unwrap();
    letters(client.0.call(&LIST))
        .await
        .map(|answer| answer.into_inner())
}

fn complaint(message: &str) -> Complaint {
    Complaint {
        message: message.to_owned(),
    }
}

#[tokio::test]
async fn a_documented_answer_has_its_type() {
    let letters = answered(json(200, r#"{"list": [{"id": 1, "new": []}], "more": 1}"#))
        .await
        .unwrap();
    assert_eq!(
        letters,
        Letters {
            list: vec![Letter { id: 1 }]
        }
    );
    let cases = [
        (
            json(400, r#"{"message": "no"}"#),
            Failure::Refused(complaint("no")),
        ),
        (reply(404, &[], "<html>"), Failure::Gone),
        (
            json(500, r#"{"message": "oh"}"#),
            Failure::Broken(complaint("oh")),
        ),
    ];
    for (reply, expected) in cases {
        let error = answered(reply).await.unwrap_err();
        assert_eq!(error.api_error(), Some(&expected), "{error}");
    }
}

#[tokio::test]
async fn an_answer_may_be_a_form() {
    let form = |body| {
        let content_type = "Application/X-WWW-form-urlencoded; charset=utf-8";
        reply(400, &[("content-type", content_type)], body)
    };
    for (body, message) in [
        ("message=no+and%20no&code=7", "no and no"),
        // What calls itself a form and is JSON.
        (r#"{"message": "no"}"#, "no"),
    ] {
        let error = answered(form(body)).await.unwrap_err();
        let expected = Failure::Refused(complaint(message));
        assert_eq!(error.api_error(), Some(&expected), "{error}");
    }
    let error = answered(form("canary=7")).await.unwrap_err().to_string();
    assert!(error.contains("a form without the members"), "{error}");
    assert!(!error.contains("canary"), "{error}");
}

#[tokio::test]
async fn status_and_headers_stay_with_the_value() {
    let server = Server::start([reply(200, &[("x-page", "2")], r#"{"list": []}"#)]).await;
    let answer = letters(client(&server).0.call(&LIST)).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-page"]),
        (200, &"2".parse().unwrap())
    );
    assert!(answer.list.is_empty(), "it dereferences to the value");
    assert_eq!(answer.map(|letters| letters.list.len()).into_inner(), 0);
}

#[tokio::test]
async fn an_undocumented_answer_is_kept_whole() {
    let error = answered(reply(418, &[("x-tea", "green")], "short and stout"))
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 418);
    let ErrorKind::Undocumented { headers, body, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (&headers["x-tea"], &body[..]),
        (&"green".parse().unwrap(), &b"short and stout"[..])
    );

    let error = answered(json(202, "{}")).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Undocumented { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_unreadable_answer_says_where() {
    let cases = [
        (
            json(200, r#"{"list": [{"id": 1}, {"id": "canary"}]}"#),
            "list[1].id",
            "expected u64",
        ),
        (
            json(200, r#"{"list": [{"canary": 1}]}"#),
            "list[0]",
            "missing field `id`",
        ),
        (json(200, r#"{"list": ["#), "list", "breaks off"),
        (json(200, ""), "", "empty"),
        (
            reply(502, &[("content-type", "text/html")], "<html>canary</html>"),
            ".",
            "not JSON",
        ),
    ];
    for (reply, expected_path, expected_reason) in cases {
        let error = answered(reply).await.unwrap_err();
        let ErrorKind::Unreadable { path, reason, .. } = error.kind() else {
            panic!("{error:?}")
        };
        assert!(
            path == expected_path && reason.contains(expected_reason),
            "{path}: {reason}"
        );
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
        assert!(error.status().is_some());
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let announced = "HTTP/1.1 200 X\r\ncontent-length: 99999999999\r\n\r\n{";
    let cases = [
        chunked(200, &[&[b'x'; 60], &[b'x'; 60]]),
        reply(200, &[], [b'x'; 101]),
        reply(400, &[], [b'x'; 101]),
        Reply::Stuck(announced.as_bytes().to_vec()),
    ];
    for reply in cases {
        let server = Server::start([reply]).await;
        let client = builder()
            .base_url(&server.url)
            .max_response_size(100)
            .build()
            .unwrap();
        let error = letters(client.0.call(&LIST)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::TooLarge { limit: 100, .. }),
            "{error:?}"
        );
    }
    let server = Server::start([reply(200, &[], [b' '; 100])]).await;
    let client = builder()
        .base_url(&server.url)
        .max_response_size(100)
        .build()
        .unwrap();
    assert!(
        send(client.0.call(&LIST)).await.is_ok(),
        "as large as allowed"
    );
    let of_this_call = |bytes| Limits {
        max_response_size: Some(bytes),
        ..Limits::default()
    };
    let call = || client.0.call(&LIST);
    assert!(send(call().limits(of_this_call(99))).await.is_err());
    assert!(send(call().limits(of_this_call(100))).await.is_ok());
}

#[tokio::test]
async fn a_success_that_says_it_failed_is_a_typed_failure() {
    let server = Server::start([
        json(200, r#"{"ok": false, "message": "no"}"#),
        json(200, r#"{"ok": true}"#),
    ])
    .await;
    let client = client(&server);
    let call = || {
        client
            .0
            .call(&CHECKED)
            .send(|answer| answer.json::<Value>(), failure)
    };
    let error = call().await.unwrap_err();
    assert_eq!(error.api_error(), Some(&Failure::Refused(complaint("no"))));
    assert_eq!(error.status().unwrap().as_u16(), 200);
    assert_eq!(call().await.unwrap()["ok"], true);
}

#[tokio::test]
async fn a_broken_connection_is_an_error_without_a_url() {
    let server = Server::start([Reply::Closed]).await;
    let client = builder()
        .base_url(format!("{}/canary", server.url))
        .retries(0)
        .build()
        .unwrap();
    let error = letters(client.0.call(&LIST)).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert!(
        error.is_retryable() && !format!("{error} {error:?}").contains("canary"),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_truncated_answer_is_an_error() {
    let truncated = "HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{\"list\": []}";
    let error = answered(Reply::Pieces(vec![truncated.as_bytes().to_vec()]))
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
}
