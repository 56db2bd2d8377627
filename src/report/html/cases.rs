//! The cases as the page shows them.
//!
//! A case with findings has its exchanges in full; one without has them in a line each, and rows of one case stand together. Never
//! leaves one with findings out for one without, and says how many it leaves out of a run that is too long for a page.

use crate::base::units::Nanos;
use crate::record::RunRecord;
use crate::record::shape::{BodyRecord, CaseRecord, ExchangeRecord, FindingRecord, Outcome, StepRecord};
use crate::report::html::calls::{CallRow, folded, limited};
use crate::report::html::message::ExchangeView;
use crate::report::html::view::{anchor, tone};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Exchanges shown in full at most, and bytes of their messages; the record has all of them.
const FULL: usize = 150;
const ROOM: usize = 400_000;

/// Cases shown at most: those with something to say, and those without.
const TOLD: usize = 150;
const QUIET: usize = 1_200;

/// Steps of a case and findings of a step that are shown.
const STEPS: usize = 60;
const FOUND: usize = 12;

/// Failing cases that are shown opened; where there are more, the first of each of as many causes.
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
    pub(super) more: usize,
}

/// A step with its exchanges.
pub(super) struct StepView<'a> {
    pub(super) step: &'a StepRecord,
    pub(super) tone: &'static str,
    pub(super) findings: Vec<FindingView<'a>>,
    pub(super) findings_more: usize,
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

/// A suite's list, and the cases that it has no room for.
pub(super) struct Entries<'a> {
    pub(super) shown: Vec<Entry<'a>>,
    pub(super) left_out: usize,
}

/// What the page shows, so that nothing links to what it does not.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Cases, by number.
    pub(super) cases: BTreeSet<usize>,
    /// Findings, by id.
    pub(super) findings: HashSet<&'a str>,
}

/// Builds the cases of a record.
pub(super) struct Builder<'a> {
    record: &'a RunRecord,
    exchanges: HashMap<&'a str, &'a ExchangeRecord>,
    cited: HashMap<&'a str, Vec<&'a FindingRecord>>,
    opened: BTreeSet<&'a str>,
    full: HashSet<&'a str>,
    shown: Shown<'a>,
    told: usize,
    quiet: usize,
    room: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn of(record: &'a RunRecord) -> Self {
        let mut cited: HashMap<&str, Vec<&FindingRecord>> = HashMap::new();
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
            opened: if few { bad().map(|c| c.id.as_str()).collect() } else { first_of_cause.take(OPENED).collect() },
            full: HashSet::new(),
            shown: Shown::default(),
            told: 0,
            quiet: 0,
            room: ROOM,
        }
    }

    pub(super) fn suite(&mut self, title: &str) -> Entries<'a> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        let mut left_out = 0;
        for (number, case) in self.record.cases.iter().enumerate().filter(|(_, c)| c.suite == title) {
            let tells = case.outcome.is_bad() || case.findings().next().is_some();
            let (count, room) = if tells { (&mut self.told, TOLD) } else { (&mut self.quiet, QUIET) };
            *count += 1;
            if *count > room {
                left_out += 1;
                continue;
            }
            self.shown.cases.insert(number);
            if tells {
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
        Entries { shown: entries, left_out }
    }

    /// The exchanges of no case.
    pub(super) fn others(&self) -> Vec<&'a ExchangeRecord> {
        let steps = self.record.cases.iter().flat_map(|c| &c.steps);
        let met: HashSet<&str> = steps.flat_map(|s| &s.exchanges).map(String::as_str).collect();
        self.record.exchanges.iter().filter(|x| !met.contains(x.id.as_str())).collect()
    }

    /// What was shown of the suites that were built.
    pub(super) fn shown(self) -> Shown<'a> {
        self.shown
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
            steps: case.steps.iter().take(STEPS).map(|s| self.step(s)).collect(),
            more: case.steps.len().saturating_sub(STEPS),
        }
    }

    fn step(&mut self, step: &'a StepRecord) -> StepView<'a> {
        let mut full = Vec::new();
        let cited = step.findings.iter().filter_map(|f| f.exchange.as_deref());
        let unfinished = step.exchanges.last().map(String::as_str).filter(|_| step.outcome == Outcome::Error);
        for id in cited.chain(unfinished) {
            let Some(exchange) = self.exchanges.get(id).copied() else { continue };
            if self.takes(exchange) {
                let findings = self.cited.get(id).map_or(&[][..], Vec::as_slice);
                full.push(ExchangeView::of(exchange, findings, step.outcome.is_bad() && full.is_empty()));
            }
        }
        let (calls, more) = self.lines(step);
        let view = |finding: &'a FindingRecord| {
            let exchange = finding.exchange.as_deref().filter(|id| self.exchanges.contains_key(id));
            FindingView { finding, exchange, linked: exchange.is_some_and(|id| self.full.contains(id)) }
        };
        let findings: Vec<FindingView<'a>> = step.findings.iter().take(FOUND).map(view).collect();
        self.shown.findings.extend(findings.iter().map(|f| f.finding.id.as_str()));
        let findings_more = step.findings.len().saturating_sub(FOUND);
        StepView { step, tone: tone(step.outcome), findings, findings_more, full, calls, more }
    }

    /// Whether there is room for one more exchange in full; takes it where there is.
    fn takes(&mut self, exchange: &'a ExchangeRecord) -> bool {
        let body = |body: &BodyRecord| body.text.as_ref().or(body.base64.as_ref()).map_or(0, String::len);
        let size = body(&exchange.request.body) + exchange.response.as_ref().map_or(0, |r| body(&r.body));
        if self.full.len() >= FULL || size > self.room || !self.full.insert(&exchange.id) {
            return false;
        }
        self.room -= size;
        true
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
