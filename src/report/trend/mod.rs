//! A trend as text, HTML, JSON and CSV; runs as a list.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod csv;
pub mod list;
pub mod text;

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::record::history::TrendRecord;
use crate::record::history::trend::shape::{ChangeRecord, FigureRecord, TrackRecord};
use crate::record::history::words;
use crate::report::html;
use std::fmt::Write as _;
use std::str::FromStr;

/// A format that a trend can be shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// What the terminal shows.
    #[default]
    Text,
    /// One self-contained page.
    Html,
    /// The record itself.
    Json,
    /// A row for each figure of each run.
    Csv,
}

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Text, Self::Html, Self::Json, Self::Csv];

    /// The name by which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

impl FromStr for Format {
    type Err = Diagnostic;

    fn from_str(name: &str) -> Result<Self, Diagnostic> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            Diagnostic::error("report/unknown-format", format!("unknown format of a trend `{name}`"))
                .maybe_hint(did_you_mean(name, Self::ALL.map(Self::name)))
        })
    }
}

/// The trend in a format.
#[must_use]
pub fn render(format: Format, record: &TrendRecord, options: text::Options) -> String {
    match format {
        Format::Text => text::render(record, options),
        Format::Html => html::trend::render(record),
        Format::Json => crate::record::history::trend::file(record),
        Format::Csv => csv::render(record),
    }
}

/// `worse by +38% since 2026-11-20: 6.1ms to 8.4ms`.
pub(in crate::report) fn said(track: &TrackRecord, figure: &FigureRecord, change: &ChangeRecord) -> String {
    let value = |value| words::value(&figure.name, figure.unit, value);
    let mut text = match change.worse {
        Some(true) => "worse".to_owned(),
        Some(false) => "better".to_owned(),
        None => "changed".to_owned(),
    };
    // Of a share, two values say more than the share of a share.
    if let Some(by) = change.by.filter(|_| figure.unit != crate::record::history::entry::Unit::Share) {
        let _ = write!(text, " by {}", words::change(by));
    }
    let since = track.runs.get(change.at).map(|run| run.began.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
    let _ = write!(text, " since {since}: {} to {}", value(change.before), value(change.after));
    text
}

#[cfg(test)]
mod tests {
    use super::{Format, render, text};
    use crate::record::history::fixture;
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/trend");
        let record = fixture::trend();
        for (format, file) in Format::ALL.into_iter().zip(["trend.txt", "trend.html", "trend.json", "trend.csv"]) {
            let path = dir.join(file);
            let rendered = render(format, &record, text::Options::default());
            if std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write") {
                std::fs::create_dir_all(&dir).expect("the folder is made");
                std::fs::write(&path, &rendered).expect("the sample is written");
            }
            let sample = std::fs::read_to_string(&path).expect("the sample is there");
            assert!(sample == rendered, "{} is not what is rendered", path.display());
        }
    }

    #[test]
    fn names_are_read_back_and_mistakes_are_answered() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>(), Ok(format));
        }
        assert_eq!("htlm".parse::<Format>().expect_err("none").hint.as_deref(), Some("did you mean `html`?"));
        let other = "junit".parse::<Format>().expect_err("none");
        assert!(other.hint.is_some_and(|hint| hint.contains("csv")));
    }
}
