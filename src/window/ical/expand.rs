//! The instances of events within a range: rules followed, exceptions taken out, lengths added.
//!
//! Begins near the range, and ends when its budget does: what is missing then is told, never left out in silence.

use crate::window::ical::event::Event;
use crate::window::ical::length::Length;
use crate::window::ical::moment::{DAY, Moment, instant, seconds};
use crate::window::ical::walk::{Spent, walk};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// The most repeated instances of one range.
pub(super) const INSTANCES: u64 = 200_000;
/// The most days and times that are looked at for one range.
pub(super) const STEPS: u64 = 20_000_000;
/// More than any clock on a wall is ever set forward or back.
const SLACK: i64 = 2 * DAY;

/// What one range may cost.
pub(super) struct Budget {
    instances: u64,
    steps: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { instances: INSTANCES, steps: STEPS }
    }
}

fn spend(left: &mut u64) -> Result<(), Spent> {
    *left = left.checked_sub(1).ok_or(Spent)?;
    Ok(())
}

/// Starts that do not take place, ready to be looked up.
#[derive(Default)]
struct Except {
    days: Vec<Date>,
    instants: Vec<Timestamp>,
}

impl Except {
    fn of<'m>(moments: impl Iterator<Item = &'m Moment>, floating: &TimeZone) -> Self {
        let mut except = Self::default();
        for moment in moments {
            match moment {
                Moment::Day(day) => except.days.push(*day),
                moment => except.instants.extend(moment.instant(floating)),
            }
        }
        except.days.sort_unstable();
        except.instants.sort_unstable();
        except
    }

    fn has(&self, wall: DateTime, at: Timestamp) -> bool {
        self.instants.binary_search(&at).is_ok() || self.has_day(wall.date())
    }

    fn has_day(&self, day: Date) -> bool {
        self.days.binary_search(&day).is_ok()
    }
}

impl Event {
    /// The instances that have a part in the range, each as start and end; those found before the budget was spent are pushed in any
    /// case.
    pub(super) fn instances(
        &self,
        (from, to): (Timestamp, Timestamp),
        floating: &TimeZone,
        budget: &mut Budget,
        push: &mut dyn FnMut(Timestamp, Timestamp),
    ) -> Result<(), Spent> {
        if from >= to {
            return Ok(());
        }
        let zone = self.start.zone(floating);
        let length = self.length.decided(&self.start, floating);
        let reaches = |start: Timestamp, end: Timestamp| (start < to && end > from).then_some((start, end));
        let of = |wall: DateTime, at: Timestamp| reaches(at, length.end(wall, at, zone));
        if self.is_single() && self.except.is_empty() {
            if let Some((start, end)) = self.start.instant(floating).and_then(|at| of(self.start.wall(), at)) {
                push(start, end);
            }
            return Ok(());
        }
        let except = Except::of(self.except.iter(), floating);
        let (mut found, own) = self.further(&except, floating, &reaches, &of);
        let slack = if zone.to_fixed_offset().is_ok() { 0 } else { SLACK };
        let range = (
            seconds(zone.to_datetime(from)).saturating_sub(length.reach(&self.start)).saturating_sub(slack),
            seconds(zone.to_datetime(to)).saturating_add(slack),
        );
        let ended = self.walls(zone, range, budget, &mut |wall, left| {
            let Some(at) = instant(wall, zone) else { return Ok(()) };
            if let Some(instance) = of(wall, at).filter(|_| !except.has(wall, at) && own.binary_search(&at).is_err()) {
                spend(left)?;
                found.push(instance);
            }
            Ok(())
        });
        found.sort_unstable();
        found.dedup_by_key(|(start, _)| *start);
        found.into_iter().for_each(|(start, end)| push(start, end));
        ended
    }

    /// The further instances that have a part in the range, and the starts of those with a length of their own, in order: such a one
    /// takes the place of the instance that starts with it (section 3.8.5.3).
    fn further(
        &self,
        except: &Except,
        floating: &TimeZone,
        reaches: &dyn Fn(Timestamp, Timestamp) -> Option<(Timestamp, Timestamp)>,
        of: &dyn Fn(DateTime, Timestamp) -> Option<(Timestamp, Timestamp)>,
    ) -> (Vec<(Timestamp, Timestamp)>, Vec<Timestamp>) {
        let (mut found, mut own) = (Vec::new(), Vec::new());
        for (moment, period) in &self.more {
            let Some(at) = moment.instant(floating) else { continue };
            // It may be written in another zone than the start, whose days are meant.
            let wall = self.start.zone(floating).to_datetime(at);
            if except.has(wall, at) {
                continue;
            }
            let Some(period) = period else {
                found.extend(of(wall, at));
                continue;
            };
            own.push(at);
            let end = period.decided(moment, floating).end(moment.wall(), at, moment.zone(floating));
            found.extend(reaches(at, end));
        }
        own.sort_unstable();
        (found, own)
    }

    /// The days of an all-day event that lie in the range, as first day and day after the last; nothing of any other event.
    pub(super) fn days(&self, from: Date, to: Date, budget: &mut Budget, push: &mut dyn FnMut(Date, Date)) -> Result<(), Spent> {
        let (Moment::Day(_), Length::Nominal { days, .. }) = (&self.start, self.length) else { return Ok(()) };
        let except = Except::of(self.except.iter(), &TimeZone::UTC);
        let mut add = |first: Date| {
            let last = first.saturating_add(jiff::SignedDuration::from_secs(days.saturating_mul(DAY)));
            let meets = first < to && last > from && !except.has_day(first);
            if meets {
                push(first.max(from), last.min(to));
            }
            meets
        };
        for (moment, _) in &self.more {
            add(moment.wall().date());
        }
        let midnight = |day: Date| seconds(day.to_datetime(Time::midnight()));
        let range = (midnight(from).saturating_sub(days.saturating_mul(DAY)), midnight(to));
        self.walls(&TimeZone::UTC, range, budget, &mut |wall, left| if add(wall.date()) { spend(left) } else { Ok(()) })
    }

    /// The wall times of the start and of the rules within a range, in seconds on the wall; one may come twice.
    fn walls(
        &self,
        zone: &TimeZone,
        range: (i64, i64),
        budget: &mut Budget,
        each: &mut dyn FnMut(DateTime, &mut u64) -> Result<(), Spent>,
    ) -> Result<(), Spent> {
        let start = self.start.wall();
        if self.rules.is_empty() {
            return each(start, &mut budget.instances);
        }
        let Budget { instances, steps } = budget;
        for rule in &self.rules {
            let until = rule.until;
            walk(rule, start, range, steps, &mut |wall| match until {
                Some(until) if !until.allows(wall, zone) => Ok(()),
                _ => each(wall, instances),
            })?;
        }
        Ok(())
    }
}
