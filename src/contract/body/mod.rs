//! Bodies of every media type: what of one can be held against a schema, and how a value is written as one.
//!
//! Reads and writes bytes by what the description says of them. Validates nothing; what no schema can be held against is said.

pub(in crate::contract) mod form;
mod multipart;
mod stream;
#[cfg(test)]
mod tests;
mod write;

pub use write::Written;

use crate::base::pointer::Pointer;
use crate::contract::Contract;
use crate::contract::media::MediaName;
use crate::contract::model::{HeaderSpec, MediaType};
use crate::contract::style::decode;
use crate::contract::view::View;
use serde_json::Value;

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What the schema of the media type is held against.
    pub value: Option<Value>,
    /// What the schema of its items is held against, one by one.
    pub items: Vec<(Pointer, Value)>,
    /// The header fields that are described of parts.
    pub headers: Vec<PartHeader>,
    /// What is wrong with the body whatever its schema.
    pub faults: Vec<Fault>,
    /// Why a schema cannot be held against it, or against a part of it.
    pub unjudged: Vec<String>,
    /// Where in the value something stands that could not be read: what a schema says of it means nothing.
    pub unread: Vec<Pointer>,
}

/// A header field described of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartHeader {
    /// The part.
    pub at: Pointer,
    /// What is said of the field.
    pub spec: HeaderSpec,
    /// Its value, where it is there.
    pub text: Option<String>,
}

/// What is wrong with a body whatever its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which rule.
    pub kind: FaultKind,
    /// Where, as far as there is a value.
    pub at: Option<Pointer>,
    /// A lower-case fragment.
    pub message: String,
    /// What was required.
    pub expected: String,
    /// What was there.
    pub actual: String,
}

/// Which rule a body breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not what its media type says.
    Unreadable,
    /// A part has a media type that is not documented for it.
    PartType,
}

impl Fault {
    fn unreadable(
        at: Option<Pointer>,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self { kind: FaultKind::Unreadable, at, message: message.into(), expected: expected.into(), actual: actual.into() }
    }
}

impl Reading {
    fn of(value: Value) -> Self {
        Self { value: Some(value), ..Self::default() }
    }

    fn broken(fault: Fault) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }

    fn unjudged(reason: impl Into<String>) -> Self {
        Self { unjudged: vec![reason.into()], ..Self::default() }
    }
}

impl Contract {
    /// Reads a body by the media type it came with, as far as what is documented of it can be held against it.
    #[must_use]
    pub fn read_body(&self, documented: &MediaType, content_type: &str, bytes: &[u8]) -> Reading {
        let Some(name) = MediaName::parse(content_type) else {
            return Reading::unjudged(format!("`{content_type}` is no media type"));
        };
        let view = View::of(&self.files, documented.schema.as_ref());
        if let Some(kind) = stream::kind(&name) {
            return stream::read(kind, documented, &view, bytes);
        }
        if name.is_multipart() {
            return multipart::read(&name, documented, &view, bytes);
        }
        if documented.schema.is_none() && !name.is_json() {
            return Reading::default();
        }
        if name.essence() == form::URLENCODED {
            return match std::str::from_utf8(bytes) {
                Ok(text) => form::read(text, documented, &view),
                Err(_) => Reading::broken(Fault::unreadable(None, "the form is not UTF-8", "a urlencoded form", "other bytes")),
            };
        }
        match one(&name, &view, bytes) {
            Ok(Some(value)) => Reading::of(value),
            Ok(None) => Reading::unjudged(unjudged(&name, &view)),
            Err(reason) => {
                Reading::broken(Fault::unreadable(None, reason, format!("a body of {}", name.essence()), "other bytes"))
            }
        }
    }
}

/// Why the schema cannot be held against the media type.
fn unjudged(name: &MediaName, view: &View<'_>) -> String {
    format!("no rule says how `{}` becomes {} of the schema", name.essence(), view.types().join(" or "))
}

/// Bytes as one value of a media type; `None` where nothing says how they become one.
fn one(name: &MediaName, view: &View<'_>, bytes: &[u8]) -> Result<Option<Value>, String> {
    if name.is_json() {
        return serde_json::from_slice(bytes).map(Some).map_err(|e| format!("it is not JSON: {e}"));
    }
    let types = view.types();
    if !types.is_empty() && types.iter().all(|t| matches!(*t, "array" | "object" | "null")) {
        return Ok(None);
    }
    if name.is_text() || name.is_xml() {
        return text(name, bytes).map(|text| text.map(|text| decode::scalar(&text, view)));
    }
    // One character for each byte, so that the lengths of the schema count bytes: OpenAPI 3.1, working with binary data.
    Ok(Some(Value::String(bytes.iter().copied().map(char::from).collect())))
}

/// Text by its `charset`; `None` where that is none we read.
fn text(name: &MediaName, bytes: &[u8]) -> Result<Option<String>, String> {
    let charset = name.parameter("charset").unwrap_or("utf-8").to_ascii_lowercase();
    match charset.as_str() {
        "utf-8" | "utf8" => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())),
            Err(fault) => Err(format!("it is not UTF-8: byte {} begins no character", fault.valid_up_to())),
        },
        "us-ascii" | "ascii" if bytes.is_ascii() => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
        "us-ascii" | "ascii" => Err("it is not ASCII".to_owned()),
        "iso-8859-1" | "latin1" => Ok(Some(bytes.iter().copied().map(char::from).collect())),
        _ => Ok(None),
    }
}
