//! Certifications on disk.
//!
//! Writes a record whole or not at all, and reads records of this version and older ones. Never guesses at a record of a newer
//! version.

use crate::base::diagnostic::Diagnostic;
use crate::record::certification::journal;
use crate::record::certification::shape::{CertificationRecord, FORMAT, VERSION};
use crate::record::store::{FILE, Known, is_of, laid_out, parsed, read_known, write_whole};
use std::path::{Path, PathBuf};

/// Writes the record into its folder, whole or not at all, and gives its path. The SHA-256 of this file is a certificate's digest of
/// the run.
///
/// # Errors
/// When the file cannot be written.
pub fn write(dir: &Path, record: &CertificationRecord) -> Result<PathBuf, Diagnostic> {
    write_whole(&dir.join(FILE), &file(record))
}

/// The text of the record's file.
#[must_use]
pub fn file(record: &CertificationRecord) -> String {
    laid_out(record) + "\n"
}

/// Reads a record, or what a killed certification left in its journal; `path` is the folder or either file.
///
/// # Errors
/// When it cannot be read, is no certification, or was written by a newer version.
pub fn read(path: &Path) -> Result<CertificationRecord, Diagnostic> {
    if path.extension().is_some_and(|e| e == "jsonl") {
        return journal::recover(path);
    }
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    // A certification that was gone on with and then killed has a record older than its journal.
    if path.is_dir() && (!file.exists() || journal::is_open(path)) && path.join(journal::FILE).exists() {
        return journal::recover(path);
    }
    read_known(&file, &KNOWN)
}

/// True where the text is a certification's record, of whatever version.
#[must_use]
pub fn is_certification(text: &str) -> bool {
    is_of(text, FORMAT)
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no certification, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<CertificationRecord, Diagnostic> {
    parsed(text, name, &KNOWN)
}

const KNOWN: Known = Known { format: FORMAT, version: VERSION, called: "a certification's record", writer: "a certification" };

#[cfg(test)]
mod tests {
    use super::{file, is_certification, parse, read, write};
    use crate::record::certification::fixture;
    use std::path::Path;

    #[test]
    fn what_is_written_is_what_is_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let record = fixture::record(&fixture::failing());
        let path = write(dir.path(), &record).expect("it is written");
        assert_eq!(read(&path).expect("it is read"), record);
        assert_eq!(read(dir.path()).expect("the folder will do"), record);
        let text = std::fs::read_to_string(&path).expect("text");
        assert_eq!(text.lines().filter(|l| l.starts_with("{\"row\":")).count(), record.modules.len(), "a line for each module");
        assert!(is_certification(&text));
    }

    #[test]
    fn what_is_newer_or_something_else_is_refused() {
        let mut record = fixture::record(&fixture::passing());
        record.version = 2;
        let refused = parse(&file(&record), "record.json").expect_err("it is newer");
        assert_eq!(refused.message, "`record.json` has version 2 of the record, and this build reads up to version 1");
        for (text, code) in [("{}", "record/unreadable"), (r#"{"format":"proofmark.run","version":1}"#, "record/format")] {
            assert_eq!(parse(text, "x").expect_err("it is none").code, code);
            assert!(!is_certification(text));
        }
    }

    /// Run with `PROOFMARK_SAMPLES=write` to write the fixture anew, which only a new version may ask for.
    #[test]
    fn certifications_of_version_one_stay_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certification-v1.json");
        let expected = fixture::record(&fixture::failing());
        if std::env::var_os("PROOFMARK_SAMPLES").is_some() && !path.exists() {
            std::fs::write(&path, file(&expected)).expect("the fixture is written");
        }
        let record = read(&path).expect("version 1 is readable");
        assert_eq!((record.version, record.modules.len(), record.seed), (1, 12, 42));
        assert_eq!(record, expected);
    }
}
