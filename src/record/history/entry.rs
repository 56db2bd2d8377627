//! What the history holds of one run.
//!
//! Plain data, as it is stored and as it is handed on. Never holds a secret: it is taken from records, which hold none.

use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::CertificationResult;
use crate::record::digest::sha256;
use crate::record::fingerprint::{Fingerprint, Of, RunKind};
use crate::record::history::figures;
use crate::record::load::LoadRecord;
use crate::record::load::shape::LoadResult;
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::MonitorResult;
use crate::record::shape::{RunRecord, RunResult, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A run with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The run.
    pub run: RunEntry,
    /// What it was run on and against.
    pub fingerprint: Fingerprint,
    /// Its figures, sorted by operation and name.
    pub figures: Vec<FigureEntry>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEntry {
    /// What tells it from every other: made of what was known when it began, so that a run that goes on stays the same.
    pub id: String,
    /// Its kind.
    pub kind: RunKind,
    /// When it began.
    #[serde(with = "instant")]
    pub began: Timestamp,
    /// Wall time it took.
    pub took_ns: u64,
    /// The verdict, as records write it: `conforms`, `fails`, `invalid`.
    pub verdict: String,
    /// The verdict in words.
    pub sentence: String,
    /// What was run: the suites, the plan, the profile.
    pub title: String,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name; empty where a kind knows none.
    pub environment: String,
    /// The version of the tool that ran.
    pub tool_version: String,
    /// The name of its folder, where it lies beside the index; no part of what is handed on.
    #[serde(skip)]
    pub folder: Option<String>,
}

impl RunEntry {
    /// Whether its figures are those of its target: the run came to its end, and its own generator did not spoil them.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(self.verdict.as_str(), "invalid" | "not-judged" | "interrupted")
    }
}

/// One figure of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureEntry {
    /// What is measured: `p99`, `errors`, `coverage.statuses`.
    pub name: String,
    /// What it is measured of: an operation, an SLO, a check, a suite; empty for all of them together.
    pub operation: String,
    /// What the value is in.
    pub unit: Unit,
    /// The value.
    pub value: f64,
    /// How many samples it is made of, where it is made of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
}

/// What a value is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Microseconds.
    #[serde(rename = "us")]
    Micros,
    /// So many a second.
    #[serde(rename = "/s")]
    PerSecond,
    /// A share: 1 is all.
    #[serde(rename = "share")]
    Share,
    /// A count.
    #[serde(rename = "count")]
    Count,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 4] = [Self::Micros, Self::PerSecond, Self::Share, Self::Count];

    /// Its name, as it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Micros => "us",
            Self::PerSecond => "/s",
            Self::Share => "share",
            Self::Count => "count",
        }
    }

    /// The unit of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// What has to be equal for two values in it to be comparable.
    #[must_use]
    pub fn hangs_on(self) -> Of {
        match self {
            Self::Micros | Self::PerSecond => Of::Times,
            Self::Share | Self::Count => Of::Counts,
        }
    }
}

impl Entry {
    /// That of a run of suites, or of a receiver of callbacks.
    #[must_use]
    pub fn of_run(record: &RunRecord) -> Self {
        let verdict = match record.verdict {
            RunResult::Conforms => "conforms",
            RunResult::Fails => "fails",
            RunResult::NotJudged => "not-judged",
            RunResult::Interrupted => "interrupted",
        };
        let suites: BTreeSet<&str> = record.suites.iter().map(|s| s.title.as_str()).collect();
        Self::new(
            Fingerprint::of_run(record),
            &Facts {
                began: record.began,
                took_ns: record.took_ns,
                verdict,
                sentence: &record.sentence,
                title: &suites.into_iter().collect::<Vec<_>>().join(", "),
                target: &record.target,
                environment: &record.environment,
                tool_version: &record.tool_version,
            },
            figures::of_run(record),
        )
    }

    /// That of a load.
    #[must_use]
    pub fn of_load(record: &LoadRecord) -> Self {
        let verdict = match record.verdict {
            LoadResult::Conforms => "conforms",
            LoadResult::Fails => "fails",
            LoadResult::Invalid => "invalid",
            LoadResult::NotJudged => "not-judged",
            LoadResult::Interrupted => "interrupted",
        };
        Self::new(
            Fingerprint::of_load(record),
            &Facts {
                began: record.began,
                took_ns: record.took_ns,
                verdict,
                sentence: &record.sentence,
                title: &record.title,
                target: &record.target,
                environment: &record.environment,
                tool_version: &record.tool_version,
            },
            figures::of_load(record),
        )
    }

