//! The opening, the suites, the figures and the verdict of the terminal's report.
//!
//! Lays the record's figures out in columns. Never computes one.

use crate::base::units::{Nanos, Share};
use crate::record::RunRecord;
use crate::record::figures::counted;
use crate::record::shape::{DimensionRecord, Outcome, RunResult, Totals};
use crate::report::text::{BOLD, DIM, Options, Page, shown, style};

pub(super) fn opening(page: &mut Page, record: &RunRecord) {
    let target = page.paint(BOLD, &shown(&record.target));
    let rest = page.paint(DIM, &format!("(environment {}, seed {})", shown(&record.environment), record.seed));
    page.line(&format!("checked {target} {rest}"));
}

pub(super) fn suites(page: &mut Page, record: &RunRecord) {
    let width = record.suites.iter().map(|s| shown(&s.title).chars().count()).max().unwrap_or(0);
    page.gap();
    for suite in &record.suites {
        let word = page.paint(style(suite.outcome), &format!("{:<8}", suite.outcome.word()));
        page.line(&format!("{word} {:<width$}  {}", shown(&suite.title), counts(&suite.totals)));
    }
}

/// `7 cases: 2 passed, 1 failed`; only `1 case` when all passed.
fn counts(totals: &Totals) -> String {
    let all = counted(totals.cases, "case");
    if totals.passed == totals.cases {
        return all;
    }
    let parts = [
        (totals.passed, "passed"),
        (totals.failed, "failed"),
        (totals.errors, "not carried out"),
        (totals.skipped, "skipped"),
        (totals.review, "to review"),
        (totals.not_applicable, "not applicable"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    format!("{all}: {}", parts.join(", "))
}

pub(super) fn figures(page: &mut Page, record: &RunRecord, options: &Options) {
    page.gap();
    if record.totals.cases > 0 {
        page.entry(0, "cases", &counts(&record.totals));
    }
    coverage(page, record);
    deliveries(page, record);
    if !record.gates.is_empty() {
        page.entry(0, "gates", &format!("{} of {} hold", record.totals.gates_held, record.totals.gates));
    }
    for gate in record.gates.iter().filter(|g| g.outcome != Outcome::Pass) {
        let word = page.paint(style(gate.outcome), gate.outcome.word());
        let text = format!("{word} {}: {} (found {})", shown(&gate.suite), shown(&gate.title), shown(&gate.actual));
        page.entry(0, "", &text);
    }
    let time = format!("{}, {}", Nanos(record.took_ns), counted(record.totals.exchanges, "exchange"));
    page.entry(0, "time", &time);
    page.entry(0, "seed", &record.seed.to_string());
    page.notes(&record.notes);
    page.hidden(&record.redactions, options.verbosity);
    page.written(options);
}

fn deliveries(page: &mut Page, record: &RunRecord) {
    let Some(total) = record.deliveries.as_ref().map(|d| &d.total) else { return };
    let (sent, of) = (total.sent, counted(total.notifications, "notification"));
    let came = format!("{sent} sent of {of}: {} acknowledged, {} replayed", total.acknowledged, total.replayed);
    let wrong = format!("{} lost, {} out of order, {}", total.lost, total.out_of_order, counted(total.duplicates, "duplicate"));
    page.entry(0, "deliveries", &format!("{came}, {wrong}"));
    if !total.provoked.is_empty() {
        let note = page
            .paint(if total.open { style(Outcome::Review) } else { DIM }, &format!("provoked by the cases: {}", total.provoked));
        page.entry(0, "", &note);
    }
}

fn coverage(page: &mut Page, record: &RunRecord) {
    let mut columns: Vec<(&str, &str)> = Vec::new();
    for dimension in record.coverage.iter().flat_map(|c| &c.dimensions) {
        if !columns.iter().any(|(key, _)| *key == dimension.key) {
            columns.push((&dimension.key, &dimension.title));
        }
    }
    if columns.is_empty() {
        return;
    }
    let mut rows = vec![std::iter::once(String::new()).chain(columns.iter().map(|(_, title)| (*title).to_owned())).collect()];
    for coverage in &record.coverage {
        let cell = |key: &str| coverage.dimensions.iter().find(|d| d.key == key).map_or_else(|| "-".to_owned(), share);
        rows.push(std::iter::once(shown(&coverage.suite)).chain(columns.iter().map(|(key, _)| cell(key))).collect());
    }
    for (i, row) in aligned(&rows).iter().enumerate() {
        let row = if i == 0 { page.paint(DIM, row.trim_end()) } else { row.clone() };
        page.entry(0, if i == 0 { "coverage" } else { "" }, &row);
    }
}

fn share(dimension: &DimensionRecord) -> String {
    match dimension.share {
        Some(share) => format!("{} {}/{}", Share(share), dimension.seen, dimension.known),
        None => "-".to_owned(),
    }
}

fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line =
        |row: &Vec<String>| -> String { row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}   ")).collect() };
    rows.iter().map(line).collect()
}

pub(super) fn verdict(page: &mut Page, record: &RunRecord) {
    page.gap();
    let style = match record.verdict {
        RunResult::Conforms => style(Outcome::Pass),
        RunResult::Fails => style(Outcome::Fail),
        RunResult::NotJudged | RunResult::Interrupted => style(Outcome::Skipped),
    };
    let sentence = page.paint(style, &shown(&record.sentence));
    page.line(&sentence);
}
