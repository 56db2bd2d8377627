//! Values made from schemas: valid ones of every class, and ones that are wrong in one way each.
//!
//! The same seed gives the same values. Never sends one and never judges what came of it.

use crate::base::pointer::Pointer;
use serde_json::Value;

/// What a sample is there to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Valid; one combination of the values that the spec lists (each entity with each of its events).
    Event,
    /// Valid; a value at a bound of its schema.
    Boundary(Pointer),
    /// Valid; an optional field absent.
    OptionalAbsent(Pointer),
    /// A field that the spec does not know, added to a valid value.
    UnknownField(Pointer),
    /// A value beside those that the spec lists, in an otherwise valid one.
    UnknownValue(Pointer),
    /// Wrong: a required field absent.
    MissingRequired(Pointer),
}

/// A value made from a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What it is, for a reader: `SIGNATURE IN_ERROR`, `id absent`.
    pub label: String,
    /// What it is there to show.
    pub kind: SampleKind,
    /// The value.
    pub value: Value,
}
