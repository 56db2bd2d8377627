//! A short summary for the page of a CI job.
//!
//! The verdict, the suites, the causes and the gates. Never shows an exchange, and what a server sent only as text.

use crate::base::units::{Nanos, Share};
use crate::record::RunRecord;
use crate::record::figures::counted;
use crate::record::redactions;
use crate::record::shape::{Outcome, RedactionRecord, RunResult};
use crate::report::visible;
use std::fmt::Write as _;

/// Causes and skipped reasons listed at most.
const SHOWN: usize = 20;

/// Characters of a value that are shown at most.
const WIDTH: usize = 160;

/// The record as Markdown.
#[must_use]
pub fn render(record: &RunRecord) -> String {
    let mut out = String::new();
    let sign = match record.verdict {
        RunResult::Conforms => "✅",
        RunResult::Fails => "❌",
        RunResult::NotJudged | RunResult::Interrupted => "⚠️",
    };
    let _ = writeln!(out, "## {sign} {}\n", cell(&record.sentence));
    let _ = writeln!(
        out,
        "Target {}, environment {}, seed `{}`, {} in {}.\n",
        code(&record.target),
        code(&record.environment),
        record.seed,
        counted(record.totals.cases, "case"),
        Nanos(record.took_ns)
    );
    suites(&mut out, record);
    coverage(&mut out, record);
    deliveries(&mut out, record);
    gates(&mut out, record);
    causes(&mut out, record);
    skipped(&mut out, record);
    out
}

/// What a record of any kind says of itself: notes, what was hidden, what was left out for sharing.
#[must_use]
pub fn hidden(notes: &[String], redactions: &[RedactionRecord]) -> String {
    let mut out = String::new();
    for note in notes {
        let _ = writeln!(out, "- {}", cell(note));
    }
    if let Some(told) = redactions::hidden(redactions) {
        let _ = writeln!(out, "- redacted: {}", cell(&told));
    }
    if let Some(told) = redactions::dropped(redactions) {
        let _ = writeln!(out, "- made for sharing; {}", cell(&told));
    }
    out
}

fn suites(out: &mut String, record: &RunRecord) {
    if record.suites.is_empty() {
        return;
    }
    out.push_str("| suite | verdict | passed | failed | errors | skipped | time, summed |\n|---|---|--:|--:|--:|--:|--:|\n");
    for suite in &record.suites {
        let t = &suite.totals;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            cell(&suite.title),
            suite.outcome.word(),
            t.passed,
            t.failed,
            t.errors,
            t.skipped,
            Nanos(suite.took_ns)
        );
    }
    out.push('\n');
}

fn coverage(out: &mut String, record: &RunRecord) {
    for spec in &record.coverage {
        let shares: Vec<String> = spec
            .dimensions
            .iter()
            .filter_map(|d| d.share.map(|s| format!("{} {} ({}/{})", cell(&d.title), Share(s), d.seen, d.known)))
            .collect();
        if !shares.is_empty() {
            let _ = writeln!(out, "- **{}**: {}", cell(&spec.suite), shares.join(", "));
        }
    }
    if !record.coverage.is_empty() {
        out.push('\n');
    }
}

fn deliveries(out: &mut String, record: &RunRecord) {
    let Some(deliveries) = &record.deliveries else { return };
    out.push_str("### Deliveries\n\n");
    out.push_str("| callback | sent | notifications | acknowledged | replayed | lost | duplicates | out of order | provoked |\n");
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
    let total = (deliveries.rows.len() > 1).then_some(&deliveries.total);
    for row in deliveries.rows.iter().chain(total) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&row.operation),
            row.sent,
            row.notifications,
            row.acknowledged,
            row.replayed,
            row.lost,
            row.duplicates,
            row.out_of_order,
            cell(&row.provoked)
        );
    }
    out.push('\n');
}

fn gates(out: &mut String, record: &RunRecord) {
    let open: Vec<_> = record.gates.iter().filter(|g| g.outcome != Outcome::Pass).collect();
    if open.is_empty() {
        return;
    }
    out.push_str("### Gates that do not hold\n\n");
    for gate in open {
        let _ = writeln!(
            out,
            "- {} **{}**: {} (found {})",
            gate.outcome.word(),
            cell(&gate.suite),
            cell(&gate.title),
            cell(&gate.actual)
        );
    }
    out.push('\n');
}

fn causes(out: &mut String, record: &RunRecord) {
    if record.causes.is_empty() {
        return;
    }
    out.push_str("### Findings by cause\n\n| | check | operation | requirement | count | first |\n|---|---|---|---|--:|---|\n");
    for cause in record.causes.iter().take(SHOWN) {
        let first = record.cases.iter().flat_map(|c| c.findings()).find(|f| cause.findings.first() == Some(&f.id));
        let first = first.map(|f| format!("expected {}, received {}", brief(&f.expected), brief(&f.actual))).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} ({}) | {} | {first} |",
            cause.level.word(),
            code(&cause.check),
            cause.operation.as_deref().map(code).unwrap_or_default(),
            cell(&cause.requirement.id),
            cell(&cause.requirement.source),
            cause.count
        );
    }
    if record.causes.len() > SHOWN {
        let _ = writeln!(out, "\nand {} more", counted(record.causes.len() - SHOWN, "cause"));
    }
    out.push('\n');
}

fn skipped(out: &mut String, record: &RunRecord) {
    if record.skipped.is_empty() {
        return;
    }
    out.push_str("### Skipped\n\n");
    for group in record.skipped.iter().take(SHOWN) {
        let _ = writeln!(out, "- {}: {}", counted(group.cases.len(), "case"), cell(&group.reason));
    }
    out.push('\n');
}

/// The beginning of a value, which may be a whole body.
pub(in crate::report) fn brief(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", cell(&text[..end])),
        None => cell(text),
    }
}

/// Text that Markdown and the HTML in it leave alone.
pub(in crate::report) fn cell(text: &str) -> String {
    let text = visible::line(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '`' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text as a code span that nothing in it can end.
pub(in crate::report) fn code(text: &str) -> String {
    let text = visible::line(text).replace('`', "'").replace('|', "\\|");
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::{cell, render};
    use crate::record::fixture;

    #[test]
    fn a_failing_run_in_short() {
        insta::assert_snapshot!(render(&fixture::record(&fixture::failing())));
    }

    #[test]
    fn what_a_server_sent_is_no_markup() {
        assert_eq!(super::brief(&"|".repeat(200)), format!("{}…", r"\|".repeat(160)));
        assert_eq!(cell("a|b [x](y) `<img>` @team\n"), r"a\|b \[x\](y) \`&lt;img&gt;\` &#64;team\\n");
    }
}
