//! A JSONPath (RFC 9535) with the place it was written at.
//!
//! Selects; never compares what it selected.

use crate::base::jsonpath::JsonPath;
use crate::base::pointer::Pointer;
use crate::base::source::Span;
use serde_json::Value;
use std::fmt;

/// A parsed JSONPath.
#[derive(Clone)]
pub struct Path {
    parsed: JsonPath,
    singular: bool,
    /// Where it stands.
    pub span: Span,
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({})", self.parsed)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.parsed, f)
    }
}

impl Path {
    /// Parses a path that stands at `span`.
    ///
    /// # Errors
    /// The byte offset in `text` at which it stops making sense, and a lower-case fragment.
    pub fn parse(text: &str, span: Span) -> Result<Self, (usize, String)> {
        let parsed = JsonPath::parse(text)?;
        Ok(Self { singular: parsed.is_singular(), parsed, span })
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.parsed.text()
    }

    /// True when it can never select more than one value.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// The values selected, each with its pointer in `value`.
    #[must_use]
    pub fn select<'v>(&self, value: &'v Value) -> Vec<(Pointer, &'v Value)> {
        self.parsed.select(value)
    }
}
