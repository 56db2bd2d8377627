//! The failures of the terminal's report.
//!
//! A failing case in full, and where many fail for one cause the first of them, the others in a line each. Never leaves a case
//! out.

use crate::base::units::Nanos;
use crate::record::RunRecord;
use crate::record::curl;
use crate::record::figures::counted;
use crate::record::shape::{CaseRecord, ExchangeRecord, FindingRecord, Level, Outcome, StepRecord, Way};
use crate::report::text::{BOLD, DIM, MARK, Page, Verbosity, shown, style};
use std::collections::BTreeMap;

/// Cases of one cause that are all shown in full.
const MANY: usize = 10;
/// Cases of one cause that are shown in full where there are more.
const FIRST: usize = 5;
/// Exchanges of a step that are named.
const NAMED: usize = 3;

pub(super) fn failures(page: &mut Page, record: &RunRecord, verbosity: Verbosity) {
    let seen = Seen::of(record);
    let causes: BTreeMap<&str, usize> =
        record.causes.iter().enumerate().flat_map(|(i, c)| c.findings.iter().map(move |id| (id.as_str(), i))).collect();
    let mut alike: Vec<(Alike<'_>, Vec<&CaseRecord>)> = Vec::new();
    for case in record.cases.iter().filter(|c| c.outcome.is_bad()) {
        let key = Alike::of(case, &causes);
        match alike.iter_mut().find(|(k, _)| *k == key && key != Alike::Alone) {
            Some((_, cases)) => cases.push(case),
            None => alike.push((key, vec![case])),
        }
    }
    let shortened = |cases: &[&CaseRecord]| verbosity != Verbosity::Verbose && cases.len() > MANY;
    for (_, cases) in &alike {
        let full = if shortened(cases) { FIRST } else { cases.len() };
        for case in &cases[..full] {
            failed_case(page, &seen, case);
        }
        if let [first, ..] = &cases[full..] {
            page.gap();
            let word = page.paint(style(first.outcome), first.outcome.word());
            let what = counted(cases.len() - full, "more case");
            page.line(&format!("{word}  {what} of the same cause: {}", cause(first)));
            for case in &cases[full..] {
                page.line(&format!("  {}  {}", shown(&case.title), page.paint(DIM, &shown(&case.id))));
            }
        }
    }
}

/// What makes failing cases alike: findings of one cause alone, or the reason for which they were not carried out.
#[derive(PartialEq, Eq)]
enum Alike<'a> {
    Cause(usize),
    Reason(&'a str),
    Alone,
}

impl<'a> Alike<'a> {
    fn of(case: &'a CaseRecord, causes: &BTreeMap<&str, usize>) -> Self {
        let mut found = case.findings().map(|f| causes.get(f.id.as_str()).copied());
        match (found.next().flatten(), reason(case)) {
            (Some(cause), _) if found.all(|other| other == Some(cause)) => Self::Cause(cause),
            (None, Some(reason)) => Self::Reason(reason),
            _ => Self::Alone,
        }
    }
}

fn reason(case: &CaseRecord) -> Option<&str> {
    case.reason.as_deref().or_else(|| case.steps.iter().find_map(|s| s.reason.as_deref()))
}

fn cause(case: &CaseRecord) -> String {
    match case.findings().next() {
        Some(finding) => format!("{} [{}]", shown(&finding.message), finding.check),
        None => shown(reason(case).unwrap_or("no reason was given")),
    }
}

/// The exchanges of a record by their ids.
pub(super) struct Seen<'a>(BTreeMap<&'a str, &'a ExchangeRecord>);

impl<'a> Seen<'a> {
    pub(super) fn of(record: &'a RunRecord) -> Self {
        Self(record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect())
    }

    fn exchanges(&self, ids: &[String]) -> impl DoubleEndedIterator<Item = &'a ExchangeRecord> {
        ids.iter().filter_map(|id| self.0.get(id.as_str()).copied())
    }

    /// `  [x3 400 in 30ms, x4 404 in 1ms, x5 404 in 1ms and 7 more]`.
    pub(super) fn answers(&self, step: &StepRecord) -> String {
        let named: Vec<String> = self.exchanges(&step.exchanges).take(NAMED).map(answer).collect();
        let more = self.exchanges(&step.exchanges).count() - named.len();
        match (named.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!("  [{}]", named.join(", ")),
            (false, more) => format!("  [{} and {more} more]", named.join(", ")),
        }
    }
}

