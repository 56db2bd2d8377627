//! `proofmark report merge`: puts stored runs of several jobs together and writes what came of it.
//!
//! Reads records, also what can be saved of damaged ones. Runs nothing and never prints.

use crate::app::check;
use crate::app::report::{Stored, read_or_save};
use crate::app::reports::{Kept, Report};
use crate::base::diagnostic::Diagnostic;
use crate::model::redact::Redactor;
use crate::record::make::command;
use crate::record::merge::{Facts, Part, merge as put_together};
use crate::record::shape::RunRecord;
use crate::record::store;
use std::path::{Path, PathBuf};

/// What is to be put together.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The parts: run folders, records or journals.
    pub parts: Vec<PathBuf>,
    /// The folder that the folder of the sum is made in.
    pub out: PathBuf,
    /// Reports beside those of that folder.
    pub reports: Vec<Report>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Merged {
    /// The record.
    pub record: RunRecord,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
}

/// Puts runs together.
///
/// # Errors
/// When a part cannot be read or is no run of suites, or when they are no parts of one run.
pub fn merge(settings: &Settings) -> Result<Merged, Vec<Diagnostic>> {
    let (mut parts, mut faults) = (Vec::new(), Vec::new());
    for path in &settings.parts {
        match part(path) {
            Ok(part) => parts.push(part),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let command = Some(command(&settings.command, &Redactor::default()).join(" "));
    let record = put_together(parts, Facts { tool_version: env!("CARGO_PKG_VERSION").to_owned(), command })?;
    let folder = store::directory(&settings.out, record.began, "merge").map_err(|fault| vec![fault])?;
    let kept = check::write(&folder, &record, &settings.reports);
    Ok(Merged { record, kept })
}

fn part(path: &Path) -> Result<Part, Diagnostic> {
    let stored = read_or_save(path)?;
    match stored {
        Stored::Run(record) => Ok(Part { path: path.display().to_string(), record: *record }),
        other => {
            let message =
                format!("`{}` is {}, and only runs of suites are put together", path.display(), other.record().kind().one());
            Err(Diagnostic::error("merge/kind", message).hint("`proofmark report compare` holds loads against each other"))
        }
    }
}
