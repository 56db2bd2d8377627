//! Slots: the names whose values differ from one request to the next, and what they hold.
//!
//! Says what a value is and never how it is written.

use crate::request::maker::token_of;
use crate::request::names::Names;
use crate::suite::template::Scope;
use serde_json::Value;

/// The names of slots, each with its index: dotted names as templates write them, such as `order.id` or `auth.partner.token`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    names: Vec<String>,
}

impl Slots {
    /// The index of a name, which is given one when it has none.
    pub fn intern(&mut self, name: &str) -> usize {
        self.index(name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// The index of a name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The names, in the order of their indices.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The slots of tokens, each with its index and the identity whose token it holds.
    pub fn tokens(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names.iter().enumerate().filter_map(|(index, name)| Some((index, token_of(name)?)))
    }
}

/// What a slot holds for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotValue<'v> {
    /// A text, as it is.
    Text(&'v str),
    /// A number or a truth value, as JSON writes it.
    Bare(&'v str),
    /// A list, a mapping or null, as JSON writes it.
    Json(&'v str),
    /// Nothing.
    Missing,
}

impl SlotValue<'_> {
    fn value(self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::String(text.to_owned())),
            Self::Bare(json) | Self::Json(json) => serde_json::from_str(json).ok(),
            Self::Missing => None,
        }
    }
}

/// A value that a slot can hold, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A text, as it is.
    Text(String),
    /// A number or a truth value, as JSON writes it.
    Bare(String),
    /// A list, a mapping or null, as JSON writes it.
    Json(String),
}

impl Held {
    /// A value, written once for all the requests it will stand in.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(_) | Value::Bool(_) => Self::Bare(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Json(value.to_string()),
        }
    }

    /// The same, borrowed.
    #[must_use]
    pub fn borrow(&self) -> SlotValue<'_> {
        match self {
            Self::Text(text) => SlotValue::Text(text),
            Self::Bare(json) => SlotValue::Bare(json),
            Self::Json(json) => SlotValue::Json(json),
        }
    }
}

/// Why a value could not be put into its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The slot of this index holds nothing.
    Missing(usize),
    /// What the slot of this index holds cannot stand there as it is; the maker may know how to write it.
    Odd(usize),
    /// A body that became empty, which may be framed in another way.
    Empty,
}

/// The fixed names, and beside them what the slots hold: what the maker is given where a request is not written from slots.
#[derive(Clone, Copy, Debug)]
pub struct SlotNames<'a, F> {
    /// The names that never change; they win.
    pub fixed: &'a Names,
    /// The slots.
    pub slots: &'a Slots,
    /// What each holds.
    pub values: F,
}

impl<'v, F: Fn(usize) -> SlotValue<'v>> Scope for SlotNames<'_, F> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.fixed.lookup(name).or_else(|| (self.values)(self.slots.index(name)?).value())
    }
}
