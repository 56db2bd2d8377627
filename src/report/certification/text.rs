//! A certification as text for a terminal.
//!
//! A row for each module, what was found below, what a person must look at, and the verdict in words as the last line. Never prints,
//! and never lets a server's characters reach the terminal as commands.

use crate::base::units::Nanos;
use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{CertificationResult, ConditionRecord, ModuleRecord, ResultRecord};
use crate::record::certification::words::times;
use crate::record::figures::counted;
use crate::record::shape::{ExchangeRecord, FindingRecord, Level};
use crate::report::certification::{shown_as, word};
use crate::report::text::{BOLD, DIM, MARK, Options, Page, Verbosity, shown};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;

/// How many findings of one kind are named beside the first.
const ALIKE: usize = 6;
/// Characters of a command line that are shown.
const COMMAND: usize = 1200;

/// The record as text for a terminal.
#[must_use]
pub fn render(record: &CertificationRecord, options: &Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let quiet = options.verbosity == Verbosity::Quiet;
    if !quiet {
        opening(&mut page, record);
        table(&mut page, record, options.verbosity);
    }
    let exchanges: BTreeMap<&str, &ExchangeRecord> = record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect();
    for level in [Level::Error, Level::Warning] {
        for module in record.modules.iter().filter(|_| level == Level::Error || !quiet) {
            for (finding, others) in module.alike().into_iter().filter(|(f, _)| f.level == level) {
                found(&mut page, module, finding, &exchanges);
                likewise(&mut page, &others);
            }
        }
    }
    if !quiet {
        review(&mut page, record);
        figures(&mut page, record, options);
    }
    verdict(&mut page, record);
    page.text
}

