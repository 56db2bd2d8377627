//! The part of a comparison's stored shape that is about what was found.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a figure of a load.

use crate::record::shape::Level;
use serde::{Deserialize, Serialize};

/// Conformance, compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ConformanceComparison {
    /// How many findings are of each kind.
    pub counts: Vec<CountRecord>,
    /// The findings of either side, what is new first.
    pub findings: Vec<FindingChange>,
    /// Cases that only the candidate has.
    #[serde(default)]
    pub cases_added: Vec<String>,
    /// Cases that only the baseline has.
    #[serde(default)]
    pub cases_removed: Vec<String>,
    /// Coverage that is not the same.
    #[serde(default)]
    pub coverage: Vec<CoverageChange>,
}

/// How many findings are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CountRecord {
    /// The kind.
    pub status: FindingStatus,
    /// How many.
    pub count: usize,
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// In no run of the baseline, and in one or more of the candidate.
    New,
    /// In some runs of a side and not in others.
    Flaky,
    /// In every run of both.
    Still,
    /// In every run of the baseline and in none of the candidate, where its case was judged.
    Fixed,
    /// Its case was not judged by the candidate.
    NotJudged,
    /// Its case is gone.
    Gone,
}

impl FindingStatus {
    /// Every one, in the order shown.
    pub const ALL: [Self; 6] = [Self::New, Self::Flaky, Self::Still, Self::Fixed, Self::NotJudged, Self::Gone];

    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Flaky => "flaky",
            Self::Still => "still failing",
            Self::Fixed => "fixed",
            Self::NotJudged => "not judged any more",
            Self::Gone => "gone with its case",
        }
    }
}

/// A finding of either side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FindingChange {
    /// What became of it.
    pub status: FindingStatus,
    /// Whether it decides: that of a warning does not.
    pub level: Level,
    /// The check.
    pub check: String,
    /// The operation.
    pub operation: Option<String>,
    /// The place in the schema.
    pub schema: Option<String>,
    /// The case, by id.
    pub case: String,
    /// The case's title.
    pub title: String,
    /// What is wrong, as it was last said.
    pub message: String,
    /// Runs of the baseline that have it.
    pub baseline: usize,
    /// Runs of the candidate that have it.
    pub candidate: usize,
}

/// A dimension of coverage that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CoverageChange {
    /// The suite.
    pub suite: String,
    /// The dimension.
    pub title: String,
    /// Seen and known items of the baseline.
    pub baseline: (usize, usize),
    /// Those of the candidate.
    pub candidate: (usize, usize),
    /// Items that were seen and are not any more.
    pub lost: Vec<String>,
    /// Items that were not seen and are.
    pub gained: Vec<String>,
}
