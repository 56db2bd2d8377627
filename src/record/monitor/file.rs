//! Records of watches on disk.
//!
//! Writes a record whole or not at all, and reads records of this version and older ones. Never guesses at a record of a newer version.

use crate::base::diagnostic::Diagnostic;
use crate::record::monitor::shape::{FORMAT, MonitorRecord, VERSION};
use crate::record::store::{FILE, Known, is_of, laid_out, parsed, read_known, write_whole};
use std::path::{Path, PathBuf};

/// Writes the record into its folder, whole or not at all, and gives its path.
///
/// # Errors
/// When the file cannot be written.
pub fn write(dir: &Path, record: &MonitorRecord) -> Result<PathBuf, Diagnostic> {
    write_whole(&dir.join(FILE), &text(record))
}

/// The text of the record's file.
#[must_use]
pub fn text(record: &MonitorRecord) -> String {
    laid_out(record) + "\n"
}

/// Reads a record; `path` is the file or the watch's folder. What a folder tells that has no record yet is read by
/// [`crate::record::monitor::read`].
///
/// # Errors
/// When it cannot be read, is no record of a watch, or was written by a newer version.
pub fn read(path: &Path) -> Result<MonitorRecord, Diagnostic> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    read_known(&file, &KNOWN)
}

/// True where the text is the record of a watch, of whatever version.
#[must_use]
pub fn is_monitor(text: &str) -> bool {
    is_of(text, FORMAT)
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no record of a watch, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<MonitorRecord, Diagnostic> {
    parsed(text, name, &KNOWN)
}

const KNOWN: Known = Known { format: FORMAT, version: VERSION, called: "the record of a watch", writer: "a watch" };

#[cfg(test)]
mod tests {
    use super::{is_monitor, parse, read, text, write};
    use crate::record::monitor::fixture;

    #[test]
    fn what_is_written_is_what_is_read() {
        for record in [fixture::failing(), fixture::empty()] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let path = write(dir.path(), &record).expect("it is written");
            assert_eq!(read(&path).expect("it is read"), record);
            assert_eq!(read(dir.path()).expect("the folder will do"), record);
            assert!(is_monitor(&std::fs::read_to_string(&path).expect("text")));
        }
    }

    #[test]
    fn what_is_newer_or_something_else_is_refused() {
        let mut record = fixture::failing();
        record.version = 2;
        let newer = text(&record);
        let refused = parse(&newer, "record.json").expect_err("it is newer");
        assert_eq!(refused.message, "`record.json` has version 2 of the record, and this build reads up to version 1");
        assert!(is_monitor(&newer));
        for (text, code) in [("{}", "record/unreadable"), (r#"{"format":"proofmark.load","version":1}"#, "record/format")] {
            assert_eq!(parse(text, "x").expect_err("it is none").code, code);
            assert!(!is_monitor(text));
        }
    }
}
