//! Credentials, as each kind of security scheme presents them.

use keyfob_conformance_server::{
    Basic, Bearer, Client, CookieKey, DigestLike, ErrorKind, HeaderKey, QueryKey,
};
use keyfob_runtime::ClientBuilder;

use super::server::Server;
use crate::failure::says;

/// A key of characters that the query and cookies have to escape.
const KEY: &str = "k&y =";

/// OpenAPI 3.0.4, Security Scheme Object; RFC 7617, 2; RFC 6750, 2.1; RFC 9110, 11.4.
#[tokio::test]
async fn every_kind_of_credential_is_presented_as_its_standard_says() {
    let server = Server::start().await;
    let client = server
        .builder()
        .credentials(HeaderKey::new(KEY))
        .credentials(QueryKey::new(KEY))
        .credentials(CookieKey::new(KEY))
        .credentials(Basic::new("user", "pass:word"))
        .credentials(Bearer::new("b64token"))
        .credentials(DigestLike::new("opaque"))
        .build()
        .unwrap();
    client.security_header_key().send().await.unwrap();
    client.security_query_key().send().await.unwrap();
    client.security_cookie_key().send().await.unwrap();
    client.security_basic().send().await.unwrap();
    client.security_bearer().send().await.unwrap();
    client.security_other_word().send().await.unwrap();
}

/// OpenAPI 3.0.4, Security Requirement Object: any one of the alternatives, all schemes of it.
#[tokio::test]
async fn the_first_alternative_that_the_credentials_satisfy_is_presented_as_a_whole() {
    type Give = fn(ClientBuilder<Client>) -> ClientBuilder<Client>;
    let right: [Give; 3] = [
        |builder| {
            builder
                .credentials(HeaderKey::new(KEY))
                .credentials(QueryKey::new(KEY))
        },
        |builder| builder.credentials(Bearer::new("b64token")),
        |builder| {
            builder
                .credentials(HeaderKey::new(KEY))
                .credentials(Bearer::new("b64token"))
        },
    ];
    let server = Server::start().await;
    for give in right {
        let client = give(server.builder()).build().unwrap();
        client.security_either().send().await.unwrap();
    }
}

#[tokio::test]
async fn an_alternative_without_schemes_wants_no_credential() {
    let server = Server::start().await;
    server.client().security_optional().send().await.unwrap();
    let client = server.builder().credentials(Bearer::new("b64token"));
    client
        .build()
        .unwrap()
        .security_optional()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_no_credential_satisfies_names_the_alternatives_and_is_not_sent() {
    let server = Server::start().await;
    let client = server
        .builder()
        .credentials(HeaderKey::new(KEY))
        .build()
        .unwrap();
    let error = client.security_either().send().await.unwrap_err();
    let ErrorKind::NoCredential(missing) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(missing.alternatives, ["headerKey and queryKey", "bearer"]);
    assert!(error.is_auth() && error.status().is_none(), "{error}");
    says(
        &error.to_string(),
        &["security_either", "The tests have it", ".credentials(..)"],
    );
}
