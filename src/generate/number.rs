//! Numbers within bounds.
//!
//! Arithmetic only; knows no schema and no place.

use crate::generate::shape::{Kinds, Shape, whole};
use serde_json::{Number, Value};

/// The whole numbers that a shape leaves: lowest, highest and the step between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) step: i128,
    pub(super) has_low: bool,
    pub(super) has_high: bool,
}

/// `None` where there is no such number.
pub(super) fn range(shape: &Shape) -> Option<Range> {
    let low = shape.lowest.as_ref().map(|l| l.whole(true));
    let high = shape.highest.as_ref().map(|h| h.whole(false));
    let mut step: i128 = 1;
    for multiple in &shape.multiples {
        let by = match whole(multiple) {
            Some(by) => by.abs(),
            // One is a multiple of it.
            None if multiple.as_f64().is_some_and(|m| ((1.0 / m) - (1.0 / m).round()).abs() < 1e-6) => 1,
            // A fraction of which some multiple is whole.
            None => (1..=1_000_000).map(|n| (n, multiple.as_f64().unwrap_or(1.0) * f64::from(n))).find_map(|(_, product)| {
                let near = product.round();
                ((product - near).abs() < 1e-9 && near >= 1.0).then(|| whole(&Number::from_f64(near)?))?
            })?,
        };
        if by == 0 {
            return None;
        }
        step = step / common(step, by) * by;
        if step > i128::from(u64::MAX) {
            return None;
        }
    }
    // What a JSON number can hold exactly.
    let first = low.unwrap_or(i128::from(i64::MIN)).max(i128::from(i64::MIN));
    let last = high.unwrap_or(i128::from(i64::MAX)).min(i128::from(u64::MAX));
    let (first, last) = (up(first, step), -up(-last, step));
    (first <= last).then_some(Range { low: first, high: last, step, has_low: low.is_some(), has_high: high.is_some() })
}

fn common(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { common(b, a % b) }
}

/// The next multiple of `step` from `n` on.
fn up(n: i128, step: i128) -> i128 {
    n + (step - n.rem_euclid(step)) % step
}

/// The plainest number, the `salt`-th of them.
pub(super) fn plain(shape: &Shape, salt: usize) -> Option<Value> {
    let salt = i128::try_from(salt).ok()?;
    if shape.kinds.has(Kinds::INTEGER)
        && let Some(range) = range(shape)
    {
        let start = match (range.low, range.high) {
            (low, high) if low <= range.step && range.step <= high => range.step,
            (low, _) if low > 0 => low,
            (_, high) => high.min(0) / range.step * range.step,
        };
        let count = (range.high - range.low) / range.step + 1;
        let offset = ((start - range.low) / range.step + salt).rem_euclid(count);
        return integer(range.low + offset * range.step);
    }
    shape.kinds.has(Kinds::FRACTION).then(|| fraction(shape, salt))?
}

/// A number between the bounds where no whole one is.
fn fraction(shape: &Shape, salt: i128) -> Option<Value> {
    let low = shape.lowest.as_ref().map(|l| (l.float(), l.exclusive));
    let high = shape.highest.as_ref().map(|h| (h.float(), h.exclusive));
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let nth = salt as f64;
    if let Some(step) = shape.multiples.first().and_then(Number::as_f64) {
        let from = low.map_or(0.0, |(l, _)| l);
        let mut k = (from / step).ceil() + nth;
        if low.is_some_and(|(l, exclusive)| exclusive && k * step <= l) {
            k += 1.0;
        }
        return tidy(k * step).map(Value::Number);
    }
    let value = match (low, high) {
        (Some((l, true)), Some((h, _))) => l + (h - l) / (2.0 + nth),
        (Some((l, false)), Some((h, _))) => l + (h - l) * nth / (1.0 + nth) / 2.0,
        (Some((l, _)), None) => l + 0.5 + nth,
        (None, Some((h, _))) => h - 0.5 - nth,
        (None, None) => 0.5 + nth,
    };
    Number::from_f64(value).map(Value::Number)
}

/// A float without the noise of its arithmetic, such as `0.3` for `0.1 * 3`.
fn tidy(float: f64) -> Option<Number> {
    let short: f64 = format!("{float:.12}").parse().ok()?;
    Number::from_f64(short)
}

/// A whole number that JSON can hold.
pub(super) fn integer(n: i128) -> Option<Value> {
    let number = i64::try_from(n).map(Number::from).or_else(|_| u64::try_from(n).map(Number::from));
    number.ok().map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::{plain, range};
    use crate::generate::shape::{Kinds, Limit, Shape};
    use serde_json::{Number, json};

    fn limit(at: impl Into<Number>, exclusive: bool) -> Limit {
        Limit { at: at.into(), exclusive }
    }

    #[test]
    fn ranges_keep_bounds_and_multiples() {
        let mut shape = Shape { kinds: Kinds::INTEGER, ..Shape::default() };
        shape.raise(limit(3, true));
        shape.lower(limit(20, false));
        shape.multiples = vec![4.into(), 6.into()];
        let found = range(&shape).expect("a range");
        assert_eq!((found.low, found.high, found.step), (12, 12, 12));
        shape.lower(limit(11, false));
        assert_eq!(range(&shape), None);
    }

    #[test]
    fn plain_numbers_are_within_and_differ() {
        let mut shape = Shape { kinds: Kinds::INTEGER, ..Shape::default() };
        assert_eq!(plain(&shape, 0), Some(json!(1)));
        assert_ne!(plain(&shape, 1), Some(json!(1)));
        shape.lower(limit(-7, false));
        assert_eq!(plain(&shape, 0), Some(json!(-7)));
        shape = Shape { kinds: Kinds::INTEGER.or(Kinds::FRACTION), ..Shape::default() };
        shape.raise(limit(Number::from_f64(0.2).expect("finite"), true));
        shape.lower(limit(Number::from_f64(0.4).expect("finite"), false));
        let between = plain(&shape, 0).and_then(|v| v.as_f64()).expect("a number");
        assert!(between > 0.2 && between <= 0.4);
    }
}
