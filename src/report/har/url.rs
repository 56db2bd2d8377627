//! Requests' targets as the absolute URIs that HAR asks for.
//!
//! Escapes what no URI may hold. Resolves nothing, and never puts back what was redacted.

use crate::record::shape::HeaderRecord;
use std::fmt::Write as _;

/// Where a listener is that nothing named (RFC 6761).
const NOWHERE: &str = "http://listener.invalid";

/// The URL of a request, absolute and made of the characters of a URI alone.
pub(super) fn absolute(url: &str, headers: &[HeaderRecord]) -> String {
    let has_scheme = url.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if has_scheme {
        return escaped(url);
    }
    let host = headers.iter().find(|h| h.name.eq_ignore_ascii_case("host")).map(|h| h.value.trim());
    let host = host.filter(|h| !h.is_empty() && h.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c)));
    let origin = host.map_or_else(|| NOWHERE.to_owned(), |host| format!("http://{host}"));
    let slash = if url.starts_with('/') { "" } else { "/" };
    escaped(&format!("{origin}{slash}{url}"))
}

/// The parameters of a query, decoded.
pub(super) fn query(url: &str) -> Vec<(String, String)> {
    let without = url.split('#').next().unwrap_or_default();
    let Some((_, query)) = without.split_once('?') else { return Vec::new() };
    let fields = query.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn escaped(url: &str) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
    // Brackets belong to an address of IPv6 alone, and to no name that was hidden.
    let host = url[..end].rfind('@').map_or(authority, |at| at + 1);
    let literal = url[host..end].starts_with('[') && url[host..end].chars().all(|c| c.is_ascii_hexdigit() || ".:[]".contains(c));
    let mut out = String::with_capacity(url.len());
    for (at, byte) in url.bytes().enumerate() {
        let is_bracket = matches!(byte, b'[' | b']');
        let stays = if is_bracket {
            literal && (host..end).contains(&at)
        } else {
            byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(&byte) || is_escape(url.as_bytes(), at)
        };
        if stays {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A `%` that begins an escape.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'%' && bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(digit), ahead.next().and_then(digit)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high * 16 + low);
                        rest = ahead;
                    }
                    _ => bytes.push(byte),
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{absolute, query};
    use crate::record::shape::HeaderRecord;

    #[test]
    fn targets_become_absolute_uris() {
        let host = |value: &str| vec![HeaderRecord { name: "Host".to_owned(), value: value.to_owned() }];
        for (url, headers, expected) in [
            ("http://[::1]:80/a[1]?x=[redacted]", vec![], "http://[::1]:80/a%5B1%5D?x=%5Bredacted%5D"),
            ("https://[redacted]@h/a b%20c%", vec![], "https://%5Bredacted%5D@h/a%20b%20c%25"),
            ("/hooks?u=http://x", host("127.0.0.1:9"), "http://127.0.0.1:9/hooks?u=http://x"),
            ("/hooks", host("evil\n/x"), "http://listener.invalid/hooks"),
            ("*", vec![], "http://listener.invalid/*"),
            ("http://h/\u{202e}é", vec![], "http://h/%E2%80%AE%C3%A9"),
        ] {
            assert_eq!(absolute(url, &headers), expected);
        }
        let pairs = query("http://h/?a=1+2&b&c=%C3%A9%5Bredacted%5D&d=%zz#e=f");
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("a", "1 2"), ("b", ""), ("c", "é[redacted]"), ("d", "%zz")]);
    }
}
