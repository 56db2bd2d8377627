//! A load written down as it happens, so that a killed one can still be shown.
//!
//! Appends one JSON line per event and hands it to the operating system before the load goes on. Never holds an unredacted message or
//! more than one interval's histograms, and never judges.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::load::{Health, Interval, LoadEvent, LoadObserver, LoadOpening, LoadOutcome, SearchOutcome, Totals};
use crate::model::redact::Redactor;
use crate::record::lines::{self, Lines};
use crate::record::load::line::{EndLine, FactsLine, IntervalLine, Line, OpeningLine, callback_lines, callbacks, step};
use crate::record::load::make::{self, LoadFacts, Told, assemble};
use crate::record::load::shape::{FORMAT, FailureRecord, HealthRecord, LoadRecord, VERSION};
use crate::record::load::timeline::Timeline;
use crate::record::store::cannot;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The journal's name in its load's folder.
pub const FILE: &str = "journal.jsonl";

/// Writes a load down as it happens, and keeps its timeline.
#[derive(Debug)]
pub struct Journal {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    lines: Lines,
    timeline: Timeline,
}

impl Journal {
    /// Begins the journal in a load's folder.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn create(dir: &Path, facts: &LoadFacts, redactor: Redactor) -> Result<Self, Diagnostic> {
        let path = dir.join(FILE);
        let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(|e| cannot("write", &path, &e))?;
        let first = Line::Opened { format: FORMAT.to_owned(), version: VERSION, facts: FactsLine::of(facts, &redactor) };
        let journal =
            Self { state: Mutex::new(State { lines: Lines::new(path, file, redactor), timeline: Timeline::default() }) };
        journal.lock().lines.append(&first);
        match journal.failure() {
            Some(failure) => Err(failure),
            None => Ok(journal),
        }
    }

    /// Also hides this value from now on.
    pub fn hide(&self, secret: Secret<String>) {
        self.lock().lines.redactor.add(secret);
    }

    /// The load over time, as far as it was told.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        self.lock().timeline.clone()
    }

    /// What is hidden.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        self.lock().lines.redactor.clone()
    }

    /// Why the journal is incomplete, when a line could not be written.
    #[must_use]
    pub fn failure(&self) -> Option<Diagnostic> {
        self.lock().lines.failure.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoadObserver for Journal {
    fn observe(&self, event: LoadEvent<'_>) {
        let state = &mut *self.lock();
        let redactor = &state.lines.redactor;
        state.timeline.hear(event, redactor);
        let line = match event {
            LoadEvent::Started(opening) => Line::Started { opening: Box::new(OpeningLine::of(opening, redactor)) },
            LoadEvent::Interval(interval) => Line::Interval { interval: Box::new(IntervalLine::of(interval)) },
            LoadEvent::Failure(kept) => Line::Failure { failure: Box::new(make::failure(kept, redactor)) },
            LoadEvent::Callbacks(figures) => Line::Callbacks { callbacks: callback_lines(figures, redactor) },
            LoadEvent::Searched(searched) => Line::Searched { step: make::step(searched, redactor) },
            LoadEvent::Note(note) => Line::Note { text: crate::record::scrub::text(redactor, note) },
            LoadEvent::Finished(outcome) => Line::Finished { end: Box::new(EndLine::of(outcome, redactor)) },
        };
        state.lines.append(&line);
    }
}

/// What a journal tells of a load.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What it came to: partial and interrupted where the journal has no end. The failures are in `failures`, redacted as they were
    /// stored, and of the health only whether it has faults.
    pub outcome: LoadOutcome,
    /// The load over time.
    pub timeline: Timeline,
    /// What the record says beside it, without the command.
    pub facts: LoadFacts,
    /// The command as typed, redacted, in the words of a shell.
    pub command: Option<String>,
    /// How the generator fared; `None` where the load did not come to its end.
    pub health: Option<HealthRecord>,
    /// The first failure of each kind.
    pub failures: Vec<FailureRecord>,
}

/// What the journal at `path`, or in the folder there, tells. A last line that was cut is left out; where others are damaged it is
/// interrupted, and says so.
///
/// # Errors
/// When the journal cannot be read, its first line is damaged, or it was written by a newer version.
pub fn read(path: &Path) -> Result<Heard, Diagnostic> {
    let path = file(path);
    let mut heard: Option<Heard> = None;
    let mut opened: Option<FactsLine> = None;
    let lost = lines::each(&path, |line: Line| match (line, &mut heard) {
        (Line::Opened { version, .. }, _) if version > VERSION => {
            Err(format!("it has version {version} of the record, and this build reads up to version {VERSION}"))
        }
        (Line::Opened { facts, .. }, _) => {
            opened = Some(facts);
            Ok(())
        }
        (Line::Started { opening }, None) => {
            heard = opened.as_ref().map(|facts| begun(facts, *opening));
            Ok(())
        }
        (line, Some(heard)) => heard.hear(line),
        (_, None) => Ok(()),
    })?;
    let Some(mut heard) = heard else {
        return Err(Diagnostic::error("record/journal", format!("`{}` ends before the load began", path.display())));
    };
    if heard.health.is_none() {
        heard.outcome.took = Nanos(heard.timeline.end());
    }
    if let Some(note) = lost.note(&path) {
        // What is missing might have been what fails.
        heard.outcome.interrupted = true;
        heard.timeline.note(note);
    }
    Ok(heard)
}

