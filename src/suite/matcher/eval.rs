//! Judges selected values by a matcher.
//!
//! Pure: the same values and scope give the same judgement. Performs no I/O.

use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::units::Nanos;
use crate::suite::matcher::compare::{compare_numbers, equal, instant, same_instant};
use crate::suite::matcher::show::{describe, show, show_all, show_nanos};
use crate::suite::matcher::{Comparison, InstantOperand, JsonType, Matcher, Operator, Pattern};
use crate::suite::template::{Scope, TemplateValue, Unresolved};
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value that is not as a matcher says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the value stands, as the selection named it; the root where nothing was selected.
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

/// Judges a value (second) by a JSON Schema (first); the error says what is wrong with it.
pub type SchemaTest<'a> = dyn Fn(&Value, &Value) -> Result<(), String> + 'a;

/// What kind of thing is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// JSON values: a number never equals a text.
    Json,
    /// Header values: all of them text, compared with the text of an operand.
    Header,
    /// A length of time in nanoseconds; operands are durations.
    Time,
}

impl Matcher {
    /// Judges what a path selected. `singular` says that the path could not have selected more than one value: then `any`,
    /// `all`, `none`, `contains`, `length` and the orders look into the one value, else over the values selected. An operator
    /// over single values must hold for every value selected, and one must be there.
    ///
    /// # Errors
    /// The first operator that does not hold, or whose operand cannot be worked out.
    pub fn test(
        &self,
        nodes: &[(Pointer, &Value)],
        singular: bool,
        scope: &dyn Scope,
        schemas: &SchemaTest<'_>,
    ) -> Result<(), MatchFault> {
        Judge { scope, schemas, mode: Mode::Json }.matcher(self, Selection { nodes, singular })
    }

    /// Judges the values of one header, in order. Numbers and booleans in operands are compared by their text, and text
    /// that is a number is ordered as one.
    ///
    /// # Errors
    /// The first operator that does not hold, or whose operand cannot be worked out.
    pub fn test_header(&self, values: &[&str], scope: &dyn Scope, schemas: &SchemaTest<'_>) -> Result<(), MatchFault> {
        let values: Vec<Value> = values.iter().map(|v| Value::String((*v).to_owned())).collect();
        let nodes: Vec<_> = values.iter().map(|v| (Pointer::root(), v)).collect();
        Judge { scope, schemas, mode: Mode::Header }.matcher(self, Selection { nodes: &nodes, singular: nodes.len() <= 1 })
    }

    /// Judges a length of time; operands are durations.
    ///
    /// # Errors
    /// The first operator that does not hold, or whose operand cannot be worked out.
    pub fn test_time(&self, time: Nanos, scope: &dyn Scope) -> Result<(), MatchFault> {
        let value = Value::from(time.0);
        let judge = Judge { scope, schemas: &|_, _| Ok(()), mode: Mode::Time };
        judge.matcher(self, Selection { nodes: &[(Pointer::root(), &value)], singular: true })
    }

    /// The matcher in words, with operands resolved where they can be.
    #[must_use]
    pub fn describe(&self, scope: &dyn Scope) -> String {
        describe(self, scope)
    }
}

type Nodes<'n> = [(Pointer, &'n Value)];

#[derive(Clone, Copy)]
struct Selection<'s, 'n> {
    nodes: &'s Nodes<'n>,
    singular: bool,
}

impl<'s, 'n> Selection<'s, 'n> {
    /// The values that `any`, `all`, `none` and the orders go over.
    fn spread(self) -> Cow<'s, Nodes<'n>> {
        match (self.singular, self.nodes) {
            (true, [(pointer, Value::Array(items))]) => {
                Cow::Owned(items.iter().enumerate().map(|(i, item)| (pointer.push(i), item)).collect())
            }
            _ => Cow::Borrowed(self.nodes),
        }
    }

    fn pointer(self) -> Pointer {
        match self.nodes {
            [(pointer, _)] => pointer.clone(),
            _ => Pointer::root(),
        }
    }
}

