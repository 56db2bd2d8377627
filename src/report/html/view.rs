//! What the page shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::RunRecord;
use crate::record::curl;
use crate::record::figures::counted;
use crate::record::layout;
use crate::record::shape::{
    BodyRecord, CaseRecord, Cause, ExchangeRecord, FindingRecord, GateRecord, HeaderRecord, Outcome, RunResult, StepRecord,
    SuiteFigures, Way,
};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of a body shown at most; the record has the rest.
const LINES: usize = 400;

/// Cases and findings of one cause that are linked at most; all of them stand among the cases.
const LINKS: usize = 12;

/// The whole page.
pub(super) struct Run<'a> {
    pub(super) tone: &'static str,
    pub(super) causes: Vec<CauseView<'a>>,
    pub(super) suites: Vec<SuiteView<'a>>,
    pub(super) stuck: Vec<StuckView<'a>>,
    pub(super) skipped: Vec<SkipView<'a>>,
    pub(super) others: Vec<ExchangeView<'a>>,
    pub(super) gates: Vec<GateView<'a>>,
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
    pub(super) count: String,
    pub(super) cases: Vec<CaseLink<'a>>,
    pub(super) more_cases: Option<String>,
    pub(super) findings: &'a [String],
    pub(super) more_findings: Option<String>,
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
    pub(super) cases: Vec<CaseView<'a>>,
}

/// A reason with the cases it skipped.
pub(super) struct SkipView<'a> {
    pub(super) reason: &'a str,
    pub(super) count: String,
    pub(super) cases: Vec<CaseLink<'a>>,
}

/// A case with its steps.
pub(super) struct CaseView<'a> {
    pub(super) case: &'a CaseRecord,
    pub(super) anchor: String,
    pub(super) tone: &'static str,
    pub(super) steps: Vec<StepView<'a>>,
}

/// A step with its exchanges.
pub(super) struct StepView<'a> {
    pub(super) step: &'a StepRecord,
    pub(super) tone: &'static str,
    pub(super) findings: Vec<FindingLink<'a>>,
    pub(super) exchanges: Vec<ExchangeView<'a>>,
    pub(super) earlier: Vec<&'a str>,
}

/// A finding in its step, with the exchange that is shown on the page.
pub(super) struct FindingLink<'a> {
    pub(super) finding: &'a FindingRecord,
    pub(super) exchange: Option<&'a str>,
}

/// An exchange in full.
pub(super) struct ExchangeView<'a> {
    pub(super) exchange: &'a ExchangeRecord,
    pub(super) open: bool,
    pub(super) request: MessageView<'a>,
    pub(super) response: Option<MessageView<'a>>,
    pub(super) curl: Option<String>,
}

/// A message's fields and body.
pub(super) struct MessageView<'a> {
    pub(super) headers: &'a [HeaderRecord],
    pub(super) lines: Vec<LineView>,
    pub(super) note: Option<String>,
}

/// A line of a body.
pub(super) struct LineView {
    pub(super) text: String,
    pub(super) marked: bool,
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
        let suites = record.suites.iter().map(|s| builder.suite(s)).collect();
        let others = record.exchanges.iter().filter(|x| !builder.shown.contains(x.id.as_str()));
        Run {
            tone: match record.verdict {
                RunResult::Conforms => "good",
                RunResult::Fails => "bad",
                RunResult::NotJudged | RunResult::Interrupted => "open",
            },
            others: others.map(|x| builder.exchange(x, false)).collect(),
            causes: record.causes.iter().filter_map(|c| builder.cause(c)).collect(),
            stuck: builder.stuck(),
            skipped: record
                .skipped
                .iter()
                .map(|g| SkipView { reason: &g.reason, count: counted(g.cases.len(), "case"), cases: builder.links(&g.cases) })
                .collect(),
            gates: record.gates.iter().map(|gate| GateView { gate, tone: tone(gate.outcome) }).collect(),
            suites,
        }
    }
}

struct Builder<'a> {
    record: &'a RunRecord,
    cases: BTreeMap<&'a str, (usize, &'a CaseRecord)>,
    exchanges: BTreeMap<&'a str, &'a ExchangeRecord>,
    findings: BTreeMap<&'a str, &'a FindingRecord>,
    marks: BTreeMap<&'a str, Vec<&'a str>>,
    shown: BTreeSet<&'a str>,
}

impl<'a> Builder<'a> {
    fn of(record: &'a RunRecord) -> Self {
        let findings = || record.cases.iter().flat_map(CaseRecord::findings);
        let mut marks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for finding in findings() {
            if let (Some(exchange), Some(instance)) = (&finding.exchange, &finding.instance) {
                marks.entry(exchange).or_default().push(instance);
            }
        }
        Builder {
            record,
            cases: record.cases.iter().enumerate().map(|(i, c)| (c.id.as_str(), (i, c))).collect(),
            exchanges: record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect(),
            findings: findings().map(|f| (f.id.as_str(), f)).collect(),
            marks,
            shown: BTreeSet::new(),
        }
    }

    fn links(&self, ids: &'a [String]) -> Vec<CaseLink<'a>> {
        let link = |id: &'a String| {
            let (number, case) = self.cases.get(id.as_str())?;
            Some(CaseLink { anchor: anchor(*number), case })
        };
        ids.iter().filter_map(link).collect()
    }

