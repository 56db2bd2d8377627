//! `proofmark report show`: renders a stored run or certification again.
//!
//! Reads a record, or what a killed run left in its journal. Runs nothing and never prints.

use crate::base::diagnostic::Diagnostic;
use crate::record::certification::{self, CertificationRecord};
use crate::record::shape::RunRecord;
use crate::record::{journal, store};
use std::path::Path;

/// What was stored.
#[derive(Debug)]
pub enum Stored {
    /// A run of suites.
    Run(Box<RunRecord>),
    /// A certification.
    Certification(Box<CertificationRecord>),
}

/// The record of a run or a certification: `path` is its folder, its record or its journal.
///
/// # Errors
/// A diagnostic when there is neither, or when it cannot be read.
pub fn read(path: &Path) -> Result<Stored, Diagnostic> {
    if is_certification(path) {
        return certification::store::read(path).map(|record| Stored::Certification(Box::new(record)));
    }
    run(path).map(|record| Stored::Run(Box::new(record)))
}

fn run(path: &Path) -> Result<RunRecord, Diagnostic> {
    if path.is_dir() {
        let left = path.join(journal::FILE);
        // A run that was killed wrote no record; its journal is all there is.
        return if !path.join(store::FILE).exists() && left.exists() { journal::recover(&left) } else { store::read(path) };
    }
    if path.extension().is_some_and(|e| e == "jsonl") { journal::recover(path) } else { store::read(path) }
}

fn is_certification(path: &Path) -> bool {
    let record = if path.is_dir() { path.join(store::FILE) } else { path.to_owned() };
    if record.extension().is_some_and(|e| e == "jsonl") || !record.exists() {
        return certification::journal::is_certification(path);
    }
    std::fs::read_to_string(record).is_ok_and(|text| certification::store::is_certification(&text))
}

#[cfg(test)]
mod tests {
    use super::{Stored, read};
    use crate::record::certification::{Journal, fixture, store};
    use crate::record::{self, fixture as runs};

    #[test]
    fn a_run_and_a_certification_are_told_apart_by_folder_record_and_journal() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::passing();
        Journal::create(dir.path(), &fixture::opening(&outcome), &fixture::facts(), Default::default()).expect("a journal");
        let certification = |path: &std::path::Path| matches!(read(path), Ok(Stored::Certification(_)));
        assert!(certification(dir.path()) && certification(&dir.path().join("journal.jsonl")));
        store::write(dir.path(), &fixture::record(&outcome)).expect("a record");
        assert!(certification(dir.path()) && certification(&dir.path().join("record.json")));
        let other = tempfile::tempdir().expect("a temporary folder");
        record::write(other.path(), &runs::record(&runs::passing())).expect("a record");
        assert!(matches!(read(other.path()), Ok(Stored::Run(_))));
        assert!(read(&other.path().join("missing")).is_err());
    }
}
