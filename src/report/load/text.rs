//! A load as text for a terminal.
//!
//! Whether the measurement is one of the target first, then the SLOs, a row for each operation, what was found, and the verdict in words as
//! the last line. Never prints, and never lets a server's characters reach the terminal as commands.

use crate::base::units::{Nanos, Rate, Share};
use crate::record::load::LoadRecord;
use crate::record::load::figures::OperationRecord;
use crate::record::load::shape::{FailureRecord, HealthRecord, LoadResult, Validity};
use crate::record::load::words::{self, error, grouped, many, margin, time};
use crate::record::shape::{ExchangeRecord, FindingRecord, Outcome};
use crate::report::load::shown_as;
use crate::report::text::table::{Column, table};
use crate::report::text::{BOLD, DIM, MARK, Options, Page, Verbosity, shown, style};

/// Characters of a command line that are shown.
const COMMAND: usize = 1200;

/// The record as text for a terminal.
#[must_use]
pub fn render(record: &LoadRecord, options: &Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let quiet = options.verbosity == Verbosity::Quiet;
    if !quiet {
        opening(&mut page, record);
    }
    if !quiet || record.validity.result != Validity::Sound {
        validity(&mut page, record);
    }
    slos(&mut page, record, quiet);
    if !quiet {
        operations(&mut page, record);
        arrival(&mut page, record);
        callbacks(&mut page, record);
        search(&mut page, record);
    }
    failures(&mut page, record);
    if !quiet {
        figures(&mut page, record, options);
    }
    verdict(&mut page, record);
    page.text
}

fn opening(page: &mut Page, record: &LoadRecord) {
    let title = page.paint(BOLD, &shown(&record.title));
    let rest = page.paint(DIM, &format!("(environment {}, seed {})", shown(&record.environment), record.seed));
    page.line(&format!("load {title} {rest}"));
    page.entry(2, "target", &shown(&record.target));
    page.entry(2, "carried by", &shown(&record.transport));
    for (i, stage) in record.stages.iter().enumerate() {
        let name = if i == 0 { "starts" } else { "" };
        page.entry(2, name, &format!("{} for {}", shown(&stage.title), Nanos(stage.length_ns)));
    }
    if let Some(window) = &record.window {
        page.entry(2, "window", &shown(window));
    }
    for (i, scenario) in record.scenarios.iter().enumerate() {
        let weight = if record.scenarios.len() > 1 { format!(", weight {}", scenario.weight) } else { String::new() };
        page.entry(2, if i == 0 { "scenarios" } else { "" }, &format!("{}{weight}", shown(&scenario.title)));
    }
}

fn validity(page: &mut Page, record: &LoadRecord) {
    page.gap();
    let paint = match record.validity.result {
        Validity::Sound => style(Outcome::Pass),
        Validity::Invalid => style(Outcome::Fail),
        Validity::Unknown => style(Outcome::Skipped),
    };
    let word = page.paint(paint, record.validity.result.word());
    page.line(&format!("{word}  {}", shown(&record.validity.sentence)));
    let Some(health) = &record.health else { return };
    for fault in &health.faults {
        page.entry(2, &shown(&fault.name), &shown(&fault.seen));
        page.entry(2, "", &format!("to change: {}", shown(&fault.hint)));
    }
    if let Some(rate) = health.could_hold {
        page.entry(2, "could hold", &Rate(rate).to_string());
    }
}

fn slos(page: &mut Page, record: &LoadRecord, quiet: bool) {
    let outcome = |slo: &crate::record::load::shape::SloRecord| shown_as(record, slo.outcome);
    let told: Vec<_> = record.slos.iter().filter(|s| !quiet || outcome(s) != Outcome::Pass).collect();
    if told.is_empty() {
        return;
    }
    page.gap();
    let words = told.iter().map(|s| outcome(s).word().len()).max().unwrap_or(0);
    let titles = told.iter().map(|s| shown(&s.title).chars().count()).max().unwrap_or(0);
    for slo in told {
        let word = page.paint(style(outcome(slo)), &format!("{:<words$}", outcome(slo).word()));
        let room = slo.margin.map(|m| page.paint(DIM, &format!("  ({})", margin(m)))).unwrap_or_default();
        page.line(&format!("{word}  {:<titles$}  {}{room}", shown(&slo.title), shown(&slo.actual)));
    }
}

