//! A load as a list of tests: one for each objective, and for what keeps a load from conforming beside them.
//!
//! Never shows an objective as held that was not judged, or not measured soundly.

use crate::record::load::LoadRecord;
use crate::record::load::shape::{LoadResult, SloRecord, Validity};
use crate::record::load::words::{grouped, margin, shown_as};
use crate::record::shape::Outcome;
use crate::record::sheet::{Counts, Group, Kind, Sheet, Sort, Test};

/// A load as a list of tests.
#[must_use]
pub fn load(record: &LoadRecord) -> Sheet<'_> {
    let plan = record.documents.iter().find(|d| d.kind == "plan").map(|d| d.name.as_str());
    let mut tests: Vec<Test<'_>> = record.slos.iter().map(|slo| self::slo(record, slo)).collect();
    tests.extend(beside(record));
    for test in &mut tests {
        test.file = plan;
        (test.began, test.took_ns) = (Some(record.began), Some(record.took_ns));
    }
    let title = format!("load: {}", record.title);
    let trouble = match record.verdict {
        LoadResult::Invalid | LoadResult::NotJudged | LoadResult::Interrupted => Some(record.sentence.as_str()),
        LoadResult::Conforms | LoadResult::Fails => None,
    };
    Sheet {
        kind: Kind::Load,
        tool_version: &record.tool_version,
        command: record.command.as_deref(),
        environment: &record.environment,
        began: record.began,
        ended: record.ended,
        took_ns: record.took_ns,
        sentence: &record.sentence,
        exit: match record.verdict {
            LoadResult::Conforms => 0,
            LoadResult::Fails => 1,
            LoadResult::Invalid | LoadResult::NotJudged => 3,
            LoadResult::Interrupted => 130,
        },
        trouble,
        facts: vec![
            ("target", record.target.clone()),
            ("environment", record.environment.clone()),
            ("seed", record.seed.to_string()),
            ("validation", record.load.validation.sentence.clone()),
            ("validity", record.validity.sentence.clone()),
            ("proofmark.version", record.tool_version.clone()),
            ("began", record.began.to_string()),
        ],
        documents: &record.documents,
        groups: vec![Group::new(title, record.title.clone(), record.took_ns, tests)],
        counts: Counts::default(),
        exchanges: record.failures.iter().map(|f| &f.exchange).collect(),
        http: if record.transport.starts_with("HTTP/2") { "HTTP/2.0" } else { "HTTP/1.1" },
    }
    .closed()
}

fn slo<'r>(record: &'r LoadRecord, slo: &'r SloRecord) -> Test<'r> {
    let shown = shown_as(record, slo.outcome);
    let outcome = match shown {
        Outcome::Pass | Outcome::Fail => shown,
        // An SLO is asked for: where it is not judged, nobody knows whether it holds.
        Outcome::Error | Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => Outcome::Error,
    };
    let room = slo.margin.map(|m| format!(" ({})", margin(m))).unwrap_or_default();
    let measured = format!("measured {}{room}", slo.actual);
    let mut test = Test::new(format!("slo/{}", slo.title), slo.title.clone(), Sort::Slo, outcome);
    if shown != Outcome::Pass {
        test.message = Some(match shown == slo.outcome {
            true => measured.clone(),
            false if record.verdict == LoadResult::Interrupted => "the load was stopped before its end".to_owned(),
            false => record.validity.sentence.clone(),
        });
    }
    test.notes.push(measured);
    test
}

/// What keeps a load from conforming beside its SLOs; the load itself where it has none.
fn beside(record: &LoadRecord) -> Vec<Test<'_>> {
    let mut tests = Vec::new();
    let total = &record.load.total;
    if total.invalid > 0 {
        let message = format!("{} of {} judged answers are wrong", grouped(total.invalid), grouped(total.validated));
        let mut test =
            Test::new("answers".to_owned(), Sort::Answers.title().to_owned(), Sort::Answers, Outcome::Fail).saying(message);
        test.findings = record.failures.iter().flat_map(|f| &f.findings).collect();
        test.exchanges = record.failures.iter().map(|f| f.exchange.id.as_str()).collect();
        tests.push(test);
    }
    let wrong: u64 = record.callbacks.iter().map(|c| c.invalid).sum();
    if wrong > 0 {
        let message = format!("{} deliveries are wrong", grouped(wrong));
        let title = Sort::Callbacks.title().to_owned();
        tests.push(Test::new("callbacks".to_owned(), title, Sort::Callbacks, Outcome::Fail).saying(message));
    }
    let title = "the load was carried out to its end, and measured the target".to_owned();
    let whole = |outcome| Test::new("whole".to_owned(), title.clone(), Sort::Whole, outcome);
    match record.verdict {
        LoadResult::Invalid | LoadResult::NotJudged | LoadResult::Interrupted => {
            let is_invalid = record.validity.result == Validity::Invalid;
            let message = if is_invalid { &record.validity.sentence } else { &record.sentence };
            tests.push(whole(Outcome::Error).saying(message));
        }
        LoadResult::Fails if record.aborted.is_some() => tests.push(whole(Outcome::Fail).saying(&record.sentence)),
        LoadResult::Conforms if record.slos.is_empty() => tests.push(whole(Outcome::Pass)),
        LoadResult::Conforms | LoadResult::Fails => {}
    }
    tests
}
