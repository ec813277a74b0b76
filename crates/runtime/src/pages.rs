//! Operations that answer page by page: streams of pages, and of what stands on them.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer::{Answer, AnswerError};
use crate::call::Call;
use crate::error::{Error, Failure};
use crate::json_pointer::Length;
use crate::operation::Pagination;
use crate::response_value::ResponseValue;

/// The pages of an answer, one call for each. The next page is asked for when it is polled for;
/// each has the call's whole timeout. An error ends the stream.
///
/// Where pages are counted off, an empty page ends the stream; it is given only if it is the
/// first. Where a page names the next one, the page that names none is the last; an empty page
/// that names one is not (as in AIP-158).
///
/// ```
/// use keyfob_runtime::{Error, Pages};
///
/// /// How many pages there are.
/// async fn count<T, E>(mut pages: Pages<'_, T, E>) -> Result<usize, Error<E>> {
///     let mut number = 0;
///     while let Some(page) = pages.next().await {
///         page?;
///         number += 1;
///     }
///     Ok(number)
/// }
/// ```
#[must_use = "a stream asks for nothing until it is polled"]
pub struct Pages<'c, T, E>(Boxed<'c, Result<ResponseValue<T>, Error<E>>>);

/// The items of all pages of an answer, one after the other. The next page is asked for when the
/// items of the last one are used up; each has the call's whole timeout. An error ends the
/// stream.
#[must_use = "a stream asks for nothing until it is polled"]
pub struct Items<'c, T, E>(Boxed<'c, Result<T, Error<E>>>);

type Boxed<'c, T> = Pin<Box<dyn Stream<Item = T> + Send + 'c>>;

impl<'c, T: 'c, E: 'c> Pages<'c, T, E> {
    pub(crate) fn new(
        call: Call<'c>,
        pagination: Pagination,
        success: impl Fn(&Answer) -> Result<T, AnswerError> + Copy + Send + 'c,
        failure: impl Fn(&Answer) -> Result<E, AnswerError> + Copy + Send + 'c,
    ) -> Self {
        let pager = Pager::new(call, pagination);
        let pages = unfold(pager, move |mut pager| async move {
            let page = pager.next(success, failure).await?;
            Some((page, pager))
        });
        Self(Box::pin(pages.fuse()))
    }
}

impl<T, E> Pages<'_, T, E> {
    /// The next page; `None` after the last one or an error.
    pub async fn next(&mut self) -> Option<Result<ResponseValue<T>, Error<E>>> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }
}

impl<'c, T: DeserializeOwned + Send + 'c, E: 'c> Items<'c, T, E> {
    pub(crate) fn new(
        call: Call<'c>,
        pagination: Pagination,
        documented: impl Fn(&Answer) -> Result<(), AnswerError> + Copy + Send + 'c,
        failure: impl Fn(&Answer) -> Result<E, AnswerError> + Copy + Send + 'c,
    ) -> Self {
        let read = move |answer: &Answer| {
            documented(answer)?;
            let items: Option<Vec<T>> = answer.at(pagination.items())?;
            Ok(items.unwrap_or_default())
        };
        let start = (Pager::new(call, pagination), Vec::new().into_iter());
        let items = unfold(start, move |(mut pager, mut ready)| async move {
            loop {
                if let Some(item) = ready.next() {
                    return Some((Ok(item), (pager, ready)));
                }
                match pager.next(read, failure).await? {
                    Ok(page) => ready = page.into_inner().into_iter(),
                    Err(error) => return Some((Err(error), (pager, ready))),
                }
            }
        });
        Self(Box::pin(items.fuse()))
    }
}

impl<T, E> Items<'_, T, E> {
    /// The next item; `None` after the last one or an error.
    pub async fn next(&mut self) -> Option<Result<T, Error<E>>> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }
}

impl<T, E> Stream for Pages<'_, T, E> {
    type Item = Result<ResponseValue<T>, Error<E>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T, E> Stream for Items<'_, T, E> {
    type Item = Result<T, Error<E>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T, E> fmt::Debug for Pages<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<T, E> fmt::Debug for Items<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// Asks for one page after the other.
struct Pager<'c> {
    call: Call<'c>,
    pagination: Pagination,
    next: Next,
    is_first: bool,
    seen: Seen,
}

/// What the next step is.
enum Next {
    /// Ask for the page that the call is for.
    Ask,
    /// Say that the pages lead in a circle.
    Circle,
    /// Nothing.
    End,
}

/// What a page says about those after it.
#[derive(Default)]
struct Position {
    /// How many items it has, where pages are counted off.
    length: u64,
    /// The cursor that it names, where pages do.
    cursor: Option<Value>,
    /// What tells it from another page, where pages are counted off.
    fingerprint: u64,
}

