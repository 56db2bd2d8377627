//! The formats every record can be shown in.
//!
//! Chooses the writer; adds nothing to what it writes.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::record::RunRecord;
use crate::record::store;
use crate::report::{html, junit, markdown, monitor, text};
use std::fmt;
use std::str::FromStr;

/// A format every record can be shown in; a watch can be shown in [others](monitor::Format) too.
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
}

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Self; 5] = [Self::Text, Self::Html, Self::Json, Self::Junit, Self::Markdown];

    /// The name by which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// The usual file name of a report in this format.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Text => "report.txt",
            Self::Html => "report.html",
            Self::Json => "report.json",
            Self::Junit => "junit.xml",
            Self::Markdown => "report.md",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Diagnostic;

    fn from_str(name: &str) -> Result<Self, Diagnostic> {
        Self::ALL.into_iter().find(|f| f.name() == name).ok_or_else(|| {
            if monitor::Format::is_own(name) {
                return Diagnostic::error("report/monitor-format", format!("only a watch can be shown as `{name}`"))
                    .hint(format!("this can be shown as {}", Self::ALL.map(|f| format!("`{f}`")).join(", ")));
            }
            Diagnostic::error("report/unknown-format", format!("unknown report format `{name}`"))
                .maybe_hint(did_you_mean(name, Self::ALL.map(Self::name)))
        })
    }
}

/// The record in a format.
#[must_use]
pub fn render(format: Format, record: &RunRecord) -> String {
    match format {
        Format::Text => text::render(record, &text::Options::default()),
        Format::Html => html::render(record),
        Format::Json => store::json(record) + "\n",
        Format::Junit => junit::render(record),
        Format::Markdown => markdown::render(record),
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, render};
    use crate::record::fixture;
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples");
        let record = fixture::record(&fixture::failing());
        for format in Format::ALL {
            let path = dir.join(format.file());
            let rendered = render(format, &record);
            if std::env::var_os("PROOFMARK_SAMPLES").is_some() {
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
        let wrong = "htlm".parse::<Format>().expect_err("no such format");
        assert_eq!(wrong.hint.as_deref(), Some("did you mean `html`?"));
        for name in ["csv", "openmetrics", "openslo"] {
            let wrong = name.parse::<Format>().expect_err("of a watch alone");
            assert_eq!((wrong.code, wrong.message), ("report/monitor-format", format!("only a watch can be shown as `{name}`")));
        }
    }
}
