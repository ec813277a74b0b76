//! The server. It reads no document: what is right stands in tables beside the calls, and what it
//! answers stands here.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::serve::Listener;
use futures_util::stream::{StreamExt, iter, once, unfold};
use keyfob_conformance_server::Client;
use keyfob_runtime::ClientBuilder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that is right.
#[derive(Debug, Clone)]
pub struct Right {
    pub method: &'static str,
    /// Path and query, as the bytes have to be.
    pub target: &'static str,
    /// Headers that have to be there, once, with this value.
    pub headers: &'static [(&'static str, &'static str)],
    pub body: RightBody,
}

/// A body that is right.
#[derive(Debug, Clone)]
pub enum RightBody {
    /// None, and no `Content-Type`.
    None,
    /// These bytes of this media type.
    Exactly(&'static str, &'static [u8]),
    /// These parts of `multipart/form-data`, between boundaries of the client's choice.
    Parts(&'static [&'static str]),
}

/// A running server. It stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    right: Mutex<Option<Right>>,
    /// The attempts of each path, with the idempotency key of each.
    attempts: Mutex<HashMap<String, Vec<Option<String>>>>,
}

impl Server {
    pub async fn start() -> Self {
        let state = Arc::new(Shared::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/base/answer/{kind}", get(answer))
            .route("/base/answer/{kind}/{case}", get(answer_of))
            .route("/base/security/{kind}", get(credential))
            .route("/base/repeat/{kind}/{case}", any(attempt))
            .route("/base/redirect/{case}", any(redirect))
            .route("/base/redirect/{case}/post", any(redirect))
            .route("/base/target", any(target))
            .fallback(judge)
            .with_state(Arc::clone(&state));
        let task = tokio::spawn(async move {
            let _ = axum::serve(Breaking(listener), routes).await;
        });
        Self {
            address,
            state,
            task,
        }
    }

    /// A client's builder that calls this server.
    pub fn builder(&self) -> ClientBuilder<Client> {
        // The document's server URL ends in a slash, and so does this one.
        Client::builder().base_url(format!("http://{}/base/", self.address))
    }

    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// Takes this request for right, and no other.
    pub fn expect(&self, right: Right) {
        *lock(&self.state.right) = Some(right);
    }

    /// The idempotency keys of the attempts at a path.
    pub fn attempts(&self, path: &str) -> Vec<Option<String>> {
        let attempts = lock(&self.state.attempts);
        attempts.get(path).cloned().unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compares a request with the one that is right; 204, or 400 that says what is wrong.
async fn judge(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let target = head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    let Some(right) = lock(&state.right).take() else {
        return wrong("no request was expected");
    };
    if head.method.as_str() != right.method || target != right.target {
        return wrong(&format!(
            "{} {target}, not {} {}",
            head.method, right.method, right.target
        ));
    }
    for (name, value) in right.headers {
        let got: Vec<_> = head.headers.get_all(*name).iter().collect();
        if got != [value] {
            return wrong(&format!("{name}: {got:?}, not {value}"));
        }
    }
    match judge_body(&right.body, &head.headers, &body) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => wrong(&problem),
    }
}

fn judge_body(right: &RightBody, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap());
    let shown = String::from_utf8_lossy(body);
    match right {
        RightBody::None if body.is_empty() && media_type.is_none() => Ok(()),
        RightBody::None => Err(format!("a body of {media_type:?}: {shown}")),
        RightBody::Exactly(expected, bytes) if media_type != Some(expected) => Err(format!(
            "{media_type:?}, not {expected}: {}",
            String::from_utf8_lossy(bytes)
        )),
        RightBody::Exactly(_, bytes) if body == *bytes => Ok(()),
        RightBody::Exactly(_, bytes) => {
            Err(format!("{shown}, not {}", String::from_utf8_lossy(bytes)))
        }
        RightBody::Parts(parts) => {
            // RFC 2046, 5.1.1: the boundary stands in the media type, and in no part.
            let boundary =
                media_type.and_then(|name| name.strip_prefix("multipart/form-data; boundary="));
            let boundary = boundary.ok_or_else(|| format!("{media_type:?}"))?;
            let mut expected = String::new();
            for part in *parts {
                expected.push_str(&format!("--{boundary}\r\n{part}\r\n"));
            }
            expected.push_str(&format!("--{boundary}--\r\n"));
            match shown == expected {
                true => Ok(()),
                false => Err(format!("{shown}, not {expected}")),
            }
        }
    }
}

fn wrong(problem: &str) -> Response {
    let body = serde_json::json!({"message": problem}).to_string();
    json(StatusCode::BAD_REQUEST, "application/json", &body)
}

fn json(status: StatusCode, media_type: &str, body: &str) -> Response {
    (
        status,
        [(CONTENT_TYPE, media_type.to_owned())],
        body.to_owned(),
    )
        .into_response()
}

async fn answer(Path(kind): Path<String>, headers: HeaderMap) -> Response {
    match kind.as_str() {
        // RFC 9110, 12.5.1: `Accept` names what the description of the answers names.
        "xml" if accepts(&headers, "application/xml") => json(
            StatusCode::OK,
            "application/xml; charset=utf-8",
            "<a>b &amp; é</a>",
        ),
        "vendor-json" if accepts(&headers, "application/vnd.example.thing+json") => json(
            StatusCode::OK,
            "application/vnd.example.thing+json; version=1",
            r#"{"name":"vendor","count":9007199254740993}"#,
        ),
        _ => wrong(&format!("{headers:?}")),
    }
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accept = headers.get("accept").and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains(media_type))
}

