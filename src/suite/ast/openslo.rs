//! What an OpenSLO file asks, as far as it can be watched.
//!
//! Holds what was written. Knows neither the operations that there are nor how the asked is measured.

use crate::base::source::Place;
use crate::base::units::Nanos;
use crate::model::availability::Level;
use crate::suite::ast::Spanned;

/// An objective of an SLO: a target of availability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTarget {
    /// The name of the SLO.
    pub name: Spanned<String>,
    /// What is to be available.
    pub availability: Spanned<Level>,
    /// The service it belongs to.
    pub service: Option<Spanned<String>>,
    /// The operation, by the label `operation`; `None` is all of them together.
    pub operation: Option<Spanned<String>>,
    /// The last so much of the run; `None` is the whole run.
    pub over: Option<Nanos>,
    /// Where the objective stands.
    pub place: Place,
}