    /// That of a certification.
    #[must_use]
    pub fn of_certification(record: &CertificationRecord) -> Self {
        let verdict = match record.verdict {
            CertificationResult::Certified => "certified",
            CertificationResult::Conforms => "conforms",
            CertificationResult::Fails => "fails",
            CertificationResult::NotJudged => "not-judged",
            CertificationResult::Interrupted => "interrupted",
        };
        Self::new(
            Fingerprint::of_certification(record),
            &Facts {
                began: record.began,
                took_ns: record.took_ns,
                verdict,
                sentence: &record.sentence,
                title: &record.profile.name,
                target: &record.registered,
                environment: "",
                tool_version: &record.tool_version,
            },
            figures::of_certification(record),
        )
    }

    /// That of a watch.
    #[must_use]
    pub fn of_monitor(record: &MonitorRecord) -> Self {
        let verdict = match record.verdict {
            MonitorResult::Holds => "holds",
            MonitorResult::Fails => "fails",
            MonitorResult::Inconclusive => "inconclusive",
        };
        Self::new(
            Fingerprint::of_monitor(record),
            &Facts {
                began: record.began,
                took_ns: record.took_ns,
                verdict,
                sentence: &record.sentence,
                title: &record.name,
                target: &record.target,
                environment: &record.environment,
                tool_version: &record.tool_version,
            },
            figures::of_monitor(record),
        )
    }

    fn new(fingerprint: Fingerprint, facts: &Facts<'_>, figures: Vec<FigureEntry>) -> Self {
        let run = RunEntry {
            id: id(&fingerprint, facts),
            kind: fingerprint.kind,
            began: facts.began,
            took_ns: facts.took_ns,
            verdict: facts.verdict.to_owned(),
            sentence: facts.sentence.to_owned(),
            title: facts.title.to_owned(),
            target: facts.target.to_owned(),
            environment: facts.environment.to_owned(),
            tool_version: facts.tool_version.to_owned(),
            folder: None,
        };
        Self { run, fingerprint, figures }
    }
}

/// What every kind of record says of its run.
struct Facts<'a> {
    began: Timestamp,
    took_ns: u64,
    verdict: &'static str,
    sentence: &'a str,
    title: &'a str,
    target: &'a str,
    environment: &'a str,
    tool_version: &'a str,
}

/// `2026-11-21T200512Z-load-1f2e3d4c`: readable, in order, and made of nothing that changes while a run goes on.
fn id(fingerprint: &Fingerprint, facts: &Facts<'_>) -> String {
    let known = [
        facts.began.as_nanosecond().to_string(),
        facts.target.to_owned(),
        facts.environment.to_owned(),
        fingerprint.value("seed").unwrap_or_default().to_owned(),
        fingerprint.value("host").unwrap_or_default().to_owned(),
    ];
    let mut digest = sha256(known.join("\n").as_bytes());
    digest.truncate(8);
    format!("{}-{}-{digest}", facts.began.strftime("%Y-%m-%dT%H%M%SZ"), fingerprint.kind)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Unit};
    use crate::record::fixture as runs;
    use crate::record::load::fixture as loads;
    use crate::record::shape::FactRecord;

    #[test]
    fn a_run_keeps_its_id_while_it_goes_on_and_no_two_runs_share_one() {
        let mut record = loads::record(&loads::failing());
        let id = |record: &_| Entry::of_load(record).run.id;
        let first = id(&record);
        assert!(first.starts_with("2026-11-21T200512Z-load-") && first.len() == 32, "{first}");
        record.took_ns += 1;
        record.sentence.clear();
        assert_eq!(id(&record), first);
        record.seed += 1;
        assert_ne!(id(&record), first, "another seed");
        record.seed -= 1;
        record.machine.push(FactRecord { name: "host".to_owned(), value: "build-2".to_owned() });
        assert_ne!(id(&record), first, "another host");
        let run = Entry::of_run(&runs::record(&runs::passing())).run.id;
        assert!(run.starts_with("2026-11-21T200512Z-check-"), "{run}");
    }

    #[test]
    fn what_did_not_end_or_was_spoiled_does_not_count() {
        let counts = |outcome| Entry::of_load(&loads::record(&outcome)).run.counts();
        assert!(counts(loads::passing()) && counts(loads::failing()));
        assert!(!counts(loads::invalid()) && !counts(loads::interrupted()) && !counts(loads::unusable()));
    }

    #[test]
    fn units_are_read_back() {
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.name()), Some(unit));
            assert_eq!(serde_json::to_string(&unit).expect("JSON"), format!("\"{}\"", unit.name()));
        }
    }
}
