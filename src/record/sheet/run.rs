//! A run as a list of tests: a group for each suite, a test for each case and each gate.
//!
//! Never drops a case: one for each row, whatever became of it.

use crate::base::source::Spot;
use crate::record::shape::{CaseRecord, GateRecord, Level, Outcome, RunRecord, RunResult};
use crate::record::sheet::{Counts, Group, Kind, Part, Sheet, Sort, Test, Times};

/// A run as a list of tests.
#[must_use]
pub fn run(record: &RunRecord) -> Sheet<'_> {
    let times = Times::of(&record.exchanges);
    let mut groups: Vec<Group<'_>> = record
        .suites
        .iter()
        .map(|figures| {
            let cases = record.cases.iter().filter(|c| c.suite == figures.title).map(|c| case(c, &times));
            let tests = cases.chain(gates(record, &figures.title)).collect();
            Group::new(figures.title.clone(), figures.title.clone(), figures.took_ns, tests)
        })
        .collect();
    for gate in &record.gates {
        if !groups.iter().any(|g| g.title == gate.suite) {
            groups.push(Group::new(gate.suite.clone(), gate.suite.clone(), 0, gates(record, &gate.suite).collect()));
        }
    }
    let trouble = (record.unusable.is_some() || record.interrupted).then_some(record.sentence.as_str());
    if trouble.is_some() {
        let title = "the run was carried out to its end".to_owned();
        let mut whole = Test::new("whole".to_owned(), title, Sort::Whole, Outcome::Error).saying(&record.sentence);
        (whole.began, whole.took_ns) = (Some(record.began), Some(record.took_ns));
        groups.push(Group::new("run".to_owned(), "run".to_owned(), record.took_ns, vec![whole]));
    }
    Sheet {
        kind: Kind::Run,
        tool_version: &record.tool_version,
        command: record.command.as_deref(),
        environment: &record.environment,
        began: record.began,
        ended: record.ended,
        took_ns: record.took_ns,
        sentence: &record.sentence,
        exit: match record.verdict {
            RunResult::Conforms => 0,
            RunResult::Fails => 1,
            RunResult::NotJudged => 3,
            RunResult::Interrupted => 130,
        },
        trouble,
        facts: vec![
            ("target", record.target.clone()),
            ("environment", record.environment.clone()),
            ("seed", record.seed.to_string()),
            ("proofmark.version", record.tool_version.clone()),
            ("began", record.began.to_string()),
        ],
        documents: &record.documents,
        groups,
        counts: Counts::default(),
        exchanges: record.exchanges.iter().collect(),
        // What checks speaks nothing else.
        http: "HTTP/1.1",
    }
    .closed()
}

fn gates<'r>(record: &'r RunRecord, suite: &str) -> impl Iterator<Item = Test<'r>> {
    let file = record.cases.iter().find(|c| c.suite == suite).and_then(|c| c.file.as_deref());
    let suite = suite.to_owned();
    record.gates.iter().filter(move |g| g.suite == suite).map(move |gate| self::gate(gate, file))
}

fn gate<'r>(gate: &'r GateRecord, file: Option<&'r str>) -> Test<'r> {
    let id = format!("gate/{}/{}", gate.suite, gate.title);
    let mut test = Test::new(id, format!("gate: {}", gate.title), Sort::Gate, gate.outcome);
    let found = format!("found {}", gate.actual);
    match gate.outcome {
        Outcome::Pass => test.notes.push(found),
        _ => test.message = Some(found),
    }
    test.file = file;
    test
}

fn case<'r>(case: &'r CaseRecord, times: &Times<'r>) -> Test<'r> {
    let mut test = Test::new(case.id.clone(), case.title.clone(), Sort::Case, case.outcome);
    let reason = || case.reason.as_deref().or_else(|| case.steps.iter().find_map(|s| s.reason.as_deref()));
    test.message = match case.outcome {
        Outcome::Pass => None,
        Outcome::NotApplicable => reason().map(str::to_owned),
        Outcome::Fail => {
            let first = case.findings().find(|f| f.level == Level::Error).map(|f| f.message.as_str());
            Some(first.or(case.reason.as_deref()).unwrap_or("failed").to_owned())
        }
        Outcome::Error | Outcome::Skipped | Outcome::Review => Some(reason().unwrap_or("no reason was given").to_owned()),
    };
    test.spot = case.place.as_deref().and_then(Spot::parse);
    test.file = case.file.as_deref();
    test.tags = &case.tags;
    test.requirements.clone_from(&case.requirements);
    test.exchanges = case.steps.iter().flat_map(|s| &s.exchanges).map(String::as_str).collect();
    test.began = times.span(test.exchanges.iter().copied()).map(|(began, _)| began);
    test.took_ns = Some(case.took_ns);
    test.findings = case.findings().collect();
    test.parts = case
        .steps
        .iter()
        .map(|step| Part {
            title: &step.title,
            outcome: step.outcome,
            message: step.reason.as_deref(),
            spot: step.place.as_deref().and_then(Spot::parse),
            findings: &step.findings,
            exchanges: &step.exchanges,
            span: times.span(step.exchanges.iter().map(String::as_str)),
        })
        .collect();
    test.rerun = (!case.rerun.is_empty()).then_some(case.rerun.as_str());
    test
}
