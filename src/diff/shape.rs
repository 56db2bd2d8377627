//! What one alternative of a schema demands, everything that applies at one place brought together.
//!
//! Plain data and its meeting: two shapes that both apply make one. Reads no document and compares nothing.

use crate::contract::model::SchemaRef;
use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One demand on a value, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Term {
    /// To satisfy a schema of the contract.
    Schema(SchemaRef),
    /// To be one of these texts, as a discriminator says.
    Texts(Vec<String>),
    /// Not to be there.
    Never,
}

/// Demands that all apply; none at all allows anything.
pub(super) type Terms = Vec<Term>;

/// A set of types; a whole number is not a fraction, and `number` is both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Types(pub(super) u8);

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOL: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const FRACTION: Self = Self(8);
    pub(super) const NUMBER: Self = Self(12);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    pub(super) const ALL: Self = Self(127);

    pub(super) fn named(name: &str) -> Self {
        match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOL,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => Self::NONE,
        }
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOL,
            Value::Number(n) if is_whole(n) => Self::INTEGER,
            Value::Number(_) => Self::FRACTION,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn within(self, other: Self) -> bool {
        self.without(other).is_empty()
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if Self::ALL.without(Self::NULL).within(*self) {
            return f.write_str("anything");
        }
        let named = [
            (Self::OBJECT, "object"),
            (Self::ARRAY, "array"),
            (Self::STRING, "string"),
            (Self::BOOL, "boolean"),
            (Self::NUMBER, "number"),
            (Self::INTEGER, "integer"),
            (Self::FRACTION, "fraction"),
            (Self::NULL, "null"),
        ];
        let mut left = *self;
        let mut names = Vec::new();
        for (types, name) in named {
            if types.within(left) {
                names.push(name);
                left = left.without(types);
            }
        }
        f.write_str(&if names.is_empty() { "nothing".to_owned() } else { names.join(" or ") })
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|f| f.fract() == 0.0)
}

/// The order of two numbers, exact where both are whole and fit 128 bits.
pub(super) fn order(a: &Number, b: &Number) -> Ordering {
    let whole = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// One end of a range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) value: Number,
    pub(super) exclusive: bool,
}

impl Bound {
    /// How strict two lower ends are; the greater one is the stricter.
    pub(super) fn by_lower(&self, other: &Self) -> Ordering {
        order(&self.value, &other.value).then(self.exclusive.cmp(&other.exclusive))
    }

    /// How strict two upper ends are; the greater one is the stricter.
    pub(super) fn by_upper(&self, other: &Self) -> Ordering {
        order(&other.value, &self.value).then(self.exclusive.cmp(&other.exclusive))
    }
}

/// The fewest and the most of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) least: u64,
    pub(super) most: Option<u64>,
}

impl Counts {
    fn meet(self, other: Self) -> Self {
        let most = [self.most, other.most].into_iter().flatten().min();
        Self { least: self.least.max(other.least), most }
    }
}

/// What one schema object says of members; `additional` is for the names that it does not say anything of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members {
    pub(super) properties: Vec<(String, Terms)>,
    pub(super) patterns: Vec<(String, Terms)>,
    pub(super) additional: Option<Terms>,
}

/// What one schema object says of items; `rest` is for those after the first ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Items {
    pub(super) first: Vec<Terms>,
    pub(super) rest: Option<Terms>,
}

/// How a change in a condition's schema changes the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A narrower schema makes a narrower condition.
    Same,
    /// A narrower schema makes a wider condition.
    Opposite,
    /// Nothing can be said.
    Mixed,
}

/// A condition that is compared as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// `not`, `if`, `contains`, `propertyNames`, `dependentSchemas/name`.
    pub(super) name: String,
    pub(super) sense: Sense,
    pub(super) schemas: Vec<Terms>,
    /// What else belongs to it, as text.
    pub(super) text: String,
}

/// What one alternative of a schema demands.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// What an author would call it.
    pub(super) label: Option<String>,
    /// The discriminator's values that choose it.
    pub(super) tags: Vec<String>,
    pub(super) types: Types,
    pub(super) values: Option<Vec<Value>>,
    /// The values of a list that is declared open.
    pub(super) open_values: Option<Vec<Value>>,
    pub(super) is_open: bool,
    pub(super) lower: Option<Bound>,
    pub(super) upper: Option<Bound>,
    pub(super) multiples: Vec<Number>,
    pub(super) length: Counts,
    pub(super) patterns: BTreeSet<String>,
    pub(super) formats: BTreeSet<String>,
    /// How text stands for bytes.
    pub(super) encoding: Option<String>,
    pub(super) count: Counts,
    pub(super) unique: bool,
    pub(super) items: Vec<Items>,
    pub(super) size: Counts,
    pub(super) members: Vec<Members>,
    pub(super) required: BTreeSet<String>,
    pub(super) dependent: BTreeMap<String, BTreeSet<String>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) default: Option<Value>,
    pub(super) deprecated: bool,
    /// False where the shape is not exactly what the schema says.
    pub(super) exact: bool,
    /// The schemas that were brought together, and where each keyword stands.
    pub(super) origins: Vec<(&'static str, SchemaRef)>,
}

impl Shape {
    /// Anything at all.
    pub(super) fn anything() -> Self {
        Self {
            label: None,
            tags: Vec::new(),
            types: Types::ALL,
            values: None,
            open_values: None,
            is_open: false,
            lower: None,
            upper: None,
            multiples: Vec::new(),
            length: Counts::default(),
            patterns: BTreeSet::new(),
            formats: BTreeSet::new(),
            encoding: None,
            count: Counts::default(),
            unique: false,
            items: Vec::new(),
            size: Counts::default(),
            members: Vec::new(),
            required: BTreeSet::new(),
            dependent: BTreeMap::new(),
            conditions: Vec::new(),
            default: None,
            deprecated: false,
            exact: true,
            origins: Vec::new(),
        }
    }