/// The record of a load from its journal: whole where the journal has its end, else partial and marked as interrupted.
///
/// # Errors
/// As [`read`].
pub fn recover(path: &Path) -> Result<LoadRecord, Diagnostic> {
    read(path).map(Heard::record)
}

/// What [`intervals`] hands over.
pub(super) enum Piece<'a> {
    /// What names the operations of the intervals.
    Opening(&'a LoadOpening),
    /// One interval.
    Interval(&'a Interval),
}

/// Hands over the intervals of a journal one by one, after the opening.
///
/// # Errors
/// As [`read`], and when a piece is refused.
pub(super) fn intervals(path: &Path, mut hear: impl FnMut(Piece<'_>) -> Result<(), String>) -> Result<(), Diagnostic> {
    lines::each(&file(path), |line: Line| match line {
        Line::Started { opening } => hear(Piece::Opening(&opening.opening())),
        Line::Interval { interval } => hear(Piece::Interval(&interval.interval()?)),
        _ => Ok(()),
    })
    .map(|_| ())
}

/// True where the file at `path`, or in the folder there, is the journal of a load.
#[must_use]
pub fn is_load(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(file(path)).and_then(|file| BufReader::new(file).read_until(b'\n', &mut first));
    read.is_ok() && matches!(serde_json::from_slice(&first), Ok(Line::Opened { format, .. }) if format == FORMAT)
}

fn file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(FILE) } else { path.to_owned() }
}

fn begun(facts: &FactsLine, opening: OpeningLine) -> Heard {
    Heard {
        outcome: LoadOutcome {
            opening: opening.opening(),
            took: Nanos(0),
            measured: Totals::default(),
            warmup: Totals::default(),
            slos: Vec::new(),
            health: Health::default(),
            callbacks: Vec::new(),
            failures: Vec::new(),
            failures_not_kept: 0,
            search: None,
            aborted: None,
            unfinished: 0,
            interrupted: true,
            unusable: None,
        },
        timeline: Timeline::default(),
        facts: facts.facts(),
        command: facts.command.clone(),
        health: None,
        failures: Vec::new(),
    }
}

impl Heard {
    fn hear(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Opened { .. } | Line::Started { .. } => {}
            Line::Interval { interval } => {
                let interval = interval.interval()?;
                self.timeline.add(&interval);
                self.outcome.totals_of(interval.phase).add(&interval);
            }
            Line::Failure { failure } => self.failures.push(*failure),
            Line::Callbacks { callbacks: lines } => self.outcome.callbacks = callbacks(&lines)?,
            Line::Searched { step: record } => {
                let none =
                    || SearchOutcome { capacity: None, broke_at: None, spoiled_at: None, steps: Vec::new(), unbounded: false };
                self.outcome.search.get_or_insert_with(none).steps.push(step(record));
            }
            Line::Note { text } => self.timeline.note(text),
            Line::Finished { end } => {
                self.health = Some(end.health.clone());
                end.tell(&mut self.outcome)?;
            }
        }
        Ok(())
    }

    /// The record of it.
    #[must_use]
    pub fn record(self) -> LoadRecord {
        let told = Told { health: self.health, failures: self.failures };
        let mut record = assemble(&self.outcome, told, &self.timeline, &Redactor::default(), &self.facts);
        record.command = self.command;
        record
    }
}

#[cfg(test)]
mod tests {
    use super::{FILE, Journal, is_load, read, recover};
    use crate::base::secret::Secret;
    use crate::model::load::{Class, LoadOutcome, Totals};
    use crate::model::redact::Redactor;
    use crate::record::load::fixture;
    use crate::record::load::shape::{LoadResult, Validity};
    use std::path::Path;

    fn written(dir: &Path, outcome: &LoadOutcome) -> Journal {
        let journal = Journal::create(dir, &fixture::facts(), Redactor::default()).expect("it is begun");
        fixture::observe(outcome, &journal);
        assert_eq!(journal.failure(), None);
        journal
    }

    /// Every count, down to each bucket.
    fn counts(totals: &Totals) -> impl PartialEq + std::fmt::Debug + use<> {
        let buckets = |h: &crate::model::histogram::Histogram| (h.buckets().collect::<Vec<_>>(), h.saturated(), h.max());
        let cells: Vec<_> = totals
            .cells
            .iter()
            .map(|c| {
                let f = &c.figures;
                (c.operation, c.class, buckets(&f.response), buckets(&f.service), buckets(&f.lag), c.answered)
            })
            .collect();
        let c = &totals.connections;
        let connections = (buckets(&c.connect), buckets(&c.tls), buckets(&c.first_byte), c.opened, c.reopened, c.resumed);
        (cells, connections, [totals.length.0, totals.due, totals.sent, totals.missed, totals.journeys, totals.cpu.0])
    }

