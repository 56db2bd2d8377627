//! Equality and order of JSON values and instants.
//!
//! Pure; never takes a text for a number.

use crate::base::units::Nanos;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Equality of values: numbers by what they are worth (`1` is `1.0`), mappings whatever their order.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// Order of numbers: exact for integers, as doubles otherwise.
pub(super) fn compare_numbers(a: &Number, b: &Number) -> Ordering {
    let whole = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        // A number of JSON is never NaN, so the order is total.
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// The instant that a text names (RFC 3339, with an offset).
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// True when `actual` is `from`, moved on by `plus` and back by `minus`, give or take `within`.
pub(super) fn same_instant(actual: Timestamp, from: Timestamp, plus: Nanos, minus: Nanos, within: Nanos) -> bool {
    let signed = |n: Nanos| SignedDuration::try_from(n.duration()).unwrap_or(SignedDuration::MAX);
    let moved = from.checked_add(signed(plus)).and_then(|t| t.checked_sub(signed(minus)));
    moved.is_ok_and(|wanted| actual.duration_since(wanted).abs() <= signed(within))
}

#[cfg(test)]
mod tests {
    use super::equal;
    use serde_json::json;

    #[test]
    fn values_are_equal_by_worth_and_kind() {
        assert!(equal(&json!({"a": 1, "b": [1.0]}), &json!({"b": [1], "a": 1.0})));
        assert!(!equal(&json!(1), &json!("1")));
        assert!(!equal(&json!(u64::MAX), &json!(u64::MAX - 1)));
        assert!(!equal(&json!(null), &json!(false)));
        assert!(!equal(&json!({"a": null}), &json!({})));
    }
}
