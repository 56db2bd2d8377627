//! What the page shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::RunRecord;
use crate::record::figures::counted;
use crate::record::shape::{
    CaseRecord, Cause, CoverageRecord, DimensionRecord, FindingRecord, GateRecord, Outcome, RunResult, SuiteFigures,
};
use crate::report::html::calls::{CallRow, folded};
use crate::report::html::cases::{Builder, Entry};
use std::collections::BTreeMap;

/// Findings of one cause that are linked at most; all of them stand among the cases.
const LINKS: usize = 12;

/// Characters of what was received that are shown in a list.
const BRIEF: usize = 120;

/// The whole page.
pub(super) struct Run<'a> {
    pub(super) tone: &'static str,
    pub(super) causes: Vec<CauseView<'a>>,
    pub(super) suites: Vec<SuiteView<'a>>,
    pub(super) stuck: Vec<StuckView<'a>>,
    pub(super) skipped: Vec<SkipView<'a>>,
    pub(super) others: Vec<CallRow<'a>>,
    pub(super) others_count: String,
    pub(super) unmet: Vec<GateView<'a>>,
    pub(super) held: Vec<GateView<'a>>,
    pub(super) coverage: CoverageView<'a>,
}

/// A gate with the tone of its outcome.
pub(super) struct GateView<'a> {
    pub(super) gate: &'a GateRecord,
    pub(super) tone: &'static str,
}

/// Findings of one cause, the first of them in full.
pub(super) struct CauseView<'a> {
    pub(super) cause: &'a Cause,
    pub(super) first: &'a FindingRecord,
    pub(super) case: Option<CaseLink<'a>>,
    pub(super) count: String,
    pub(super) rest: Vec<FindingLink<'a>>,
    pub(super) rest_count: String,
    pub(super) more: Option<String>,
}

/// A finding in a list.
pub(super) struct FindingLink<'a> {
    pub(super) id: &'a str,
    pub(super) case: &'a str,
    pub(super) received: String,
}

/// A case that could not be carried out, with the reason.
pub(super) struct StuckView<'a> {
    pub(super) link: CaseLink<'a>,
    pub(super) reason: &'a str,
}

/// A link to a case.
pub(super) struct CaseLink<'a> {
    pub(super) anchor: String,
    pub(super) case: &'a CaseRecord,
}

/// A suite with its cases.
pub(super) struct SuiteView<'a> {
    pub(super) figures: &'a SuiteFigures,
    pub(super) tone: &'static str,
    pub(super) entries: Vec<Entry<'a>>,
}

/// A reason with the cases it skipped.
pub(super) struct SkipView<'a> {
    pub(super) reason: &'a str,
    pub(super) count: String,
    pub(super) cases: Vec<CaseLink<'a>>,
}

/// The coverage of all suites in one table.
pub(super) struct CoverageView<'a> {
    pub(super) titles: Vec<&'a str>,
    pub(super) rows: Vec<CoverageRow<'a>>,
    pub(super) missing: Vec<(&'a CoverageRecord, &'a DimensionRecord)>,
}

/// A suite's coverage, a cell for each title.
pub(super) struct CoverageRow<'a> {
    pub(super) coverage: &'a CoverageRecord,
    pub(super) cells: Vec<Option<&'a DimensionRecord>>,
}

impl<'a> CoverageView<'a> {
    fn of(record: &'a RunRecord) -> Self {
        let mut columns: Vec<(&str, &str)> = Vec::new();
        for dimension in record.coverage.iter().flat_map(|c| &c.dimensions) {
            if !columns.iter().any(|(key, _)| *key == dimension.key) {
                columns.push((&dimension.key, &dimension.title));
            }
        }
        let row = |coverage: &'a CoverageRecord| CoverageRow {
            coverage,
            cells: columns.iter().map(|(key, _)| coverage.dimensions.iter().find(|d| d.key == *key)).collect(),
        };
        let all = record.coverage.iter().flat_map(|c| c.dimensions.iter().map(move |d| (c, d)));
        CoverageView {
            rows: record.coverage.iter().map(row).collect(),
            missing: all.filter(|(_, d)| !d.missing.is_empty()).collect(),
            titles: columns.iter().map(|(_, title)| *title).collect(),
        }
    }
}

