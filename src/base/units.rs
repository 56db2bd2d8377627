//! Units as types: durations as a tester writes them, shares in per cent, sizes in bytes.
//!
//! Reads and shows; never measures.

use std::fmt;
use std::time::Duration;

/// A length of time in whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// From a standard duration, saturating at about 584 years.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    /// As a standard duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// Reads `250ms`, `1.5s`, `10m`, `2h`, `1d`, or an ISO 8601 duration of days and smaller units (`PT2M`, `P120D`).
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('P') || text.starts_with('p') {
            let span: jiff::Span = text.parse().map_err(|_| format!("`{text}` is not an ISO 8601 duration such as PT2M"))?;
            if span.get_years() != 0 || span.get_months() != 0 {
                return Err(format!("`{text}` has years or months, whose length varies; write days"));
            }
            let signed =
                span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| format!("`{text}` is out of range"))?;
            let duration = Duration::try_from(signed).map_err(|_| format!("`{text}` is negative"))?;
            return Ok(Self::from_duration(duration));
        }
        let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let scale = match unit.trim() {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" | "min" => 60e9,
            "h" => 3_600e9,
            "d" => 86_400e9,
            _ => return Err(format!("`{text}` is not a duration such as 250ms, 10s, 5m or PT2M")),
        };
        let number: f64 = number.parse().map_err(|_| format!("`{text}` is not a duration such as 250ms, 10s, 5m or PT2M"))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "digits only, and the cast saturates")]
        Ok(Self((number * scale).round() as u64))
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        let (value, unit) = match n {
            0 => return f.write_str("0s"),
            1..1_000 => return write!(f, "{n}ns"),
            1_000..1_000_000 => (n as f64 / 1e3, "µs"),
            1_000_000..1_000_000_000 => (n as f64 / 1e6, "ms"),
            1_000_000_000..120_000_000_000 => (n as f64 / 1e9, "s"),
            120_000_000_000..7_200_000_000_000 => (n as f64 / 60e9, "min"),
            7_200_000_000_000..172_800_000_000_000 => (n as f64 / 3_600e9, "h"),
            _ => (n as f64 / 86_400e9, "d"),
        };
        let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{text}{unit}")
    }
}

/// A share, in hundredths of a per cent, so that equality is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(pub u32);

impl Share {
    /// Everything: 100%.
    pub const ALL: Self = Self(10_000);

    /// `part` of `whole`, rounded down so that 100% is only ever said of all; `None` of nothing.
    #[must_use]
    pub fn of(part: usize, whole: usize) -> Option<Self> {
        (whole > 0).then(|| Self(u32::try_from(part * 10_000 / whole).unwrap_or(u32::MAX)))
    }

    /// Reads `100%` or `99.5%`.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a share such as 90% or 99.5%");
        let number: f64 = text.strip_suffix('%').ok_or_else(wrong)?.trim().parse().map_err(|_| wrong())?;
        if !(0.0..=100.0).contains(&number) {
            return Err(format!("`{text}` is not between 0% and 100%"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=100")]
        Ok(Self((number * 100.0).round() as u32))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 100 {
            0 => write!(f, "{}%", self.0 / 100),
            rest => write!(f, "{}.{:02}%", self.0 / 100, rest),
        }
    }
}

/// So many a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl Rate {
    /// Reads `200/s`, `0.5/s`, `12000/m` or `30/h`: above zero.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate such as 200/s, 0.5/s or 600/m");
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let scale = match unit.trim() {
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            _ => return Err(wrong()),
        };
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        if !number.is_finite() || number <= 0.0 {
            return Err(format!("`{text}` is no rate above zero"));
        }
        Ok(Self(number / scale))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.0 >= 100.0 { format!("{:.0}", self.0) } else { format!("{:.2}", self.0) };
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{text}/s")
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// The units of sizes, the largest first.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Bytes {
    /// Reads `512B`, `64KiB`, `2MiB` or `1GiB`: whole numbers of binary units.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a size such as 512B, 64KiB or 2MiB");
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let (_, scale) = SIZES.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*scale).map(Self).ok_or_else(|| format!("`{text}` is out of range"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, scale) =
            SIZES.into_iter().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale)).unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Nanos, Rate, Share};

    #[test]
    fn rates_read_and_show() {
        for (text, shown) in [("200/s", "200/s"), ("0.5/s", "0.5/s"), ("600 / m", "10/s"), ("20000/s", "20000/s")] {
            assert_eq!(Rate::parse(text).map(|r| r.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in ["", "10", "0/s", "-1/s", "nan/s", "inf/s", "1/d"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_read_and_show() {
        for (text, bytes, shown) in
            [("2MiB", 2 << 20, "2MiB"), ("1536 KiB", 3 << 19, "1536KiB"), ("0B", 0, "0B"), ("1024B", 1024, "1KiB")]
        {
            assert_eq!(Bytes::parse(text), Ok(Bytes(bytes)));
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
        for text in ["", "10", "2MB", "1.5MiB", "-1B", "99999999999999999999B", "99999999999GiB"] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_read_and_show() {
        for (text, shown) in [
            ("250ms", "250ms"),
            ("1.5s", "1.5s"),
            ("PT2M", "2min"),
            ("PT1H", "60min"),
            ("P120D", "120d"),
            ("PT0S", "0s"),
            ("90us", "90µs"),
        ] {
            assert_eq!(Nanos::parse(text).map(|n| n.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in ["", "10", "ten", "P1M", "-PT1S", "1x"] {
            assert!(Nanos::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_whole_only_when_nothing_is_missing() {
        assert_eq!(Share::of(9_999_999, 10_000_000).map(|s| s.to_string()).as_deref(), Some("99.99%"));
        assert_eq!(Share::of(3, 3), Some(Share::ALL));
        assert_eq!(Share::of(0, 0), None);
        assert_eq!(Share::parse("99.5%"), Ok(Share(9_950)));
        assert!(Share::parse("101%").is_err());
        assert!(Share::parse("100").is_err());
    }
}
