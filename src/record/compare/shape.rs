//! The stored shape of a comparison, version 1.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a secret, and has no behaviour beyond the
//! words of its enumerations.

use crate::record::load::figures::CurveRecord;
use crate::record::load::shape::{LoadResult, Validity};
use crate::record::shape::{RedactionRecord, RunResult, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod conformance;

pub use conformance::{ConformanceComparison, CountRecord, CoverageChange, FindingChange, FindingStatus};

/// What `format` says in a comparison's record.
pub const FORMAT: &str = "proofmark.comparison";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// A whole comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ComparisonRecord {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// The version of the tool that compared.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
    /// When the first run that was compared began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// When the last of them ended.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub ended: Timestamp,
    /// What was compared, as the runs call it.
    pub title: String,
    /// The verdict.
    pub verdict: ComparisonResult,
    /// The verdict in words.
    pub sentence: String,
    /// What was there before.
    pub baseline: SideRecord,
    /// What is to take its place.
    pub candidate: SideRecord,
    /// What both sides stand on: what differs first.
    pub grounds: Vec<GroundRecord>,
    /// Loads, compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadComparison>,
    /// Conformance, compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformance: Option<ConformanceComparison>,
    /// What was left out so that it may be shared; what the runs hid is listed in their own records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
    /// What cannot be said, and what was left out.
    #[serde(default)]
    pub unsaid: Vec<String>,
}

/// The verdict over a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ComparisonResult {
    /// A figure that decides is worse by more than its margin; or something is found that was not.
    Regressed,
    /// Every figure that decides is not worse by more than its margin; nothing is found that was not.
    NotRegressed,
    /// Neither can be said.
    Inconclusive,
    /// Stopped before the end.
    Interrupted,
}

impl ComparisonResult {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Regressed => "REGRESSED",
            Self::NotRegressed => "NOT REGRESSED",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SideRecord {
    /// Its target as a reader would name it.
    pub target: String,
    /// Its runs, in the order in which they were made.
    pub runs: Vec<RunRef>,
}

/// A run that was compared, or was meant to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RunRef {
    /// Where it is stored.
    pub path: String,
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// Its own verdict, in words.
    pub sentence: String,
    /// The pair it is part of, from 1; `None` where there are no pairs or it was left out.
    #[serde(default)]
    pub pair: Option<u32>,
    /// Why it is no part of the figures; `None` where it is.
    #[serde(default)]
    pub left_out: Option<String>,
    /// The verdict of a load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadResult>,
    /// Whether a load measured its target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// The verdict of a run of suites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunResult>,
}

/// Something that figures of both sides stand on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct GroundRecord {
    /// What.
    pub name: String,
    /// What it was for the baseline.
    pub baseline: String,
    /// What it was for the candidate.
    pub candidate: String,
    /// True where both are the same.
    pub same: bool,
}

/// Loads, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct LoadComparison {
    /// How the runs lie beside each other.
    pub design: Design,
    /// In words: how many, in which order.
    pub described: String,
    /// Pairs asked for, where any were.
    #[serde(default)]
    pub asked: Option<u32>,
    /// Pairs that the figures stand on; of the smaller side where there are none.
    pub used: u32,
    /// The seed that ways to turn pairs were drawn by.
    pub seed: u64,
    /// What is held to a margin, and how wide that is.
    pub margins: Vec<MarginRecord>,
    /// By operation, in the order of the plan; over all of them last, where there are several or it has a figure of its own.
    pub operations: Vec<OperationComparison>,
}

/// How the runs of two sides lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// In pairs, one after the other, so that what the machine does meanwhile meets both.
    Paired,
    /// Each side by itself.
    Unpaired,
}

