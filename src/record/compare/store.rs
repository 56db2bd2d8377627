//! Comparisons on disk.
//!
//! Writes a record whole or not at all, and reads records of this version and older ones. Never guesses at a record of a newer version.

use crate::base::diagnostic::Diagnostic;
use crate::record::compare::shape::{ComparisonRecord, FORMAT, VERSION};
use crate::record::store::{FILE, Known, is_of, laid_out, parsed, read_known, write_whole};
use std::path::{Path, PathBuf};

/// Writes the record into its folder, whole or not at all, and gives its path.
///
/// # Errors
/// When the file cannot be written.
pub fn write(dir: &Path, record: &ComparisonRecord) -> Result<PathBuf, Diagnostic> {
    write_whole(&dir.join(FILE), &file(record))
}

/// The text of the record's file.
#[must_use]
pub fn file(record: &ComparisonRecord) -> String {
    laid_out(record) + "\n"
}

/// Reads a record; `path` is the file or its folder.
///
/// # Errors
/// When it cannot be read, is no comparison, or was written by a newer version.
pub fn read(path: &Path) -> Result<ComparisonRecord, Diagnostic> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    read_known(&path, &KNOWN)
}

/// True where the text is a comparison's record, of whatever version.
#[must_use]
pub fn is_comparison(text: &str) -> bool {
    is_of(text, FORMAT)
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no comparison, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<ComparisonRecord, Diagnostic> {
    parsed(text, name, &KNOWN)
}

const KNOWN: Known = Known { format: FORMAT, version: VERSION, called: "a comparison's record", writer: "a comparison" };

#[cfg(test)]
mod tests {
    use super::{file, is_comparison, parse, read, write};
    use crate::record::compare::fixture;
    use std::path::Path;

    #[test]
    fn what_is_written_is_what_is_read() {
        for record in [fixture::regressed(), fixture::alike(), fixture::open(), fixture::single(), fixture::broken()] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let path = write(dir.path(), &record).expect("it is written");
            assert_eq!(read(&path).expect("it is read"), record);
            let again = read(dir.path()).expect("the folder will do");
            assert_eq!(file(&again), std::fs::read_to_string(&path).expect("text"), "to the byte");
            assert!(is_comparison(&file(&record)));
        }
    }

    #[test]
    fn what_is_newer_or_something_else_is_refused() {
        let mut record = fixture::alike();
        record.version = 2;
        assert_eq!(parse(&file(&record), "record.json").expect_err("it is newer").code, "record/newer");
        for (text, code) in [("{}", "record/unreadable"), (r#"{"format":"proofmark.run","version":1}"#, "record/format")] {
            assert_eq!(parse(text, "x").expect_err("it is none").code, code);
            assert!(!is_comparison(text));
        }
    }

    /// Run with `PROOFMARK_SAMPLES=write` to write the fixture where it is missing, which only a new version may ask for.
    #[test]
    fn comparisons_of_version_one_stay_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/comparison-v1.json");
        if std::env::var_os("PROOFMARK_SAMPLES").is_some() && !path.exists() {
            std::fs::write(&path, file(&fixture::regressed())).expect("the fixture is written");
        }
        let record = read(&path).expect("version 1 is readable");
        assert_eq!((record.version, record.load.as_ref().map(|l| l.used)), (1, Some(5)));
    }
}
