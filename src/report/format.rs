//! The formats that records can be shown in, and which kinds of record each is for.
//!
//! Chooses the writer; adds nothing to what it writes.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::record::certification::CertificationRecord;
use crate::record::compare::{self, ComparisonRecord};
use crate::record::load::LoadRecord;
use crate::record::monitor::MonitorRecord;
use crate::record::shape::RedactionRecord;
use crate::record::sheet::{self, Kind, Sheet};
use crate::record::{RunRecord, certification, load, monitor, store};
use crate::report::{self, allure, cases, ctrf, github, har, html, junit, markdown, sarif, summary, tap, text, wfc};
use std::fmt;
use std::str::FromStr;

/// A format that records can be shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// What the terminal shows, without colour.
    Text,
    /// One self-contained page.
    Html,
    /// The record itself.
    Json,
    /// JUnit XML.
    Junit,
    /// A short summary for a job page.
    Markdown,
    /// Findings as SARIF 2.1.0, which code hosts track from run to run.
    Sarif,
    /// Tests as CTRF.
    Ctrf,
    /// Tests as TAP 14.
    Tap,
    /// Findings as workflow commands, which annotate a change on GitHub.
    Github,
    /// Tests as a folder of Allure results.
    Allure,
    /// Comma-separated values (RFC 4180): cases, rows, seconds or days.
    Csv,
    /// Exchanges as HAR 1.2.
    Har,
    /// Faults as a report of Web Fuzzing Commons.
    Wfc,
    /// Figures as metrics, in the text of OpenMetrics.
    OpenMetrics,
    /// Targets as SLOs, in the YAML of OpenSLO.
    OpenSlo,
}

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Html,
        Self::Json,
        Self::Junit,
        Self::Markdown,
        Self::Sarif,
        Self::Ctrf,
        Self::Tap,
        Self::Github,
        Self::Allure,
        Self::Csv,
        Self::Har,
        Self::Wfc,
        Self::OpenMetrics,
        Self::OpenSlo,
    ];

    /// The kinds of record that can be shown so.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Text | Self::Html | Self::Json | Self::Junit | Self::Markdown => &Kind::ALL,
            Self::Ctrf | Self::Tap | Self::Github | Self::Allure | Self::Csv => &Kind::ALL,
            // A watch has no finding and keeps no exchange.
            Self::Sarif | Self::Har => &[Kind::Run, Kind::Load, Kind::Certification],
            Self::Wfc => &[Kind::Run],
            Self::OpenMetrics | Self::OpenSlo => &[Kind::Watch],
        }
    }

    /// The formats of a kind of record, in the order they are offered.
    pub fn of(kind: Kind) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(move |format| format.kinds().contains(&kind))
    }

    /// The name by which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Ctrf => "ctrf",
            Self::Tap => "tap",
            Self::Github => "github",
            Self::Allure => "allure",
            Self::Csv => "csv",
            Self::Har => "har",
            Self::Wfc => "wfc",
            Self::OpenMetrics => "openmetrics",
            Self::OpenSlo => "openslo",
        }
    }

    /// The usual name of a report in this format, a folder's where it is one.
    #[must_use]
    pub fn file(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Text, _) => "report.txt",
            (Self::Html, _) => "report.html",
            (Self::Json, _) => "report.json",
            (Self::Junit, _) => "junit.xml",
            (Self::Markdown, _) => "report.md",
            (Self::Sarif, _) => "report.sarif",
            (Self::Ctrf, _) => "ctrf.json",
            (Self::Tap, _) => "report.tap",
            (Self::Github, _) => "annotations.txt",
            (Self::Allure, _) => "allure-results",
            (Self::Csv, Kind::Run) => "cases.csv",
            (Self::Csv, Kind::Load) => "seconds.csv",
            (Self::Csv, Kind::Certification) => "rows.csv",
            (Self::Csv, Kind::Watch) => "days.csv",
            (Self::Csv, Kind::Comparison) => "figures.csv",
            (Self::Har, _) => "exchanges.har",
            (Self::Wfc, _) => "wfc.json",
            (Self::OpenMetrics, _) => "metrics.txt",
            (Self::OpenSlo, _) => "slos.yaml",
        }
    }

    /// True where it is a folder of files.
    #[must_use]
    pub fn is_folder(self) -> bool {
        self == Self::Allure
    }

    /// The format of a name, for a kind of record.
    ///
    /// # Errors
    /// When there is none of that name, or when it is for other kinds.
    pub fn parse(kind: Kind, name: &str) -> Result<Self, Diagnostic> {
        let Some(format) = Self::ALL.into_iter().find(|f| f.name() == name) else {
            return Err(Diagnostic::error("report/unknown-format", format!("unknown report format `{name}`"))
                .maybe_hint(did_you_mean(name, Self::of(kind).map(Self::name))));
        };
        if format.kinds().contains(&kind) {
            return Ok(format);
        }
        let others: Vec<&str> = format.kinds().iter().map(|k| k.one()).collect();
        let others = match others.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => others.concat(),
        };
        let formats: Vec<String> = Self::of(kind).map(|f| format!("`{f}`")).collect();
        Err(Diagnostic::error("report/kind", format!("{} cannot be shown as `{name}`: only {others} can", kind.one()))
            .hint(format!("this can be shown as {}", formats.join(", "))))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Diagnostic;

    /// The format of a name, whatever is shown in it.
    fn from_str(name: &str) -> Result<Self, Diagnostic> {
        Self::ALL.into_iter().find(|f| f.name() == name).ok_or_else(|| {
            Diagnostic::error("report/unknown-format", format!("unknown report format `{name}`"))
                .maybe_hint(did_you_mean(name, Self::ALL.map(Self::name)))
        })
    }
}

