//! Texts: plain ones, of a format, of a pattern, of a length.
//!
//! Offers candidates in order of plainness; never says itself whether one conforms.

use crate::base::seed::Rng;
use crate::generate::pattern::Pattern;
use crate::generate::shape::Shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

/// Texts are made no longer than this where a schema sets no bound.
pub(super) const LONG: usize = 1_000;

/// What the texts of one run of the generator are made from.
pub(super) struct Writer {
    pub(super) rng: Rng,
    pub(super) now: Timestamp,
}

impl Writer {
    /// Candidates for a text, the plainest first. `name` is what the property is called.
    pub(super) fn candidates(&mut self, shape: &Shape, name: &str, salt: usize) -> Vec<String> {
        let mut found = Vec::new();
        let least = usize::try_from(shape.min_length).unwrap_or(usize::MAX).min(100_000);
        let most = shape.max_length.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        for pattern in &shape.patterns {
            let Some(pattern) = Pattern::parse(pattern) else { continue };
            let short = pattern.shortest();
            for add in [0, 1, 2, 3, 5, 8, 13, 24] {
                let length = (short.max(least) + (add + salt) % 30).min(most);
                found.extend(pattern.text(length, &mut self.rng));
            }
        }
        if let [first, .., last] = shape.patterns.as_slice()
            && let Some((first, last)) = Pattern::parse(first).zip(Pattern::parse(last))
        {
            for (one, other) in [(&first, &last), (&last, &first)] {
                let parts = one.text(one.shortest(), &mut self.rng).zip(other.text(other.shortest(), &mut self.rng));
                found.extend(parts.map(|(one, other)| one + &other));
            }
        }
        for format in &shape.formats {
            found.extend(of_format(format, self.now, salt));
        }
        if let (encoding, Some(media)) = (shape.content.0.as_deref(), shape.content.1.as_deref())
            && media.contains("json")
        {
            let text = r#"{"a":1}"#;
            found.push(if encoding == Some("base64") { STANDARD.encode(text) } else { text.to_owned() });
        }
        if shape.content.0.is_some() {
            found.push(STANDARD.encode(format!("text {salt}")));
            found.push("4142".to_owned());
        }
        found.push(self.plain(name, least, most, salt));
        for length in [least, most.min(LONG)] {
            found.push(letters(length, salt));
            found.push("1".repeat(length));
        }
        found
    }

    /// Text such as `id-4711`, within the lengths.
    fn plain(&mut self, name: &str, least: usize, most: usize, salt: usize) -> String {
        let number = 1_000 + (self.rng.next_u64() % 8_000) + salt as u64;
        let mut text = format!("{}-{number}", if name.is_empty() { "text" } else { name });
        if text.chars().count() > most {
            text = number.to_string();
        }
        if text.chars().count() > most {
            text = letters(most, salt);
        }
        let missing = least.saturating_sub(text.chars().count());
        text.extend(std::iter::repeat_n('x', missing));
        text
    }
}

/// A text of so many letters, another one for each salt.
pub(super) fn letters(length: usize, salt: usize) -> String {
    let mut text: String = (0..length).map(|i| char::from(b'a' + u8::try_from(i % 26).unwrap_or(0))).collect();
    let mut rest = salt;
    for i in 0..if salt == 0 { 0 } else { length } {
        if rest == 0 {
            break;
        }
        let letter = char::from(b'a' + u8::try_from((i + rest) % 26).unwrap_or(0));
        text.replace_range(i..=i, &letter.to_string());
        rest /= 26;
    }
    text
}

/// Texts of a format, the plainest first.
pub(super) fn of_format(format: &str, now: Timestamp, salt: usize) -> Vec<String> {
    let later = now.checked_add(jiff::SignedDuration::from_secs(i64::try_from(salt).unwrap_or(0) * 86_400)).unwrap_or(now);
    let civil = later.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let whole = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let (date, time) = whole.split_once('T').unwrap_or((&whole, ""));
    let n = salt + 1;
    match format {
        "date-time" => vec![format!("{whole}Z")],
        "date" => vec![date.to_owned()],
        "time" => vec![format!("{time}Z")],
        "duration" => vec![format!("P{n}D")],
        "date-time-local" => vec![whole.clone()],
        "time-local" => vec![time.to_owned()],
        "http-date" => vec![civil.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()],
        "email" | "idn-email" => vec![format!("person{n}@example.com")],
        "hostname" | "idn-hostname" => vec![format!("host{n}.example.com")],
        "ipv4" => vec![format!("192.0.2.{}", n % 255)],
        "ipv6" => vec![format!("2001:db8::{:x}", n % 65_535)],
        "uri" | "iri" | "url" => vec![format!("https://example.com/{n}"), format!("urn:example:{n}")],
        "uri-reference" | "iri-reference" => vec![format!("/path/{n}")],
        "uri-template" => vec![format!("https://example.com/{{id}}/{n}")],
        "uuid" => vec![format!("01890a5d-ac96-774b-bcce-{:012x}", 0xb302_099a_8057_u64 + salt as u64)],
        "json-pointer" => vec![format!("/a/{n}")],
        "relative-json-pointer" => vec![format!("{n}/a")],
        "regex" => vec![format!("^a{{{n}}}$")],
        "byte" | "base64url" => {
            let text = STANDARD.encode(format!("text{n:02}"));
            vec![text, "QUJD".to_owned(), STANDARD.encode("0123456789abcdef0123456789abcdef")]
        }
        "sf-binary" => vec![format!(":{}:", STANDARD.encode(format!("text{n:02}")))],
        "char" => vec![letters(1, salt)],
        "decimal" | "decimal128" => vec![format!("{n}.50")],
        "double-int" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "sf-integer" => {
            vec![n.to_string()]
        }
        "sf-string" => vec![format!("\"text {n}\"")],
        "sf-decimal" => vec![format!("{n}.5")],
        "sf-token" => vec![format!("token{n}")],
        "sf-boolean" => vec!["?1".to_owned()],
        "media-range" => vec!["application/json".to_owned(), "text/*".to_owned()],
        _ => Vec::new(),
    }
}

