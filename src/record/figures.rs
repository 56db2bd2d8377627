//! Computes every figure a report shows, once.
//!
//! Works on the stored cases and exchanges, so that a whole run and one recovered from its journal are counted alike. Never
//! changes what became of a case.

mod deliveries;

use crate::base::units::Nanos;
use crate::model::histogram::Histogram;
use crate::model::outcome::Verdict;
use crate::record::curl;
use crate::record::layout;
use crate::record::redactions;
use crate::record::shape::{
    CaseRecord, Cause, ExcerptLine, ExchangeRecord, FindingRecord, Level, OperationFigures, Outcome, RunRecord, RunResult,
    SkipGroup, StatusCount, SuiteFigures, Totals, Way,
};
use std::collections::BTreeMap;

/// Fills in the figures of a record from its cases, exchanges, gates and verdict.
pub fn compute(record: &mut RunRecord) {
    complete_cases(record);
    record.totals = totals(record.cases.iter());
    record.totals.exchanges = record.exchanges.len();
    record.totals.gates = record.gates.len();
    record.totals.gates_held = record.gates.iter().filter(|g| g.outcome == Outcome::Pass).count();
    record.suites = suites(&record.cases);
    record.operations = operations(&record.exchanges);
    record.deliveries = deliveries::figures(&record.cases, &record.exchanges);
    record.causes = causes(&record.cases);
    record.skipped = skipped(&record.cases);
    record.sentence = sentence(record);
    let exchanges = std::mem::take(&mut record.exchanges);
    record.redactions = redactions::list(record, &exchanges);
    record.exchanges = exchanges;
}

fn complete_cases(record: &mut RunRecord) {
    let exchanges: BTreeMap<&str, &ExchangeRecord> = record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect();
    let mut number = 0;
    for case in &mut record.cases {
        case.rerun = match (&case.place, &record.command) {
            // What no suite asked for comes again when the same is done again.
            (None, Some(command)) => command.clone(),
            _ => rerun(case, &record.rerun_options),
        };
        for finding in case.steps.iter_mut().flat_map(|s| &mut s.findings) {
            number += 1;
            finding.id = format!("f{number}");
            if let Some(exchange) = finding.exchange.as_deref().and_then(|id| exchanges.get(id)) {
                finding.curl = curl::line(exchange);
                finding.excerpt = excerpt(finding, exchange);
            }
        }
    }
}

fn rerun(case: &CaseRecord, options: &[String]) -> String {
    let suite = case.file.as_deref().unwrap_or_else(|| case.id.split('/').next().unwrap_or(&case.id));
    let mut line = format!("proofmark check {}", curl::word(suite));
    for option in options {
        line.push(' ');
        line.push_str(option);
    }
    line.push_str(" --only ");
    line.push_str(&curl::word(&case.id));
    line
}

pub(crate) fn excerpt(finding: &FindingRecord, exchange: &ExchangeRecord) -> Vec<ExcerptLine> {
    let body = match exchange.way {
        Way::Outbound => exchange.response.as_ref().map(|r| &r.body),
        Way::Inbound => Some(&exchange.request.body),
    };
    body.and_then(|b| b.text.as_deref()).map(|text| layout::excerpt(text, finding.instance.as_deref())).unwrap_or_default()
}

fn totals<'a>(cases: impl Iterator<Item = &'a CaseRecord>) -> Totals {
    let mut totals = Totals::default();
    for case in cases {
        totals.cases += 1;
        match case.outcome {
            Outcome::Pass => totals.passed += 1,
            Outcome::Fail => totals.failed += 1,
            Outcome::Error => totals.errors += 1,
            Outcome::Skipped => totals.skipped += 1,
            Outcome::Review => totals.review += 1,
            Outcome::NotApplicable => totals.not_applicable += 1,
        }
        for finding in case.findings() {
            match finding.level {
                Level::Error => totals.findings += 1,
                Level::Warning => totals.warnings += 1,
            }
        }
        totals.exchanges += case.steps.iter().map(|s| s.exchanges.len()).sum::<usize>();
    }
    totals
}

fn suites(cases: &[CaseRecord]) -> Vec<SuiteFigures> {
    let mut titles: Vec<&str> = Vec::new();
    for case in cases {
        if !titles.contains(&case.suite.as_str()) {
            titles.push(&case.suite);
        }
    }
    let figures = |title: &str| {
        let of_suite = || cases.iter().filter(|c| c.suite == title);
        let verdict = of_suite().fold(Verdict::NotApplicable, |v, c| v.and(c.outcome.into()));
        SuiteFigures {
            title: title.to_owned(),
            outcome: verdict.into(),
            totals: totals(of_suite()),
            took_ns: of_suite().map(|c| c.took_ns).sum(),
        }
    };
    titles.into_iter().map(figures).collect()
}

