//! A loopback server that records what it is asked and answers what it is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// In order, as they were written.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recorded {
    /// The values of a header, in order.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let named = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = self.headers(name);
        assert!(
            values.len() < 2,
            "{name} is there more than once: {values:?}"
        );
        values.first().copied()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Write these bytes one after the other, then close.
    Pieces(Vec<Vec<u8>>),
    /// Write these bytes and wait for another request on the same connection.
    Kept(Vec<u8>),
    /// Write these bytes and then nothing more, with the connection open.
    Stuck(Vec<u8>),
    /// Close without an answer.
    Closed,
}

/// An answer with a body.
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut answer = head(status, headers);
    answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(body);
    Reply::Pieces(vec![answer])
}

/// An answer of JSON.
pub fn json(status: u16, body: &str) -> Reply {
    reply(status, &[("content-type", "application/json")], body)
}

/// An answer of JSON after which the connection stays open.
pub fn kept(status: u16, body: &str) -> Reply {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n");
    Reply::Kept(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

/// An answer in chunks.
pub fn chunked(status: u16, chunks: &[&[u8]]) -> Reply {
    Reply::Pieces(vec![chunked_head(status, chunks), b"0\r\n\r\n".to_vec()])
}

/// An answer whose chunks end without an end.
pub fn stuck(status: u16, chunks: &[&[u8]]) -> Reply {
    Reply::Stuck(chunked_head(status, chunks))
}

fn chunked_head(status: u16, chunks: &[&[u8]]) -> Vec<u8> {
    let mut answer = head(status, &[]);
    answer.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
    for chunk in chunks {
        answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.into_bytes()
}

/// The server. It answers each request with the next reply, and the last one again and again.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    connections: Arc<AtomicUsize>,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Server {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            connections: Arc::default(),
            recorded: Arc::default(),
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    /// Everything that was asked.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The one request that was made.
    pub fn only(&self) -> Recorded {
        let recorded = self.recorded();
        assert_eq!(recorded.len(), 1, "{recorded:?}");
        recorded.into_iter().next().unwrap()
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(request) = read(&mut stream).await {
            self.recorded.lock().unwrap().push(request);
            match self.next_reply() {
                Reply::Kept(answer) => {
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
                last => return last.end(stream).await,
            }
        }
    }

    fn next_reply(&self) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let reply = if replies.len() > 1 {
            replies.pop_front()
        } else {
            replies.front().cloned()
        };
        reply.unwrap_or_else(|| json(200, "{}"))
    }
}

impl Reply {
    /// Does what is left to do on a connection.
    async fn end(self, mut stream: TcpStream) {
        match self {
            Reply::Closed => {}
            Reply::Pieces(pieces) => {
                for piece in pieces {
                    if stream.write_all(&piece).await.is_err() {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
                let _ = stream.shutdown().await;
            }
            Reply::Kept(bytes) | Reply::Stuck(bytes) => {
                let _ = stream.write_all(&bytes).await;
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_length = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8(bytes[..head_length].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut recorded = Recorded {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    let mut rest = bytes.split_off(head_length + 4);
    recorded.body = match recorded.header("transfer-encoding") {
        Some(_) => {
            while !rest.ends_with(b"0\r\n\r\n") {
                read_more(stream, &mut rest).await?;
            }
            unchunked(&rest)
        }
        None => {
            let length = recorded
                .header("content-length")
                .map_or(0, |length| length.parse().unwrap());
            while rest.len() < length {
                read_more(stream, &mut rest).await?;
            }
            rest
        }
    };
    Some(recorded)
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer).await {
        Ok(0) | Err(_) => None,
        Ok(length) => {
            bytes.extend_from_slice(&buffer[..length]);
            Some(())
        }
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let length =
            usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 2 + length + 2..];
        if length == 0 {
            break;
        }
    }
    whole
}
