//! The small texts that requests bear: percent and form encoding, RFC 3339 instants, callback URLs.
//!
//! Reads strictly and answers yes or no. Knows no operation, and never resolves a host.

use crate::sandbox::clock::saturating_add;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A path segment without its percent encoding; `None` when that is broken.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The pairs of a query or of a form body; `None` when an encoding is broken.
pub(super) fn form_pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((percent_decoded(&name.replace('+', " "))?, percent_decoded(&value.replace('+', " "))?))
        })
        .collect()
}

/// An RFC 3339 date-time, and nothing more lenient; beyond what an instant can hold it saturates.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|b| set.contains(b));
    if !(text.is_ascii() && is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let seconds = number(17, 19)?;
    let leap = seconds == 60 && number(14, 16)? == 59;
    let mut rest = &text[19..];
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        if end == 0 {
            return None;
        }
        nanos = format!("{:0<9.9}", &fraction[..end]).parse().ok()?;
        rest = &fraction[end..];
    }
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let base = text.len() - 5;
            let (hours, minutes) = (number(base, base + 2)?, number(base + 3, base + 5)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 3_600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let local = DateTime::new(
        number(0, 4)?.try_into().ok()?,
        number(5, 7)?.try_into().ok()?,
        number(8, 10)?.try_into().ok()?,
        number(11, 13)?.try_into().ok()?,
        number(14, 16)?.try_into().ok()?,
        (if leap { 59 } else { seconds }).try_into().ok()?,
        nanos,
    )
    .ok()?;
    let late = local.year() > 0;
    let Ok(utc) = local.to_zoned(TimeZone::UTC) else {
        return Some(if late { Timestamp::MAX } else { Timestamp::MIN });
    };
    let shift = SignedDuration::from_secs(i64::from(leap) - offset);
    Some(saturating_add(utc.timestamp(), shift))
}

/// What a callback URL says about where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Lower-case, without brackets.
    pub(super) host: String,
    /// The port, given or of the scheme.
    pub(super) port: u16,
    /// Whether it can only be this machine.
    pub(super) loopback: bool,
}

/// Reads a callback URL.
///
/// # Errors
/// What is wrong with it, as a sentence for people.
pub(super) fn endpoint(url: &str) -> Result<Endpoint, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("url must be an absolute URL.")?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err("url must be an https URL."),
    };
    if rest.contains(['?', '#']) {
        return Err("url must have no query and no fragment.");
    }
    let (authority, path) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
    if authority.contains('@') {
        return Err("url must have no user.");
    }
    if percent_decoded(path).is_none()
        || !path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/[]@!$&'()*+,;=%".contains(&b))
    {
        return Err("the path of url is malformed.");
    }
    let (host, port) = host_and_port(authority).ok_or("the host of url is malformed.")?;
    let loopback = is_loopback(&host);
    if !secure && !loopback {
        return Err("url must be an https URL.");
    }
    Ok(Endpoint { port: port.unwrap_or(if secure { 443 } else { 80 }), loopback, host })
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; the host lower-case and without brackets.
pub(super) fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        address.parse::<Ipv6Addr>().ok()?;
        (address, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
    } else {
        let (host, port) = authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
        let labels = !host.is_empty() && host.split('.').all(|l| !l.is_empty() || host.ends_with('.'));
        if !labels || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
            return None;
        }
        (host, port)
    };
    let port = match port {
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => Some(text.parse().ok().filter(|p| *p > 0)?),
        Some(_) => return None,
        None => None,
    };
    Some((host.to_ascii_lowercase(), port))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{endpoint, form_pairs, percent_decoded, rfc3339};

    #[test]
    fn encodings() {
        assert_eq!(percent_decoded("caf%C3%A9").as_deref(), Some("café"));
        assert_eq!(percent_decoded("%zz"), None);
        assert_eq!(percent_decoded("%ff"), None);
        assert_eq!(form_pairs("a=1+2&b&c=%2B").expect("pairs").last().map(|p| p.1.clone()).as_deref(), Some("+"));
    }

    #[test]
    fn instants_as_rfc_3339_and_no_other_way() {
        for (text, shown) in [
            ("2026-01-28T08:00:00Z", "2026-01-28T08:00:00Z"),
            ("2026-01-28t09:00:00.5+01:00", "2026-01-28T08:00:00.5Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2026-01-28T08:00:00.1234567891234Z", "2026-01-28T08:00:00.123456789Z"),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z"),
        ] {
            assert_eq!(rfc3339(text).map(|t| t.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "2026-01-28",
            "2026-01-28 08:00:00Z",
            "2026-01-28T08:00:00",
            "2026-02-30T08:00:00Z",
            "2026-01-28T24:00:00Z",
            "2026-01-28T08:00:00.Z",
            "2026-01-28T08:00:00+0100",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn callback_urls() {
        for (url, host, port, loopback) in [
            ("https://Partner.example.com/laas/", "partner.example.com", 443, false),
            ("https://partner.example.com:8443", "partner.example.com", 8443, false),
            ("http://127.0.0.1:9000/x", "127.0.0.1", 9000, true),
            ("http://[::1]:9000", "::1", 9000, true),
            ("http://localhost", "localhost", 80, true),
        ] {
            let read = endpoint(url).expect(url);
            assert_eq!((read.host.as_str(), read.port, read.loopback), (host, port, loopback), "{url}");
        }
        for url in [
            "",
            "partner",
            "http://partner.example.com",
            "ftp://localhost",
            "https://u@h/",
            "https://h/?a",
            "https://h/#a",
            "https://",
            "https://h:0",
            "https://h:x",
            "https://h/a b",
            "https://h o",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(endpoint(url).is_err(), "{url}");
        }
    }
}
