//! `proofmark report show`: renders a stored run, certification, load, watch or comparison again.
//!
//! Reads a record, or what a killed run left in its journal. Runs nothing and never prints.

use crate::app::salvage;
use crate::base::diagnostic::Diagnostic;
use crate::record::certification::{self, CertificationRecord};
use crate::record::compare::{self, ComparisonRecord};
use crate::record::load::{self, LoadRecord};
use crate::record::monitor::{self, MonitorRecord};
use crate::record::shape::RunRecord;
use crate::record::share::share;
use crate::record::{journal, store};
use crate::report::Record;
use std::path::Path;

/// What was stored.
#[derive(Debug)]
pub enum Stored {
    /// A run of suites.
    Run(Box<RunRecord>),
    /// A certification.
    Certification(Box<CertificationRecord>),
    /// A load.
    Load(Box<LoadRecord>),
    /// A watch.
    Watch(Box<MonitorRecord>),
    /// A comparison.
    Comparison(Box<ComparisonRecord>),
}

impl Stored {
    /// What a report shows.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        match self {
            Self::Run(record) => Record::Run(record),
            Self::Certification(record) => Record::Certification(record),
            Self::Load(record) => Record::Load(record),
            Self::Watch(record) => Record::Watch(record),
            Self::Comparison(record) => Record::Comparison(record),
        }
    }

    /// The record as it may be shared.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn shared(record: Record<'_>) -> Result<Self, Diagnostic> {
        Ok(match record {
            Record::Run(record) => Self::Run(Box::new(share(record)?)),
            Record::Certification(record) => Self::Certification(Box::new(share(record)?)),
            Record::Load(record) => Self::Load(Box::new(share(record)?)),
            Record::Watch(record) => Self::Watch(Box::new(share(record)?)),
            Record::Comparison(record) => Self::Comparison(Box::new(share(record)?)),
        })
    }
}

/// What is stored at `path`, which is a folder, a record or a journal. Where the record is damaged it is what could be saved, is never a
/// success, and says so in a note.
///
/// # Errors
/// A diagnostic when there is none, or when nothing of it can be read.
pub fn read_or_save(path: &Path) -> Result<Stored, Diagnostic> {
    read(path).or_else(|fault| salvage::read(path, fault))
}

/// The record of a run, a certification, a load, a watch or a comparison: `path` is its folder, its record or its journal.
///
/// # Errors
/// A diagnostic when there is none of them, or when it cannot be read as a whole.
pub fn read(path: &Path) -> Result<Stored, Diagnostic> {
    if monitor::is_watch(path) || (path.is_file() && store::beginning(path).is_ok_and(|text| monitor::file::is_monitor(&text))) {
        return watch(path).map(|record| Stored::Watch(Box::new(record)));
    }
    if is(path, load::journal::is_load, load::store::is_load) {
        return load::store::read(path).map(|record| Stored::Load(Box::new(record)));
    }
    if is(path, certification::journal::is_certification, certification::store::is_certification) {
        return certification::store::read(path).map(|record| Stored::Certification(Box::new(record)));
    }
    // A comparison is made whole or not at all, and keeps no journal.
    if is(path, |_| false, compare::store::is_comparison) {
        return compare::store::read(path).map(|record| Stored::Comparison(Box::new(record)));
    }
    run(path).map(|record| Stored::Run(Box::new(record)))
}

/// The record of a watch. One that goes on, or was killed, writes it at least once a minute: what came after is told by a note.
fn watch(path: &Path) -> Result<MonitorRecord, Diagnostic> {
    if path.is_dir() && !path.join(store::FILE).exists() {
        let message = format!("`{}` has a watch that was killed before it wrote a record", path.display());
        let hint =
            "what it saw is kept: `proofmark monitor PLAN --resume DIR` with its plan goes on, and writes one when it is stopped";
        return Err(Diagnostic::error("record/none", message).hint(hint));
    }
    let mut record = monitor::file::read(path)?;
    if path.is_dir() {
        let stored = monitor::read(path)?;
        let ended = stored.sessions.last().is_some_and(|session| session.clean);
        if !ended && stored.until > record.ended {
            record
                .notes
                .push(format!("more is stored, until {}: `proofmark monitor PLAN --resume DIR` takes it in", stored.until));
        }
    }
    Ok(record)
}

fn run(path: &Path) -> Result<RunRecord, Diagnostic> {
    if path.is_dir() {
        let left = path.join(journal::FILE);
        // A run that was killed wrote no record; its journal is all there is.
        return if !path.join(store::FILE).exists() && left.exists() { journal::recover(&left) } else { store::read(path) };
    }
    if path.extension().is_some_and(|e| e == "jsonl") { journal::recover(path) } else { store::read(path) }
}

/// Whether what is stored at `path` is of a kind: by its journal where that is all there is, else by its record.
fn is(path: &Path, journal: fn(&Path) -> bool, record: fn(&str) -> bool) -> bool {
    let file = if path.is_dir() { path.join(store::FILE) } else { path.to_owned() };
    if file.extension().is_some_and(|e| e == "jsonl") || !file.exists() {
        return journal(path);
    }
    store::beginning(&file).is_ok_and(|text| record(&text))
}

#[cfg(test)]
mod tests {
    use super::{Stored, read};
    use crate::record::certification::{Journal, fixture, store};
    use crate::record::load::{self, fixture as loads};
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

    #[test]
    fn a_load_is_told_by_folder_record_and_journal_and_one_that_was_killed_is_interrupted() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = loads::failing();
        let journal = load::Journal::create(dir.path(), &loads::facts(), Default::default()).expect("a journal");
        loads::observe(&outcome, &journal);
        let path = dir.path().join("journal.jsonl");
        let whole = std::fs::read_to_string(&path).expect("the journal");
        let is_load = |path: &std::path::Path| matches!(read(path), Ok(Stored::Load(_)));
        assert!(is_load(dir.path()) && is_load(&path));
        let killed: String = whole.split_inclusive('\n').take(10).collect();
        std::fs::write(&path, killed).expect("it is cut");
        let Ok(Stored::Load(record)) = read(dir.path()) else { panic!("it is a load") };
        assert!(record.interrupted && !record.series.is_empty());
        load::store::write(dir.path(), &loads::record(&outcome)).expect("a record");
        assert!(is_load(dir.path()) && is_load(&dir.path().join("record.json")));
    }
}
