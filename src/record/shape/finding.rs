//! Findings as they are stored: what is wrong, where, and which exchange shows it.
//!
//! Plain data. Never holds a secret, and judges nothing.

use crate::base::source::Spot;
use crate::record::shape::{Level, RequirementRecord};
use serde::{Deserialize, Serialize};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FindingRecord {
    /// Its id in this record, `f1` upwards.
    #[serde(default)]
    pub id: String,
    /// The check that found it.
    pub check: String,
    /// What it stands on.
    pub requirement: RequirementRecord,
    /// How much it matters.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// The operation concerned.
    pub operation: Option<String>,
    /// Where in the body.
    pub instance: Option<String>,
    /// Where in the spec.
    pub schema: Option<String>,
    /// The line of the spec that is not kept: the keyword of a schema, else the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<SpotRecord>,
    /// What was required.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// The exchange that shows it.
    pub exchange: Option<String>,
    /// The lines of the body around the offending part.
    #[serde(default)]
    pub excerpt: Vec<ExcerptLine>,
    /// The command that makes the same call, secrets as shell variables.
    #[serde(default)]
    pub curl: Option<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SpotRecord {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl From<Spot> for SpotRecord {
    fn from(spot: Spot) -> Self {
        Self { file: spot.file, line: spot.line, column: spot.column }
    }
}

impl From<SpotRecord> for Spot {
    fn from(spot: SpotRecord) -> Self {
        Self { file: spot.file, line: spot.line, column: spot.column }
    }
}

/// A line of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ExcerptLine {
    /// Its number in the laid-out body, from 1.
    pub number: usize,
    /// Its text with its indentation.
    pub text: String,
    /// True when it belongs to the offending part.
    pub marked: bool,
}
