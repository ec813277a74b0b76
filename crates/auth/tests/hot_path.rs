//! The path of every request that finds its token ready.

mod support;

#[allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
mod allocates_nothing {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use keyfob_auth::{Credential, Keyring, Requirement, Security};

    use crate::support::{Reply, Server, acme, network};

    const TOKEN: Security = &[&[Requirement {
        scheme: &acme::OAUTH2,
        scopes: &[],
    }]];

    const KEY: Security = &[&[Requirement {
        scheme: &acme::API_KEY,
        scopes: &[],
    }]];

    const NOTHING: Security = &[];

    #[tokio::test]
    async fn for_a_token_a_key_and_an_open_operation() {
        let long = "x".repeat(50_000);
        let server = Server::start(move |_, _| Reply::token(&long)).await;
        let credentials = vec![
            acme::credential(&acme::CLIENT_CREDENTIALS),
            Credential::fixed(&acme::API_KEY, "k"),
        ];
        let keys = Keyring::new(&acme::API, credentials, network(&server));
        let keys = keys.unwrap();
        keys.authorization("oauth2").await.unwrap();
        for security in [TOKEN, KEY, NOTHING] {
            let mut context = Context::from_waker(Waker::noop());
            let mut call = || {
                let authorizing = pin!(keys.authorize("list", security));
                let Poll::Ready(Ok(authorization)) = authorizing.poll(&mut context) else {
                    panic!("it is at hand");
                };
                let header = authorization.header().map(|(_, value)| value.clone());
                assert_eq!(header.is_none(), security.is_empty());
            };
            // The first load of a thread makes room for its bookkeeping.
            call();
            let counted = allocation_counter::measure(|| {
                for _ in 0..100 {
                    call();
                }
            });
            assert_eq!(counted.count_total, 0, "{security:?}");
        }
        assert_eq!(server.count(), 1);
    }
}
