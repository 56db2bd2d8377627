//! A finding: one thing that is not as a requirement says.
//!
//! Data with everything a reader needs to believe it. Never decides the verdict of a run.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::base::source::Spot;
use crate::model::check::{CheckId, Requirement};
use crate::model::exchange::ExchangeId;

/// One thing that is not as a requirement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it.
    pub check: CheckId,
    /// What it stands on.
    pub requirement: Requirement,
    /// Error or warning.
    pub severity: Severity,
    /// A lower-case fragment.
    pub message: String,
    /// The operation concerned, by operationId.
    pub operation: Option<String>,
    /// Where in the body.
    pub instance: Option<Pointer>,
    /// The header field it is about.
    pub header: Option<String>,
    /// Where in the spec document (pointer from its root), for schema findings.
    pub schema: Option<Pointer>,
    /// Where the spec says what is not kept: the keyword of a schema, else the operation.
    pub spec: Option<Spot>,
    /// What was required, for a person.
    pub expected: String,
    /// What was there, for a person.
    pub actual: String,
    /// The exchange that shows it.
    pub exchange: Option<ExchangeId>,
}
