//! Matchers: what a value must be, as a closed set of operators.
//!
//! A tree with operands that may hold templates. Selects nothing, and knows no HTTP.

mod compare;
mod eval;
mod show;

#[cfg(test)]
mod tests;

pub use crate::suite::matcher::eval::{MatchFault, Mismatch, SchemaTest};

use crate::base::source::Span;
use crate::suite::template::TemplateValue;
use regex::Regex;
use serde_json::Value;

/// Operators that must all hold.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The operators; at least one.
    pub operators: Vec<Operator>,
    /// Where it stands.
    pub span: Span,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
}

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// A mapping.
    Object,
}

/// A regular expression.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Written out.
    Fixed(Regex),
    /// With templates in it.
    Template(TemplateValue),
}

/// One operator with its operand.
#[derive(Clone, Debug)]
pub enum Operator {
    /// Equals; objects and arrays too.
    Eq(TemplateValue),
    /// Does not equal.
    Ne(TemplateValue),
    /// Compares so.
    Compare(Comparison, TemplateValue),
    /// Is text that the expression finds something in.
    Matches(Pattern),
    /// Is of this type.
    Type(JsonType),
    /// Is one of the list.
    In(TemplateValue),
    /// Is text with that part, or a list with an item that matches.
    Contains(Box<Matcher>),
    /// Has a length that matches.
    Length(Box<Matcher>),
    /// Is there, or not.
    Exists(bool),
    /// At least one matches.
    Any(Box<Matcher>),
    /// Every one matches, and at least one is there.
    All(Box<Matcher>),
    /// None matches.
    None(Box<Matcher>),
    /// No two are equal.
    Distinct,
    /// They are in that order; equal neighbours are allowed.
    Ordered {
        /// Downwards instead of upwards.
        descending: bool,
    },
    /// Is an instant before the given one.
    Before(TemplateValue),
    /// Is an instant after the given one.
    After(TemplateValue),
    /// Is the same instant as another one, moved.
    Instant(Box<InstantOperand>),
    /// Satisfies the JSON Schema.
    Schema(Value),
    /// Does not match.
    Not(Box<Matcher>),
}

/// The operand of `instant`.
#[derive(Clone, Debug)]
pub struct InstantOperand {
    /// The instant to start from.
    pub of: TemplateValue,
    /// Moved on by this duration.
    pub plus: Option<TemplateValue>,
    /// Moved back by this duration.
    pub minus: Option<TemplateValue>,
    /// Give or take this duration.
    pub within: Option<TemplateValue>,
}

impl Matcher {
    /// Equality with a value.
    #[must_use]
    pub fn equals(value: TemplateValue) -> Self {
        Self { span: value.span, operators: vec![Operator::Eq(value)] }
    }

    /// The names used in operands, each with its place.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, Span)> {
        self.operators.iter().flat_map(Operator::variables).collect()
    }
}

impl Operator {
    /// The key in a suite.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Eq(_) => "eq",
            Self::Ne(_) => "ne",
            Self::Compare(Comparison::Lt, _) => "lt",
            Self::Compare(Comparison::Lte, _) => "lte",
            Self::Compare(Comparison::Gt, _) => "gt",
            Self::Compare(Comparison::Gte, _) => "gte",
            Self::Matches(_) => "matches",
            Self::Type(_) => "type",
            Self::In(_) => "in",
            Self::Contains(_) => "contains",
            Self::Length(_) => "length",
            Self::Exists(_) => "exists",
            Self::Any(_) => "any",
            Self::All(_) => "all",
            Self::None(_) => "none",
            Self::Distinct => "distinct",
            Self::Ordered { descending: false } => "ascending",
            Self::Ordered { descending: true } => "descending",
            Self::Before(_) => "before",
            Self::After(_) => "after",
            Self::Instant(_) => "instant",
            Self::Schema(_) => "schema",
            Self::Not(_) => "not",
        }
    }

    fn variables(&self) -> Vec<(&str, Span)> {
        match self {
            Self::Eq(v) | Self::Ne(v) | Self::Compare(_, v) | Self::In(v) | Self::Before(v) | Self::After(v) => v.variables(),
            Self::Matches(Pattern::Template(v)) => v.variables(),
            Self::Contains(m) | Self::Length(m) | Self::Any(m) | Self::All(m) | Self::None(m) | Self::Not(m) => m.variables(),
            Self::Instant(operand) => {
                let rest = [&operand.plus, &operand.minus, &operand.within];
                operand.of.variables().into_iter().chain(rest.into_iter().flatten().flat_map(TemplateValue::variables)).collect()
            }
            Self::Matches(Pattern::Fixed(_))
            | Self::Type(_)
            | Self::Exists(_)
            | Self::Distinct
            | Self::Ordered { .. }
            | Self::Schema(_) => Vec::new(),
        }
    }
}