struct Judge<'a> {
    scope: &'a dyn Scope,
    schemas: &'a SchemaTest<'a>,
    mode: Mode,
}

impl Judge<'_> {
    fn matcher(&self, matcher: &Matcher, selection: Selection<'_, '_>) -> Result<(), MatchFault> {
        matcher.operators.iter().try_for_each(|operator| self.operator(operator, matcher, selection))
    }

    /// True or false, unless an operand cannot be worked out.
    fn holds(&self, matcher: &Matcher, selection: Selection<'_, '_>) -> Result<bool, MatchFault> {
        match self.matcher(matcher, selection) {
            Ok(()) => Ok(true),
            Err(MatchFault::Mismatch(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn holds_for(&self, matcher: &Matcher, pointer: &Pointer, value: &Value) -> Result<bool, MatchFault> {
        self.holds(matcher, Selection { nodes: &[(pointer.clone(), value)], singular: true })
    }

    fn operator(&self, operator: &Operator, whole: &Matcher, selection: Selection<'_, '_>) -> Result<(), MatchFault> {
        let words = || describe(&Matcher { operators: vec![operator.clone()], span: whole.span }, self.scope);
        match operator {
            Operator::Exists(wanted) => match (wanted, selection.nodes.first()) {
                (true, None) => mismatch(Pointer::root(), "a value", "nothing"),
                (false, Some((pointer, value))) => mismatch(pointer.clone(), "nothing", self.shown(value)),
                _ => Ok(()),
            },
            Operator::Any(inner) => self.any(inner, selection, words),
            Operator::All(inner) => {
                let items = selection.spread();
                if items.is_empty() {
                    return mismatch(selection.pointer(), words(), "no value at all");
                }
                items
                    .iter()
                    .try_for_each(|item| self.matcher(inner, Selection { nodes: std::slice::from_ref(item), singular: true }))
            }
            Operator::None(inner) => selection.spread().iter().try_for_each(|(pointer, value)| {
                if self.holds_for(inner, pointer, value)? {
                    mismatch(pointer.clone(), words(), self.shown(value))
                } else {
                    Ok(())
                }
            }),
            Operator::Contains(inner) => self.contains(inner, selection, words),
            Operator::Length(inner) => self.length(inner, selection, words),
            Operator::Distinct => self.distinct(selection, words),
            Operator::Ordered { descending } => self.ordered(*descending, selection, words),
            Operator::Not(inner) => {
                if selection.singular || inner.operators.iter().any(is_collective) {
                    return if self.holds(inner, selection)? {
                        mismatch(selection.pointer(), words(), self.shown_all(selection.nodes))
                    } else {
                        Ok(())
                    };
                }
                selection.nodes.iter().try_for_each(|(pointer, value)| {
                    if self.holds_for(inner, pointer, value)? {
                        mismatch(pointer.clone(), words(), self.shown(value))
                    } else {
                        Ok(())
                    }
                })
            }
            _ => {
                if selection.nodes.is_empty() {
                    return mismatch(Pointer::root(), words(), "nothing");
                }
                selection.nodes.iter().try_for_each(|(pointer, value)| match self.value(operator, value)? {
                    Held::Yes => Ok(()),
                    Held::No => mismatch(pointer.clone(), words(), self.shown(value)),
                    Held::Because(reason) => mismatch(pointer.clone(), words(), format!("{}: {reason}", self.shown(value))),
                })
            }
        }
    }

    fn any(&self, inner: &Matcher, selection: Selection<'_, '_>, words: impl Fn() -> String) -> Result<(), MatchFault> {
        let items = selection.spread();
        for (pointer, value) in items.iter() {
            if self.holds_for(inner, pointer, value)? {
                return Ok(());
            }
        }
        let actual = if items.is_empty() { "no value at all".to_owned() } else { self.shown_all(&items) };
        mismatch(selection.pointer(), words(), actual)
    }

    fn contains(&self, inner: &Matcher, selection: Selection<'_, '_>, words: impl Fn() -> String) -> Result<(), MatchFault> {
        let part = match inner.operators.as_slice() {
            [Operator::Eq(operand)] => Some(self.operand(operand)?),
            _ => None,
        };
        let has_part = |text: &str| match part.as_deref() {
            Some(Value::String(part)) => text.contains(part.as_str()),
            Some(other) if self.mode == Mode::Header => text.contains(&other.to_string()),
            _ => false,
        };
        if selection.singular || self.mode == Mode::Header {
            if selection.nodes.is_empty() {
                return mismatch(Pointer::root(), words(), "nothing");
            }
            if selection.nodes.iter().any(|(_, v)| v.as_str().is_some_and(has_part)) {
                return Ok(());
            }
            if !matches!(selection.nodes, [(_, Value::Array(_))]) {
                return mismatch(selection.pointer(), words(), self.shown_all(selection.nodes));
            }
        }
        self.any(inner, selection, words)
    }

    fn length(&self, inner: &Matcher, selection: Selection<'_, '_>, words: impl Fn() -> String) -> Result<(), MatchFault> {
        let length = match (selection.singular, selection.nodes) {
            (false, nodes) => nodes.len(),
            (true, []) => return mismatch(Pointer::root(), words(), "nothing"),
            (true, [(_, Value::String(text)), ..]) => text.chars().count(),
            (true, [(_, Value::Array(items)), ..]) => items.len(),
            (true, [(_, Value::Object(members)), ..]) => members.len(),
            (true, [(pointer, other), ..]) => return mismatch(pointer.clone(), words(), self.shown(other)),
        };
        let value = Value::from(length);
        let judge = Judge { scope: self.scope, schemas: self.schemas, mode: Mode::Json };
        if judge.holds_for(inner, &Pointer::root(), &value)? {
            return Ok(());
        }
        mismatch(selection.pointer(), words(), format!("a length of {length}: {}", self.shown_all(selection.nodes)))
    }

    /// The items to compare with each other; a singular path must have found a list.
    fn items<'s, 'n>(&self, selection: Selection<'s, 'n>, words: &impl Fn() -> String) -> Result<Cow<'s, Nodes<'n>>, MatchFault> {
        match (selection.singular, selection.nodes) {
            (true, []) => mismatch(Pointer::root(), words(), "nothing").map(|()| Cow::Borrowed(selection.nodes)),
            (true, [(pointer, value)]) if !value.is_array() && self.mode == Mode::Json => {
                mismatch(pointer.clone(), words(), self.shown(value)).map(|()| Cow::Borrowed(selection.nodes))
            }
            _ => Ok(selection.spread()),
        }
    }

    fn distinct(&self, selection: Selection<'_, '_>, words: impl Fn() -> String) -> Result<(), MatchFault> {
        let items = self.items(selection, &words)?;
        for (index, (pointer, value)) in items.iter().enumerate() {
            if items[..index].iter().any(|(_, earlier)| equal(earlier, value)) {
                return mismatch(pointer.clone(), words(), format!("{} again", self.shown(value)));
            }
        }
        Ok(())
    }

    fn ordered(&self, descending: bool, selection: Selection<'_, '_>, words: impl Fn() -> String) -> Result<(), MatchFault> {
        let items = self.items(selection, &words)?;
        let as_instants = items.iter().all(|(_, v)| v.as_str().and_then(instant).is_some());
        for pair in items.windows(2) {
            let ((_, first), (pointer, second)) = (&pair[0], &pair[1]);
            let order = match (first, second) {
                (Value::Number(a), Value::Number(b)) => Some(compare_numbers(a, b)),
                (Value::String(a), Value::String(b)) if as_instants => Some(instant(a).cmp(&instant(b))),
                (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
                _ => None,
            };
            let wrong = if descending { Ordering::Less } else { Ordering::Greater };
            if order.is_none_or(|o| o == wrong) {
                let actual = format!("{} after {}", self.shown(second), self.shown(first));
                return mismatch(pointer.clone(), words(), actual);
            }
        }
        Ok(())
    }

    fn value(&self, operator: &Operator, value: &Value) -> Result<Held, MatchFault> {
        Ok(match operator {
            Operator::Eq(operand) => self.equals(value, self.operand(operand)?.as_ref(), operand.span)?.into(),
            Operator::Ne(operand) => (!self.equals(value, self.operand(operand)?.as_ref(), operand.span)?).into(),
            Operator::Compare(comparison, operand) => self.compare(*comparison, value, operand)?.into(),
            Operator::Matches(pattern) => match value.as_str() {
                Some(text) => self.pattern(pattern)?.is_match(text).into(),
                None => Held::No,
            },
            Operator::Type(wanted) => is_type(value, *wanted).into(),
            Operator::In(operand) => match &*self.operand(operand)? {
                Value::Array(items) => {
                    let mut found = false;
                    for item in items {
                        found = found || self.equals(value, item, operand.span)?;
                    }
                    found.into()
                }
                other => return Err(unusable(format!("`in` needs a list, not {}", show(other)), operand.span)),
            },
            Operator::Before(operand) => self.instants(value, operand)?.is_some_and(|(a, b)| a < b).into(),
            Operator::After(operand) => self.instants(value, operand)?.is_some_and(|(a, b)| a > b).into(),
            Operator::Instant(operand) => self.moved_instant(value, operand)?.into(),
            Operator::Schema(schema) => match (self.schemas)(schema, value) {
                Ok(()) => Held::Yes,
                Err(reason) => Held::Because(reason),
            },
            // Handled over the whole selection, before single values are looked at.
            Operator::Exists(_)
            | Operator::Any(_)
            | Operator::All(_)
            | Operator::None(_)
            | Operator::Contains(_)
            | Operator::Length(_)
            | Operator::Distinct
            | Operator::Ordered { .. }
            | Operator::Not(_) => Held::Yes,
        })
    }

    fn operand<'v>(&self, operand: &'v TemplateValue) -> Result<Cow<'v, Value>, MatchFault> {
        match operand.as_literal() {
            Some(value) => Ok(Cow::Borrowed(value)),
            None => operand.resolve(self.scope).map(Cow::Owned).map_err(MatchFault::Unresolved),
        }
    }

    fn equals(&self, value: &Value, operand: &Value, span: Span) -> Result<bool, MatchFault> {
        Ok(match (self.mode, value, operand) {
            (Mode::Header, Value::String(text), Value::Number(_) | Value::Bool(_)) => {
                let operand = operand.to_string();
                *text == operand
            }
            (Mode::Time, value, operand) => value.as_u64() == Some(duration(operand, span)?.0),
            _ => equal(value, operand),
        })
    }

    fn compare(&self, comparison: Comparison, value: &Value, operand: &TemplateValue) -> Result<bool, MatchFault> {
        let wanted = self.operand(operand)?;
        let wanted = match (self.mode, &*wanted) {
            (Mode::Time, wanted) => duration(wanted, operand.span)?.0.into(),
            (_, Value::Number(number)) => number.clone(),
            (_, other) => return Err(unusable(format!("{} is not a number to compare with", show(other)), operand.span)),
        };
        let number = match (self.mode, value) {
            (_, Value::Number(number)) => Some(Cow::Borrowed(number)),
            (Mode::Header, Value::String(text)) => text.trim().parse().ok().map(Cow::Owned),
            _ => None,
        };
        Ok(number.is_some_and(|number| {
            let order = compare_numbers(&number, &wanted);
            match comparison {
                Comparison::Lt => order.is_lt(),
                Comparison::Lte => order.is_le(),
                Comparison::Gt => order.is_gt(),
                Comparison::Gte => order.is_ge(),
            }
        }))
    }

    fn pattern<'p>(&self, pattern: &'p Pattern) -> Result<Cow<'p, Regex>, MatchFault> {
        match pattern {
            Pattern::Fixed(regex) => Ok(Cow::Borrowed(regex)),
            Pattern::Template(template) => {
                let text = self.operand(template)?;
                let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
                let regex =
                    Regex::new(&text).map_err(|_| unusable(format!("`{text}` is not a regular expression"), template.span))?;
                Ok(Cow::Owned(regex))
            }
        }
    }

    /// The value and the operand as instants; `None` when the value is not one.
    fn instants(&self, value: &Value, operand: &TemplateValue) -> Result<Option<(jiff::Timestamp, jiff::Timestamp)>, MatchFault> {
        let wanted = self.instant_operand(operand)?;
        Ok(value.as_str().and_then(instant).map(|actual| (actual, wanted)))
    }

    fn instant_operand(&self, operand: &TemplateValue) -> Result<jiff::Timestamp, MatchFault> {
        let wanted = self.operand(operand)?;
        wanted
            .as_str()
            .and_then(instant)
            .ok_or_else(|| unusable(format!("{} is not an instant such as 2026-01-31T12:00:00Z", show(&wanted)), operand.span))
    }

    fn moved_instant(&self, value: &Value, operand: &InstantOperand) -> Result<bool, MatchFault> {
        let from = self.instant_operand(&operand.of)?;
        let length = |part: &Option<TemplateValue>| match part {
            None => Ok(Nanos(0)),
            Some(part) => duration(&*self.operand(part)?, part.span),
        };
        let (plus, minus, within) = (length(&operand.plus)?, length(&operand.minus)?, length(&operand.within)?);
        Ok(value.as_str().and_then(instant).is_some_and(|actual| same_instant(actual, from, plus, minus, within)))
    }

    fn shown(&self, value: &Value) -> String {
        match (self.mode, value.as_u64()) {
            (Mode::Time, Some(nanos)) => show_nanos(nanos),
            _ => show(value),
        }
    }

    fn shown_all(&self, nodes: &Nodes<'_>) -> String {
        match nodes {
            [] => "nothing".to_owned(),
            [(_, only)] => self.shown(only),
            many => show_all(many.iter().map(|(_, v)| *v)),
        }
    }
}

