//! A watch as text for a terminal.
//!
//! The targets, a row for each operation, the outages, and the verdict in words as the last line. Never prints, and never lets a server's
//! characters reach the terminal as commands.

use crate::base::units::Nanos;
use crate::record::load::words::{grouped, many, time};
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{FailureRecord, IncidentRecord, SubjectRecord, TargetRecord, TargetResult};
use crate::record::monitor::words::{cause, share};
use crate::record::shape::Outcome;
use crate::report::monitor::{Clock, Options, available, burn, excused, left, of_target, outcome, reason, set_by};
use crate::report::text::table::{Column, table};
use crate::report::text::{BOLD, DIM, Page, Verbosity, shown, style};

/// Outages shown at most, the latest.
const OUTAGES: usize = 10;
/// Pauses and clocks that were set, shown at most.
const PAUSES: usize = 5;

/// The record as text for a terminal.
#[must_use]
pub fn render(record: &MonitorRecord, options: &Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let clock = Clock::of(record);
    let quiet = options.verbosity == Verbosity::Quiet;
    if !quiet {
        opening(&mut page, record, &clock, options.verbosity);
    }
    targets(&mut page, record, quiet);
    if !quiet {
        operations(&mut page, record);
        outages(&mut page, record, &clock, options.verbosity);
        figures(&mut page, record, options);
    }
    page.gap();
    let sentence = page.paint(style(outcome(record.verdict)), &shown(&record.sentence));
    page.line(&sentence);
    page.text
}

fn opening(page: &mut Page, record: &MonitorRecord, clock: &Clock, verbosity: Verbosity) {
    let title = page.paint(BOLD, &shown(&record.name));
    let rest = page.paint(DIM, &format!("(environment {}, seed {})", shown(&record.environment), record.seed));
    page.line(&format!("monitor {title} {rest}"));
    page.entry(2, "target", &shown(&record.target));
    page.entry(2, "window", &shown(&record.window));
    page.entry(2, "down", &shown(&record.rule));
    let sessions = many(record.sessions.len() as u64, "session");
    let watched = clock.span(record.began, record.ended);
    page.entry(2, "watched", &format!("{watched}, {} in {sessions}", Nanos(record.took_ns)));
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { PAUSES };
    let gaps = record.gaps.iter().map(|gap| format!("{} ({})", clock.span(gap.from, gap.to), Nanos(gap.length_ns)));
    list(page, "not watched", gaps, most);
    let jumps = record.clock_jumps.iter().map(|jump| format!("{}, {}", clock.at(jump.at), set_by(jump)));
    list(page, "clock set", jumps, most);
}

/// The first entries under one name, and how many there are beside them.
fn list(page: &mut Page, name: &str, entries: impl ExactSizeIterator<Item = String>, most: usize) {
    let more = entries.len().saturating_sub(most);
    for (i, entry) in entries.take(most).enumerate() {
        page.entry(2, if i == 0 { name } else { "" }, &entry);
    }
    if more > 0 {
        page.entry(2, "", &format!("and {} more", grouped(more as u64)));
    }
}

fn targets(page: &mut Page, record: &MonitorRecord, quiet: bool) {
    let told: Vec<&TargetRecord> = record.targets.iter().filter(|t| !quiet || t.verdict != TargetResult::Holds).collect();
    if told.is_empty() {
        return;
    }
    page.gap();
    let words = told.iter().map(|t| of_target(t.verdict).1.len()).max().unwrap_or(0);
    for target in told {
        let (outcome, word) = of_target(target.verdict);
        let word = page.paint(style(outcome), &format!("{word:<words$}"));
        page.line(&format!("{word}  {}: {}", shown(&target.title), available(&target.figures)));
        if quiet {
            continue;
        }
        let indent = words + 2;
        let rates: Vec<String> = target.burns.iter().map(burn).collect();
        let budget = format!(
            "budget {}, {} spent, {}; burn rate {}",
            Nanos(target.budget_ns),
            Nanos(target.spent_ns),
            left(target.left_ns),
            rates.join(", ")
        );
        let budget = page.paint(DIM, &budget);
        page.line(&format!("{:indent$}{budget}", ""));
        for alert in &target.alerts {
            let title = page.paint(style(Outcome::Review), &shown(&alert.title));
            page.line(&format!("{:indent$}{title}", ""));
        }
    }
}

fn operations(page: &mut Page, record: &MonitorRecord) {
    page.gap();
    let rows: Vec<&SubjectRecord> =
        record.operations.iter().chain((record.operations.len() > 1).then_some(&record.all)).collect();
    let is_open = rows.iter().any(|s| s.excluded.at_least != s.excluded.at_most);
    let mut columns = vec![Column::left("operation"), Column::right("available")];
    if is_open {
        columns.extend([Column::right("at least"), Column::right("at most")]);
    }
    columns.extend(["raw", "down", "degraded", "no data", "probes", "failed", "p50", "p99"].map(Column::right));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|subject| row(subject, is_open)).collect();
    table(page, &columns, &rows);
    for operation in &record.operations {
        let causes: Vec<String> =
            operation.causes.iter().map(|(why, n)| format!("{}× {}", grouped(*n), shown(cause(why)))).collect();
        if !causes.is_empty() {
            let name = page.paint(DIM, &shown(&operation.operation));
            page.line(&format!("  {name}: {}", causes.join(", ")));
        }
    }
    let outside = &record.all.probes_outside;
    if outside.total > 0 {
        let counts = format!("{} outside the window, {} failed", many(outside.total, "probe"), grouped(outside.down));
        page.line(&format!("  {counts}: no part of these figures"));
    }
}

