//! What an HTTP/2 server says about a token request apart from an answer.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::Reason;
use http::Response;
use keyfob_auth::{
    AuthErrorKind, Credential, Keyring, ManualClock, Network, ServerChoice, Settings,
};
use support::{acme, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn keys(url: &str, credential: Credential) -> (Keyring, ManualClock) {
    let http = reqwest::Client::builder()
        .http2_prior_knowledge()
        // It is the engine that has to know what was not processed.
        .retry(reqwest::retry::never())
        .no_proxy();
    let network = Network {
        http: http.build().unwrap(),
        servers: ServerChoice::default().base_url(url).unwrap(),
    };
    let clock = ManualClock::new();
    let settings = Settings::new().clock(clock.clone());
    let keys = Keyring::with_settings(&acme::API, vec![credential], network, settings);
    (keys.unwrap(), clock)
}

#[tokio::test]
async fn what_the_server_did_not_look_at_is_not_used_up() {
    let code = acme::inputs(&acme::CODE)
        .set("code", "c0de")
        .set("redirect_uri", "http://127.0.0.1:9/callback")
        .set("code_verifier", "v".repeat(43));
    let refresh_token = acme::inputs(&acme::REFRESH).set("refresh_token", "given");
    for inputs in [code, refresh_token] {
        let (url, received) = refusing_once().await;
        let (keys, clock) = keys(&url, Credential::workflow(inputs));
        let error = keys.authorization("oauth2").await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        clock.advance(error.retry_after().unwrap());
        assert_eq!(header(&keys, "oauth2").await, "Bearer t");
        assert_eq!(received.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn the_words_with_which_a_server_ends_a_connection_are_not_repeated() {
    let url = ending("you sent s3cret value&more").await;
    let (keys, _) = keys(&url, acme::credential(&acme::CLIENT_CREDENTIALS));
    let error = keys.authorization("oauth2").await.unwrap_err();
    assert_eq!(
        error.kind(),
        &AuthErrorKind::Transient { retry_after: None }
    );
    let said = format!("{error} {error:?}");
    assert!(said.contains("HTTP/2"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

/// A server that refuses its first stream and answers those after it with a token. Also how many
/// it was sent.
async fn refusing_once() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&received);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut answer))) = connection.accept().await {
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                answer.send_reset(Reason::REFUSED_STREAM);
                continue;
            }
            let mut body = answer.send_response(Response::new(()), false).unwrap();
            let token = Bytes::from_static(br#"{"access_token": "t"}"#);
            body.send_data(token, true).unwrap();
        }
    });
    (url, received)
}

/// A server that ends each connection with these words, once a request has come (RFC 9113, 6.8).
async fn ending(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            end(stream, words).await;
        }
    });
    url
}

async fn end(mut stream: TcpStream, words: &str) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const LAST_STREAM: [u8; 4] = [0; 4];
    const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 0xb];
    stream.write_all(&SETTINGS).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("client_secret") {
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