/// Answers as the case says: a status with the body that the document gives it.
async fn answer_of(Path((kind, case)): Path<(String, String)>) -> Response {
    let status = case.parse().unwrap_or(StatusCode::OK);
    let thing = r#"{"name":"a","count":1,"unheard":{"of":[]}}"#;
    let rgb = r#"{"R":1,"G":2,"B":3}"#;
    match (kind.as_str(), case.as_str()) {
        ("success", "200") => json(status, "application/json; charset=utf-8", thing),
        ("success", "201") => json(status, "application/json", rgb),
        ("success", "202") => json(status, "text/plain", "later\n"),
        ("success" | "failure", "204") => status.into_response(),
        ("success", "206") => json(status, "application/json", r#"["a","b"]"#),
        ("failure", "404") => json(
            status,
            "application/problem+json",
            r#"{"type":"about:blank","title":"None","detail":"not here"}"#,
        ),
        ("failure", "409") => json(status, "application/json", rgb),
        ("failure", "418") => json(status, "text/plain", "a teapot"),
        ("failure", _) => json(status, "application/json", r#"{"message":"other"}"#),
        ("unknown", "value") => json(
            status,
            "application/json",
            r#"{"kind":"heptagon","size":7}"#,
        ),
        ("unknown", "wrong") => json(
            status,
            "application/json",
            r#"{"kind":"circle","size":"canary"}"#,
        ),
        ("unknown", "empty") => status.into_response(),
        ("unknown", "large") => json(status, "application/json", &" ".repeat(100_000)),
        ("unknown", _) => json(status, "text/html", "<html>canary</html>"),
        ("bytes", "whole") => {
            let pieces =
                (0..100_u8).map(|piece| Ok::<_, Infallible>(Bytes::from(vec![piece; 1000])));
            let body = Body::from_stream(iter(pieces));
            ([(CONTENT_TYPE, "application/octet-stream")], body).into_response()
        }
        ("bytes", "broken") => half().into_response(),
        _ => wrong(&format!("{kind} {case}")),
    }
}

/// Each kind of credential, as its RFC writes it.
async fn credential(Path(kind): Path<String>, request: Request) -> Response {
    let headers = request.headers();
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().and_then(|value| value.to_str().ok());
        first.filter(|_| values.next().is_none())
    };
    let authorization = one(AUTHORIZATION.as_str());
    let (key, query) = (one("x-conformance-key"), request.uri().query());
    let right = match kind.as_str() {
        "header-key" => key == Some("k&y =") && authorization.is_none(),
        // RFC 3986, 2.1: percent-encoded in the query.
        "query-key" => query == Some("key=k%26y%20%3D"),
        // RFC 6265, 4.2.1.
        "cookie-key" => one(COOKIE.as_str()) == Some("key=k&y%20="),
        // RFC 7617, 2: base64 of `user:pass:word`.
        "basic" => authorization == Some("Basic dXNlcjpwYXNzOndvcmQ="),
        // RFC 6750, 2.1.
        "bearer" => authorization == Some("Bearer b64token"),
        // RFC 9110, 11.4: another scheme's own word.
        "other-word" => authorization == Some("Token opaque"),
        "either" => match authorization {
            Some(_) => authorization == Some("Bearer b64token") && key.is_none() && query.is_none(),
            None => key == Some("k&y =") && query == Some("key=k%26y%20%3D"),
        },
        "optional" => matches!(authorization, None | Some("Bearer b64token")),
        _ => false,
    };
    match right {
        true => StatusCode::NO_CONTENT.into_response(),
        false => wrong(&format!("{kind}: {headers:?} {query:?}")),
    }
}

/// Fails as the case says, at first; then succeeds.
async fn attempt(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let key = request.headers().get("idempotency-key");
    let key = key.map(|value| value.to_str().unwrap().to_owned());
    let number = {
        let mut attempts = lock(&state.attempts);
        let attempts = attempts.entry(path.clone()).or_default();
        attempts.push(key);
        attempts.len()
    };
    let busy = |status: u16, retry_after: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        (status, [(RETRY_AFTER, retry_after.to_owned())]).into_response()
    };
    let case = path.rsplit('/').next().unwrap_or_default();
    match (case, number) {
        ("429-seconds", 1) => busy(429, "7"),
        ("503-date", 1) => {
            // RFC 9110, 10.2.3: a date that has passed asks for no wait.
            busy(503, "Wed, 21 Oct 2015 07:28:00 GMT")
        }
        ("503-nonsense", 1) => busy(503, "soon"),
        ("503-long", _) => busy(503, "86400"),
        ("503-always", _) => busy(503, "0"),
        ("502" | "504" | "408" | "500", 1) => StatusCode::from_u16(case.parse().unwrap())
            .unwrap()
            .into_response(),
        ("reset", 1) => Response::builder()
            .header(BREAK, "now")
            .body(Body::empty())
            .unwrap(),
        ("reset-mid-body", 1) => {
            let headers = [(CONTENT_LENGTH, "10")];
            (headers, half()).into_response()
        }
        ("silent", _) => {
            let never = unfold((), |()| {
                std::future::pending::<Option<(Result<Bytes, Infallible>, ())>>()
            });
            Body::from_stream(never).into_response()
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Redirects to a target within the origin, or elsewhere.
async fn redirect(Path(case): Path<String>, method: Method) -> Response {
    // RFC 9110, 10.2.2: a reference, relative to the request's own URL.
    let location = match method {
        Method::GET => "../target",
        _ => "/base/target",
    };
    match case.parse::<StatusCode>() {
        Ok(status) => (status, [(LOCATION, location)]).into_response(),
        Err(_) => (
            StatusCode::FOUND,
            [(LOCATION, "https://elsewhere.example/")],
        )
            .into_response(),
    }
}

/// Where redirects lead. A body comes along where the method does (RFC 9110, 15.4).
async fn target(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    match (head.method.as_str(), body.as_ref()) {
        ("GET", b"") if !head.headers.contains_key(CONTENT_TYPE) => {
            StatusCode::NO_CONTENT.into_response()
        }
        ("POST", br#"{"name":"a","count":1}"#) => StatusCode::NO_CONTENT.into_response(),
        _ => wrong(&format!("{head:?} {body:?}")),
    }
}

/// A body that breaks off after its first piece has gone out.
fn half() -> Body {
    let first = once(async { Ok(Bytes::from_static(b"half")) });
    let broken = once(async {
        // The connection gets to write what it has.
        tokio::task::yield_now().await;
        Err(io::Error::other("the server breaks off"))
    });
    Body::from_stream(first.chain(broken))
}

/// An answer with this header is not written: the connection is reset in its place.
const BREAK: &str = "x-break";

/// Connections that can be reset.
struct Breaking(TcpListener);

struct BreakingStream(TcpStream);

impl Listener for Breaking {
    type Io = BreakingStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (BreakingStream(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl AsyncRead for BreakingStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for BreakingStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mark = BREAK.as_bytes();
        if bytes.windows(mark.len()).any(|window| window == mark) {
            self.0.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