/// How a result is painted.
pub(in crate::report) fn style(result: ResultRecord) -> Style {
    let color = match result {
        ResultRecord::Passed => AnsiColor::Green,
        ResultRecord::Failed => AnsiColor::Red,
        ResultRecord::Warning | ResultRecord::Review | ResultRecord::Skipped => AnsiColor::Yellow,
        ResultRecord::NotApplicable => return DIM,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

fn opening(page: &mut Page, record: &CertificationRecord) {
    let endpoint = page.paint(BOLD, &shown(&record.registered));
    let rest = page.paint(DIM, &format!("(profile {}, seed {})", shown(&record.profile.name), record.seed));
    page.line(&format!("endpoint {endpoint} {rest}"));
    for delivery in &record.endpoints {
        page.entry(2, "delivers to", &shown(&delivery.url));
    }
    if let Some(tls) = &record.tls {
        page.entry(2, "TLS", &format!("{}, {}", shown(&tls.version), shown(&tls.cipher)));
    }
    page.gap();
}

fn table(page: &mut Page, record: &CertificationRecord, verbosity: Verbosity) {
    let names = record.modules.iter().map(|m| m.key.chars().count()).max().unwrap_or(0);
    let words = record.modules.iter().map(|m| word(m).len()).max().unwrap_or(0);
    for module in record.by_row() {
        let row = if module.row == 0 { String::new() } else { module.row.to_string() };
        let painted = page.paint(style(shown_as(module)), &format!("{:<words$}", word(module)));
        let note = note(module);
        page.line(&format!("  {row:>3}  {:<names$}  {painted}  {}", shown(&module.key), shown(&note)));
        let indent = 2 + 3 + 2 + names + 2;
        let notes = module.notes.iter().filter(|n| verbosity == Verbosity::Verbose && **n != note);
        for further in notes {
            let text = page.paint(DIM, &shown(further));
            page.line(&format!("{:indent$}{:words$}  {text}", "", ""));
        }
        if verbosity == Verbosity::Verbose {
            for condition in &module.conditions {
                let painted = page.paint(style(condition.result), &format!("{:<words$}", condition.result.word().to_lowercase()));
                page.line(&format!("{:indent$}{painted}  {}", "", of_condition(condition)));
            }
        }
    }
}

fn of_condition(condition: &ConditionRecord) -> String {
    let reason = condition.reason.as_deref().map(|r| format!(": {}", shown(r))).unwrap_or_default();
    format!("{}{reason} [{}]", shown(&condition.title), shown(&condition.requirement.id))
}

/// What a module's row says beside its result.
fn note(module: &ModuleRecord) -> String {
    if let Some(expected) = &module.expected {
        let what = if expected.came { "failed as announced" } else { "did not fail, though that was announced" };
        return format!("{what}: {}", expected.reason);
    }
    if let Some(latency) = &module.latency {
        // At a rate, what was achieved says more than what each module says of itself.
        let achieved = module.notes.iter().find(|_| module.row == 0).map(|note| format!("; {note}")).unwrap_or_default();
        return format!("{}{achieved}", times(latency));
    }
    let errors = module.findings.iter().filter(|f| f.level == Level::Error);
    let first = errors.clone().next().or_else(|| module.findings.first());
    match (module.result, first) {
        (ResultRecord::Failed | ResultRecord::Warning, Some(first)) => {
            let more = module.findings.len() - 1;
            if more > 0 { format!("{} (and {more} more)", first.message) } else { first.message.clone() }
        }
        (ResultRecord::Skipped | ResultRecord::NotApplicable | ResultRecord::Review, _) if module.reason().is_some() => {
            module.reason().unwrap_or_default().to_owned()
        }
        _ => module.notes.first().cloned().unwrap_or_else(|| module.title.clone()),
    }
}

fn found(page: &mut Page, module: &ModuleRecord, finding: &FindingRecord, exchanges: &BTreeMap<&str, &ExchangeRecord>) {
    page.gap();
    let (word, paint) = match finding.level {
        Level::Error if module.expected.is_some() => ("EXPECTED", style(ResultRecord::Review)),
        Level::Error => ("FAILED", style(ResultRecord::Failed)),
        Level::Warning => ("WARNING", style(ResultRecord::Warning)),
    };
    let word = page.paint(paint, word);
    page.line(&format!("{word}  {}: {}", module.label(), shown(&finding.message)));
    let requirement = format!("{} — {}", shown(&finding.requirement.id), shown(&finding.requirement.source));
    page.entry(2, "requirement", &requirement);
    page.entry(2, "expected", &shown(&finding.expected));
    page.entry(2, "received", &shown(&finding.actual));
    if let Some(exchange) = finding.exchange.as_deref().and_then(|id| exchanges.get(id)) {
        let at = finding.instance.as_deref().filter(|i| !i.is_empty()).map(|i| format!(", at {}", shown(i)));
        page.entry(2, "exchange", &format!("{}{}", answer(exchange), at.unwrap_or_default()));
    }
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

/// What was found in the same way, a line each.
fn likewise(page: &mut Page, others: &[&FindingRecord]) {
    for (i, other) in others.iter().take(ALIKE).enumerate() {
        page.entry(2, if i == 0 { "likewise" } else { "" }, &shown(&other.message));
    }
    if others.len() > ALIKE {
        page.entry(2, "", &format!("and {} more", others.len() - ALIKE));
    }
}

/// `x5 POST https://partner.example/hooks/notifications, 200 in 50ms`.
fn answer(exchange: &ExchangeRecord) -> String {
    let came = match (&exchange.response, &exchange.failure) {
        (Some(response), _) => format!("{} in {}", response.status, Nanos(exchange.took_ns)),
        (None, Some(failure)) => shown(failure),
        (None, None) => "no answer".to_owned(),
    };
    format!("{} {} {}, {came}", exchange.id, shown(&exchange.request.method), shown(&exchange.request.url))
}

fn review(page: &mut Page, record: &CertificationRecord) {
    let mut first = true;
    for module in &record.modules {
        for condition in module.conditions.iter().filter(|c| c.result == ResultRecord::Review) {
            if std::mem::take(&mut first) {
                page.gap();
            }
            let word = page.paint(style(ResultRecord::Review), "REVIEW");
            let what = condition.reason.as_deref().unwrap_or("a person must look");
            page.line(&format!("{word}  {}: {}: {}", module.label(), shown(&condition.title), shown(what)));
        }
    }
}

fn figures(page: &mut Page, record: &CertificationRecord, options: &Options) {
    page.gap();
    let t = &record.totals;
    let parts = [
        (t.passed, "passed"),
        (t.warned, "with a warning"),
        (t.review, "to review"),
        (t.failed, "failed"),
        (t.failed_as_expected, "failed as announced"),
        (t.passed_unexpectedly, "did not fail as announced"),
        (t.skipped, "not judged"),
        (t.not_applicable, "not applicable"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let modules = counted(t.modules, "module");
    page.entry(0, "modules", &if parts.is_empty() { modules } else { format!("{modules}: {}", parts.join(", ")) });
    if !record.left_out.is_empty() {
        page.entry(0, "left out", &record.left_out.join(", "));
    }
    let waited: u64 = record.modules.iter().map(|m| m.waited_ns).sum();
    let waits = if waited > 0 { format!(", of which {} waiting", Nanos(waited)) } else { String::new() };
    page.entry(0, "time", &format!("{}{waits}, {}", Nanos(record.took_ns), counted(t.exchanges, "exchange")));
    page.entry(0, "seed", &record.seed.to_string());
    page.notes(&record.notes);
    page.hidden(&record.redactions, options.verbosity);
    page.written(options);
}

fn verdict(page: &mut Page, record: &CertificationRecord) {
    page.gap();
    let style = match record.verdict {
        CertificationResult::Certified | CertificationResult::Conforms => style(ResultRecord::Passed),
        CertificationResult::Fails => style(ResultRecord::Failed),
        CertificationResult::NotJudged | CertificationResult::Interrupted => style(ResultRecord::Skipped),
    };
    let sentence = page.paint(style, &shown(&record.sentence));
    page.line(&sentence);
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certification::fixture;
    use crate::record::fixture::HOSTILE;
    use crate::report::text::{Options, Verbosity};

    #[test]
    fn a_failing_certification_shows_what_a_partner_needs() {
        let options = Options {
            record: Some("reports/2026-11-21T200512Z-certify/record.json".into()),
            reports: vec![(crate::report::Format::Html, "report.html".into())],
            ..Options::default()
        };
        insta::assert_snapshot!(render(&fixture::record(&fixture::failing()), &options));
    }

    #[test]
    fn short_ones() {
        for (name, outcome) in [
            ("passing", fixture::passing()),
            ("unjudged", fixture::unjudged()),
            ("interrupted", fixture::interrupted()),
            ("unusable", fixture::unusable()),
        ] {
            insta::assert_snapshot!(name, render(&fixture::record(&outcome), &Options::default()));
        }
    }

    #[test]
    fn quiet_says_what_failed_and_verbose_every_condition() {
        let record = fixture::record(&fixture::failing());
        let with = |verbosity| render(&record, &Options { verbosity, ..Options::default() });
        let quiet = with(Verbosity::Quiet);
        assert!(quiet.starts_with("FAILED  row 7 ") && !quiet.contains("WARNING") && !quiet.contains("REVIEW"), "{quiet}");
        assert!(with(Verbosity::Verbose).contains("the second delivery has no effect: HTTP cannot show it"));
    }

    #[test]
    fn no_escape_of_a_server_reaches_the_terminal_and_colour_only_adds_escapes() {
        let mut outcome = fixture::failing();
        outcome.registered.push_str(HOSTILE);
        for module in &mut outcome.modules {
            module.notes.insert(0, HOSTILE.to_owned());
            for condition in &mut module.conditions {
                condition.reason = Some(HOSTILE.to_owned());
                condition.title.push_str(HOSTILE);
            }
            for finding in &mut module.findings {
                finding.message.push_str(HOSTILE);
            }
        }
        let record = fixture::record(&outcome);
        let options = Options { verbosity: Verbosity::Verbose, ..Options::default() };
        let text = render(&record, &options);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
        let colored = render(&record, &Options { color: true, ..options });
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text);
    }
}
