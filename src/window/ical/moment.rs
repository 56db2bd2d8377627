//! A date or a time as a calendar writes it: a day, a wall time wherever one is, or a wall time of a zone.
//!
//! Never the time of any clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The seconds of a day on the wall.
pub(super) const DAY: i64 = 86_400;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A date or a time (RFC 5545, sections 3.3.4 and 3.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A day, of whoever looks at it.
    Day(Date),
    /// A wall time in the zone of whoever looks at it.
    Floating(DateTime),
    /// A wall time in a zone; in UTC that of the instant.
    Zoned(DateTime, TimeZone),
}

impl Moment {
    /// What the clock on the wall shows; of a day its midnight.
    pub(super) fn wall(&self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Floating(wall) | Self::Zoned(wall, _) => *wall,
        }
    }

    /// The zone that the wall stands in.
    pub(super) fn zone<'z>(&'z self, floating: &'z TimeZone) -> &'z TimeZone {
        match self {
            Self::Day(_) | Self::Floating(_) => floating,
            Self::Zoned(_, zone) => zone,
        }
    }

    /// The instant; `None` beyond the end of time.
    pub(super) fn instant(&self, floating: &TimeZone) -> Option<Timestamp> {
        instant(self.wall(), self.zone(floating))
    }

    /// The same as the start of an event would write it: what excludes, adds or replaces an instance is often written in a form of
    /// its own. `None` where a time of day is to stand for a whole day.
    pub(super) fn in_the_manner_of(self, start: &Self) -> Option<Self> {
        match (start, self) {
            (Self::Day(_), Self::Floating(wall) | Self::Zoned(wall, _)) => {
                (wall.time() == Time::midnight()).then(|| Self::Day(wall.date()))
            }
            (Self::Zoned(_, zone), Self::Floating(wall)) => Some(Self::Zoned(wall, zone.clone())),
            (_, other) => Some(other),
        }
    }
}

/// The instant of a wall time: the first where there are two, by the offset before the gap where there is none (RFC 5545, section
/// 3.3.5). `None` beyond the end of time.
pub(super) fn instant(wall: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(wall).ok()
}

/// A wall time in seconds since 1970, for arithmetic that knows no zone.
pub(super) fn seconds(wall: DateTime) -> i64 {
    wall.duration_since(EPOCH).as_secs()
}

/// The wall time of so many seconds since 1970; `None` beyond the calendar.
pub(super) fn wall(seconds: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Moment, instant, seconds, wall};
    use jiff::civil::{Date, DateTime, date, datetime};
    use jiff::tz::TimeZone;

    #[test]
    fn a_wall_time_in_a_gap_goes_by_the_offset_before_and_one_that_occurs_twice_is_the_first() {
        let paris = TimeZone::get("Europe/Paris").expect("a zone");
        for (at, expected) in [
            (datetime(2026, 3, 29, 2, 30, 0, 0), "2026-03-29T01:30:00Z"),
            (datetime(2026, 3, 29, 3, 30, 0, 0), "2026-03-29T01:30:00Z"),
            (datetime(2026, 10, 25, 2, 30, 0, 0), "2026-10-25T00:30:00Z"),
            (datetime(2026, 10, 25, 3, 0, 0, 0), "2026-10-25T02:00:00Z"),
        ] {
            assert_eq!(instant(at, &paris).map(|t| t.to_string()).as_deref(), Some(expected));
        }
        assert_eq!(instant(DateTime::MAX, &TimeZone::UTC), None);
    }

    #[test]
    fn seconds_count_over_the_whole_calendar() {
        for at in [DateTime::MIN, datetime(1969, 12, 31, 23, 59, 59, 0), datetime(9999, 12, 31, 23, 59, 59, 0)] {
            assert_eq!(wall(seconds(at)), Some(at));
        }
        assert_eq!(wall(i64::MAX), None);
        assert_eq!(seconds(datetime(1970, 1, 2, 0, 0, 1, 0)), 86_401);
    }

    #[test]
    fn only_a_midnight_stands_for_a_day() {
        let day = |d: Date| Moment::Day(d);
        let start = day(date(2026, 1, 1));
        let utc = |h| Moment::Zoned(datetime(2026, 1, 2, h, 0, 0, 0), TimeZone::UTC);
        assert_eq!(utc(0).in_the_manner_of(&start), Some(day(date(2026, 1, 2))));
        assert_eq!(utc(23).in_the_manner_of(&start), None);
        let floating = Moment::Floating(datetime(2026, 1, 2, 9, 0, 0, 0));
        assert_eq!(floating.clone().in_the_manner_of(&floating), Some(floating.clone()));
        let zoned = Moment::Zoned(datetime(2026, 1, 2, 9, 0, 0, 0), TimeZone::UTC);
        assert_eq!(floating.in_the_manner_of(&utc(9)), Some(zoned));
    }
}
