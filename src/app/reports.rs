//! Writes reports: those of every run folder and those that were asked for.
//!
//! Makes the folders they lie in. Never prints: what is asked for at the standard output is left to whoever has one.

use crate::app::report::Stored;
use crate::base::diagnostic::Diagnostic;
use crate::report::{Format, Record, Rendered, render};
use std::path::{Path, PathBuf};

/// A report that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its format.
    pub format: Format,
    /// Where it is written; [`OUTPUT`] for the standard output.
    pub path: PathBuf,
    /// Whether it is of the record as it may be shared.
    pub shared: bool,
}

impl Report {
    /// Whether it goes to the standard output.
    #[must_use]
    pub fn is_output(&self) -> bool {
        self.path.as_os_str() == OUTPUT
    }
}

/// A report that was written: its format and where it lies.
pub type Written = (Format, PathBuf);

/// What was written at the end of a run, and why something was not: a verdict that is known is told all the same.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Where the record lies, where it could be written.
    pub record: Option<PathBuf>,
    /// The reports that were written.
    pub reports: Vec<Written>,
    /// What could not be written.
    pub faults: Vec<Diagnostic>,
}

impl Kept {
    /// The record that was written, or not, and the reports of its folder and those that were asked for.
    #[must_use]
    pub fn of<'r>(written: Result<PathBuf, Diagnostic>, folder: &Path, record: impl Into<Record<'r>>, asked: &[Report]) -> Self {
        let mut kept = Self::default();
        match written {
            Ok(path) => kept.record = Some(path),
            Err(fault) => kept.faults.push(fault),
        }
        match write(folder, record, asked) {
            Ok(reports) => kept.reports = reports,
            Err(faults) => kept.faults.extend(faults),
        }
        kept
    }
}

/// The path that means the standard output.
pub const OUTPUT: &str = "-";

/// Writes the reports of a run folder and those that were asked for, and gives all that were written. Those of the folder are never
/// those to be shared: it keeps everything.
///
/// # Errors
/// A diagnostic for each that cannot be written.
pub fn write<'r>(folder: &Path, record: impl Into<Record<'r>>, asked: &[Report]) -> Result<Vec<Written>, Vec<Diagnostic>> {
    let record = record.into();
    let of_folder = |format: Format| Report { format, path: folder.join(format.file(record.kind())), shared: false };
    let wanted: Vec<Report> = [Format::Html, Format::Junit].map(of_folder).into_iter().chain(asked.iter().cloned()).collect();
    write_only(record, &wanted)
}

/// Writes reports, and gives all that were written.
///
/// # Errors
/// A diagnostic for each that cannot be written.
pub fn write_only<'r>(record: impl Into<Record<'r>>, asked: &[Report]) -> Result<Vec<Written>, Vec<Diagnostic>> {
    let record = record.into();
    let shared = asked.iter().any(|report| report.shared).then(|| Stored::shared(record)).transpose();
    let shared = shared.map_err(|fault| vec![fault])?;
    let (mut faults, mut all) = (Vec::new(), Vec::new());
    for Report { format, path, shared: is_shared } in asked.iter().filter(|report| !report.is_output()) {
        let record = shared.as_ref().filter(|_| *is_shared).map_or(record, Stored::record);
        let written = match render(*format, record) {
            Rendered::File(text) => file(path, &text),
            // What lies there stays: several tools may put their results into one folder.
            Rendered::Folder(files) => files.iter().try_for_each(|(name, text)| file(&path.join(name), text)),
        };
        match written {
            Ok(()) => all.push((*format, path.clone())),
            Err(error) => {
                let message = format!("cannot write `{}`: {error}", path.display());
                faults.push(Diagnostic::error("report/unwritable", message));
            }
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn file(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}
