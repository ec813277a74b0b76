//! The exchange with a token endpoint: a request out, a whole, bounded answer in.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use tokio::time::timeout;
use zeroize::{Zeroize, Zeroizing};

use crate::clock::Now;
use crate::http2::{cause_text, was_not_processed};
use crate::limits::TimeLimit;
use crate::reading::Answer;

/// No token answer is larger.
const LARGEST: usize = 1024 * 1024;

/// A whole answer.
pub(crate) struct Received {
    pub status: u16,
    pub headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The request was not processed: there was no connection, or the server would not look at it.
    NotProcessed(String),
    /// The connection failed after something had been sent.
    Disconnected(String),
    /// The answer broke off.
    BrokenOff { status: u16 },
    /// The answer is larger than any token answer.
    TooLarge { status: u16 },
    /// The answer came from another address than the one that was asked.
    Redirected { status: u16 },
    /// No whole answer in time.
    TimedOut { limit: TimeLimit },
}

/// Sends a request and reads its answer. No redirect is followed to another address: if the
/// client did, the answer counts for nothing.
pub(crate) async fn exchange(
    http: &reqwest::Client,
    request: reqwest::Request,
    (time, limit): (Duration, TimeLimit),
) -> Result<Received, Trouble> {
    let exchange = timeout(time, receive(http, request));
    exchange.await.unwrap_or(Err(Trouble::TimedOut { limit }))
}

/// The HTTP client has a limit of its own, which was shorter.
const OF_CLIENT: Trouble = Trouble::TimedOut {
    limit: TimeLimit::Attempt,
};

async fn receive(http: &reqwest::Client, request: reqwest::Request) -> Result<Received, Trouble> {
    let asked = request.url().clone();
    let sent = http.execute(request).await;
    let mut response = sent.map_err(|error| match error {
        error if error.is_timeout() => OF_CLIENT,
        error if was_not_processed(&error) => Trouble::NotProcessed(cause(error)),
        error if error.is_redirect() => Trouble::Redirected { status: 302 },
        error => Trouble::Disconnected(cause(error)),
    })?;
    let status = response.status().as_u16();
    if response.url() != &asked {
        return Err(Trouble::Redirected { status });
    }
    let mut body = Zeroizing::new(Vec::new());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST => {
                return Err(Trouble::TooLarge { status });
            }
            Ok(Some(chunk)) => append(&mut body, &chunk),
            Ok(None) => break,
            Err(error) if error.is_timeout() => return Err(OF_CLIENT),
            Err(_) => return Err(Trouble::BrokenOff { status }),
        }
    }
    Ok(Received {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// Appends without leaving an unwiped copy behind, as a growing vector would.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut larger = Vec::with_capacity((body.len() + chunk.len()) * 2);
        larger.extend_from_slice(body);
        body.zeroize();
        **body = larger;
    }
    body.extend_from_slice(chunk);
}

/// The innermost reason of a failure, without the URL.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match error.source() {
        Some(_) => cause_text(innermost),
        None => error.to_string(),
    }
}

impl Received {
    #[cfg(test)]
    pub fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            body: Zeroizing::new(body),
        }
    }

    /// As conditions and expressions read it.
    pub fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.status,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// What the answer is, for a complaint about it.
    pub fn nature(&self) -> &'static str {
        let media_type = self.headers.get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        let is_html = media_type.is_some_and(|media_type| media_type.contains("html"))
            || self.body.trim_ascii_start().starts_with(b"<");
        match () {
            () if self.body.trim_ascii().is_empty() => "empty",
            () if is_html => "a page",
            () if self.body.trim_ascii_start().starts_with(b"{") => "not whole JSON",
            () => "not JSON",
        }
    }

    /// Whether the body is a page for people.
    pub fn is_page(&self) -> bool {
        self.nature() == "a page"
    }

    /// How long the server asks to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
    /// A date is by the server's clock, which may differ from this machine's, so it is counted from
    /// the answer's own `Date` where there is one.
    pub fn retry_after(&self, now: Now) -> Option<Duration> {
        let header = |name| self.headers.get(name)?.to_str().ok().map(str::trim);
        let value = header(RETRY_AFTER)?;
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(value).ok()?;
        let date = header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let now = date.unwrap_or(SystemTime::UNIX_EPOCH + Duration::from_millis(now.wall));
        Some(until.duration_since(now).unwrap_or_default())
    }
}
