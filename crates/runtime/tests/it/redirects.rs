//! Redirects: within the origin only, and never with another meaning than the call had.

use keyfob_runtime::{BodyStream, ErrorKind};

use crate::api::{LIST, SECURED, SEND, SEND_KEYED, STORE, bearer, builder, client, letters, send};
use crate::server::{Server, json, reply};

#[tokio::test]
async fn within_the_origin_a_redirect_is_followed_with_the_credential() {
    for status in [301, 302, 303, 307, 308] {
        let letters_there = json(200, r#"{"list": []}"#);
        let server = Server::start([
            reply(status, &[("location", "/elsewhere?x=1")], ""),
            letters_there,
        ])
        .await;
        let client = builder()
            .base_url(&server.url)
            .credentials(bearer("token"))
            .build()
            .unwrap();
        letters(client.0.call(&SECURED)).await.unwrap();
        let [_, second] = &server.recorded()[..] else {
            panic!("{status}: {:?}", server.recorded())
        };
        assert_eq!(
            (second.method.as_str(), second.target.as_str()),
            ("GET", "/elsewhere?x=1")
        );
        assert_eq!(second.header("authorization"), Some("Bearer token"));
    }
}

#[tokio::test]
async fn to_another_origin_nothing_is_sent() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start([]).await;
        let location = format!("{}/file?signature=canary", elsewhere.url);
        let server = Server::start([reply(status, &[("location", &location)], "")]).await;
        let client = builder()
            .base_url(&server.url)
            .credentials(bearer("token"))
            .build()
            .unwrap();
        let error = letters(client.0.call(&SECURED)).await.unwrap_err();
        assert!(elsewhere.recorded().is_empty(), "{status}");
        let ErrorKind::Redirected {
            location: Some(shown),
            ..
        } = error.kind()
        else {
            panic!("{error:?}")
        };
        assert_eq!(*shown, location, "the application may follow it by itself");
        let message = format!("{error} {error:?}");
        assert!(
            message.contains(&elsewhere.url) && !message.contains("canary"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_request_that_writes_does_not_become_one_that_reads() {
    for status in [301, 302] {
        let server = Server::start([reply(status, &[("location", "/elsewhere")], "")]).await;
        let error = send(client(&server).0.call(&SEND).body(Ok("letter")))
            .await
            .unwrap_err();
        assert_eq!(
            (server.recorded().len(), error.status().unwrap().as_u16()),
            (1, status)
        );
    }
}

#[tokio::test]
async fn a_temporary_redirect_takes_the_body_along() {
    for status in [307, 308] {
        let server = Server::start([
            reply(status, &[("location", "/elsewhere")], ""),
            json(200, "{}"),
        ])
        .await;
        send(client(&server).0.call(&SEND_KEYED).body(Ok("letter")))
            .await
            .unwrap();
        let [first, second] = &server.recorded()[..] else {
            panic!("{:?}", server.recorded())
        };
        assert_eq!(
            (second.method.as_str(), second.text().as_str()),
            ("POST", "\"letter\"")
        );
        assert_eq!(
            first.header("idempotency-key"),
            second.header("idempotency-key")
        );
    }
}

#[tokio::test]
async fn a_stream_cannot_be_redirected() {
    let server = Server::start([reply(307, &[("location", "/elsewhere")], "")]).await;
    let stream = BodyStream::new(futures_util::stream::iter([Ok::<_, std::io::Error>("x")]));
    let client = client(&server);
    let call = client
        .0
        .call(&STORE)
        .content_type("application/pdf")
        .stream_body(stream);
    let error = send(call).await.unwrap_err();
    assert_eq!(
        (server.recorded().len(), error.status().unwrap().as_u16()),
        (1, 307)
    );
}

#[tokio::test]
async fn see_other_reads_the_result_without_the_body() {
    let server = Server::start([
        reply(303, &[("location", "/result")], ""),
        reply(302, &[("location", "/result/1")], ""),
        json(200, "{}"),
    ])
    .await;
    send(client(&server).0.call(&SEND).body(Ok("letter")))
        .await
        .unwrap();
    let recorded = server.recorded();
    let methods: Vec<&str> = recorded
        .iter()
        .map(|request| request.method.as_str())
        .collect();
    assert_eq!(methods, ["POST", "GET", "GET"]);
    assert!(
        recorded[1..]
            .iter()
            .all(|request| request.body.is_empty() && request.header("content-type").is_none())
    );
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::start([reply(302, &[("location", "/letters")], "")]).await;
    let error = letters(client(&server).0.call(&LIST)).await.unwrap_err();
    assert_eq!(
        (server.recorded().len(), error.status().unwrap().as_u16()),
        (11, 302)
    );
}
