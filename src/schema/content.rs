//! What texts hold: `contentEncoding`, `contentMediaType` and `contentSchema`, asserted where a set asks for it.
//!
//! Decodes and parses; the schema of what was parsed is another validator of the set. Never looks at what is not text.

use crate::schema::set::Inner;
use crate::schema::source::place;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jsonschema::json::{Json, Node};
use jsonschema::{Keyword, ValidationError};
use serde_json::Value;
use std::sync::Weak;

/// The keyword that a lowered schema says it by: an object of `encoding`, `mediaType` and `schema`, a reference.
pub(in crate::schema) const CONTENT: &str = "spec:content";

struct Content {
    set: Weak<Inner>,
    encoding: Option<String>,
    media_type: Option<String>,
    schema: Option<(usize, crate::base::pointer::Pointer)>,
}

pub(in crate::schema) fn keyword<'a, F: Json>(
    set: &Weak<Inner>,
    value: &'a Value,
) -> Result<Box<dyn for<'i> Keyword<'i, F>>, ValidationError<'a>> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let schema = text("schema").and_then(|t| place(&t));
    Ok(Box::new(Content { set: set.clone(), encoding: text("encoding"), media_type: text("mediaType"), schema }))
}

impl Content {
    /// What is wrong with a text, as the keyword that says so and a fragment.
    fn fault(&self, text: &str) -> Option<(&'static str, String)> {
        let bytes = match &self.encoding {
            Some(encoding) => match decode(encoding, text) {
                Some(bytes) => bytes,
                None => return Some(("contentEncoding", format!("is not encoded as {encoding}"))),
            },
            None => text.as_bytes().to_vec(),
        };
        let media_type = self.media_type.as_deref().filter(|t| is_json(t))?;
        let value: Value = match serde_json::from_slice(&bytes) {
            Ok(value) => value,
            Err(why) => return Some(("contentMediaType", format!("is not {media_type}: {why}"))),
        };
        let (document, pointer) = self.schema.as_ref()?;
        let set = self.set.upgrade()?;
        let validator = crate::schema::validator::Validator { compiled: set.validator(*document, pointer), set: Some(set) };
        let found = validator.violations(&value).into_iter().next()?;
        let at = if found.instance.as_str().is_empty() { String::new() } else { format!(" at {}", found.instance) };
        Some(("contentSchema", format!("holds {media_type} that{at} {}", found.message)))
    }
}

impl<'i, F: Json> Keyword<'i, F> for Content {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        match instance.as_string().and_then(|text| self.fault(&text)) {
            // The keyword comes first, for whoever explains it.
            Some((keyword, fault)) => Err(ValidationError::custom(format!("{keyword} {fault}"))),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        instance.as_string().is_none_or(|text| self.fault(&text).is_none())
    }
}

/// `application/json`, `text/json` and everything that ends in `+json`.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

/// The bytes that a text stands for; encodings that are not known stand for themselves.
fn decode(encoding: &str, text: &str) -> Option<Vec<u8>> {
    match encoding.to_ascii_lowercase().as_str() {
        // RFC 2045 section 6.8: what is not in the alphabet separates lines.
        "base64" => base64(text, false),
        "base64url" => base64(text, true),
        "base16" => pairs(text),
        "base32" => base32(text, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "base32hex" => base32(text, b"0123456789ABCDEFGHIJKLMNOPQRSTUV"),
        "quoted-printable" => quoted_printable(text),
        "7bit" => text.is_ascii().then(|| text.as_bytes().to_vec()),
        _ => Some(text.as_bytes().to_vec()),
    }
}

/// RFC 4648 section 4 or 5, padding optional, line breaks as MIME writes them.
pub(in crate::schema) fn base64(text: &str, url: bool) -> Option<Vec<u8>> {
    let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let (padded, bare) = if url { (URL_SAFE, URL_SAFE_NO_PAD) } else { (STANDARD, STANDARD_NO_PAD) };
    padded.decode(&joined).or_else(|_| bare.decode(&joined)).ok()
}

fn pairs(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// RFC 4648 section 6 or 7, padding optional.
fn base32(text: &str, alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if text.len() != body.len() && !text.len().is_multiple_of(8) || matches!(body.len() % 8, 1 | 3 | 6) {
        return None;
    }
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in body.bytes() {
        let digit = alphabet.iter().position(|a| *a == byte.to_ascii_uppercase())?;
        buffer = buffer << 5 | u32::try_from(digit).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// RFC 2045 section 6.7.
fn quoted_printable(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'=' => {
                let rest = &text.get(i + 1..)?;
                if let Some(line) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
                    i = text.len() - line.len();
                    continue;
                }
                decoded.extend(pairs(rest.get(..2)?)?);
                i += 3;
            }
            byte @ (b'\t' | b'\r' | b'\n' | b' '..=b'~') => {
                decoded.push(byte);
                i += 1;
            }
            _ => return None,
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::{decode, is_json};

    #[test]
    fn encodings_stand_for_bytes() {
        for (encoding, text, bytes) in [
            ("base64", "Zm9vYg==", Some("foob")),
            ("base64", "Zm9v\r\nYg", Some("foob")),
            ("base64", "Zm9v*", None),
            ("base64url", "-_8", Some("")),
            ("base64url", "+/8=", None),
            ("base16", "666F6f", Some("foo")),
            ("base16", "66F", None),
            // RFC 4648 section 10.
            ("base32", "MZXW6YTBOI======", Some("foobar")),
            ("base32", "MZXW6YTB", Some("fooba")),
            ("base32", "MZXW6Y=", None),
            ("base32hex", "CPNMUOJ1E8======", Some("foobar")),
            ("quoted-printable", "a=3Db=\r\nc", Some("a=bc")),
            ("quoted-printable", "a=3", None),
            ("quoted-printable", "é", None),
            ("7bit", "é", None),
            ("8bit", "é", Some("é")),
            ("x-own", "*", Some("*")),
        ] {
            let decoded = decode(encoding, text);
            match bytes {
                Some("") => assert!(decoded.is_some(), "{encoding} {text}"),
                other => assert_eq!(decoded.as_deref(), other.map(str::as_bytes), "{encoding} {text}"),
            }
        }
    }

    #[test]
    fn media_types_of_json_are_known() {
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"] {
            assert!(is_json(good), "{good}");
        }
        assert!(!is_json("application/jsonl") && !is_json("text/plain"));
    }
}
