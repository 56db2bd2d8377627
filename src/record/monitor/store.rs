//! Writes a watch down as it happens, so that months of it stay small and a crash loses at most the probe under way.
//!
//! Each probe is a line that is handed to the operating system before anything else is done with it. What is over is rolled up, by the hour into
//! segments and by the day of UTC into days, each written whole and on the disk before what it was made of is taken away; so at every
//! instant the folder tells everything once. Never panics where the disk is full: it says so, keeps what is recorded, and tries again
//! with the next line.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::availability::{MonitorEvent, Probe, detail, later};
use crate::model::redact::Redactor;
use crate::monitor::ledger::{self, Ledger, Mark, Slice};
use crate::monitor::tracker::StateStretch;
use crate::monitor::watch::Probed;
use crate::record::monitor::header::{self, Header};
use crate::record::monitor::line::{Line, MarkLine, ProbeLine};
use crate::record::monitor::names::{self, write_durable};
use crate::record::monitor::replay::{Stored, hour_of, replay};
use crate::record::monitor::rolled::{self, Rolled};
use crate::record::scrub;
use crate::record::store::cannot;
use crate::window::spans::Spans;
use jiff::Timestamp;
use jiff::civil::Date;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Lines at which a segment is over before its hour is.
pub(super) const LINES: usize = 20_000;
/// Bytes of lines that are kept while they cannot be written. What is beyond is known all the same while the process lives, and is
/// written with the next segment that is rolled up.
const WAITING: usize = 4 << 20;

/// What came of telling the store something.
#[derive(Debug)]
#[must_use]
pub struct Appended<'a> {
    /// What there is to tell observers, in order.
    pub events: Vec<MonitorEvent<'a>>,
    /// Why it is not on the disk, where it is not. It is known all the same, and is written with the next line for which there is room.
    pub failure: Option<Diagnostic>,
}

/// Writes one watch down. One process at a time has it.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    header: Header,
    redactor: Redactor,
    ledger: Ledger,
    segment: Segment,
    /// Segments that were rolled up and are no part of a day yet.
    rolled: Vec<(u64, Date)>,
    until: Option<Timestamp>,
    notes: Vec<Diagnostic>,
    /// Locked as long as it is open.
    _lock: File,
}

/// The segment that is being written.
#[derive(Debug)]
struct Segment {
    number: u64,
    path: PathBuf,
    /// Open between lines that could be written.
    file: Option<File>,
    /// The bytes of its whole lines on the disk.
    bytes: u64,
    /// Lines that could not be written yet.
    waiting: Vec<u8>,
    lines: usize,
    /// The date and hour of its first line.
    hour: Option<(Date, i8)>,
}

impl Segment {
    fn new(dir: &Path, number: u64) -> Self {
        let path = names::raw(dir, number);
        Self { number, path, file: None, bytes: 0, waiting: Vec::new(), lines: 0, hour: None }
    }

    /// Adds a line, to be written with the next [`Segment::flush`].
    fn push(&mut self, line: &Line) -> io::Result<()> {
        let whole = self.waiting.len();
        self.lines += 1;
        let written = serde_json::to_writer(&mut self.waiting, line);
        self.waiting.push(b'\n');
        if written.is_err() || self.waiting.len() > WAITING {
            self.waiting.truncate(whole);
        }
        written.map_err(io::Error::from)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        // One write for what is known now: a killed process loses at most what is being written. A file that was not written whole is
        // opened anew.
        file.write_all(&self.waiting)?;
        self.bytes += self.waiting.len() as u64;
        self.waiting.clear();
        self.file = Some(file);
        Ok(())
    }

    /// Opens the file, without the part of a line that an earlier attempt may have left at its end.
    fn open(&mut self) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        let there = file.metadata()?.len();
        if there > self.bytes {
            file.set_len(self.bytes)?;
        }
        self.bytes = self.bytes.min(there);
        Ok(file)
    }
}

impl Store {
    /// Opens the store of a watch in its folder, which is there: begins it where there is none, else goes on where it stopped. Cleans up
    /// what a crash left.
    ///
    /// # Errors
    /// When another process has it, when it is of another watch or of a newer version, and when it cannot be read or written.
    pub fn open(dir: &Path, header: &Header, redactor: Redactor) -> Result<Self, Diagnostic> {
        let lock = lock(dir)?;
        let command = header.command.iter().map(|word| scrub::url(&redactor, word)).collect();
        let shown = Header { target: scrub::url(&redactor, &header.target), command, ..header.clone() };
        let header = header::begin(dir, &shown)?;
        let replayed = replay(dir, &header)?;
        for path in &replayed.left_over {
            fs::remove_file(path).map_err(|e| cannot("take away", path, &e))?;
        }
        let mut segment = Segment::new(dir, replayed.last + 1);
        if let Some(tail) = replayed.tail {
            segment = Segment::new(dir, tail.number);
            (segment.bytes, segment.lines) = (tail.bytes, tail.lines);
            segment.hour = tail.from.map(hour_of);
        }
        Ok(Self {
            dir: dir.to_owned(),
            header,
            redactor,
            ledger: replayed.ledger,
            segment,
            rolled: replayed.rolled,
            until: replayed.until,
            notes: replayed.notes,
            _lock: lock,
        })
    }

