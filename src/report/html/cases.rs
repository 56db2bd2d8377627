//! The cases as the page shows them.
//!
//! A case with findings has its exchanges in full; one without has them in a line each, and rows of one case stand together. Never
//! leaves a case out.

use crate::base::units::Nanos;
use crate::record::RunRecord;
use crate::record::shape::{CaseRecord, ExchangeRecord, FindingRecord, Outcome, StepRecord};
use crate::report::html::calls::{CallRow, folded, limited};
use crate::report::html::message::ExchangeView;
use crate::report::html::view::{anchor, tone};
use std::collections::{BTreeMap, BTreeSet};

/// Exchanges shown in full at most; the record has all of them.
const FULL: usize = 150;

/// Failing cases that are all shown opened; where there are more, the first of each cause.
const OPENED: usize = 10;

/// An entry in a suite's list of cases.
pub(super) enum Entry<'a> {
    /// A case with something to say.
    Case(CaseView<'a>),
    /// One without, or the rows of one.
    Quiet(QuietView<'a>),
}

/// A case with its steps.
pub(super) struct CaseView<'a> {
    pub(super) case: &'a CaseRecord,
    pub(super) anchor: String,
    pub(super) tone: &'static str,
    pub(super) open: bool,
    pub(super) steps: Vec<StepView<'a>>,
}

/// A step with its exchanges.
pub(super) struct StepView<'a> {
    pub(super) step: &'a StepRecord,
    pub(super) tone: &'static str,
    pub(super) findings: Vec<FindingView<'a>>,
    pub(super) full: Vec<ExchangeView<'a>>,
    pub(super) calls: Vec<CallRow<'a>>,
    pub(super) more: usize,
}

/// A finding in its step; its exchange is a link where that is shown in full.
pub(super) struct FindingView<'a> {
    pub(super) finding: &'a FindingRecord,
    pub(super) exchange: Option<&'a str>,
    pub(super) linked: bool,
}

/// Cases without findings, of one title but for the row.
pub(super) struct QuietView<'a> {
    pub(super) title: &'a str,
    pub(super) tone: &'static str,
    pub(super) rows: Vec<RowView<'a>>,
}

impl<'a> QuietView<'a> {
    /// The case, or the first of the rows.
    pub(super) fn first(&self) -> &'a CaseRecord {
        self.rows[0].case
    }

    pub(super) fn is_folded(&self) -> bool {
        self.rows.len() > 1
    }

    pub(super) fn took(&self) -> Nanos {
        Nanos(self.rows.iter().map(|r| r.case.took_ns).sum())
    }
}

/// A case in its entry.
pub(super) struct RowView<'a> {
    pub(super) case: &'a CaseRecord,
    pub(super) anchor: String,
    pub(super) label: &'a str,
    pub(super) steps: Vec<StepRow<'a>>,
}

/// A step without findings.
pub(super) struct StepRow<'a> {
    pub(super) step: &'a StepRecord,
    pub(super) calls: Vec<CallRow<'a>>,
    pub(super) more: usize,
}

/// The title without the row in brackets at its end, and that row.
pub(super) fn parts(title: &str) -> (&str, &str) {
    let whole = (title, "");
    let Some(inner) = title.strip_suffix(')') else { return whole };
    let mut depth = 1;
    for (at, c) in inner.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return inner[..at].strip_suffix(' ').filter(|t| !t.is_empty()).map_or(whole, |t| (t, &inner[at + 1..]));
        }
    }
    whole
}

/// Builds the cases of a record.
pub(super) struct Builder<'a> {
    record: &'a RunRecord,
    exchanges: BTreeMap<&'a str, &'a ExchangeRecord>,
    cited: BTreeMap<&'a str, Vec<&'a FindingRecord>>,
    opened: BTreeSet<&'a str>,
    met: BTreeSet<&'a str>,
    full: BTreeSet<&'a str>,
}

