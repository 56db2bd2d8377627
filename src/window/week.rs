//! Weekly hours: on which days of a week something is open, and from when to when.
//!
//! Reads `Mon-Fri 08:00-12:00, 13:00-18:00` and says the stretches of any range of dates. Knows no exception from the rule.

use crate::base::distance::did_you_mean;
use crate::window::spans::Spans;
use crate::window::wall::{self, DAY, Hours, LONG_DASHES, Wrong};
use crate::window::zone::Zone;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// The days of a week as they are written, Monday first.
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Seconds that clocks count in a week.
const WEEK: u32 = 7 * DAY;

/// Days of a week, Monday first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days([bool; 7]);

/// One entry of weekly hours: the same hours on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The days.
    pub days: Days,
    /// The hours, with the bytes of the text they were written in.
    pub hours: Vec<(Hours, Range<usize>)>,
}

/// Weekly hours that do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    lines: Vec<Line>,
    by_day: [Vec<Hours>; 7],
}

/// Where hours are written: the number of the entry, and the bytes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// The number of the entry.
    pub entry: usize,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Two hours that overlap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlap {
    /// The ones that stand first.
    pub first: Written,
    /// The ones that stand second.
    pub second: Written,
}

impl Days {
    /// Whether a day is one of them, by its number from Monday.
    #[must_use]
    pub fn contains(&self, day: usize) -> bool {
        self.0[day % 7]
    }

    /// Reads `Mon-Fri`, `Sat-Mon`, `Mon,Wed,Fri`.
    fn parse(text: &str) -> Result<Self, Wrong> {
        let mut days = Self::default();
        for (at, piece) in pieces(text) {
            let ends = piece.split_once('-').map_or((piece, piece), |(first, last)| (first.trim_end(), last.trim_start()));
            let (first, last) = (number(ends.0, at.start)?, number(ends.1, at.end - ends.1.len())?);
            let length = (last + 7 - first) % 7;
            for day in (first..=first + length).map(|day| day % 7) {
                if std::mem::replace(&mut days.0[day], true) {
                    let hint = Some("name each day once".to_owned());
                    return Err(Wrong { at, message: format!("`{}` is named twice", NAMES[day]), hint });
                }
            }
        }
        Ok(days)
    }
}

impl fmt::Display for Days {
    /// Runs of days, such as `Mon-Fri` or `Sat-Mon,Wed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts: Vec<usize> = (0..7).filter(|day| self.contains(*day) && !self.contains(day + 6)).collect();
        if starts.is_empty() && self.contains(0) {
            return f.write_str("Mon-Sun");
        }
        for (nth, start) in starts.iter().enumerate() {
            let length = (0..7).take_while(|n| self.contains(start + n)).count();
            let comma = if nth > 0 { "," } else { "" };
            write!(f, "{comma}{}", NAMES[*start])?;
            if length > 1 {
                write!(f, "-{}", NAMES[(start + length - 1) % 7])?;
            }
        }
        Ok(())
    }
}

/// The number of a day from Monday.
fn number(text: &str, start: usize) -> Result<usize, Wrong> {
    if let Some(day) = NAMES.iter().position(|name| *name == text) {
        return Ok(day);
    }
    let at = start..start + text.len();
    if text.is_empty() {
        let message = "the name of a day is missing".to_owned();
        return Err(Wrong { at: start..start + 1, message, hint: Some(format!("days are {}", NAMES.join(", "))) });
    }
    let long = NAMES.iter().find(|name| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    let hint = if text.contains(LONG_DASHES) {
        Some("write a plain `-`".to_owned())
    } else {
        long.map(|name| format!("did you mean `{name}`?")).or_else(|| did_you_mean(text, NAMES))
    };
    Err(Wrong { at, message: format!("there is no day `{text}`"), hint })
}

/// The pieces of a list with commas, trimmed, with their places.
fn pieces(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut next = 0;
    text.split(',').map(move |raw| {
        let start = next + raw.len() - raw.trim_start().len();
        next += raw.len() + 1;
        let piece = raw.trim();
        (start..start + piece.len(), piece)
    })
}

/// Reads the hours of a list with commas: `08:00-12:00, 13:00-18:00`.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn hours(text: &str) -> Result<Vec<(Hours, Range<usize>)>, Vec<Wrong>> {
    let (mut read, mut wrongs) = (Vec::new(), Vec::new());
    for (at, piece) in pieces(text) {
        if piece.is_empty() {
            let hint = Some("write 08:00-12:00, 13:00-18:00".to_owned());
            wrongs.push(Wrong { at: at.start..at.start + 1, message: "hours are missing".to_owned(), hint });
            continue;
        }
        if piece.starts_with(char::is_alphabetic) {
            let hint = Some("hours with days of their own are an item of their own".to_owned());
            wrongs.push(Wrong { at, message: format!("`{piece}` is not hours such as 08:00-12:00"), hint });
            continue;
        }
        match Hours::parse(piece) {
            Ok(hours) => read.push((hours, at)),
            Err(wrong) => wrongs.push(Wrong { at: at.start + wrong.at.start..at.start + wrong.at.end, ..wrong }),
        }
    }
    if wrongs.is_empty() { Ok(read) } else { Err(wrongs) }
}

