//! iCalendar files (RFC 5545): planned maintenance as stretches of time, all-day events as days.
//!
//! Reads what the calendars of others export, and expands it within a range. Never fetches a file, and judges no availability.

mod component;
mod custom;
mod event;
mod expand;
mod faults;
mod length;
mod line;
mod moment;
mod names;
mod recur;
mod rule;
mod series;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod windows;
mod zone;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Source;
use crate::window::spans::{Spans, Stretch};
use component::{Component, Kind};
use event::{Desk, Event};
use expand::Budget;
use faults::{Faults, shown};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;
use walk::Spent;
use zone::Zones;

/// The events of an iCalendar text that take place.
///
/// Every event that is not cancelled counts, also one that is tentative, and one that leaves its owner free for others
/// (`TRANSP:TRANSPARENT`, which all-day events often carry): that is about the owner's time, not about the service's.
#[derive(Clone, Debug)]
pub struct Calendar {
    source: Arc<Source>,
    events: Vec<Event>,
}

/// One time that an event takes place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// From when to when; whole, also where only a part of it lies in the range asked for.
    pub stretch: Stretch,
    /// What the event says of itself (`SUMMARY`), on one line; empty where it says nothing.
    pub summary: String,
}

/// What was found in a range, and what stood in the way of finding all of it.
#[derive(Clone, Debug)]
pub struct Expanded<T> {
    /// What was found.
    pub found: T,
    /// An error for every event that repeats more often than can be followed within one range: part of its instances is missing.
    /// Empty where all were found.
    pub limits: Diagnostics,
}

impl<T> Expanded<T> {
    /// True where nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.limits.is_empty()
    }

    fn map<U>(self, f: impl FnOnce(T) -> U) -> Expanded<U> {
        Expanded { found: f(self.found), limits: self.limits }
    }
}

/// Reads a text of one or more calendars.
///
/// All that is wrong is told at its place. With an error among it something may be missing from the calendar, which is given all the
/// same; `None` only of a text that is refused as a whole: no iCalendar, over 16 MiB, over 100,000 events, or nested beyond reason.
#[must_use]
pub fn read(source: &Arc<Source>) -> (Option<Calendar>, Diagnostics) {
    let mut faults = Faults::new(source);
    let Some(calendars) = component::read(source, &mut faults) else { return (None, faults.finish()) };
    let mut zones = Zones::new();
    let mut drafts = Vec::new();
    for calendar in &calendars {
        let cancels = frame(calendar, &mut faults);
        zones.enter(calendar, &mut faults);
        let mut desk = Desk { zones: &mut zones, faults: &mut faults, cancels };
        let events = calendar.inner.iter().filter(|inner| inner.kind == Kind::Event);
        drafts.extend(events.filter_map(|event| desk.draft(event)));
    }
    let events = series::gather(drafts, &mut faults);
    (Some(Calendar { source: Arc::clone(source), events }), faults.finish())
}

/// What a calendar says of all its events; true where it says that they are cancelled.
fn frame(calendar: &Component<'_>, faults: &mut Faults) -> bool {
    let hint = "export the calendar as iCalendar 2.0 with the Gregorian calendar";
    for (name, known) in [("VERSION", "2.0"), ("CALSCALE", "GREGORIAN")] {
        let Some(content) = calendar.one(name, faults) else { continue };
        let value = content.value().trim();
        // A range of versions is written `1.0;2.0`.
        if !value.split(';').any(|part| part.eq_ignore_ascii_case(known)) {
            let fault = Diagnostic::error("calendar/unsupported", format!("a calendar of {name} {} is not read", shown(value)));
            faults.tell(content.whole(), fault.hint(hint));
        }
    }
    calendar.one("METHOD", faults).is_some_and(|method| method.value().trim().eq_ignore_ascii_case("CANCEL"))
}

impl Calendar {
    /// How many events take place at all, a series counted once.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// The instants from one to another at which any event takes place. Floating times, and the days of all-day events, are those of
    /// the zone `floating`. An instance that begins before `from` and reaches beyond it counts.
    #[must_use]
    pub fn within(&self, from: Timestamp, to: Timestamp, floating: &TimeZone) -> Expanded<Spans> {
        let found = self.instances(from, to, floating);
        found.map(|found| found.into_iter().map(|(stretch, _)| stretch).collect::<Spans>().within(from, to))
    }

    /// Every time that an event takes place between two instants, in order; otherwise as [`Calendar::within`].
    #[must_use]
    pub fn occurrences(&self, from: Timestamp, to: Timestamp, floating: &TimeZone) -> Expanded<Vec<Occurrence>> {
        self.instances(from, to, floating).map(|found| {
            let occurrence = |(stretch, event): (Stretch, &Event)| Occurrence { stretch, summary: event.summary.clone() };
            let mut all: Vec<Occurrence> = found.into_iter().map(occurrence).collect();
            all.sort_unstable();
            all.dedup();
            all
        })
    }

    /// The days of all-day events from one day, that one included, to another, that one excluded; in order, each one once.
    #[must_use]
    pub fn days(&self, from: Date, to: Date) -> Expanded<Vec<Date>> {
        let mut spans: Vec<(Date, Date)> = Vec::new();
        let limits = self.each(|event, budget| event.days(from, to, budget, &mut |first, last| spans.push((first, last))));
        spans.sort_unstable();
        let mut days: Vec<Date> = Vec::new();
        for (first, last) in spans {
            let mut next = days.last().and_then(|day| day.tomorrow().ok()).map_or(first, |next| next.max(first));
            while next < last {
                days.push(next);
                let Ok(tomorrow) = next.tomorrow() else { break };
                next = tomorrow;
            }
        }
        Expanded { found: days, limits }
    }

    /// The instances with a part in the range, each with its event.
    fn instances(&self, from: Timestamp, to: Timestamp, floating: &TimeZone) -> Expanded<Vec<(Stretch, &Event)>> {
        let mut found = Vec::new();
        let limits = self.each(|event, budget| {
            event.instances((from, to), floating, budget, &mut |start, end| {
                found.extend(Stretch::new(start, end).map(|stretch| (stretch, event)));
            })
        });
        Expanded { found, limits }
    }

    /// Goes through the events with one budget for all of them, and tells those that it did not suffice for.
    fn each<'e>(&'e self, mut f: impl FnMut(&'e Event, &mut Budget) -> Result<(), Spent>) -> Diagnostics {
        let mut faults = Faults::new(&self.source);
        let mut budget = Budget::new();
        for event in &self.events {
            if f(event, &mut budget) == Err(Spent) {
                let message = format!("{} repeats too often to be followed: part of it is missing", shown(&event.summary));
                let hint = format!(
                    "ask for a shorter period, or make the rule rarer; up to {} instances are followed",
                    expand::INSTANCES
                );
                faults.tell(event.at, Diagnostic::error("calendar/limit", message).hint(hint));
            }
        }
        faults.finish()
    }
}
