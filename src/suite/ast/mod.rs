//! What a suite and an environment say, as types in which every name knows its place.
//!
//! Holds what was written and nothing that was looked up: operations, callbacks and identities are still names here.

pub mod case;
pub mod catalogue;
pub mod environment;
pub mod expect;
pub mod load;
pub mod monitor;
pub mod openslo;
pub mod profile;
pub mod step;
pub mod uses;

use crate::base::source::{Place, Source, Span};
use crate::suite::ast::case::{Capability, Case};
use crate::suite::ast::catalogue::{ErrorCatalogue, EventCatalogue, Gate, Invariant, Lifecycle, RequirementDecl};
use crate::suite::ast::step::AuthChoice;
use std::sync::Arc;

/// A value with the place it was written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, as written at `span`.
    #[must_use]
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A suite file.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// Its title.
    pub title: String,
    /// Path of the OpenAPI document, relative to the suite file.
    pub spec: Spanned<String>,
    /// Other documents whose operations the steps call too, relative to the suite file.
    pub also: Vec<Spanned<String>>,
    /// What the environment must offer for every case.
    pub requires: Vec<Spanned<Capability>>,
    /// The identity used by calls that name none.
    pub auth: Option<Spanned<AuthChoice>>,
    /// The catalogue of error codes.
    pub errors: Option<ErrorCatalogue>,
    /// The catalogue of callback events.
    pub events: Option<EventCatalogue>,
    /// States and transitions.
    pub lifecycles: Vec<Lifecycle>,
    /// What holds of every object observed.
    pub invariants: Vec<Invariant>,
    /// What cases may cite.
    pub requirements: Vec<RequirementDecl>,
    /// The cases, in the order they were written.
    pub cases: Vec<Case>,
    /// What must hold for the run to conform.
    pub gate: Gate,
}

impl Suite {
    /// The place of a span of this suite.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }

    /// The declaration of a requirement.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&RequirementDecl> {
        self.requirements.iter().find(|r| r.id.value == id)
    }
}
