//! A run written down as it happens, so that a killed one can still be shown.
//!
//! Appends one JSON line per event and hands it to the operating system before the run goes on. Never holds an unredacted
//! message, and never judges.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::model::event::{Event, Observer};
use crate::model::redact::Redactor;
use crate::record::figures;
use crate::record::lines::{self, Lines};
use crate::record::make::{Facts, Opening, after, blank, case, exchange};
use crate::record::scrub;
use crate::record::shape::{CaseRecord, ExchangeRecord, RunRecord};
use crate::record::store::cannot;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The journal's name in its run's folder.
pub const FILE: &str = "journal.jsonl";

/// One line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    /// What is known when the run begins: a record in which nothing has happened yet.
    Opened { record: Box<RunRecord> },
    /// The number of cases planned.
    RunStarted { cases: usize },
    /// A case begins.
    CaseStarted { id: String },
    /// An exchange ended.
    Exchanged { case: String, exchange: Box<ExchangeRecord> },
    /// A case ended.
    CaseFinished { case: Box<CaseRecord> },
    /// The run ended.
    RunFinished,
}

/// Writes a run down as it happens.
#[derive(Debug)]
pub struct Journal {
    state: Mutex<Lines>,
}

impl Journal {
    /// Begins the journal in a run's folder.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn create(dir: &Path, opening: &Opening, facts: &Facts, redactor: Redactor) -> Result<Self, Diagnostic> {
        let path = dir.join(FILE);
        let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(|e| cannot("write", &path, &e))?;
        let record = Box::new(blank(opening, &redactor, facts));
        let journal = Self { state: Mutex::new(Lines::new(path, file, redactor)) };
        journal.lock().append(&Line::Opened { record });
        match journal.failure() {
            Some(failure) => Err(failure),
            None => Ok(journal),
        }
    }

    /// Also hides this value from now on: a token that the run has just been given.
    pub fn hide(&self, secret: Secret<String>) {
        self.lock().redactor.add(secret);
    }

    /// Why the journal is incomplete, when a line could not be written.
    #[must_use]
    pub fn failure(&self) -> Option<Diagnostic> {
        self.lock().failure.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Journal {
    fn observe(&self, event: Event<'_>) {
        let mut state = self.lock();
        let line = match event {
            Event::RunStarted { cases } => Line::RunStarted { cases },
            // Nothing has come of it yet.
            Event::Waiting { .. } => return,
            Event::CaseStarted { id } => Line::CaseStarted { id: id.to_owned() },
            Event::Exchanged { case, exchange: seen } => {
                scrub::learn(&mut state.redactor, seen);
                Line::Exchanged { case: case.to_owned(), exchange: Box::new(exchange(seen, &state.redactor)) }
            }
            Event::CaseFinished { outcome } => Line::CaseFinished { case: Box::new(case(outcome, &state.redactor)) },
            Event::RunFinished => Line::RunFinished,
        };
        state.append(&line);
    }
}

/// The record of a run that was killed, from its journal: partial, marked as interrupted.
///
/// A last line that was cut is left out; of other damaged lines the record says that they are.
///
/// # Errors
/// When the journal cannot be read, or its first line is damaged.
pub fn recover(path: &Path) -> Result<RunRecord, Diagnostic> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let (lines, lost) = lines::read(&path)?;
    let mut lines = lines.into_iter();
    let Some(Line::Opened { record }) = lines.next() else {
        return Err(Diagnostic::error("record/journal", format!("`{}` has no opening line", path.display())));
    };
    let mut record = *record;
    record.notes.extend(lost.note(&path));
    let mut known: HashMap<String, usize> = HashMap::new();
    for line in lines {
        match line {
            Line::RunStarted { cases } => record.planned = Some(cases),
            Line::Exchanged { exchange, .. } => record.exchanges.push(*exchange),
            Line::CaseFinished { case } => match known.get(&case.id) {
                // Written down again: whoever listens does not know which attempt is the last.
                Some(at) => record.cases[*at] = *case,
                None => {
                    known.insert(case.id.clone(), record.cases.len());
                    record.cases.push(*case);
                }
            },
            Line::Opened { .. } | Line::CaseStarted { .. } | Line::RunFinished => {}
        }
    }
    record.exchanges.sort_by_key(|x| (x.id.len(), x.id.clone()));
    let ends = record.exchanges.iter().map(|x| after(x.began, x.took_ns));
    record.ended = ends.max().unwrap_or(record.began).max(record.began);
    let took = record.ended.duration_since(record.began);
    record.took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    figures::compute(&mut record);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Journal, Opening, recover};
    use crate::base::secret::Secret;
    use crate::model::event::{Event, Observer as _};
    use crate::model::redact::Redactor;
    use crate::record::fixture;
    use crate::record::shape::RunResult;
    use std::path::Path;

    fn journal(dir: &Path, redactor: Redactor) -> Journal {
        let outcome = fixture::failing();
        let opening =
            Opening { began: outcome.began, target: outcome.target, environment: outcome.environment, seed: outcome.seed };
        Journal::create(dir, &opening, &fixture::facts(), redactor).expect("it is begun")
    }

    #[test]
    fn a_killed_run_is_recovered_up_to_its_last_whole_line() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::failing();
        let written = journal(dir.path(), Redactor::default());
        written.observe(Event::RunStarted { cases: outcome.cases.len() });
        for exchange in &outcome.exchanges {
            written.observe(Event::Exchanged { case: &outcome.cases[0].id, exchange });
        }
        for case in &outcome.cases[..3] {
            written.observe(Event::CaseStarted { id: &case.id });
            written.observe(Event::CaseFinished { outcome: case });
        }
        assert_eq!(written.failure(), None);
        let path = dir.path().join(FILE);
        let whole = std::fs::read(&path).expect("it is there");

        let record = recover(dir.path()).expect("it is recovered");
        assert_eq!((record.verdict, record.interrupted, record.planned), (RunResult::Interrupted, true, Some(7)));
        assert_eq!((record.cases.len(), record.exchanges.len()), (3, 8));
        assert_eq!(record.sentence, "interrupted after 3 of 7 cases: 3 findings in 2 cases");
        assert!(record.causes.iter().any(|c| c.check == "error_code.value"));

        for cut in 1..40 {
            std::fs::write(&path, &whole[..whole.len() - cut]).expect("it is cut");
            assert_eq!(recover(&path).map(|r| r.cases.len()), Ok(if cut == 1 { 3 } else { 2 }), "cut by {cut}");
        }
        let mut damaged = whole.clone();
        let middle = whole.iter().position(|b| *b == b'\n').expect("a line") + 3;
        damaged[middle] = b'#';
        std::fs::write(&path, damaged).expect("it is damaged");
        let record = recover(&path).expect("what is whole is kept");
        assert_eq!((record.planned, record.cases.len(), record.exchanges.len()), (None, 3, 8), "the second line said how many");
        assert!(record.notes[0].starts_with("line 2 of") && record.verdict == RunResult::Interrupted, "{:?}", record.notes);
        std::fs::write(&path, &whole[1..]).expect("it is damaged");
        assert!(recover(&path).expect_err("nothing is known").message.starts_with("line 1 of"));
    }

    #[test]
    fn the_journal_holds_no_secret() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let written = journal(dir.path(), Redactor::default());
        written.hide(Secret::new("SBX-NO-SIGNATORIES".to_owned()));
        for exchange in &fixture::failing().exchanges {
            written.observe(Event::Exchanged { case: "c", exchange });
        }
        let text = std::fs::read_to_string(dir.path().join(FILE)).expect("it is there");
        assert!(!text.contains("SBX-NO-SIGNATORIES") && !text.contains("ey-token") && !text.contains("laas-secret"), "{text}");
    }
}
