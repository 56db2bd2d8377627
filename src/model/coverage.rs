//! Coverage as a result: what the contract promises, and which of it a run has seen.
//!
//! Counts named items by dimension. Judges nothing: a gate demands a share.

use crate::base::units::Share;
use std::collections::BTreeSet;

/// What can be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Operations of the spec.
    Operations,
    /// Documented statuses, `operation status`.
    Statuses,
    /// Catalogued error codes, `operation status CODE`.
    ErrorCodes,
    /// Callbacks of the spec.
    Callbacks,
    /// Declared events, such as `SIGNATURE COMPLETE`.
    Events,
    /// Lifecycle transitions, `lifecycle FROM -> TO`.
    Transitions,
    /// Requirement ids that a case stands for.
    Requirements,
}

impl Dimension {
    /// Every dimension, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::Operations,
        Self::Statuses,
        Self::ErrorCodes,
        Self::Callbacks,
        Self::Events,
        Self::Transitions,
        Self::Requirements,
    ];

    /// The key in a suite's gate, and the word shown.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Statuses => "statuses",
            Self::ErrorCodes => "error_codes",
            Self::Callbacks => "callbacks",
            Self::Events => "events",
            Self::Transitions => "transitions",
            Self::Requirements => "requirements",
        }
    }

    /// The same word for a reader.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ErrorCodes => "error codes",
            other => other.key(),
        }
    }
}

/// One dimension: what there is and what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionCoverage {
    /// Which.
    pub dimension: Dimension,
    /// Everything there is, in a stable order.
    pub known: BTreeSet<String>,
    /// What of it was seen.
    pub seen: BTreeSet<String>,
}

impl DimensionCoverage {
    /// The share seen; `None` where there is nothing to see.
    #[must_use]
    pub fn share(&self) -> Option<Share> {
        Share::of(self.seen_count(), self.known.len())
    }

    /// How many of the known items were seen.
    #[must_use]
    pub fn seen_count(&self) -> usize {
        self.known.intersection(&self.seen).count()
    }

    /// What was not seen.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.known.difference(&self.seen).map(String::as_str)
    }
}

/// The coverage of one suite's spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The suite's title.
    pub suite: String,
    /// The spec's title and version.
    pub spec: String,
    /// Every dimension that has something to see.
    pub dimensions: Vec<DimensionCoverage>,
}
