//! What an HTTP/2 server says about a request apart from an answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use h2::Reason;
use http::Response;
use keyfob_runtime::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::api::{SEND, builder, send};

#[tokio::test]
async fn what_the_server_did_not_look_at_is_sent_again_whatever_it_does() {
    for (reason, retries, requests) in [
        (Reason::REFUSED_STREAM, 2, 2),
        (Reason::INTERNAL_ERROR, 2, 1),
        (Reason::CANCEL, 2, 1),
        // Nobody beneath the call sends it again either.
        (Reason::REFUSED_STREAM, 0, 1),
    ] {
        let (url, received) = serve([reason]).await;
        let client = builder()
            .base_url(url)
            .configure_http(|http| http.http2_prior_knowledge())
            .retries(retries)
            .build()
            .unwrap();
        let outcome = send(client.0.call(&SEND).body(Ok("letter"))).await;
        assert_eq!(received.load(Ordering::SeqCst), requests, "{reason:?}");
        match outcome {
            Ok(_) => assert_eq!(requests, 2),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Connection(failed)
                    if failed.was_not_processed() == (reason == Reason::REFUSED_STREAM)),
                "{reason:?}: {error}"
            ),
        }
    }
}

#[tokio::test]
async fn the_words_with_which_a_server_ends_a_connection_are_nowhere_shown() {
    const WORDS: &str = "you sent canary";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        end(stream, WORDS).await;
    });
    let client = builder()
        .base_url(url)
        .configure_http(|http| http.http2_prior_knowledge())
        .retries(0)
        .build()
        .unwrap();
    let error = send(client.0.call(&SEND).body(Ok("letter"))).await;
    let error = error.unwrap_err();
    let mut shown = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        shown.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    assert!(shown.contains("HTTP/2"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

/// Ends a connection with these words, once a request has come (RFC 9113, 6.8).
async fn end(mut stream: TcpStream, words: &str) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const LAST_STREAM: [u8; 4] = [0; 4];
    const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 0xb];
    stream.write_all(&SETTINGS).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("letter") {
        stream.read_buf(&mut seen).await.unwrap();
    }
    let length = u8::try_from(8 + words.len()).unwrap();
    let go_away = [0, 0, length, 7, 0, 0, 0, 0, 0];
    for part in [
        &go_away[..],
        &LAST_STREAM,
        &ENHANCE_YOUR_CALM,
        words.as_bytes(),
    ] {
        stream.write_all(part).await.unwrap();
    }
    // Until the client has seen it and goes.
    let _ = stream.read_to_end(&mut seen).await;
}

/// A server that resets its first streams with these reasons and answers those after them. Also
/// how many requests it was sent.
async fn serve(resets: impl Into<VecDeque<Reason>>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(AtomicUsize::new(0));
    let (counted, resets) = (Arc::clone(&received), resets.into());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        answer(stream, resets, counted).await;
    });
    (url, received)
}

async fn answer(stream: TcpStream, mut resets: VecDeque<Reason>, received: Arc<AtomicUsize>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((_, mut response))) = connection.accept().await {
        received.fetch_add(1, Ordering::SeqCst);
        if let Some(reason) = resets.pop_front() {
            response.send_reset(reason);
            continue;
        }
        let mut body = response.send_response(Response::new(()), false).unwrap();
        body.send_data("{}".into(), true).unwrap();
    }
}
