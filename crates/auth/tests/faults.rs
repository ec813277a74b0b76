//! Faults on the wire, made with raw sockets: each is the right kind of error, which comes in time,
//! is shared by all who wait, and is no reason to ask again at once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use keyfob_auth::{
    AcquisitionLimits, AuthError, AuthErrorKind, Keyring, ManualClock, Network, ServerChoice,
    Settings, TimeLimit,
};
use socket2::SockRef;
use support::{acme, header, http};
use tokio::task::JoinSet;

/// A token endpoint that does what is wrong first, and is right from then on.
struct Endpoint {
    url: String,
    connections: Arc<AtomicUsize>,
}

type Fault = fn(&mut TcpStream) -> std::io::Result<()>;

impl Endpoint {
    fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                let mut stream = stream.unwrap();
                // The client may be gone before the server is done.
                let _ = match number {
                    1 => fault(&mut stream),
                    _ => read(&mut stream).and_then(|()| answer(&mut stream, RIGHT)),
                };
            }
        });
        Self { url, connections }
    }

    fn keys(&self, attempt: Duration) -> (Keyring, ManualClock) {
        let clock = ManualClock::new();
        let network = Network {
            http: http(),
            servers: ServerChoice::default().base_url(&self.url).unwrap(),
        };
        let limits = AcquisitionLimits::new().attempt(attempt);
        let settings = Settings::new().clock(clock.clone()).limits(limits);
        let credentials = vec![acme::credential(&acme::CLIENT_CREDENTIALS)];
        let keys = Keyring::with_settings(&acme::API, credentials, network, settings);
        (keys.unwrap(), clock)
    }
}

