//! What several schemas together ask of one value: the merged view that values are built from.
//!
//! Plain data and its arithmetic. Follows no reference and makes no value.

use crate::contract::model::SchemaRef;
use serde_json::{Number, Value};
use std::rc::Rc;

/// One thing that is asked of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Demand {
    /// It conforms to a schema.
    Of(SchemaRef),
    /// It does not conform to a schema.
    Refused(SchemaRef),
    /// It is one of these.
    Among(Rc<Vec<Value>>),
}

/// The kinds of value, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const ALL: Self = Self(0b111_1111);
    pub(super) const NONE: Self = Self(0);
    pub(super) const OBJECT: Self = Self(1);
    pub(super) const ARRAY: Self = Self(2);
    pub(super) const STRING: Self = Self(4);
    pub(super) const INTEGER: Self = Self(8);
    /// Numbers with a fraction; a schema's `number` is this and `INTEGER`.
    pub(super) const FRACTION: Self = Self(16);
    pub(super) const BOOLEAN: Self = Self(32);
    pub(super) const NULL: Self = Self(64);

    pub(super) fn named(name: &str) -> Self {
        match name {
            "object" => Self::OBJECT,
            "array" => Self::ARRAY,
            "string" => Self::STRING,
            "integer" => Self::INTEGER,
            "number" => Self::INTEGER.or(Self::FRACTION),
            "boolean" => Self::BOOLEAN,
            "null" => Self::NULL,
            _ => Self::NONE,
        }
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(n) if n.as_f64().is_none_or(|f| f.fract() == 0.0) => Self::INTEGER,
            Value::Number(_) => Self::FRACTION,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A bound of a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    pub(super) at: Number,
    pub(super) exclusive: bool,
}

impl Limit {
    pub(super) fn float(&self) -> f64 {
        self.at.as_f64().unwrap_or_default()
    }

    /// The nearest whole number within, looking up from a lower bound or down from an upper one.
    pub(super) fn whole(&self, is_lower: bool) -> i128 {
        let step = if is_lower { 1 } else { -1 };
        match whole(&self.at) {
            Some(n) => n + if self.exclusive { step } else { 0 },
            None if is_lower => rounded(self.float().ceil()),
            None => rounded(self.float().floor()),
        }
    }
}

/// A number as an integer, where it is one.
pub(super) fn whole(number: &Number) -> Option<i128> {
    let exact = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    exact.or_else(|| number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 1e30).map(rounded))
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and the bound is far beyond what JSON numbers hold")]
fn rounded(float: f64) -> i128 {
    float.clamp(-1e30, 1e30) as i128
}

/// `additionalProperties` with the properties that stand beside it.
#[derive(Clone, Debug)]
pub(super) struct Additional {
    pub(super) known: Vec<String>,
    pub(super) patterns: Vec<String>,
    /// `None` where no other property is allowed.
    pub(super) demand: Option<Demand>,
}

/// `contains` with its counts.
#[derive(Clone, Debug)]
pub(super) struct Contains {
    pub(super) demand: Demand,
    pub(super) least: usize,
}

/// What is asked of a value, all in all.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) kinds: Kinds,
    /// Whether any schema named a kind.
    pub(super) is_typed: bool,
    pub(super) listed: Option<Vec<Value>>,
    pub(super) lowest: Option<Limit>,
    pub(super) highest: Option<Limit>,
    pub(super) multiples: Vec<Number>,
    pub(super) min_length: u64,
    pub(super) max_length: Option<u64>,
    pub(super) patterns: Vec<String>,
    pub(super) formats: Vec<String>,
    /// `contentEncoding` and `contentMediaType`.
    pub(super) content: (Option<String>, Option<String>),
    pub(super) content_schema: Option<SchemaRef>,
    pub(super) min_items: usize,
    pub(super) max_items: Option<usize>,
    pub(super) unique: bool,
    /// Of the items by position.
    pub(super) prefix: Vec<Vec<Demand>>,
    /// Of the items from a position on; `None` where there is none.
    pub(super) rest: Vec<(usize, Option<Demand>)>,
    pub(super) contains: Vec<Contains>,
    pub(super) properties: Vec<(String, Vec<Demand>)>,
    pub(super) required: Vec<String>,
    pub(super) pattern_properties: Vec<(String, Demand)>,
    pub(super) additional: Vec<Additional>,
    pub(super) names: Vec<Demand>,
    pub(super) min_properties: usize,
    pub(super) max_properties: Option<usize>,
    pub(super) dependent: Vec<(String, Vec<String>)>,
    /// Properties that must be absent.
    pub(super) absent: Vec<String>,
    /// `unevaluatedProperties: false`.
    pub(super) is_closed: bool,
    /// Values that name the schema itself, by property.
    pub(super) preferred: Vec<(String, Vec<String>)>,
    /// Values that it must not be.
    pub(super) excluded: Vec<Value>,
    pub(super) examples: Vec<Value>,
    /// Every schema that was merged, in order.
    pub(super) schemas: Vec<SchemaRef>,
    /// `readOnly` or `writeOnly`, where the direction has no place for it.
    pub(super) hidden: bool,
    pub(super) title: Option<String>,
    pub(super) impossible: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            kinds: Kinds::ALL,
            is_typed: false,
            listed: None,
            lowest: None,
            highest: None,
            multiples: Vec::new(),
            min_length: 0,
            max_length: None,
            patterns: Vec::new(),
            formats: Vec::new(),
            content: (None, None),
            content_schema: None,
            min_items: 0,
            max_items: None,
            unique: false,
            prefix: Vec::new(),
            rest: Vec::new(),
            contains: Vec::new(),
            properties: Vec::new(),
            required: Vec::new(),
            pattern_properties: Vec::new(),
            additional: Vec::new(),
            names: Vec::new(),
            min_properties: 0,
            max_properties: None,
            dependent: Vec::new(),
            absent: Vec::new(),
            is_closed: false,
            preferred: Vec::new(),
            excluded: Vec::new(),
            examples: Vec::new(),
            schemas: Vec::new(),
            hidden: false,
            title: None,
            impossible: false,
        }
    }
}

