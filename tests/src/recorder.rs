//! A loopback server that keeps the bytes of every request and gives hand-written answers.
//!
//! It knows nothing of any spec, so what it has recorded is evidence of what went over the
//! wire.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A recording server. It stops when it is dropped.
#[derive(Debug)]
pub struct Recorder {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Wakes those who wait for a request.
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    routes: Vec<Route>,
    requests: Vec<Request>,
}

struct Route {
    /// Which requests it is for; `None` for all of them.
    endpoint: Option<(String, String)>,
    answers: Answers,
}

enum Answers {
    /// Given in turn; the last one again and again.
    InTurn(VecDeque<Answer>),
    /// Made from the request.
    Made(Box<dyn Fn(&Request) -> Answer + Send>),
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Route")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target: path and query.
    pub target: String,
    /// The header lines as they came, name and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, its name compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as form members, decoded, in the order in which they came.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }
}

/// A hand-written answer.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    cut: Cut,
}

/// How much of an answer is sent before the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Whole,
    HalfOfTheBody,
    Nothing,
}

impl Answer {
    /// A JSON body, written as it is.
    pub fn json(status: u16, body: impl Into<String>) -> Answer {
        Answer::new(status, "application/json", body.into().into_bytes())
    }

    /// A text body.
    pub fn text(status: u16, body: impl Into<String>) -> Answer {
        Answer::new(
            status,
            "text/plain; charset=utf-8",
            body.into().into_bytes(),
        )
    }

    /// A body of any media type.
    pub fn new(status: u16, media_type: &str, body: Vec<u8>) -> Answer {
        let headers = vec![("content-type".to_string(), media_type.to_string())];
        Answer {
            status,
            headers,
            body,
            cut: Cut::Whole,
        }
    }

    /// No answer: the connection ends once the request is there.
    pub fn none() -> Answer {
        Answer {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            cut: Cut::Nothing,
        }
    }

    /// The same answer with a header more.
    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// The same answer, cut off after half of its body.
    pub fn truncated(mut self) -> Answer {
        self.cut = Cut::HalfOfTheBody;
        self
    }
}

impl Recorder {
    /// Starts on a free port of loopback.
    ///
    /// # Errors
    ///
    /// The socket cannot be had.
    pub async fn start() -> io::Result<Recorder> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Recorder {
            address,
            shared,
            server,
        })
    }

    /// The address to give to a client as its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers requests with this method and path. Several answers are given in turn; the last
    /// one is given again and again. What was said for the same method and path before is
    /// forgotten.
    pub fn answer(&self, method: &str, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers = Answers::InTurn(answers.into_iter().collect());
        self.add(Some((method.to_string(), path.to_string())), answers);
    }

    /// Answers requests with this method and path by what `make` says of them.
    pub fn answer_by(
        &self,
        method: &str,
        path: &str,
        make: impl Fn(&Request) -> Answer + Send + 'static,
    ) {
        self.add(
            Some((method.to_string(), path.to_string())),
            Answers::Made(Box::new(make)),
        );
    }

    /// Answers every request that has no answer of its own.
    pub fn answer_all(&self, make: impl Fn(&Request) -> Answer + Send + 'static) {
        self.add(None, Answers::Made(Box::new(make)));
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.state).requests.clone()
    }

    /// The requests to one path.
    pub fn requests_to(&self, path: &str) -> Vec<Request> {
        let requests = self.requests();
        requests
            .into_iter()
            .filter(|request| request.path() == path)
            .collect()
    }

    /// Waits until so many requests to one path have come, which a client sends in the
    /// background. Put a timeout around it.
    pub async fn arrival(&self, path: &str, count: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            if self.requests_to(path).len() >= count {
                return;
            }
            arrived.await;
        }
    }

    fn add(&self, endpoint: Option<(String, String)>, answers: Answers) {
        let mut state = lock(&self.shared.state);
        state.routes.retain(|route| route.endpoint != endpoint);
        state.routes.push(Route { endpoint, answers });
    }
}

/// An address on loopback where nobody listens. It is kept for as long as this lives, so that no
/// other server gets its port.
#[derive(Debug)]
pub struct Unreachable {
    address: std::net::SocketAddr,
    _socket: TcpSocket,
}

impl Unreachable {
    /// Takes a free port of loopback.
    ///
    /// # Errors
    ///
    /// The socket cannot be had.
    pub fn new() -> io::Result<Unreachable> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let address = socket.local_addr()?;
        Ok(Unreachable {
            address,
            _socket: socket,
        })
    }

    /// The address to give to a client as its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&shared)));
    }
}

/// One request and its answer; the connection is closed after it.
async fn converse(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let Some(request) = read_request(&mut stream).await? else {
        return Ok(());
    };
    let answer = choose(&shared.state, request);
    shared.arrived.notify_waiters();
    stream.write_all(&written(&answer)).await?;
    stream.shutdown().await
}

fn choose(state: &Mutex<State>, request: Request) -> Answer {
    let mut state = lock(state);
    let endpoint = Some((request.method.clone(), request.path().to_string()));
    let State { routes, requests } = &mut *state;
    let own = routes.iter().position(|route| route.endpoint == endpoint);
    let any = || routes.iter().position(|route| route.endpoint.is_none());
    let answer = match own.or_else(any).map(|index| &mut routes[index].answers) {
        Some(Answers::InTurn(answers)) if answers.len() > 1 => answers.pop_front(),
        Some(Answers::InTurn(answers)) => answers.front().cloned(),
        Some(Answers::Made(make)) => Some(make(&request)),
        None => None,
    };
    let missing = || {
        format!(
            "the test has no answer for {} {}",
            request.method,
            request.path()
        )
    };
    let answer = answer.unwrap_or_else(|| Answer::text(599, missing()));
    requests.push(request);
    answer
}

fn written(answer: &Answer) -> Vec<u8> {
    if answer.cut == Cut::Nothing {
        return Vec::new();
    }
    let mut bytes =
        format!("HTTP/1.1 {} Answer\r\nconnection: close\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", answer.body.len()).into_bytes());
    let end = if answer.cut == Cut::HalfOfTheBody {
        answer.body.len() / 2
    } else {
        answer.body.len()
    };
    bytes.extend(&answer.body[..end]);
    bytes
}

async fn read_request(stream: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut body = bytes.split_off(head + 4);
    let mut request = parse_head(&text);
    if request.header("transfer-encoding").is_some() {
        while find(&body, b"0\r\n\r\n").is_none() && stream.read_buf(&mut body).await? > 0 {}
        body = dechunked(&body);
    } else {
        let length = request
            .header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        while body.len() < length && stream.read_buf(&mut body).await? > 0 {}
    }
    request.body = body;
    Ok(Some(request))
}

fn parse_head(text: &str) -> Request {
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let headers = lines.filter_map(|line| line.split_once(':'));
    Request {
        method: first.next().unwrap_or_default().to_string(),
        target: first.next().unwrap_or_default().to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.trim().to_string()))
            .collect(),
        body: Vec::new(),
    }
}

fn dechunked(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = find(chunked, b"\r\n") {
        let length = std::str::from_utf8(&chunked[..end]).ok();
        let length = length
            .and_then(|text| usize::from_str_radix(text.trim(), 16).ok())
            .unwrap_or(0);
        let rest = &chunked[end + 2..];
        if length == 0 || rest.len() < length {
            break;
        }
        body.extend(&rest[..length]);
        chunked = rest.get(length + 2..).unwrap_or_default();
    }
    body
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
