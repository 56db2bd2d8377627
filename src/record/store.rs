//! Records on disk.
//!
//! Names a run's folder, writes its record whole or not at all, and reads records of this version and older ones. Never
//! guesses at a record of a newer version.

use crate::base::diagnostic::Diagnostic;
use crate::record::shape::{FORMAT, RunRecord, VERSION};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The record's name in its run's folder.
pub const FILE: &str = "record.json";

/// Makes the folder of a run under `out`: `2026-11-21T200512Z-check`, with `-2` and so on where that is taken.
///
/// # Errors
/// When the folder cannot be made.
pub fn directory(out: &Path, began: Timestamp, command: &str) -> Result<PathBuf, Diagnostic> {
    let name = format!("{}-{command}", began.strftime("%Y-%m-%dT%H%M%SZ"));
    fs::create_dir_all(out).map_err(|e| cannot("make the folder", out, &e))?;
    for number in 1_u32.. {
        let path = out.join(if number == 1 { name.clone() } else { format!("{name}-{number}") });
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(cannot("make the folder", &path, &e)),
        }
    }
    Err(Diagnostic::error("record/full", format!("no free name is left in `{}`", out.display())))
}

/// Writes the record into its run's folder, whole or not at all, and gives its path.
///
/// # Errors
/// When the file cannot be written.
pub fn write(dir: &Path, record: &RunRecord) -> Result<PathBuf, Diagnostic> {
    write_whole(&dir.join(FILE), &(json(record) + "\n"))
}

/// Writes a file whole or not at all, and gives its path.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<PathBuf, Diagnostic> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    fs::write(&partial, text).map_err(|e| cannot("write", &partial, &e))?;
    fs::rename(&partial, path).map_err(|e| cannot("write", path, &e))?;
    Ok(path.to_owned())
}

/// The record as JSON, a line for each case, exchange and other item: short to write, and still to be read and compared by
/// line.
///
/// # Panics
/// Never: a record has text keys only.
#[must_use]
pub fn json(record: &RunRecord) -> String {
    laid_out(record)
}

/// Any record in lines.
pub(crate) fn laid_out<T: Serialize>(record: &T) -> String {
    let mut bytes = Vec::with_capacity(64 * 1024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Lines::default());
    record.serialize(&mut serializer).expect("a record has text keys only");
    String::from_utf8(bytes).expect("JSON is text")
}

/// Breaks lines between the record's members and between the items of its lists, and nowhere below.
#[derive(Default)]
struct Lines {
    depth: usize,
}

impl Lines {
    const BROKEN: usize = 2;

    fn between<W: ?Sized + io::Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        if self.depth > Self::BROKEN { Ok(()) } else { writer.write_all(b"\n") }
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.between(writer, first)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        // Only lists are broken into lines, and the record as a whole.
        self.depth += if self.depth == 0 { 1 } else { Self::BROKEN };
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= if self.depth == 1 { 1 } else { Self::BROKEN };
        if self.depth == 0 { writer.write_all(b"\n}") } else { writer.write_all(b"}") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.between(writer, first)
    }
}

/// Reads a record; `path` is the file or the run's folder.
///
/// # Errors
/// When it cannot be read, is no record, or was written by a newer version.
pub fn read(path: &Path) -> Result<RunRecord, Diagnostic> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let text = fs::read_to_string(&path).map_err(|e| cannot("read", &path, &e))?;
    parse(&text, &path.display().to_string())
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no record, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<RunRecord, Diagnostic> {
    parsed(text, name, &Known { format: FORMAT, version: VERSION, called: "a run's record", writer: "a run" })
}

/// What is known of a kind of record before it is read.
pub(crate) struct Known {
    /// What its `format` says.
    pub(crate) format: &'static str,
    /// The newest version that is read.
    pub(crate) version: u32,
    /// As a sentence names such a record: `a run's record`.
    pub(crate) called: &'static str,
    /// What writes one: `a run`.
    pub(crate) writer: &'static str,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// True where the text is a record of the format, of whatever version.
pub(crate) fn is_of(text: &str, format: &str) -> bool {
    serde_json::from_str::<Head>(text).is_ok_and(|head| head.format == format)
}

/// Reads a record of a kind from text that is known as `name`; one of a newer version is refused before anything of it is read.
pub(crate) fn parsed<T: DeserializeOwned>(text: &str, name: &str, known: &Known) -> Result<T, Diagnostic> {
    let Known { format, version, called, writer } = known;
    let head: Head = serde_json::from_str(text).map_err(|e| {
        Diagnostic::error("record/unreadable", format!("`{name}` is not {called}: {e}"))
            .hint(format!("give the `{FILE}` that {writer} has written, or its folder"))
    })?;
    if head.format != *format {
        return Err(Diagnostic::error("record/format", format!("`{name}` is a `{}`, not a `{format}`", head.format)));
    }
    if head.version > *version {
        let message =
            format!("`{name}` has version {} of the record, and this build reads up to version {version}", head.version);
        return Err(Diagnostic::error("record/newer", message).hint("use the proofmark that wrote it, or a newer one"));
    }
    serde_json::from_str(text).map_err(|e| Diagnostic::error("record/unreadable", format!("`{name}` is damaged: {e}")))
}

pub(crate) fn cannot(what: &str, path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error("record/io", format!("cannot {what} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{directory, json, parse, read, write};
    use crate::record::fixture;
    use jiff::Timestamp;
    use std::path::Path;

    #[test]
    fn what_is_written_is_what_is_read() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let began: Timestamp = "2026-11-21T20:05:12.9Z".parse().expect("an instant");
        let dir = directory(out.path(), began, "check").expect("a folder");
        assert_eq!(dir.file_name().and_then(|n| n.to_str()), Some("2026-11-21T200512Z-check"));
        let second = directory(out.path(), began, "check").expect("a folder");
        assert!(second.ends_with("2026-11-21T200512Z-check-2"));
        let record = fixture::record(&fixture::failing());
        let path = write(&dir, &record).expect("it is written");
        assert_eq!(read(&path).expect("it is read"), record);
        assert_eq!(read(&dir).expect("the folder will do"), record);
        assert_eq!(std::fs::read_dir(&dir).expect("the folder").count(), 1);
    }

    #[test]
    fn a_line_for_each_case_and_exchange() {
        let record = fixture::record(&fixture::failing());
        let text = json(&record);
        let starting = |start: &str| text.lines().filter(|l| l.starts_with(start)).count();
        assert_eq!((starting("{\"id\":\"x"), starting("{\"id\":\"laas-")), (record.exchanges.len(), 4), "{text}");
        assert_eq!((starting("\"seed\":42,"), text.ends_with("\n}")), (1, true), "{text}");
    }

    #[test]
    fn a_newer_record_is_refused_and_says_so() {
        let mut record = fixture::record(&fixture::passing());
        record.version = 2;
        let refused = parse(&json(&record), "record.json").expect_err("it is newer");
        assert_eq!(refused.message, "`record.json` has version 2 of the record, and this build reads up to version 1");
        for (text, code) in
            [("{}", "record/unreadable"), ("x", "record/unreadable"), (r#"{"format":"x","version":1}"#, "record/format")]
        {
            assert_eq!(parse(text, "x").expect_err("it is no record").code, code);
        }
    }

    #[test]
    fn records_of_version_one_stay_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/record-v1.json");
        let record = read(&path).expect("version 1 is readable");
        assert_eq!((record.version, record.cases.len(), record.seed), (1, 7, 42));
        assert_eq!(record.sentence, fixture::record(&fixture::failing()).sentence);
    }
}