/// A record of any kind.
#[derive(Clone, Copy, Debug)]
pub enum Record<'r> {
    /// Of a run.
    Run(&'r RunRecord),
    /// Of a load.
    Load(&'r LoadRecord),
    /// Of a certification.
    Certification(&'r CertificationRecord),
    /// Of a watch.
    Watch(&'r MonitorRecord),
    /// Of a comparison.
    Comparison(&'r ComparisonRecord),
}

impl<'r> Record<'r> {
    /// What it is of.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Run(_) => Kind::Run,
            Self::Load(_) => Kind::Load,
            Self::Certification(_) => Kind::Certification,
            Self::Watch(_) => Kind::Watch,
            Self::Comparison(_) => Kind::Comparison,
        }
    }

    /// What was hidden in it, or left out for sharing.
    #[must_use]
    pub fn redactions(self) -> &'r [RedactionRecord] {
        match self {
            Self::Run(record) => &record.redactions,
            Self::Load(record) => &record.redactions,
            Self::Certification(record) => &record.redactions,
            Self::Watch(record) => &record.redactions,
            Self::Comparison(record) => &record.redactions,
        }
    }

    /// What is worth knowing of the record itself.
    #[must_use]
    pub fn notes(self) -> &'r [String] {
        match self {
            Self::Run(record) => &record.notes,
            Self::Load(record) => &record.notes,
            Self::Certification(record) => &record.notes,
            Self::Watch(record) => &record.notes,
            // What it cannot say stands in its own report.
            Self::Comparison(_) => &[],
        }
    }

    /// As a list of tests.
    #[must_use]
    pub fn sheet(self) -> Sheet<'r> {
        match self {
            Self::Run(record) => sheet::run(record),
            Self::Load(record) => sheet::load(record),
            Self::Certification(record) => sheet::certification(record),
            Self::Watch(record) => sheet::watch(record),
            Self::Comparison(record) => sheet::comparison(record),
        }
    }
}

impl<'r> From<&'r RunRecord> for Record<'r> {
    fn from(record: &'r RunRecord) -> Self {
        Self::Run(record)
    }
}

