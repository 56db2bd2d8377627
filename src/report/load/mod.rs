//! A load as text, HTML, JUnit, Markdown and JSON.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod junit;
pub mod markdown;
pub mod text;

use crate::record::load::LoadRecord;
use crate::record::load::shape::{LoadResult, Validity};
use crate::record::load::store;
use crate::record::shape::Outcome;
use crate::report::Format;
use crate::report::html;

pub use crate::report::text::Options;
pub use text::render as text;

/// The record in a format.
#[must_use]
pub fn render(format: Format, record: &LoadRecord) -> String {
    match format {
        Format::Text => text::render(record, &Options::default()),
        Format::Html => html::load::render(record),
        Format::Json => store::file(record),
        Format::Junit => junit::render(record),
        Format::Markdown => markdown::render(record),
    }
}

/// What an SLO is shown as: one that holds is not said to, where the measurement is not sound or the run was stopped.
pub(in crate::report) fn shown_as(record: &LoadRecord, outcome: Outcome) -> Outcome {
    let whole = record.verdict != LoadResult::Interrupted && record.validity.result == Validity::Sound;
    match outcome {
        Outcome::Pass | Outcome::Fail if !whole => Outcome::Skipped,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::load::fixture;
    use crate::report::Format;
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/load");
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
