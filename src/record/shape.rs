//! The stored shape of a run, version 1.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a secret, and has no behaviour
//! beyond its conversions from the model's words.

use crate::base::diagnostic::Severity;
use crate::model::exchange::Direction;
use crate::model::outcome::{RunVerdict, Verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod exchange;
mod finding;
mod merged;
mod redaction;

pub use exchange::{BodyRecord, ExchangeRecord, HeaderRecord, RequestRecord, ResponseRecord};
pub use finding::{ExcerptLine, FindingRecord, SpotRecord};
pub use merged::{MergedRecord, PartRecord, RepeatedRecord};
pub use redaction::RedactionRecord;

/// What `format` says in a run's record.
pub const FORMAT: &str = "proofmark.run";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RunRecord {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// The version of the tool that ran.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
    /// Options (besides the suite and the case) that running a single case again needs, redacted.
    #[serde(default)]
    pub rerun_options: Vec<String>,
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
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
    /// True when it was stopped before its end.
    pub interrupted: bool,
    /// Why nothing could be judged, when that is so.
    pub unusable: Option<String>,
    /// The verdict over the run.
    pub verdict: RunResult,
    /// The verdict in words.
    pub sentence: String,
    /// The specs and suites that were used, by digest.
    #[serde(default)]
    pub documents: Vec<DocumentRecord>,
    /// Which cases were asked for, where not all were, as options (`--tag smoke`); redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selection: Vec<String>,
    /// What is known of the machine that ran it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machine: Vec<FactRecord>,
    /// How the tool that ran was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildRecord>,
    /// The records it was put together from, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<MergedRecord>,
    /// Cases planned, where the run was stopped before all of them were carried out.
    #[serde(default)]
    pub planned: Option<usize>,
    /// Counts over the run.
    #[serde(default)]
    pub totals: Totals,
    /// One line per suite.
    #[serde(default)]
    pub suites: Vec<SuiteFigures>,
    /// One line per operation.
    #[serde(default)]
    pub operations: Vec<OperationFigures>,
    /// What was delivered to listeners, where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<DeliveriesRecord>,
    /// Coverage, one per suite.
    #[serde(default)]
    pub coverage: Vec<CoverageRecord>,
    /// The gates.
    #[serde(default)]
    pub gates: Vec<GateRecord>,
    /// Findings by cause, errors first.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// Skipped cases by reason.
    #[serde(default)]
    pub skipped: Vec<SkipGroup>,
    /// What is worth knowing of the record itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was hidden, over all exchanges and in words that quote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
    /// The cases, in plan order.
    #[serde(default)]
    pub cases: Vec<CaseRecord>,
    /// Every exchange, in order of number.
    #[serde(default)]
    pub exchanges: Vec<ExchangeRecord>,
}

/// What became of a step, a case or a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Found right.
    Pass,
    /// Found wrong.
    Fail,
    /// Could not be carried out.
    Error,
    /// Not carried out.
    Skipped,
    /// A person must look.
    Review,
    /// Does not apply to this target.
    NotApplicable,
}

impl Outcome {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
            Self::Skipped => "SKIPPED",
            Self::Review => "REVIEW",
            Self::NotApplicable => "NOT APPLICABLE",
        }
    }

    /// A short name for machines, as stored.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::Review => "review",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// True for the two that keep a run from conforming.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Fail | Self::Error)
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Error => Self::Error,
            Verdict::Skipped => Self::Skipped,
            Verdict::Review => Self::Review,
            Verdict::NotApplicable => Self::NotApplicable,
        }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Pass,
            Outcome::Fail => Self::Fail,
            Outcome::Error => Self::Error,
            Outcome::Skipped => Self::Skipped,
            Outcome::Review => Self::Review,
            Outcome::NotApplicable => Self::NotApplicable,
        }
    }
}

/// The verdict over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    /// Everything required was judged and found right.
    Conforms,
    /// A finding or a failed gate.
    Fails,
    /// Nothing, or not what was required, could be judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

impl From<RunVerdict> for RunResult {
    fn from(verdict: RunVerdict) -> Self {
        match verdict {
            RunVerdict::Conforms => Self::Conforms,
            RunVerdict::Fails => Self::Fails,
            RunVerdict::NotJudged => Self::NotJudged,
            RunVerdict::Interrupted => Self::Interrupted,
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Keeps the case from passing.
    Error,
    /// Said, and no more.
    Warning,
}

impl Level {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
        }
    }
}

/// Which way a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// We called the system under test.
    Outbound,
    /// The system under test called our listener.
    Inbound,
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Outbound => Self::Outbound,
            Direction::Inbound => Self::Inbound,
        }
    }
}

/// A file the run stood on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct DocumentRecord {
    /// What it is: `spec`, `suite`, `profile`.
    pub kind: String,
    /// The name a user knows it by.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Something known of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FactRecord {
    /// What.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How the tool was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct BuildRecord {
    /// `release`, or `debug` where it checks itself and is slower.
    pub profile: String,
    /// What the sources call themselves, as `git describe` says it, where that was told to the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub described: Option<String>,
}

/// Counts over a run or a suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Totals {
    /// All cases.
    pub cases: usize,
    /// Of which passed.
    pub passed: usize,
    /// Of which failed.
    pub failed: usize,
    /// Of which could not be carried out.
    pub errors: usize,
    /// Of which were skipped.
    pub skipped: usize,
    /// Of which a person must look at.
    pub review: usize,
    /// Of which do not apply.
    pub not_applicable: usize,
    /// Findings of level error.
    pub findings: usize,
    /// Findings of level warning.
    pub warnings: usize,
    /// Exchanges made or received.
    pub exchanges: usize,
    /// Gates there are; of the run alone.
    #[serde(default)]
    pub gates: usize,
    /// Of which hold.
    #[serde(default)]
    pub gates_held: usize,
}

