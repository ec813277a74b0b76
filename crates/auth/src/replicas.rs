//! One thing several times over, so that threads which use it at once do not slow each other down.
//!
//! A shared pointer counts its users, and processors pass that count to and fro: the more threads
//! take the pointer, the longer it takes each of them. So there is a replica for about each thread
//! that can run at once. For its count to have a cache line of its own, what is replicated is
//! aligned to 128 bytes: many processors fetch lines by twos.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

/// What can be had once more, equal in every way but for what counts its users.
pub(crate) trait Replicate {
    fn replica(&self) -> Self;
}

/// Equal things, of which each thread has its own as far as they go.
pub(crate) struct Replicas<T>(Box<[Arc<T>]>);

/// However many processors there are: a token may be one of thousands.
const MOST: usize = 16;

static COUNT: LazyLock<usize> = LazyLock::new(|| {
    let threads = available_parallelism().map_or(1, usize::from);
    threads.next_power_of_two().min(MOST)
});

impl<T> Replicas<T> {
    /// As many as `make` is called for.
    pub fn new(make: impl FnMut() -> T) -> Self {
        let made = std::iter::repeat_with(make).map(Arc::new);
        Self(made.take(*COUNT).collect())
    }

    /// This thread's.
    #[inline]
    pub fn own(&self) -> &Arc<T> {
        let count = self.0.len();
        // The count is a power of two, so this is the remainder.
        &self.0[number() & (count - 1)]
    }

    /// Every thread's.
    pub fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.iter()
    }

    /// Whether it is one of these.
    pub fn contain(&self, one: &Arc<T>) -> bool {
        self.all().any(|known| Arc::ptr_eq(known, one))
    }
}

/// This thread's number: 0 for the first that asks, and so on.
#[inline]
fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: Cell<Option<usize>> = const { Cell::new(None) });
    NUMBER.with(|number| match number.get() {
        Some(number) => number,
        None => {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_its_replica_and_its_neighbour_has_another() {
        let replicas = Replicas::new(|| "the same");
        let own = || Arc::as_ptr(replicas.own()) as usize;
        let taken: Vec<[usize; 2]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(|| [own(), own()])).collect();
            let taken = threads.into_iter().map(|thread| thread.join().unwrap());
            taken.collect()
        });
        assert!(taken.iter().all(|[first, second]| first == second));
        for replica in &replicas.0 {
            assert!(replicas.contain(replica));
            let is_taken = |[first, _]: &[usize; 2]| *first == Arc::as_ptr(replica) as usize;
            assert!(taken.iter().any(is_taken), "each is of use to somebody");
        }
        assert!(!replicas.contain(&Arc::new("the same")));
        assert!(replicas.0.len() <= MOST);
    }
}
