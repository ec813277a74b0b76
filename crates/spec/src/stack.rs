//! Room for recursion: the deepest document that is read fits, whoever calls.

use crate::diagnostics::Diagnostics;
use crate::place::Place;

/// A debug build takes tens of KiB for each level of a schema, which is more than the stack of a
/// test's or a runtime's thread has for a document of the allowed depth.
const STACK: usize = 64 * 1024 * 1024;

/// Runs a reader on a thread of its own.
pub(crate) fn with_room<T: Send>(
    place: Place,
    read: impl FnOnce() -> Result<T, Diagnostics> + Send,
) -> Result<T, Diagnostics> {
    let fault = |message: String| {
        Diagnostics::one(
            place,
            message,
            "this is a fault of the reader, not of the document: please report it",
        )
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("keyfob-spec".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, read);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(fault("reading this stopped with a panic".to_owned())),
            Err(error) => Err(fault(format!("no thread to read this: {error}"))),
        }
    })
}
