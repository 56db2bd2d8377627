//! How long an event lasts: to an end, which is a length of time that passes, or for a duration, which counts days on the calendar.
//!
//! RFC 5545, sections 3.3.6 and 3.8.5.3. Repeats nothing.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::window::ical::component::Component;
use crate::window::ical::event::Desk;
use crate::window::ical::line::Content;
use crate::window::ical::moment::{DAY, Moment, instant, seconds, wall};
use crate::window::ical::value::duration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::ops::Range;

/// How long an event lasts, every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many seconds as they pass: what an end means.
    Exact(i64),
    /// So many days on the calendar, then seconds as they pass: what a duration means. All-day events have days alone.
    Nominal {
        /// Days, of 23 to 25 hours.
        days: i64,
        /// Seconds after them.
        seconds: i64,
    },
    /// To a wall time of whoever looks at it: as long as that is for the first instance.
    ToWall(DateTime),
}

impl Length {
    /// The same with what depends on the zone of whoever looks at it decided.
    pub(super) fn decided(self, start: &Moment, floating: &TimeZone) -> Self {
        let Self::ToWall(end) = self else { return self };
        let instants = start.instant(floating).zip(instant(end, floating));
        let passed = instants.map_or(0, |(from, to)| to.duration_since(from).as_secs());
        // Where the start falls into a gap the end may come before it: then the clock on the wall says how long.
        Self::Exact(if passed > 0 { passed } else { seconds(end) - seconds(start.wall()) })
    }

    /// The end of an instance that starts at a wall time, which is an instant.
    pub(super) fn end(&self, start: DateTime, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let (begin, passing) = match *self {
            Self::Exact(seconds) | Self::Nominal { days: 0, seconds } => (Some(at), seconds),
            Self::Nominal { days, seconds: passing } => {
                let midnight = seconds(start).saturating_add(days.saturating_mul(DAY));
                (wall(midnight).and_then(|wall| instant(wall, zone)), passing)
            }
            Self::ToWall(end) => (instant(end, zone), 0),
        };
        begin.and_then(|begin| begin.checked_add(SignedDuration::from_secs(passing)).ok()).unwrap_or(Timestamp::MAX)
    }

    /// At least as many seconds on the wall as an instance lasts, but for changes of the clock.
    pub(super) fn reach(&self, start: &Moment) -> i64 {
        match *self {
            Self::Exact(seconds) => seconds,
            Self::Nominal { days, seconds } => days.saturating_mul(DAY).saturating_add(seconds),
            Self::ToWall(end) => seconds(end) - seconds(start.wall()),
        }
    }
}

fn no_time(message: &str) -> Diagnostic {
    Diagnostic::warning("calendar/no-time", message).hint("write DTEND after DTSTART, or a DURATION")
}

impl Desk<'_, '_> {
    /// How long an event lasts; `None` where what says so is wrong, which is told.
    pub(super) fn length(&mut self, component: &Component<'_>, start: &Moment, at: Span) -> Option<Length> {
        let end = component.one("DTEND", self.faults);
        let lasting = component.one("DURATION", self.faults);
        match (end, lasting) {
            (Some(end), Some(lasting)) => {
                let fault = Diagnostic::error("calendar/conflict", "an event has both DTEND and DURATION");
                self.faults.tell_of(lasting.whole(), end.whole(), "the end", fault.hint("keep one of them"));
                None
            }
            (Some(content), None) => {
                let range = 0..content.value().len();
                let end = self.moment(content, range.clone())?;
                self.until(start, &end, content.span(&range))
            }
            (None, Some(content)) => self.lasting(content, 0..content.value().len(), start),
            (None, None) if matches!(start, Moment::Day(_)) => Some(Length::Nominal { days: 1, seconds: 0 }),
            (None, None) => {
                self.faults.tell(at, no_time("an event takes no time: it has neither DTEND nor DURATION"));
                Some(Length::Exact(0))
            }
        }
    }

    /// From a start to an end.
    pub(super) fn until(&mut self, start: &Moment, end: &Moment, at: Span) -> Option<Length> {
        let (length, passed) = match (start, end) {
            (Moment::Day(from), Moment::Day(to)) => {
                let days = to.duration_since(*from).as_secs() / DAY;
                if days == 0 {
                    let fault = Diagnostic::warning(
                        "calendar/value",
                        "an all-day event ends on the day on which it starts: it counts as one day",
                    );
                    self.faults.tell(at, fault.hint("DTEND is the first day after the event"));
                }
                (Length::Nominal { days: days.max(1), seconds: 0 }, if days == 0 { 1 } else { days })
            }
            (Moment::Floating(from), Moment::Floating(to)) => (Length::ToWall(*to), seconds(*to) - seconds(*from)),
            (Moment::Zoned(from, zone), Moment::Zoned(to, other)) => {
                let instants = instant(*from, zone).zip(instant(*to, other));
                let passed = instants.map_or(0, |(from, to)| to.duration_since(from).as_secs());
                let on_the_wall = seconds(*to) - seconds(*from);
                // Where the start falls into a gap the end may come before it: then the clock on the wall says how long.
                let passed = if passed <= 0 && on_the_wall > 0 && zone == other { on_the_wall } else { passed };
                (Length::Exact(passed), passed)
            }
            _ => {
                let fault = Diagnostic::error("calendar/value", "DTSTART and DTEND are not of one kind");
                let hint = "both are dates, or both times with a zone or in UTC, or both times without";
                self.faults.tell(at, fault.hint(hint));
                return None;
            }
        };
        if passed < 0 {
            let fault = Diagnostic::error("calendar/value", "an event ends before it starts");
            self.faults.tell(at, fault.hint("one that goes over midnight ends on the next day"));
            return None;
        }
        if passed == 0 {
            self.faults.tell(at, no_time("an event takes no time: it ends when it starts"));
        }
        Some(length)
    }

    /// For a duration.
    pub(super) fn lasting(&mut self, content: &Content<'_>, range: Range<usize>, start: &Moment) -> Option<Length> {
        let at = content.span(&range);
        let nominal = duration(content.value()[range].trim()).map_err(|fault| self.faults.tell(at, fault)).ok()?;
        let (days, seconds) = (nominal.days, nominal.seconds);
        if days < 0 || seconds < 0 {
            let fault = Diagnostic::error("calendar/value", "an event ends before it starts");
            self.faults.tell(at, fault.hint("the DURATION of an event is not negative"));
            return None;
        }
        if !matches!(start, Moment::Day(_)) {
            if days == 0 && seconds == 0 {
                self.faults.tell(at, no_time("an event takes no time"));
            }
            return Some(Length::Nominal { days, seconds });
        }
        let whole = days + seconds / DAY;
        if seconds % DAY != 0 || whole == 0 {
            let fault = Diagnostic::error("calendar/value", "an all-day event does not last whole days");
            self.faults.tell(at, fault.hint("write P1D, or a DTSTART with a time"));
            return None;
        }
        Some(Length::Nominal { days: whole, seconds: 0 })
    }
}