    /// What satisfies both.
    pub(super) fn meet(mut self, other: &Self) -> Self {
        self.types = self.types.and(other.types);
        self.values = match (self.values.take(), &other.values) {
            (Some(own), Some(others)) => Some(own.into_iter().filter(|v| others.contains(v)).collect()),
            (own, others) => own.or_else(|| others.clone()),
        };
        self.open_values = self.open_values.take().or_else(|| other.open_values.clone());
        self.is_open |= other.is_open;
        self.lower = stricter(self.lower.take(), other.lower.clone(), Bound::by_lower);
        self.upper = stricter(self.upper.take(), other.upper.clone(), Bound::by_upper);
        for multiple in &other.multiples {
            if !self.multiples.contains(multiple) {
                self.multiples.push(multiple.clone());
            }
        }
        self.length = self.length.meet(other.length);
        self.patterns.extend(other.patterns.iter().cloned());
        self.formats.extend(other.formats.iter().cloned());
        self.encoding = self.encoding.take().or_else(|| other.encoding.clone());
        self.count = self.count.meet(other.count);
        self.unique |= other.unique;
        self.items.extend(other.items.iter().cloned());
        self.size = self.size.meet(other.size);
        self.members.extend(other.members.iter().cloned());
        self.required.extend(other.required.iter().cloned());
        for (name, needs) in &other.dependent {
            self.dependent.entry(name.clone()).or_default().extend(needs.iter().cloned());
        }
        for condition in &other.conditions {
            if !self.conditions.contains(condition) {
                self.conditions.push(condition.clone());
            }
        }
        self.default = self.default.take().or_else(|| other.default.clone());
        self.deprecated |= other.deprecated;
        self.exact &= other.exact;
        self.label = self.label.take().or_else(|| other.label.clone());
        self.tags.extend(other.tags.iter().cloned());
        self.origins.extend(other.origins.iter().cloned());
        self
    }

    /// Where a keyword was said; else where the shape begins.
    pub(super) fn origin(&self, keywords: &[&str]) -> Option<&SchemaRef> {
        let said = self.origins.iter().find(|(keyword, _)| keywords.contains(keyword));
        said.or_else(|| self.origins.iter().find(|(keyword, _)| keyword.is_empty())).map(|(_, at)| at)
    }

    /// True when nothing but types, and the keywords of single types, is demanded.
    pub(super) fn is_plain(&self) -> bool {
        self.values.is_none() && self.conditions.is_empty() && self.exact && self.open_values.is_none()
    }

    /// Everything said of the member of that name; `None` where it is not named, so that only the rest says something.
    pub(super) fn member(&self, name: &str) -> Option<Terms> {
        let named = self.members.iter().any(|m| m.properties.iter().any(|(n, _)| n == name));
        named.then(|| self.said_of(name))
    }

    /// Everything said of the member of that name, by whatever keyword.
    pub(super) fn said_of(&self, name: &str) -> Terms {
        tidy(self.members.iter().flat_map(|part| part.of(name)).collect())
    }

    /// What is said of members that no schema names.
    pub(super) fn other_members(&self) -> Terms {
        tidy(self.members.iter().filter_map(|m| m.additional.clone()).flatten().collect())
    }

    /// What is said of members whose names match a pattern, and no other one.
    pub(super) fn members_by(&self, pattern: &str) -> Terms {
        let said = |m: &Members| {
            let mut own = m.patterns.iter().filter(|(p, _)| p == pattern).map(|(_, terms)| terms.clone()).peekable();
            if own.peek().is_some() { own.flatten().collect() } else { m.additional.clone().unwrap_or_default() }
        };
        tidy(self.members.iter().flat_map(said).collect::<Terms>())
    }

    /// What is said of the item at that position.
    pub(super) fn item(&self, index: usize) -> Terms {
        tidy(self.items.iter().flat_map(|i| i.first.get(index).or(i.rest.as_ref()).cloned().unwrap_or_default()).collect())
    }

    /// What is said of items after the first ones.
    pub(super) fn other_items(&self) -> Terms {
        tidy(self.items.iter().filter_map(|i| i.rest.clone()).flatten().collect())
    }
}

impl Members {
    /// What the part says of one name.
    fn of(&self, name: &str) -> Terms {
        let mut terms: Terms =
            self.properties.iter().filter(|(n, _)| n == name).flat_map(|(_, terms)| terms.iter().cloned()).collect();
        let mut met = self.properties.iter().any(|(n, _)| n == name);
        for (pattern, said) in &self.patterns {
            if regex::Regex::new(pattern).is_ok_and(|r| r.is_match(name)) {
                met = true;
                terms.extend(said.iter().cloned());
            }
        }
        if !met {
            terms.extend(self.additional.iter().flatten().cloned());
        }
        terms
    }
}

/// The same demands in a fixed order, each once.
pub(super) fn tidy(mut terms: Terms) -> Terms {
    terms.sort();
    terms.dedup();
    if terms.contains(&Term::Never) { vec![Term::Never] } else { terms }
}

fn stricter(a: Option<Bound>, b: Option<Bound>, by: fn(&Bound, &Bound) -> Ordering) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if by(&a, &b) == Ordering::Less { b } else { a }),
        (a, b) => a.or(b),
    }
}