/// Whether an operator holds for one value.
enum Held {
    Yes,
    No,
    Because(String),
}

impl From<bool> for Held {
    fn from(held: bool) -> Self {
        if held { Self::Yes } else { Self::No }
    }
}

/// True for operators that look at the values selected as a whole.
fn is_collective(operator: &Operator) -> bool {
    match operator {
        Operator::Exists(_)
        | Operator::Any(_)
        | Operator::All(_)
        | Operator::None(_)
        | Operator::Contains(_)
        | Operator::Length(_)
        | Operator::Distinct
        | Operator::Ordered { .. } => true,
        Operator::Not(inner) => inner.operators.iter().any(is_collective),
        _ => false,
    }
}

fn is_type(value: &Value, wanted: JsonType) -> bool {
    match (wanted, value) {
        (JsonType::Null, Value::Null)
        | (JsonType::Boolean, Value::Bool(_))
        | (JsonType::Number, Value::Number(_))
        | (JsonType::String, Value::String(_))
        | (JsonType::Array, Value::Array(_))
        | (JsonType::Object, Value::Object(_)) => true,
        (JsonType::Integer, Value::Number(n)) => n.is_i64() || n.is_u64() || n.as_f64().is_some_and(|f| f.fract() == 0.0),
        _ => false,
    }
}

fn duration(value: &Value, span: Span) -> Result<Nanos, MatchFault> {
    match value.as_str() {
        Some(text) => Nanos::parse(text).map_err(|message| unusable(message, span)),
        None => Err(unusable(format!("{} is not a duration such as 250ms, 10s or PT2M", show(value)), span)),
    }
}

fn unusable(message: String, span: Span) -> MatchFault {
    MatchFault::Unusable { message, span }
}

fn mismatch(pointer: Pointer, expected: impl Into<String>, actual: impl Into<String>) -> Result<(), MatchFault> {
    Err(MatchFault::Mismatch(Mismatch { pointer, expected: expected.into(), actual: actual.into() }))
}
