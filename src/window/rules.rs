//! What was said of availability, worked out for any range of time.
//!
//! Exact and slow: every question is answered from hours, dates and events. Keeps no table and reads no clock.

use crate::window::compile::Events;
use crate::window::spans::{Spans, Stretch};
use crate::window::spec::{Exception, Open};
use crate::window::wall;
use crate::window::week::Week;
use crate::window::zone::Zone;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Hours that instants are moved by for a day, whatever the days of a zone.
pub(super) const DAY: i64 = 24;

/// A window whose files are at hand.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) zone: Zone,
    pub(super) open: Open,
    /// Dates on which it is closed.
    pub(super) holidays: BTreeSet<Date>,
    /// Files whose whole days are holidays.
    pub(super) holiday_files: Vec<Arc<dyn Events>>,
    /// In order; no two share a date.
    pub(super) exceptions: Vec<Exception>,
    /// Maintenance that is planned once.
    pub(super) once: Spans,
    /// Maintenance of every week, in its zone.
    pub(super) weekly: Vec<(Week, Zone)>,
    /// Maintenance by files, in the zone that floating times of theirs are read in.
    pub(super) files: Vec<(Arc<dyn Events>, Zone)>,
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("zone", &self.zone).field("open", &self.open).finish_non_exhaustive()
    }
}

impl Rules {
    /// Rules by which it never closes.
    pub(super) fn always(zone: Zone) -> Self {
        Self {
            zone,
            open: Open::Always,
            holidays: BTreeSet::new(),
            holiday_files: Vec::new(),
            exceptions: Vec::new(),
            once: Spans::none(),
            weekly: Vec::new(),
            files: Vec::new(),
        }
    }

    /// True when nothing was said that could ever close it.
    pub(super) fn never_closes(&self) -> bool {
        self.open == Open::Always
            && self.holidays.is_empty()
            && self.holiday_files.is_empty()
            && self.exceptions.is_empty()
            && self.once.is_empty()
            && self.weekly.is_empty()
            && self.files.is_empty()
    }

    /// The stated hours between two instants, without regard to maintenance.
    pub(super) fn stated(&self, from: Timestamp, to: Timestamp) -> Spans {
        let Some((first, last)) = dates(from, to, &self.zone) else { return Spans::none() };
        let weekly = match &self.open {
            Open::Always => Spans::of(from, to),
            Open::Week(week) => week.spans(first, last, &self.zone),
        };
        let (taken, said) = self.exceptional(first, last);
        weekly.difference(&self.closed(first, last)).difference(&taken).union(&said).within(from, to)
    }

    /// The holidays from one date to another.
    fn closed(&self, first: Date, last: Date) -> Spans {
        let of_files = self.holiday_files.iter().flat_map(|file| file.days(first, last));
        self.holidays.range(first..=last).copied().chain(of_files).filter_map(|date| wall::day(date, &self.zone)).collect()
    }

    /// The dates of which an exception speaks, and the hours it gives them.
    ///
    /// Hours that reach over midnight hold on the next date unless an exception speaks of that one too.
    fn exceptional(&self, first: Date, last: Date) -> (Spans, Spans) {
        let (mut taken, mut own, mut over) = (Vec::new(), Vec::new(), Vec::new());
        let begin = self.exceptions.partition_point(|exception| exception.to < first);
        for exception in self.exceptions[begin..].iter().take_while(|exception| exception.from <= last) {
            for date in each(exception.from.max(first), exception.to.min(last)) {
                let Some(day) = wall::day(date, &self.zone) else { continue };
                taken.push(day);
                for hours in exception.open.iter().filter_map(|hours| hours.on_existing(date, &self.zone)) {
                    own.extend(Stretch::new(hours.from.max(day.from), hours.to.min(day.to)));
                    over.extend(Stretch::new(hours.from.max(day.to), hours.to));
                }
            }
        }
        let taken: Spans = taken.into_iter().collect();
        let over: Spans = over.into_iter().collect();
        let said = over.difference(&taken).union(&own.into_iter().collect());
        (taken, said)
    }

    /// The planned maintenance between two instants.
    pub(super) fn maintenance(&self, from: Timestamp, to: Timestamp) -> Spans {
        let mut all = self.once.within(from, to);
        for (week, zone) in &self.weekly {
            if let Some((first, last)) = dates(from, to, zone) {
                all = all.union(&week.spans(first, last, zone).within(from, to));
            }
        }
        for (file, zone) in &self.files {
            all = all.union(&file.within(from, to, zone.rules()).within(from, to));
        }
        all
    }

    /// The first instant after `at` at which it opens or closes, before the horizon.
    pub(super) fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        if self.never_closes() {
            return None;
        }
        let end = horizon(at);
        let (mut from, mut length) = (at, 16 * DAY);
        let mut was_open = None;
        while from < end {
            let to = moved(from, length).min(end);
            let open = self.open(from, to);
            if open.contains(from) != *was_open.get_or_insert_with(|| open.contains(at)) {
                return Some(from);
            }
            if let Some(change) = open.next_change(from).filter(|change| *change < to) {
                return Some(change);
            }
            (from, length) = (to, length * 4);
        }
        None
    }

    /// When it is open between two instants: the stated hours without maintenance.
    pub(super) fn open(&self, from: Timestamp, to: Timestamp) -> Spans {
        self.stated(from, to).difference(&self.maintenance(from, to))
    }
}

/// How far ahead of an instant a change is looked for: a hundred years.
pub(super) fn horizon(at: Timestamp) -> Timestamp {
    moved(at, 36_525 * DAY)
}

/// An instant some hours away; at the ends of what can be held, that end.
pub(super) fn moved(at: Timestamp, hours: i64) -> Timestamp {
    at.checked_add(hours.hours()).unwrap_or(if hours < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The dates whose hours may reach between two instants: two more before, for hours that reach over midnight and for a date
/// that a zone left out, and one more after.
fn dates(from: Timestamp, to: Timestamp, zone: &Zone) -> Option<(Date, Date)> {
    let (first, last) = (zone.date(from), zone.date(to));
    (from < to).then(|| (first.saturating_sub(2.days()), last.saturating_add(1.day())))
}

/// The dates from one to another, both included.
fn each(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors((from <= to).then_some(from), move |date| date.tomorrow().ok().filter(|next| *next <= to))
}