impl Line {
    /// Reads `Mon-Fri 08:00-12:00, 13:00-18:00`.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let whole = |message: &str, hint: &str| {
            vec![Wrong { at: 0..text.len(), message: message.to_owned(), hint: Some(hint.to_owned()) }]
        };
        let Some(split) = text.find(|c: char| c.is_ascii_digit()) else {
            return Err(whole(&format!("`{text}` says no hours"), "write days and hours, as in Mon-Fri 08:00-18:00"));
        };
        let (days, times) = text.split_at(split);
        if days.trim().is_empty() {
            return Err(whole(&format!("`{text}` names no days"), &format!("write Mon-Sun {}", times.trim())));
        }
        let mut wrongs = Vec::new();
        let days = Days::parse(days).map_err(|wrong| wrongs.push(wrong)).unwrap_or_default();
        let moved = |at: &Range<usize>| split + at.start..split + at.end;
        let hours = match hours(times) {
            Ok(hours) => hours.into_iter().map(|(hours, at)| (hours, moved(&at))).collect(),
            Err(found) => {
                wrongs.extend(found.into_iter().map(|wrong| Wrong { at: moved(&wrong.at), ..wrong }));
                Vec::new()
            }
        };
        if wrongs.is_empty() { Ok(Self { days, hours }) } else { Err(wrongs) }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours: Vec<String> = self.hours.iter().map(|(hours, _)| hours.to_string()).collect();
        write!(f, "{} {}", self.days, hours.join(", "))
    }
}

impl Week {
    /// The hours of several entries together.
    ///
    /// # Errors
    /// The hours that overlap, each two of them once.
    pub fn new(lines: Vec<Line>) -> Result<Self, Vec<Overlap>> {
        let overlaps = overlaps(&lines);
        if !overlaps.is_empty() {
            return Err(overlaps);
        }
        let mut by_day: [Vec<Hours>; 7] = Default::default();
        for (day, of_day) in by_day.iter_mut().enumerate() {
            let lines = lines.iter().filter(|line| line.days.contains(day));
            of_day.extend(lines.flat_map(|line| line.hours.iter().map(|(hours, _)| *hours)));
            of_day.sort_unstable();
        }
        Ok(Self { lines, by_day })
    }

    /// True when the hours are all there are.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let length = |hours: &Hours| hours.to().seconds() - hours.from().seconds();
        self.by_day.iter().flatten().map(length).sum::<u32>() == WEEK
    }

    /// The stretches of the hours that begin on the dates from one to another, both included.
    #[must_use]
    pub fn spans(&self, from: Date, to: Date, zone: &Zone) -> Spans {
        let dates = std::iter::successors((from <= to).then_some(from), |date| date.tomorrow().ok().filter(|next| *next <= to));
        let of_day = |date: &Date| &self.by_day[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)];
        let dates = dates.filter(|date| !of_day(date).is_empty() && wall::day(*date, zone).is_some());
        dates.flat_map(|date| of_day(&date).iter().filter_map(move |hours| hours.on_existing(date, zone))).collect()
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("; "))
    }
}

