//! Loads on disk.
//!
//! Writes a record whole or not at all, with its histograms beside it, and reads records of this version and older ones. Never guesses
//! at a record of a newer version.

use crate::base::diagnostic::Diagnostic;
use crate::model::load::{LoadOutcome, Totals};
use crate::record::load::shape::{FORMAT, LoadRecord, VERSION};
use crate::record::load::{hgrm, hlog, journal};
use crate::record::store::{FILE, Known, is_of, laid_out, parsed, read_known, write_whole};
use std::path::{Path, PathBuf};

/// Writes the record into its folder, whole or not at all, and gives its path.
///
/// # Errors
/// When the file cannot be written.
pub fn write(dir: &Path, record: &LoadRecord) -> Result<PathBuf, Diagnostic> {
    write_whole(&dir.join(FILE), &file(record))
}

/// Writes the histograms beside the record, for the tools of others, and gives their paths: an interval log of the journal in `dir`
/// ([`hlog`]), and the distribution of each operation's response and service times, and of all together ([`hgrm`]).
///
/// # Errors
/// When the journal cannot be read or a file cannot be written.
pub fn write_histograms(dir: &Path, outcome: &LoadOutcome) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut written = vec![hlog::write(dir)?];
    let measured = &outcome.measured;
    let operations = &outcome.opening.operations;
    let named = operations.iter().enumerate().map(|(index, name)| (Some(index), hlog::tag(name)));
    let all = (operations.len() > 1).then(|| (None, "all".to_owned()));
    for (operation, name) in all.into_iter().chain(named) {
        written.extend(distributions(dir, measured, operation, &name)?);
    }
    Ok(written)
}

fn distributions(dir: &Path, measured: &Totals, operation: Option<usize>, name: &str) -> Result<Vec<PathBuf>, Diagnostic> {
    let figures = measured.answers(operation);
    let kinds = [("response", &figures.response), ("service", &figures.service)];
    let written = kinds.iter().filter(|(_, histogram)| !histogram.is_empty());
    written.map(|(kind, histogram)| write_whole(&dir.join(format!("{name}.{kind}.hgrm")), &hgrm::text(histogram))).collect()
}

/// The text of the record's file.
#[must_use]
pub fn file(record: &LoadRecord) -> String {
    laid_out(record) + "\n"
}

/// Reads a record, or what a killed load left in its journal; `path` is the folder or either file.
///
/// # Errors
/// When it cannot be read, is no load, or was written by a newer version.
pub fn read(path: &Path) -> Result<LoadRecord, Diagnostic> {
    if path.extension().is_some_and(|e| e == "jsonl") {
        return journal::recover(path);
    }
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    if path.is_dir() && !file.exists() && path.join(journal::FILE).exists() {
        return journal::recover(path);
    }
    read_known(&file, &KNOWN)
}

/// True where the text is a load's record, of whatever version.
#[must_use]
pub fn is_load(text: &str) -> bool {
    is_of(text, FORMAT)
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no load, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<LoadRecord, Diagnostic> {
    parsed(text, name, &KNOWN)
}

const KNOWN: Known = Known { format: FORMAT, version: VERSION, called: "a load's record", writer: "a load" };

#[cfg(test)]
mod tests {
    use super::{file, is_load, parse, read, write, write_histograms};
    use crate::model::redact::Redactor;
    use crate::record::load::figures::SpreadRecord;
    use crate::record::load::{Journal, fixture};
    use std::path::Path;

    #[test]
    fn what_is_written_is_what_is_read() {
        for outcome in [fixture::failing(), fixture::searched(), fixture::unusable()] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let record = fixture::record(&outcome);
            let path = write(dir.path(), &record).expect("it is written");
            assert_eq!(read(&path).expect("it is read"), record);
            assert_eq!(read(dir.path()).expect("the folder will do"), record);
            let text = std::fs::read_to_string(&path).expect("text");
            assert!(is_load(&text));
            assert_eq!(text.lines().filter(|l| l.starts_with("{\"at_ns\":")).count(), 14, "a line for each point and stage");
        }
    }

    #[test]
    fn the_histograms_lie_beside_the_record() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::passing();
        fixture::observe(&outcome, &Journal::create(dir.path(), &fixture::facts(), Redactor::default()).expect("it is begun"));
        let written = write_histograms(dir.path(), &outcome).expect("they are written");
        let names: Vec<_> = written.iter().filter_map(|p| p.file_name().and_then(|n| n.to_str())).collect();
        assert_eq!(
            names,
            [
                "load.hlog",
                "all.response.hgrm",
                "all.service.hgrm",
                "createSignature.response.hgrm",
                "createSignature.service.hgrm",
                "getSignature.response.hgrm",
                "getSignature.service.hgrm"
            ]
        );
        assert!(read(dir.path()).is_ok(), "the journal will do as well");
    }

    #[test]
    fn what_is_newer_or_something_else_is_refused() {
        let mut record = fixture::record(&fixture::passing());
        record.version = 2;
        let refused = parse(&file(&record), "record.json").expect_err("it is newer");
        assert_eq!(refused.message, "`record.json` has version 2 of the record, and this build reads up to version 1");
        for (text, code) in [("{}", "record/unreadable"), (r#"{"format":"proofmark.run","version":1}"#, "record/format")] {
            assert_eq!(parse(text, "x").expect_err("it is none").code, code);
            assert!(!is_load(text));
        }
    }

    /// Run with `PROOFMARK_SAMPLES=write` to write the fixture where it is missing, which only a new version may ask for.
    #[test]
    fn loads_of_version_one_stay_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-v1.json");
        let mut expected = fixture::record(&fixture::failing());
        // What was added since is not in it.
        for point in &mut expected.series {
            (point.sent, point.service, point.lag) = (None, SpreadRecord::default(), SpreadRecord::default());
            point.operations.clear();
        }
        expected.failures.iter_mut().flat_map(|f| &mut f.findings).for_each(|f| f.spec = None);
        expected.failures.iter_mut().for_each(|f| f.exchange.redactions.clear());
        expected.redactions.clear();
        if std::env::var_os("PROOFMARK_SAMPLES").is_some() && !path.exists() {
            std::fs::write(&path, file(&expected)).expect("the fixture is written");
        }
        let record = read(&path).expect("version 1 is readable");
        assert_eq!((record.version, record.load.operations.len(), record.seed), (1, 2, 42));
        assert_eq!(record, expected);
    }
}
