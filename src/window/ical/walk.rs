//! The walk through a recurrence rule: the wall times that it names, in order, near a range (RFC 5545, section 3.3.10).
//!
//! Counts on the wall alone: knows no zone, no exception and no length. Ends when its budget does, and says so.

use crate::window::ical::moment::{DAY, seconds, wall};
use crate::window::ical::rule::{Frequency, Rule};
use jiff::civil::{Date, DateTime, Weekday};

/// The budget is spent before the walk is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent;

/// Goes through the wall times of a rule that is bound to its start: first the start itself, which counts whether the rule names
/// it or not, then what the rule names after it, as far as between `first` and `last`, both included and in seconds on the wall.
/// Each day or time that is looked at takes one of `steps`.
///
/// # Errors
/// That the steps are used up, or that `each` wants no more.
pub(super) fn walk(
    rule: &Rule,
    start: DateTime,
    (first, last): (i64, i64),
    steps: &mut u64,
    each: &mut dyn FnMut(DateTime) -> Result<(), Spent>,
) -> Result<(), Spent> {
    let from = seconds(start);
    let (first, last) = (first.max(seconds(DateTime::MIN)), last.min(seconds(DateTime::MAX)));
    if first <= from && from <= last {
        each(start)?;
    }
    let left = rule.count.map(|count| count - 1);
    let mut walk = Walk { rule, start: from, first, last, left, steps, each };
    let stopped = if rule.frequency >= Frequency::Daily { walk.by_days(start) } else { walk.by_seconds() };
    match stopped {
        Err(Stop::Spent) => Err(Spent),
        Ok(()) | Err(Stop::Done) => Ok(()),
    }
}

enum Stop {
    Done,
    Spent,
}

impl From<Spent> for Stop {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

struct Walk<'w> {
    rule: &'w Rule,
    start: i64,
    first: i64,
    last: i64,
    /// How many are still to come, where they are counted.
    left: Option<u64>,
    steps: &'w mut u64,
    each: &'w mut dyn FnMut(DateTime) -> Result<(), Spent>,
}

