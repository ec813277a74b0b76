//! What each thread used last of a cell. It is found again in half the steps that the cell takes,
//! which has to guard its value against whoever replaces it meanwhile.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::cell::Lease;
use crate::presentation::Presented;
use crate::slot::TokenCell;

/// Tells a cell from every other one, in the notes of all threads.
pub(crate) struct LastUsed {
    number: u64,
}

/// Enough for the credentials that one program uses at a time. Others take turns, at the cost of
/// looking into their cells.
const PLACES: usize = 8;

/// A lease says itself whether it may still be used, and is not kept alive by a note of it.
struct Note {
    number: u64,
    lease: Weak<Lease<Presented>>,
}

thread_local! {
    static NOTES: [RefCell<Note>; PLACES] = const {
        [const {
            RefCell::new(Note {
                number: 0,
                lease: Weak::new(),
            })
        }; PLACES]
    };
}

impl LastUsed {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// What [`Cell::hit`](crate::cell::Cell::hit) gives, for the cell that this belongs to.
    #[inline]
    pub fn hit(&self, cell: &TokenCell) -> Option<Arc<Lease<Presented>>> {
        match self.noted() {
            Some(lease) if lease.is_quiet(cell.clock().coarse()) => Some(lease),
            _ => self.look_up(cell),
        }
    }

    /// Only the remainder counts, so that nothing is lost where an address is shorter.
    #[inline]
    fn place(&self) -> usize {
        self.number as usize % PLACES
    }

    #[inline]
    fn noted(&self) -> Option<Arc<Lease<Presented>>> {
        let noted = NOTES.try_with(|notes| {
            let note = notes[self.place()].try_borrow().ok()?;
            let is_of_cell = note.number == self.number;
            is_of_cell.then(|| note.lease.upgrade()).flatten()
        });
        noted.ok().flatten()
    }

    #[cold]
    fn look_up(&self, cell: &TokenCell) -> Option<Arc<Lease<Presented>>> {
        let lease = cell.hit()?;
        let note = Note {
            number: self.number,
            lease: Arc::downgrade(&lease),
        };
        // A thread that is about to end has no notes any more.
        let _ = NOTES.try_with(|notes| notes[self.place()].replace(note));
        Some(lease)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::{BasicEncoding, Presentation, Scheme};
    use crate::cell::{Acquired, Cell};
    use crate::clock::ManualClock;
    use crate::limits::AcquisitionLimits;

    static SCHEME: Scheme = Scheme {
        name: "key",
        presentation: Presentation::Header("x-key"),
        description: "",
        refused_when: &[],
        server_url_hosts: &[],
        basic_encoding: BasicEncoding::Plain,
        authorize: None,
    };

    fn cell(clock: &ManualClock, value: &str) -> Arc<TokenCell> {
        let pauses = AcquisitionLimits::new().pauses;
        let cell = Cell::new(clock.clone().into(), 0.0, pauses);
        let (_, ticket) = cell.enter();
        let value = Presented::token(&SCHEME, value.into(), None, Weak::new());
        ticket.unwrap().publish(Ok(Acquired {
            value: value.unwrap(),
            lifetime: Some(Duration::from_secs(3600)),
            since: cell.clock().now(),
        }));
        cell
    }

    #[test]
    fn cells_that_share_a_place_are_not_mistaken_for_each_other() {
        let clock = ManualClock::new();
        let values: Vec<String> = (0..3 * PLACES).map(|number| number.to_string()).collect();
        let cells = values
            .iter()
            .map(|value| (LastUsed::new(), cell(&clock, value)));
        let cells: Vec<_> = cells.collect();
        for _ in 0..2 {
            for (value, (last_used, cell)) in values.iter().zip(&cells) {
                let lease = last_used.hit(cell).unwrap();
                assert_eq!(lease.value.value.expose(), value);
            }
        }
    }

    #[test]
    fn what_was_used_last_is_used_no_more_once_it_is_due_or_given_up() {
        let clock = ManualClock::new();
        for ends in [
            |_: &TokenCell, clock: &ManualClock| clock.advance(Duration::from_secs(3500)),
            |cell: &TokenCell, _: &ManualClock| cell.give_up(|_| true),
            |cell: &TokenCell, _: &ManualClock| cell.reset(false),
        ] {
            let (last_used, cell) = (LastUsed::new(), cell(&clock, "a"));
            let calls_in_flight = [(); 2].map(|()| last_used.hit(&cell));
            assert!(calls_in_flight.iter().all(Option::is_some));
            ends(&cell, &clock);
            assert!(last_used.hit(&cell).is_none());
        }
    }

    #[test]
    fn a_note_keeps_no_token_alive() {
        let (last_used, cell) = (LastUsed::new(), cell(&ManualClock::new(), "a"));
        let lease = Arc::downgrade(&last_used.hit(&cell).unwrap());
        assert!(lease.upgrade().is_some());
        cell.give_up(|_| true);
        assert!(lease.upgrade().is_none());
    }
}
