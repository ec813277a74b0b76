//! The server itself: sizes, ports, failures on demand, hostile bytes.

use std::time::Duration;

use keyfob_sandbox::{Sandbox, StartError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::documents::{
    TOKEN_COMPONENTS, TOKEN_PATHS, TOKEN_WORKFLOWS, arazzo, openapi, read, serve, serve_tokens,
};
use crate::drive::{client, send};

#[tokio::test]
async fn a_token_of_50_000_characters_passes_both_ways() {
    let long = "t".repeat(50_000);
    let paths = TOKEN_PATHS.replace("orchard-example-token", &long);
    let (sandbox, spec) = serve(&openapi(&paths, TOKEN_COMPONENTS), &arazzo(TOKEN_WORKFLOWS)).await;
    let inputs = sandbox.inputs("orchard", "client_credentials");
    let workflow = spec.workflow("client_credentials").unwrap();
    let outputs = crate::drive::run(&sandbox, &spec, workflow, &inputs)
        .await
        .unwrap();
    assert_eq!(outputs["access_token"].len(), 50_000);
    let request = client().get(format!("{}/trees", sandbox.base_url("orchard")));
    assert_eq!(
        send(request.bearer_auth(&outputs["access_token"]))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn headers_of_512_kib_pass() {
    let (sandbox, _) = serve_tokens().await;
    let given = sandbox.static_credential("orchard", "token").unwrap();
    let request = client().get(format!("{}/trees", sandbox.base_url("orchard")));
    let request = request
        .bearer_auth(given.value)
        .header("x-long", "x".repeat(512 * 1024 - 200));
    assert_eq!(send(request).await.status, 200);
}

#[tokio::test]
async fn a_body_above_32_mib_is_too_long() {
    let (sandbox, _) = serve_tokens().await;
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let head = format!(
        "POST /orchard/token HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        32 * 1024 * 1024 + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let piece = vec![b'x'; 1024 * 1024];
    let (mut reader, mut writer) = stream.split();
    let write = async {
        for _ in 0..33 {
            if writer.write_all(&piece).await.is_err() {
                break;
            }
        }
    };
    let (_, read) = tokio::join!(write, reader.read_exact(&mut answer));
    read.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn hostile_bytes_do_not_end_it() {
    let (sandbox, _) = serve_tokens().await;
    let cases: [&[u8]; 9] = [
        b"\x00\xff\xfe\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /orchard/%ff%fe%00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /orchard/trees HTTP/1.1\r\nhost: x\r\nauthorization: \xff\xfe\r\n\r\n",
        b"GET /orchard/trees HTTP/1.1\r\nhost: x\r\ncookie: =;;=\r\n\r\n",
        b"GET /orchard/../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /orchard/token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n%%%=%zz&=",
        b"POST /orchard/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 12\r\n\r\n[]=&a[[b]=%f",
        b"POST /orchard/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\ncut",
    ];
    for bytes in cases {
        let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
    }
    let deep = format!("a{}=1", "[x]".repeat(100_000));
    let request = client().post(format!("{}/token", sandbox.base_url("orchard")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(send(request.body(deep)).await.status, 400);
    let alive = send(client().get(format!("{}/trees", sandbox.base_url("orchard")))).await;
    assert_eq!(alive.status, 401);
}

#[tokio::test]
async fn a_call_fails_on_demand_once_for_each_demand() {
    let (sandbox, _) = serve_tokens().await;
    let url = format!("{}/trees", sandbox.base_url("orchard"));
    let given = sandbox.static_credential("orchard", "token").unwrap();
    sandbox.fail_next("orchard", "list_trees", 503, Some(Duration::from_secs(7)));
    sandbox.fail_next("orchard", "list_trees", 401, None);
    sandbox.fail_next("orchard", "create_token", 500, None);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let reply = send(client().get(&url).bearer_auth(&given.value)).await;
        let wait = reply
            .headers
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
        statuses.push((reply.status.as_u16(), wait));
    }
    assert_eq!(
        statuses,
        [(503, Some("7".to_owned())), (401, None), (200, None)]
    );
}

#[tokio::test]
async fn the_port_is_free_again_after_shutdown_and_taken_before() {
    let sandbox = Sandbox::start(Vec::new()).await.unwrap();
    let port = sandbox.address().port();
    let taken = Sandbox::builder().port(port).start().await.unwrap_err();
    assert!(taken.to_string().contains(&port.to_string()), "{taken}");
    sandbox.shutdown().await;
    let again = Sandbox::builder().port(port).start().await.unwrap();
    assert_eq!(again.address().port(), port);
}

#[tokio::test]
async fn two_apis_of_one_name_are_refused() {
    let spec = read("orchard", &openapi(TOKEN_PATHS, TOKEN_COMPONENTS), "");
    let error = Sandbox::start(vec![spec.clone(), spec]).await.unwrap_err();
    assert!(
        matches!(&error, StartError::SameName(name) if name == "orchard"),
        "{error}"
    );
}

#[tokio::test]
async fn what_was_asked_is_recorded_as_it_came() {
    let (sandbox, _) = serve_tokens().await;
    let request = client().post(format!("{}/token?a=1", sandbox.base_url("orchard")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    send(request.body("grant_type=a+b&client_secret=%26")).await;
    let [recorded] = sandbox.requests("orchard").try_into().unwrap();
    assert_eq!(recorded.method, "POST");
    assert_eq!(recorded.path_and_query, "/token?a=1");
    assert_eq!(recorded.path(), "/token");
    assert_eq!(
        recorded.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(&recorded.body[..], b"grant_type=a+b&client_secret=%26");
    let form = recorded.form();
    assert_eq!(
        json!(form),
        json!([["grant_type", "a b"], ["client_secret", "&"]])
    );
    assert_eq!(recorded.operation_id.as_deref(), Some("create_token"));
    assert_eq!(recorded.status, 400);
    assert!(!format!("{recorded:?}").contains("%26"), "{recorded:?}");
}
