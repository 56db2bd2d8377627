//! Recurrence rules: their parts, and what they take from the start (RFC 5545, section 3.3.10).
//!
//! Knows no text, and counts no instances.

use crate::window::ical::moment::instant;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

/// How often, the most often first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The last start that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Any on that day, in the zone of the event.
    Day(Date),
    /// A wall time of the event's zone.
    Wall(DateTime),
    /// An instant.
    Utc(Timestamp),
}

impl Until {
    /// Whether a start at a wall time counts.
    pub(super) fn allows(&self, wall: DateTime, zone: &TimeZone) -> bool {
        match self {
            Self::Day(day) => wall.date() <= *day,
            Self::Wall(last) => wall <= *last,
            Self::Utc(last) => instant(wall, zone).is_some_and(|start| start <= *last),
        }
    }
}

/// A recurrence rule. Lists that are empty were not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) count: Option<u64>,
    pub(super) until: Option<Until>,
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    /// Which of such days in the month or year, 0 for all of them; and the day.
    pub(super) days: Vec<(i16, Weekday)>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
}

impl Rule {
    /// The rule that says how often and nothing else.
    pub(super) fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// Takes what the rule leaves open from the start, as the section says: the day, the weekday, the time of day.
    pub(super) fn bind(&mut self, start: DateTime) {
        let no_day = self.year_days.is_empty() && self.month_days.is_empty() && self.days.is_empty();
        match self.frequency {
            Frequency::Yearly if no_day && !self.weeks.is_empty() => self.days.push((0, start.weekday())),
            Frequency::Yearly if no_day => {
                or(&mut self.months, start.month());
                self.month_days.push(i16::from(start.day()));
            }
            Frequency::Monthly if no_day => self.month_days.push(i16::from(start.day())),
            Frequency::Weekly if no_day => self.days.push((0, start.weekday())),
            _ => {}
        }
        if self.frequency >= Frequency::Daily {
            or(&mut self.hours, start.hour());
        }
        if self.frequency >= Frequency::Hourly {
            or(&mut self.minutes, start.minute());
        }
        if self.frequency >= Frequency::Minutely {
            or(&mut self.seconds, start.second());
        }
    }

    /// Takes away the parts of a time of day, which say nothing of all-day events.
    ///
    /// True where there was one.
    pub(super) fn drop_times(&mut self) -> bool {
        let had = !(self.hours.is_empty() && self.minutes.is_empty() && self.seconds.is_empty());
        self.hours.clear();
        self.minutes.clear();
        self.seconds.clear();
        had
    }
}

fn or(list: &mut Vec<i16>, otherwise: i8) {
    if list.is_empty() {
        list.push(i16::from(otherwise));
    }
}
