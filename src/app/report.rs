//! `proofmark report show`: renders a stored run again.
//!
//! Reads a record, or what a killed run left in its journal. Runs nothing and never prints.

use crate::base::diagnostic::Diagnostic;
use crate::record::shape::RunRecord;
use crate::record::{journal, store};
use std::path::Path;

/// The record of a run: `path` is its folder, its record or its journal.
///
/// # Errors
/// A diagnostic when there is neither, or when it cannot be read.
pub fn read(path: &Path) -> Result<RunRecord, Diagnostic> {
    if path.is_dir() {
        let left = path.join(journal::FILE);
        // A run that was killed wrote no record; its journal is all there is.
        return if !path.join(store::FILE).exists() && left.exists() { journal::recover(&left) } else { store::read(path) };
    }
    if path.extension().is_some_and(|e| e == "jsonl") { journal::recover(path) } else { store::read(path) }
}
