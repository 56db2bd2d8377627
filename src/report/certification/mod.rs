//! A certification as text and Markdown; what shows every kind alike is a floor above.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod markdown;
pub mod text;

use crate::record::certification::shape::{ModuleRecord, ResultRecord, StatusRecord};

pub use crate::report::text::Options;
pub use text::render as text;

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