/// A figure that decides, and its margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct MarginRecord {
    /// The figure.
    pub figure: Figure,
    /// How much worse it may become: a share of the baseline, of errors a share of the requests.
    pub margin: f64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Figure {
    /// The median response time.
    #[serde(rename = "p50")]
    P50,
    /// The 90th percentile of the response time.
    #[serde(rename = "p90")]
    P90,
    /// The 99th.
    #[serde(rename = "p99")]
    P99,
    /// The 99.9th.
    #[serde(rename = "p99.9")]
    P999,
    /// The mean response time.
    #[serde(rename = "mean")]
    Mean,
    /// Answers a second, of users who wait for their answers.
    #[serde(rename = "throughput")]
    Throughput,
    /// The share of requests without a right answer.
    #[serde(rename = "errors")]
    Errors,
}

/// An operation of both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct OperationComparison {
    /// The operationId.
    pub operation: String,
    /// Answers over the runs of the baseline.
    pub baseline_answers: u64,
    /// Answers over those of the candidate.
    pub candidate_answers: u64,
    /// Its figures.
    pub figures: Vec<FigureComparison>,
    /// The response time by percentile, the middle of the baseline's runs.
    #[serde(default)]
    pub baseline_curve: Vec<CurveRecord>,
    /// That of the candidate's.
    #[serde(default)]
    pub candidate_curve: Vec<CurveRecord>,
}

/// A figure of both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FigureComparison {
    /// Which.
    pub figure: Figure,
    /// Why nothing is said of it; what follows is then empty.
    #[serde(default)]
    pub refused: Option<String>,
    /// What it typically was for the baseline: times in microseconds, rates a second, errors as a share.
    #[serde(default)]
    pub baseline: Option<f64>,
    /// For the candidate.
    #[serde(default)]
    pub candidate: Option<f64>,
    /// How much it changed: as a share of the baseline, of errors as a difference of shares.
    #[serde(default)]
    pub change: Option<f64>,
    /// The interval that the change lies in, at 95%; `None` of a single run or pair.
    #[serde(default)]
    pub interval: Option<(f64, f64)>,
    /// What that comes to beside no change at all.
    pub seen: Seen,
    /// What was found of it, where it decides.
    #[serde(default)]
    pub decides: Option<Decided>,
    /// Its value in each run of the baseline, in order.
    #[serde(default)]
    pub baseline_runs: Vec<f64>,
    /// In each run of the candidate.
    #[serde(default)]
    pub candidate_runs: Vec<f64>,
    /// The change of each pair, in order; empty where there are none.
    #[serde(default)]
    pub changes: Vec<f64>,
}

/// Which way a figure went beyond doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// The interval lies on the worse side of no change.
    Worse,
    /// On the better side.
    Better,
    /// It holds no change.
    #[default]
    Unclear,
}

/// What was found of a figure that decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Decided {
    /// What.
    pub outcome: FigureResult,
    /// In words.
    pub sentence: String,
    /// How much worse it may become.
    pub margin: f64,
    /// How often so large a change would be seen where the truth is the margin, by Holm's adjustment over all that decides.
    #[serde(default)]
    pub p: Option<f64>,
    /// The smallest true change that is called a regression four times in five, at the spread of these runs.
    #[serde(default)]
    pub detectable: Option<f64>,
    /// How often no change at all would be called a regression, at that spread.
    #[serde(default)]
    pub false_alarm: Option<f64>,
    /// How many pairs would settle it, where it is open and so many can be made.
    #[serde(default)]
    pub pairs_needed: Option<u32>,
    /// What runs of one side show when they are paired with each other.
    #[serde(default)]
    pub null: Option<NullRecord>,
}

/// What became of a figure that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FigureResult {
    /// Worse by more than the margin.
    Regressed,
    /// Better by more than the margin.
    Improved,
    /// Not worse by more than the margin.
    NotRegressed,
    /// Neither can be said.
    Inconclusive,
}

impl FigureResult {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Regressed => "REGRESSED",
            Self::Improved => "IMPROVED",
            Self::NotRegressed => "NOT REGRESSED",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// What runs of one side show when they are paired with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct NullRecord {
    /// Such pairs.
    pub pairs: u32,
    /// The spread of their changes.
    pub spread: f64,
    /// Ways to call one of each the baseline that were tried.
    pub ways: u32,
    /// Of which came out as a regression.
    pub called: u32,
}