/// The hours that overlap in the circle of a week.
fn overlaps(lines: &[Line]) -> Vec<Overlap> {
    let mut all = Vec::new();
    for (entry, line) in lines.iter().enumerate() {
        for (hours, at) in &line.hours {
            let written = Written { entry, start: at.start, end: at.end };
            for day in (0_u32..7).zip(line.days.0).filter_map(|(day, is_in)| is_in.then_some(day)) {
                let (from, to) = (day * DAY + hours.from().seconds(), day * DAY + hours.to().seconds());
                all.push((from, to, written));
                if to > WEEK {
                    all.push((0, to - WEEK, written));
                }
            }
        }
    }
    all.sort_unstable();
    let mut found = BTreeSet::new();
    let mut furthest: Option<(u32, Written)> = None;
    for (from, to, here) in all {
        match furthest {
            Some((end, there)) if from < end => {
                found.insert(Overlap { first: here.min(there), second: here.max(there) });
                furthest = Some(if to > end { (to, here) } else { (end, there) });
            }
            _ => furthest = Some((to, here)),
        }
    }
    found.into_iter().collect()
}

/// The hours of one date that overlap: their numbers in a list.
#[must_use]
pub fn overlaps_of_a_day(hours: &[Hours]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..hours.len()).collect();
    order.sort_by_key(|nth| hours[*nth]);
    let mut found = BTreeSet::new();
    let mut furthest: Option<usize> = None;
    for here in order {
        match furthest {
            Some(there) if hours[here].from() < hours[there].to() => {
                found.insert((here.min(there), here.max(there)));
                furthest = Some(if hours[here].to() > hours[there].to() { here } else { there });
            }
            _ => furthest = Some(here),
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Hours, Line, Week, hours, overlaps_of_a_day};
    use crate::window::zone::Zone;
    use jiff::civil::date;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn week(lines: &[&str]) -> Week {
        Week::new(lines.iter().map(|line| Line::parse(line).expect("a line")).collect()).expect("a week")
    }

    fn wrong(text: &str) -> Vec<(String, String, String)> {
        let wrongs = Line::parse(text).expect_err(text);
        let show = |w: super::Wrong| (text.get(w.at).unwrap_or("").to_owned(), w.message, w.hint.unwrap_or_default());
        wrongs.into_iter().map(show).collect()
    }

    #[test]
    fn weeks_read_and_show() {
        for text in [
            "Mon-Sun 07:30-22:00",
            "Mon,Wed,Fri 08:00-12:00",
            "Mon-Fri 08:00-12:00, 13:00-18:00",
            "Fri 22:00-06:00",
            "Sat-Mon 00:00-24:00",
            "Mon-Sun 00:00-24:00",
            "Sun 02:00:30-04:00",
            "Fri-Sun,Tue 09:00-10:00",
        ] {
            let written = if text.starts_with("Fri-Sun,Tue") { "Tue,Fri-Sun 09:00-10:00" } else { text };
            assert_eq!(week(&[text]).to_string(), written);
        }
        assert_eq!(week(&["Mon , Wed  08:00 - 12:00,13:00-14:00"]).to_string(), "Mon,Wed 08:00-12:00, 13:00-14:00");
        assert_eq!(week(&["Mon 08:00-12:00", "Sat,Sun 10:00-12:00"]).to_string(), "Mon 08:00-12:00; Sat-Sun 10:00-12:00");
        assert_eq!(week(&["Tue-Mon 08:00-12:00"]).to_string(), "Mon-Sun 08:00-12:00");
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        for (text, at, message, hint) in [
            ("Mon-Fry 08:00-12:00", "Fry", "there is no day `Fry`", "did you mean `Fri`?"),
            ("Monday 08:00-12:00", "Monday", "there is no day `Monday`", "did you mean `Mon`?"),
            ("mon 08:00-12:00", "mon", "there is no day `mon`", "did you mean `Mon`?"),
            ("Mon,,Tue 08:00-12:00", ",", "the name of a day is missing", "days are Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
            ("Mon\u{2013}Fri 08:00-12:00", "Mon\u{2013}Fri", "there is no day `Mon\u{2013}Fri`", "write a plain `-`"),
            ("Mon-Fri,Wed 08:00-12:00", "Wed", "`Wed` is named twice", "name each day once"),
            ("07:30-22:00", "07:30-22:00", "`07:30-22:00` names no days", "write Mon-Sun 07:30-22:00"),
            ("Mon-Sun", "Mon-Sun", "`Mon-Sun` says no hours", "write days and hours, as in Mon-Fri 08:00-18:00"),
            ("Mon 08:00-12:00,", "", "hours are missing", "write 08:00-12:00, 13:00-18:00"),
            ("Mon 08:00-08:00", "08:00-08:00", "nothing lies between 08:00 and 08:00", "a whole day is 00:00-24:00"),
            (
                "Mon 08:00-12:00, Tue 09:00-10:00",
                "Tue 09:00-10:00",
                "`Tue 09:00-10:00` is not hours such as 08:00-12:00",
                "hours with days of their own are an item of their own",
            ),
        ] {
            assert_eq!(wrong(text), [(at.to_owned(), message.to_owned(), hint.to_owned())], "{text}");
        }
        let both: Vec<String> = wrong("Mno 08:00-25:00, 7:60-09:00").into_iter().map(|(at, ..)| at).collect();
        assert_eq!(both, ["Mno", "25:00", "7:60"]);
    }

    #[test]
    fn overlaps_are_told_with_both_places() {
        let overlaps = |lines: &[&str]| {
            let read = lines.iter().map(|line| Line::parse(line).expect("a line")).collect();
            let show = |at: super::Written| format!("{}:{}", at.entry, &lines[at.entry][at.start..at.end]);
            let found = Week::new(read).err().unwrap_or_default();
            found.into_iter().map(|o| format!("{} {}", show(o.first), show(o.second))).collect::<Vec<_>>()
        };
        assert_eq!(overlaps(&["Mon-Fri 08:00-12:00, 11:00-13:00"]), ["0:08:00-12:00 0:11:00-13:00"]);
        assert_eq!(overlaps(&["Sat-Sun 10:00-12:00", "Mon-Sat 08:00-18:00"]), ["0:10:00-12:00 1:08:00-18:00"]);
        assert_eq!(overlaps(&["Mon 00:00-01:00", "Sun 22:00-06:00"]), ["0:00:00-01:00 1:22:00-06:00"]);
        assert_eq!(overlaps(&["Mon 08:00-12:00", "Mon 08:00-12:00"]), ["0:08:00-12:00 1:08:00-12:00"]);
        assert_eq!(overlaps(&["Mon-Sun 08:00-12:00, 12:00-08:00"]), [""; 0]);
    }

    #[test]
    fn a_week_without_a_gap_is_whole() {
        for (lines, whole) in [
            (&["Mon-Sun 00:00-24:00"][..], true),
            (&["Mon-Sun 08:00-20:00", "Mon-Sun 20:00-08:00"], true),
            (&["Mon-Sat 00:00-24:00", "Sun 00:00-23:59:59"], false),
        ] {
            assert_eq!(week(lines).is_whole(), whole, "{lines:?}");
        }
    }

    #[test]
    fn hours_that_a_change_of_clocks_makes_meet_are_one_stretch() {
        let paris = Zone::named("Europe/Paris").expect("a zone");
        let spans = week(&["Sun 01:00-02:00, 03:00-04:00"]).spans(date(2026, 3, 29), date(2026, 3, 29), &paris);
        assert_eq!((spans.stretches().len(), spans.length().0 / 3_600_000_000_000), (1, 2));
    }

    proptest! {
        /// Overlaps of a day and of a week are those that a look at every minute finds.
        #[test]
        fn overlaps_are_what_every_minute_says(all in vec((0_u32..1_440, 1_u32..1_440, 0_usize..7), 1..5)) {
            let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let hours_of = |(from, length, _): &(u32, u32, usize)| format!("{}-{}", clock(*from), clock((from + length) % 1_440));
            let texts: Vec<String> = all.iter().map(|h| format!("{} {}", super::NAMES[h.2], hours_of(h))).collect();
            let minutes = |from: u32, length: u32, round: u32| (from..from + length).map(move |m| m % round);
            let twice = |round: u32, of_week: bool| {
                let mut seen = std::collections::BTreeSet::new();
                all.iter().any(|(from, length, day)| {
                    let from = if of_week { from + u32::try_from(*day).expect("a day") * 1_440 } else { *from };
                    minutes(from, *length, round).filter(|m| !seen.insert(*m)).count() > 0
                })
            };
            let lines = texts.iter().map(|text| Line::parse(text).expect("a line")).collect();
            prop_assert_eq!(Week::new(lines).is_err(), twice(7 * 1_440, true));
            let of_day: Vec<Hours> = all.iter().map(|h| hours(&hours_of(h)).expect("hours")[0].0).collect();
            prop_assert_eq!(!overlaps_of_a_day(&of_day).is_empty(), twice(u32::MAX, false));
        }
    }
}
