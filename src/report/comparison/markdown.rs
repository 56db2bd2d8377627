//! A comparison as a short summary for the page of a CI job.
//!
//! The verdict, the figures, how sure they are, what is new. Never shows more than a reader of a job takes in, and what a server sent only
//! as text.

use crate::record::compare::ComparisonRecord;
use crate::record::compare::shape::{ComparisonResult, ConformanceComparison, LoadComparison};
use crate::record::compare::words::certainty;
use crate::report::comparison::{cells, told};
use crate::report::markdown::{brief, cell, code};
use std::fmt::Write as _;

/// Findings listed at most.
const SHOWN: usize = 20;

/// The record as Markdown.
#[must_use]
pub fn render(record: &ComparisonRecord) -> String {
    let mut out = String::new();
    let sign = match record.verdict {
        ComparisonResult::NotRegressed => "✅",
        ComparisonResult::Regressed => "❌",
        ComparisonResult::Inconclusive | ComparisonResult::Interrupted => "⚠️",
    };
    let _ = writeln!(out, "## {sign} {}\n", cell(&record.sentence));
    let (before, now) = (code(&record.baseline.target), code(&record.candidate.target));
    let _ = writeln!(out, "{}: baseline {before}, candidate {now}.\n", cell(&record.title));
    if let Some(load) = &record.load {
        figures(&mut out, load);
    }
    if let Some(conformance) = &record.conformance {
        findings(&mut out, conformance);
    }
    let differ: Vec<_> = record.grounds.iter().filter(|g| !g.same).collect();
    if !differ.is_empty() {
        out.push_str("| differs | baseline | candidate |\n|---|---|---|\n");
        for ground in differ {
            let _ = writeln!(out, "| {} | {} | {} |", cell(&ground.name), brief(&ground.baseline), brief(&ground.candidate));
        }
        out.push('\n');
    }
    for line in &record.unsaid {
        let _ = writeln!(out, "- {}", cell(line));
    }
    out
}

fn figures(out: &mut String, load: &LoadComparison) {
    let _ = writeln!(out, "{}.\n", cell(&load.described));
    out.push_str("| operation | figure | baseline | candidate | change | 95% interval | margin | verdict |\n");
    out.push_str("|---|---|--:|--:|--:|--:|--:|---|\n");
    for operation in &load.operations {
        for figure in &operation.figures {
            let word = told(figure);
            let word = if figure.decides.is_some() { format!("**{word}**") } else { word.to_owned() };
            let name = figure.figure.name();
            let _ = writeln!(out, "| {} | {name} | {} | {word} |", cell(&operation.operation), cells(figure).join(" | "));
        }
    }
    out.push('\n');
    for operation in &load.operations {
        for figure in &operation.figures {
            let Some(decided) = &figure.decides else { continue };
            let said = certainty(figure.figure, decided).join("; ");
            if !said.is_empty() {
                let _ = writeln!(out, "- {} {}: {said}.", cell(&operation.operation), figure.figure.name());
            }
        }
    }
    out.push('\n');
}

fn findings(out: &mut String, conformance: &ConformanceComparison) {
    if !conformance.findings.is_empty() {
        out.push_str("| | finding | case | check | before | now |\n|---|---|---|---|--:|--:|\n");
        for found in conformance.findings.iter().take(SHOWN) {
            let (status, message) = (found.status.word(), brief(&found.message));
            let (title, check) = (cell(&found.title), code(&found.check));
            let _ = writeln!(out, "| {status} | {message} | {title} | {check} | {} | {} |", found.baseline, found.candidate);
        }
        out.push('\n');
        if conformance.findings.len() > SHOWN {
            let _ = writeln!(out, "And {} more.\n", conformance.findings.len() - SHOWN);
        }
    }
    for (what, cases) in [("added", &conformance.cases_added), ("removed", &conformance.cases_removed)] {
        for case in cases.iter().take(SHOWN) {
            let _ = writeln!(out, "- {what}: {}", cell(case));
        }
    }
    for change in &conformance.coverage {
        let (was, is) = (change.baseline, change.candidate);
        let what = format!("{} {}", cell(&change.suite), cell(&change.title));
        let _ = writeln!(out, "- coverage of {what}: {}/{} to {}/{}", was.0, was.1, is.0, is.1);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::compare::fixture;
    use crate::record::fixture::HOSTILE;

    #[test]
    fn the_verdict_first_and_a_row_for_each_figure() {
        let text = render(&fixture::regressed());
        assert!(text.starts_with("## ❌ regressed: p50 of "), "{text}");
        let rows = text.lines().filter(|l| l.contains("| p50 |")).count();
        assert_eq!(rows, 3, "two operations and all of them: {text}");
        assert!(text.contains("**REGRESSED**") && text.contains("four times in five"), "{text}");
        assert!(render(&fixture::broken()).contains("| new |"));
    }

    #[test]
    fn what_a_server_sent_is_only_text() {
        let mut record = fixture::broken();
        record.conformance.as_mut().expect("findings").findings[0].message = format!("|{HOSTILE}");
        let text = render(&record);
        assert!(!text.contains("<script") && !text.contains('\u{1b}'), "{text}");
    }
}
