//! What a suite declares once for all its cases: error codes, events, lifecycles, invariants, requirements, the gate.
//!
//! Declarations only; the checks of the floor above judge by them.

use crate::base::diagnostic::Severity;
use crate::base::source::Span;
use crate::base::units::Share;
use crate::model::coverage::Dimension;
use crate::suite::ast::Spanned;
use crate::suite::ast::expect::{BodyExpectation, StatusSet};
use crate::suite::path::Path;
use serde_json::Value;

/// Which error codes there are, and which may come where.
#[derive(Clone, Debug)]
pub struct ErrorCatalogue {
    /// Where the code stands in an error body.
    pub at: Path,
    /// The codes, in the order they were written.
    pub codes: Vec<ErrorCode>,
}

/// One error code.
#[derive(Clone, Debug)]
pub struct ErrorCode {
    /// The code.
    pub code: Spanned<String>,
    /// With which statuses, on which operations; at least one.
    pub rules: Vec<ErrorRule>,
}

/// With which statuses a code may come on which operations.
#[derive(Clone, Debug)]
pub struct ErrorRule {
    /// The statuses.
    pub status: StatusSet,
    /// The operations.
    pub operations: OperationSet,
    /// The whole rule.
    pub span: Span,
}

/// A choice of operations.
#[derive(Clone, Debug)]
pub enum OperationSet {
    /// Every operation of the spec.
    All,
    /// Those named.
    Named(Vec<Spanned<String>>),
}

impl OperationSet {
    /// True when the operation is one of them.
    #[must_use]
    pub fn contains(&self, operation: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|n| n.value == operation),
        }
    }
}

/// A callback of a spec, `operationId.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRef {
    /// The operation that declares it.
    pub operation: String,
    /// Its name there.
    pub name: String,
    /// Where it is named.
    pub span: Span,
}

/// Which events a callback may bring.
#[derive(Clone, Debug)]
pub struct EventCatalogue {
    /// The callback that brings them.
    pub callback: CallbackRef,
    /// The paths whose values make the event.
    pub by: Vec<Path>,
    /// The known events, each as long as `by`.
    pub known: Vec<Spanned<Vec<Value>>>,
}

/// The states of an object and how they follow each other.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// Its name.
    pub name: Spanned<String>,
    /// The schema of the spec whose bearers are observed.
    pub of: Spanned<String>,
    /// Only those that match; all when empty.
    pub when: BodyExpectation,
    /// The id, within the object.
    pub id: Path,
    /// What makes the id unique, over the whole body.
    pub scope: Option<Path>,
    /// The state, within the object.
    pub state: Path,
    /// States an object may be in when it is first seen new.
    pub initial: Vec<Spanned<String>>,
    /// From each state, the states that may follow.
    pub transitions: Vec<(Spanned<String>, Vec<Spanned<String>>)>,
    /// States that nothing follows.
    pub finals: Vec<Spanned<String>>,
    /// The whole declaration.
    pub span: Span,
}

/// What holds of every object observed.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// Its name.
    pub name: Spanned<String>,
    /// Where it is said.
    pub source: Option<String>,
    /// The requirement it stands for.
    pub requirement: Option<Spanned<String>>,
    /// The schema of the spec whose bearers are observed.
    pub on: Spanned<String>,
    /// Only those that match; all when empty.
    pub when: BodyExpectation,
    /// What holds of them.
    pub rule: InvariantRule,
    /// The whole declaration.
    pub span: Span,
}

/// What an invariant asks for.
#[derive(Clone, Debug)]
pub enum InvariantRule {
    /// The object matches.
    Then(BodyExpectation),
    /// These values stay as they were first seen.
    Unchanged {
        /// The id, within the object; as written, else the one of the lifecycle of the same schema.
        id: Path,
        /// What makes the id unique, over the whole body; from the lifecycle of the same schema.
        scope: Option<Path>,
        /// The values.
        paths: Vec<Path>,
    },
}

/// A requirement that cases may cite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementDecl {
    /// Its id.
    pub id: Spanned<String>,
    /// The document and section it is taken from.
    pub source: String,
    /// What it says.
    pub text: String,
}

/// What must hold for the run to conform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The share of each dimension that must be covered.
    pub coverage: Vec<(Spanned<Dimension>, Share)>,
    /// Findings of these severities fail the run; errors when nothing is written.
    pub fail_on: Vec<Severity>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { coverage: Vec::new(), fail_on: vec![Severity::Error] }
    }
}
