//! What the sandbox was asked and what it answered, kept for the assertions of a test.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// One request to an API, as it came, and the status that it was answered with.
///
/// It holds secrets, since tests have to look at them. Its `Debug` shows none.
#[derive(Clone)]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// Path and query below the API's base URL, as they were sent: `/rest/campaigns?limit=10`.
    pub path_and_query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The operation that was asked for; `None` if there is none at this path.
    pub operation_id: Option<String>,
    /// The status of the answer.
    pub status: StatusCode,
    /// Why the request was not served; `None` if it was. It holds no value of the request.
    pub complaint: Option<String>,
}

impl Recorded {
    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.path_and_query
            .split_once('?')
            .map_or(self.path_and_query.as_str(), |(path, _)| path)
    }

    /// The names and values of the query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let (_, query) = self.path_and_query.split_once('?').unwrap_or_default();
        pairs(query.as_bytes())
    }

    /// The names and values of a form body, decoded.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// One line that names the operation and the status, and shows no value of the request.
    pub(crate) fn line(&self, api: &str) -> String {
        let operation = self.operation_id.as_deref().unwrap_or("no operation");
        let status = self.status.as_u16();
        match &self.complaint {
            Some(complaint) => format!("{api}: {} {operation}: {status}, {complaint}", self.method),
            None => format!("{api}: {} {operation}: {status}", self.method),
        }
    }

    fn size(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        self.path_and_query.len() + self.body.len() + headers
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("method", &self.method)
            .field("operation_id", &self.operation_id)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .field("status", &self.status)
            .field("complaint", &self.complaint)
            .finish_non_exhaustive()
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The latest requests. A sandbox that runs for long forgets the oldest.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Recorded>,
    bytes: usize,
}

impl Journal {
    const MOST_ENTRIES: usize = 10_000;
    const MOST_BYTES: usize = 64 * 1024 * 1024;

    pub(crate) fn add(&mut self, entry: Recorded) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > Self::MOST_ENTRIES || self.bytes > Self::MOST_BYTES {
            match self.entries.pop_front() {
                Some(oldest) => self.bytes -= oldest.size(),
                None => break,
            }
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Recorded> {
        self.entries.iter()
    }
}