impl<'a> Builder<'a> {
    pub(super) fn of(record: &'a RunRecord) -> Self {
        let mut cited: BTreeMap<&str, Vec<&FindingRecord>> = BTreeMap::new();
        for finding in record.cases.iter().flat_map(CaseRecord::findings) {
            if let Some(exchange) = &finding.exchange {
                cited.entry(exchange).or_default().push(finding);
            }
        }
        let bad = || record.cases.iter().filter(|c| c.outcome.is_bad());
        let few = bad().count() <= OPENED;
        let first_of_cause = record.causes.iter().filter_map(|c| c.cases.first()).map(String::as_str);
        Builder {
            record,
            exchanges: record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect(),
            cited,
            opened: if few { bad().map(|c| c.id.as_str()).collect() } else { first_of_cause.collect() },
            met: BTreeSet::new(),
            full: BTreeSet::new(),
        }
    }

    pub(super) fn suite(&mut self, title: &str) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (number, case) in self.record.cases.iter().enumerate().filter(|(_, c)| c.suite == title) {
            if case.outcome.is_bad() || case.findings().next().is_some() {
                entries.push(Entry::Case(self.case(number, case)));
                continue;
            }
            let (title, label) = parts(&case.title);
            let row = RowView { case, anchor: anchor(number), label, steps: self.rows(case) };
            match entries.last_mut() {
                Some(Entry::Quiet(quiet)) if quiet.title == title && stands_with(quiet.first(), case) => quiet.rows.push(row),
                _ => entries.push(Entry::Quiet(QuietView { title, tone: tone(case.outcome), rows: vec![row] })),
            }
        }
        entries
    }

    /// The exchanges of no case.
    pub(super) fn others(&self) -> Vec<&'a ExchangeRecord> {
        self.record.exchanges.iter().filter(|x| !self.met.contains(x.id.as_str())).collect()
    }

    fn rows(&mut self, case: &'a CaseRecord) -> Vec<StepRow<'a>> {
        let row = |step: &'a StepRecord| {
            let (calls, more) = self.lines(step);
            StepRow { step, calls, more }
        };
        case.steps.iter().map(row).collect()
    }

    /// The exchanges of a step that are not shown in full, in lines.
    fn lines(&mut self, step: &'a StepRecord) -> (Vec<CallRow<'a>>, usize) {
        let mut brief = Vec::new();
        for exchange in step.exchanges.iter().filter_map(|id| self.exchanges.get(id.as_str()).copied()) {
            self.met.insert(&exchange.id);
            if !self.full.contains(exchange.id.as_str()) {
                brief.push(exchange);
            }
        }
        limited(folded(&brief, true))
    }

    fn case(&mut self, number: usize, case: &'a CaseRecord) -> CaseView<'a> {
        CaseView {
            case,
            anchor: anchor(number),
            tone: tone(case.outcome),
            open: self.opened.contains(case.id.as_str()),
            steps: case.steps.iter().map(|s| self.step(s)).collect(),
        }
    }

    fn step(&mut self, step: &'a StepRecord) -> StepView<'a> {
        let mut full = Vec::new();
        let cited = step.findings.iter().filter_map(|f| f.exchange.as_deref());
        let unfinished = step.exchanges.last().map(String::as_str).filter(|_| step.outcome == Outcome::Error);
        for id in cited.chain(unfinished) {
            let Some(exchange) = self.exchanges.get(id).copied() else { continue };
            if self.full.len() < FULL && self.full.insert(&exchange.id) {
                let findings = self.cited.get(id).map_or(&[][..], Vec::as_slice);
                full.push(ExchangeView::of(exchange, findings, step.outcome.is_bad() && full.is_empty()));
                self.met.insert(&exchange.id);
            }
        }
        let (calls, more) = self.lines(step);
        let view = |finding: &'a FindingRecord| {
            let exchange = finding.exchange.as_deref().filter(|id| self.exchanges.contains_key(id));
            FindingView { finding, exchange, linked: exchange.is_some_and(|id| self.full.contains(id)) }
        };
        StepView { step, tone: tone(step.outcome), findings: step.findings.iter().map(view).collect(), full, calls, more }
    }
}

/// Whether two cases of one title became the same for the same reason.
fn stands_with(first: &CaseRecord, case: &CaseRecord) -> bool {
    (first.outcome, &first.reason, first.required) == (case.outcome, &case.reason, case.required)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_title_and_its_row() {
        assert_eq!(parts("refused (GET /a)"), ("refused", "GET /a"));
        assert_eq!(parts("a (b) c (d (e) f)"), ("a (b) c", "d (e) f"));
        for whole in ["plain", "(all of it)", "f(x)", "a b)"] {
            assert_eq!(parts(whole), (whole, ""));
        }
    }
}
