//! Code that may panic or run deep, run so that nobody notices but by its error.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Schemas refer to each other in chains as long as a document likes, and each link takes a few
/// KiB in a debug build. Only what is used of this is ever had.
const STACK: usize = 512 * 1024 * 1024;

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
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("keyfob-codegen".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || quietly(run));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(message(panic.as_ref())),
            Err(error) => Err(format!("no thread to run this: {error}")),
        }
    })
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
