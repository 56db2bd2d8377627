//! Values at the bounds of a shape, and spellings that are unusual and right.
//!
//! Offers candidates with a word on each; never says itself whether one conforms.

use crate::generate::number;
use crate::generate::pattern::Pattern;
use crate::generate::shape::{Kinds, Shape};
use crate::generate::text::{LONG, UNICODE, Writer, letters, odd};
use serde_json::{Number, Value, json};

/// Texts at a stated bound are made up to this length.
const LONGEST: usize = 100_000;

/// A candidate, with a word on it.
pub(super) struct Bound {
    pub(super) what: String,
    pub(super) value: Value,
    /// Hardly anybody sends it.
    pub(super) odd: bool,
}

impl Bound {
    fn new(what: impl Into<String>, value: impl Into<Value>, odd: bool) -> Self {
        Self { what: what.into(), value: value.into(), odd }
    }
}

/// Candidates in place of the value that is there.
pub(super) fn bounds(shape: &Shape, now: &Value, writer: &mut Writer) -> Vec<Bound> {
    let mut found: Vec<Bound> = Vec::new();
    if let Some(listed) = shape.choices() {
        let shown = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        return listed.into_iter().filter(|v| v != now).map(|v| Bound::new(shown(&v), v, false)).collect();
    }
    match now {
        Value::String(_) => texts(shape, writer, &mut found),
        Value::Number(_) => numbers(shape, &mut found),
        Value::Bool(flag) => found.push(Bound::new(format!("{}", !flag), !flag, false)),
        _ => {}
    }
    if shape.kinds.has(Kinds::NULL) && shape.is_typed && !now.is_null() {
        found.push(Bound::new("null", Value::Null, false));
    }
    found
}

fn texts(shape: &Shape, writer: &mut Writer, found: &mut Vec<Bound>) {
    let least = usize::try_from(shape.min_length).unwrap_or(usize::MAX);
    let most = shape.max_length.and_then(|n| usize::try_from(n).ok());
    let pattern = shape.patterns.first().and_then(|p| Pattern::parse(p));
    let floor = pattern.as_ref().map_or(0, Pattern::shortest);
    for length in [0, 1, least, floor, most.unwrap_or(LONG)] {
        if length < least || most.is_some_and(|most| length > most) || length > LONGEST {
            continue;
        }
        let text = match &pattern {
            Some(pattern) => pattern.text(length, &mut writer.rng),
            None => Some(letters(length, 0)),
        };
        let Some(text) = text else { continue };
        let what = match text.chars().count() {
            0 => "empty".to_owned(),
            1 => "of 1 character".to_owned(),
            count => format!("of {count} characters"),
        };
        if !found.iter().any(|known| known.what == what) {
            // Without a stated bound the length is only ours.
            let odd = (most.is_none() && length == LONG) || length == 0;
            found.push(Bound::new(what, text, odd));
        }
    }
    for format in &shape.formats {
        let everyday = ["with an offset", "with a fraction", "with a zero offset"];
        let spelt = odd(format, writer.now).into_iter();
        found.extend(spelt.map(|(what, text)| Bound::new(what, text, !everyday.contains(&what))));
    }
    for (what, text) in UNICODE {
        let missing = least.saturating_sub(text.chars().count());
        let text: String = text.chars().chain(std::iter::repeat_n('x', missing)).collect();
        found.push(Bound::new(*what, text, true));
    }
}

fn numbers(shape: &Shape, found: &mut Vec<Bound>) {
    let mut wholes: Vec<i128> = Vec::new();
    if shape.kinds.has(Kinds::INTEGER)
        && let Some(range) = number::range(shape)
    {
        let (low, high) = (Some(range.low).filter(|_| range.has_low), Some(range.high).filter(|_| range.has_high));
        wholes.extend(low.into_iter().chain(high));
        wholes.extend(low.map(|low| low + range.step).into_iter().chain(high.map(|high| high - range.step)));
        wholes.extend([0, -range.step, range.step * ((1_i128 << 53) / range.step - 1)]);
    }
    for whole in wholes {
        if let Some(value) = number::integer(whole)
            && !found.iter().any(|known| known.value == value)
        {
            found.push(Bound::new(whole.to_string(), value, false));
        }
    }
    if shape.kinds.has(Kinds::FRACTION) {
        let ends = [&shape.lowest, &shape.highest].into_iter().flatten();
        let mut floats: Vec<f64> = ends.clone().map(crate::generate::shape::Limit::float).collect();
        let between = shape.lowest.as_ref().zip(shape.highest.as_ref()).map(|(l, h)| f64::midpoint(l.float(), h.float()));
        floats.extend(between);
        floats.extend([0.1, -0.5, 1e-7, 123_456.789]);
        for float in floats {
            if let Some(number) = Number::from_f64(float) {
                let value = if float.fract() == 0.0 { json!(float) } else { Value::Number(number) };
                if !found.iter().any(|known| known.value.as_f64() == value.as_f64()) {
                    found.push(Bound::new(value.to_string(), value, false));
                }
            }
        }
    }
}
