//! What can be saved of a stored run whose record cannot be read.
//!
//! Takes the journal beside it, else what is left of the record itself. Never takes what a newer version has written for damage.

use crate::app::report::Stored;
use crate::base::diagnostic::Diagnostic;
use crate::record::{certification, journal, load, mend, monitor, store};
use std::path::Path;

/// What could be saved of what lies at `path`, which could not be read for the reason given.
///
/// # Errors
/// The reason, where nothing could be saved.
pub(super) fn read(path: &Path, fault: Diagnostic) -> Result<Stored, Diagnostic> {
    if !matches!(fault.code, "record/unreadable" | "record/io") {
        return Err(fault);
    }
    let file = if path.is_dir() { path.join(store::FILE) } else { path.to_owned() };
    let folder = file.parent().filter(|_| file.file_name().is_some_and(|name| name == store::FILE)).unwrap_or(Path::new("."));
    // Whatever cannot be read is none of ours.
    let Ok(bytes) = std::fs::read(&file) else { return Err(fault) };
    if monitor::is_watch(folder) {
        let hint = "what was seen is kept beside it: `proofmark monitor PLAN --resume DIR` goes on, and writes the record anew";
        return Err(fault.hint(hint));
    }
    if file.file_name().is_some_and(|name| name == store::FILE)
        && let Some(stored) = journaled(&folder.join(journal::FILE))
    {
        let note = format!("`{}` cannot be read, and this is made of the journal beside it ({})", file.display(), fault.message);
        return Ok(noted(stored, note));
    }
    let text = String::from_utf8_lossy(&bytes);
    let Some(rest) = mend::rest(&text) else { return Err(fault) };
    let note = format!("`{}` ends or is damaged at byte {} of {}: what follows is lost", file.display(), rest.at, bytes.len());
    let left = match rest.value["format"].as_str() {
        Some(crate::record::shape::FORMAT) => mend::run(rest).map(|record| Stored::Run(Box::new(record))),
        Some(certification::shape::FORMAT) => mend::certification(rest).map(|record| Stored::Certification(Box::new(record))),
        _ => None,
    };
    left.map(|stored| noted(stored, note)).ok_or(fault)
}

/// What a journal tells, of whichever kind it is.
fn journaled(path: &Path) -> Option<Stored> {
    if load::journal::is_load(path) {
        return load::journal::recover(path).ok().map(|record| Stored::Load(Box::new(record)));
    }
    if certification::journal::is_certification(path) {
        return certification::journal::recover(path).ok().map(|record| Stored::Certification(Box::new(record)));
    }
    journal::recover(path).ok().map(|record| Stored::Run(Box::new(record)))
}

fn noted(mut stored: Stored, note: String) -> Stored {
    match &mut stored {
        Stored::Run(record) => record.notes.insert(0, note),
        Stored::Certification(record) => record.notes.insert(0, note),
        Stored::Load(record) => record.notes.insert(0, note),
        Stored::Watch(record) => record.notes.insert(0, note),
        Stored::Comparison(record) => record.unsaid.insert(0, note),
    }
    stored
}
