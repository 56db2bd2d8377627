//! What a stored check or certification found, in the terms in which two are compared.
//!
//! Takes findings, cases and coverage out of records. Never compares two of them.

use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{CertificationResult, ResultRecord};
use crate::record::fingerprint::Fingerprint;
use crate::record::shape::{CaseRecord, CoverageRecord, FindingRecord, Level, Outcome, RunRecord, RunResult};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The check that stands for a case which could not be carried out.
const CARRIED_OUT: &str = "carried out";
/// The check that stands for a module which failed without a finding.
const MODULE: &str = "module";
/// The check that stands for a gate which does not hold.
pub(super) const GATE: &str = "gate";

/// What makes a finding the same one in another run: its check, operation, place in the schema, and case.
pub(super) type Identity = (String, Option<String>, Option<String>, String);

/// What is shown of it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) level: Level,
    pub(super) title: String,
    pub(super) message: String,
}

/// A stored run, as far as it is compared.
#[derive(Clone, Debug)]
pub struct SuiteRun {
    pub(super) path: String,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) target: String,
    pub(super) sentence: String,
    pub(super) result: Option<RunResult>,
    /// True where it came to its end and judged what it had to.
    pub(super) whole: bool,
    pub(super) titles: Vec<String>,
    /// Every case, and whether it was judged.
    pub(super) cases: BTreeMap<String, bool>,
    pub(super) findings: BTreeMap<Identity, Told>,
    pub(super) coverage: Vec<CoverageRecord>,
    /// What it was run on and against.
    pub print: Fingerprint,
}

impl SuiteRun {
    /// Of a check that lies at `path`.
    #[must_use]
    pub fn of_run(path: &str, record: &RunRecord) -> Self {
        let mut findings: BTreeMap<Identity, Told> = record.cases.iter().flat_map(of_case).collect();
        for gate in record.gates.iter().filter(|g| g.outcome == Outcome::Fail) {
            let identity = (GATE.to_owned(), None, Some(gate.title.clone()), gate.suite.clone());
            let message = format!("{} does not hold: {}", gate.title, gate.actual);
            findings.insert(identity, Told { level: Level::Error, title: gate.suite.clone(), message });
        }
        let judged = |case: &CaseRecord| matches!(case.outcome, Outcome::Pass | Outcome::Fail | Outcome::Review);
        Self {
            path: path.to_owned(),
            began: record.began,
            ended: record.ended,
            target: record.target.clone(),
            sentence: record.sentence.clone(),
            result: Some(record.verdict),
            whole: !matches!(record.verdict, RunResult::NotJudged | RunResult::Interrupted),
            titles: record.suites.iter().map(|s| s.title.clone()).collect(),
            cases: record.cases.iter().map(|c| (c.id.clone(), judged(c))).collect(),
            findings,
            coverage: record.coverage.clone(),
            print: Fingerprint::of_run(record),
        }
    }

    /// Of a certification that lies at `path`; its modules are its cases.
    #[must_use]
    pub fn of_certification(path: &str, record: &CertificationRecord) -> Self {
        let mut findings = BTreeMap::new();
        for module in &record.modules {
            for finding in &module.findings {
                findings.insert(identity(finding, &module.key), told(finding, &module.title));
            }
            if module.result == ResultRecord::Failed && module.findings.iter().all(|f| f.level != Level::Error) {
                let message = format!("the module {} failed", module.key);
                let identity = (MODULE.to_owned(), None, None, module.key.clone());
                findings.insert(identity, Told { level: Level::Error, title: module.title.clone(), message });
            }
        }
        Self {
            path: path.to_owned(),
            began: record.began,
            ended: record.ended,
            target: record.registered.clone(),
            sentence: record.sentence.clone(),
            result: None,
            whole: !matches!(record.verdict, CertificationResult::NotJudged | CertificationResult::Interrupted),
            titles: vec![record.profile.title.clone()],
            cases: record.modules.iter().map(|m| (m.key.clone(), m.result != ResultRecord::Skipped)).collect(),
            findings,
            coverage: Vec::new(),
            print: Fingerprint::of_certification(record),
        }
    }
}

fn identity(finding: &FindingRecord, case: &str) -> Identity {
    (finding.check.clone(), finding.operation.clone(), finding.schema.clone(), case.to_owned())
}

fn told(finding: &FindingRecord, title: &str) -> Told {
    Told { level: finding.level, title: title.to_owned(), message: finding.message.clone() }
}

fn of_case(case: &CaseRecord) -> Vec<(Identity, Told)> {
    let mut found: Vec<(Identity, Told)> = case.findings().map(|f| (identity(f, &case.id), told(f, &case.title))).collect();
    if case.outcome == Outcome::Error {
        let step = case.steps.iter().find_map(|s| s.reason.clone());
        let message = case.reason.clone().or(step).unwrap_or_else(|| "it could not be carried out".to_owned());
        let identity = (CARRIED_OUT.to_owned(), None, None, case.id.clone());
        found.push((identity, Told { level: Level::Error, title: case.title.clone(), message }));
    }
    found
}
