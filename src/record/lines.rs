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

/// Hands over the lines of a file one by one, so that a long one is never held as a whole; a last one that was cut is left out.
///
/// # Errors
/// When the file cannot be read, or a line is damaged or refused.
pub(super) fn each<L: DeserializeOwned>(path: &Path, mut hear: impl FnMut(L) -> Result<(), String>) -> Result<(), Diagnostic> {
    let file = File::open(path).map_err(|e| cannot("read", path, &e))?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(|e| cannot("read", path, &e))? == 0 {
            break;
        }
        let damaged =
            |why: String| Diagnostic::error("record/journal", format!("line {number} of `{}` is damaged: {why}", path.display()));
        match serde_json::from_slice(&line) {
            Ok(read) => hear(read).map_err(damaged)?,
            Err(_) if !line.ends_with(b"\n") => break,
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
    Ok(())
}

/// The lines of a file; a last one that was cut is left out.
pub(super) fn read<L: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<Vec<L>, Diagnostic> {
    let raw: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
    let mut lines = Vec::with_capacity(raw.len());
    for (i, line) in raw.iter().enumerate() {
        match serde_json::from_slice(line) {
            Ok(line) => lines.push(line),
            Err(_) if i + 1 == raw.len() && !bytes.ends_with(b"\n") => {}
            Err(e) => {
                let message = format!("line {} of `{}` is damaged: {e}", i + 1, path.display());
                return Err(Diagnostic::error("record/journal", message));
            }
        }
    }
    Ok(lines)
}
