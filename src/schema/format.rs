//! Formats beyond those that the JSON Schema crate knows.
//!
//! Text only: ranges of numbers are bounds of the schema and never come here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use jsonschema::ValidationOptions;

pub(in crate::schema) fn register(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options.with_format("byte", is_base64)
}

/// RFC 4648 section 4, padding optional, line breaks as MIME writes them.
fn is_base64(text: &str) -> bool {
    let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(&joined).is_ok() || STANDARD_NO_PAD.decode(&joined).is_ok()
}
