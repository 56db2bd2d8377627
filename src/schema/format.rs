//! Formats beyond those that the JSON Schema crate knows, after the OpenAPI Format Registry.
//!
//! Text only: ranges of numbers are bounds of the schema and never come here. A format that says how text travels, or what it
//! is for, is not looked at.

use crate::schema::content::base64;
use crate::schema::options::Options;
use jsonschema::json::Json;

type Check = fn(&str) -> bool;

const FORMATS: &[(&str, Check)] = &[
    ("byte", |text| base64(text, false).is_some()),
    ("base64url", |text| base64(text, true).is_some()),
    ("char", |text| text.chars().count() == 1),
    ("decimal", is_decimal),
    ("decimal128", |text| is_decimal(text) || matches!(text, "NaN" | "Infinity" | "-Infinity")),
    ("double-int", |text| whole(text).is_some_and(|n| n.unsigned_abs() < 1 << 53)),
    ("int8", |text| whole(text).is_some_and(|n| i8::try_from(n).is_ok())),
    ("int16", |text| whole(text).is_some_and(|n| i16::try_from(n).is_ok())),
    ("int32", |text| whole(text).is_some_and(|n| i32::try_from(n).is_ok())),
    ("int64", |text| whole(text).is_some_and(|n| i64::try_from(n).is_ok())),
    ("uint8", |text| whole(text).is_some_and(|n| u8::try_from(n).is_ok())),
    ("uint16", |text| whole(text).is_some_and(|n| u16::try_from(n).is_ok())),
    ("uint32", |text| whole(text).is_some_and(|n| u32::try_from(n).is_ok())),
    ("uint64", |text| whole(text).is_some_and(|n| u64::try_from(n).is_ok())),
    ("http-date", is_http_date),
    ("date-time-local", is_date_time_local),
    ("time-local", is_time_local),
    ("media-range", is_media_range),
    ("sf-string", is_sf_string),
    ("sf-integer", is_sf_integer),
    ("sf-decimal", is_sf_decimal),
    ("sf-token", is_sf_token),
    ("sf-binary", |text| inside(text, ':').is_some_and(|b| base64(b, false).is_some())),
    ("sf-boolean", |text| matches!(text, "?0" | "?1")),
];

pub(in crate::schema) fn register<F: Json>(options: Options<'_, F>) -> Options<'_, F> {
    FORMATS.iter().fold(options, |options, (name, check)| options.with_format(*name, *check))
}

fn inside(text: &str, quote: char) -> Option<&str> {
    text.strip_prefix(quote)?.strip_suffix(quote)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn whole(text: &str) -> Option<i128> {
    is_digits(text.strip_prefix('-').unwrap_or(text)).then(|| text.parse().ok())?
}

fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(n, e)| (n, Some(e)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|e| is_digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

/// RFC 9651 sections 3.3.1 and 3.3.2: at most 15 digits, or 12 and 3 after the point.
fn is_sf_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    is_digits(digits) && digits.len() <= 15
}

fn is_sf_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    text.split_once('.').is_some_and(|(w, f)| is_digits(w) && w.len() <= 12 && is_digits(f) && f.len() <= 3)
}

fn is_sf_string(text: &str) -> bool {
    let Some(body) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).filter(|_| text.len() > 1) else { return false };
    let mut letters = body.chars();
    while let Some(letter) = letters.next() {
        let good = match letter {
            '\\' => matches!(letters.next(), Some('"' | '\\')),
            '"' => false,
            _ => matches!(letter, ' '..='~'),
        };
        if !good {
            return false;
        }
    }
    true
}

/// RFC 9110 section 5.6.2.
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_sf_token(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '*')
        && text.bytes().all(|b| is_tchar(b) || matches!(b, b':' | b'/'))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// RFC 9110 section 12.5.1, with parameters.
fn is_media_range(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().and_then(|r| r.split_once('/'));
    let known = range.is_some_and(|(kind, sub)| is_token(kind) && is_token(sub) && (kind != "*" || sub == "*"));
    let parameter = |p: &str| {
        p.split_once('=')
            .is_some_and(|(name, value)| is_token(name) && (is_token(value) || value.len() > 1 && inside(value, '"').is_some()))
    };
    known && parts.all(parameter)
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The fixed format of RFC 9110 section 5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn is_http_date(text: &str) -> bool {
    let Some((day, rest)) = text.split_once(", ") else { return false };
    let parts: Vec<&str> = rest.split(' ').collect();
    let [date, month, year, time, "GMT"] = parts.as_slice() else { return false };
    let month = MONTHS.iter().position(|m| m == month).and_then(|m| i8::try_from(m + 1).ok());
    let (Some(month), true, true) = (month, is_digits(date) && date.len() == 2, is_digits(year) && year.len() == 4) else {
        return false;
    };
    let date = year.parse().ok().zip(date.parse().ok()).and_then(|(year, date)| jiff::civil::Date::new(year, month, date).ok());
    let weekday = date.and_then(|d| usize::try_from(d.weekday().to_monday_zero_offset()).ok());
    weekday.and_then(|w| DAYS.get(w)) == Some(&day) && is_time_local(time) && time.len() == 8
}

/// A time of day without an offset.
fn is_time_local(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(c, f)| (c, Some(f)));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let below = |part: &str, most: u8| part.len() == 2 && is_digits(part) && part.parse::<u8>().is_ok_and(|n| n <= most);
    below(hour, 23) && below(minute, 59) && below(second, 60) && fraction.is_none_or(is_digits)
}

/// RFC 3339 without its offset.
fn is_date_time_local(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return false };
    date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok() && is_time_local(time)
}

#[cfg(test)]
mod tests {
    use super::FORMATS;

    fn is(format: &str, text: &str) -> bool {
        FORMATS.iter().find(|(name, _)| *name == format).is_some_and(|(_, check)| check(text))
    }

    #[test]
    fn formats_of_the_registry_are_told_apart() {
        for (format, good, bad) in [
            ("byte", "aGVsbG8=", "a*b"),
            ("base64url", "-_8", "+/8="),
            ("char", "é", "ab"),
            ("decimal", "-12.50", "1,5"),
            ("decimal128", "NaN", "nan"),
            ("double-int", "9007199254740991", "9007199254740992"),
            ("int8", "-128", "128"),
            ("int16", "32767", "32768"),
            ("int32", "-2147483648", "2147483648"),
            ("int64", "9223372036854775807", "9223372036854775808"),
            ("uint8", "255", "-1"),
            ("uint16", "65535", "65536"),
            ("uint32", "4294967295", "4294967296"),
            ("uint64", "18446744073709551615", "1.0"),
            ("http-date", "Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT"),
            ("date-time-local", "2026-01-28T08:00:00.5", "2026-02-30T08:00:00"),
            ("time-local", "08:00:00", "08:00"),
            ("media-range", "text/*;q=0.5", "*/html"),
            ("sf-string", r#""a \" b""#, r#""a " b""#),
            ("sf-integer", "-999999999999999", "1000000000000000"),
            ("sf-decimal", "1.125", "1.1255"),
            ("sf-token", "*a/b:c", "1a"),
            ("sf-binary", ":aGk=:", "aGk="),
            ("sf-boolean", "?1", "true"),
        ] {
            assert!(is(format, good), "{format} {good}");
            assert!(!is(format, bad), "{format} {bad}");
        }
        assert!(!is("sf-string", "\"") && !is("media-range", "a") && !is("int64", "--1"));
    }
}
