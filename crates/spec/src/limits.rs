//! How large a document may be.

/// A larger file is refused.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

/// Deeper documents are refused, since whoever walks them walks recursively.
pub(crate) const DEEPEST: usize = 128;

/// More nodes than this, aliases counted as what they stand for, are refused.
pub(crate) const MOST_NODES: usize = 4_000_000;