impl<'c> Pager<'c> {
    fn new(call: Call<'c>, pagination: Pagination) -> Self {
        let mut seen = Seen::default();
        if let Pagination::Cursor { cursor, .. } = pagination
            && let Some(given) = call.query(cursor)
        {
            seen.is_new(given);
        }
        Self {
            call,
            pagination,
            next: Next::Ask,
            is_first: true,
            seen,
        }
    }

    async fn next<T, E>(
        &mut self,
        success: impl FnOnce(&Answer) -> Result<T, AnswerError>,
        failure: impl FnOnce(&Answer) -> Result<E, AnswerError>,
    ) -> Option<Result<ResponseValue<T>, Error<E>>> {
        match std::mem::replace(&mut self.next, Next::End) {
            Next::Ask => {}
            Next::Circle => return Some(Err(self.circle())),
            Next::End => return None,
        }
        let (pagination, states) = (self.pagination, self.seen.states.clone());
        let read = move |answer: &Answer| {
            let position = Position::read(pagination, answer, &states)?;
            Ok((success(answer)?, position))
        };
        let page = match self.call.again().send(read, failure).await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        let is_first = std::mem::take(&mut self.is_first);
        let mut position = None;
        let page = page.map(|(page, after)| {
            position = Some(after);
            page
        });
        match self.advance(position?) {
            // The page that says that there are no more of them.
            Advance::Past if !is_first => None,
            Advance::Again => Some(Err(self.circle())),
            Advance::Past | Advance::Page => Some(Ok(page)),
        }
    }

    /// Turns the call to the next page.
    fn advance(&mut self, page: Position) -> Advance {
        match self.pagination {
            Pagination::Offset { offset, .. } => {
                return self.count_on(&page, offset, 0, page.length);
            }
            Pagination::Number {
                page: number,
                first,
                ..
            } => return self.count_on(&page, number, first, 1),
            Pagination::Cursor { cursor, .. } => {
                if let Some(next) = page.cursor {
                    self.next = match self.seen.is_new(&next) {
                        true => Next::Ask,
                        false => Next::Circle,
                    };
                    self.call.set_query(cursor, next);
                }
            }
        }
        Advance::Page
    }

    /// Turns the call to the page that is so many steps further. Without a parameter it was for the
    /// first one.
    fn count_on(
        &mut self,
        page: &Position,
        parameter: &'static str,
        first: u64,
        steps: u64,
    ) -> Advance {
        if page.length == 0 {
            return Advance::Past;
        }
        if self.seen.last.replace(page.fingerprint) == Some(page.fingerprint) {
            return Advance::Again;
        }
        let start = self.call.query(parameter).and_then(number);
        let next = start.unwrap_or(first).saturating_add(steps);
        self.call.set_query(parameter, next.into());
        self.next = Next::Ask;
        Advance::Page
    }

    fn circle<E>(&self) -> Error<E> {
        let parameter = self.pagination.parameter();
        self.call.failed(Failure::PageRepeated { parameter })
    }
}

/// What a page is in the row of pages.
enum Advance {
    /// One of them.
    Page,
    /// The empty one after the last.
    Past,
    /// The same as the one before it.
    Again,
}

impl Position {
    fn read(
        pagination: Pagination,
        answer: &Answer,
        states: &RandomState,
    ) -> Result<Self, AnswerError> {
        let mut position = Self::default();
        match pagination {
            Pagination::Offset { items, .. } | Pagination::Number { items, .. } => {
                position.length = answer.at(items)?.map_or(0, |Length(length)| length);
                position.fingerprint = states.hash_one(&answer.body);
            }
            Pagination::Cursor { next, .. } => {
                position.cursor = match answer.at(next)? {
                    None | Some(Value::Bool(false)) => None,
                    Some(Value::String(text)) if text.is_empty() => None,
                    Some(next @ (Value::String(_) | Value::Number(_))) => Some(next),
                    Some(_) => {
                        return Err(answer.unfit(next, "expected a string or a number"));
                    }
                }
            }
        }
        Ok(position)
    }
}

/// The pages that were there, by hashes with keys of their own that no server can foresee.
#[derive(Default)]
struct Seen {
    states: RandomState,
    cursors: HashSet<u64>,
    last: Option<u64>,
}

impl Seen {
    fn is_new(&mut self, cursor: &Value) -> bool {
        // A number and its text are the same in a query.
        let hash = match cursor {
            Value::String(text) => self.states.hash_one(text),
            other => self.states.hash_one(other.to_string()),
        };
        self.cursors.insert(hash)
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}
