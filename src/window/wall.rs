//! Times as clocks on a wall show them, and which instants they are.
//!
//! Where clocks are set back, a time that they show twice is the first one; where they are set forward, a time that they
//! never show is reckoned with the offset before (RFC 5545 section 3.3.5). Never adds hours to a midnight.

use crate::window::spans::Stretch;
use crate::window::zone::Zone;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use std::fmt;
use std::ops::Range;

/// What is wrong in a text, and which bytes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The bytes meant.
    pub at: Range<usize>,
    /// A lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Seconds that clocks count in a day, whatever the day's true length.
pub(super) const DAY: u32 = 86_400;

/// What word processors make of a `-`.
pub(super) const LONG_DASHES: [char; 3] = ['\u{2012}', '\u{2013}', '\u{2014}'];

/// A time of day as clocks show it, to the second; beyond 24:00 it is one of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u32);

impl WallTime {
    /// 00:00.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00.
    pub const END_OF_DAY: Self = Self(DAY);

    /// Reads `07:30`, `07:30:15` or `24:00`.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time of day such as 07:30 or 07:30:15");
        let pieces: Vec<&str> = text.split(':').collect();
        if !(2..=3).contains(&pieces.len()) || !pieces.iter().all(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit())) {
            return Err(wrong());
        }
        let numbers: Vec<u32> = pieces.iter().filter_map(|p| p.parse().ok()).collect();
        let (hour, minute, second) = (numbers[0], numbers[1], numbers.get(2).copied().unwrap_or(0));
        let at = Self(hour * 3_600 + minute * 60 + second);
        if minute > 59 || second > 59 || at > Self::END_OF_DAY {
            return Err(format!("`{text}` is no time of a day, which goes from 00:00 to 24:00"));
        }
        Ok(at)
    }

    /// The same time on the next day.
    #[must_use]
    pub fn next_day(self) -> Self {
        Self(self.0.saturating_add(DAY))
    }

    /// Seconds from 00:00, as clocks count.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// The instant at which clocks of a zone show it, on a date; at the ends of what can be held, that end.
    #[must_use]
    pub fn on(self, date: Date, zone: &Zone) -> Timestamp {
        let mut date = date;
        for _ in 0..self.0 / DAY {
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => return Timestamp::MAX,
            }
        }
        instant(date.to_datetime(self.time()), zone)
    }

    fn time(self) -> Time {
        let second = self.0 % DAY;
        let part = |n: u32| i8::try_from(n).unwrap_or(0);
        Time::new(part(second / 3_600), part(second / 60 % 60), part(second % 60), 0).unwrap_or(Time::midnight())
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = if self.0 > DAY { self.0 % DAY } else { self.0 };
        write!(f, "{:02}:{:02}", of_day / 3_600, of_day / 60 % 60)?;
        match of_day % 60 {
            0 => Ok(()),
            second => write!(f, ":{second:02}"),
        }
    }
}

/// The instant at which clocks of a zone show a date and a time.
fn instant(wall: DateTime, zone: &Zone) -> Timestamp {
    let end = if wall.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    // `compatible` is the rule of RFC 5545: the offset before the change, of a gap and of a fold.
    zone.rules().to_ambiguous_timestamp(wall).compatible().unwrap_or(end)
}

/// The stretch of a date in a zone, from its midnight to the next; `None` of a date that the zone left out.
#[must_use]
pub fn day(date: Date, zone: &Zone) -> Option<Stretch> {
    Stretch::new(WallTime::MIDNIGHT.on(date, zone), WallTime::END_OF_DAY.on(date, zone))
}

/// Hours of a day: from a time, that one included, to another, that one excluded, on the same day or the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    from: WallTime,
    to: WallTime,
}

impl Hours {
    /// 00:00-24:00.
    pub const ALL_DAY: Self = Self { from: WallTime::MIDNIGHT, to: WallTime::END_OF_DAY };

