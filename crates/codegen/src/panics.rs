//! Code that may panic or run deep, run so that nobody notices but by its error.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

/// Schemas refer to each other in chains as long as a document likes, and each link takes a few
/// KiB in a debug build. Only what is used of this is ever had.
const STACK: usize = 512 * 1024 * 1024;

/// Code is printed by recursion too, but each link of a chain takes less. There are several such
/// threads, and who limits a process limits its address space.
const STACK_TO_PRINT: usize = STACK / 4;

/// Runs what may panic without a word on the terminal; the panic's message is the error.
///
/// # Errors
///
/// The first line of the panic's message.
pub(crate) fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                outer(panic);
            }
        }));
    });
    let outer = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(outer);
    result.map_err(|panic| message(panic.as_ref()))
}

/// Runs on a thread with room for recursion, and [`quietly`].
///
/// # Errors
///
/// The first line of the panic's message, or why there is no thread.
pub(crate) fn with_room<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| joined(spawn(scope, STACK, run)))
}

/// Runs both at once, the first one on a thread with room to print, and [`quietly`].
///
/// # Errors
///
/// As [`with_room`], of the first one.
pub(crate) fn beside<T: Send, U>(
    run: impl FnOnce() -> T + Send,
    here: impl FnOnce() -> U,
) -> (Result<T, String>, U) {
    std::thread::scope(|scope| {
        let there = spawn(scope, STACK_TO_PRINT, run);
        let here = here();
        (joined(there), here)
    })
}

/// Runs for each of these things, on as many threads as there are cores, each with room to print,
/// and [`quietly`]. The results are in the order of the things.
///
/// # Errors
///
/// As [`with_room`].
pub(crate) fn on_all_cores<T: Sync, U: Send>(
    things: &[T],
    run: impl Fn(&T) -> U + Sync,
) -> Result<Vec<U>, String> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match things.get(index) {
                Some(thing) => done.push((index, run(thing))),
                None => return done,
            }
        }
    };
    let mut done = Vec::with_capacity(things.len());
    std::thread::scope(|scope| {
        let others = (1..cores).map(|_| spawn(scope, STACK_TO_PRINT, work));
        let others: Vec<_> = others.collect();
        done.extend(quietly(work)?);
        for thread in others {
            done.extend(joined(thread)?);
        }
        Ok::<(), String>(())
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

type Thread<'s, T> = io::Result<ScopedJoinHandle<'s, Result<T, String>>>;

fn spawn<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    stack: usize,
    run: impl FnOnce() -> T + Send + 's,
) -> Thread<'s, T> {
    std::thread::Builder::new()
        .name("keyfob-codegen".to_owned())
        .stack_size(stack)
        .spawn_scoped(scope, || quietly(run))
}

fn joined<T>(thread: Thread<'_, T>) -> Result<T, String> {
    match thread.map(ScopedJoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(message(panic.as_ref())),
        Err(error) => Err(format!("no thread to run this: {error}")),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked");
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let panicked = Err::<(), _>("first".to_string());
        assert_eq!(quietly(|| panic!("first\nsecond")), panicked);
        assert_eq!(with_room(|| panic!("first\nsecond")), panicked);
        assert_eq!(with_room(|| 1), Ok(1));
        let refused = on_all_cores(&[1, 2, 3], |number| assert!(*number < 3, "first\nsecond"));
        assert_eq!(refused, Err("first".to_string()));
        assert_eq!(beside(|| panic!("first\nsecond"), || 1), (panicked, 1));
    }

    #[test]
    fn results_are_in_the_order_of_the_things() {
        let things: Vec<usize> = (0..1_000).collect();
        let doubled = on_all_cores(&things, |number| number * 2).unwrap();
        assert!(
            doubled
                .iter()
                .enumerate()
                .all(|(at, twice)| *twice == at * 2)
        );
        assert_eq!(doubled.len(), 1_000);
    }

    #[test]
    fn there_is_room_for_a_long_chain() {
        fn deep(levels: u64) -> u64 {
            let page = [levels; 512];
            match levels {
                0 => 0,
                _ => deep(levels - 1) + std::hint::black_box(page)[0] / levels,
            }
        }
        assert_eq!(with_room(|| deep(20_000)), Ok(20_000));
    }
}