    /// What was known when the watch was begun.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was found damaged when it was opened, and left out.
    #[must_use]
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// The last instant at which something is known to have been done; `None` where nothing was yet.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// The due instant of the last probe of an operation.
    #[must_use]
    pub fn last_due(&self, operation: usize) -> Option<Timestamp> {
        self.ledger.last_due(operation)
    }

    /// Also hides this value from now on.
    pub fn hide(&mut self, secret: Secret<String>) {
        self.redactor.add(secret);
    }

    /// Begins a session: `monotonic` is what a clock that nobody sets shows. A session that was killed is ended before it.
    pub fn begin(&mut self, at: Timestamp, monotonic: Nanos) -> Appended<'static> {
        let turned = self.turn(at);
        let marks = self.ledger.begin(at, monotonic);
        let resumed = self.ledger.marks().len() > marks.len();
        let event = |mark: &Mark| match *mark {
            Mark::Began { at, .. } => MonitorEvent::SessionBegan { at, resumed },
            Mark::Ended { at, clean } => MonitorEvent::SessionEnded { at, clean },
            Mark::Jumped { at, by } => MonitorEvent::ClockJumped { at, by },
        };
        let events = marks.iter().map(event).collect();
        let lines = marks.iter().map(|mark| Line::Mark(MarkLine::of(mark)));
        let written = lines.map(|line| self.write(at, &line)).fold(turned, Result::and);
        Appended { events, failure: written.err() }
    }

    /// Ends the session.
    pub fn end(&mut self, at: Timestamp) -> Appended<'static> {
        self.mark(at, Mark::Ended { at, clean: true }, MonitorEvent::SessionEnded { at, clean: true })
    }

    /// Says that the clock on the wall was set to `at`, by so many nanoseconds.
    pub fn jumped(&mut self, at: Timestamp, by: i64) -> Appended<'static> {
        self.mark(at, Mark::Jumped { at, by }, MonitorEvent::ClockJumped { at, by })
    }

    fn mark(&mut self, at: Timestamp, mark: Mark, event: MonitorEvent<'static>) -> Appended<'static> {
        let turned = self.turn(at);
        self.ledger.mark(mark);
        let written = turned.and(self.write(at, &Line::Mark(MarkLine::of(&mark))));
        Appended { events: vec![event], failure: written.err() }
    }

    /// Takes in a probe, as [`Store::append_all`] does.
    pub fn append<'a>(&mut self, probe: &'a Probe, inside: bool) -> Appended<'a> {
        self.take_in([(probe, inside)])
    }

    /// Takes in probes, and writes them down at once. Those of one operation come in order of their due instants. One of no operation of
    /// this watch is refused and changes nothing.
    pub fn append_all<'a>(&mut self, probes: &'a [Probed]) -> Appended<'a> {
        self.take_in(probes.iter().map(|probed| (&probed.probe, probed.inside)))
    }

    fn take_in<'a>(&mut self, probes: impl IntoIterator<Item = (&'a Probe, bool)>) -> Appended<'a> {
        let (mut events, mut failure) = (Vec::new(), None);
        for (probe, inside) in probes {
            let kept = self.keep(probe, inside, &mut events);
            failure = failure.or(kept.err());
        }
        let flushed = self.flush();
        Appended { events, failure: failure.or(flushed.err()) }
    }

    fn keep<'a>(&mut self, probe: &'a Probe, inside: bool, events: &mut Vec<MonitorEvent<'a>>) -> Result<(), Diagnostic> {
        if probe.operation >= self.header.operations.len() {
            let message =
                format!("the watch has {} operations, and none of index {}", self.header.operations.len(), probe.operation);
            return Err(Diagnostic::error("monitor/no-operation", message));
        }
        let shown = match probe.detail.as_str() {
            "" => probe.clone(),
            said => Probe { detail: detail(&scrub::text(&self.redactor, said)), ..probe.clone() },
        };
        let turned = self.turn(probe.due);
        events.push(MonitorEvent::Probed(probe));
        events.extend(self.ledger.push(&shown, inside));
        self.until = self.until.max(Some(later(probe.sent, probe.took)));
        turned.and(self.put_down(probe.due, &Line::Probe(ProbeLine::of(&shown, inside))))
    }

    /// The state that an operation is in at an instant as far as is known, with since when; `None` where nothing is known.
    #[must_use]
    pub fn standing(&self, operation: usize, at: Timestamp) -> Option<StateStretch> {
        self.ledger.standing(operation, at)
    }

    /// What is known of the states of an operation until an instant, in order; none where it is not one of the watch's.
    #[must_use]
    pub fn stretches(&self, operation: usize, until: Timestamp) -> Vec<StateStretch> {
        self.ledger.stretches(operation, until)
    }

    /// Since when it is watched, and the time between sessions.
    #[must_use]
    pub fn watched(&self) -> (Timestamp, Spans) {
        let sessions = ledger::sessions(&self.ledger.marks());
        (sessions.first().map_or(self.header.began, |session| session.began), ledger::gaps(&sessions))
    }

    /// Everything known until an instant.
    #[must_use]
    pub fn stored(&self, until: Timestamp) -> Stored {
        Stored::of(self.header.clone(), &self.ledger, until, self.notes.clone())
    }

    fn write(&mut self, at: Timestamp, line: &Line) -> Result<(), Diagnostic> {
        if let Line::Mark(mark) = line {
            self.until = self.until.max(Some(mark.at()));
        }
        self.put_down(at, line)?;
        self.flush()
    }

    fn put_down(&mut self, at: Timestamp, line: &Line) -> Result<(), Diagnostic> {
        self.segment.hour.get_or_insert(hour_of(at));
        self.segment.push(line).map_err(|e| cannot("write", &self.segment.path, &e))
    }

    fn flush(&mut self) -> Result<(), Diagnostic> {
        self.segment.flush().map_err(|e| cannot("write", &self.segment.path, &e))
    }

    /// Rolls the segment up where it is over when a line of this instant comes.
    fn turn(&mut self, at: Timestamp) -> Result<(), Diagnostic> {
        let now = hour_of(at);
        match self.segment.hour {
            Some(hour) if hour < now || self.segment.lines >= LINES => self.roll(hour.0, now.0),
            _ => Ok(()),
        }
    }

    fn roll(&mut self, day: Date, today: Date) -> Result<(), Diagnostic> {
        let number = self.segment.number;
        let slice = self.ledger.slice();
        let until = self.until.unwrap_or(self.header.began);
        let rolled = Rolled { day, until, slice };
        put(&names::rolled(&self.dir, number), &rolled)?;
        self.ledger.close(rolled.slice);
        self.rolled.push((number, day));
        let raw = std::mem::replace(&mut self.segment, Segment::new(&self.dir, number + 1)).path;
        // From here on the lines count no more, whether or not they can be taken away.
        let taken = take_away(&raw);
        self.merge(today).and(taken)
    }

    /// Makes a day of the segments of each day of UTC that is over.
    fn merge(&mut self, today: Date) -> Result<(), Diagnostic> {
        while let Some((first, day)) = self.rolled.first().copied().filter(|(_, day)| *day != today) {
            let numbers: Vec<u64> = self.rolled.iter().take_while(|(_, d)| *d == day).map(|(n, _)| *n).collect();
            let mut whole = Rolled { day, until: self.header.began, slice: Slice::default() };
            for number in &numbers {
                let segment = rolled::read(&names::rolled(&self.dir, *number))?;
                whole.until = whole.until.max(segment.until);
                whole.slice.append(segment.slice, &self.header.following());
            }
            let last = numbers.last().copied().unwrap_or(first);
            put(&names::day(&self.dir, day, first, last), &whole)?;
            self.rolled.drain(..numbers.len());
            numbers.iter().map(|n| take_away(&names::rolled(&self.dir, *n))).fold(Ok(()), Result::and)?;
        }
        Ok(())
    }
}

