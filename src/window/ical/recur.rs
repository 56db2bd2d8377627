//! Recurrence rules as they are written, and what is wrong with them (RFC 5545, section 3.3.10).
//!
//! Knows which parts go together; takes nothing from an event.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::window::ical::faults::shown;
use crate::window::ical::rule::{Frequency, Rule, Until};
use crate::window::ical::value::{Stamp, stamp};
use jiff::civil::Weekday;
use jiff::tz::Offset;
use std::ops::{Range, RangeInclusive};

/// The parts that are known.
const PARTS: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "WKST",
];
const FREQUENCIES: [(&str, Frequency); 7] = [
    ("SECONDLY", Frequency::Secondly),
    ("MINUTELY", Frequency::Minutely),
    ("HOURLY", Frequency::Hourly),
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// A fault in a rule, with its place in the value.
pub(super) type Fault = (Range<usize>, Diagnostic);

fn fault(message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::error("calendar/rule", message).hint(hint)
}

/// Reads the value of an `RRULE`.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn read(value: &str) -> Result<Rule, Vec<Fault>> {
    let mut reading = Reading { rule: Rule::every(Frequency::Daily), written: Vec::new(), faults: Vec::new() };
    let mut at = 0;
    for part in value.split(';') {
        let range = at..at + part.len();
        at = range.end + 1;
        // Some programs end a rule with a semicolon.
        if !part.is_empty() {
            reading.part(part, range);
        }
    }
    if reading.place("FREQ").is_none() {
        reading
            .faults
            .push((0..value.len(), fault("a rule says not how often", "begin it with FREQ=DAILY or another frequency")));
    } else {
        reading.relations();
    }
    if reading.faults.is_empty() { Ok(reading.rule) } else { Err(reading.faults) }
}

struct Reading {
    rule: Rule,
    written: Vec<(&'static str, Range<usize>)>,
    faults: Vec<Fault>,
}

impl Reading {
    fn place(&self, part: &str) -> Option<Range<usize>> {
        self.written.iter().find(|(name, _)| *name == part).map(|(_, at)| at.clone())
    }

    fn part(&mut self, part: &str, at: Range<usize>) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let Some(known) = PARTS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            let unknown = Diagnostic::error("calendar/rule", format!("{} is no part of a rule", shown(name)));
            let unknown = unknown.maybe_hint(did_you_mean(short(name), PARTS));
            return self.faults.push((at, unknown));
        };
        if self.place(known).is_some() {
            return self.faults.push((at, fault(format!("`{known}` is written twice"), "keep one of them")));
        }
        self.written.push((known, at.clone()));
        if let Err(wrong) = self.value(known, &value.to_ascii_uppercase()) {
            self.faults.push((at, wrong));
        }
    }

    fn value(&mut self, part: &'static str, value: &str) -> Result<(), Diagnostic> {
        let rule = &mut self.rule;
        let signed = |highest: i16| numbers(part, value, 1..=highest, true);
        let plain = |range| numbers(part, value, range, false);
        match part {
            "FREQ" => rule.frequency = named(part, value, &FREQUENCIES)?,
            "INTERVAL" => rule.interval = i64::from(above_zero::<u32>(part, value)?),
            "COUNT" => rule.count = Some(above_zero(part, value)?),
            "UNTIL" => rule.until = Some(until(value)?),
            "BYMONTH" => rule.months = plain(1..=12)?,
            "BYWEEKNO" => rule.weeks = signed(53)?,
            "BYYEARDAY" => rule.year_days = signed(366)?,
            "BYMONTHDAY" => rule.month_days = signed(31)?,
            "BYDAY" => rule.days = value.split(',').map(weekday).collect::<Result<_, _>>()?,
            "BYHOUR" => rule.hours = plain(0..=23)?,
            "BYMINUTE" => rule.minutes = plain(0..=59)?,
            // Section 3.3.12: who knows no leap seconds takes the second 60 for the second 59.
            "BYSECOND" => rule.seconds = sorted(plain(0..=60)?.into_iter().map(|s| s.min(59)).collect()),
            "BYSETPOS" => rule.positions = signed(366)?,
            _ => rule.week_start = named(part, value, &WEEKDAYS)?,
        }
        Ok(())
    }

    /// Parts that must not stand together.
    fn relations(&mut self) {
        let frequency = self.rule.frequency;
        let is_ordinal = self.rule.days.iter().any(|(which, _)| *which != 0);
        let has_list = self.written.iter().any(|(name, _)| name.starts_with("BY") && *name != "BYSETPOS");
        let monthly_or_yearly = matches!(frequency, Frequency::Monthly | Frequency::Yearly);
        let by_day = matches!(frequency, Frequency::Daily | Frequency::Weekly | Frequency::Monthly);
        for (part, is_wrong, message, hint) in [
            ("COUNT", self.rule.until.is_some(), "a rule has both COUNT and UNTIL", "keep one of them"),
            (
                "BYWEEKNO",
                frequency != Frequency::Yearly,
                "week numbers belong to yearly rules",
                "write FREQ=YEARLY, or leave BYWEEKNO out",
            ),
            ("BYYEARDAY", by_day, "days of the year do not belong to daily, weekly or monthly rules", "write FREQ=YEARLY"),
            (
                "BYMONTHDAY",
                frequency == Frequency::Weekly,
                "days of the month do not belong to weekly rules",
                "write FREQ=MONTHLY",
            ),
            (
                "BYDAY",
                is_ordinal && !monthly_or_yearly,
                "a numbered weekday belongs to monthly and yearly rules",
                "write BYDAY=MO, or FREQ=MONTHLY",
            ),
            (
                "BYDAY",
                is_ordinal && !self.rule.weeks.is_empty(),
                "a numbered weekday does not go with week numbers",
                "write BYDAY=MO without a number",
            ),
            ("BYSETPOS", !has_list, "BYSETPOS has nothing to choose from", "add BYDAY or another list, or leave it out"),
        ] {
            if let Some(at) = self.place(part).filter(|_| is_wrong) {
                self.faults.push((at, fault(message, hint)));
            }
        }
    }
}

