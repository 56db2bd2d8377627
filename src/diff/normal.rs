//! Alternatives in a normal form, so that two ways of writing the same thing look the same.
//!
//! `type: [string, "null"]`, `nullable: true` and `oneOf` with `null` become one shape. Loses nothing and compares nothing.

use crate::diff::shape::{Bound, Counts, Shape, Types};
use serde_json::{Number, Value};

/// Cleans every shape, drops those that nothing satisfies, and joins those that differ in type only.
pub(super) fn normalize(shapes: &mut Vec<Shape>) {
    for shape in shapes.iter_mut() {
        clean(shape);
    }
    shapes.retain(|s| !s.types.is_empty());
    let mut at = 0;
    while at < shapes.len() {
        let partner = (at + 1..shapes.len()).find(|other| join(&shapes[at], &shapes[*other]).is_some());
        match partner {
            Some(other) => {
                let second = shapes.remove(other);
                if let Some(joined) = join(&shapes[at], &second) {
                    shapes[at] = joined;
                }
            }
            None => at += 1,
        }
    }
}

/// Takes away what cannot matter.
fn clean(shape: &mut Shape) {
    if let Some(values) = &mut shape.values {
        let types = shape.types;
        let mut once: Vec<Value> = Vec::new();
        for value in values.drain(..).filter(|v| Types::of(v).within(types)) {
            if !once.contains(&value) {
                once.push(value);
            }
        }
        shape.types = once.iter().fold(Types::NONE, |all, v| all.or(Types::of(v)));
        *values = once;
    }
    let whole = |n: &Number| n.is_i64() || n.is_u64() || n.as_f64().is_some_and(|f| f.fract() == 0.0);
    if shape.multiples.iter().any(whole) {
        shape.types = shape.types.without(Types::FRACTION);
    }
    if !shape.types.meets(Types::FRACTION) {
        shape.multiples.retain(|m| m.as_f64() != Some(1.0));
        shape.lower = shape.lower.take().map(|b| to_whole(b, 1));
        shape.upper = shape.upper.take().map(|b| to_whole(b, -1));
    }
    if !shape.types.meets(Types::NUMBER) {
        shape.lower = None;
        shape.upper = None;
        shape.multiples.clear();
    }
    if !shape.types.meets(Types::STRING) {
        shape.length = Counts::default();
        shape.patterns.clear();
        shape.formats.clear();
        shape.encoding = None;
        shape.open_values = None;
    }
    if !shape.types.meets(Types::ARRAY) {
        shape.count = Counts::default();
        shape.unique = false;
        shape.items.clear();
    }
    if !shape.types.meets(Types::OBJECT) {
        shape.size = Counts::default();
        shape.members.clear();
        shape.required.clear();
        shape.dependent.clear();
    }
}

/// The nearest whole number inside of a bound; `inward` is 1 for the lower end and -1 for the upper one.
fn to_whole(bound: Bound, inward: i64) -> Bound {
    if let Some(whole) = bound.value.as_i64() {
        let moved = if bound.exclusive { whole.checked_add(inward) } else { Some(whole) };
        return moved.map_or(bound, |value| Bound { value: Number::from(value), exclusive: false });
    }
    let Some(float) = bound.value.as_f64().filter(|f| f.abs() < 9e15) else { return bound };
    let inside = if inward > 0 { float.ceil() } else { float.floor() };
    let moved = if bound.exclusive && inside == float { inside + inward as f64 } else { inside };
    match format!("{moved:.0}").parse::<i64>() {
        Ok(value) => Bound { value: Number::from(value), exclusive: false },
        Err(_) => bound,
    }
}

/// One shape for two, where that is exact.
fn join(a: &Shape, b: &Shape) -> Option<Shape> {
    if !a.tags.is_empty() || !b.tags.is_empty() {
        return None;
    }
    if a.types == Types::NULL && is_free(a) {
        return with_null(b, a);
    }
    if b.types == Types::NULL && is_free(b) {
        return with_null(a, b);
    }
    if is_listed(a) && is_listed(b) {
        let mut joined = a.clone();
        let values = joined.values.get_or_insert_default();
        for value in b.values.iter().flatten() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        joined.types = a.types.or(b.types);
        joined.is_open |= b.is_open;
        return Some(joined);
    }
    let numbers = a.types.meets(Types::NUMBER) && b.types.meets(Types::NUMBER);
    if !a.is_plain() || !b.is_plain() || a.types.meets(b.types) || numbers {
        return None;
    }
    let types = a.types.or(b.types);
    Some(Shape { types, ..a.clone().meet(b) })
}

fn is_free(null: &Shape) -> bool {
    null.conditions.is_empty() && null.exact
}

fn with_null(shape: &Shape, null: &Shape) -> Option<Shape> {
    if !shape.conditions.is_empty() || !shape.exact {
        return None;
    }
    let mut joined = shape.clone();
    joined.types = joined.types.or(Types::NULL);
    if let Some(values) = joined.values.as_mut().filter(|v| !v.contains(&Value::Null)) {
        values.push(Value::Null);
    }
    joined.default = joined.default.or_else(|| null.default.clone());
    Some(joined)
}

/// True when the values listed are just what is possible.
pub(super) fn is_listed(shape: &Shape) -> bool {
    shape.values.is_some()
        && shape.conditions.is_empty()
        && shape.exact
        && shape.lower.is_none()
        && shape.upper.is_none()
        && shape.multiples.is_empty()
        && shape.length == Counts::default()
        && shape.patterns.is_empty()
        && shape.formats.is_empty()
        && !shape.types.meets(Types::ARRAY.or(Types::OBJECT))
}
