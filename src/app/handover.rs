//! `proofmark report export` and `proofmark report import`: the history as lines of JSON, out and in.
//!
//! Takes what it can read and says what it cannot. Never takes a folder with it, and never prints.

use crate::app::history::Place;
use crate::app::trend::entries;
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::record::history::session::Fault;
use crate::record::history::{Filter, Index, Source, lines};
use std::io::Read as _;
use std::path::Path;

/// The name that stands for the standard input.
pub const STREAM: &str = "-";

/// What was handed over.
#[derive(Debug)]
pub struct Handed {
    /// Where the history is.
    pub source: Source,
    /// Runs.
    pub runs: usize,
    /// Lines that were left out, and what else is worth a warning.
    pub warnings: Vec<Diagnostic>,
}

/// The lines of a history.
///
/// # Errors
/// When it cannot be read.
pub fn export(place: &Place, filter: &Filter) -> Result<(String, Handed), Vec<Diagnostic>> {
    let source = place.source()?;
    let (entries, warnings) = entries(&source, &place.out, filter)?;
    Ok((lines::write(&entries), Handed { source, runs: entries.len(), warnings }))
}

/// Writes what was exported into a file, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    lines::write_file(path, text)
}

/// Takes the runs of a file into a history.
///
/// # Errors
/// When the file cannot be read, or the history cannot be written; nothing was taken then.
pub fn import(place: &Place, file: &str) -> Result<Handed, Vec<Diagnostic>> {
    let source = place.source()?;
    let told = |fault: Fault| vec![fault.told(&source.to_string())];
    let bytes = read(file).map_err(|error| {
        vec![
            Diagnostic::error("history/unreadable", format!("cannot read `{file}`: {error}"))
                .hint("give what `proofmark report export` has written, or `-` for the standard input"),
        ]
    })?;
    // One byte that is no text costs its line.
    let (runs, mut warnings) = lines::read(&String::from_utf8_lossy(&bytes), file);
    if let Some(folder) = source.file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| told(Fault::Unwritable(error.to_string())))?;
    }
    let opened = Index::open_or_make(&source, SystemClock.now()).map_err(told)?;
    if let Some((aside, why)) = &opened.aside {
        let message = format!("`{source}` was broken ({why}), and was set aside as `{}`", aside.display());
        let hint = "`proofmark report index` takes in the run folders";
        warnings.insert(0, Diagnostic::warning("history/set-aside", message).hint(hint));
    }
    let mut index = opened.index;
    index.put(&runs).map_err(told)?;
    Ok(Handed { source, runs: runs.len(), warnings })
}

fn read(file: &str) -> std::io::Result<Vec<u8>> {
    if file != STREAM {
        return std::fs::read(file);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