/// A text that may be a misspelling, and nothing of a longer one: to compare it would cost too much.
fn short(text: &str) -> &str {
    if text.len() > 40 { "" } else { text }
}

fn named<T: Copy>(part: &str, value: &str, known: &[(&'static str, T)]) -> Result<T, Diagnostic> {
    known.iter().find(|(name, _)| *name == value).map(|(_, known)| *known).ok_or_else(|| {
        let hint = did_you_mean(short(value), known.iter().map(|(name, _)| *name));
        Diagnostic::error("calendar/rule", format!("{} is no {part}", shown(value))).maybe_hint(hint)
    })
}

fn above_zero<T: std::str::FromStr + PartialEq + From<u8>>(part: &str, value: &str) -> Result<T, Diagnostic> {
    let number = value.parse().ok().filter(|number| *number != T::from(0) && value.bytes().all(|b| b.is_ascii_digit()));
    number.ok_or_else(|| fault(format!("{} is no {part}", shown(value)), "write a whole number above zero"))
}

fn sorted(mut list: Vec<i16>) -> Vec<i16> {
    list.sort_unstable();
    list.dedup();
    list
}

fn numbers(part: &str, value: &str, range: RangeInclusive<i16>, signed: bool) -> Result<Vec<i16>, Diagnostic> {
    let (low, high) = (*range.start(), *range.end());
    let number = |text: &str| {
        let digits = if signed { text.strip_prefix(['-', '+']).unwrap_or(text) } else { text };
        let is_plain = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
        let number: i16 = digits.parse().ok().filter(|number| is_plain && range.contains(number))?;
        Some(if text.starts_with('-') { -number } else { number })
    };
    let wrong = |text: &str| {
        let hint =
            if signed { format!("{low} to {high}, or -{low} to -{high} from the end") } else { format!("{low} to {high}") };
        fault(format!("{} is no {part}", shown(text)), hint)
    };
    value.split(',').map(|text| number(text).ok_or_else(|| wrong(text))).collect::<Result<Vec<_>, _>>().map(sorted)
}

fn weekday(text: &str) -> Result<(i16, Weekday), Diagnostic> {
    let wrong =
        || fault(format!("{} is no BYDAY", shown(text)), "MO, TU, WE, TH, FR, SA or SU, with a number such as 1MO or -1FR");
    let split = text.len().checked_sub(2).ok_or_else(wrong)?;
    let (number, name) = text.split_at_checked(split).ok_or_else(wrong)?;
    let (_, day) = WEEKDAYS.into_iter().find(|(known, _)| *known == name).ok_or_else(wrong)?;
    if number.is_empty() {
        return Ok((0, day));
    }
    let which = numbers("BYDAY", number, 1..=53, true).map_err(|_| wrong())?;
    which.first().map(|which| (*which, day)).ok_or_else(wrong)
}

fn until(value: &str) -> Result<Until, Diagnostic> {
    match stamp(value)? {
        Stamp::Day(day) => Ok(Until::Day(day)),
        Stamp::Wall(wall) => Ok(Until::Wall(wall)),
        Stamp::Utc(wall) => Offset::UTC.to_timestamp(wall).map(Until::Utc).map_err(|_| {
            Diagnostic::error("calendar/value", format!("{} is beyond the end of time", shown(value)))
                .hint("leave UNTIL out of a rule without end")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::window::ical::rule::{Frequency, Until};
    use jiff::civil::{Weekday, date, datetime};

    fn faults(rule: &str) -> Vec<String> {
        let part = |range: std::ops::Range<usize>| rule[range].to_owned();
        read(rule).err().into_iter().flatten().map(|(at, d)| format!("{}: {}", part(at), d.message)).collect()
    }

    #[test]
    fn a_rule_reads_in_whatever_order_and_case() {
        let rule =
            read("byday=2mo,-1SU,TH;Freq=Monthly;INTERVAL=3;WKST=SU;BYMONTH=12,1,1;BYSECOND=60,59;COUNT=7;").expect("a rule");
        assert_eq!((rule.frequency, rule.interval, rule.count), (Frequency::Monthly, 3, Some(7)));
        assert_eq!(rule.days, [(2, Weekday::Monday), (-1, Weekday::Sunday), (0, Weekday::Thursday)]);
        assert_eq!((rule.months, rule.seconds, rule.week_start), (vec![1, 12], vec![59], Weekday::Sunday));
        let until = |text: &str| read(&format!("FREQ=DAILY;UNTIL={text}")).map(|rule| rule.until).ok().flatten();
        assert_eq!(until("20261231"), Some(Until::Day(date(2026, 12, 31))));
        assert_eq!(until("20261231T120000"), Some(Until::Wall(datetime(2026, 12, 31, 12, 0, 0, 0))));
        assert_eq!(until("19700101T000001Z"), jiff::Timestamp::from_second(1).ok().map(Until::Utc));
    }

    #[test]
    fn every_fault_of_a_rule_is_told_at_its_part() {
        let all = faults(
            "FREQ=DALY;INTERVAL=0;COUNT=0;BYHUOR=3;BYMONTH=13;BYMONTHDAY=0,32;BYDAY=54MO;WKST=XX;UNTIL=soon;COUNT=3;BYHOUR=1x",
        );
        assert_eq!(all.len(), 11, "{all:#?}");
        for (part, message) in [
            ("FREQ=DALY", "`DALY` is no FREQ"),
            ("INTERVAL=0", "`0` is no INTERVAL"),
            ("BYHUOR=3", "`BYHUOR` is no part of a rule"),
            ("COUNT=3", "`COUNT` is written twice"),
            ("BYDAY=54MO", "`54MO` is no BYDAY"),
        ] {
            assert!(all.contains(&format!("{part}: {message}")), "{part} in {all:#?}");
        }
    }

    #[test]
    fn parts_that_do_not_go_together_are_told() {
        for (rule, part) in [
            ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "COUNT=1"),
            ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO=1"),
            ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY=1"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY=1"),
            ("FREQ=DAILY;BYDAY=1MO", "BYDAY=1MO"),
            ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY=1MO"),
            ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS=1"),
            ("COUNT=3", "COUNT=3"),
            ("", ""),
        ] {
            let all = faults(rule);
            assert!(all.len() == 1 && all[0].starts_with(&format!("{part}: ")), "{rule}: {all:?}");
        }
    }
}
