//! Bodies and the headers that every request carries.

use keyfob_runtime::{BodyStream, ErrorKind, File, Secret};
use serde::Serialize;
use serde_json::json;

use crate::api::{LIST, SEND, SEND_OPTIONAL, STORE, builder, client, send};
use crate::server::Server;

#[derive(Serialize)]
struct Upload {
    note: &'static str,
    file: File,
}

#[tokio::test]
async fn every_kind_of_body_reaches_the_wire() {
    let contacts = json!({"name": "a b", "contacts": [{"recipient": "+33"}]});
    let form = "name=a+b&contacts%5B0%5D%5Brecipient%5D=%2B33";
    let cases = [
        (
            "application/json",
            contacts.clone(),
            r#"{"name":"a b","contacts":[{"recipient":"+33"}]}"#,
        ),
        ("application/x-www-form-urlencoded", contacts, form),
        ("text/plain", json!("a\r\nb"), "a\r\nb"),
    ];
    for (content_type, value, expected) in cases {
        let server = Server::start([]).await;
        let client = client(&server);
        send(
            client
                .0
                .call(&STORE)
                .content_type(content_type)
                .body(Ok(value)),
        )
        .await
        .unwrap();
        let request = server.only();
        assert_eq!(
            (request.method.as_str(), request.header("content-type")),
            ("PUT", Some(content_type))
        );
        assert_eq!(request.text(), expected);
        assert_eq!(
            request.header("content-length"),
            Some(expected.len().to_string().as_str())
        );
    }
}

#[tokio::test]
async fn a_multipart_body_names_its_boundary() {
    let server = Server::start([]).await;
    let client = client(&server);
    let upload = Upload {
        note: "n",
        file: File::new("%PDF")
            .with_name("a.pdf")
            .with_content_type("application/pdf"),
    };
    send(
        client
            .0
            .call(&STORE)
            .content_type("multipart/form-data")
            .body(Ok(upload)),
    )
    .await
    .unwrap();
    let request = server.only();
    let boundary = request
        .header("content-type")
        .unwrap()
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nn\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--{boundary}--\r\n"
    );
    assert_eq!(request.text(), expected);
}

#[tokio::test]
async fn bytes_and_streams_are_sent_as_they_are() {
    let server = Server::start([]).await;
    let client = client(&server);
    let call = || client.0.call(&STORE).content_type("application/pdf");
    send(call().body(Ok(File::new(vec![0_u8, 255]))))
        .await
        .unwrap();
    let pieces = ["one", "two"].map(Ok::<_, std::io::Error>);
    let stream = BodyStream::new(futures_util::stream::iter(pieces));
    send(call().stream_body(stream)).await.unwrap();
    send(call().body(Ok(File::new("three")))).await.unwrap();
    let bodies: Vec<Vec<u8>> = server
        .recorded()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(
        bodies,
        [vec![0, 255], b"onetwo".to_vec(), b"three".to_vec()]
    );
    assert!(
        server
            .recorded()
            .iter()
            .all(|request| request.header("content-type") == Some("application/pdf"))
    );
}

#[tokio::test]
async fn an_optional_body_that_is_absent_is_no_body() {
    let server = Server::start([]).await;
    let client = client(&server);
    send(
        client
            .0
            .call(&SEND_OPTIONAL)
            .optional_body(Ok(None::<String>)),
    )
    .await
    .unwrap();
    let request = server.only();
    assert_eq!(
        (request.text().as_str(), request.header("content-type")),
        ("", None)
    );
}

#[tokio::test]
async fn a_secret_is_written_into_the_request_and_nowhere_else() {
    #[derive(Serialize)]
    struct Login {
        password: Secret,
    }
    let login = Login {
        password: Secret::from("canary"),
    };
    assert!(serde_json::to_string(&login).is_err());
    let server = Server::start([]).await;
    let client = client(&server);
    send(client.0.call(&SEND).body(Ok(&login))).await.unwrap();
    assert_eq!(server.only().text(), r#"{"password":"canary"}"#);
}

#[tokio::test]
async fn a_body_that_cannot_be_is_refused_before_sending() {
    let server = Server::start([]).await;
    let client = client(&server);
    let cases = [
        (client.0.call(&SEND), "needs a body"),
        (
            client
                .0
                .call(&SEND)
                .body(Err::<(), _>("no value supplied for to".into())),
            "the body: no value supplied for to",
        ),
        (client.0.call(&LIST).body(Ok("x")), "takes no body"),
        (client.0.call(&LIST).body(Ok("x")), "takes no body"),
        (
            client.0.call(&STORE).content_type("image/png"),
            "takes no body of image/png",
        ),
        (
            client
                .0
                .call(&STORE)
                .body(Ok("x"))
                .content_type("text/plain"),
            "after the body",
        ),
        (
            client
                .0
                .call(&STORE)
                .content_type("multipart/form-data")
                .body(Ok(["canary"])),
            "is an object",
        ),
        (
            client.0.call(&SEND).body(Ok(File::new("canary"))),
            "a file serializes only",
        ),
    ];
    for (call, expected) in cases {
        let error = send(call).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        let message = error.to_string();
        assert!(
            message.contains(expected) && !message.contains("canary"),
            "{expected}: {message}"
        );
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_it_understands_and_no_more() {
    let server = Server::start([]).await;
    send(client(&server).0.call(&LIST)).await.unwrap();
    let request = server.only();
    assert_eq!(request.header("user-agent"), Some("keyfob-post/0.1.0"));
    assert_eq!(request.header("accept"), Some("application/json"));
    let mut names: Vec<&str> = request
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Accept", "Host", "User-Agent"]);

    let own = builder()
        .base_url(&server.url)
        .user_agent("shop/2")
        .build()
        .unwrap();
    send(own.0.call(&LIST)).await.unwrap();
    assert_eq!(server.recorded()[1].header("user-agent"), Some("shop/2"));
}
