//! An answer's body, piece by piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;
use thiserror::Error;

use crate::error::ConnectionError;
use crate::limits::Allowance;

/// The bytes of an answer as they come: a stream of pieces, in constant memory.
///
/// It has no length limit and no deadline of its own; only the wait for one piece is bounded, by
/// the call's timeout.
pub struct ByteStream {
    pieces: Pin<Box<dyn Stream<Item = Result<Bytes, StreamError>> + Send>>,
    limit: usize,
}

/// Why the bytes of an answer broke off.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The connection broke.
    #[error("the answer broke off: {0}")]
    Connection(#[source] ConnectionError),
    /// The next piece took too long.
    #[error("nothing more of the answer came within {} s, the call's timeout", .limit.as_secs_f64())]
    Timeout {
        /// The timeout.
        limit: Duration,
    },
    /// There are more bytes than [`ByteStream::collect`] takes.
    #[error(
        "the answer has more than {limit} bytes; read it piece by piece, or allow more by max_response_size on the call or on the client's builder"
    )]
    TooLarge {
        /// The call's `max_response_size`, in bytes.
        limit: usize,
    },
}

impl ByteStream {
    /// The bytes of `beginning`, then what comes of `rest`.
    pub(crate) fn new(
        beginning: Bytes,
        rest: Option<reqwest::Response>,
        allowance: Allowance,
    ) -> Self {
        let Allowance {
            timeout,
            max_response_size: limit,
        } = allowance;
        let beginning = Some(beginning).filter(|beginning| !beginning.is_empty());
        let pieces =
            futures_util::stream::unfold((beginning, rest), move |(beginning, rest)| async move {
                if let Some(beginning) = beginning {
                    return Some((Ok(beginning), (None, rest)));
                }
                let mut response = rest?;
                match tokio::time::timeout(timeout, response.chunk()).await {
                    Ok(Ok(Some(piece))) => Some((Ok(piece), (None, Some(response)))),
                    Ok(Ok(None)) => None,
                    Ok(Err(error)) => Some((
                        Err(StreamError::Connection(ConnectionError::new(error))),
                        (None, None),
                    )),
                    Err(_) => Some((Err(StreamError::Timeout { limit: timeout }), (None, None))),
                }
            });
        Self {
            pieces: Box::pin(pieces.fuse()),
            limit,
        }
    }

    /// The next piece; `None` after the last one or an error.
    ///
    /// # Errors
    ///
    /// The connection broke, or the piece took too long.
    pub async fn next(&mut self) -> Option<Result<Bytes, StreamError>> {
        self.pieces.next().await
    }

    /// All bytes at once.
    ///
    /// # Errors
    ///
    /// The connection broke, a piece took too long, or there are more bytes than the call's
    /// `max_response_size`.
    pub async fn collect(mut self) -> Result<Bytes, StreamError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if whole.len().saturating_add(piece.len()) > self.limit {
                return Err(StreamError::TooLarge { limit: self.limit });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").finish_non_exhaustive()
    }
}