    fn stuck(&self) -> Vec<StuckView<'a>> {
        let errors = self.record.cases.iter().enumerate().filter(|(_, c)| c.outcome == Outcome::Error);
        errors
            .map(|(i, case)| {
                let step = case.steps.iter().filter(|s| s.outcome == Outcome::Error).find_map(|s| s.reason.as_deref());
                let reason = case.reason.as_deref().or(step).unwrap_or("no reason was given");
                StuckView { link: CaseLink { anchor: anchor(i), case }, reason }
            })
            .collect()
    }

    fn cause(&self, cause: &'a Cause) -> Option<CauseView<'a>> {
        let first = self.findings.get(cause.findings.first()?.as_str())?;
        let (cases, more_cases) = first_of(&cause.cases, "case");
        let (findings, more_findings) = first_of(&cause.findings, "finding");
        let count = counted(cause.count, "finding");
        Some(CauseView { cause, first, count, cases: self.links(cases), more_cases, findings, more_findings })
    }

    fn suite(&mut self, figures: &'a SuiteFigures) -> SuiteView<'a> {
        let record = self.record;
        let cases = record.cases.iter().enumerate().filter(|(_, c)| c.suite == figures.title);
        SuiteView {
            figures,
            tone: tone(figures.outcome),
            cases: cases
                .map(|(i, case)| CaseView {
                    case,
                    anchor: anchor(i),
                    tone: tone(case.outcome),
                    steps: case.steps.iter().map(|s| self.step(s)).collect(),
                })
                .collect(),
        }
    }

    fn step(&mut self, step: &'a StepRecord) -> StepView<'a> {
        let mut exchanges = Vec::new();
        let mut earlier = Vec::new();
        let cited = step.findings.iter().filter_map(|f| f.exchange.as_ref());
        for id in step.exchanges.iter().chain(cited) {
            let Some(exchange) = self.exchanges.get(id.as_str()).copied() else { continue };
            if self.shown.insert(&exchange.id) {
                let open = step.outcome.is_bad() && step.findings.iter().any(|f| f.exchange.as_ref() == Some(id));
                exchanges.push(self.exchange(exchange, open));
            } else if step.exchanges.contains(id) && !exchanges.iter().any(|x| x.exchange.id == *id) {
                earlier.push(exchange.id.as_str());
            }
        }
        let link = |finding: &'a FindingRecord| FindingLink {
            finding,
            exchange: finding.exchange.as_deref().filter(|id| self.exchanges.contains_key(id)),
        };
        StepView { step, tone: tone(step.outcome), findings: step.findings.iter().map(link).collect(), exchanges, earlier }
    }

    fn exchange(&self, exchange: &'a ExchangeRecord, open: bool) -> ExchangeView<'a> {
        let marks = self.marks.get(exchange.id.as_str()).map_or(&[][..], Vec::as_slice);
        let (asked, answered) = match exchange.way {
            Way::Outbound => (&[][..], marks),
            Way::Inbound => (marks, &[][..]),
        };
        ExchangeView {
            exchange,
            open,
            request: message(&exchange.request.headers, &exchange.request.body, asked),
            response: exchange.response.as_ref().map(|r| message(&r.headers, &r.body, answered)),
            curl: curl::line(exchange),
        }
    }
}

/// A piece of a message: plain, or quoted as code between backticks.
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) code: bool,
}

/// The pieces of a message.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its partner is only a character.
    if parts.len().is_multiple_of(2) {
        return vec![Piece { text, code: false }];
    }
    parts
        .into_iter()
        .enumerate()
        .map(|(i, text)| Piece { text, code: i % 2 == 1 })
        .filter(|p| p.code || !p.text.is_empty())
        .collect()
}

/// The first items of a list, and how many more there are.
fn first_of<'a>(items: &'a [String], noun: &str) -> (&'a [String], Option<String>) {
    match items.split_at_checked(LINKS) {
        Some((first, rest)) if !rest.is_empty() => (first, Some(format!("and {} more", counted(rest.len(), noun)))),
        _ => (items, None),
    }
}

fn anchor(case: usize) -> String {
    format!("case-{case}")
}

fn message<'a>(headers: &'a [HeaderRecord], body: &BodyRecord, marks: &[&str]) -> MessageView<'a> {
    let mut notes = Vec::new();
    let mut lines = Vec::new();
    if let Some(text) = &body.text {
        let all = layout::lines(text);
        let parts: Vec<&str> = marks.iter().map(|m| layout::nearest(&all, m)).collect();
        if body.cut {
            notes.push(format!("only the beginning of {} bytes is kept", body.length));
        }
        if all.len() > LINES {
            notes.push(format!("{} more lines are in the record", all.len() - LINES));
        }
        lines = all
            .into_iter()
            .take(LINES)
            .map(|line| LineView { marked: parts.iter().any(|p| layout::belongs(&line, p)), text: line.text })
            .collect();
    } else if let Some(base64) = &body.base64 {
        notes.push(format!("{} bytes that are not text, in base64", body.length));
        lines.push(LineView { text: base64.clone(), marked: false });
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    MessageView { headers, lines, note }
}
