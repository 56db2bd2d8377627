//! A certification as text, HTML, JUnit, Markdown and JSON.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod junit;
pub mod markdown;
pub mod text;

use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{ModuleRecord, ResultRecord, StatusRecord};
use crate::record::certification::store;
use crate::report::Format;
use crate::report::html;

pub use crate::report::text::Options;
pub use text::render as text;

/// The record in a format.
#[must_use]
pub fn render(format: Format, record: &CertificationRecord) -> String {
    match format {
        Format::Text => text::render(record, &Options::default()),
        Format::Html => html::certification::render(record),
        Format::Json => store::file(record),
        Format::Junit => junit::render(record),
        Format::Markdown => markdown::render(record),
    }
}

/// The word of a module: an announced failure is not called one.
pub(in crate::report) fn word(module: &ModuleRecord) -> &'static str {
    match (&module.expected, module.status) {
        (_, StatusRecord::Interrupted) => "STOPPED",
        (Some(expected), _) if expected.came => "EXPECTED",
        (Some(_), _) => "UNEXPECTED",
        (None, _) => module.result.word(),
    }
}

/// The result that a module is shown as: one that was stopped was not judged, an announced failure is for a person to look at, and
/// one that did not come is a failure.
pub(in crate::report) fn shown_as(module: &ModuleRecord) -> ResultRecord {
    match (&module.expected, module.status) {
        (_, StatusRecord::Interrupted) => ResultRecord::Skipped,
        (Some(expected), _) if expected.came => ResultRecord::Review,
        (Some(_), _) => ResultRecord::Failed,
        (None, _) => module.result,
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certification::fixture;
    use crate::report::Format;
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/certification");
        let record = fixture::record(&fixture::failing());
        for format in Format::ALL {
            let path = dir.join(format.file());
            let rendered = render(format, &record);
            if std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write") {
                std::fs::create_dir_all(&dir).expect("the folder is made");
                std::fs::write(&path, &rendered).expect("the sample is written");
            }
            let sample = std::fs::read_to_string(&path).expect("the sample is there");
            assert!(sample == rendered, "{} is not what is rendered", path.display());
        }
    }
}
