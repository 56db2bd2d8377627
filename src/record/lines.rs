//! A file of JSON lines that is written as things happen: what the journals of runs and of certifications have in common.
//!
//! Hands each line to the operating system before it returns. Never knows what a line says.

use crate::base::diagnostic::Diagnostic;
use crate::model::redact::Redactor;
use crate::record::store::cannot;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::Write as _;
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
    pub(super) fn new(path: PathBuf, file: File, redactor: Redactor) -> Self {
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
