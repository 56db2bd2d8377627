//! Path templates: reading them, matching a path against them, filling them in.
//!
//! Pure text; knows no operation and no server.

use std::fmt;

/// A path such as `/signatures/{signatureId}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Literal(String),
    Param(String),
}

impl PathTemplate {
    /// Reads a template; a brace without its partner is literal text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else { break };
            if open > 0 {
                parts.push(Part::Literal(rest[..open].to_owned()));
            }
            parts.push(Part::Param(rest[open + 1..open + length].to_owned()));
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Self { text, parts }
    }

    /// The template as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names in braces, in order.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|p| match p {
            Part::Param(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The template with its names blanked: two templates of equal shape match the same paths.
    #[must_use]
    pub fn shape(&self) -> String {
        self.parts.iter().map(|p| if let Part::Literal(text) = p { text.as_str() } else { "{}" }).collect()
    }

    /// The parameters of a path (still percent-encoded) that matches; values are decoded and never hold a slash as sent.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        match_parts(&self.parts, path, &mut found).then_some(found)
    }

    /// The path with each name replaced by what `value` gives, already encoded; `Err` names the one it lacks.
    ///
    /// # Errors
    /// The name of the first parameter without a value.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> Result<String, String> {
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => path.push_str(text),
                Part::Param(name) => path.push_str(&value(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(path)
    }

    /// The template segment by segment, each a template of its own.
    pub(in crate::contract) fn segments(&self) -> impl Iterator<Item = Self> + '_ {
        self.text.split('/').map(Self::new)
    }

    /// What a template of one segment is.
    pub(in crate::contract) fn kind(&self) -> SegmentKind {
        match self.parts.as_slice() {
            [Part::Param(_)] => SegmentKind::Param,
            parts if parts.iter().any(|p| matches!(p, Part::Param(_))) => SegmentKind::Mixed,
            _ => SegmentKind::Literal,
        }
    }

    /// Sorts concrete before templated: for each segment 0 literal, 1 mixed, 2 only a parameter.
    #[cfg(test)]
    pub(in crate::contract) fn rank(&self) -> Vec<u8> {
        let rank = |kind| match kind {
            SegmentKind::Literal => 0,
            SegmentKind::Mixed => 1,
            SegmentKind::Param => 2,
        };
        self.segments().map(|segment| rank(segment.kind())).collect()
    }
}

/// What stands between two slashes of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::contract) enum SegmentKind {
    /// Text alone.
    Literal,
    /// Text with parameters.
    Mixed,
    /// One parameter and nothing else.
    Param,
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn match_parts(parts: &[Part], path: &str, found: &mut Vec<(String, String)>) -> bool {
    match parts {
        [] => path.is_empty(),
        [Part::Literal(text), rest @ ..] => {
            // A server decodes before it routes: `%6D` is an `m`.
            literal(text, path).is_some_and(|after| match_parts(rest, after, found))
        }
        [Part::Param(name), rest @ ..] => {
            let limit = path.find('/').unwrap_or(path.len());
            // Greedy, so that `{name}.{ext}` splits at the last dot; a value is never empty.
            for end in (1..=limit).rev().filter(|e| path.is_char_boundary(*e)) {
                let before = found.len();
                found.push((name.clone(), percent_decode(&path[..end])));
                if match_parts(rest, &path[end..], found) {
                    return true;
                }
                found.truncate(before);
            }
            false
        }
    }
}

/// What follows `text` at the beginning of a path as sent, where either may have bytes percent-encoded.
fn literal<'p>(text: &str, path: &'p str) -> Option<&'p str> {
    if let Some(after) = path.strip_prefix(text) {
        return Some(after);
    }
    let (mut wanted, mut sent) = (text.as_bytes(), path.as_bytes());
    while !wanted.is_empty() {
        let ((one, after_wanted), (other, after_sent)) = (byte(wanted)?, byte(sent)?);
        if one != other {
            return None;
        }
        (wanted, sent) = (after_wanted, after_sent);
    }
    path.get(path.len() - sent.len()..)
}

/// The first byte, decoded, and what follows; an encoded slash is not a slash.
fn byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    match text {
        [b'%', high, low, rest @ ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) if (high, low) != (2, 15) => Some((high * 16 + low, rest)),
            _ => Some((b'%', &text[1..])),
        },
        [first, rest @ ..] => Some((*first, rest)),
        [] => None,
    }
}

/// Text with each `%41` replaced by its byte; what is not UTF-8 then becomes U+FFFD.
#[must_use]
pub fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let pair = text.get(i + 1..i + 3).filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
        match pair.filter(|_| bytes[i] == b'%').and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                i += 3;
            }
            None => {
                decoded.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{PathTemplate, percent_decode};

    fn found(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        PathTemplate::new(template).matches(path)
    }

    #[test]
    fn a_parameter_spans_one_segment_and_is_decoded() {
        assert_eq!(found("/s/{id}", "/s/a%2Fb%C3%A9"), Some(vec![("id".into(), "a/bé".into())]));
        assert_eq!(found("/s/{id}", "/s/a/b"), None);
        assert_eq!(found("/s/{id}", "/s/"), None);
        assert_eq!(found("/s/{id}/n", "/s/1/n"), Some(vec![("id".into(), "1".into())]));
        assert_eq!(found("/{a}.{b}", "/x.y.z").map(|p| (p[0].1.clone(), p[1].1.clone())), Some(("x.y".into(), "z".into())));
        assert_eq!(found("/s", "/s/"), None);
        assert_eq!(found("/é/{id}", "/%C3%A9/1"), Some(vec![("id".into(), "1".into())]));
        assert_eq!(found("/%C3%A9", "/é"), Some(Vec::new()));
        assert_eq!(found("/a/b", "/a%2Fb"), None);
        assert_eq!(found("/a%", "/a%"), Some(Vec::new()));
    }

    #[test]
    fn filling_needs_every_parameter() {
        let template = PathTemplate::new("/s/{id}/n/{n}");
        assert_eq!(template.fill(|n| Some(format!("<{n}>"))).as_deref(), Ok("/s/<id>/n/<n>"));
        assert_eq!(template.fill(|n| (n == "id").then(String::new)), Err("n".to_owned()));
        assert_eq!(template.shape(), "/s/{}/n/{}");
    }

    #[test]
    fn odd_percent_signs_stay() {
        assert_eq!(percent_decode("100%zz%4"), "100%zz%4");
        assert_eq!(percent_decode("%C3%A9%"), "é%");
    }
}
