//! Writes reports: those of every run folder and those that were asked for.
//!
//! Makes the folders they lie in. Never prints: what is asked for at the standard output is left to whoever has one.

use crate::base::diagnostic::Diagnostic;
use crate::report::{Format, Record, Rendered, render};
use std::path::{Path, PathBuf};

/// A report by its format, and where it is written.
pub type Report = (Format, PathBuf);

/// The path that means the standard output.
pub const OUTPUT: &str = "-";

/// Writes the reports of a run folder and those that were asked for, and gives all that were written.
///
/// # Errors
/// A diagnostic for each that cannot be written.
pub fn write<'r>(folder: &Path, record: impl Into<Record<'r>>, asked: &[Report]) -> Result<Vec<Report>, Vec<Diagnostic>> {
    let record = record.into();
    let of_folder = [Format::Html, Format::Junit].map(|format| (format, folder.join(format.file(record.kind()))));
    let wanted: Vec<Report> = of_folder.into_iter().chain(asked.iter().cloned()).collect();
    write_only(record, &wanted)
}

/// Writes reports, and gives all that were written.
///
/// # Errors
/// A diagnostic for each that cannot be written.
pub fn write_only<'r>(record: impl Into<Record<'r>>, asked: &[Report]) -> Result<Vec<Report>, Vec<Diagnostic>> {
    let record = record.into();
    let wanted: Vec<Report> = asked.iter().filter(|(_, path)| path.as_os_str() != OUTPUT).cloned().collect();
    let mut faults = Vec::new();
    for (format, path) in &wanted {
        let written = match render(*format, record) {
            Rendered::File(text) => file(path, &text),
            // What lies there stays: several tools may put their results into one folder.
            Rendered::Folder(files) => files.iter().try_for_each(|(name, text)| file(&path.join(name), text)),
        };
        if let Err(error) = written {
            faults.push(Diagnostic::error("report/unwritable", format!("cannot write `{}`: {error}", path.display())));
        }
    }
    if faults.is_empty() { Ok(wanted) } else { Err(faults) }
}

fn file(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}
