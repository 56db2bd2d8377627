//! The stored shape of a load, version 1.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a secret, and has no behaviour
//! beyond its conversions from the model's words.

use crate::model::load::LoadVerdict;
use crate::record::load::figures::{CallbackRecord, ConnectionsRecord, LoadFigures, PointRecord};
use crate::record::shape::{
    BuildRecord, DocumentRecord, ExchangeRecord, FactRecord, FindingRecord, Outcome, RedactionRecord, instant,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `format` says in a load's record.
pub const FORMAT: &str = "proofmark.load";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// A whole load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct LoadRecord {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// The version of the tool that ran.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// When it ended.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub ended: Timestamp,
    /// Wall time it took.
    pub took_ns: u64,
    /// The plan's title.
    pub title: String,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
    /// True where starts were due by the clock, whatever the target did.
    pub open: bool,
    /// How long starts were to fall due for.
    pub planned_ns: u64,
    /// How the plan lay in the windows of what it called; absent where nothing ever closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// How requests were carried.
    pub transport: String,
    /// Which answers were to be judged.
    pub validate: String,
    /// The scenarios.
    pub scenarios: Vec<ScenarioRecord>,
    /// When starts were due.
    pub stages: Vec<StageRecord>,
    /// The plan, suites and specs that were used, by digest.
    #[serde(default)]
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine that made the load.
    #[serde(default)]
    pub machine: Vec<FactRecord>,
    /// How the tool that made the load was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildRecord>,
    /// True when it was stopped before its end.
    pub interrupted: bool,
    /// Why it was given up early.
    pub aborted: Option<String>,
    /// Why nothing could be judged, when that is so.
    pub unusable: Option<String>,
    /// The verdict.
    pub verdict: LoadResult,
    /// The verdict in words.
    pub sentence: String,
    /// Whether what was measured is the target.
    pub validity: ValidityRecord,
    /// The SLOs.
    pub slos: Vec<SloRecord>,
    /// What was measured, by operation and over all.
    pub load: LoadFigures,
    /// Connections of the whole run, since most are opened while it warms up.
    pub connections: ConnectionsRecord,
    /// How the generator fared; `None` where it did not come to its end.
    pub health: Option<HealthRecord>,
    /// What came of the callbacks.
    #[serde(default)]
    pub callbacks: Vec<CallbackRecord>,
    /// What a search found.
    #[serde(default)]
    pub search: Option<SearchRecord>,
    /// The first failure of each kind.
    #[serde(default)]
    pub failures: Vec<FailureRecord>,
    /// Failures of kinds that are kept already, or beyond what is kept.
    #[serde(default)]
    pub failures_not_kept: u64,
    /// What was hidden, over all exchanges that are kept and in words that quote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
    /// What was worth a line.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The load over time, a point a second, or for more seconds where it was long.
    #[serde(default)]
    pub series: Vec<PointRecord>,
}

/// The verdict over a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LoadResult {
    /// Every SLO holds and every judged answer is right.
    Conforms,
    /// An SLO does not hold, an answer is wrong, or the run was given up.
    Fails,
    /// The generator spoiled the measurement.
    Invalid,
    /// Nothing, or not what an SLO needs, could be judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

impl From<LoadVerdict> for LoadResult {
    fn from(verdict: LoadVerdict) -> Self {
        match verdict {
            LoadVerdict::Conforms => Self::Conforms,
            LoadVerdict::Fails => Self::Fails,
            LoadVerdict::Invalid => Self::Invalid,
            LoadVerdict::NotJudged => Self::NotJudged,
            LoadVerdict::Interrupted => Self::Interrupted,
        }
    }
}

/// Whether a measurement is one of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// The generator kept up.
    Sound,
    /// The generator did not keep up.
    Invalid,
    /// Nothing was measured, or the run did not come to its end.
    Unknown,
}

impl Validity {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sound => "VALID",
            Self::Invalid => "INVALID",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Whether what was measured is the target, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ValidityRecord {
    /// Whether it is.
    pub result: Validity,
    /// Why, in a sentence.
    pub sentence: String,
}

/// A scenario and its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ScenarioRecord {
    /// As a reader would name it.
    pub title: String,
    /// Its weight among them.
    pub weight: u32,
}

/// A stage of the arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct StageRecord {
    /// When it began, from the start of the run.
    pub at_ns: u64,
    /// How long it was to be.
    pub length_ns: u64,
    /// As a reader would say it.
    pub title: String,
}

/// An SLO and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SloRecord {
    /// As written.
    pub title: String,
    /// `Pass`, `Fail`, or another where it could not be judged.
    pub outcome: Outcome,
    /// What was measured; why nothing could be judged.
    pub actual: String,
    /// How far from the bound, in hundredths of a per cent of it: positive where it holds with room.
    pub margin: Option<i64>,
}

/// How the generator fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct HealthRecord {
    /// The p99 of the lag.
    pub lag_p99_ns: Option<u64>,
    /// The longest lag.
    pub lag_max_ns: Option<u64>,
    /// The p99 of the lag that was the generator's own.
    pub own_lag_p99_ns: Option<u64>,
    /// Starts that were due and never made.
    pub missed: u64,
    /// The largest share of a processor used over a second, in hundredths of a per cent.
    pub cpu_peak: Option<u32>,
    /// The mean share.
    pub cpu_mean: Option<u32>,
    /// The share of the time that event loops waited for a processor.
    pub run_queue: Option<u32>,
    /// File descriptors that the process may open.
    pub descriptors: Option<u64>,
    /// Local ports that connections may have.
    pub ports: Option<u64>,
    /// Event loops.
    pub workers: u32,
    /// What spoiled the measurement.
    pub faults: Vec<FaultRecord>,
    /// What is worth knowing and spoils nothing.
    pub remarks: Vec<String>,
    /// The rate a second that it could have held, where that can be said.
    pub could_hold: Option<f64>,
}

/// One thing that spoiled a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FaultRecord {
    /// A short name.
    pub name: String,
    /// What was seen.
    pub seen: String,
    /// What to change.
    pub hint: String,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SearchRecord {
    /// The highest rate a second that held each time it was tried.
    pub capacity: Option<f64>,
    /// The lowest rate that did not hold.
    pub broke_at: Option<f64>,
    /// True when the largest rate allowed still held.
    pub unbounded: bool,
    /// What it came to, in words.
    pub sentence: String,
    /// Every step, in order.
    pub steps: Vec<SearchStepRecord>,
}

/// One rate that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SearchStepRecord {
    /// The rate asked for.
    pub rate: f64,
    /// The rate of answers that was had.
    pub achieved: f64,
    /// Whether every SLO held.
    pub held: bool,
    /// What did not hold.
    pub broken: Vec<String>,
    /// The median response time, in microseconds.
    pub p50: Option<u64>,
    /// The 99th percentile of the response time, in microseconds.
    pub p99: Option<u64>,
    /// True where it only confirms a rate that was found.
    pub confirms: bool,
    /// True where the generator spoiled it: nothing is known of the target at this rate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spoiled: bool,
}

/// The first failure of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FailureRecord {
    /// The operation.
    pub operation: String,
    /// What was found.
    pub findings: Vec<FindingRecord>,
    /// Why it could not be judged.
    pub errors: Vec<String>,
    /// The exchange that shows it.
    pub exchange: ExchangeRecord,
}