impl Walk<'_> {
    fn step(&mut self) -> Result<(), Stop> {
        *self.steps = self.steps.checked_sub(1).ok_or(Stop::Spent)?;
        Ok(())
    }

    /// Where a rule that counts has to be walked from its start, any other begins near the range.
    fn nearest(&self, origin: i64, target: i64) -> i64 {
        if self.left.is_some() || target <= origin {
            return origin;
        }
        origin + (target - origin) / self.rule.interval * self.rule.interval
    }

    /// Years, months, weeks and days.
    fn by_days(&mut self, start: DateTime) -> Result<(), Stop> {
        let times = self.times()?;
        let origin = self.index(start.date());
        let near = wall(self.first).map_or(origin, |first| self.index(first.date()));
        let end = wall(self.last).map_or(i64::MAX, |last| self.index(last.date()));
        let mut period = self.nearest(origin, near);
        let mut days = Vec::new();
        while period <= end {
            self.step()?;
            days.clear();
            self.days(period, &mut days)?;
            self.emit(&days, &times)?;
            period = period.checked_add(self.rule.interval).ok_or(Stop::Done)?;
        }
        Ok(())
    }

    /// The times of a day, in seconds.
    fn times(&mut self) -> Result<Vec<i64>, Stop> {
        let mut times = Vec::new();
        for hour in &self.rule.hours {
            for minute in &self.rule.minutes {
                for second in &self.rule.seconds {
                    self.step()?;
                    times.push(i64::from(*hour) * 3_600 + i64::from(*minute) * 60 + i64::from(*second));
                }
            }
        }
        Ok(times)
    }

    /// The number of the year, month, week or day that a date lies in.
    fn index(&self, date: Date) -> i64 {
        let day = seconds(date.to_datetime(jiff::civil::Time::midnight())).div_euclid(DAY);
        match self.rule.frequency {
            Frequency::Yearly => i64::from(date.year()),
            Frequency::Monthly => i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
            Frequency::Weekly => (day - week_phase(self.rule.week_start)).div_euclid(7),
            _ => day,
        }
    }

    /// The days of a period that the rule names, at midnight.
    fn days(&mut self, period: i64, into: &mut Vec<i64>) -> Result<(), Stop> {
        match self.rule.frequency {
            Frequency::Yearly => {
                for month in 1..=12 {
                    self.month(period, month, into)?;
                }
                Ok(())
            }
            Frequency::Monthly => self.month(period.div_euclid(12), period.rem_euclid(12) + 1, into),
            Frequency::Weekly => {
                let first = period * 7 + week_phase(self.rule.week_start);
                (first..first + 7).try_for_each(|day| self.day(day, into))
            }
            _ => self.day(period, into),
        }
    }

    fn month(&mut self, year: i64, month: i64, into: &mut Vec<i64>) -> Result<(), Stop> {
        if !(self.rule.months.is_empty() || self.rule.months.iter().any(|m| i64::from(*m) == month)) {
            return Ok(());
        }
        let first = i16::try_from(year).ok().zip(i8::try_from(month).ok());
        let first = first.and_then(|(year, month)| Date::new(year, month, 1).ok()).ok_or(Stop::Done)?;
        let midnight = seconds(first.to_datetime(jiff::civil::Time::midnight()));
        for day in 1..=first.days_in_month() {
            self.step()?;
            if first.with().day(day).build().is_ok_and(|date| fits(self.rule, date)) {
                into.push(midnight + i64::from(day - 1) * DAY);
            }
        }
        Ok(())
    }

    fn day(&mut self, day: i64, into: &mut Vec<i64>) -> Result<(), Stop> {
        self.step()?;
        let midnight = day.checked_mul(DAY).ok_or(Stop::Done)?;
        if wall(midnight).is_some_and(|wall| fits(self.rule, wall.date())) {
            into.push(midnight);
        }
        Ok(())
    }

    /// Hours, minutes and seconds: what no instance lies in is passed over at once.
    fn by_seconds(&mut self) -> Result<(), Stop> {
        let unit = match self.rule.frequency {
            Frequency::Hourly => 3_600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let inner = self.inner_times()?;
        let origin = self.start - self.start.rem_euclid(unit);
        let pace = unit * self.rule.interval;
        let not_before = |target: i64| match target.checked_sub(origin) {
            Some(ahead) if ahead > 0 => origin.checked_add((ahead - 1) / pace * pace).and_then(|at| at.checked_add(pace)),
            _ => Some(origin),
        };
        let near = if self.left.is_some() { origin } else { self.first.saturating_sub(unit) };
        let mut at = not_before(near).ok_or(Stop::Done)?;
        let mut known: Option<(i64, Date, bool)> = None;
        while at <= self.last {
            self.step()?;
            let day = at.div_euclid(DAY);
            let (date, is_named) = match known {
                Some((same, date, is_named)) if same == day => (date, is_named),
                _ => {
                    let date = wall(at).ok_or(Stop::Done)?.date();
                    let is_named = fits(self.rule, date);
                    known = Some((day, date, is_named));
                    (date, is_named)
                }
            };
            let skip = if is_named { self.skip_within(at, unit) } else { Some(self.skip_days(date, day)) };
            at = match skip {
                Some(target) => not_before(target),
                None => {
                    self.emit(&[at], &inner)?;
                    at.checked_add(pace)
                }
            }
            .ok_or(Stop::Done)?;
        }
        Ok(())
    }

    /// The times within an hour or a minute, in seconds from its beginning.
    fn inner_times(&mut self) -> Result<Vec<i64>, Stop> {
        let mut times = Vec::new();
        let minutes = if self.rule.frequency == Frequency::Hourly { self.rule.minutes.as_slice() } else { &[0] };
        let seconds = if self.rule.frequency == Frequency::Secondly { &[0] } else { self.rule.seconds.as_slice() };
        for minute in minutes {
            for second in seconds {
                self.step()?;
                times.push(i64::from(*minute) * 60 + i64::from(*second));
            }
        }
        Ok(times)
    }

    /// Where to go on when a day is none of the rule's.
    fn skip_days(&self, date: Date, day: i64) -> i64 {
        let months = &self.rule.months;
        let days = if months.is_empty() || months.contains(&i16::from(date.month())) {
            1
        } else {
            i64::from(date.days_in_month() - date.day()) + 1
        };
        (day + days) * DAY
    }

    /// Where to go on when an hour, a minute or a second is none of the rule's.
    fn skip_within(&self, at: i64, unit: i64) -> Option<i64> {
        let of_day = at.rem_euclid(DAY);
        let lacks = |list: &[i16], value: i64| !(list.is_empty() || list.iter().any(|v| i64::from(*v) == value));
        if lacks(&self.rule.hours, of_day / 3_600) {
            Some(at - at.rem_euclid(3_600) + 3_600)
        } else if unit <= 60 && lacks(&self.rule.minutes, of_day / 60 % 60) {
            Some(at - at.rem_euclid(60) + 60)
        } else if unit == 1 && lacks(&self.rule.seconds, of_day % 60) {
            Some(at + 1)
        } else {
            None
        }
    }

    /// The instances of one period: every base with every offset, or those of them at the positions asked for.
    fn emit(&mut self, bases: &[i64], offsets: &[i64]) -> Result<(), Stop> {
        if self.rule.positions.is_empty() {
            let longest = offsets.last().copied().unwrap_or(0);
            for base in bases {
                // Nothing before the range is of interest, except where it counts.
                if self.left.is_none() && base + longest < self.first {
                    continue;
                }
                for offset in offsets {
                    self.hit(base + offset)?;
                }
            }
            return Ok(());
        }
        let size = i64::try_from(bases.len() * offsets.len()).unwrap_or(i64::MAX);
        let from_start = |position: &i16| if *position > 0 { i64::from(*position) - 1 } else { size + i64::from(*position) };
        let mut chosen: Vec<usize> =
            self.rule.positions.iter().map(from_start).filter(|p| *p < size).filter_map(|p| usize::try_from(p).ok()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        for position in chosen {
            self.hit(bases[position / offsets.len()] + offsets[position % offsets.len()])?;
        }
        Ok(())
    }

    fn hit(&mut self, at: i64) -> Result<(), Stop> {
        self.step()?;
        if at <= self.start {
            return Ok(());
        }
        if at > self.last {
            return Err(Stop::Done);
        }
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).ok_or(Stop::Done)?;
        }
        if at >= self.first {
            (self.each)(wall(at).ok_or(Stop::Done)?)?;
        }
        Ok(())
    }
}

