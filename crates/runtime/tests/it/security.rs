//! Credentials on the wire: which one, when, and once more after a refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyfob_runtime::auth::{
    Acquisition, AcquisitionLimits, AuthErrorKind, Clock, Token, TokenSource,
};
use keyfob_runtime::{AuthError, BodyStream, Credential, ErrorKind, File};

use crate::api::{
    BEARER, LIST, SECURED, SECURED_POST, WITH_BOTH, bearer, builder, key, letters, query_key, send,
};
use crate::server::{Server, json, reply};

/// Gives `token-1`, `token-2` and so on.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl TokenSource for Counting {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Token::new(format!("token-{number}")))
    }
}

struct Failing;

impl TokenSource for Failing {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        Err(AuthError::new(
            AuthErrorKind::LogInAgain,
            "the login is over",
        ))
    }
}

#[tokio::test]
async fn the_first_alternative_that_is_satisfied_is_used() {
    let cases = [
        (vec![bearer("b"), key("k")], (Some("Bearer b"), None)),
        (vec![key("k"), bearer("b")], (Some("Bearer b"), None)),
        (vec![key("k")], (None, Some("k"))),
    ];
    for (credentials, expected) in cases {
        let server = Server::start([]).await;
        let builder = credentials
            .into_iter()
            .fold(builder().base_url(&server.url), |builder, each| {
                builder.credentials(each)
            });
        send(builder.build().unwrap().0.call(&SECURED))
            .await
            .unwrap();
        let request = server.only();
        assert_eq!(
            (request.header("authorization"), request.header("x-key")),
            expected
        );
    }
}

#[tokio::test]
async fn all_schemes_of_an_alternative_are_presented_together() {
    let server = Server::start([]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("b"))
        .credentials(query_key("q k"))
        .build()
        .unwrap();
    send(client.0.call(&WITH_BOTH)).await.unwrap();
    let request = server.only();
    assert_eq!(request.header("authorization"), Some("Bearer b"));
    assert!(
        matches!(request.target.as_str(), "/both?key=q+k" | "/both?key=q%20k"),
        "{}",
        request.target
    );
}

#[tokio::test]
async fn nothing_is_presented_where_nothing_is_asked_for() {
    let server = Server::start([]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("b"))
        .build()
        .unwrap();
    send(client.0.call(&LIST)).await.unwrap();
    assert_eq!(server.only().header("authorization"), None);
}

