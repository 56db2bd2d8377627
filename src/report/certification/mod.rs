//! Certifications as text.
//!
//! Shows what a record holds. Holds no arithmetic and judges nothing.

use crate::record::certification::CertificationRecord;
use crate::report::Format;
use crate::report::text::Verbosity;
use std::path::PathBuf;

/// How a certification is shown.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether colour is used.
    pub color: bool,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Where the record is.
    pub record: Option<PathBuf>,
    /// Where reports are.
    pub reports: Vec<(Format, PathBuf)>,
}

/// The record in a format.
#[must_use]
pub fn render(_: Format, record: &CertificationRecord) -> String {
    text(record, &Options::default())
}

/// The record on a terminal.
#[must_use]
pub fn text(record: &CertificationRecord, _: &Options) -> String {
    let mut out = String::new();
    for module in &record.modules {
        out.push_str(&format!("{:2}  {:22}  {}\n", module.row, module.key, module.result.word()));
        for finding in &module.findings {
            out.push_str(&format!("      {}: expected {}, found {}\n", finding.message, finding.expected, finding.actual));
        }
    }
    out + &record.sentence + "\n"
}
