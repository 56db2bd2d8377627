//! What a server did: the instants of every request, by the clock that other processes read too.
//!
//! Room is taken beforehand, so that nothing is allocated while it serves. Computes nothing.

use rustix::time::{ClockId, clock_gettime};
use std::io::{self, Write};

/// The machine's monotonic clock, in nanoseconds: the same figure in every process.
pub fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// One request, by [`now`].
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its head was there.
    pub arrived: u64,
    /// Its answer was due.
    pub due: u64,
    /// Its answer was handed over; 0 where it never was.
    pub answered: u64,
}

/// What a server did.
#[derive(Debug, Default)]
pub struct Log {
    /// Requests whose head came whole.
    pub requests: u64,
    /// Connections accepted.
    pub connections: u64,
    /// The first requests, as many as were to be kept.
    pub entries: Vec<Entry>,
}

impl Log {
    /// With room for so many requests.
    pub fn with_room(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), ..Self::default() }
    }

    /// A request came; where it is kept, if it is.
    pub fn arrived(&mut self, arrived: u64, due: u64) -> Option<usize> {
        self.requests += 1;
        if self.entries.len() == self.entries.capacity() {
            return None;
        }
        self.entries.push(Entry { arrived, due, answered: 0 });
        Some(self.entries.len() - 1)
    }

    /// One line a request: arrived, due, answered.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        for entry in &self.entries {
            writeln!(to, "{} {} {}", entry.arrived, entry.due, entry.answered)?;
        }
        to.flush()
    }
}
