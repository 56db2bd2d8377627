//! A watch as a short summary for the page of a CI job.
//!
//! The verdict, the targets, the operations, the latest outages. What a server sent is never more than text.

use crate::base::units::Nanos;
use crate::record::load::words::{grouped, many, time};
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{MonitorResult, SubjectRecord};
use crate::record::monitor::words::share;
use crate::record::shape::Outcome;
use crate::report::markdown::{brief, cell, code};
use crate::report::monitor::{Clock, available, bounds, burn, left, of_target, reason, rest};
use std::fmt::Write as _;

/// Outages listed at most, the latest.
const SHOWN: usize = 20;

/// The record as Markdown.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let mut out = String::new();
    let clock = Clock::of(record);
    let sign = match record.verdict {
        MonitorResult::Holds => "✅",
        MonitorResult::Fails => "❌",
        MonitorResult::Inconclusive => "⚠️",
    };
    let _ = writeln!(out, "## {sign} {}\n", cell(&record.sentence));
    let _ = writeln!(
        out,
        "{}: target {}, environment {}, seed `{}`, {} ({}).\n",
        cell(&record.name),
        code(&record.target),
        code(&record.environment),
        record.seed,
        clock.span(record.began, record.ended),
        Nanos(record.took_ns)
    );
    let figures = &record.all.excluded;
    let bounds = bounds(figures).map(|b| format!(", {b}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "**{}** available inside the window {}{bounds}; {} with planned maintenance left in. Down is {}.\n",
        share(figures.availability),
        code(&record.window),
        share(record.all.raw.availability),
        cell(&record.rule)
    );
    targets(&mut out, record);
    operations(&mut out, record);
    outages(&mut out, record, &clock);
    out
}

fn targets(out: &mut String, record: &MonitorRecord) {
    if record.targets.is_empty() {
        return;
    }
    out.push_str("| target | verdict | available | budget | spent | left | burn rate |\n|---|---|---|--:|--:|--:|---|\n");
    for target in &record.targets {
        let (outcome, word) = of_target(target.verdict);
        let word = if outcome == Outcome::Pass { word.to_owned() } else { format!("**{word}**") };
        let rates: Vec<String> = target.burns.iter().map(burn).collect();
        let _ = writeln!(
            out,
            "| {} | {word} | {} | {} | {} | {} | {} |",
            cell(&target.title),
            available(&target.figures),
            Nanos(target.budget_ns),
            Nanos(target.spent_ns),
            left(target.left_ns),
            rates.join(", ")
        );
    }
    out.push('\n');
    for alert in record.targets.iter().flat_map(|t| &t.alerts) {
        let _ = writeln!(out, "- ⚠️ {}", cell(&alert.title));
    }
    if record.targets.iter().any(|t| !t.alerts.is_empty()) {
        out.push('\n');
    }
}

fn operations(out: &mut String, record: &MonitorRecord) {
    out.push_str(
        "| operation | available | at least | at most | raw | down | degraded | no data | probes | failed | p50 | p99 |\n",
    );
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let total = (record.operations.len() > 1).then_some(&record.all);
    for subject in record.operations.iter().chain(total) {
        let _ = writeln!(out, "{}", row(subject));
    }
    out.push('\n');
}

fn row(subject: &SubjectRecord) -> String {
    let f = &subject.excluded;
    let shares = [f.availability, f.at_least, f.at_most, subject.raw.availability].map(share);
    let times = [f.down_ns, f.degraded_ns, f.no_data_ns].map(|ns| Nanos(ns).to_string());
    let counts = [subject.probes.total, subject.probes.down].map(grouped);
    let answers = [subject.response_time.p50, subject.response_time.p99].map(time);
    let cells: Vec<String> = shares.into_iter().chain(times).chain(counts).chain(answers).collect();
    format!("| {} | {} |", cell(&subject.operation), cells.join(" | "))
}

fn outages(out: &mut String, record: &MonitorRecord, clock: &Clock) {
    if record.incidents.is_empty() {
        return;
    }
    out.push_str(
        "### Outages\n\n| operation | from, to | down | counts | failed probes | first failure |\n|---|---|--:|--:|--:|---|\n",
    );
    let earlier = record.incidents.len().saturating_sub(SHOWN);
    for incident in &record.incidents[earlier..] {
        let open = if incident.open { ", still down" } else { "" };
        let first = incident.first.as_ref().map(|f| cell(&reason(f))).unwrap_or_default();
        let detail = incident.first.as_ref().filter(|f| !f.detail.is_empty()).map(|f| format!(": {}", brief(&f.detail)));
        let why = rest(incident).map(|rest| format!(" (the rest is {rest})")).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {}{open} | {} | {}{why} | {} | {first}{} |",
            cell(&incident.operation),
            clock.span(incident.from, incident.to),
            Nanos(incident.down_ns),
            Nanos(incident.counted_ns),
            grouped(incident.failed),
            detail.unwrap_or_default()
        );
    }
    if earlier > 0 {
        let _ = writeln!(out, "\nand {} earlier", many(earlier as u64, "outage"));
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::fixture;
    use crate::report::monitor::fixture::{hostile, quarter};

    #[test]
    fn a_watch_in_short() {
        insta::assert_snapshot!("failing", render(&fixture::failing()));
        insta::assert_snapshot!("quarter", render(&quarter()));
        insta::assert_snapshot!("empty", render(&fixture::empty()));
    }

    #[test]
    fn what_a_server_sent_is_no_markup_and_ends_no_row() {
        let evil = format!("`|<img src=x onerror=alert(1)> @team {HOSTILE}\n| x |");
        let text = render(&hostile(&evil));
        // Outside of code, which nothing in it ends.
        let prose: String = text.replace("\\`", "").split('`').step_by(2).collect();
        assert!(!prose.contains("<img") && !prose.contains("<script") && !prose.contains("@team"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text}");
        let columns = |line: &str| line.replace("\\|", "").matches('|').count();
        for table in text.split("\n\n").filter(|part| part.contains("|--")) {
            let table: Vec<&str> = table.lines().filter(|l| l.starts_with('|')).collect();
            assert!(table.iter().all(|l| columns(l) == columns(table[0])), "{table:?}");
        }
    }
}
