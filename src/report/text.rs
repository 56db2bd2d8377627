//! The report of the terminal.
//!
//! Suites in a line each, failures in full, skipped cases by reason, a summary, and the verdict in words as the last line. Never
//! prints, and never lets a server's characters reach the terminal as commands.

mod failures;
mod hidden;
mod summary;
pub(in crate::report) mod table;

use crate::base::units::Nanos;
use crate::record::RunRecord;
use crate::record::figures::counted;
use crate::record::shape::{CaseRecord, Outcome};
use crate::report::format::Format;
use crate::report::text::failures::{Seen, failures};
use crate::report::visible;
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verbosity {
    /// Failures and the last line.
    Quiet,
    /// Suites, failures, skipped cases by reason, the summary.
    #[default]
    Normal,
    /// Every case with its steps as well.
    Verbose,
}

/// How the text is shown.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Where the record was written.
    pub record: Option<PathBuf>,
    /// Where reports were written.
    pub reports: Vec<(Format, PathBuf)>,
}

/// The record as text for a terminal.
#[must_use]
pub fn render(record: &RunRecord, options: &Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let quiet = options.verbosity == Verbosity::Quiet;
    if !quiet {
        summary::opening(&mut page, record);
        summary::suites(&mut page, record);
    }
    if options.verbosity == Verbosity::Verbose {
        every_case(&mut page, record);
    }
    failures(&mut page, record, options.verbosity);
    if !quiet {
        warnings(&mut page, record);
        review(&mut page, record);
        skipped(&mut page, record);
        summary::figures(&mut page, record, options);
    }
    summary::verdict(&mut page, record);
    page.text
}

/// Text under construction.
pub(in crate::report) struct Page {
    pub(in crate::report) text: String,
    pub(in crate::report) color: bool,
}

impl Page {
    pub(in crate::report) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(in crate::report) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    pub(in crate::report) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// `name  value`, the names in a column.
    pub(in crate::report) fn entry(&mut self, indent: usize, name: &str, value: &str) {
        let name = self.paint(DIM, &format!("{name:<11}"));
        self.line(&format!("{:indent$}{name} {value}", ""));
    }

    /// Where the record and its reports were written.
    pub(in crate::report) fn written(&mut self, options: &Options) {
        if let Some(path) = &options.record {
            self.entry(0, "record", &shown(&path.display().to_string()));
        }
        for (format, path) in &options.reports {
            self.entry(0, "report", &format!("{} ({format})", shown(&path.display().to_string())));
        }
    }
}

pub(in crate::report) const BOLD: Style = Style::new().bold();
pub(in crate::report) const DIM: Style = Style::new().dimmed();
pub(in crate::report) const MARK: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

