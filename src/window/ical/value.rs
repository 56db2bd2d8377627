//! Values of properties: dates, times, durations, offsets and texts (RFC 5545, section 3.3).
//!
//! Reads one value each. Knows no zone, and no property.

use crate::base::diagnostic::Diagnostic;
use crate::window::ical::faults::shown;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// A date or a time as it is written, before its zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `20260329`.
    Day(Date),
    /// `20260329T220000`.
    Wall(DateTime),
    /// `20260329T220000Z`.
    Utc(DateTime),
}

/// Days as the calendar counts them, then seconds as they pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nominal {
    pub(super) days: i64,
    pub(super) seconds: i64,
}

fn fault(message: String, hint: &str) -> Diagnostic {
    Diagnostic::error("calendar/value", message).hint(hint)
}

/// Reads a date or a time.
///
/// # Errors
/// What is wrong with it.
pub(super) fn stamp(text: &str) -> Result<Stamp, Diagnostic> {
    let hint = "a date is 20260329, a time 20260329T220000, in UTC 20260329T220000Z";
    let wrong = || fault(format!("{} is neither a date nor a time", shown(text)), hint);
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0')))
    };
    let small = |from: usize| number(from, from + 2).and_then(|n| i8::try_from(n).ok()).ok_or_else(wrong);
    let year = number(0, 4).ok_or_else(wrong)?;
    let (month, day) = (small(4)?, small(6)?);
    let date = || Date::new(year, month, day).map_err(|_| fault(format!("{} is no day of the calendar", shown(text)), hint));
    if bytes.len() == 8 {
        return Ok(Stamp::Day(date()?));
    }
    let is_utc = match (bytes.get(8), bytes.len(), bytes.get(15)) {
        (Some(b'T' | b't'), 15, None) => false,
        (Some(b'T' | b't'), 16, Some(b'Z' | b'z')) => true,
        _ => return Err(wrong()),
    };
    let (hour, minute, second) = (small(9)?, small(11)?, small(13)?);
    if hour > 23 || minute > 59 || second > 60 {
        return Err(fault(format!("{} is no time of a day", shown(text)), "hours go to 23; midnight is 000000 of the next day"));
    }
    // Section 3.3.12: who knows no leap seconds takes the second 60 for the second 59.
    let wall = date()?.at(hour, minute, second.min(59), 0);
    Ok(if is_utc { Stamp::Utc(wall) } else { Stamp::Wall(wall) })
}

/// Reads a duration such as `PT8H`, `P1DT12H` or `P2W`, which may have a sign.
///
/// # Errors
/// What is wrong with it.
pub(super) fn duration(text: &str) -> Result<Nominal, Diagnostic> {
    let wrong = || fault(format!("{} is no duration", shown(text)), "a duration is PT8H, PT90M, P1D, P1DT12H or P2W");
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let rest = rest.strip_prefix(['P', 'p']).ok_or_else(wrong)?;
    let (mut days, mut seconds, mut in_time, mut any) = (0_i64, 0_i64, false, false);
    let mut digits = String::new();
    for c in rest.to_ascii_uppercase().chars() {
        if c.is_ascii_digit() && digits.len() < 9 {
            digits.push(c);
            continue;
        }
        if c == 'T' && digits.is_empty() && !in_time {
            (in_time, any) = (true, false);
            continue;
        }
        let count: i64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        any = true;
        match (c, in_time) {
            ('W', false) => days += count * 7,
            ('D', false) => days += count,
            ('H', true) => seconds += count * 3_600,
            ('M', true) => seconds += count * 60,
            ('S', true) => seconds += count,
            _ => return Err(wrong()),
        }
    }
    if !any || !digits.is_empty() {
        return Err(wrong());
    }
    Ok(Nominal { days: days * sign, seconds: seconds * sign })
}

/// Reads an offset from UTC such as `+0100` or `-001730`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn offset(text: &str) -> Result<Offset, Diagnostic> {
    let wrong = || fault(format!("{} is no offset from UTC", shown(text)), "an offset is +0100 or -0530");
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return Err(wrong()),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| pair.parse::<i32>().ok()).unwrap_or(0);
    let (hours, minutes, seconds) = (pair(0), pair(2), pair(4));
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err(wrong());
    }
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60 + seconds)).map_err(|_| wrong())
}

/// A text on one line: escapes resolved (section 3.3.11), line breaks and control characters as spaces.
pub(super) fn text(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => ' ',
                Some(escaped) => escaped,
                None => '\\',
            },
            c => c,
        };
        plain.push(if c.is_control() { ' ' } else { c });
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Nominal, Stamp, duration, offset, stamp, text};
    use jiff::civil::{date, datetime};

    #[test]
    fn dates_and_times_read() {
        for (written, expected) in [
            ("20260329", Stamp::Day(date(2026, 3, 29))),
            ("20260329T220001", Stamp::Wall(datetime(2026, 3, 29, 22, 0, 1, 0))),
            ("20260329t220001z", Stamp::Utc(datetime(2026, 3, 29, 22, 0, 1, 0))),
            ("20161231T235960Z", Stamp::Utc(datetime(2016, 12, 31, 23, 59, 59, 0))),
            ("20240229", Stamp::Day(date(2024, 2, 29))),
        ] {
            assert_eq!(stamp(written), Ok(expected), "{written}");
        }
        for wrong in [
            "",
            "2026",
            "20260230",
            "20261301",
            "20260329T",
            "20260329T2200",
            "20260329T240000",
            "20260329T226000",
            "20260329T220061",
            "2026-03-29",
            "20260329T220000+0100",
            "20260329 220000",
            "+2026032",
            "2026032é",
            "20260329T220000ZZ",
            "99999999T000000",
        ] {
            assert!(stamp(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_read() {
        for (written, days, seconds) in [
            ("PT8H", 0, 28_800),
            ("P1DT12H", 1, 43_200),
            ("P2W", 14, 0),
            ("+PT90M", 0, 5_400),
            ("-PT15M", 0, -900),
            ("pt1h1m1s", 0, 3_661),
            ("P0D", 0, 0),
        ] {
            assert_eq!(duration(written), Ok(Nominal { days, seconds }), "{written}");
        }
        for wrong in
            ["", "P", "PT", "P1DT", "1D", "P1H", "PT1D", "P1M", "PT1.5H", "PD", "P1", "PT1HT1H", "--PT1H", "P9999999999D", "é"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn offsets_and_texts_read() {
        assert_eq!(offset("+0530").map(|o| o.seconds()), Ok(19_800));
        assert_eq!(offset("-001730").map(|o| o.seconds()), Ok(-1_050));
        for wrong in ["", "0100", "+1", "+01:00", "+2400", "+0060", "é", "+01é0"] {
            assert!(offset(wrong).is_err(), "{wrong}");
        }
        assert_eq!(text(r" a\, b\; c\\d\nand \Ne\"), r"a, b; c\d and  e\");
        assert_eq!(text("a\u{1b}b\u{0}"), "a b");
    }
}
