//! What a record was put together from.
//!
//! Plain data. Says what each part came to by itself, so that nothing gets lost in the sum, and judges nothing.

use crate::record::shape::{Outcome, RunResult, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The parts of a record, and the cases that several of them have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct MergedRecord {
    /// The parts, in the order in which they were named.
    pub parts: Vec<PartRecord>,
    /// Cases that are in several parts.
    #[serde(default)]
    pub repeated: Vec<RepeatedRecord>,
}

/// One record that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct PartRecord {
    /// Where it was stored.
    pub path: String,
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// Wall time it took.
    pub took_ns: u64,
    /// Its target as a reader would name it.
    pub target: String,
    /// Its seed.
    pub seed: u64,
    /// Its own verdict.
    pub verdict: RunResult,
    /// Its own verdict in words.
    pub sentence: String,
    /// How many cases it has.
    pub cases: usize,
}

/// A case that is in several parts. The worst of its outcomes counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RepeatedRecord {
    /// The case, by id.
    pub case: String,
    /// The parts that have it, by their number from 1.
    pub parts: Vec<usize>,
    /// What became of it in each of these.
    pub outcomes: Vec<Outcome>,
}