    /// Reads `07:30-22:00`; `22:00-06:00` ends on the next day.
    ///
    /// # Errors
    /// What is wrong with the text: no such time, nothing between the two.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let whole = |message: String, hint: &str| Wrong { at: 0..text.len(), message, hint: Some(hint.to_owned()) };
        let Some(dash) = text.find('-') else {
            let hint = if text.contains(LONG_DASHES) { "write a plain `-`" } else { "write both, as in 07:30-22:00" };
            return Err(whole(format!("`{text}` does not say from when to when"), hint));
        };
        let time = |part: Range<usize>| {
            let raw = &text[part.clone()];
            let start = part.start + raw.len() - raw.trim_start().len();
            let trimmed = raw.trim();
            let at = start..start + trimmed.len().max(1);
            WallTime::parse(trimmed).map_err(|message| Wrong { at, message, hint: Some(hint_of(trimmed)) })
        };
        let (from, to) = (time(0..dash)?, time(dash + 1..text.len())?);
        if from == WallTime::END_OF_DAY {
            return Err(whole(format!("`{text}` begins when the day is over"), "a day ends at 24:00 and begins at 00:00"));
        }
        if from == to {
            return Err(whole(format!("nothing lies between {from} and {to}"), "a whole day is 00:00-24:00"));
        }
        let to = if to < from { to.next_day() } else { to };
        Ok(Self { from, to })
    }

    /// When they begin.
    #[must_use]
    pub fn from(self) -> WallTime {
        self.from
    }

    /// When they end: beyond 24:00 where that is on the next day.
    #[must_use]
    pub fn to(self) -> WallTime {
        self.to
    }

    /// Their stretch on a date; `None` where clocks are set forward over all of it, or where the date is left out.
    #[must_use]
    pub fn on(self, date: Date, zone: &Zone) -> Option<Stretch> {
        day(date, zone)?;
        self.on_existing(date, zone)
    }

    /// The same, of a date that is known not to be left out.
    pub(super) fn on_existing(self, date: Date, zone: &Zone) -> Option<Stretch> {
        Stretch::new(self.from.on(date, zone), self.to.on(date, zone))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// What to write instead of what people write for a time: `9`, `7:30`.
fn hint_of(text: &str) -> String {
    let meant = || {
        let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
        WallTime::parse(&format!("{hour:0>2}:{minute}")).ok()
    };
    meant().map_or_else(|| "hours are written as 07:30-22:00".to_owned(), |near| format!("write {near}"))
}

/// A bound of something planned: what clocks show, or an instant by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A date and a time in the zone it is read in.
    Wall(DateTime),
    /// An instant.
    Instant(Timestamp),
}