/// Texts of a format that are written in an unusual way, each with what is unusual about it.
pub(super) fn odd(format: &str, now: Timestamp) -> Vec<(&'static str, String)> {
    let civil = now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let whole = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let east = (civil + jiff::Span::new().hours(2)).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let (date, time) = whole.split_once('T').unwrap_or((&whole, ""));
    let found: Vec<(&'static str, String)> = match format {
        "date-time" => vec![
            ("with an offset", format!("{east}+02:00")),
            ("with a fraction", format!("{whole}.123Z")),
            ("with nine digits of a fraction", format!("{whole}.123456789Z")),
            ("with a zero offset", format!("{whole}+00:00")),
            ("with an unknown offset", format!("{whole}-00:00")),
            ("in lower case", format!("{date}t{time}z")),
            ("at a leap second", "2016-12-31T23:59:60Z".to_owned()),
            ("on a leap day", "2024-02-29T00:00:00Z".to_owned()),
            ("at the end of a year", "2025-12-31T23:59:59Z".to_owned()),
            ("long ago", "1970-01-01T00:00:00Z".to_owned()),
            ("far ahead", "9999-12-31T23:59:59Z".to_owned()),
        ],
        "date" => vec![("on a leap day", "2024-02-29".to_owned()), ("far ahead", "9999-12-31".to_owned())],
        "time" => vec![("with an offset", "12:00:00+02:00".to_owned()), ("with a fraction", "12:00:00.5Z".to_owned())],
        "duration" => vec![("of weeks", "P2W".to_owned()), ("of every unit", "P1Y2M3DT4H5M6S".to_owned())],
        "email" => vec![
            ("with a plus sign", "first.last+tag@example.com".to_owned()),
            ("with a short domain", "a@b.co".to_owned()),
            ("with a quoted name", "\"a b\"@example.com".to_owned()),
        ],
        "uuid" => vec![
            ("in upper case", "01890A5D-AC96-774B-BCCE-B302099A8057".to_owned()),
            ("of zeros", "00000000-0000-0000-0000-000000000000".to_owned()),
        ],
        "uri" | "iri" => vec![
            ("with query and fragment", "https://example.com/a%20b?c=d&e=%C3%A9#f".to_owned()),
            ("with a port", "http://example.com:8080/".to_owned()),
            ("with an address for a host", "http://[2001:db8::1]/".to_owned()),
            ("that is no URL", "urn:isbn:0451450523".to_owned()),
        ],
        "uri-reference" | "iri-reference" => vec![("that is empty", String::new()), ("relative", "../a?b#c".to_owned())],
        "hostname" => vec![("of one label", "localhost".to_owned()), ("that starts with a digit", "1.example.com".to_owned())],
        "ipv4" => vec![("of zeros", "0.0.0.0".to_owned()), ("of the highest", "255.255.255.255".to_owned())],
        "ipv6" => vec![("that is short", "::".to_owned()), ("with an IPv4 part", "::ffff:192.0.2.1".to_owned())],
        "json-pointer" => vec![("that is empty", String::new()), ("with escapes", "/a~1b/m~0n".to_owned())],
        "byte" => vec![("with padding", "YQ==".to_owned()), ("of every kind of letter", "+/+/".to_owned())],
        _ => Vec::new(),
    };
    found
}

/// Texts beyond ASCII.
pub(super) const UNICODE: &[(&str, &str)] = &[
    ("with characters beyond the basic plane", "\u{1f600}\u{10348}"),
    ("with accents, composed and combining", "caf\u{e9} cafe\u{301}"),
    ("in other scripts", "\u{65e5}\u{672c}\u{8a9e} \u{0639}\u{0631}\u{0628}\u{064a}"),
    ("with quotes, backslashes and line breaks", "\"a\" \\ 'b' </script>\r\n\t."),
];