impl<'r> From<&'r LoadRecord> for Record<'r> {
    fn from(record: &'r LoadRecord) -> Self {
        Self::Load(record)
    }
}

impl<'r> From<&'r CertificationRecord> for Record<'r> {
    fn from(record: &'r CertificationRecord) -> Self {
        Self::Certification(record)
    }
}

impl<'r> From<&'r MonitorRecord> for Record<'r> {
    fn from(record: &'r MonitorRecord) -> Self {
        Self::Watch(record)
    }
}

impl<'r> From<&'r ComparisonRecord> for Record<'r> {
    fn from(record: &'r ComparisonRecord) -> Self {
        Self::Comparison(record)
    }
}

/// What a report is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// One file.
    File(String),
    /// A folder of files, by name.
    Folder(Vec<(String, String)>),
}

impl Rendered {
    /// The text of a report that is one file.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::File(text) => text,
            Self::Folder(_) => String::new(),
        }
    }
}

/// The record as text for a terminal.
#[must_use]
pub fn words<'r>(record: impl Into<Record<'r>>, options: &text::Options) -> String {
    match record.into() {
        Record::Run(record) => text::render(record, options),
        Record::Load(record) => report::load::text(record, options),
        Record::Certification(record) => report::certification::text(record, options),
        Record::Watch(record) => report::monitor::text(record, options),
        Record::Comparison(record) => report::comparison::text::render(record, options),
    }
}

/// The record in a format; nothing where it is not for this kind ([`Format::kinds`]).
#[must_use]
pub fn render<'r>(format: Format, record: impl Into<Record<'r>>) -> Rendered {
    let record = record.into();
    Rendered::File(match format {
        Format::Allure => return Rendered::Folder(allure::files(&record.sheet())),
        Format::Text => words(record, &text::Options::default()),
        Format::Html => match record {
            Record::Run(r) => html::render(r),
            Record::Load(r) => html::load::render(r),
            Record::Certification(r) => html::certification::render(r),
            Record::Watch(r) => html::monitor::render(r),
            Record::Comparison(r) => html::comparison::render(r),
        },
        Format::Json => match record {
            Record::Run(r) => store::json(r) + "\n",
            Record::Load(r) => load::store::file(r),
            Record::Certification(r) => certification::store::file(r),
            Record::Watch(r) => monitor::file::text(r),
            Record::Comparison(r) => compare::store::file(r),
        },
        Format::Markdown => {
            let told = match record {
                Record::Run(r) => markdown::render(r),
                Record::Load(r) => report::load::markdown::render(r),
                Record::Certification(r) => report::certification::markdown::render(r),
                Record::Watch(r) => report::monitor::markdown::render(r),
                Record::Comparison(r) => report::comparison::markdown::render(r),
            };
            let hidden = markdown::hidden(record.notes(), record.redactions());
            let gap = if hidden.is_empty() || told.ends_with("\n\n") { "" } else { "\n" };
            summary::bounded(told + gap + &hidden)
        }
        Format::Csv => match record {
            Record::Load(r) => report::load::csv::render(r),
            Record::Watch(r) => report::monitor::csv::render(r),
            Record::Run(_) | Record::Certification(_) | Record::Comparison(_) => cases::render(&record.sheet()),
        },
        Format::Junit => junit::render(&record.sheet()),
        Format::Sarif => sarif::records::render(&record.sheet()),
        Format::Ctrf => ctrf::render(&record.sheet()),
        Format::Tap => tap::render(&record.sheet()),
        Format::Github => github::render(&record.sheet()),
        Format::Har => har::render(&record.sheet()),
        Format::Wfc => match record {
            Record::Run(r) => wfc::render(r),
            _ => String::new(),
        },
        Format::OpenMetrics | Format::OpenSlo => match record {
            Record::Watch(r) if format == Format::OpenSlo => report::monitor::openslo::render(r),
            Record::Watch(r) => report::monitor::openmetrics::render(r),
            _ => String::new(),
        },
    })
}

#[cfg(test)]
mod tests;
