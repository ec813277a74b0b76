//! One deadline over everything.

use std::time::Duration;

use keyfob_runtime::ErrorKind;
use tokio::time::Instant;

use crate::api::{LIST, builder, letters};
use crate::server::{Reply, Server, stuck};

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_or_never_ends_is_given_up() {
    for reply in [
        Reply::Stuck(Vec::new()),
        stuck(200, &[b"{\"list\":"]),
        stuck(400, &[b"{"]),
    ] {
        let server = Server::start([reply]).await;
        let client = builder()
            .base_url(&server.url)
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        let start = Instant::now();
        let error = letters(client.0.call(&LIST)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Timeout { .. }) && error.is_timeout(),
            "{error:?}"
        );
        assert!(error.to_string().contains("5 s"), "{error}");
        let waited = start.elapsed();
        assert!(
            waited >= Duration::from_secs(5) && waited < Duration::from_secs(6),
            "{waited:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_waits_share_the_deadline() {
    let busy = crate::server::reply(503, &[("retry-after", "4")], "");
    let server = Server::start([busy, Reply::Stuck(Vec::new())]).await;
    let client = builder()
        .base_url(&server.url)
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let start = Instant::now();
    let error = letters(client.0.call(&LIST)).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(server.recorded().len(), 2);
}
