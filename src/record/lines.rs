//! A file of JSON lines that is written as things happen: what the journals of runs and of certifications have in common.
//!
//! Hands each line to the operating system before it returns. Never knows what a line says.

use crate::base::diagnostic::Diagnostic;
use crate::model::redact::Redactor;
use crate::record::store::cannot;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// The file, what must not get into it, and why it is incomplete, when it is.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) file: File,
    pub(super) redactor: Redactor,
    pub(super) failure: Option<Diagnostic>,
    path: PathBuf,
}

impl Lines {
    /// The file is locked as long as it is open, so that nobody takes the folder of a run away that still goes on.
    pub(super) fn new(path: PathBuf, file: File, redactor: Redactor) -> Self {
        // Elsewhere a lock keeps readers out, and a run that goes on may be looked at. Where files cannot be locked, it goes on all the same.
        #[cfg(unix)]
        let _ = file.try_lock();
        Self { file, redactor, failure: None, path }
    }

    pub(super) fn append(&mut self, line: &impl Serialize) {
        let written = serde_json::to_vec(line).map_err(std::io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            // One write per line, straight to the file: a killed process loses at most the line being written.
            self.file.write_all(&bytes)
        });
        if let Err(error) = written {
            self.failure.get_or_insert_with(|| cannot("write", &self.path, &error));
        }
    }
}

/// Lines that could not be read, and what is wrong with the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// How many.
    pub(super) lines: usize,
    first: Option<(usize, String)>,
}

impl Lost {
    fn add(&mut self, number: usize, why: String) {
        self.lines += 1;
        self.first.get_or_insert((number, why));
    }

    /// What a reader of the record is told; nothing where all was read.
    pub(super) fn note(&self, path: &Path) -> Option<String> {
        let (number, why) = self.first.as_ref()?;
        let what = match self.lines {
            1 => format!("line {number} of `{}` is damaged and left out", path.display()),
            n => format!("{n} lines of `{}` are damaged and left out, the first of them line {number}", path.display()),
        };
        Some(format!("{what} ({why}): what they told is not known"))
    }
}

/// Hands over the lines of a file one by one, so that a long one is never held as a whole; a last one that was cut is left out, and so
/// are those that cannot be read.
///
/// # Errors
/// When the file cannot be read, or its first line is damaged or refused: it says what the others are of.
pub(super) fn each<L: DeserializeOwned>(path: &Path, mut hear: impl FnMut(L) -> Result<(), String>) -> Result<Lost, Diagnostic> {
    let file = File::open(path).map_err(|e| cannot("read", path, &e))?;
    let mut reader = BufReader::new(file);
    let (mut line, mut lost) = (Vec::new(), Lost::default());
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(|e| cannot("read", path, &e))? == 0 {
            break;
        }
        match serde_json::from_slice(&line).map_err(|error| error.to_string()).and_then(&mut hear) {
            Ok(()) => {}
            Err(_) if !line.ends_with(b"\n") => break,
            Err(why) if number == 1 => {
                let message = format!("line 1 of `{}` is damaged: {why}", path.display());
                return Err(Diagnostic::error("record/journal", message));
            }
            Err(why) => lost.add(number, why),
        }
    }
    Ok(lost)
}

/// The lines of a file; a last one that was cut is left out, and so are those that cannot be read.
///
/// # Errors
/// As [`each`].
pub(super) fn read<L: DeserializeOwned>(path: &Path) -> Result<(Vec<L>, Lost), Diagnostic> {
    let mut lines = Vec::new();
    let lost = each(path, |line| {
        lines.push(line);
        Ok(())
    })?;
    Ok((lines, lost))
}
