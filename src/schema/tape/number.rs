//! Numbers of a tape, decoded when they are asked for.
//!
//! The same values as `serde_json` makes of the same digits. Compares nothing.

use serde_json::Number;

/// The number that digits stand for, where an integer of 64 bits holds it.
pub(super) fn integer(digits: &str) -> Number {
    if let Ok(number) = digits.parse::<u64>() {
        return number.into();
    }
    // Read before: what is no `u64` is an `i64`.
    digits.parse::<i64>().unwrap_or_default().into()
}

/// Every other number.
pub(super) fn float(digits: &str) -> Number {
    // Read before: it is a number, and a finite one.
    digits.parse::<f64>().ok().and_then(Number::from_f64).unwrap_or_else(|| 0.into())
}
