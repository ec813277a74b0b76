//! A request body that is sent piece by piece.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use futures_core::Stream;

use crate::byte_stream::ByteStream;

/// A request body that is sent as it comes, in constant memory. It is read once, so that a call
/// with one is not repeated.
///
/// ```
/// use keyfob_runtime::BodyStream;
///
/// let pieces = ["one", "two"].map(Ok::<_, std::io::Error>);
/// let body = BodyStream::new(futures_util::stream::iter(pieces));
/// # let _ = body;
/// ```
pub struct BodyStream(reqwest::Body);

impl BodyStream {
    /// The pieces of this stream. If it fails, the call fails and the server sees a request that
    /// breaks off.
    pub fn new<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        Bytes: From<B>,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self(reqwest::Body::wrap_stream(stream))
    }

    pub(crate) fn into_body(self) -> reqwest::Body {
        self.0
    }
}

/// What one call answers, another one sends on.
impl From<ByteStream> for BodyStream {
    fn from(stream: ByteStream) -> Self {
        Self::new(stream)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").finish_non_exhaustive()
    }
}
