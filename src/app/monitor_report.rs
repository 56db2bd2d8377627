//! A watch as text and in the other formats.
//!
//! The one door from the commands to what shows a watch. Computes no figure and writes no file.

use crate::base::units::Nanos;
use crate::record::monitor::shape::SubjectRecord;
use crate::record::monitor::words::share;
use crate::record::monitor::{MonitorRecord, file};
use std::fmt::Write as _;

pub use crate::report::Format;
pub use crate::report::text::Options;

/// The formats that are written beside the record in any case.
pub(super) const ALWAYS: [Format; 0] = [];

/// The record in a format.
#[must_use]
pub fn render(format: Format, record: &MonitorRecord) -> String {
    match format {
        Format::Json => file::text(record),
        _ => text(record, &Options::default()),
    }
}

/// The record as the terminal shows it.
#[must_use]
pub fn text(record: &MonitorRecord, options: &Options) -> String {
    let mut text = format!("{}\n{} at {}, {}\n\n", record.name, record.environment, record.target, Nanos(record.took_ns));
    let width = record.operations.iter().map(|o| o.operation.len()).max().unwrap_or(0);
    for subject in record.operations.iter().chain([&record.all]) {
        let _ = writeln!(text, "  {}", line(subject, width));
    }
    for target in &record.targets {
        let verdict = format!("{:?}", target.verdict).to_lowercase();
        let _ = writeln!(text, "  {verdict}: {}", target.title);
    }
    let _ = writeln!(text, "\n{}", record.sentence);
    if let Some(path) = &options.record {
        let _ = writeln!(text, "record: {}", path.display());
    }
    text
}

fn line(subject: &SubjectRecord, width: usize) -> String {
    let figures = &subject.excluded;
    format!(
        "{:width$}  {} available, down {} and unknown {} of {} eligible, {} probes",
        subject.operation,
        share(figures.availability),
        Nanos(figures.down_ns),
        Nanos(figures.no_data_ns),
        Nanos(figures.eligible_ns),
        subject.probes.total + subject.probes_outside.total,
    )
}