/// The operation of an exchange, or method and path where none is known.
fn operation_name(exchange: &ExchangeRecord) -> String {
    exchange.operation.clone().unwrap_or_else(|| {
        let url = exchange.request.url.split(['?', '#']).next().unwrap_or_default();
        let path = url.find("://").map_or(url, |i| url[i + 3..].find('/').map_or("/", |slash| &url[i + 3 + slash..]));
        format!("{} {path}", exchange.request.method)
    })
}

fn operations(exchanges: &[ExchangeRecord]) -> Vec<OperationFigures> {
    let mut groups: BTreeMap<(Way, String), Vec<&ExchangeRecord>> = BTreeMap::new();
    for exchange in exchanges {
        groups.entry((exchange.way, operation_name(exchange))).or_default().push(exchange);
    }
    groups.into_iter().map(|((way, operation), exchanges)| operation_figures(way, operation, &exchanges)).collect()
}

fn operation_figures(way: Way, operation: String, exchanges: &[&ExchangeRecord]) -> OperationFigures {
    let mut times = Histogram::new();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for exchange in exchanges {
        if let Some(response) = &exchange.response {
            times.record(Nanos(exchange.took_ns));
            *statuses.entry(response.status).or_default() += 1;
        }
    }
    // The longest time is known exactly; the histogram's bounds must not go beyond it.
    let longest = exchanges.iter().filter(|x| x.response.is_some()).map(|x| x.took_ns).max();
    let quantile = |q| times.quantile(q).map(|t| longest.map_or(t.0, |most| most.min(t.0)));
    OperationFigures {
        operation,
        way,
        calls: exchanges.len(),
        unanswered: exchanges.iter().filter(|x| x.response.is_none()).count(),
        statuses: statuses.into_iter().map(|(status, count)| StatusCount { status, count }).collect(),
        p50_ns: quantile(0.5),
        p99_ns: quantile(0.99),
        max_ns: longest,
    }
}

fn causes(cases: &[CaseRecord]) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for case in cases {
        for finding in case.findings() {
            let same = |c: &&mut Cause| {
                c.check == finding.check
                    && c.operation == finding.operation
                    && c.requirement.id == finding.requirement.id
                    && c.schema == finding.schema
            };
            match causes.iter_mut().find(same) {
                Some(cause) => join(cause, case, finding),
                None => causes.push(Cause {
                    check: finding.check.clone(),
                    level: finding.level,
                    operation: finding.operation.clone(),
                    requirement: finding.requirement.clone(),
                    schema: finding.schema.clone(),
                    count: 1,
                    findings: vec![finding.id.clone()],
                    cases: vec![case.id.clone()],
                }),
            }
        }
    }
    // Stable, so causes of one level stay in the order in which they were met.
    causes.sort_by_key(|c| c.level);
    causes
}

fn join(cause: &mut Cause, case: &CaseRecord, finding: &FindingRecord) {
    cause.count += 1;
    cause.level = cause.level.min(finding.level);
    cause.findings.push(finding.id.clone());
    if cause.cases.last() != Some(&case.id) {
        cause.cases.push(case.id.clone());
    }
}

fn skipped(cases: &[CaseRecord]) -> Vec<SkipGroup> {
    let mut groups: Vec<SkipGroup> = Vec::new();
    for case in cases.iter().filter(|c| c.outcome == Outcome::Skipped) {
        let reason = case
            .reason
            .clone()
            .or_else(|| case.steps.iter().find_map(|s| s.reason.clone()))
            .unwrap_or_else(|| "no reason was given".to_owned());
        match groups.iter_mut().find(|g| g.reason == reason) {
            Some(group) => {
                group.cases.push(case.id.clone());
                group.required |= case.required;
            }
            None => groups.push(SkipGroup { reason, required: case.required, cases: vec![case.id.clone()] }),
        }
    }
    groups
}