    #[test]
    fn an_outcome_comes_back_from_its_journal_as_it_was() {
        for outcome in [fixture::passing(), fixture::invalid(), fixture::searched(), fixture::unusable(), fixture::interrupted()]
        {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let journal = written(dir.path(), &outcome);
            let heard = read(dir.path()).expect("it is read");
            assert_eq!(counts(&heard.outcome.measured), counts(&outcome.measured));
            assert_eq!(counts(&heard.outcome.warmup), counts(&outcome.warmup));
            assert_eq!(heard.timeline, journal.timeline());
            assert_eq!(heard.record(), fixture::record(&outcome));
        }
    }

    #[test]
    fn failures_callbacks_and_saturated_samples_come_back_too() {
        let mut outcome = fixture::failing();
        // What was found wrong is counted by the intervals, which know nothing of the fixture's change.
        for cell in &mut outcome.measured.cells {
            cell.answered.invalid = 0;
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        written(dir.path(), &outcome);
        assert_eq!(recover(dir.path()).expect("it is read"), fixture::record(&outcome));

        let mut interval = fixture::intervals(true).remove(3);
        interval.cells[0].figures.response.record(crate::base::units::Nanos(u64::MAX));
        let line = super::IntervalLine::of(&interval);
        let stored: super::IntervalLine =
            serde_json::from_str(&serde_json::to_string(&line).expect("JSON")).expect("it is read back");
        let (mut before, mut after) = (Totals::default(), Totals::default());
        before.add(&interval);
        after.add(&stored.interval().expect("an interval"));
        assert_eq!(counts(&after), counts(&before));
        let saturated = |t: &Totals| t.of(Some(0)).find(|c| c.class == Class::Status(2)).map(|c| c.figures.response.saturated());
        assert_eq!((saturated(&before), saturated(&after)), (Some(1), Some(1)));
    }

    #[test]
    fn a_killed_load_is_recovered_up_to_its_last_whole_line() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        written(dir.path(), &fixture::failing());
        let path = dir.path().join(FILE);
        let whole = std::fs::read_to_string(&path).expect("it is there");
        assert!(is_load(dir.path()) && is_load(&path));
        // Opened, started, a note, then an interval and its callbacks eleven times.
        let kept: String = whole.split_inclusive('\n').take(3 + 2 * 6).collect();
        std::fs::write(&path, &kept).expect("it is cut");
        let record = recover(dir.path()).expect("it is recovered");
        assert_eq!((record.verdict, record.interrupted), (LoadResult::Interrupted, true));
        assert_eq!((record.validity.result, record.health.is_none()), (Validity::Unknown, true));
        assert_eq!((record.series.len(), record.load.arrival.due, record.took_ns), (6, 800, 6_000_000_000));
        assert_eq!(record.callbacks[0].delivered, 300);
        for cut in 1..40 {
            std::fs::write(&path, &kept[..kept.len() - cut]).expect("it is cut");
            assert_eq!(recover(&path).map(|r| r.load.arrival.due), Ok(800), "cut by {cut}");
        }
        let last = kept.trim_end().rfind('\n').expect("lines");
        std::fs::write(&path, &kept[..last - 1]).expect("it is cut");
        assert_eq!(recover(&path).map(|r| r.series.len()), Ok(5), "an interval that was cut");
        std::fs::write(&path, kept.replacen("\"cells\"", "\"sells\"", 1)).expect("it is damaged");
        let damaged = recover(&path).expect("what is whole is kept");
        assert!(
            damaged.notes.iter().any(|note| note.starts_with("line 4 of")) && damaged.series.len() == 5,
            "{:?}",
            damaged.notes
        );
        std::fs::write(&path, whole.replacen("\"cells\"", "\"sells\"", 1)).expect("it is damaged");
        assert_eq!(recover(&path).map(|r| r.verdict), Ok(LoadResult::Interrupted), "it is not whole");
        std::fs::write(&path, whole.lines().next().expect("a line")).expect("it is cut");
        assert!(recover(&path).expect_err("nothing").message.ends_with("ends before the load began"));
    }

    #[test]
    fn the_journal_holds_no_secret() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let journal = Journal::create(dir.path(), &fixture::facts(), Redactor::default()).expect("it is begun");
        journal.hide(Secret::new("SBX-NO-SIGNATORIES".to_owned()));
        fixture::observe(&fixture::failing(), &journal);
        let text = std::fs::read_to_string(dir.path().join(FILE)).expect("it is there");
        assert!(text.contains("\"event\":\"failure\"") && !text.contains("SBX-NO-SIGNATORIES"), "{text}");
        assert!(!text.contains("ey-token"), "{text}");
    }
}
