//! The stored shape of a certification, version 1.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a secret, and has no behaviour
//! beyond its conversions from and to the model's words.

use crate::model::certification::{CertificationVerdict, ModuleResult, ModuleStatus};
use crate::record::shape::{
    BuildRecord, DocumentRecord, ExchangeRecord, FactRecord, FindingRecord, RedactionRecord, RequirementRecord, instant,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `format` says in a certification's record.
pub const FORMAT: &str = "proofmark.certification";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// A whole certification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CertificationRecord {
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
    /// The URL given: what the partner would register.
    pub registered: String,
    /// The URLs that deliveries went to.
    pub endpoints: Vec<EndpointRecord>,
    /// What is known of the endpoint's TLS, where it speaks it.
    pub tls: Option<TlsRecord>,
    /// The profile that was held against it.
    pub profile: ProfileRecord,
    /// The spec whose callbacks were delivered.
    pub spec: SpecRecord,
    /// Every document it stands on, by digest: the profile (`profile`, what it extends after it) and the spec (`spec`, then the
    /// overlays that were given).
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine that ran it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machine: Vec<FactRecord>,
    /// How the tool that ran was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildRecord>,
    /// The seed.
    pub seed: u64,
    /// True when it was stopped before its end.
    pub interrupted: bool,
    /// Why nothing could be judged, when that is so.
    pub unusable: Option<String>,
    /// Modules of the profile that were left out on request, by key; a certificate is for a whole profile only.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Modules that were to be run.
    pub planned: usize,
    /// The verdict.
    pub verdict: CertificationResult,
    /// The verdict in words.
    pub sentence: String,
    /// Counts.
    pub totals: CertificationTotals,
    /// What is worth knowing of the record itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was hidden, over all exchanges and in words that quote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
    /// The modules, in the order they were run.
    pub modules: Vec<ModuleRecord>,
    /// Every exchange, in order of number.
    pub exchanges: Vec<ExchangeRecord>,
}

impl CertificationRecord {
    /// The modules in the order of their rows, what has none at the end.
    #[must_use]
    pub fn by_row(&self) -> Vec<&ModuleRecord> {
        let mut modules: Vec<&ModuleRecord> = self.modules.iter().collect();
        modules.sort_by_key(|m| (m.row == 0, m.row));
        modules
    }
}

/// Where the deliveries of one callback went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct EndpointRecord {
    /// The callback's operation.
    pub operation: String,
    /// The URL.
    pub url: String,
}

/// What is known of an endpoint's TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct TlsRecord {
    /// The version agreed.
    pub version: String,
    /// The cipher suite agreed.
    pub cipher: String,
    /// The SHA-256 of each certificate sent, the endpoint's own first, in hexadecimal.
    pub chain: Vec<String>,
    /// Why the chain is not trusted, when it is not.
    pub distrust: Option<String>,
}

/// A profile, as it names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ProfileRecord {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub title: String,
}

/// A spec, as it names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SpecRecord {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
}

/// The verdict over a certification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CertificationResult {
    /// A certificate may be issued.
    Certified,
    /// Nothing failed unannounced, but a certificate needs more.
    Conforms,
    /// A module failed, or one whose failure was announced did not.
    Fails,
    /// A required module was not judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

impl From<CertificationVerdict> for CertificationResult {
    fn from(verdict: CertificationVerdict) -> Self {
        match verdict {
            CertificationVerdict::Certified => Self::Certified,
            CertificationVerdict::Conforms => Self::Conforms,
            CertificationVerdict::Fails => Self::Fails,
            CertificationVerdict::NotJudged => Self::NotJudged,
            CertificationVerdict::Interrupted => Self::Interrupted,
        }
    }
}

/// Counts over a certification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CertificationTotals {
    /// Modules run, also one that was stopped.
    pub modules: usize,
    /// Of which passed.
    pub passed: usize,
    /// Of which passed with a warning.
    pub warned: usize,
    /// Of which a person must look at.
    pub review: usize,
    /// Of which failed unannounced.
    pub failed: usize,
    /// Of which failed as announced.
    pub failed_as_expected: usize,
    /// Of which did not fail although that had been announced.
    pub passed_unexpectedly: usize,
    /// Of which were not judged.
    pub skipped: usize,
    /// Of which do not apply.
    pub not_applicable: usize,
    /// Requirements that apply: one for each module that is not counted as not applicable.
    pub requirements: usize,
    /// Of which the endpoint keeps.
    pub kept: usize,
    /// Findings of level error.
    pub findings: usize,
    /// Findings of level warning.
    pub warnings: usize,
    /// Exchanges made.
    pub exchanges: usize,
}

/// How far a module got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StatusRecord {
    /// Planned.
    Created,
    /// Under way.
    Running,
    /// Under way, and waiting.
    Waiting,
    /// Stopped before its end, or made outside the window.
    Interrupted,
    /// At its end.
    Finished,
}

impl From<ModuleStatus> for StatusRecord {
    fn from(status: ModuleStatus) -> Self {
        match status {
            ModuleStatus::Created => Self::Created,
            ModuleStatus::Running => Self::Running,
            ModuleStatus::Waiting => Self::Waiting,
            ModuleStatus::Interrupted => Self::Interrupted,
            ModuleStatus::Finished => Self::Finished,
        }
    }
}

