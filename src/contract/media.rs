//! Media types: reading them (RFC 9110 section 8.3.1), and finding the documented one that covers what was sent.
//!
//! Pure text. Never reads a body and knows no schema.

use crate::contract::model::MediaType;
use std::fmt;

/// A media type or a range of them, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaName {
    kind: String,
    subtype: String,
    /// Names in lower case, values as they mean without quotes.
    parameters: Vec<(String, String)>,
}

impl MediaName {
    /// Reads `type/subtype; name=value; other="quoted text"`; a lone `*` is `*/*`. `None` where it is no media type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (essence, rest) = text.split_once(';').map_or((text, None), |(e, r)| (e, Some(r)));
        let essence = essence.trim();
        let (kind, subtype) = if essence == "*" { ("*", "*") } else { essence.split_once('/')? };
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let parameters = rest.map_or(Some(Vec::new()), parameters)?;
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), parameters })
    }

    /// Type and subtype in lower case, without parameters.
    #[must_use]
    pub fn essence(&self) -> String {
        format!("{}/{}", self.kind, self.subtype)
    }

    /// The part of the subtype after its last `+` (RFC 6838 section 4.2.8).
    #[must_use]
    pub fn suffix(&self) -> Option<&str> {
        self.subtype.rsplit_once('+').map(|(_, suffix)| suffix)
    }

    /// A parameter by its name in lower case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// True where it is one type and no range.
    #[must_use]
    pub fn is_concrete(&self) -> bool {
        self.kind != "*" && !self.subtype.starts_with('*')
    }

    /// True for JSON and the `+json` suffix (RFC 6839), streams of JSON not included.
    #[must_use]
    pub fn is_json(&self) -> bool {
        matches!((self.kind.as_str(), self.subtype.as_str()), ("application" | "text", "json")) || self.suffix() == Some("json")
    }

    /// True for XML and the `+xml` suffix (RFC 7303).
    #[must_use]
    pub fn is_xml(&self) -> bool {
        matches!((self.kind.as_str(), self.subtype.as_str()), ("application" | "text", "xml")) || self.suffix() == Some("xml")
    }

    /// True for text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.kind == "text"
    }

    /// True for `multipart/...`.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.kind == "multipart"
    }

    /// True when `actual` is this type or lies in this range: every parameter written here must be there, a `charset` of
    /// UTF-8 aside, which may be left out. `application/*+json` is the range of a suffix; RFC 9110 knows no such range, and
    /// descriptions use it all the same.
    #[must_use]
    pub fn covers(&self, actual: &Self) -> bool {
        let kind = self.kind == "*" || self.kind == actual.kind;
        let subtype = match self.subtype.strip_prefix("*+") {
            Some(suffix) => actual.suffix() == Some(suffix),
            None => self.subtype == "*" || self.subtype == actual.subtype,
        };
        let parameters = self.parameters.iter().all(|(name, value)| match actual.parameter(name) {
            Some(other) if name == "charset" => other.eq_ignore_ascii_case(value),
            Some(other) => other == value,
            None => name == "charset" && value.eq_ignore_ascii_case("utf-8"),
        });
        kind && subtype && parameters
    }

    /// How narrow it is: ranges before suffixes before types, then by the number of parameters.
    fn rank(&self) -> (u8, usize) {
        let width = match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", _) => 0,
            (_, "*") => 1,
            (_, subtype) if subtype.starts_with("*+") => 2,
            _ => 3,
        };
        (width, self.parameters.len())
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)?;
        for (name, value) in &self.parameters {
            if is_token(value) {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// RFC 9110 section 5.6.2: names of types, header fields and methods.
pub(in crate::contract) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// `name=value; other="quoted value"`, empty ones left out (RFC 9110 section 5.6.6).
#[must_use]
pub fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ';']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        // Spaces around the sign are not allowed, and met all the same.
        let (name, after) = (name.trim(), after.trim_start());
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if !is_token(name) {
            return None;
        }
        found.push((name.to_ascii_lowercase(), value));
        let tail = tail.trim_start();
        if !tail.is_empty() && !tail.starts_with(';') {
            return None;
        }
        rest = tail.trim_start_matches([' ', '\t', ';']);
    }
    Some(found)
}

/// The text up to the closing quote, and what follows it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            '"' => return Some((value, &quoted[i + 1..])),
            c => value.push(c),
        }
    }
    None
}

/// The narrowest of `media` that covers the value of a `Content-Type` field.
#[must_use]
pub fn documented<'a>(media: &'a [MediaType], content_type: &str) -> Option<&'a MediaType> {
    let actual = MediaName::parse(content_type)?;
    let named = media.iter().filter_map(|m| Some((MediaName::parse(&m.name)?, m)));
    let mut best: Option<((u8, usize), &MediaType)> = None;
    for (name, media) in named.filter(|(name, _)| name.covers(&actual)) {
        // Of two equally narrow ones the first wins.
        if best.is_none_or(|(rank, _)| name.rank() > rank) {
            best = Some((name.rank(), media));
        }
    }
    best.map(|(_, media)| media)
}

#[cfg(test)]
mod tests {
    use super::{MediaName, documented};
    use crate::contract::model::MediaType;

    fn media(name: &str) -> MediaType {
        MediaType {
            name: name.to_owned(),
            schema: None,
            item_schema: None,
            encoding: Vec::new(),
            prefix_encoding: Vec::new(),
            item_encoding: None,
            example: None,
            examples: Vec::new(),
        }
    }

    #[test]
    fn media_types_are_read_as_http_writes_them() {
        let name = MediaName::parse("Application/Problem+JSON;Charset=\"UTF-8\" ; profile=\"a;\\\"b\"; ;").expect("a media type");
        assert_eq!((name.essence().as_str(), name.suffix()), ("application/problem+json", Some("json")));
        assert_eq!((name.parameter("charset"), name.parameter("profile")), (Some("UTF-8"), Some("a;\"b")));
        assert_eq!(name.to_string(), "application/problem+json; charset=UTF-8; profile=\"a;\\\"b\"");
        assert!(name.is_json() && name.is_concrete());
        for odd in ["", "json", "application/", "a/b c", "a/b; x", "a/b; x=\"y", "a/b; x=\"y\" z"] {
            assert_eq!(MediaName::parse(odd), None, "{odd}");
        }
        assert_eq!(MediaName::parse("*").map(|m| m.to_string()).as_deref(), Some("*/*"));
    }

    #[test]
    fn the_narrowest_documented_type_is_found() {
        let all = [
            media("*/*"),
            media("text/*"),
            media("application/*+json"),
            media("application/json"),
            media("application/json; version=2"),
            media("text/html; charset=UTF-8"),
        ];
        let found = |actual: &str| documented(&all, actual).map(|m| m.name.as_str());
        for (actual, wanted) in [
            ("application/json", "application/json"),
            ("application/json; charset=utf-8", "application/json"),
            ("APPLICATION/JSON;version=2", "application/json; version=2"),
            ("application/json;version=3", "application/json"),
            ("application/problem+json", "application/*+json"),
            ("text/html", "text/html; charset=UTF-8"),
            ("text/html;charset=latin1", "text/*"),
            ("image/png", "*/*"),
        ] {
            assert_eq!(found(actual), Some(wanted), "{actual}");
        }
        assert_eq!(found("nonsense"), None);
        assert_eq!(documented(&all[3..4], "application/problem+json"), None);
        assert_eq!(documented(&all[4..5], "application/json"), None);
    }
}
