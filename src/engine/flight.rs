//! A journey under way, and those that wait for their time.
//!
//! Keeps them; never sends anything.

use crate::base::units::Nanos;
use crate::engine::workload::Ask;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A journey under way.
pub(super) struct Flight<J> {
    pub(super) journey: J,
    /// When its current request was to be sent: the start that was due, or the end of what came before it.
    pub(super) due: Nanos,
    /// The request under way.
    pub(super) ask: Option<Ask>,
    /// The user who makes it, and which of its journeys this is.
    pub(super) user: Option<(u32, u64)>,
    /// Nothing was sent for it yet.
    pub(super) untouched: bool,
    /// Its first request was not written yet: it has not begun.
    pub(super) unbegun: bool,
}

/// What waits for its time.
pub(super) enum Parked<J> {
    /// A journey goes on.
    Flight(Flight<J>),
    /// A user begins its next journey.
    User(u32, u64),
}

/// What waits, by its time.
pub(super) struct Lot<J> {
    heap: BinaryHeap<Reverse<(Nanos, usize)>>,
    slots: Vec<Option<Parked<J>>>,
    free: Vec<usize>,
}

impl<J> Lot<J> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), slots: Vec::new(), free: Vec::new() }
    }

    pub(super) fn park(&mut self, until: Nanos, parked: Parked<J>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(parked);
        self.heap.push(Reverse((until, slot)));
    }

    /// When the next one is to go on.
    pub(super) fn next_at(&self) -> Option<Nanos> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// One whose time has come.
    pub(super) fn take(&mut self, now: Nanos) -> Option<(Nanos, Parked<J>)> {
        let Reverse((at, slot)) = *self.heap.peek().filter(|Reverse((at, _))| *at <= now)?;
        self.heap.pop();
        self.free.push(slot);
        self.slots[slot].take().map(|parked| (at, parked))
    }

    /// Those that have a request that never was sent.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Flight<J>> + '_ {
        self.heap.clear();
        self.slots.iter_mut().filter_map(|slot| match slot.take() {
            Some(Parked::Flight(flight)) => Some(flight),
            _ => None,
        })
    }
}