impl From<StatusRecord> for ModuleStatus {
    fn from(status: StatusRecord) -> Self {
        match status {
            StatusRecord::Created => Self::Created,
            StatusRecord::Running => Self::Running,
            StatusRecord::Waiting => Self::Waiting,
            StatusRecord::Interrupted => Self::Interrupted,
            StatusRecord::Finished => Self::Finished,
        }
    }
}

/// What a module or a condition found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ResultRecord {
    /// Does not apply.
    NotApplicable,
    /// Found right.
    Passed,
    /// A person must look.
    Review,
    /// Found odd, and no more.
    Warning,
    /// Not judged.
    Skipped,
    /// Found wrong.
    Failed,
}

impl ResultRecord {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        ModuleResult::from(self).word()
    }

    /// A short name for machines, as stored.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Passed => "passed",
            Self::Review => "review",
            Self::Warning => "warning",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    /// The result of a name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        [Self::NotApplicable, Self::Passed, Self::Review, Self::Warning, Self::Skipped, Self::Failed]
            .into_iter()
            .find(|result| result.key() == key)
    }
}

impl From<ModuleResult> for ResultRecord {
    fn from(result: ModuleResult) -> Self {
        match result {
            ModuleResult::NotApplicable => Self::NotApplicable,
            ModuleResult::Passed => Self::Passed,
            ModuleResult::Review => Self::Review,
            ModuleResult::Warning => Self::Warning,
            ModuleResult::Skipped => Self::Skipped,
            ModuleResult::Failed => Self::Failed,
        }
    }
}

impl From<ResultRecord> for ModuleResult {
    fn from(result: ResultRecord) -> Self {
        match result {
            ResultRecord::NotApplicable => Self::NotApplicable,
            ResultRecord::Passed => Self::Passed,
            ResultRecord::Review => Self::Review,
            ResultRecord::Warning => Self::Warning,
            ResultRecord::Skipped => Self::Skipped,
            ResultRecord::Failed => Self::Failed,
        }
    }
}

/// One module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ModuleRecord {
    /// Its row in the table of requirements; 0 for what is asked for on the command line only.
    pub row: u8,
    /// Its name.
    pub key: String,
    /// What it asks, in a few words.
    pub title: String,
    /// Whether a certificate needs it.
    pub required: bool,
    /// How far it got.
    pub status: StatusRecord,
    /// What it found.
    pub result: ResultRecord,
    /// Its conditions.
    pub conditions: Vec<ConditionRecord>,
    /// What was found, errors and warnings.
    pub findings: Vec<FindingRecord>,
    /// What was measured or seen, in short sentences.
    pub notes: Vec<String>,
    /// The exchanges it made, by id.
    pub exchanges: Vec<String>,
    /// Response times, where it is about them.
    pub latency: Option<LatencyRecord>,
    /// Whether its failure had been announced.
    pub expected: Option<ExpectedRecord>,
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// Wall time it took.
    pub took_ns: u64,
    /// Of which it waited, knowing that it would have to.
    pub waited_ns: u64,
}

impl ModuleRecord {
    /// `row 7 signature-refused`, or the name alone where it has no row.
    #[must_use]
    pub fn label(&self) -> String {
        match self.row {
            0 => self.key.clone(),
            row => format!("row {row} {}", self.key),
        }
    }

    /// Its findings, those alike together: the first of each kind, and the others that were found in the same way.
    #[must_use]
    pub fn alike(&self) -> Vec<(&FindingRecord, Vec<&FindingRecord>)> {
        let mut kinds: Vec<(&FindingRecord, Vec<&FindingRecord>)> = Vec::new();
        for finding in &self.findings {
            let same =
                |f: &FindingRecord| (f.level, &f.expected, &f.actual) == (finding.level, &finding.expected, &finding.actual);
            match kinds.iter_mut().find(|(first, _)| same(first)) {
                Some((_, others)) => others.push(finding),
                None => kinds.push((finding, Vec::new())),
            }
        }
        kinds
    }

    /// True where it failed and nobody had announced it.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.result == ResultRecord::Failed && self.expected.is_none()
    }

    /// The reason of the first condition that shares the module's result.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.conditions.iter().filter(|c| c.result == self.result).find_map(|c| c.reason.as_deref())
    }
}

/// One requirement, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ConditionRecord {
    /// What it stands on.
    pub requirement: RequirementRecord,
    /// What it asks, in a few words.
    pub title: String,
    /// What was found.
    pub result: ResultRecord,
    /// Why it was not judged, does not apply or has to be looked at; or what proves it.
    pub reason: Option<String>,
}

/// Response times of a module's deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct LatencyRecord {
    /// Answers measured.
    pub count: u64,
    /// Half of them did not take longer.
    pub p50_ns: u64,
    /// 90 in 100 did not take longer.
    pub p90_ns: u64,
    /// 99 in 100 did not take longer.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// A failure that had been announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ExpectedRecord {
    /// Whether it came.
    pub came: bool,
    /// Why it was announced.
    pub reason: String,
}