fn operations(page: &mut Page, record: &LoadRecord) {
    let load = &record.load;
    if load.total.count + load.total.unanswered == 0 {
        return;
    }
    page.gap();
    let columns = [
        Column::left("operation"),
        Column::right("answers"),
        Column::right("errors"),
        Column::right("wrong"),
        Column::right("validated"),
        Column::right("p50"),
        Column::right("p90"),
        Column::right("p99"),
        Column::right("p99.9"),
        Column::right("max"),
        Column::right("service p99"),
        Column::right("lag p99"),
    ];
    let total = (load.operations.len() > 1).then_some(&load.total);
    let rows: Vec<Vec<String>> = load.operations.iter().chain(total).map(row).collect();
    table(page, &columns, &rows);
    for operation in &load.operations {
        let errors = operation.errors.iter().map(|(class, n)| format!("{}× {}", grouped(*n), error(class)));
        let statuses = operation.statuses.iter().filter(|(class, _)| *class != "2xx");
        let parts: Vec<String> = errors.chain(statuses.map(|(class, n)| format!("{}× {class}", grouped(*n)))).collect();
        if !parts.is_empty() {
            let name = page.paint(DIM, &shown(&operation.operation));
            page.line(&format!("  {name}: {}", parts.join(", ")));
        }
    }
    page.line(&format!("  {}", load.validation.sentence));
}

fn row(operation: &OperationRecord) -> Vec<String> {
    let response = &operation.response_time;
    vec![
        shown(&operation.operation),
        grouped(operation.count),
        grouped(operation.unanswered),
        grouped(operation.invalid),
        grouped(operation.validated),
        time(response.p50),
        time(response.p90),
        time(response.p99),
        time(response.p99_9),
        time(response.max),
        time(operation.service_time.p99),
        time(operation.lag.p99),
    ]
}

fn arrival(page: &mut Page, record: &LoadRecord) {
    page.gap();
    let arrival = &record.load.arrival;
    let mut parts = Vec::new();
    parts.extend(arrival.asked.map(|rate| format!("asked {}", Rate(rate))));
    let share = arrival.achieved_share.map(|s| format!(" ({})", Share(s))).unwrap_or_default();
    parts.extend(arrival.achieved.map(|rate| format!("achieved {}{share}", Rate(rate))));
    parts.extend(arrival.throughput.map(|rate| format!("answers {}", Rate(rate))));
    parts.push(format!("over {}", Nanos(arrival.measured_ns)));
    page.entry(0, "rate", &parts.join(", "));
    let mut parts = vec![format!("{} due", grouped(arrival.due)), format!("{} sent", grouped(arrival.sent))];
    parts.push(format!("{} missed", grouped(arrival.missed)));
    if arrival.journeys > 0 {
        parts.push(many(arrival.journeys, "journey"));
    }
    if arrival.unfinished > 0 {
        parts.push(format!("{} under way at the end", grouped(arrival.unfinished)));
    }
    page.entry(0, "starts", &parts.join(", "));
    let c = &record.connections;
    let mut parts = vec![format!("{} opened", grouped(c.opened)), format!("{} reopened", grouped(c.reopened))];
    if c.tls.samples > 0 {
        parts.push(format!("{} TLS sessions resumed", grouped(c.resumed)));
    }
    for (name, times) in [("connect", &c.connect), ("TLS", &c.tls), ("first byte", &c.first_byte)] {
        if times.samples > 0 {
            parts.push(format!("{name} p50 {} p99 {}", time(times.p50), time(times.p99)));
        }
    }
    page.entry(0, "connections", &parts.join(", "));
    if let Some(health) = &record.health {
        page.entry(0, "generator", &generator(health));
        for remark in &health.remarks {
            page.entry(0, "", &shown(remark));
        }
    }
    if let Some(warmup) = &record.load.warmup {
        let counts = format!("{} in {}", many(warmup.received, "answer"), Nanos(warmup.length_ns));
        page.entry(0, "warm-up", &format!("{counts}, no part of the figures"));
    }
}

fn generator(health: &HealthRecord) -> String {
    let times = [("lag p99", health.lag_p99_ns), ("its own", health.own_lag_p99_ns), ("longest", health.lag_max_ns)];
    let shares = [("processor peak", health.cpu_peak), ("mean", health.cpu_mean), ("waited for it", health.run_queue)];
    let times = times.iter().filter_map(|(name, ns)| ns.map(|ns| format!("{name} {}", Nanos(ns))));
    let shares = shares.iter().filter_map(|(name, share)| share.map(|s| format!("{name} {}", Share(s))));
    let loops = if health.workers == 1 { "1 event loop".to_owned() } else { format!("{} event loops", health.workers) };
    times.chain(shares).chain([loops]).collect::<Vec<_>>().join(", ")
}

