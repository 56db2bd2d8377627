//! What the page of a comparison shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::compare::ComparisonRecord;
use crate::record::compare::shape::{Decided, FigureComparison, FindingChange, GroundRecord, OperationComparison, RunRef};
use crate::record::compare::words::{certainty, value};
use crate::record::load::figures::CurveRecord;
use crate::record::load::words::time;
use crate::report::comparison::{cells, figure_as, finding_as, told, verdict_as};
use crate::report::html::comparison::forest::Forest;
use crate::report::html::load::chart::{Chart, Scale};
use crate::report::html::view::tone;

/// Operations whose charts are drawn at most; the tables have all of them.
const DRAWN: usize = 12;
/// Marks of pairs below a chart at most.
const MARKS: usize = 10;

/// The whole page.
pub(super) struct View<'a> {
    pub(super) tone: &'static str,
    pub(super) headline: &'a str,
    pub(super) rest: Vec<&'a str>,
    pub(super) operations: Vec<OperationView<'a>>,
    pub(super) curves: Vec<(&'a OperationComparison, Chart)>,
    pub(super) order: Vec<Chart>,
    pub(super) sure: Vec<(&'a OperationComparison, &'a FigureComparison, Vec<String>)>,
    pub(super) findings: Vec<(&'a FindingChange, &'static str)>,
    pub(super) differing: Vec<&'a GroundRecord>,
    pub(super) shared: Vec<&'a GroundRecord>,
    pub(super) runs: Vec<(&'static str, &'a RunRef)>,
}

/// An operation with its effects.
pub(super) struct OperationView<'a> {
    pub(super) operation: &'a OperationComparison,
    pub(super) forest: Option<Forest>,
    pub(super) rows: Vec<FigureView<'a>>,
}

/// A figure as a row shows it.
pub(super) struct FigureView<'a> {
    pub(super) figure: &'a FigureComparison,
    pub(super) cells: [String; 5],
    pub(super) word: &'static str,
    pub(super) tone: &'static str,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a ComparisonRecord) -> Self {
        let mut parts = record.sentence.split("; ");
        let operations: Vec<&OperationComparison> = record.load.iter().flat_map(|l| &l.operations).collect();
        let drawn = || operations.iter().copied().take(DRAWN);
        let deciding = |o: &'a OperationComparison| {
            o.figures.iter().filter_map(move |f| f.decides.as_ref().map(|d: &Decided| (o, f, certainty(f.figure, d))))
        };
        View {
            tone: tone(verdict_as(record.verdict)),
            headline: parts.next().unwrap_or_default(),
            rest: parts.collect(),
            operations: operations.iter().copied().map(operation).collect(),
            curves: drawn().filter_map(|o| percentiles(o).map(|chart| (o, chart))).collect(),
            order: drawn().flat_map(|o| o.figures.iter().filter_map(move |f| in_order(o, f))).collect(),
            sure: operations.iter().copied().flat_map(deciding).filter(|(.., said)| !said.is_empty()).collect(),
            findings: record
                .conformance
                .iter()
                .flat_map(|c| &c.findings)
                .map(|f| (f, tone(finding_as(f.status, f.level))))
                .collect(),
            differing: record.grounds.iter().filter(|g| !g.same).collect(),
            shared: record.grounds.iter().filter(|g| g.same).collect(),
            runs: runs(record),
        }
    }
}

fn operation(operation: &OperationComparison) -> OperationView<'_> {
    let row = |figure| FigureView { figure, cells: cells(figure), word: told(figure), tone: tone_of(figure) };
    OperationView { operation, forest: Forest::of(operation), rows: operation.figures.iter().map(row).collect() }
}

fn tone_of(figure: &FigureComparison) -> &'static str {
    figure.decides.as_ref().map_or("none", |d| tone(figure_as(d.outcome)))
}

/// The runs of both sides in the order in which they were made.
fn runs(record: &ComparisonRecord) -> Vec<(&'static str, &RunRef)> {
    let baseline = record.baseline.runs.iter().map(|run| ("baseline", run));
    let mut runs: Vec<_> = baseline.chain(record.candidate.runs.iter().map(|run| ("candidate", run))).collect();
    runs.sort_by_key(|(_, run)| run.began);
    runs
}

/// The percentile curves of both sides over each other; `None` where a side has none.
fn percentiles(operation: &OperationComparison) -> Option<Chart> {
    let (one, other) = (&operation.baseline_curve, &operation.candidate_curve);
    let largest = one.iter().chain(other).map(|p| p.us).max().filter(|_| !one.is_empty() && !other.is_empty())?;
    let nines = |p: &CurveRecord| (1.0 / (1.0 - p.quantile)).log10();
    let end = one.iter().chain(other).map(nines).filter(|n| n.is_finite()).fold(1.0, f64::max).ceil().max(2.0);
    let mut chart = Chart::new(
        &operation.operation,
        "the middle of each side's runs, as far as they have answers enough",
        Scale::level(end),
        Scale::upright(largest as f64),
        micros,
    );
    chart.mark(0.0, "0%".to_owned());
    for (nine, label) in ["90%", "99%", "99.9%", "99.99%", "99.999%"].into_iter().enumerate() {
        if nine as f64 + 1.0 <= end {
            chart.mark(nine as f64 + 1.0, label.to_owned());
        }
    }
    for (label, curve) in [("baseline", one), ("candidate", other)] {
        chart.line(label, curve.iter().map(|p| (nines(p).min(end), Some(p.us as f64))));
    }
    chart.described = format!("response time of {} by percentile, baseline and candidate", operation.operation);
    Some(chart)
}

/// A figure that decides, of each run in the order in which they were made, so that what drifts is seen; `None` of a single run.
fn in_order(operation: &OperationComparison, figure: &FigureComparison) -> Option<Chart> {
    let (one, other) = (&figure.baseline_runs, &figure.candidate_runs);
    let count = one.len().max(other.len());
    if figure.decides.is_none() || !figure.figure.is_ratio() || count < 2 {
        return None;
    }
    let all = || one.iter().chain(other).copied();
    let y = Scale::around(all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let title = format!("{} {}", operation.operation, figure.figure.name());
    let about = if figure.changes.is_empty() { "each run of a side, in order" } else { "each pair, in order" };
    let said = |v: f64| value(figure.figure, Some(v.max(0.0)));
    let mut chart = Chart::new(&title, about, Scale::level(count as f64 + 1.0), y, said);
    for at in (1..=count).step_by(count.div_ceil(MARKS)) {
        chart.mark(at as f64, at.to_string());
    }
    for (label, look, values) in [("baseline", "line-a", one), ("candidate", "line-b", other)] {
        chart.line(label, values.iter().enumerate().map(|(i, v)| (i as f64 + 1.0, Some(*v))));
        values.iter().enumerate().for_each(|(i, v)| chart.dot(i as f64 + 1.0, *v, look));
    }
    chart.described = format!("{title} of baseline and candidate, {about}");
    Some(chart)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "marks of a scale that begins at nothing")]
fn micros(us: f64) -> String {
    time(Some(us as u64))
}
