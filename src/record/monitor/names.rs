//! The files of a watch's folder: what they are called, which of them count, and how one is written so that a crash leaves it whole.
//!
//! A segment that was rolled up counts instead of its lines, a day instead of its segments. Never reads what a file says.

use crate::base::diagnostic::Diagnostic;
use crate::record::store::cannot;
use jiff::civil::Date;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The header's name.
pub(crate) const HEADER: &str = "monitor.json";
/// What is locked by the process that watches.
pub(crate) const LOCK: &str = "monitor.lock";

/// The file of a segment's lines.
pub(super) fn raw(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segment-{number:06}.jsonl"))
}

/// The file of a segment that was rolled up.
pub(super) fn rolled(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segment-{number:06}.rolled.json"))
}

/// The file of the segments of a day of UTC, from one number to another.
pub(super) fn day(dir: &Path, date: Date, first: u64, last: u64) -> PathBuf {
    dir.join(format!("day-{date}-{first:06}-{last:06}.rolled.json"))
}

/// A file that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The segments of a day.
    Day { path: PathBuf, last: u64 },
    /// One segment, rolled up.
    Rolled { path: PathBuf, number: u64 },
    /// The lines of one segment.
    Raw { path: PathBuf, number: u64 },
}

impl Piece {
    /// The number of its last segment.
    pub(super) fn last(&self) -> u64 {
        match self {
            Self::Day { last, .. } => *last,
            Self::Rolled { number, .. } | Self::Raw { number, .. } => *number,
        }
    }
}

/// The files of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// Those that count, in order.
    pub(super) pieces: Vec<Piece>,
    /// Those that are left over: what others count instead of, and what was never finished.
    pub(super) left_over: Vec<PathBuf>,
}

/// Finds which files of a folder count.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn list(dir: &Path) -> Result<Listed, Diagnostic> {
    let mut found: Vec<(u64, u8, u64, PathBuf)> = Vec::new();
    let mut listed = Listed::default();
    for entry in fs::read_dir(dir).map_err(|e| cannot("read", dir, &e))? {
        let path = entry.map_err(|e| cannot("read", dir, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        match parse(name) {
            Some(Named::Partial) => listed.left_over.push(path),
            Some(Named::Day(first, last)) => found.push((first, 0, last, path)),
            Some(Named::Rolled(number)) => found.push((number, 1, number, path)),
            Some(Named::Raw(number)) => found.push((number, 2, number, path)),
            None => {}
        }
    }
    found.sort();
    let mut counted = 0;
    for (first, kind, last, path) in found {
        if first <= counted {
            listed.left_over.push(path);
            continue;
        }
        counted = last;
        listed.pieces.push(match kind {
            0 => Piece::Day { path, last },
            1 => Piece::Rolled { path, number: first },
            _ => Piece::Raw { path, number: first },
        });
    }
    Ok(listed)
}

enum Named {
    Partial,
    Day(u64, u64),
    Rolled(u64),
    Raw(u64),
}

fn parse(name: &str) -> Option<Named> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|n| *n > 0);
    if let Some(whole) = name.strip_suffix(".partial") {
        return (whole == HEADER || parse(whole).is_some()).then_some(Named::Partial);
    }
    if let Some(rest) = name.strip_prefix("segment-") {
        return match rest.strip_suffix(".rolled.json") {
            Some(digits) => number(digits).map(Named::Rolled),
            None => number(rest.strip_suffix(".jsonl")?).map(Named::Raw),
        };
    }
    let (rest, last) = name.strip_prefix("day-")?.strip_suffix(".rolled.json")?.rsplit_once('-')?;
    let (date, first) = rest.rsplit_once('-')?;
    date.parse::<Date>().ok()?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(Named::Day(first, last))
}

/// Writes a file whole or not at all, and has it on the disk before it returns.
///
/// # Errors
/// When it cannot be written; what stood there before still does.
pub(super) fn write_durable(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| cannot("write", &partial, &e))?;
    fs::rename(&partial, path).map_err(|e| cannot("write", path, &e))?;
    // The name is on the disk only when its folder is.
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| cannot("write", folder, &e))
}

#[cfg(test)]
mod tests {
    use super::{Piece, list};
    use std::fs;

    #[test]
    fn what_was_rolled_up_counts_instead_of_what_it_was_made_of() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in [
            "monitor.json",
            "monitor.json.partial",
            "monitor.lock",
            "record.json",
            "day-2026-03-28-000001-000003.rolled.json",
            "segment-000002.rolled.json",
            "segment-000003.jsonl",
            "segment-000004.rolled.json",
            "segment-000004.jsonl",
            "segment-000004.rolled.json.partial",
            "segment-000005.jsonl",
            "segment-000000.jsonl",
            "segment-x.jsonl",
            "day-2026-03-32-000006-000007.rolled.json",
            "day-2026-03-29-000008-000007.rolled.json",
            "notes.partial",
        ] {
            fs::write(dir.path().join(name), "").expect("it is written");
        }
        let listed = list(dir.path()).expect("it is listed");
        let kinds: Vec<_> = listed
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Day { .. } => ("day", piece.last()),
                Piece::Rolled { .. } => ("rolled", piece.last()),
                Piece::Raw { .. } => ("raw", piece.last()),
            })
            .collect();
        assert_eq!(kinds, [("day", 3), ("rolled", 4), ("raw", 5)]);
        let mut left: Vec<_> = listed.left_over.iter().filter_map(|p| p.file_name()?.to_str()).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [
                "monitor.json.partial",
                "segment-000002.rolled.json",
                "segment-000003.jsonl",
                "segment-000004.jsonl",
                "segment-000004.rolled.json.partial"
            ]
        );
    }
}
