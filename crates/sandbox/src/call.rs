//! One request to one API, before anything is made of it.

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// A request whose path is relative to the API's base URL.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// As it was sent, still percent-encoded; begins with a slash unless it is empty.
    pub(crate) path: String,
    /// As it was sent, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The names and values of the query, decoded.
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let pairs = self.cookie_pairs().into_iter();
        let mut named = pairs.filter(|(key, _)| key == name);
        named.next().map(|(_, value)| value)
    }

    /// The names and values of the cookies, in order.
    pub(crate) fn cookie_pairs(&self) -> Vec<(String, String)> {
        let headers = self.headers.get_all(hyper::header::COOKIE).iter();
        let pairs = headers
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        pairs
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect()
    }

    /// The media type of the body in lower case, without parameters.
    pub(crate) fn media_type(&self) -> Option<String> {
        self.header("content-type").map(essence)
    }

    pub(crate) fn path_and_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
}

/// A media type in lower case, without parameters.
pub(crate) fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Whether a media type is covered by another, which may be a range such as `image/*`.
pub(crate) fn covers(range: &str, media_type: &str) -> bool {
    let range = essence(range);
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => media_type.split('/').next() == Some(kind),
        None => range == media_type,
    }
}

/// Whether a media type holds JSON: `application/json` or any `+json`.
pub(crate) fn is_json(media_type: &str) -> bool {
    let media_type = essence(media_type);
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Whether a media type is that of forms.
pub(crate) fn is_form(media_type: &str) -> bool {
    essence(media_type) == "application/x-www-form-urlencoded"
}

/// Whether a media type holds text that is not JSON.
pub(crate) fn is_text(media_type: &str) -> bool {
    let media_type = essence(media_type);
    media_type.starts_with("text/")
        || media_type == "application/xml"
        || media_type.ends_with("+xml")
}
