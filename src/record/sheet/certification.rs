//! A certification as a list of tests: one for each row of the profile.
//!
//! Never shows a row as passed that is required and was not judged, nor one whose failure was announced and did not come.

use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{CertificationResult, ModuleRecord, ResultRecord, StatusRecord};
use crate::record::certification::words::times;
use crate::record::shape::{Level, Outcome};
use crate::record::sheet::{Counts, Group, Kind, Sheet, Sort, Test};

/// A certification as a list of tests.
#[must_use]
pub fn certification(record: &CertificationRecord) -> Sheet<'_> {
    let profile = record.documents.iter().find(|d| d.kind == "profile").map(|d| d.name.as_str());
    let mut tests: Vec<Test<'_>> = record.by_row().into_iter().map(module).collect();
    tests.iter_mut().for_each(|test| test.file = profile);
    let trouble = (record.unusable.is_some() || record.interrupted).then_some(record.sentence.as_str());
    if trouble.is_some() {
        let title = "the certification was carried out to its end".to_owned();
        let mut whole = Test::new("whole".to_owned(), title, Sort::Whole, Outcome::Error).saying(&record.sentence);
        (whole.began, whole.took_ns) = (Some(record.began), Some(record.took_ns));
        tests.push(whole);
    }
    let title = format!("certification: {}", record.profile.name);
    Sheet {
        kind: Kind::Certification,
        tool_version: &record.tool_version,
        command: record.command.as_deref(),
        environment: &record.profile.name,
        began: record.began,
        ended: record.ended,
        took_ns: record.took_ns,
        sentence: &record.sentence,
        exit: match record.verdict {
            CertificationResult::Certified | CertificationResult::Conforms => 0,
            CertificationResult::Fails => 1,
            CertificationResult::NotJudged => 3,
            CertificationResult::Interrupted => 130,
        },
        trouble,
        facts: vec![
            ("endpoint", record.registered.clone()),
            ("profile", record.profile.name.clone()),
            ("spec", format!("{} {}", record.spec.title, record.spec.version)),
            ("seed", record.seed.to_string()),
            ("proofmark.version", record.tool_version.clone()),
            ("began", record.began.to_string()),
        ],
        documents: &record.documents,
        groups: vec![Group::new(title, record.profile.name.clone(), record.took_ns, tests)],
        counts: Counts::default(),
        exchanges: record.exchanges.iter().collect(),
        // The probe speaks nothing else.
        http: "HTTP/1.1",
    }
    .closed()
}

fn module(module: &ModuleRecord) -> Test<'_> {
    let (outcome, message) = judged(module);
    let title = format!("{}: {}", module.label(), module.title);
    let mut test = Test::new(module.key.clone(), title, Sort::Module, outcome);
    test.message = message;
    let of = |c: &crate::record::certification::shape::ConditionRecord| format!("{}: {}", c.requirement.id, c.result.key());
    test.requirements = module.conditions.iter().map(of).collect();
    test.notes.clone_from(&module.notes);
    test.notes.extend(module.latency.as_ref().map(times));
    test.findings = module.findings.iter().collect();
    test.exchanges = module.exchanges.iter().map(String::as_str).collect();
    (test.began, test.took_ns) = (Some(module.began), Some(module.took_ns));
    test
}

fn judged(module: &ModuleRecord) -> (Outcome, Option<String>) {
    let reason = |otherwise: &str| Some(module.reason().unwrap_or(otherwise).to_owned());
    match (&module.expected, module.status, module.result) {
        (Some(expected), ..) if expected.came => (Outcome::Skipped, Some(format!("failed as announced: {}", expected.reason))),
        (Some(expected), ..) => (Outcome::Fail, Some(format!("did not fail as had been announced: {}", expected.reason))),
        (None, StatusRecord::Finished, ResultRecord::Passed | ResultRecord::Warning) => (Outcome::Pass, None),
        (None, StatusRecord::Finished, ResultRecord::Failed) => {
            let first = module.findings.iter().find(|f| f.level == Level::Error).map(|f| f.message.clone());
            (Outcome::Fail, Some(first.unwrap_or_else(|| "failed".to_owned())))
        }
        (None, StatusRecord::Finished, ResultRecord::Skipped) if module.required => (Outcome::Error, reason("not judged")),
        (None, StatusRecord::Finished, ResultRecord::Review) => (Outcome::Review, reason("a person must look")),
        (None, StatusRecord::Finished, ResultRecord::NotApplicable) => (Outcome::NotApplicable, reason("does not apply")),
        (None, StatusRecord::Finished, ResultRecord::Skipped) => (Outcome::Skipped, reason("not judged")),
        (None, ..) => (Outcome::Error, Some("did not come to its end".to_owned())),
    }
}
