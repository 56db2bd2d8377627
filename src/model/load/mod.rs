//! The vocabulary of a load: what is counted, in which intervals, and what it came to.
//!
//! Data and sums. Opens no connection, judges no bound, knows no stored shape.

pub mod figures;
pub mod health;
pub mod outcome;

pub use crate::model::load::figures::{Answered, Cell, Class, ConnectionFigures, Figures, Interval, LoadError, Phase};
pub use crate::model::load::health::{Health, HealthFault};
pub use crate::model::load::outcome::{
    CallbackFigures, KeptFailure, LoadEvent, LoadObserver, LoadOpening, LoadOutcome, LoadVerdict, SearchOutcome, SearchStep,
    SloOutcome, Totals,
};