fn row(subject: &SubjectRecord, is_open: bool) -> Vec<String> {
    let f = &subject.excluded;
    let mut cells = vec![shown(&subject.operation), share(f.availability)];
    if is_open {
        cells.extend([share(f.at_least), share(f.at_most)]);
    }
    cells.push(share(subject.raw.availability));
    cells.extend([f.down_ns, f.degraded_ns, f.no_data_ns].map(|ns| Nanos(ns).to_string()));
    cells.extend([grouped(subject.probes.total), grouped(subject.probes.down)]);
    cells.extend([time(subject.response_time.p50), time(subject.response_time.p99)]);
    cells
}

fn outages(page: &mut Page, record: &MonitorRecord, clock: &Clock, verbosity: Verbosity) {
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { OUTAGES };
    let earlier = record.incidents.len().saturating_sub(most);
    if earlier > 0 {
        page.gap();
        page.line(&format!("{} earlier, then the latest", many(earlier as u64, "outage")));
    }
    for incident in &record.incidents[earlier..] {
        outage(page, incident, clock, verbosity);
    }
}

fn outage(page: &mut Page, incident: &IncidentRecord, clock: &Clock, verbosity: Verbosity) {
    page.gap();
    let paint = if incident.counted_ns > 0 { style(Outcome::Fail) } else { style(Outcome::Skipped) };
    let word = page.paint(paint, if incident.open { "STILL DOWN" } else { "DOWN" });
    let why = incident.first.as_ref().map(|f| format!(": {}", shown(&reason(f)))).unwrap_or_default();
    page.line(&format!("{word}  {} for {}{why}", shown(&incident.operation), Nanos(incident.down_ns)));
    let excused = excused(incident).map(|text| format!(", {text}")).unwrap_or_default();
    page.entry(2, "from", &format!("{}{excused}", clock.span(incident.from, incident.to)));
    page.entry(2, "probes", &format!("{} failed", grouped(incident.failed)));
    let last = incident.last.as_ref().filter(|_| verbosity == Verbosity::Verbose);
    for (name, failure) in [("first", incident.first.as_ref()), ("last", last)] {
        if let Some(failure) = failure {
            page.entry(2, name, &exchange(failure, clock));
        }
    }
}

/// `2026-03-28 10:00:00 +01:00, after 40ms: GET /pets: 503`.
fn exchange(failure: &FailureRecord, clock: &Clock) -> String {
    let detail = if failure.detail.is_empty() { String::new() } else { format!(": {}", shown(&failure.detail)) };
    format!("{}, after {}{detail}", clock.at(failure.due), Nanos(failure.took_ns))
}

fn figures(page: &mut Page, record: &MonitorRecord, options: &Options) {
    page.gap();
    for (i, note) in record.notes.iter().enumerate() {
        page.entry(0, if i == 0 { "notes" } else { "" }, &shown(note));
    }
    if record.all.late_probes > 0 {
        let late = many(record.all.late_probes, "probe");
        page.entry(
            0,
            "clock",
            &format!("{late} due before an earlier one, since the clock was set back: counted, and said nothing"),
        );
    }
    if options.verbosity == Verbosity::Verbose {
        page.entry(0, "zones", &shown(&record.zone_database));
        for fact in &record.machine {
            page.entry(0, &shown(&fact.name), &shown(&fact.value));
        }
    }
    page.hidden(&record.redactions, options.verbosity);
    page.written(options);
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::fixture;
    use crate::report::Format;
    use crate::report::monitor::Options;
    use crate::report::monitor::fixture::{hostile, quarter};
    use crate::report::text::Verbosity;

    #[test]
    fn a_watch_that_misses_its_targets_shows_what_a_reader_needs() {
        let options = Options {
            record: Some("reports/2026-03-28T000000Z-monitor/record.json".into()),
            reports: vec![(Format::Html, "report.html".into()), (Format::Csv, "days.csv".into())],
            ..Options::default()
        };
        insta::assert_snapshot!(render(&fixture::failing(), &options));
    }

    #[test]
    fn others() {
        insta::assert_snapshot!("empty", render(&fixture::empty(), &Options::default()));
        insta::assert_snapshot!("quarter", render(&quarter(), &Options::default()));
        let verbose = Options { verbosity: Verbosity::Verbose, ..Options::default() };
        insta::assert_snapshot!("verbose", render(&fixture::failing(), &verbose));
    }

    #[test]
    fn quiet_says_which_targets_do_not_hold() {
        let quiet = Options { verbosity: Verbosity::Quiet, ..Options::default() };
        let text = render(&fixture::failing(), &quiet);
        assert_eq!(text.lines().filter(|l| !l.is_empty()).count(), 3, "{text}");
        assert!(text.starts_with("MISSED  all operations available for at least 99.9% of the run: 97.4358%, between"), "{text}");
    }

    #[test]
    fn no_escape_of_a_server_reaches_the_terminal_and_colour_only_adds_escapes() {
        let record = hostile(HOSTILE);
        let options = Options { verbosity: Verbosity::Verbose, ..Options::default() };
        let text = render(&record, &options);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
        assert!(text.matches("evil").count() > 12, "{text}");
        let colored = render(&record, &Options { color: true, ..options });
        assert!(colored.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text);
    }
}