/// One suite in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SuiteFigures {
    /// Its title.
    pub title: String,
    /// The outcome over its cases.
    pub outcome: Outcome,
    /// Its counts.
    pub totals: Totals,
    /// The wall time of its cases, added up.
    pub took_ns: u64,
}

/// One operation in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct OperationFigures {
    /// The operationId, or method and path where none is known.
    pub operation: String,
    /// Which way it is called.
    pub way: Way,
    /// Exchanges.
    pub calls: usize,
    /// Exchanges without an answer.
    pub unanswered: usize,
    /// Statuses seen, in ascending order.
    pub statuses: Vec<StatusCount>,
    /// The median service time of the answers.
    pub p50_ns: Option<u64>,
    /// The service time that 99% of the answers do not exceed.
    pub p99_ns: Option<u64>,
    /// The longest service time of the answers.
    pub max_ns: Option<u64>,
}

/// What was delivered to listeners over a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct DeliveriesRecord {
    /// By callback.
    pub rows: Vec<DeliveryFigures>,
    /// All of them.
    pub total: DeliveryFigures,
    /// How many notifications the platform's own list has, where it shows one.
    #[serde(default)]
    pub listed: Option<usize>,
}

/// What was delivered to one callback. Every attempt is the first of its notification, a replay or a duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct DeliveryFigures {
    /// The callback's operation.
    pub operation: String,
    /// Attempts that arrived.
    pub sent: usize,
    /// Distinct notifications.
    pub notifications: usize,
    /// Of which were acknowledged.
    pub acknowledged: usize,
    /// Attempts that came again because none before was acknowledged.
    pub replayed: usize,
    /// Attempts that came again after an acknowledgement.
    pub duplicates: usize,
    /// Notifications that were never acknowledged.
    pub lost: usize,
    /// Of which a case asked for: its listener refused every attempt, or it let the endpoint be dead.
    pub lost_provoked: usize,
    /// Notifications that first came after a younger one of the same entity.
    pub out_of_order: usize,
    /// Of which a case asked for: it let the endpoint be dead.
    pub out_of_order_provoked: usize,
    /// What of it was provoked, in words; empty where nothing was lost or out of order.
    #[serde(default)]
    pub provoked: String,
    /// Whether something is left that no case asked for.
    #[serde(default)]
    pub open: bool,
}

/// A status and how often it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct StatusCount {
    /// The status.
    pub status: u16,
    /// How often.
    pub count: usize,
}

/// The coverage of one suite's spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CoverageRecord {
    /// The suite's title.
    pub suite: String,
    /// The spec's title and version.
    pub spec: String,
    /// Every dimension that has something to see.
    pub dimensions: Vec<DimensionRecord>,
}

/// One dimension of coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct DimensionRecord {
    /// Its key.
    pub key: String,
    /// Its name for a reader.
    pub title: String,
    /// How many of the known items were seen.
    pub seen: usize,
    /// How many there are.
    pub known: usize,
    /// The share in hundredths of a per cent, rounded down.
    pub share: Option<u32>,
    /// The items seen.
    pub items: Vec<String>,
    /// The items not seen.
    pub missing: Vec<String>,
}

/// A gate and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct GateRecord {
    /// What it demands.
    pub title: String,
    /// The suite that demands it.
    pub suite: String,
    /// Whether it holds.
    pub outcome: Outcome,
    /// What was found.
    pub actual: String,
}

/// Findings that share their cause: check, operation, requirement and place in the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Cause {
    /// The check.
    pub check: String,
    /// The worst level among them.
    pub level: Level,
    /// The operation.
    pub operation: Option<String>,
    /// The requirement.
    pub requirement: RequirementRecord,
    /// The place in the schema.
    pub schema: Option<String>,
    /// How many findings.
    pub count: usize,
    /// The findings, by id; the first one is shown in full.
    pub findings: Vec<String>,
    /// The cases they are in, each once.
    pub cases: Vec<String>,
}

/// Skipped cases that share their reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SkipGroup {
    /// The reason.
    pub reason: String,
    /// True when the gate needs at least one of them.
    pub required: bool,
    /// The cases, by id.
    pub cases: Vec<String>,
}

/// A requirement and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RequirementRecord {
    /// Its id.
    pub id: String,
    /// The document and section.
    pub source: String,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CaseRecord {
    /// Its id.
    pub id: String,
    /// The suite's title.
    pub suite: String,
    /// Its title.
    pub title: String,
    /// `file:line:column`.
    pub place: Option<String>,
    /// The suite's file as it was named.
    pub file: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether the gate needs it.
    pub required: bool,
    /// The requirement ids it stands for.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was skipped or could not be carried out.
    pub reason: Option<String>,
    /// Its steps.
    pub steps: Vec<StepRecord>,
    /// Wall time it took.
    pub took_ns: u64,
    /// The command that runs it again.
    #[serde(default)]
    pub rerun: String,
}

impl CaseRecord {
    /// Its findings, in order.
    pub fn findings(&self) -> impl Iterator<Item = &FindingRecord> {
        self.steps.iter().flat_map(|s| &s.findings)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct StepRecord {
    /// The step as a reader would name it.
    pub title: String,
    /// `file:line:column`.
    pub place: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was skipped or could not be carried out.
    pub reason: Option<String>,
    /// What was found.
    pub findings: Vec<FindingRecord>,
    /// The exchanges, by id.
    pub exchanges: Vec<String>,
}

pub(crate) mod instant {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