fn callbacks(page: &mut Page, record: &LoadRecord) {
    if record.callbacks.is_empty() {
        return;
    }
    page.gap();
    let columns = [
        Column::left("callback"),
        Column::right("triggered"),
        Column::right("delivered"),
        Column::right("lost"),
        Column::right("open"),
        Column::right("twice"),
        Column::right("out of order"),
        Column::right("unexpected"),
        Column::right("wrong"),
        Column::right("p50"),
        Column::right("p99"),
        Column::right("max"),
    ];
    let row = |c: &crate::record::load::figures::CallbackRecord| {
        let counts = [c.triggered, c.delivered, c.lost, c.open, c.duplicates, c.out_of_order, c.unexpected, c.invalid];
        let times = [c.latency.p50, c.latency.p99, c.latency.max];
        let cells = counts.into_iter().map(grouped).chain(times.into_iter().map(time));
        std::iter::once(shown(&c.title)).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = record.callbacks.iter().map(row).collect();
    table(page, &columns, &rows);
}

fn search(page: &mut Page, record: &LoadRecord) {
    let Some(search) = &record.search else { return };
    page.gap();
    let columns = [
        Column::left("search"),
        Column::right("asked"),
        Column::right("achieved"),
        Column::right("p50"),
        Column::right("p99"),
        Column::left(""),
    ];
    let row = |step: &crate::record::load::shape::SearchStepRecord| {
        let word = words::step(step);
        let confirms = if step.confirms { " (again)" } else { "" };
        let broken: Vec<String> = step.broken.iter().map(|b| shown(b)).collect();
        let rates = [Rate(step.rate), Rate(step.achieved)].map(|rate| rate.to_string());
        let [rate, achieved] = rates;
        vec![format!("{word}{confirms}"), rate, achieved, time(step.p50), time(step.p99), broken.join(", ")]
    };
    let rows: Vec<Vec<String>> = search.steps.iter().map(row).collect();
    table(page, &columns, &rows);
    page.line(&format!("  {}", shown(&search.sentence)));
}

fn failures(page: &mut Page, record: &LoadRecord) {
    for failure in &record.failures {
        for finding in &failure.findings {
            found(page, failure, finding);
        }
        for why in &failure.errors {
            page.gap();
            let word = page.paint(style(Outcome::Error), "ERROR");
            page.line(&format!("{word}  {}: {}", shown(&failure.operation), shown(why)));
            page.entry(2, "exchange", &answer(&failure.exchange));
        }
    }
    if record.failures_not_kept > 0 {
        page.gap();
        page.line(&format!("and {} of these kinds or others", many(record.failures_not_kept, "failure")));
    }
}

fn found(page: &mut Page, failure: &FailureRecord, finding: &FindingRecord) {
    page.gap();
    let word = page.paint(style(Outcome::Fail), "FAIL");
    let check = page.paint(DIM, &format!("[{}]", shown(&finding.check)));
    page.line(&format!("{word}  {}: {} {check}", shown(&failure.operation), shown(&finding.message)));
    let requirement = format!("{} — {}", shown(&finding.requirement.id), shown(&finding.requirement.source));
    page.entry(2, "requirement", &requirement);
    page.entry(2, "expected", &shown(&finding.expected));
    page.entry(2, "received", &shown(&finding.actual));
    let at = finding.instance.as_deref().filter(|i| !i.is_empty()).map(|i| format!(", at {}", shown(i)));
    page.entry(2, "exchange", &format!("{}{}", answer(&failure.exchange), at.unwrap_or_default()));
    for line in &finding.excerpt {
        let text = shown(&line.text);
        let text = if line.marked { page.paint(MARK, &text) } else { text };
        page.line(&format!("  {:>13} {} {text}", line.number, if line.marked { ">" } else { "|" }));
    }
    if let Some(curl) = &finding.curl {
        let curl = shown(curl);
        let shortened = curl.char_indices().nth(COMMAND).map(|(end, _)| format!("{}…", &curl[..end]));
        page.entry(2, "curl", &shortened.unwrap_or(curl));
    }
}

/// `x1 GET https://host/path, 200 in 50ms`.
fn answer(exchange: &ExchangeRecord) -> String {
    let came = match (&exchange.response, &exchange.failure) {
        (Some(response), _) => format!("{} in {}", response.status, Nanos(exchange.took_ns)),
        (None, Some(failure)) => shown(failure),
        (None, None) => "no answer".to_owned(),
    };
    format!("{} {} {}, {came}", exchange.id, shown(&exchange.request.method), shown(&exchange.request.url))
}

fn figures(page: &mut Page, record: &LoadRecord, options: &Options) {
    page.gap();
    for (i, note) in record.notes.iter().enumerate() {
        page.entry(0, if i == 0 { "notes" } else { "" }, &shown(note));
    }
    if options.verbosity == Verbosity::Verbose {
        for fact in &record.machine {
            page.entry(0, &shown(&fact.name), &shown(&fact.value));
        }
    }
    page.entry(0, "time", &Nanos(record.took_ns).to_string());
    page.entry(0, "seed", &record.seed.to_string());
    page.hidden(&record.redactions, options.verbosity);
    page.written(options);
}

fn verdict(page: &mut Page, record: &LoadRecord) {
    page.gap();
    let style = match record.verdict {
        LoadResult::Conforms => style(Outcome::Pass),
        LoadResult::Fails | LoadResult::Invalid => style(Outcome::Fail),
        LoadResult::NotJudged | LoadResult::Interrupted => style(Outcome::Skipped),
    };
    let sentence = page.paint(style, &shown(&record.sentence));
    page.line(&sentence);
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::load::fixture;
    use crate::report::text::{Options, Verbosity};

    #[test]
    fn a_failing_load_shows_what_a_reader_needs() {
        let options = Options {
            record: Some("reports/2026-11-21T200512Z-load/record.json".into()),
            reports: vec![(crate::report::Format::Html, "report.html".into())],
            ..Options::default()
        };
        insta::assert_snapshot!(render(&fixture::record(&fixture::failing()), &options));
    }

    #[test]
    fn short_ones() {
        for (name, outcome) in [
            ("passing", fixture::passing()),
            ("invalid", fixture::invalid()),
            ("searched", fixture::searched()),
            ("interrupted", fixture::interrupted()),
            ("unusable", fixture::unusable()),
        ] {
            insta::assert_snapshot!(name, render(&fixture::record(&outcome), &Options::default()));
        }
    }

    #[test]
    fn the_validity_comes_first_and_no_slo_is_said_to_hold_where_it_is_not_sound() {
        let text = render(&fixture::record(&fixture::invalid()), &Options::default());
        assert!(text.find("INVALID").expect("the validity") < text.find("p95 < 300ms").expect("the SLOs"), "{text}");
        assert!(!text.contains("PASS") && text.contains("SKIPPED  p95 < 300ms"), "{text}");
    }

    #[test]
    fn quiet_says_what_does_not_hold() {
        let options = Options { verbosity: Verbosity::Quiet, ..Options::default() };
        let quiet = render(&fixture::record(&fixture::failing()), &options);
        assert!(quiet.starts_with("FAIL ") && !quiet.contains("PASS") && !quiet.contains("connections"), "{quiet}");
        let passing = render(&fixture::record(&fixture::passing()), &options);
        assert_eq!(passing.lines().count(), 1, "{passing}");
    }

    #[test]
    fn no_escape_of_a_server_reaches_the_terminal_and_colour_only_adds_escapes() {
        let mut outcome = fixture::failing();
        outcome.opening.title.push_str(HOSTILE);
        outcome.opening.target.push_str(HOSTILE);
        outcome.opening.operations[0].push_str(HOSTILE);
        outcome.slos[0].actual.push_str(HOSTILE);
        outcome.callbacks[0].title.push_str(HOSTILE);
        outcome.aborted = Some(HOSTILE.to_owned());
        for failure in &mut outcome.failures {
            failure.errors.push(HOSTILE.to_owned());
            failure.exchange.request.url.push_str(HOSTILE);
            failure.findings.iter_mut().for_each(|f| f.actual.push_str(HOSTILE));
        }
        let record = fixture::record(&outcome);
        let options = Options { verbosity: Verbosity::Verbose, ..Options::default() };
        let text = render(&record, &options);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
        let colored = render(&record, &Options { color: true, ..options });
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text);
    }
}
