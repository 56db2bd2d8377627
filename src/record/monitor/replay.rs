//! What a watch's folder tells: days and segments that were rolled up, then the lines of the last one.
//!
//! Changes nothing in the folder. Leaves out what is damaged and says so; never guesses what it was.

use crate::base::diagnostic::Diagnostic;
use crate::model::availability::later;
use crate::monitor::ledger::{self, Ledger, Mark, Session};
use crate::monitor::log::Log;
use crate::record::monitor::header::{self, Header};
use crate::record::monitor::line::Line;
use crate::record::monitor::names::{Piece, list};
use crate::record::monitor::rolled;
use crate::record::store::cannot;
use crate::window::spans::Spans;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// Notes kept of what is damaged.
const NOTES: usize = 20;
/// How often a folder that is being written to is looked at again.
const TRIES: usize = 5;

/// What is stored of a watch.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What was known when it was begun.
    pub header: Header,
    /// What is known of each operation.
    pub logs: Vec<Log>,
    /// When somebody watched.
    pub sessions: Vec<Session>,
    /// The time between sessions.
    pub gaps: Spans,
    /// When the clock was set, and by how many nanoseconds.
    pub jumps: Vec<(Timestamp, i64)>,
    /// When watching began.
    pub began: Timestamp,
    /// Until when it is told.
    pub until: Timestamp,
    /// What was found damaged and left out.
    pub notes: Vec<Diagnostic>,
}

impl Stored {
    pub(super) fn of(header: Header, ledger: &Ledger, until: Timestamp, notes: Vec<Diagnostic>) -> Self {
        let marks = ledger.marks();
        let sessions = ledger::sessions(&marks);
        let jump = |mark: &Mark| match *mark {
            Mark::Jumped { at, by } => Some((at, by)),
            _ => None,
        };
        Self {
            logs: ledger.logs(until),
            gaps: ledger::gaps(&sessions),
            jumps: marks.iter().filter_map(jump).collect(),
            began: sessions.first().map_or(header.began, |s| s.began),
            header,
            sessions,
            until,
            notes,
        }
    }
}

/// What is stored in a watch's folder: until its last sign of life, or its end. May be asked while the watch goes on.
///
/// # Errors
/// When it cannot be read, is none, or was written by a newer version.
pub fn read(dir: &Path) -> Result<Stored, Diagnostic> {
    let header = header::read(dir)?;
    let replayed = settled(dir, &header)?;
    let until = replayed.until.unwrap_or(header.began);
    Ok(Stored::of(header, &replayed.ledger, until, replayed.notes))
}

/// True where the folder at `path` is a watch's.
#[must_use]
pub fn is_watch(path: &Path) -> bool {
    header::read(path).is_ok()
}

/// Replays; where a file is gone since it was rolled up meanwhile, it begins again.
fn settled(dir: &Path, header: &Header) -> Result<Replay, Diagnostic> {
    for _ in 1..TRIES {
        let pieces = list(dir)?.pieces;
        let replayed = replay(dir, header);
        if replayed.is_ok() || list(dir)?.pieces == pieces {
            return replayed;
        }
    }
    replay(dir, header)
}

/// The last segment, whose lines are not rolled up.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// Its number; zero where there is none.
    pub(super) number: u64,
    /// Its lines.
    pub(super) lines: usize,
    /// The bytes of its whole lines.
    pub(super) bytes: u64,
    /// The instant of its first line.
    pub(super) from: Option<Timestamp>,
}

/// What a folder tells, and where to go on.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) ledger: Ledger,
    /// The last instant at which something is known to have been done.
    pub(super) until: Option<Timestamp>,
    /// The last segment whose lines are not rolled up, where there is one.
    pub(super) tail: Option<Tail>,
    /// The number of the last segment.
    pub(super) last: u64,
    /// Segments that were rolled up and are no part of a day yet.
    pub(super) rolled: Vec<(u64, Date)>,
    /// Files that are left over.
    pub(super) left_over: Vec<PathBuf>,
    /// What is damaged.
    pub(super) notes: Vec<Diagnostic>,
}

/// Reads what counts of a folder, in order.
///
/// # Errors
/// When a file cannot be read; what is damaged in the lines of a segment is noted and left out.
pub(super) fn replay(dir: &Path, header: &Header) -> Result<Replay, Diagnostic> {
    let listed = list(dir)?;
    let mut replay = Replay {
        ledger: Ledger::new(&header.following()),
        until: None,
        tail: None,
        last: listed.pieces.last().map_or(0, Piece::last),
        rolled: Vec::new(),
        left_over: listed.left_over,
        notes: Vec::new(),
    };
    for piece in &listed.pieces {
        if replay.tail.take().is_some() {
            // The lines of an earlier segment are no part of the last one.
            let slice = replay.ledger.slice();
            replay.ledger.close(slice);
        }
        match piece {
            Piece::Day { path, .. } => drop(replay.take(path)?),
            Piece::Rolled { path, number } => {
                let day = replay.take(path)?;
                replay.rolled.push((*number, day));
            }
            Piece::Raw { path, number } => replay.lines(path, *number)?,
        }
    }
    Ok(replay)
}

impl Replay {
    fn take(&mut self, path: &Path) -> Result<Date, Diagnostic> {
        let rolled = rolled::read(path)?;
        self.ledger.close(rolled.slice);
        self.until = self.until.max(Some(rolled.until));
        Ok(rolled.day)
    }

    fn lines(&mut self, path: &Path, number: u64) -> Result<(), Diagnostic> {
        let bytes = std::fs::read(path).map_err(|e| cannot("read", path, &e))?;
        let mut tail = Tail { number, ..Tail::default() };
        for (at, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
            if !line.ends_with(b"\n") {
                self.note(format!("the last line of `{}` was cut, and is left out", path.display()));
                break;
            }
            tail.lines += 1;
            tail.bytes += line.len() as u64;
            let read = serde_json::from_slice(line).map_err(|e| e.to_string()).and_then(|line| self.hear(&line));
            match read {
                Ok(from) => tail.from = tail.from.or(Some(from)),
                Err(why) => self.note(format!("line {} of `{}` is left out: {why}", at + 1, path.display())),
            }
        }
        self.tail = Some(tail);
        Ok(())
    }

    /// Takes in a line and gives the instant it is about.
    fn hear(&mut self, line: &Line) -> Result<Timestamp, String> {
        let (at, until) = match line {
            Line::Probe(line) => {
                let probe = line.probe()?;
                self.ledger.push(&probe, !line.outside);
                (probe.due, later(probe.sent, probe.took))
            }
            Line::Mark(line) => {
                self.ledger.mark(line.mark());
                (line.at(), line.at())
            }
        };
        self.until = self.until.max(Some(until));
        Ok(at)
    }

    fn note(&mut self, message: String) {
        if self.notes.len() < NOTES {
            self.notes.push(Diagnostic::warning("monitor/damaged", message));
        }
    }
}

/// The date and the hour of UTC that an instant is in.
pub(super) fn hour_of(at: Timestamp) -> (Date, i8) {
    let local = TimeZone::UTC.to_datetime(at);
    (local.date(), local.hour())
}
