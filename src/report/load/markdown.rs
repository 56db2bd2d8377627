//! A load as a short summary for the page of a CI job.
//!
//! The verdict, whether the measurement is one of the target, the SLOs, the operations, what was found. Never shows an exchange, and what a
//! server sent only as text.

use crate::base::units::{Nanos, Rate, Share};
use crate::record::load::LoadRecord;
use crate::record::load::figures::OperationRecord;
use crate::record::load::shape::{LoadResult, Validity};
use crate::record::load::words::{self, error, grouped, many, margin, time};
use crate::record::shape::Outcome;
use crate::report::load::shown_as;
use crate::report::markdown::{brief, cell, code};
use std::fmt::Write as _;

/// Findings and steps listed at most.
const SHOWN: usize = 20;

/// The record as Markdown.
#[must_use]
pub fn render(record: &LoadRecord) -> String {
    let mut out = String::new();
    let sign = match record.verdict {
        LoadResult::Conforms => "✅",
        LoadResult::Fails | LoadResult::Invalid => "❌",
        LoadResult::NotJudged | LoadResult::Interrupted => "⚠️",
    };
    let _ = writeln!(out, "## {sign} {}\n", cell(&record.sentence));
    let _ = writeln!(
        out,
        "{}: target {}, environment {}, seed `{}`, {}.\n",
        cell(&record.title),
        code(&record.target),
        code(&record.environment),
        record.seed,
        Nanos(record.took_ns)
    );
    validity(&mut out, record);
    slos(&mut out, record);
    operations(&mut out, record);
    callbacks(&mut out, record);
    search(&mut out, record);
    failures(&mut out, record);
    out
}

fn validity(out: &mut String, record: &LoadRecord) {
    let sign = match record.validity.result {
        Validity::Sound => "",
        Validity::Invalid | Validity::Unknown => "⚠️ ",
    };
    let _ = writeln!(out, "{sign}**{}**: {}\n", record.validity.result.word(), cell(&record.validity.sentence));
    for fault in record.health.iter().flat_map(|h| &h.faults) {
        let _ = writeln!(out, "- {}: {}; to change: {}", cell(&fault.name), cell(&fault.seen), cell(&fault.hint));
    }
    if record.validity.result == Validity::Invalid {
        out.push('\n');
    }
}

fn slos(out: &mut String, record: &LoadRecord) {
    if record.slos.is_empty() {
        return;
    }
    out.push_str("| SLO | verdict | measured | margin |\n|---|---|--:|--:|\n");
    for slo in &record.slos {
        let outcome = shown_as(record, slo.outcome);
        let word = if outcome == Outcome::Pass { outcome.word().to_owned() } else { format!("**{}**", outcome.word()) };
        let room = slo.margin.map(margin).unwrap_or_default();
        let _ = writeln!(out, "| {} | {word} | {} | {room} |", cell(&slo.title), brief(&slo.actual));
    }
    out.push('\n');
}

fn operations(out: &mut String, record: &LoadRecord) {
    let load = &record.load;
    if load.total.count + load.total.unanswered == 0 {
        return;
    }
    out.push_str("| operation | answers | errors | wrong | p50 | p90 | p99 | p99.9 | max | service p99 | lag p99 |\n");
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let total = (load.operations.len() > 1).then_some(&load.total);
    for operation in load.operations.iter().chain(total) {
        let _ = writeln!(out, "{}", row(operation));
    }
    let arrival = &load.arrival;
    let rates = [("asked", arrival.asked), ("achieved", arrival.achieved), ("answers", arrival.throughput)];
    let rates: Vec<String> = rates.iter().filter_map(|(name, rate)| rate.map(|r| format!("{name} {}", Rate(r)))).collect();
    let share = arrival.achieved_share.map(|s| format!(" ({})", Share(s))).unwrap_or_default();
    let _ = writeln!(out, "\n{}; {}{share}.", load.validation.sentence, rates.join(", "));
    let errors: Vec<String> =
        load.total.errors.iter().map(|(class, count)| format!("{}× {}", grouped(*count), error(class))).collect();
    if !errors.is_empty() {
        let _ = writeln!(out, "Without an answer: {}.", errors.join(", "));
    }
    out.push('\n');
}