#[tokio::test]
async fn without_a_credential_nothing_is_sent_and_the_alternatives_are_named() {
    let server = Server::start([]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(query_key("q"))
        .build()
        .unwrap();
    let error = send(client.0.call(&SECURED)).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoCredential(_)) && error.is_auth(),
        "{error:?}"
    );
    let message = error.to_string();
    for expected in ["bearer", "key", ".credentials(..)", "postmaster", "drawer"] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_failed_acquisition_does_not_fall_through_to_another_alternative() {
    let server = Server::start([]).await;
    let failing = Credential::source(&BEARER, Failing);
    let client = builder()
        .base_url(&server.url)
        .credentials(failing)
        .credentials(key("k"))
        .build()
        .unwrap();
    let error = send(client.0.call(&SECURED)).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Auth(error) if *error.kind() == AuthErrorKind::LogInAgain),
        "{error:?}"
    );
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_call_replayed_once() {
    let refused = reply(401, &[], r#"{"message": "expired"}"#);
    let server = Server::start([refused.clone(), json(200, r#"{"list": []}"#)]).await;
    let source = Counting::default();
    let credential = || Credential::source(&BEARER, source.clone());
    let client = builder()
        .base_url(&server.url)
        .credentials(credential())
        .build()
        .unwrap();
    letters(client.0.call(&SECURED)).await.unwrap();
    let presented: Vec<String> = server
        .recorded()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(presented, ["Bearer token-1", "Bearer token-2"]);

    let server = Server::start([refused]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(credential())
        .build()
        .unwrap();
    let error = letters(client.0.call(&SECURED)).await.unwrap_err();
    assert_eq!(
        (server.recorded().len(), error.status().unwrap().as_u16()),
        (2, 401)
    );
    assert!(error.is_auth());
}

#[tokio::test]
async fn a_refused_call_that_writes_is_replayed_because_it_had_no_effect() {
    let server = Server::start([reply(401, &[], ""), json(200, "{}")]).await;
    let credential = Credential::source(&BEARER, Counting::default());
    let client = builder()
        .base_url(&server.url)
        .credentials(credential)
        .build()
        .unwrap();
    send(client.0.call(&SECURED_POST).body(Ok(File::new("content"))))
        .await
        .unwrap();
    assert!(
        server
            .recorded()
            .iter()
            .all(|request| request.text() == "content")
    );
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn a_stream_cannot_be_replayed_and_the_next_one_presents_another_token() {
    let refused = reply(401, &[], r#"{"message": "no"}"#);
    let server = Server::start([refused, json(200, "{}")]).await;
    let credential = Credential::source(&BEARER, Counting::default());
    let client = builder()
        .base_url(&server.url)
        .credentials(credential)
        .build()
        .unwrap();
    let upload = || {
        let stream = BodyStream::new(futures_util::stream::iter([Ok::<_, std::io::Error>("x")]));
        send(client.0.call(&SECURED_POST).stream_body(stream))
    };
    let error = upload().await.unwrap_err();
    assert_eq!(
        (server.recorded().len(), error.status().unwrap().as_u16()),
        (1, 401)
    );
    upload().await.unwrap();
    let presented: Vec<_> = server.recorded();
    let presented: Vec<_> = presented
        .iter()
        .map(|sent| sent.header("authorization"))
        .collect();
    assert_eq!(presented, [Some("Bearer token-1"), Some("Bearer token-2")]);
}

#[tokio::test]
async fn a_fixed_key_that_is_refused_is_not_tried_again() {
    let server = Server::start([reply(401, &[], r#"{"message": "no"}"#)]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(bearer("b"))
        .build()
        .unwrap();
    send(client.0.call(&SECURED)).await.unwrap_err();
    server.only();
}

#[tokio::test]
async fn the_ready_header_is_given_for_what_no_document_describes() {
    let client = builder().credentials(bearer("b")).build().unwrap();
    let authorization = client.0.authorization("bearer").await.unwrap();
    let (name, value) = authorization.header().unwrap();
    assert_eq!(
        (name.as_str(), value.to_str().unwrap()),
        ("authorization", "Bearer b")
    );
    assert!(client.0.authorization("key").await.is_err());
}

#[tokio::test]
async fn a_credential_that_stays_keeps_its_token() {
    let server = Server::start([]).await;
    let source = Counting::default();
    let shared = Credential::source(&BEARER, source.clone());
    let one = builder()
        .base_url(&server.url)
        .credentials(shared)
        .credentials(query_key("one"))
        .build()
        .unwrap();
    let other = one.0.with_credentials(query_key("other")).unwrap();
    for client in [&one.0, &other] {
        send(client.call(&WITH_BOTH)).await.unwrap();
    }
    let sent: Vec<(String, String)> = server
        .recorded()
        .iter()
        .map(|request| {
            (
                request.target.clone(),
                request.header("authorization").unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [
        ("/both?key=one", "Bearer token-1"),
        ("/both?key=other", "Bearer token-1"),
    ];
    assert_eq!(
        sent,
        expected.map(|(target, header)| (target.to_owned(), header.to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn every_attempt_reads_the_token_anew() {
    /// As [`Counting`], with tokens that are good for a minute.
    struct Brief(Counting);

    impl TokenSource for Brief {
        async fn acquire(&self, acquisition: Acquisition) -> Result<Token, AuthError> {
            let token = self.0.acquire(acquisition).await?;
            Ok(token.with_expires_in(Duration::from_secs(60)))
        }
    }

    let busy = reply(503, &[("retry-after", "90")], "");
    let server = Server::start([busy, json(200, "{}")]).await;
    let credential = Credential::source(&BEARER, Brief(Counting::default()));
    let client = builder()
        .base_url(&server.url)
        .credentials(credential)
        .clock(Clock::tokio())
        .timeout(Duration::from_secs(300))
        .build()
        .unwrap();
    send(client.0.call(&SECURED)).await.unwrap();
    let recorded = server.recorded();
    let sent: Vec<&str> = recorded
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn a_key_that_is_replaced_is_sent_from_then_on_by_every_clone() {
    let server = Server::start([]).await;
    let client = builder()
        .base_url(&server.url)
        .credentials(key("old"))
        .build()
        .unwrap();
    let clone = client.clone();
    send(clone.0.call(&SECURED)).await.unwrap();
    client.0.replace_credentials(key("new")).unwrap();
    send(clone.0.call(&SECURED)).await.unwrap();
    client.0.settled().await;
    let sent: Vec<String> = server
        .recorded()
        .iter()
        .map(|request| request.header("x-key").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(sent, ["old", "new"]);
    let unknown = client.0.replace_credentials(query_key("q")).unwrap_err();
    assert!(unknown.to_string().contains("query_key"), "{unknown}");
}

#[tokio::test(start_paused = true)]
async fn the_builder_takes_limits_and_observers_of_acquisitions() {
    let server = Server::start([]).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let limits = AcquisitionLimits::new().acquisition(Duration::from_secs(3));
    let never = |_: Acquisition| std::future::pending::<Result<Token, AuthError>>();
    let client = builder()
        .base_url(&server.url)
        .credentials(Credential::source(&BEARER, never))
        .acquisition_limits(limits)
        .on_auth_event(move |event| drop(tell.send(event.to_string())))
        .build()
        .unwrap();
    let error = send(client.0.call(&SECURED)).await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error:?}");
    let said = told.recv().await.unwrap();
    assert!(said.contains("post bearer: no token"), "{said}");
    assert!(said.contains("its limit of 3s"), "{said}");
    let zero = builder().acquisition_limits(limits.attempt(Duration::ZERO));
    assert!(zero.build().unwrap_err().to_string().contains("an attempt"));
}