impl Moment {
    /// Reads `2026-11-30T02:00`, with seconds or without, with `Z` or an offset where an instant is meant. A leap second
    /// (`23:59:60`) is the second before it.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a date with a time such as 2026-11-30T02:00 or 2026-11-30T02:00Z");
        if text.parse::<Date>().is_ok() && !text.contains(['T', 't', ' ']) {
            return Err(format!("`{text}` has no time of day"));
        }
        if text.contains('[') {
            return Err(format!("`{text}` names a zone of its own"));
        }
        let (_, time) = text.split_once(['T', 't']).ok_or_else(wrong)?;
        let is_instant = time.contains(['Z', 'z', '+', '-']);
        let read = if is_instant { text.parse().map(Self::Instant) } else { text.parse().map(Self::Wall) };
        read.map_err(|_| wrong())
    }

    /// The instant it is, clocks read in a zone.
    #[must_use]
    pub fn at(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Wall(wall) => instant(wall, zone),
            Self::Instant(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hours, Moment, WallTime, day};
    use crate::window::zone::Zone;
    use jiff::civil::date;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("a zone")
    }

    fn hours(text: &str) -> Hours {
        Hours::parse(text).expect("hours")
    }

    #[test]
    fn times_read_and_show() {
        for (text, shown) in [("07:30", "07:30"), ("00:00", "00:00"), ("24:00", "24:00"), ("23:59:59", "23:59:59")] {
            assert_eq!(WallTime::parse(text).map(|t| t.to_string()).as_deref(), Ok(shown));
        }
        for text in
            ["25:00", "7:60", "07:60", "24:01", "24:00:01", "7:30", "0730", "07:30:60", "+7:30", "07:30:00:00", "", "é7:30"]
        {
            assert!(WallTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hours_read_and_show() {
        for text in ["07:30-22:00", "00:00-24:00", "22:00-06:00", "08:00:30-08:00:31", "22:00-24:00"] {
            assert_eq!(hours(text).to_string(), text);
        }
        assert_eq!(hours("08:00 - 12:00").to_string(), "08:00-12:00");
        assert_eq!(hours("22:00-00:00"), hours("22:00-24:00"));
        for (text, at, message) in [
            ("08:00-08:00", 0..11, "nothing lies between 08:00 and 08:00"),
            ("24:00-06:00", 0..11, "`24:00-06:00` begins when the day is over"),
            ("08:00", 0..5, "`08:00` does not say from when to when"),
            ("08:00- 25:00", 7..12, "`25:00` is no time of a day, which goes from 00:00 to 24:00"),
            ("7:60-09:00", 0..4, "`7:60` is not a time of day such as 07:30 or 07:30:15"),
        ] {
            let wrong = Hours::parse(text).expect_err(text);
            assert_eq!((wrong.at, wrong.message.as_str()), (at, message), "{text}");
        }
        for (text, hint) in
            [("7:30-9", "write 07:30"), ("07:30-9", "write 09:00"), ("7:60-9", "hours are written as 07:30-22:00")]
        {
            assert_eq!(Hours::parse(text).map_err(|w| w.hint), Err(Some(hint.to_owned())));
        }
    }

    #[test]
    fn days_are_as_long_as_the_zone_makes_them() {
        let length = |name: &str, date| day(date, &zone(name)).map(|d| d.length().0 / 60_000_000_000);
        for (name, date, minutes) in [
            ("Europe/Paris", date(2026, 3, 29), Some(23 * 60)),
            ("Europe/Paris", date(2026, 10, 25), Some(25 * 60)),
            ("Europe/Paris", date(2026, 7, 1), Some(24 * 60)),
            ("Australia/Lord_Howe", date(2026, 10, 4), Some(24 * 60 - 30)),
            ("Australia/Lord_Howe", date(2026, 4, 5), Some(24 * 60 + 30)),
            ("Pacific/Apia", date(2011, 12, 30), None),
            ("Pacific/Apia", date(2011, 12, 29), Some(24 * 60)),
            ("America/Santiago", date(2026, 9, 6), Some(23 * 60)),
        ] {
            assert_eq!(length(name, date), minutes, "{name} {date}");
        }
    }

    #[test]
    fn a_time_in_a_gap_has_the_offset_before_and_one_in_a_fold_is_the_first() {
        let paris = zone("Europe/Paris");
        let on = |text: &str, date| hours(text).on(date, &paris).map(|s| format!("{} {}", s.from, s.to)).unwrap_or_default();
        let (gap, fold) = (date(2026, 3, 29), date(2026, 10, 25));
        for (text, date, expected) in [
            ("07:30-22:00", gap, "2026-03-29T05:30:00Z 2026-03-29T20:00:00Z"),
            ("07:30-22:00", fold, "2026-10-25T06:30:00Z 2026-10-25T21:00:00Z"),
            ("02:15-02:45", gap, "2026-03-29T01:15:00Z 2026-03-29T01:45:00Z"),
            ("01:30-02:30", gap, "2026-03-29T00:30:00Z 2026-03-29T01:30:00Z"),
            ("02:30-03:00", gap, ""),
            ("02:30-03:30", gap, ""),
            ("02:30-03:45", gap, "2026-03-29T01:30:00Z 2026-03-29T01:45:00Z"),
            ("02:00-03:00", gap, ""),
            ("02:30-04:00", fold, "2026-10-25T00:30:00Z 2026-10-25T03:00:00Z"),
            ("01:00-02:30", fold, "2026-10-24T23:00:00Z 2026-10-25T00:30:00Z"),
            ("02:00-03:00", fold, "2026-10-25T00:00:00Z 2026-10-25T02:00:00Z"),
            ("22:00-06:00", date(2026, 3, 28), "2026-03-28T21:00:00Z 2026-03-29T04:00:00Z"),
            ("22:00-02:30", date(2026, 3, 28), "2026-03-28T21:00:00Z 2026-03-29T01:30:00Z"),
            ("22:00-06:00", date(2026, 10, 24), "2026-10-24T20:00:00Z 2026-10-25T05:00:00Z"),
            ("22:00-02:30", date(2026, 10, 24), "2026-10-24T20:00:00Z 2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(on(text, date), expected, "{text} {date}");
        }
    }

    #[test]
    fn a_date_that_a_zone_left_out_has_no_hours() {
        let apia = zone("Pacific/Apia");
        assert_eq!(hours("07:30-22:00").on(date(2011, 12, 30), &apia), None);
        // A night into that date ends on the one that followed.
        let night = hours("22:00-06:00").on(date(2011, 12, 29), &apia).map(|s| (s.length().0, s.to.to_string()));
        assert_eq!(night, Some((8 * 3_600_000_000_000, "2011-12-30T16:00:00Z".to_owned())));
    }

    #[test]
    fn moments_are_wall_times_or_instants() {
        let paris = zone("Europe/Paris");
        for (text, expected) in [
            ("2026-11-30T02:00", "2026-11-30T01:00:00Z"),
            ("2026-11-30T02:00:30.5", "2026-11-30T01:00:30.5Z"),
            ("2026-11-30T02:00Z", "2026-11-30T02:00:00Z"),
            ("2026-11-30T02:00+05:30", "2026-11-29T20:30:00Z"),
            ("2026-11-30T02:00-03:00", "2026-11-30T05:00:00Z"),
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2017-01-01T00:59:60", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(Moment::parse(text).map(|m| m.at(&paris).to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "2026-11-30",
            "2026-11-30T02:00[Europe/Rome]",
            "2026-11-30T25:00",
            "02:00",
            "2026-11-30 02:00",
            "",
            "T",
            "2026-11-30T02:00Zx",
        ] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_ends_of_time_are_held() {
        let zone = zone("Pacific/Kiritimati");
        assert_eq!(WallTime::END_OF_DAY.on(date(9999, 12, 31), &zone), jiff::Timestamp::MAX);
        assert_eq!(WallTime::MIDNIGHT.on(date(-9999, 1, 1), &zone), jiff::Timestamp::MIN);
    }
}