const RIGHT: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{\"access_token\": \"t\"}";

/// Reads the whole request.
fn read(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Ok(());
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

fn answer(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Ends the connection by a reset, as a machine that dies or a firewall does.
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

/// Lets what was written arrive before the connection is reset: a reset overtakes it.
fn arrived(stream: &TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    let _ = Read::read(&mut &*stream, &mut [0; 1]);
}

/// A fault, and what is expected: a kind, and words of the message.
struct Case {
    name: &'static str,
    fault: Fault,
    is_expected: fn(&AuthErrorKind) -> bool,
    words: &'static [&'static str],
}

fn is_transient(kind: &AuthErrorKind) -> bool {
    *kind == AuthErrorKind::Transient { retry_after: None }
}

fn is_protocol(kind: &AuthErrorKind) -> bool {
    matches!(kind, AuthErrorKind::Protocol { endpoint, status: Some(200), .. } if endpoint.ends_with("/api/token"))
}

fn is_timed_out(kind: &AuthErrorKind) -> bool {
    *kind
        == AuthErrorKind::TimedOut {
            limit: TimeLimit::Attempt,
        }
}

const CASES: &[Case] = &[
    Case {
        name: "reset before the request is read",
        fault: |stream| reset(stream),
        is_expected: is_transient,
        words: &["create_token", "cannot be reached"],
    },
    Case {
        name: "reset after the request",
        fault: |stream| {
            read(stream)?;
            reset(stream)
        },
        is_expected: is_transient,
        words: &["create_token", "cannot be reached"],
    },
    Case {
        name: "reset in the middle of the head",
        fault: |stream| {
            read(stream)?;
            answer(stream, "HTTP/1.1 200 OK\r\ncontent-le")?;
            arrived(stream);
            reset(stream)
        },
        is_expected: is_transient,
        words: &["cannot be reached"],
    },
    Case {
        name: "reset in the middle of the body",
        fault: |stream| {
            read(stream)?;
            answer(stream, &RIGHT[..RIGHT.len() - 5])?;
            arrived(stream);
            reset(stream)
        },
        is_expected: is_protocol,
        words: &["broke off"],
    },
    Case {
        name: "closed in the middle of the body",
        fault: |stream| {
            read(stream)?;
            answer(stream, &RIGHT[..RIGHT.len() - 5])
        },
        is_expected: is_protocol,
        words: &["broke off"],
    },
    Case {
        name: "a chunk that ends too early",
        fault: |stream| {
            read(stream)?;
            answer(
                stream,
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n15\r\n{\"access_",
            )
        },
        is_expected: is_protocol,
        words: &["broke off"],
    },
    Case {
        name: "no HTTP at all",
        fault: |stream| {
            read(stream)?;
            answer(stream, "220 mail.example ESMTP\r\n")
        },
        is_expected: is_transient,
        words: &["cannot be reached"],
    },
    Case {
        name: "a body that drips",
        fault: |stream| {
            read(stream)?;
            answer(stream, &RIGHT[..RIGHT.len() - 21])?;
            loop {
                stream.write_all(b" ")?;
                arrived(stream);
            }
        },
        is_expected: is_timed_out,
        words: &["the limit of an attempt"],
    },
    Case {
        name: "a page that says 200",
        fault: |stream| {
            read(stream)?;
            let page = "<html>canary: sign in to the wireless network</html>";
            let length = page.len();
            answer(
                stream,
                &format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{page}"
                ),
            )
        },
        is_expected: is_protocol,
        words: &["a page"],
    },
    Case {
        name: "a redirect to another origin",
        fault: |stream| {
            read(stream)?;
            answer(
                stream,
                "HTTP/1.1 307 Elsewhere\r\nconnection: close\r\nlocation: https://canary.example/token\r\ncontent-length: 0\r\n\r\n",
            )
        },
        is_expected: |kind| {
            matches!(
                kind,
                AuthErrorKind::Protocol {
                    status: Some(307),
                    ..
                }
            )
        },
        words: &["must not redirect"],
    },
    Case {
        name: "a header that is too large for somebody on the way",
        fault: |stream| {
            read(stream)?;
            answer(
                stream,
                "HTTP/1.1 431 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            )
        },
        is_expected: |kind| *kind == AuthErrorKind::Rejected { code: None },
        words: &["status 431"],
    },
    Case {
        name: "a body that announces too much",
        fault: |stream| {
            read(stream)?;
            answer(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4000000000\r\n\r\n",
            )?;
            endless(stream)
        },
        is_expected: is_protocol,
        words: &["larger than 1 MiB"],
    },
    Case {
        name: "a body without an end",
        fault: |stream| {
            read(stream)?;
            answer(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            endless(stream)
        },
        is_expected: is_protocol,
        words: &["larger than 1 MiB"],
    },
    Case {
        name: "a head without an end",
        fault: |stream| {
            read(stream)?;
            answer(stream, "HTTP/1.1 200 OK\r\nx-much: ")?;
            endless(stream)
        },
        is_expected: is_transient,
        words: &["cannot be reached"],
    },
];

/// Writes until the client has had enough.
fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    for _ in 0..64 {
        stream.write_all(&[b'x'; 64 * 1024])?;
    }
    Ok(())
}

#[tokio::test]
async fn each_fault_is_one_error_for_all_who_wait_and_heals() {
    for case in CASES {
        let endpoint = Endpoint::start(case.fault);
        // Only what never ends has to be cut off, and no other case should be.
        let is_endless = (case.is_expected)(&AuthErrorKind::TimedOut {
            limit: TimeLimit::Attempt,
        });
        let attempt = Duration::from_secs(if is_endless { 1 } else { 9 });
        let (keys, clock) = endpoint.keys(attempt);
        let mut callers = JoinSet::new();
        for _ in 0..20 {
            let keys = keys.clone();
            callers.spawn(async move { keys.authorization("oauth2").await });
        }
        let mut errors: Vec<AuthError> = Vec::new();
        while let Some(called) = callers.join_next().await {
            errors.push(called.unwrap().expect_err(case.name));
        }
        let (error, name) = (&errors[0], case.name);
        assert!((case.is_expected)(error.kind()), "{name}: {error:?}");
        assert!(errors.iter().all(|other| other == error), "{name}");
        let said = format!("{error} {error:?}");
        for words in case.words {
            assert!(said.contains(words), "{name}: {said}");
        }
        for secret in ["canary", "s3cret"] {
            assert!(!said.contains(secret), "{name}: {said}");
        }
        let retry_after = keys
            .authorization("oauth2")
            .await
            .unwrap_err()
            .retry_after();
        assert_eq!(
            endpoint.connections.load(Ordering::SeqCst),
            1,
            "{name}: no storm"
        );
        clock.advance(retry_after.unwrap());
        assert_eq!(header(&keys, "oauth2").await, "Bearer t", "{name}");
        assert_eq!(endpoint.connections.load(Ordering::SeqCst), 2, "{name}");
    }
}
