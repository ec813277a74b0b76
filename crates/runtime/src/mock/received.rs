//! A request that a mock server got, and its parts decoded.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use httpmock::HttpMockRequest;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// A request as a mock server got it.
///
/// It holds secrets, since tests have to look at them. Its `Debug` shows none.
#[derive(Clone)]
pub struct ReceivedRequest {
    /// The method.
    pub method: String,
    /// Path and query as they were sent.
    pub path_and_query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl ReceivedRequest {
    pub(super) fn of(request: &HttpMockRequest) -> Self {
        Self {
            method: request.method_str().to_owned(),
            path_and_query: request.uri().path_and_query().map_or_else(
                || request.uri_str().to_owned(),
                |target| target.as_str().to_owned(),
            ),
            headers: request.headers(),
            body: request.body_bytes(),
        }
    }

    /// The segments of the path, decoded.
    pub(super) fn segments(&self) -> Vec<String> {
        let (path, _) = self.target();
        path.split('/').map(decoded).collect()
    }

    /// The pairs of the query: names decoded, values as they were sent.
    pub(super) fn query(&self) -> impl Iterator<Item = (String, &str)> {
        let (_, query) = self.target();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded_in_query(name), value)
        })
    }

    /// The values of a header.
    pub(super) fn header<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> {
        let values = self.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// The cookies, as they were sent.
    pub(super) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let cookies = self.header("cookie").flat_map(|line| line.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('='))
    }

    /// The media type of the body; empty if it names none.
    pub(super) fn content_type(&self) -> &str {
        self.header("content-type").next().unwrap_or_default()
    }

    /// The fields of a form.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The parts of a multipart body, each with its headers (RFC 2046, 5.1.1).
    pub(super) fn parts(&self) -> Vec<Bytes> {
        let Some(boundary) = boundary(self.content_type()) else {
            return Vec::new();
        };
        let delimiter = format!("\r\n--{boundary}");
        // The first delimiter has no line break before it.
        let body = [b"\r\n".as_slice(), &self.body].concat();
        let starts: Vec<usize> = body
            .windows(delimiter.len())
            .enumerate()
            .filter(|(_, window)| *window == delimiter.as_bytes())
            .map(|(start, _)| start)
            .collect();
        let ends = starts.iter().skip(1);
        let spans = starts.iter().zip(ends);
        let part = |(start, end): (&usize, &usize)| {
            let content = body.get(start + delimiter.len() + 2..*end)?;
            Some(Bytes::copy_from_slice(content))
        };
        spans.filter_map(part).collect()
    }

    fn target(&self) -> (&str, &str) {
        let whole = self.path_and_query.as_str();
        whole.split_once('?').unwrap_or((whole, ""))
    }
}

impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest")
            .field("method", &self.method)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &format_args!("[{} bytes]", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Text without its percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Text of a query without its encoding, in which a plus sign is a space.
pub(super) fn decoded_in_query(text: &str) -> String {
    decoded(&text.replace('+', " "))
}

fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1);
    let mut boundaries = parameters.filter_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    });
    boundaries.next().map(|value| value.trim_matches('"'))
}