fn put(path: &Path, rolled: &Rolled) -> Result<(), Diagnostic> {
    let text = rolled::text(rolled).map_err(|e| cannot("write", path, &e.into()))?;
    write_durable(path, &text)
}

/// Takes away a file that counts no more; one that is not there is gone already.
fn take_away(path: &Path) -> Result<(), Diagnostic> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(cannot("take away", path, &e)),
        _ => Ok(()),
    }
}

/// Locks a folder for this process, as long as the file is open.
fn lock(dir: &Path) -> Result<File, Diagnostic> {
    let path = dir.join(names::LOCK);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(|e| cannot("write", &path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process is watching into `{}`", dir.display());
            Err(Diagnostic::error("monitor/locked", message).hint("end that one first, or give another folder"))
        }
        Err(TryLockError::Error(e)) => Err(cannot("lock", &path, &e)),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{Line, MarkLine, Segment};
    use crate::monitor::ledger::Mark;
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;

    #[test]
    fn a_line_that_was_written_in_part_is_written_anew() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut segment = Segment::new(dir.path(), 3);
        let line = |by| Line::Mark(MarkLine::of(&Mark::Jumped { at: jiff::Timestamp::UNIX_EPOCH, by }));
        let append = |segment: &mut Segment, by| segment.push(&line(by)).and_then(|()| segment.flush());
        append(&mut segment, 1).expect("there is room");
        // The disk is full, after the first bytes of the line.
        segment.file = Some(OpenOptions::new().write(true).open("/dev/full").expect("the device that is full"));
        assert!(append(&mut segment, 2).is_err());
        let mut file = OpenOptions::new().append(true).open(&segment.path).expect("the lines");
        file.write_all(b"{\"event\"").expect("there is room");
        append(&mut segment, 3).expect("there is room");
        let expected: String = (1..4).map(|by| serde_json::to_string(&line(by)).expect("JSON") + "\n").collect();
        let written = fs::read_to_string(dir.path().join("segment-000003.jsonl")).expect("the lines");
        assert_eq!(written, expected);
    }
}
