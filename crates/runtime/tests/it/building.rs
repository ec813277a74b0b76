//! Putting a client together, and sharing it.

use std::time::Duration;

use keyfob_runtime::ClientBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::api::{LIST, Post, SECURED, bearer, builder, key, letters, send};
use crate::server::{Server, kept};

#[test]
fn a_mistake_is_reported_when_the_client_is_built() {
    let cases: [(&str, ClientBuilder<Post>); 8] = [
        (
            "two credentials",
            builder().credentials(bearer("a")).credentials(bearer("b")),
        ),
        ("plain http", builder().base_url("http://post.example")),
        ("no server", builder().server("mars")),
        (
            "no server",
            builder().server_url("mars", "https://mars.example"),
        ),
        ("variable", builder().server_variable("planet", "mars")),
        ("timeout", builder().timeout(Duration::ZERO)),
        ("HTTP client", builder().user_agent("a\nb")),
        (
            "cannot be used",
            builder()
                .base_url("not a url")
                .base_url("https://post.example"),
        ),
    ];
    for (expected, builder) in cases {
        let error = builder.build().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[tokio::test]
async fn an_operation_can_have_its_own_server() {
    let (usual, special) = (Server::start([]).await, Server::start([]).await);
    let client = builder()
        .base_url(&usual.url)
        .server_url("list_letters", &special.url)
        .build()
        .unwrap();
    send(client.0.call(&LIST)).await.unwrap();
    assert!(usual.recorded().is_empty());
    special.only();
}

#[tokio::test]
async fn another_person_uses_the_same_connections_and_settings() {
    let server = Server::start([kept(200, "{}")]).await;
    let one = builder()
        .base_url(&server.url)
        .credentials(bearer("one"))
        .credentials(key("k"))
        .build()
        .unwrap();
    let other = Post(one.0.with_credentials(bearer("other")).unwrap());
    for client in [&one, &other, &one] {
        send(client.0.call(&SECURED)).await.unwrap();
    }
    let sent: Vec<String> = server
        .recorded()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["Bearer one", "Bearer other", "Bearer one"]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_http_client_can_be_configured_but_does_not_follow_redirects_elsewhere() {
    use crate::server::reply;
    let elsewhere = Server::start([]).await;
    let server = Server::start([reply(302, &[("location", &elsewhere.url)], "")]).await;
    let client = builder()
        .base_url(&server.url)
        .configure_http(|http| {
            http.redirect(reqwest::redirect::Policy::limited(5))
                .user_agent("x")
        })
        .configure_http(|http| {
            http.default_headers(
                [(http::header::FROM, "me".parse().unwrap())]
                    .into_iter()
                    .collect(),
            )
        })
        .build()
        .unwrap();
    letters(client.0.call(&LIST)).await.unwrap_err();
    let request = server.only();
    assert_eq!(
        (request.header("user-agent"), request.header("from")),
        (Some("keyfob-post/0.1.0"), Some("me"))
    );
    assert!(elsewhere.recorded().is_empty());
}

#[test]
fn a_call_can_be_sent_from_any_thread() {
    fn is_send<T: Send>(value: T) {
        drop(value);
    }
    let client = builder().build().unwrap();
    is_send(letters(client.0.call(&LIST)));
    is_send(client.0.call(&LIST).stream(crate::api::failure));
}

#[test]
fn debug_shows_no_credential() {
    let builder = builder().credentials(bearer("canary"));
    assert!(!format!("{builder:?}").contains("canary"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("canary"));
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn tls_is_on_by_default() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n")
            .await
            .unwrap();
        let mut hello = Vec::new();
        let _ = stream.read_to_end(&mut hello).await;
    });
    let client = builder().base_url(url).retries(0).build().unwrap();
    let message = letters(client.0.call(&LIST)).await.unwrap_err().to_string();
    assert!(
        message.contains("corrupt message"),
        "it spoke TLS: {message}"
    );
}
