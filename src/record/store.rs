//! Records on disk.
//!
//! Names a run's folder, writes its record whole or not at all, and reads records of this version and older ones. Never
//! guesses at a record of a newer version.

use crate::base::diagnostic::Diagnostic;
use crate::record::shape::{FORMAT, RunRecord, VERSION};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;
use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// The record's name in its run's folder.
pub const FILE: &str = "record.json";

/// So many bytes of a record hold its head, as it is written here.
const ENOUGH: u64 = 4096;
/// So many bytes of a record are read at a time.
const CHUNK: usize = 256 * 1024;

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
    read_known(&path, &KNOWN)
}

/// Reads a record from text that is known as `name`.
///
/// # Errors
/// When it is no record, or was written by a newer version.
pub fn parse(text: &str, name: &str) -> Result<RunRecord, Diagnostic> {
    parsed(text, name, &KNOWN)
}

const KNOWN: Known = Known { format: FORMAT, version: VERSION, called: "a run's record", writer: "a run" };

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

/// True where the text is a record of the format, of whatever version. Nothing behind its head is looked at.
pub(crate) fn is_of(text: &str, format: &str) -> bool {
    head(text).is_some_and(|head| head.format == format)
}

/// As much of the file as says what it is: its first bytes, or all of it where they do not.
///
/// # Errors
/// When it cannot be read.
pub fn beginning(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(ENOUGH).read_to_end(&mut bytes)?;
    if head(&String::from_utf8_lossy(&bytes)).is_none() {
        file.read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands on top of a record, however it goes on.
fn head(text: &str) -> Option<Head> {
    struct Top<'a>(&'a mut Option<String>, &'a mut Option<u32>);
    impl<'de> Visitor<'de> for Top<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a record")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while self.0.is_none() || self.1.is_none() {
                match map.next_key::<Cow<'_, str>>()?.as_deref() {
                    Some("format") => *self.0 = Some(map.next_value()?),
                    Some("version") => *self.1 = Some(map.next_value()?),
                    Some(_) => drop(map.next_value::<IgnoredAny>()?),
                    None => break,
                }
            }
            Ok(())
        }
    }
    let (mut format, mut version) = (None, None);
    // That the rest of the map was not looked at is an error to the parser, and the reason why this is quick.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Top(&mut format, &mut version));
    Some(Head { format: format?, version: version? })
}

impl Known {
    /// Refuses what begins otherwise than such a record, or is one of a newer version.
    fn holds_for(&self, beginning: &str, name: &str) -> Result<(), Diagnostic> {
        let Self { format, version, called, writer } = self;
        let none = |e| {
            Diagnostic::error("record/unreadable", format!("`{name}` is not {called}: {e}"))
                .hint(format!("give the `{FILE}` that {writer} has written, or its folder"))
        };
        let head = match head(beginning) {
            Some(head) => head,
            // The parser says what is wrong with it.
            None => serde_json::from_str::<Head>(beginning).map_err(none)?,
        };
        if head.format != *format {
            return Err(Diagnostic::error("record/format", format!("`{name}` is a `{}`, not a `{format}`", head.format)));
        }
        if head.version > *version {
            let message =
                format!("`{name}` has version {} of the record, and this build reads up to version {version}", head.version);
            return Err(Diagnostic::error("record/newer", message).hint("use the proofmark that wrote it, or a newer one"));
        }
        Ok(())
    }
}

/// Reads a record of a kind from text that is known as `name`; one of a newer version is refused before anything of it is read.
pub(crate) fn parsed<T: DeserializeOwned>(text: &str, name: &str, known: &Known) -> Result<T, Diagnostic> {
    known.holds_for(text, name)?;
    serde_json::from_str(text).map_err(|e| damaged(name, &e))
}

/// The same from a file, whose text is never held as a whole.
pub(crate) fn read_known<T: DeserializeOwned>(path: &Path, known: &Known) -> Result<T, Diagnostic> {
    let name = path.display().to_string();
    known.holds_for(&beginning(path).map_err(|e| cannot("read", path, &e))?, &name)?;
    let file = fs::File::open(path).map_err(|e| cannot("read", path, &e))?;
    serde_json::from_reader(io::BufReader::with_capacity(CHUNK, file)).map_err(|e| damaged(&name, &e))
}

fn damaged(name: &str, error: &serde_json::Error) -> Diagnostic {
    Diagnostic::error("record/unreadable", format!("`{name}` is damaged: {error}"))
}

pub(crate) fn cannot(what: &str, path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error("record/io", format!("cannot {what} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{beginning, directory, head, is_of, json, parse, read, write};
    use crate::record::fixture;
    use crate::record::shape::FORMAT;
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
    fn what_a_record_is_stands_on_top_of_it_wherever_it_ends() {
        let text = json(&fixture::record(&fixture::failing()));
        assert!(is_of(&text, FORMAT) && is_of(&text[..200], FORMAT) && !is_of(&text, "proofmark-load"));
        for none in ["", "[]", "{}", "{\"format\":\"x\"}", "{\"version\":1", "{\"format\":1,\"version\":1}"] {
            assert!(head(none).is_none(), "{none}");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let long = format!("{{\"notes\":\"{}\",\"format\":\"x\",\"version\":3}}", "n".repeat(9000));
        let path = folder.path().join("long.json");
        std::fs::write(&path, &long).expect("a file");
        assert_eq!(beginning(&path).expect("a head"), long, "a head may stand behind other members");
        std::fs::write(&path, &text).expect("a file");
        assert!(beginning(&path).expect("a head").len() <= 4096.min(text.len()));
    }

    #[test]
    fn records_of_version_one_stay_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/record-v1.json");
        let record = read(&path).expect("version 1 is readable");
        assert_eq!((record.version, record.cases.len(), record.seed), (1, 7, 42));
        assert_eq!(record.sentence, fixture::record(&fixture::failing()).sentence);
    }
}