/// `x3 400 in 30ms`, `x4 received, answered 302`.
fn answer(exchange: &ExchangeRecord) -> String {
    let id = &exchange.id;
    match (exchange.way, &exchange.response, &exchange.failure) {
        (Way::Outbound, Some(response), _) => format!("{id} {} in {}", response.status, Nanos(exchange.took_ns)),
        (Way::Inbound, Some(response), _) => format!("{id} received, answered {}", response.status),
        (Way::Outbound, None, Some(failure)) => format!("{id} {}", shown(failure)),
        (Way::Inbound, None, Some(failure)) => format!("{id} received, not answered: {}", shown(failure)),
        (Way::Outbound, None, None) => id.clone(),
        (Way::Inbound, None, None) => format!("{id} received"),
    }
}

fn failed_case(page: &mut Page, seen: &Seen<'_>, case: &CaseRecord) {
    page.gap();
    let word = page.paint(style(case.outcome), case.outcome.word());
    let title = page.paint(BOLD, &shown(&case.title));
    page.line(&format!("{word}  {title}"));
    let place = case.place.as_deref().unwrap_or(&case.id);
    let origin = page.paint(DIM, &format!("{}, {}", shown(&case.suite), shown(place)));
    page.line(&format!("  {origin}"));
    if let Some(reason) = &case.reason {
        page.entry(2, "reason", &shown(reason));
    }
    for step in case.steps.iter().filter(|s| s.outcome.is_bad() || !s.findings.is_empty()) {
        page.line(&format!("  {}{}", page.paint(BOLD, &shown(&step.title)), seen.answers(step)));
        if let Some(reason) = &step.reason {
            page.entry(4, "reason", &shown(reason));
        }
        for (i, finding) in step.findings.iter().enumerate() {
            one_finding(page, seen, finding);
            // Findings of one exchange share its command, said once after the last of them.
            let next = step.findings.get(i + 1).and_then(|f| f.curl.as_ref());
            if let Some(curl) = finding.curl.as_ref().filter(|c| next != Some(c)) {
                page.entry(6, "curl", &shown(curl));
            }
        }
        if step.findings.is_empty()
            && let Some(curl) = seen.exchanges(&step.exchanges).last().and_then(curl::line)
        {
            page.entry(4, "curl", &shown(&curl));
        }
    }
    page.entry(2, "run again", &shown(&case.rerun));
}

fn one_finding(page: &mut Page, seen: &Seen<'_>, finding: &FindingRecord) {
    let word = match finding.level {
        Level::Error => page.paint(style(Outcome::Fail), "error"),
        Level::Warning => page.paint(style(Outcome::Review), "warning"),
    };
    page.line(&format!("    {word}: {} {}", shown(&finding.message), page.paint(DIM, &format!("[{}]", finding.check))));
    let requirement = format!("{} — {}", shown(&finding.requirement.id), shown(&finding.requirement.source));
    page.entry(6, "requirement", &requirement);
    page.entry(6, "expected", &shown(&finding.expected));
    page.entry(6, "received", &shown(&finding.actual));
    if let Some(schema) = &finding.schema {
        page.entry(6, "schema", &shown(schema));
    }
    if !finding.excerpt.is_empty() {
        excerpt(page, seen, finding);
    }
}

fn excerpt(page: &mut Page, seen: &Seen<'_>, finding: &FindingRecord) {
    let exchange = finding.exchange.as_deref().and_then(|id| seen.0.get(id).copied());
    let name = match exchange.map(|x| x.way) {
        Some(Way::Inbound) => "delivery",
        _ => "answer",
    };
    let at = finding.instance.as_deref().filter(|p| !p.is_empty());
    let heading = [exchange.map(answer), at.map(|p| format!("at {}", shown(p)))];
    page.entry(6, name, &heading.into_iter().flatten().collect::<Vec<_>>().join(", "));
    let mut last = 0;
    for line in &finding.excerpt {
        if last > 0 && line.number != last + 1 {
            page.line("             ...");
        }
        last = line.number;
        let text = format!("{:>4} | {}", line.number, shown(&line.text));
        let text = if line.marked { page.paint(MARK, &format!("> {text}")) } else { format!("  {text}") };
        page.line(&format!("        {text}"));
    }
}