/// How an outcome is painted.
pub(in crate::report) fn style(outcome: Outcome) -> Style {
    let color = match outcome {
        Outcome::Pass => AnsiColor::Green,
        Outcome::Fail | Outcome::Error => AnsiColor::Red,
        Outcome::Skipped | Outcome::Review => AnsiColor::Yellow,
        Outcome::NotApplicable => return DIM,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

pub(in crate::report) fn shown(text: &str) -> String {
    visible::line(text).into_owned()
}

fn every_case(page: &mut Page, record: &RunRecord) {
    let seen = Seen::of(record);
    let mut suite = "";
    for case in &record.cases {
        if case.suite != suite {
            suite = &case.suite;
            page.gap();
            let title = page.paint(BOLD, &shown(suite));
            page.line(&title);
        }
        let word = page.paint(style(case.outcome), &format!("{:<8}", case.outcome.word()));
        page.line(&format!("  {word} {} ({})", shown(&case.title), Nanos(case.took_ns)));
        for step in &case.steps {
            let word = page.paint(style(step.outcome), &format!("{:<8}", step.outcome.word().to_lowercase()));
            page.line(&format!("    {word} {}{}", shown(&step.title), seen.answers(step)));
        }
    }
}

fn warnings(page: &mut Page, record: &RunRecord) {
    for case in record.cases.iter().filter(|c| !c.outcome.is_bad()) {
        for finding in case.findings() {
            page.gap();
            let word = page.paint(style(Outcome::Review), "WARNING");
            page.line(&format!("{word}  {}: {}", shown(&case.title), shown(&finding.message)));
            let source = format!("{} — {}", shown(&finding.requirement.id), shown(&finding.requirement.source));
            page.entry(2, "requirement", &source);
            page.entry(2, "expected", &shown(&finding.expected));
            page.entry(2, "received", &shown(&finding.actual));
            if let Some(curl) = &finding.curl {
                page.entry(2, "curl", &shown(curl));
            }
        }
    }
}

fn review(page: &mut Page, record: &RunRecord) {
    for case in record.cases.iter().filter(|c| c.outcome == Outcome::Review) {
        page.gap();
        let word = page.paint(style(Outcome::Review), "REVIEW");
        let reason = case.reason.as_deref().or_else(|| case.steps.iter().find_map(|s| s.reason.as_deref()));
        page.line(&format!("{word}  {}: {}", shown(&case.title), shown(reason.unwrap_or("a person must look"))));
    }
}

fn skipped(page: &mut Page, record: &RunRecord) {
    let cases: BTreeMap<&str, &CaseRecord> = record.cases.iter().map(|c| (c.id.as_str(), c)).collect();
    for group in &record.skipped {
        page.gap();
        let word = page.paint(style(Outcome::Skipped), "SKIPPED");
        page.line(&format!("{word}  {}: {}", counted(group.cases.len(), "case"), shown(&group.reason)));
        for case in group.cases.iter().filter_map(|id| cases.get(id.as_str())) {
            let note = if case.required { "" } else { " (not required)" };
            page.line(&format!("  {}{note}", shown(&case.title)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Verbosity, render};
    use crate::model::exchange::ExchangeId;
    use crate::model::outcome::RunOutcome;
    use crate::record::fixture;
    use crate::report::format::Format;

    fn plain(outcome: &RunOutcome) -> String {
        render(&fixture::record(outcome), &Options::default())
    }

    #[test]
    fn a_passing_run_is_short() {
        insta::assert_snapshot!(plain(&fixture::passing()));
    }

    #[test]
    fn a_failing_run_shows_what_a_reader_needs() {
        let options = Options {
            record: Some("reports/2026-11-21T200512Z-check/record.json".into()),
            reports: vec![(Format::Html, "report.html".into())],
            ..Options::default()
        };
        insta::assert_snapshot!(render(&fixture::record(&fixture::failing()), &options));
    }

    #[test]
    fn skipped_interrupted_and_unusable_runs() {
        insta::assert_snapshot!("skipping", plain(&fixture::skipping()));
        insta::assert_snapshot!("interrupted", plain(&fixture::interrupted()));
        insta::assert_snapshot!("unusable", plain(&fixture::unusable()));
    }

    #[test]
    fn quiet_says_failures_and_the_verdict_verbose_says_every_step() {
        let record = fixture::record(&fixture::failing());
        let with = |verbosity| render(&record, &Options { verbosity, ..Options::default() });
        let quiet = with(Verbosity::Quiet);
        assert!(!quiet.contains("coverage") && !quiet.contains("SKIPPED") && quiet.contains("SIGNATORIES_UNDEFINED"), "{quiet}");
        assert!(with(Verbosity::Verbose).contains("pass     call getSignature  [x2 200 in 20ms]"));
        let pass = render(&fixture::record(&fixture::passing()), &Options { verbosity: Verbosity::Quiet, ..Options::default() });
        assert_eq!(pass, "conforms\n");
    }

    #[test]
    fn many_cases_of_one_cause_are_shortened_and_none_is_left_out() {
        let mut outcome = fixture::failing();
        let failing = outcome.cases.iter().position(|c| c.id.ends_with("no-signatories")).expect("it fails");
        for number in 2..=11 {
            let mut case = outcome.cases[failing].clone();
            case.id = format!("{}[{number}]", case.id);
            outcome.cases.push(case);
        }
        let record = fixture::record(&outcome);
        let text = plain(&outcome);
        let heading = "FAIL  6 more cases of the same cause: the error code is not the documented one [error_code.value]\n";
        assert!(text.contains(heading), "{text}");
        assert_eq!(text.matches("expected    `SIGNATORIES_UNDEFINED`").count(), 5, "{text}");
        let failed = record.cases.iter().filter(|c| c.outcome.is_bad());
        assert!(failed.clone().count() > 11 && failed.clone().all(|c| text.contains(c.id.as_str())), "{text}");
        let all = render(&record, &Options { verbosity: Verbosity::Verbose, ..Options::default() });
        assert_eq!((all.matches("more cases").count(), all.matches("expected    `SIGNATORIES_UNDEFINED`").count()), (0, 11));
    }

    #[test]
    fn a_step_names_its_first_exchanges_and_a_delivery_is_received() {
        let mut outcome = fixture::failing();
        let step = &mut outcome.cases[1].steps[0];
        step.exchanges = [7, 3, 2, 1, 5].map(ExchangeId).to_vec();
        step.findings[0].exchange = Some(ExchangeId(7));
        let text = plain(&outcome);
        assert!(text.contains("[x7 received, answered 204, x3 400 in 30ms, x2 200 in 20ms and 2 more]"), "{text}");
        assert!(text.contains("delivery    x7 received, answered 204, at /type\n"), "{text}");
    }

    #[test]
    fn no_escape_of_a_server_reaches_the_terminal() {
        let mut outcome = fixture::failing();
        for case in &mut outcome.cases {
            case.title.push_str(fixture::HOSTILE);
            case.reason = Some(fixture::HOSTILE.to_owned());
            for finding in case.steps.iter_mut().flat_map(|s| &mut s.findings) {
                finding.actual = fixture::HOSTILE.to_owned();
                finding.message = fixture::HOSTILE.to_owned();
            }
        }
        for exchange in &mut outcome.exchanges {
            exchange.request.url.push_str("\u{1b}[2J");
            if let Ok(response) = &mut exchange.result {
                response.body = fixture::HOSTILE.into();
            }
        }
        outcome.unusable = Some(fixture::HOSTILE.to_owned());
        let text = plain(&outcome);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
        assert!(text.contains("\\u{1b}[2J\\u{202e}evil"), "{text}");
    }

    #[test]
    fn colour_only_adds_escapes() {
        let record = fixture::record(&fixture::failing());
        let colored = render(&record, &Options { color: true, ..Options::default() });
        assert!(colored.contains("\u{1b}["));
        let stripped = anstream::adapter::strip_str(&colored).to_string();
        assert_eq!(stripped, render(&record, &Options::default()));
    }
}