/// The day, counted from 1970, on which the weeks begin that the others are counted from.
fn week_phase(start: Weekday) -> i64 {
    // 1970-01-05 was a Monday.
    4 + i64::from(start.to_monday_zero_offset())
}

/// Whether the rule names a day; what it says of times apart.
fn fits(rule: &Rule, date: Date) -> bool {
    let has =
        |list: &[i16], value: i16, length: i16| list.is_empty() || list.iter().any(|v| *v == value || *v == value - length - 1);
    (rule.months.is_empty() || rule.months.contains(&i16::from(date.month())))
        && has(&rule.month_days, i16::from(date.day()), i16::from(date.days_in_month()))
        && has(&rule.year_days, date.day_of_year(), date.days_in_year())
        && (rule.weeks.is_empty() || week(date, rule.week_start).is_some_and(|(week, weeks)| has(&rule.weeks, week, weeks)))
        && (rule.days.is_empty() || rule.days.iter().any(|day| is_day(rule, *day, date)))
}

/// Whether a date is such a weekday: any, or the one of that number in its month or year.
fn is_day(rule: &Rule, (which, weekday): (i16, Weekday), date: Date) -> bool {
    if date.weekday() != weekday || which == 0 {
        return date.weekday() == weekday;
    }
    let (day, length) = if rule.frequency == Frequency::Monthly || !rule.months.is_empty() {
        (i16::from(date.day()), i16::from(date.days_in_month()))
    } else {
        (date.day_of_year(), date.days_in_year())
    };
    if which > 0 { (day - 1) / 7 + 1 == which } else { (length - day) / 7 + 1 == -which }
}

/// The number of the week that a date lies in, and how many weeks that year has: week 1 is the first with four days in the year.
fn week(date: Date, start: Weekday) -> Option<(i16, i16)> {
    let middle = |date: Date| {
        let into = (date.weekday().to_monday_zero_offset() - start.to_monday_zero_offset()).rem_euclid(7);
        date.checked_add(jiff::Span::new().days(3 - i64::from(into))).ok()
    };
    let number = |middle: Date| (middle.day_of_year() - 1) / 7 + 1;
    let own = middle(date)?;
    let last = middle(Date::new(own.year(), 12, 28).ok()?)?;
    Some((number(own), number(last)))
}