impl Shape {
    pub(super) fn restrict(&mut self, kinds: Kinds) {
        self.kinds = self.kinds.and(kinds);
        self.is_typed = true;
    }

    pub(super) fn list(&mut self, values: &[Value]) {
        match &mut self.listed {
            Some(listed) => listed.retain(|v| values.iter().any(|other| same(v, other))),
            None => self.listed = Some(values.to_vec()),
        }
    }

    pub(super) fn raise(&mut self, limit: Limit) {
        let tighter = self.lowest.as_ref().is_none_or(|old| is_tighter(&limit, old, true));
        if tighter {
            self.lowest = Some(limit);
        }
    }

    pub(super) fn lower(&mut self, limit: Limit) {
        let tighter = self.highest.as_ref().is_none_or(|old| is_tighter(&limit, old, false));
        if tighter {
            self.highest = Some(limit);
        }
    }

    pub(super) fn property(&mut self, name: &str, demand: Demand) {
        match self.properties.iter_mut().find(|(n, _)| n == name) {
            Some((_, demands)) if demands.contains(&demand) => {}
            Some((_, demands)) => demands.push(demand),
            None => self.properties.push((name.to_owned(), vec![demand])),
        }
    }

    pub(super) fn require(&mut self, name: &str) {
        if !self.required.iter().any(|n| n == name) {
            self.required.push(name.to_owned());
        }
    }

    /// The listed values that the other keywords leave, as far as those can be seen at a glance.
    pub(super) fn choices(&self) -> Option<Vec<Value>> {
        let listed = self.listed.as_ref()?;
        let fits = |v: &&Value| self.kinds.has(Kinds::of(v)) && self.admits(v) && !self.excluded.iter().any(|e| same(e, v));
        Some(listed.iter().filter(fits).cloned().collect())
    }

    /// Lengths and bounds; kinds and patterns are not looked at.
    fn admits(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => {
                let count = text.chars().count() as u64;
                count >= self.min_length && self.max_length.is_none_or(|most| count <= most)
            }
            Value::Number(n) => {
                let float = n.as_f64().unwrap_or_default();
                let above = |l: &Limit| if l.exclusive { float > l.float() } else { float >= l.float() };
                let below = |l: &Limit| if l.exclusive { float < l.float() } else { float <= l.float() };
                self.lowest.as_ref().is_none_or(above) && self.highest.as_ref().is_none_or(below)
            }
            _ => true,
        }
    }

    /// Whether nothing can conform, as far as it can be seen without looking inside.
    pub(super) fn is_contradictory(&self) -> bool {
        if self.impossible || self.kinds.is_empty() || self.choices().is_some_and(|c| c.is_empty()) {
            return true;
        }
        let crossed = self.lowest.as_ref().zip(self.highest.as_ref()).is_some_and(|(low, high)| {
            let (l, h) = (low.float(), high.float());
            l > h || (l >= h && (low.exclusive || high.exclusive))
        });
        let numbers = Kinds::INTEGER.or(Kinds::FRACTION);
        let only = |kind: Kinds| self.kinds.and(kind) == self.kinds;
        crossed && only(numbers)
            || only(Kinds::STRING) && self.max_length.is_some_and(|most| most < self.min_length)
            || only(Kinds::ARRAY) && self.max_items.is_some_and(|most| most < self.min_items)
            || only(Kinds::OBJECT) && self.required.iter().any(|name| self.absent.contains(name))
    }

    /// What is asked of the property of that name; `None` where it must be absent.
    pub(super) fn demands_of(&self, name: &str, matches: &dyn Fn(&str, &str) -> bool) -> Option<Vec<Demand>> {
        if self.absent.iter().any(|n| n == name) {
            return None;
        }
        let mut demands = self.properties.iter().find(|(n, _)| n == name).map(|(_, d)| d.clone()).unwrap_or_default();
        for (pattern, demand) in &self.pattern_properties {
            if matches(pattern, name) {
                demands.push(demand.clone());
            }
        }
        for additional in &self.additional {
            let known = additional.known.iter().any(|n| n == name) || additional.patterns.iter().any(|p| matches(p, name));
            if !known {
                demands.push(additional.demand.clone()?);
            }
        }
        Some(demands)
    }

    /// What is asked of the item at a position; `None` where there must be none.
    pub(super) fn demands_at(&self, index: usize) -> Option<Vec<Demand>> {
        let mut demands = self.prefix.get(index).cloned().unwrap_or_default();
        for (from, demand) in &self.rest {
            if index >= *from {
                demands.push(demand.clone()?);
            }
        }
        Some(demands)
    }
}

/// Equal as JSON Schema has it: `1` is `1.0`.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || whole(x).is_some() && whole(x) == whole(y),
        _ => a == b,
    }
}

fn is_tighter(new: &Limit, old: &Limit, is_lower: bool) -> bool {
    let order = match (whole(&new.at), whole(&old.at)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => new.float().total_cmp(&old.float()),
    };
    let order = if is_lower { order } else { order.reverse() };
    order.is_gt() || order.is_eq() && new.exclusive
}
