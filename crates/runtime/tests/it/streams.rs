//! Answers that are read piece by piece.

use std::time::Duration;

use keyfob_runtime::{Credential, StreamError};

use crate::api::{
    CHECKED, Complaint, Failure, IN_SESSION, LIST, SESSION, builder, client, failure,
};
use crate::server::{Server, chunked, json, stuck};

#[tokio::test]
async fn the_bytes_come_as_they_are() {
    let server = Server::start([chunked(200, &[b"one", &[0, 255], b"two"])]).await;
    let answer = client(&server).0.call(&LIST).stream(failure).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let bytes = answer.into_inner().collect().await.unwrap();
    assert_eq!(bytes, b"one\x00\xfftwo"[..]);
}

#[tokio::test]
async fn the_length_of_a_stream_is_not_limited_but_that_of_a_collected_one_is() {
    let piece = vec![b'x'; 1000];
    let pieces: Vec<&[u8]> = std::iter::repeat_n(&piece[..], 10).collect();
    let server = Server::start([chunked(200, &pieces)]).await;
    let client = builder()
        .base_url(&server.url)
        .max_response_size(5000)
        .build()
        .unwrap();
    let mut stream = client
        .0
        .call(&LIST)
        .stream(failure)
        .await
        .unwrap()
        .into_inner();
    let mut length = 0;
    while let Some(piece) = stream.next().await {
        length += piece.unwrap().len();
    }
    assert_eq!(length, 10_000);
    let stream = client
        .0
        .call(&LIST)
        .stream(failure)
        .await
        .unwrap()
        .into_inner();
    let error = stream.collect().await.unwrap_err();
    assert!(
        matches!(error, StreamError::TooLarge { limit: 5000 }),
        "{error}"
    );
}

#[tokio::test]
async fn a_failure_is_typed_as_everywhere() {
    let server = Server::start([json(400, r#"{"message": "no"}"#)]).await;
    let error = client(&server)
        .0
        .call(&LIST)
        .stream(failure)
        .await
        .unwrap_err();
    assert_eq!(
        error.api_error(),
        Some(&Failure::Refused(Complaint {
            message: "no".to_owned()
        }))
    );
}

#[tokio::test]
async fn a_short_stream_that_says_it_failed_is_a_failure_and_a_long_one_is_content() {
    let lie = br#"{"ok": false, "message": "no"}"#;
    let long = [&lie[..], &vec![b' '; 100_000]].concat();
    let server = Server::start([
        chunked(200, &[lie]),
        chunked(200, &[b"content"]),
        chunked(200, &[&long]),
    ])
    .await;
    let client = client(&server);
    let call = || client.0.call(&CHECKED).stream(failure);
    let error = call().await.unwrap_err();
    assert_eq!(
        error.api_error(),
        Some(&Failure::Refused(Complaint {
            message: "no".to_owned()
        }))
    );
    assert_eq!(
        call().await.unwrap().into_inner().collect().await.unwrap(),
        "content"
    );
    assert_eq!(
        call().await.unwrap().into_inner().collect().await.unwrap(),
        long
    );
}

#[tokio::test(start_paused = true)]
async fn a_piece_that_does_not_come_ends_the_stream() {
    let server = Server::start([stuck(200, &[b"one"])]).await;
    let client = builder()
        .base_url(&server.url)
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let mut stream = client
        .0
        .call(&LIST)
        .stream(failure)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(stream.next().await.unwrap().unwrap(), "one");
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::Timeout { .. }), "{error}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_breaks_off_says_so() {
    let broken = b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n5\r\nt".to_vec();
    let server = Server::start([crate::server::Reply::Pieces(vec![broken])]).await;
    let stream = client(&server)
        .0
        .call(&LIST)
        .stream(failure)
        .await
        .unwrap()
        .into_inner();
    let error = stream.collect().await.unwrap_err();
    assert!(matches!(error, StreamError::Connection(_)), "{error}");
}

#[tokio::test]
async fn a_long_answer_is_content_and_refuses_nothing() {
    let long = vec![b'x'; 100_000];
    for (body, is_refused) in [
        (&long[..], false),
        (br#"{"ok": true}"#, false),
        (br#"{"ok": false}"#, true),
    ] {
        let server = Server::start([chunked(200, &[body])]).await;
        let session = Credential::fixed(&SESSION, "s");
        let client = builder().base_url(&server.url).credentials(session);
        let client = client.build().unwrap();
        match client.0.call(&IN_SESSION).stream(failure).await {
            Ok(answer) => {
                let bytes = answer.into_inner().collect().await.unwrap();
                assert!(!is_refused && bytes == body);
            }
            Err(error) => assert!(is_refused && error.is_auth(), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_success_without_conditions_is_handed_over_at_once() {
    let server = Server::start([stuck(200, &[b"event"])]).await;
    let mut answer = client(&server).0.call(&LIST).stream(failure).await.unwrap();
    assert_eq!(answer.next().await.unwrap().unwrap(), "event");
}
