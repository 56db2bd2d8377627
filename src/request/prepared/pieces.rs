//! Bytes with slots in them, and how a value is written into each slot.
//!
//! Writes and nothing else: no allocation but the growth of what is written to, and no guess about a value that does not fit.

use crate::request::prepared::slot::{SlotValue, Unfit};

/// How a value is written where a slot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Percent-encoded within a path: neither empty nor dots alone, which would be another path.
    Path,
    /// Percent-encoded: of a query, a form, a cookie.
    Percent,
    /// As it is, of RFC 3986's unreserved characters alone.
    Unreserved,
    /// As it is, within a header field.
    Field,
    /// A whole JSON value of its own type.
    JsonValue,
    /// Text within a JSON text.
    JsonText,
    /// As it is.
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    at: usize,
    slot: usize,
    kind: Kind,
}

/// Bytes with slots in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    fixed: Vec<u8>,
    places: Vec<Place>,
}

impl Pieces {
    pub(super) fn push(&mut self, bytes: impl AsRef<[u8]>) {
        self.fixed.extend_from_slice(bytes.as_ref());
    }

    pub(super) fn slot(&mut self, slot: usize, kind: Kind) {
        self.places.push(Place { at: self.fixed.len(), slot, kind });
    }

    pub(super) fn append(&mut self, other: &Self) {
        let before = self.fixed.len();
        self.push(&other.fixed);
        self.places.extend(other.places.iter().map(|p| Place { at: p.at + before, ..*p }));
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.places.is_empty()
    }

    /// How long what is written usually is: exactly, where there is no slot.
    pub(super) fn usual_length(&self) -> usize {
        self.fixed.len() + self.places.len() * 24
    }

    pub(super) fn write<'v>(&self, values: &impl Fn(usize) -> SlotValue<'v>, out: &mut Vec<u8>) -> Result<(), Unfit> {
        let mut from = 0;
        for place in &self.places {
            out.extend_from_slice(&self.fixed[from..place.at]);
            from = place.at;
            if !fill(place.kind, values(place.slot), out).ok_or(Unfit::Missing(place.slot))? {
                return Err(Unfit::Odd(place.slot));
            }
        }
        out.extend_from_slice(&self.fixed[from..]);
        Ok(())
    }
}

/// Writes a value; `None` where there is none, `false` where it does not fit.
fn fill(kind: Kind, value: SlotValue<'_>, out: &mut Vec<u8>) -> Option<bool> {
    let text = match value {
        SlotValue::Missing => return None,
        SlotValue::Text(text) if kind == Kind::JsonValue => {
            out.push(b'"');
            json_text(text, out);
            out.push(b'"');
            return Some(true);
        }
        SlotValue::Bare(json) | SlotValue::Json(json) if kind == Kind::JsonValue => {
            out.extend_from_slice(json.as_bytes());
            return Some(true);
        }
        // How a list or a mapping is written depends on the style of what it stands in.
        SlotValue::Json(_) if kind != Kind::JsonText => return Some(false),
        SlotValue::Text(text) | SlotValue::Bare(text) | SlotValue::Json(text) => text,
    };
    let fits = match kind {
        Kind::Path => text.bytes().any(|b| b != b'.'),
        Kind::Unreserved => text.bytes().all(is_unreserved),
        Kind::Field => !text.chars().any(|c| c.is_control() && c != '\t'),
        Kind::Percent | Kind::JsonValue | Kind::JsonText | Kind::Text => true,
    };
    match kind {
        _ if !fits => {}
        Kind::Path | Kind::Percent => percent(text, out),
        Kind::JsonText => json_text(text, out),
        Kind::Unreserved | Kind::Field | Kind::Text | Kind::JsonValue => out.extend_from_slice(text.as_bytes()),
    }
    Some(fits)
}

/// RFC 3986 section 2.3.
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[usize::from(byte)]
}

/// The hexadecimal digits, for both ways of escaping.
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// All but RFC 3986's unreserved characters, percent-encoded.
fn percent(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !is_unreserved(byte) {
            out.extend_from_slice(&bytes[from..at]);
            out.extend_from_slice(&[b'%', UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
            from = at + 1;
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// The inside of a JSON text (RFC 8259 section 7).
fn json_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', LOWER[usize::from(byte >> 4)], LOWER[usize::from(byte & 15)]]);
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

#[cfg(test)]
mod tests {
    use super::{Kind, fill, json_text, percent};
    use crate::contract::style::encode;
    use crate::request::prepared::slot::SlotValue;
    use proptest::prelude::{any, proptest};

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn both_ways_of_escaping_are_those_of_the_maker(text in any::<String>(), code in 0_u8..128) {
            let text = format!("{text}{}", char::from(code));
            assert_eq!(written(|out| percent(&text, out)), encode(&text, false));
            assert_eq!(format!("\"{}\"", written(|out| json_text(&text, out))), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let fits = |kind, text| fill(kind, SlotValue::Text(text), &mut Vec::new());
        for (kind, good, bad) in [
            (Kind::Path, "...a", ".."),
            (Kind::Path, "/", ""),
            (Kind::Unreserved, "a~1", "a/1"),
            (Kind::Field, "a\té", "a\r\nx-injected: 1"),
            (Kind::Field, "", "\u{85}"),
        ] {
            assert_eq!((fits(kind, good), fits(kind, bad)), (Some(true), Some(false)), "{kind:?}");
        }
        assert_eq!(fill(Kind::Percent, SlotValue::Json("[1]"), &mut Vec::new()), Some(false));
        assert_eq!(fill(Kind::Text, SlotValue::Missing, &mut Vec::new()), None);
        assert_eq!(
            written(|out| assert_eq!(fill(Kind::JsonText, SlotValue::Json("{\"a\":1}"), out), Some(true))),
            "{\\\"a\\\":1}"
        );
    }
}
