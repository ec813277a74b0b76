//! The loopback listener: HTTP/1.1 in front of the APIs.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::CONNECTION;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::api::Api;
use crate::call::Call;

/// The APIs by name.
pub(crate) type Apis = Arc<BTreeMap<String, Arc<Api>>>;

/// Room for headers of 512 KiB and the request line.
const MOST_HEADER_BYTES: usize = 640 * 1024;
const MOST_HEADERS: usize = 256;
const MOST_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Opens a port on loopback; 0 stands for any free one.
pub(crate) async fn bind(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until it is dropped. Connections end with it.
pub(crate) async fn serve(listener: TcpListener, apis: Apis) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, apis.clone()));
                }
                // The process has no file descriptor left, for example; others may close.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, apis: Apis) {
    // Small answers are sent at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let apis = apis.clone();
        async move { Ok::<_, Infallible>(respond(&apis, request).await) }
    });
    let connection = http1::Builder::new()
        .max_buf_size(MOST_HEADER_BYTES)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away in mid-request is none of the sandbox's business.
    let _ = connection.await;
}

async fn respond(apis: &Apis, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let (name, rest) = path
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((path.trim_start_matches('/'), ""));
    let api = apis.get(name).cloned();
    let path = match rest {
        "" if !path.ends_with('/') => String::new(),
        rest => format!("/{rest}"),
    };
    let body = match Limited::new(body, MOST_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return unread(error.is::<LengthLimitError>()),
    };
    let Some(api) = api else {
        return Answer::words(404, listing(apis)).into_response();
    };
    let call = Call {
        method: head.method,
        path,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    api.handle(call).await.into_response()
}

/// The answer to a body that could not be read to its end.
fn unread(is_too_long: bool) -> hyper::Response<Full<Bytes>> {
    let answer = if is_too_long {
        Answer::words(413, "the body is longer than 32 MiB")
    } else {
        Answer::words(400, "the body was cut off")
    };
    let mut response = answer.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

fn listing(apis: &Apis) -> String {
    let lines = apis.values().map(|api| format!("\n  {}", api.base_url()));
    let lines: String = lines.collect();
    format!("there is no such API; these are served:{lines}")
}