/// `1 case`, `2 cases`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn sentence(record: &RunRecord) -> String {
    match record.verdict {
        RunResult::Conforms => match record.totals.warnings {
            0 => "conforms".to_owned(),
            n => format!("conforms, with {}", counted(n, "warning")),
        },
        RunResult::Fails => format!("does not conform: {}", faults(record)),
        RunResult::NotJudged => format!("could not be judged: {}", obstacle(record)),
        RunResult::Interrupted => {
            let done = match record.planned {
                Some(planned) => format!("{} of {}", record.totals.cases, counted(planned, "case")),
                None => counted(record.totals.cases, "case"),
            };
            let found = if has_faults(record) { faults(record) } else { "nothing found wrong so far".to_owned() };
            format!("interrupted after {done}: {found}")
        }
    }
}

fn has_faults(record: &RunRecord) -> bool {
    let totals = &record.totals;
    totals.findings + totals.failed + totals.errors > 0 || record.gates.iter().any(|g| g.outcome == Outcome::Fail)
}

fn faults(record: &RunRecord) -> String {
    let totals = &record.totals;
    let mut parts = Vec::new();
    let touched = record.cases.iter().filter(|c| c.findings().any(|f| f.level == Level::Error)).count();
    if totals.findings > 0 {
        parts.push(format!("{} in {}", counted(totals.findings, "finding"), counted(touched, "case")));
    } else if totals.failed > 0 {
        parts.push(format!("{} failed", counted(totals.failed, "case")));
    }
    if totals.errors > 0 {
        parts.push(format!("{} could not be carried out", counted(totals.errors, "case")));
    }
    match record.gates.iter().filter(|g| g.outcome == Outcome::Fail).count() {
        0 => {}
        n => parts.push(format!("{} not met", counted(n, "gate"))),
    }
    parts.join(", ")
}

fn obstacle(record: &RunRecord) -> String {
    if let Some(reason) = &record.unusable {
        return reason.clone();
    }
    let required = record.cases.iter().filter(|c| c.required && c.outcome == Outcome::Skipped).count();
    let gates = record.gates.iter().filter(|g| g.outcome == Outcome::Skipped).count();
    let reason = record.skipped.iter().find(|g| g.required).map(|g| g.reason.as_str()).unwrap_or_default();
    match (required, gates) {
        (0, 0) => "no case was judged".to_owned(),
        (0, n) => format!("{} could not be evaluated", counted(n, "gate")),
        (n, _) => format!("{} skipped ({reason})", counted(n, "required case")),
    }
}

#[cfg(test)]
mod tests {
    use crate::record::fixture;
    use crate::record::shape::{Level, Outcome, RunResult};

    #[test]
    fn counts_causes_and_times_of_a_failing_run() {
        let record = fixture::record(&fixture::failing());
        let totals = record.totals;
        assert_eq!((totals.cases, totals.passed, totals.failed, totals.errors, totals.skipped), (7, 2, 2, 1, 2));
        assert_eq!((totals.findings, totals.warnings, totals.exchanges), (3, 1, 8));
        assert_eq!(record.verdict, RunResult::Fails);
        assert_eq!(record.sentence, "does not conform: 3 findings in 2 cases, 1 case could not be carried out, 1 gate not met");
        let causes: Vec<_> = record.causes.iter().map(|c| (c.check.as_str(), c.level, c.count)).collect();
        assert_eq!(
            causes,
            [
                ("error_code.value", Level::Error, 1),
                ("body.schema", Level::Error, 2),
                ("semantics.retry_after", Level::Warning, 1)
            ]
        );
        assert_eq!(record.causes[1].findings, ["f2", "f3"]);
        assert_eq!(record.suites[1].outcome, Outcome::Fail);
        let skipped: Vec<_> = record.skipped.iter().map(|s| (s.reason.as_str(), s.required, s.cases.len())).collect();
        assert_eq!(skipped, [("the environment offers no control", true, 2)]);
        let create = record.operations.iter().find(|o| o.operation == "createSignature").expect("it was called");
        assert_eq!((create.calls, create.unanswered, create.statuses[0].status), (3, 1, 201));
        assert_eq!((create.p99_ns, create.max_ns), (Some(30_000_000), Some(30_000_000)));
    }

    #[test]
    fn the_verdict_in_words() {
        for (outcome, sentence) in [
            (fixture::passing(), "conforms"),
            (fixture::skipping(), "could not be judged: 2 required cases skipped (the environment offers no control)"),
            (fixture::interrupted(), "interrupted after 1 case: nothing found wrong so far"),
            (fixture::unusable(), "could not be judged: https://uat.example.com does not answer: connection refused"),
        ] {
            assert_eq!(fixture::record(&outcome).sentence, sentence);
        }
    }
}