/// The class of an outcome's colour.
pub(super) fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "good",
        Outcome::Fail | Outcome::Error => "bad",
        Outcome::Skipped | Outcome::Review => "open",
        Outcome::NotApplicable => "none",
    }
}

impl<'a> Run<'a> {
    pub(super) fn of(record: &'a RunRecord) -> Self {
        let mut builder = Builder::of(record);
        let suite = |figures: &'a SuiteFigures| SuiteView {
            figures,
            tone: tone(figures.outcome),
            entries: builder.suite(&figures.title),
        };
        let suites = record.suites.iter().map(suite).collect();
        let others = builder.others();
        let links = Links::of(record);
        let (held, unmet) = record
            .gates
            .iter()
            .map(|gate| GateView { gate, tone: tone(gate.outcome) })
            .partition(|g| g.gate.outcome == Outcome::Pass);
        Run {
            tone: match record.verdict {
                RunResult::Conforms => "good",
                RunResult::Fails => "bad",
                RunResult::NotJudged | RunResult::Interrupted => "open",
            },
            others_count: counted(others.len(), "exchange"),
            others: folded(&others, false),
            causes: record.causes.iter().filter_map(|c| links.cause(c)).collect(),
            stuck: links.stuck(record),
            skipped: record
                .skipped
                .iter()
                .map(|g| SkipView { reason: &g.reason, count: counted(g.cases.len(), "case"), cases: links.cases(&g.cases) })
                .collect(),
            unmet,
            held,
            coverage: CoverageView::of(record),
            suites,
        }
    }
}

/// Cases and findings by their ids.
struct Links<'a> {
    cases: BTreeMap<&'a str, (usize, &'a CaseRecord)>,
    findings: BTreeMap<&'a str, (usize, &'a CaseRecord, &'a FindingRecord)>,
}

impl<'a> Links<'a> {
    fn of(record: &'a RunRecord) -> Self {
        let numbered = || record.cases.iter().enumerate();
        Links {
            cases: numbered().map(|(i, c)| (c.id.as_str(), (i, c))).collect(),
            findings: numbered().flat_map(|(i, c)| c.findings().map(move |f| (f.id.as_str(), (i, c, f)))).collect(),
        }
    }

    fn cases(&self, ids: &'a [String]) -> Vec<CaseLink<'a>> {
        let link = |id: &'a String| self.cases.get(id.as_str()).map(|(i, case)| CaseLink { anchor: anchor(*i), case });
        ids.iter().filter_map(link).collect()
    }

    fn stuck(&self, record: &'a RunRecord) -> Vec<StuckView<'a>> {
        let errors = record.cases.iter().enumerate().filter(|(_, c)| c.outcome == Outcome::Error);
        let view = |(i, case): (usize, &'a CaseRecord)| {
            let step = case.steps.iter().filter(|s| s.outcome == Outcome::Error).find_map(|s| s.reason.as_deref());
            let reason = case.reason.as_deref().or(step).unwrap_or("no reason was given");
            StuckView { link: CaseLink { anchor: anchor(i), case }, reason }
        };
        errors.map(view).collect()
    }

    fn cause(&self, cause: &'a Cause) -> Option<CauseView<'a>> {
        let (number, case, first) = self.findings.get(cause.findings.first()?.as_str()).copied()?;
        let rest = cause.findings.get(1..).unwrap_or_default();
        let link = |id: &'a String| {
            let (_, case, finding) = self.findings.get(id.as_str())?;
            let received = if finding.actual == first.actual { String::new() } else { brief(&finding.actual) };
            Some(FindingLink { id, case: &case.title, received })
        };
        let beyond = rest.len().saturating_sub(LINKS);
        Some(CauseView {
            cause,
            first,
            case: Some(CaseLink { anchor: anchor(number), case }),
            count: counted(cause.count, "finding"),
            rest: rest.iter().take(LINKS).filter_map(link).collect(),
            rest_count: counted(rest.len(), "more finding"),
            more: (beyond > 0).then(|| format!("and {} among the cases", counted(beyond, "more finding"))),
        })
    }
}

fn brief(text: &str) -> String {
    match text.char_indices().nth(BRIEF) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The anchor of a case, by its number.
pub(super) fn anchor(case: usize) -> String {
    format!("case-{case}")
}
