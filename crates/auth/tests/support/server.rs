//! A server that records whole requests and answers by hand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;

/// A server on an ephemeral loopback port. It stops when it is dropped.
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    requests: Mutex<Vec<Recorded>>,
    count: watch::Sender<usize>,
    gate: Option<Semaphore>,
    waiting: AtomicUsize,
}

/// One request as it came.
#[derive(Clone)]
pub struct Recorded {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Recorded {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter of a form body.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// The bytes of an answer; without any, the connection is closed.
#[derive(Clone)]
pub struct Reply(Vec<u8>);

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self::with(
            status,
            &[("content-type", "application/json")],
            &body.to_string(),
        )
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self::with(status, &[("content-type", "text/plain")], body)
    }

    pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        Self(text.into_bytes())
    }

    /// Exactly these bytes.
    pub fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self(bytes.as_ref().to_vec())
    }

    pub fn token(token: &str) -> Self {
        Self::json(
            200,
            serde_json::json!({"access_token": token, "expires_in": 3600}),
        )
    }
}

impl Server {
    /// Answers each request by its number, which counts from 1.
    pub async fn start(answer: impl Fn(&Recorded, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::launch(answer, None).await
    }

    /// Holds every answer back until [`release`](Self::release).
    pub async fn gated(answer: impl Fn(&Recorded, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::launch(answer, Some(Semaphore::new(0))).await
    }

    async fn launch(
        answer: impl Fn(&Recorded, usize) -> Reply + Send + Sync + 'static,
        gate: Option<Semaphore>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            count: watch::channel(0).0,
            gate,
            waiting: AtomicUsize::new(0),
        });
        let answer = Arc::new(answer);
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&serving), Arc::clone(&answer)));
            }
        });
        Self {
            port,
            shared,
            task: task.abort_handle(),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/api", self.port)
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    /// Waits until so many requests have come.
    pub async fn received(&self, count: usize) {
        let mut counts = self.shared.count.subscribe();
        counts
            .wait_for(|received| *received >= count)
            .await
            .unwrap();
    }

    /// Lets so many answers go.
    pub fn release(&self, answers: usize) {
        self.shared.gate.as_ref().unwrap().add_permits(answers);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    shared: Arc<Shared>,
    answer: Arc<impl Fn(&Recorded, usize) -> Reply>,
) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let reply = {
        let mut requests = shared.requests.lock().unwrap();
        requests.push(request.clone());
        answer(&request, requests.len())
    };
    shared.count.send_modify(|count| *count += 1);
    if let Some(gate) = &shared.gate {
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        gate.acquire().await.unwrap().forget();
    }
    // The client may be gone already.
    let _ = stream.write_all(&reply.0).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Recorded {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers,
        body: String::from_utf8(bytes[head_end + 4..].to_vec()).unwrap(),
    })
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}
