//! One deadline over everything.

use std::time::Duration;

use keyfob_runtime::auth::{Acquisition, Token, TokenSource};
use keyfob_runtime::{AuthError, Credential, ErrorKind, Limits};
use tokio::time::Instant;

use crate::api::{BEARER, LIST, SECURED, builder, letters};
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

struct Never;

impl TokenSource for Never {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn getting_the_token_is_part_of_the_call() {
    let server = Server::start([]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(Credential::source(&BEARER, Never))
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let start = Instant::now();
    let error = letters(client.0.call(&SECURED)).await.unwrap_err();
    assert!(
        error.is_timeout() && start.elapsed() < Duration::from_secs(6),
        "{error:?}"
    );
    assert!(server.recorded().is_empty());
}

#[tokio::test(start_paused = true)]
async fn times_that_no_clock_can_count_are_long_times() {
    let busy = crate::server::reply(503, &[("retry-after", "18446744073709551615")], "");
    let server = Server::start([busy]).await;
    let client = builder()
        .base_url(&server.url)
        .timeout(Duration::MAX)
        .build()
        .unwrap();
    let error = letters(client.0.call(&LIST)).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(server.recorded().len(), 1);
    assert!(error.to_string().contains("Wait"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_a_deadline_of_its_own() {
    let server = Server::start([Reply::Stuck(Vec::new())]).await;
    let client = builder().base_url(&server.url).build().unwrap();
    let limits = |timeout| Limits {
        timeout: Some(timeout),
        ..Limits::default()
    };
    let start = Instant::now();
    let call = client.0.call(&LIST).limits(limits(Duration::from_secs(2)));
    let error = letters(call).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(error.to_string().contains("2 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));

    let call = client.0.call(&LIST).limits(limits(Duration::ZERO));
    let error = letters(call).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
}
