//! A window as runs and reports ask it: open or not, and when that changes.
//!
//! The years around an instant are worked out beforehand and looked up; every other instant gets the same answers from the
//! rules. Reads no clock and judges no answer.

use crate::window::rules::{DAY, Rules, horizon, moved};
use crate::window::spans::Spans;
use crate::window::zone::Zone;
use jiff::{Timestamp, ToSpan as _};
use std::sync::Arc;

/// The years that are worked out beforehand: one before the instant, five after it.
const BEFORE: i64 = 366 * DAY;
const AFTER: i64 = 5 * 366 * DAY;

/// When something is available: stated hours, without planned maintenance.
#[derive(Clone, Debug)]
pub struct Window(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    described: String,
    /// The instants that the sets below are about.
    from: Timestamp,
    to: Timestamp,
    stated: Spans,
    maintenance: Spans,
    open: Spans,
    /// The first change at the end of them or after it.
    beyond: Option<Timestamp>,
}

impl Window {
    /// A window that never closes.
    #[must_use]
    pub fn always() -> Self {
        Self::new(Rules::always(Zone::utc()), Timestamp::UNIX_EPOCH, "always open".to_owned())
    }

    pub(super) fn new(rules: Rules, around: Timestamp, described: String) -> Self {
        let (from, to) = (moved(around, -BEFORE), moved(around, AFTER));
        let (stated, maintenance) = (rules.stated(from, to), rules.maintenance(from, to));
        let open = stated.difference(&maintenance);
        let beyond = to.checked_sub(1.nanosecond()).ok().and_then(|last| rules.next_change(last));
        Self(Arc::new(Inner { rules, described, from, to, stated, maintenance, open, beyond }))
    }

    /// Whether it is open at an instant: in the stated hours, and no maintenance planned.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        if self.is_worked_out(at) { self.0.open.contains(at) } else { at_instant(at, |a, b| self.0.rules.open(a, b)) }
    }

    /// Whether an instant is in the stated hours, maintenance or not.
    #[must_use]
    pub fn is_stated(&self, at: Timestamp) -> bool {
        if self.is_worked_out(at) { self.0.stated.contains(at) } else { at_instant(at, |a, b| self.0.rules.stated(a, b)) }
    }

    /// Whether maintenance is planned for an instant, in the stated hours or not.
    #[must_use]
    pub fn in_maintenance(&self, at: Timestamp) -> bool {
        if self.is_worked_out(at) {
            self.0.maintenance.contains(at)
        } else {
            at_instant(at, |a, b| self.0.rules.maintenance(a, b))
        }
    }

    /// The first instant after `at` at which it opens or closes; `None` where it does not within a hundred years.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let inner = &*self.0;
        if !self.is_worked_out(at) {
            return inner.rules.next_change(at);
        }
        // A change at the very end may be none: the sets stop there.
        let known = inner.open.next_change(at).filter(|change| *change < inner.to);
        known.or_else(|| inner.beyond.filter(|change| *change < horizon(at)))
    }

    /// The first instant from `at` on at which it is open: `at` itself where it is open then.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) { Some(at) } else { self.next_change(at) }
    }

    /// The stated hours between two instants, without regard to maintenance.
    #[must_use]
    pub fn stated(&self, from: Timestamp, to: Timestamp) -> Spans {
        self.0.rules.stated(from, to)
    }

    /// The planned maintenance between two instants, in the stated hours or not.
    #[must_use]
    pub fn maintenance(&self, from: Timestamp, to: Timestamp) -> Spans {
        self.0.rules.maintenance(from, to)
    }

    /// When it is open between two instants: the stated hours without maintenance.
    #[must_use]
    pub fn open(&self, from: Timestamp, to: Timestamp) -> Spans {
        self.0.rules.open(from, to)
    }

    /// The zone in which its hours are read.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.0.rules.zone
    }

    /// A line for people, such as `Mon-Sun 07:30-22:00 Europe/Paris, 3 maintenances`.
    #[must_use]
    pub fn describe(&self) -> &str {
        &self.0.described
    }

    fn is_worked_out(&self, at: Timestamp) -> bool {
        self.0.from <= at && at < self.0.to
    }
}

/// Whether an instant is in the set of a range, asked for that instant alone.
fn at_instant(at: Timestamp, set: impl Fn(Timestamp, Timestamp) -> Spans) -> bool {
    match at.checked_add(1.nanosecond()) {
        Ok(next) => set(at, next).contains(at),
        // Of the last instant there is, what holds just before it.
        Err(_) => at.checked_sub(1.nanosecond()).is_ok_and(|before| set(before, at).contains(before)),
    }
}

#[cfg(test)]
mod tests;
