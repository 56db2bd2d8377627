//! What the page shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::RunRecord;
use crate::record::figures::counted;
use crate::record::shape::{
    CaseRecord, Cause, CoverageRecord, DimensionRecord, FindingRecord, GateRecord, Outcome, RunResult, SuiteFigures,
};
use crate::report::html::calls::{CallRow, folded, limited};
use crate::report::html::cases::{Builder, Entry, Shown};
use crate::report::html::found::AllFound;
use crate::report::html::lifecycle::{self, Graph};
use crate::report::html::requirements::{RequirementView, requirements};
use std::borrow::Cow;
use std::collections::HashMap;

/// Causes, cases that could not be carried out, and skipped cases of one reason that are shown at most.
const CAUSES: usize = 100;
const STUCK: usize = 200;
const SKIPPED: usize = 100;

/// Findings of one cause that are linked at most; all of them stand among the cases.
const LINKS: usize = 12;

/// Characters of what was received that are shown in a list.
const BRIEF: usize = 120;

/// The whole page.
pub(super) struct Run<'a> {
    pub(super) tone: &'static str,
    pub(super) causes: Vec<CauseView<'a>>,
    pub(super) causes_more: usize,
    pub(super) found: Option<AllFound<'a>>,
    pub(super) requirements: Vec<RequirementView<'a>>,
    pub(super) lifecycles: Vec<Graph>,
    pub(super) suites: Vec<SuiteView<'a>>,
    pub(super) stuck: Vec<StuckView<'a>>,
    pub(super) stuck_more: usize,
    pub(super) skipped: Vec<SkipView<'a>>,
    pub(super) others: Vec<CallRow<'a>>,
    pub(super) others_more: usize,
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
    pub(super) case: &'a CaseRecord,
    /// Whether the page shows the finding in its case.
    pub(super) linked: bool,
    pub(super) count: String,
    pub(super) rest: Vec<FindingLink<'a>>,
    pub(super) rest_count: String,
    pub(super) more: Option<String>,
}

/// A finding in a list.
pub(super) struct FindingLink<'a> {
    pub(super) id: &'a str,
    pub(super) case: &'a str,
    pub(super) received: Cow<'a, str>,
}

/// A case that could not be carried out, with the reason.
pub(super) struct StuckView<'a> {
    pub(super) link: CaseLink<'a>,
    pub(super) reason: &'a str,
}

/// A link to a case.
pub(super) struct CaseLink<'a> {
    /// Where the page shows it.
    pub(super) anchor: Option<String>,
    pub(super) case: &'a CaseRecord,
}

/// A suite with its cases.
pub(super) struct SuiteView<'a> {
    pub(super) figures: &'a SuiteFigures,
    pub(super) tone: &'static str,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) left_out: usize,
}

/// A reason with the cases it skipped.
pub(super) struct SkipView<'a> {
    pub(super) reason: &'a str,
    pub(super) count: String,
    pub(super) cases: Vec<CaseLink<'a>>,
    pub(super) more: usize,
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
        let suite = |figures: &'a SuiteFigures| {
            let entries = builder.suite(&figures.title);
            SuiteView { figures, tone: tone(figures.outcome), entries: entries.shown, left_out: entries.left_out }
        };
        let suites = record.suites.iter().map(suite).collect();
        let others = builder.others();
        let shown = builder.shown();
        let links = Links::of(record, &shown);
        let (other_rows, others_more) = limited(folded(&others, false));
        let stuck = links.stuck(record);
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
            others: other_rows,
            others_more,
            causes: record.causes.iter().take(CAUSES).filter_map(|c| links.cause(c)).collect(),
            causes_more: record.causes.len().saturating_sub(CAUSES),
            found: AllFound::of(record, &shown),
            requirements: requirements(record, &shown),
            lifecycles: lifecycle::graphs(record),
            stuck_more: stuck.len().saturating_sub(STUCK),
            stuck: stuck.into_iter().take(STUCK).collect(),
            skipped: record
                .skipped
                .iter()
                .map(|g| SkipView {
                    reason: &g.reason,
                    count: counted(g.cases.len(), "case"),
                    cases: links.cases(g.cases.get(..SKIPPED).unwrap_or(&g.cases)),
                    more: g.cases.len().saturating_sub(SKIPPED),
                })
                .collect(),
            unmet,
            held,
            coverage: CoverageView::of(record),
            suites,
        }
    }
}

/// Cases and findings by their ids.
struct Links<'a, 's> {
    cases: HashMap<&'a str, (usize, &'a CaseRecord)>,
    findings: HashMap<&'a str, (&'a CaseRecord, &'a FindingRecord)>,
    shown: &'s Shown<'a>,
}

impl<'a, 's> Links<'a, 's> {
    fn of(record: &'a RunRecord, shown: &'s Shown<'a>) -> Self {
        Links {
            cases: record.cases.iter().enumerate().map(|(i, c)| (c.id.as_str(), (i, c))).collect(),
            findings: record.cases.iter().flat_map(|c| c.findings().map(move |f| (f.id.as_str(), (c, f)))).collect(),
            shown,
        }
    }

    fn link(&self, number: usize, case: &'a CaseRecord) -> CaseLink<'a> {
        CaseLink { anchor: self.shown.cases.contains(&number).then(|| anchor(number)), case }
    }

    fn cases(&self, ids: &'a [String]) -> Vec<CaseLink<'a>> {
        ids.iter().filter_map(|id| self.cases.get(id.as_str()).map(|(i, case)| self.link(*i, case))).collect()
    }

    fn stuck(&self, record: &'a RunRecord) -> Vec<StuckView<'a>> {
        let errors = record.cases.iter().enumerate().filter(|(_, c)| c.outcome == Outcome::Error);
        let view = |(i, case): (usize, &'a CaseRecord)| {
            let step = case.steps.iter().filter(|s| s.outcome == Outcome::Error).find_map(|s| s.reason.as_deref());
            let reason = case.reason.as_deref().or(step).unwrap_or("no reason was given");
            StuckView { link: self.link(i, case), reason }
        };
        errors.map(view).collect()
    }

    fn cause(&self, cause: &'a Cause) -> Option<CauseView<'a>> {
        let is_shown = |id: &str| self.shown.findings.contains(id);
        let (case, first) = self.findings.get(cause.findings.first()?.as_str()).copied()?;
        let rest = cause.findings.get(1..).unwrap_or_default();
        let link = |id: &'a String| {
            let (case, finding) = self.findings.get(id.as_str())?;
            let received = if finding.actual == first.actual { Cow::default() } else { brief(&finding.actual) };
            Some(FindingLink { id, case: &case.title, received })
        };
        let linked: Vec<FindingLink<'a>> = rest.iter().filter(|id| is_shown(id)).take(LINKS).filter_map(link).collect();
        let beyond = rest.len().saturating_sub(linked.len());
        Some(CauseView {
            cause,
            first,
            case,
            linked: is_shown(&first.id),
            count: counted(cause.count, "finding"),
            rest: linked,
            rest_count: counted(rest.len(), "more finding"),
            more: (beyond > 0).then(|| format!("and {} below", counted(beyond, "more finding"))),
        })
    }
}

/// The beginning of a text.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(BRIEF) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The anchor of a case, by its number.
pub(super) fn anchor(case: usize) -> String {
    format!("case-{case}")
}
