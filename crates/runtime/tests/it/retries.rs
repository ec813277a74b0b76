//! Calls that are sent again.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use keyfob_runtime::{BodyStream, ErrorKind, File};
use socket2::{Domain, Socket, Type};
use tokio::time::Instant;

use crate::api::{LIST, SECURED, SEND, SEND_KEYED, STORE, bearer, builder, client, letters, send};
use crate::server::{Reply, Server, json, reply};

fn busy(retry_after: &str) -> Reply {
    reply(
        503,
        &[("retry-after", retry_after)],
        r#"{"message": "busy"}"#,
    )
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_be_repeated_is_sent_until_it_succeeds() {
    for first in [
        busy("1"),
        reply(429, &[], ""),
        reply(502, &[], "<html>"),
        reply(504, &[], ""),
        Reply::Closed,
    ] {
        let server = Server::start([first, json(200, r#"{"list": []}"#)]).await;
        letters(client(&server).0.call(&LIST)).await.unwrap();
        assert_eq!(server.recorded().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_have_an_effect_is_sent_once() {
    for first in [busy("1"), Reply::Closed] {
        let server = Server::start([first, json(200, "{}")]).await;
        let error = send(client(&server).0.call(&SEND).body(Ok("letter")))
            .await
            .unwrap_err();
        assert!(error.is_retryable(), "{error}");
        server.only();
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_carries_the_same_key() {
    let server = Server::start([busy("1"), Reply::Closed, json(200, "{}")]).await;
    let client = client(&server);
    send(client.0.call(&SEND_KEYED).body(Ok("letter")))
        .await
        .unwrap();
    send(client.0.call(&SEND_KEYED).body(Ok("letter")))
        .await
        .unwrap();
    let keys: Vec<String> = server
        .recorded()
        .iter()
        .map(|request| request.header("idempotency-key").unwrap().to_owned())
        .collect();
    let [first, second, third, other] = &keys[..] else {
        panic!("{keys:?}")
    };
    assert!(
        first == second && second == third && third != other,
        "{keys:?}"
    );
    assert!(
        server
            .recorded()
            .iter()
            .all(|request| request.text() == "\"letter\"")
    );
}

#[tokio::test(start_paused = true)]
async fn the_server_is_given_the_time_that_it_asks_for() {
    let server = Server::start([busy("7"), json(200, r#"{"list": []}"#)]).await;
    let start = Instant::now();
    letters(client(&server).0.call(&LIST)).await.unwrap();
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_secs(7) && waited < Duration::from_secs(8),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_past_the_deadline_is_not_begun() {
    let server = Server::start([busy("61")]).await;
    let start = Instant::now();
    let error = letters(client(&server).0.call(&LIST)).await.unwrap_err();
    server.only();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(
        (error.status().unwrap().as_u16(), error.retry_after()),
        (503, Some(Duration::from_secs(61)))
    );
    assert!(error.to_string().contains("Wait 61 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_number_of_attempts_is_the_applications_choice() {
    for (retries, expected) in [(0, 1), (1, 2), (4, 5)] {
        let server = Server::start([busy("0")]).await;
        let client = builder()
            .base_url(&server.url)
            .retries(retries)
            .build()
            .unwrap();
        letters(client.0.call(&LIST)).await.unwrap_err();
        assert_eq!(server.recorded().len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_met_with_a_multiple_of_the_load() {
    let server = Server::start([busy("0")]).await;
    let client = client(&server);
    for _ in 0..50 {
        letters(client.clone().0.call(&LIST)).await.unwrap_err();
    }
    assert_eq!(server.recorded().len(), 60, "clones share the budget");
}

#[tokio::test(start_paused = true)]
async fn the_clients_of_all_persons_share_one_budget() {
    let server = Server::start([busy("0")]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("0"))
        .build()
        .unwrap();
    for person in 1..=50 {
        let person = client.0.with_credentials(bearer(&person.to_string()));
        send(person.unwrap().call(&SECURED)).await.unwrap_err();
    }
    assert_eq!(server.recorded().len(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_left_is_sent_again_whatever_it_does() {
    let nobody = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any_port = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    // It is taken, so that nobody else gets it, and nobody listens.
    nobody.bind(&any_port.into()).unwrap();
    let address = nobody.local_addr().unwrap().as_socket().unwrap();
    let url = format!("http://{address}");
    let client = builder().base_url(url).retries(3).build().unwrap();
    let start = Instant::now();
    let error = send(client.0.call(&SEND).body(Ok("letter")))
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(failed) if failed.is_connect()),
        "{error:?}"
    );
    assert!(
        start.elapsed() >= Duration::from_millis(700),
        "it waited three times: {:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_sent_once() {
    let server = Server::start([busy("0")]).await;
    let client = client(&server);
    let stream = BodyStream::new(futures_util::stream::iter([Ok::<_, std::io::Error>("x")]));
    send(
        client
            .0
            .call(&STORE)
            .content_type("application/pdf")
            .stream_body(stream),
    )
    .await
    .unwrap_err();
    server.only();
    send(
        client
            .0
            .call(&STORE)
            .content_type("application/pdf")
            .body(Ok(File::new("x"))),
    )
    .await
    .unwrap_err();
    assert_eq!(server.recorded().len(), 4, "bytes are sent again");
}