fn row(operation: &OperationRecord) -> String {
    let (response, counts) = (&operation.response_time, [operation.count, operation.unanswered, operation.invalid]);
    let times = [response.p50, response.p90, response.p99, response.p99_9, response.max];
    let times = times.into_iter().chain([operation.service_time.p99, operation.lag.p99]).map(time);
    let cells: Vec<String> = counts.into_iter().map(grouped).chain(times).collect();
    format!("| {} | {} |", cell(&operation.operation), cells.join(" | "))
}

fn callbacks(out: &mut String, record: &LoadRecord) {
    if record.callbacks.is_empty() {
        return;
    }
    out.push_str("### Callbacks\n\n");
    out.push_str(
        "| callback | triggered | delivered | lost | open | twice | out of order | unexpected | wrong | p50 | p99 | max |\n",
    );
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for c in &record.callbacks {
        let counts = [c.triggered, c.delivered, c.lost, c.open, c.duplicates, c.out_of_order, c.unexpected, c.invalid];
        let times = [c.latency.p50, c.latency.p99, c.latency.max];
        let cells: Vec<String> = counts.into_iter().map(grouped).chain(times.into_iter().map(time)).collect();
        let _ = writeln!(out, "| {} | {} |", cell(&c.title), cells.join(" | "));
    }
    out.push('\n');
}

fn search(out: &mut String, record: &LoadRecord) {
    let Some(search) = &record.search else { return };
    let _ = writeln!(out, "### Search\n\n{}.\n", cell(&search.sentence));
    out.push_str("| asked | achieved | p50 | p99 | |\n|--:|--:|--:|--:|---|\n");
    for step in search.steps.iter().take(SHOWN) {
        let broken: Vec<String> = step.broken.iter().map(|b| cell(b)).collect();
        let word = format!("{} {}", words::step(step), broken.join(", "));
        let word = word.trim_end();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {}{word} |",
            Rate(step.rate),
            Rate(step.achieved),
            time(step.p50),
            time(step.p99),
            if step.confirms { "again: " } else { "" }
        );
    }
    out.push('\n');
}

fn failures(out: &mut String, record: &LoadRecord) {
    let all: Vec<_> = record.failures.iter().flat_map(|f| f.findings.iter().map(move |g| (f, g))).collect();
    if all.is_empty() {
        return;
    }
    out.push_str(
        "### Wrong answers\n\n| operation | check | found | expected | received | requirement |\n|---|---|---|---|---|---|\n",
    );
    for (failure, finding) in all.iter().take(SHOWN) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} ({}) |",
            cell(&failure.operation),
            code(&finding.check),
            brief(&finding.message),
            brief(&finding.expected),
            brief(&finding.actual),
            cell(&finding.requirement.id),
            cell(&finding.requirement.source)
        );
    }
    let more = record.failures_not_kept + all.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        let _ = writeln!(out, "\nand {} of these kinds or others", many(more, "failure"));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::load::fixture;

    #[test]
    fn a_failing_load_in_short() {
        insta::assert_snapshot!(render(&fixture::record(&fixture::failing())));
    }

    #[test]
    fn others_in_short() {
        let invalid = render(&fixture::record(&fixture::invalid()));
        assert!(invalid.contains("⚠️ **INVALID**: the generator did not keep up") && !invalid.contains("PASS"), "{invalid}");
        let searched = render(&fixture::record(&fixture::searched()));
        assert!(searched.contains("| 850/s | 820/s | 300ms | 900ms | broke p99 &lt; 50ms |"), "{searched}");
        assert_eq!(render(&fixture::record(&fixture::unusable())).matches("| operation").count(), 0);
    }

    #[test]
    fn what_a_server_sent_is_no_markup() {
        let mut outcome = fixture::failing();
        outcome.opening.title = HOSTILE.to_owned();
        outcome.slos[0].actual = format!("{HOSTILE}|x|");
        outcome.failures.iter_mut().flat_map(|f| &mut f.findings).for_each(|f| f.actual = HOSTILE.to_owned());
        let text = render(&fixture::record(&outcome));
        assert!(!text.contains("<script") && text.contains("\\|x\\|"), "{text}");
    }
}
