//! Judges selected values by a matcher.
//!
//! Pure: the same values and scope give the same judgement. Performs no I/O.

use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::suite::template::Unresolved;
use serde_json::Value;

/// A value that is not as a matcher says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the value stands, as the selection named it.
    pub pointer: Pointer,
    /// What was required, for a person.
    pub expected: String,
    /// What was there, for a person.
    pub actual: String,
}

/// Why a matcher did not say yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchFault {
    /// The value is not as it must be.
    Mismatch(Mismatch),
    /// A name in an operand holds nothing.
    Unresolved(Unresolved),
    /// An operand resolved to something that cannot be used.
    Unusable {
        /// A lower-case fragment.
        message: String,
        /// Where the operand stands.
        span: Span,
    },
}

/// Judges a value by a JSON Schema; the error says what is wrong with it.
pub type SchemaTest<'a> = dyn Fn(&Value, &Value) -> Result<(), String> + 'a;
