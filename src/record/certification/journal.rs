//! A certification written down as it happens, so that a killed one can be shown and gone on with.
//!
//! Appends one JSON line per event and hands it to the operating system before the certification goes on. Never holds an unredacted
//! message, and never judges.

use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::model::certification::{CertificationEvent, CertificationObserver, ModuleId};
use crate::model::redact::Redactor;
use crate::record::certification::make::{CertificationFacts, CertificationOpening, blank, module, tls};
use crate::record::certification::resume::number;
use crate::record::certification::shape::{
    CertificationRecord, CertificationResult, ModuleRecord, ResultRecord, StatusRecord, TlsRecord,
};
use crate::record::certification::words;
use crate::record::lines::{self, Lines};
use crate::record::make::{after, exchange};
use crate::record::shape::{ExchangeRecord, instant};
use crate::record::store::cannot;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The journal's name in its certification's folder.
pub const FILE: &str = "journal.jsonl";

/// One line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    /// What is known when the certification begins: a record in which nothing has happened yet, and what a certificate needs.
    Opened { record: Box<CertificationRecord>, required: Vec<String> },
    /// A stopped certification is gone on with.
    Resumed {
        #[serde(with = "instant")]
        at: Timestamp,
    },
    /// The number of modules to be run.
    Started { modules: usize },
    /// A module begins.
    ModuleStarted { key: String },
    /// A module waits.
    Waiting { key: String, what: String, at_most_ns: u64 },
    /// What is known of TLS.
    TlsSeen { tls: TlsRecord },
    /// An exchange ended.
    Exchanged { module: String, exchange: Box<ExchangeRecord> },
    /// A module ended.
    ModuleFinished { module: Box<ModuleRecord> },
    /// The certification ended or was stopped.
    Finished,
}

/// Writes a certification down as it happens.
#[derive(Debug)]
pub struct Journal {
    state: Mutex<Lines>,
}

impl Journal {
    /// Begins the journal in a certification's folder.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn create(
        dir: &Path,
        opening: &CertificationOpening,
        facts: &CertificationFacts,
        redactor: Redactor,
    ) -> Result<Self, Diagnostic> {
        let path = dir.join(FILE);
        let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(|e| cannot("write", &path, &e))?;
        let record = Box::new(blank(opening, &redactor, facts));
        let required = opening.required.iter().map(|m| m.key().to_owned()).collect();
        Self::begin(path, file, redactor, &Line::Opened { record, required })
    }

    /// Goes on with the journal of a certification that was stopped, `at` this instant. A last line that was cut is taken off.
    ///
    /// # Errors
    /// When there is none, or it cannot be written.
    pub fn resume(dir: &Path, at: Timestamp, redactor: Redactor) -> Result<Self, Diagnostic> {
        let path = dir.join(FILE);
        let whole = std::fs::read(&path)
            .map(|bytes| bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last as u64 + 1))
            .map_err(|e| cannot("read", &path, &e))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|e| cannot("write", &path, &e))?;
        file.set_len(whole).map_err(|e| cannot("write", &path, &e))?;
        Self::begin(path, file, redactor, &Line::Resumed { at })
    }

    fn begin(path: PathBuf, file: File, redactor: Redactor, first: &Line) -> Result<Self, Diagnostic> {
        let journal = Self { state: Mutex::new(Lines::new(path, file, redactor)) };
        journal.lock().append(first);
        match journal.failure() {
            Some(failure) => Err(failure),
            None => Ok(journal),
        }
    }

    /// Also hides this value from now on.
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

impl CertificationObserver for Journal {
    fn observe(&self, event: CertificationEvent<'_>) {
        let mut state = self.lock();
        let line = match event {
            CertificationEvent::Started { modules } => Line::Started { modules: modules.len() },
            CertificationEvent::ModuleStarted { id } => Line::ModuleStarted { key: id.key().to_owned() },
            CertificationEvent::Waiting { id, what, at_most } => {
                Line::Waiting { key: id.key().to_owned(), what: state.redactor.text(what), at_most_ns: at_most.0 }
            }
            CertificationEvent::TlsSeen { facts } => Line::TlsSeen { tls: tls(facts, &state.redactor) },
            CertificationEvent::Exchanged { module, exchange: seen } => {
                Line::Exchanged { module: module.key().to_owned(), exchange: Box::new(exchange(seen, &state.redactor)) }
            }
            CertificationEvent::ModuleFinished { outcome } => {
                Line::ModuleFinished { module: Box::new(module(outcome, &state.redactor)) }
            }
            CertificationEvent::Finished => Line::Finished,
        };
        state.append(&line);
    }
}

/// True where the journal of this folder was begun or gone on with, and has not been closed.
pub(super) fn is_open(dir: &Path) -> bool {
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(dir.join(FILE))?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(64)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        Ok(tail)
    };
    let closing = serde_json::to_string(&Line::Finished).unwrap_or_default() + "\n";
    tail().is_ok_and(|tail| !tail.ends_with(closing.as_bytes()))
}

/// The record of a certification that was killed, from its journal: partial, marked as interrupted, the module that was under way as
/// well. `path` is the journal or its folder.
///
/// A last line that was cut is left out; of other damaged lines the record says that they are.
///
/// # Errors
/// When the journal cannot be read, or its first line is damaged.
pub fn recover(path: &Path) -> Result<CertificationRecord, Diagnostic> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let (lines, lost) = lines::read(&path)?;
    let mut lines = lines.into_iter();
    let Some(Line::Opened { record, required }) = lines.next() else {
        return Err(Diagnostic::error("record/journal", format!("`{}` has no opening line", path.display())));
    };
    let mut told = Told { record: *record, required, running: None };
    told.record.notes.extend(lost.note(&path));
    for line in lines {
        told.hear(line);
    }
    Ok(told.end())
}

/// True where the file at `path` is the journal of a certification.
#[must_use]
pub fn is_certification(path: &Path) -> bool {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let Ok(bytes) = std::fs::read(&path) else { return false };
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    matches!(serde_json::from_slice(first), Ok(Line::Opened { record, .. }) if record.format == super::shape::FORMAT)
}

/// What a journal has told so far.
struct Told {
    record: CertificationRecord,
    required: Vec<String>,
    /// The module under way, what it waits for, and its exchanges.
    running: Option<Running>,
}

struct Running {
    key: String,
    waits: Option<String>,
    exchanges: Vec<String>,
}

impl Told {
    fn hear(&mut self, line: Line) {
        match line {
            Line::Opened { .. } | Line::Finished => {}
            Line::Resumed { .. } => self.stop(),
            Line::Started { modules } => self.record.planned = self.record.planned.max(modules),
            Line::ModuleStarted { key } => {
                self.stop();
                self.record.modules.retain(|m| m.key != key);
                self.running = Some(Running { key, waits: None, exchanges: Vec::new() });
            }
            Line::Waiting { key, what, .. } => {
                if let Some(running) = self.running.as_mut().filter(|r| r.key == key) {
                    running.waits = Some(what);
                }
            }
            Line::TlsSeen { tls } => self.record.tls = Some(tls),
            Line::Exchanged { module, exchange } => {
                if let Some(running) = self.running.as_mut().filter(|r| r.key == module) {
                    running.exchanges.push(exchange.id.clone());
                }
                self.record.exchanges.push(*exchange);
            }
            Line::ModuleFinished { module } => {
                if self.running.as_ref().is_some_and(|r| r.key == module.key) {
                    self.running = None;
                }
                self.record.modules.retain(|m| m.key != module.key);
                self.record.modules.push(*module);
            }
        }
    }

    /// The module under way was stopped.
    fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let Some(id) = ModuleId::parse(&running.key) else { return };
        let own = |x: &&ExchangeRecord| running.exchanges.contains(&x.id);
        let first = self.record.exchanges.iter().filter(own).map(|x| x.began).min();
        let began = first.unwrap_or_else(|| self.latest());
        let waits = running.waits.map(|what| format!("stopped while it waited: {what}"));
        self.record.modules.push(ModuleRecord {
            row: id.row(),
            key: running.key,
            title: id.title().to_owned(),
            required: self.required.iter().any(|key| key == id.key()),
            status: StatusRecord::Interrupted,
            result: ResultRecord::Skipped,
            conditions: Vec::new(),
            findings: Vec::new(),
            notes: vec![waits.unwrap_or_else(|| "stopped while it was under way".to_owned())],
            exchanges: running.exchanges,
            latency: None,
            expected: None,
            began,
            took_ns: 0,
            waited_ns: 0,
        });
    }

    /// The last instant that is told of.
    fn latest(&self) -> Timestamp {
        let exchanged = self.record.exchanges.iter().map(|x| after(x.began, x.took_ns));
        let finished = self.record.modules.iter().map(|m| after(m.began, m.took_ns));
        exchanged.chain(finished).fold(self.record.began, Timestamp::max)
    }

    fn end(mut self) -> CertificationRecord {
        self.stop();
        let ended = self.latest();
        let mut record = self.record;
        record.exchanges.sort_by_key(|x| number(&x.id));
        record.ended = ended;
        let took = record.ended.duration_since(record.began);
        record.took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        record.interrupted = true;
        record.verdict = CertificationResult::Interrupted;
        words::complete(&mut record);
        record
    }
}

#[cfg(test)]
mod tests {
    use super::{FILE, Journal, recover};
    use crate::base::secret::Secret;
    use crate::model::certification::{CertificationEvent, CertificationObserver as _, CertificationOutcome, ModuleId};
    use crate::model::redact::Redactor;
    use crate::record::certification::fixture;
    use crate::record::certification::shape::{CertificationResult, ResultRecord, StatusRecord};
    use crate::record::certification::{keep, outcomes, store};
    use std::path::Path;

    fn journal(dir: &Path, outcome: &CertificationOutcome, redactor: Redactor) -> Journal {
        Journal::create(dir, &fixture::opening(outcome), &fixture::facts(), redactor).expect("it is begun")
    }

    /// Writes the modules `from..to` down, and the beginning of the one after them.
    fn write(journal: &Journal, outcome: &CertificationOutcome, from: usize, to: usize) {
        let ids: Vec<ModuleId> = outcome.modules.iter().map(|m| m.id).collect();
        journal.observe(CertificationEvent::Started { modules: &ids[from..] });
        if let Some(facts) = &outcome.tls {
            journal.observe(CertificationEvent::TlsSeen { facts });
        }
        for module in &outcome.modules[from..=to] {
            journal.observe(CertificationEvent::ModuleStarted { id: module.id });
            for exchange in outcome.exchanges.iter().filter(|x| module.exchanges.contains(&x.id)) {
                journal.observe(CertificationEvent::Exchanged { module: module.id, exchange });
            }
            if module.id != outcome.modules[to].id {
                journal.observe(CertificationEvent::ModuleFinished { outcome: module });
            }
        }
    }

    #[test]
    fn a_killed_certification_is_recovered_with_the_module_under_way() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::failing();
        let written = journal(dir.path(), &outcome, Redactor::default());
        write(&written, &outcome, 0, 5);
        assert_eq!(written.failure(), None);
        let record = recover(dir.path()).expect("it is recovered");
        assert_eq!((record.verdict, record.modules.len(), record.planned), (CertificationResult::Interrupted, 6, 12));
        let under_way = &record.modules[5];
        assert_eq!((under_way.key.as_str(), under_way.status), ("signature-refused", StatusRecord::Interrupted));
        assert_eq!((under_way.result, under_way.required), (ResultRecord::Skipped, true));
        assert_eq!(under_way.exchanges, ["x5", "x6"]);
        assert_eq!(record.tls, fixture::record(&outcome).tls);
        assert_eq!(record.sentence, "interrupted after 5 of 12 modules: nothing failed so far");
        assert_eq!(store::read(dir.path()).expect("the folder will do"), record);

        let path = dir.path().join(FILE);
        let whole = std::fs::read(&path).expect("it is there");
        std::fs::write(&path, &whole[..whole.len() - 9]).expect("it is cut");
        assert_eq!(recover(&path).map(|r| r.exchanges.len()), Ok(record.exchanges.len() - 1));
        let mut damaged = whole.clone();
        let middle = whole.iter().position(|b| *b == b'\n').expect("a line") + 3;
        damaged[middle] = b'#';
        std::fs::write(&path, damaged).expect("it is damaged");
        let left = recover(&path).expect("what is whole is kept");
        assert!(left.notes[0].starts_with("line 2 of") && left.modules == record.modules, "{:?}", left.notes);
    }

    #[test]
    fn a_certification_that_is_gone_on_with_ends_as_if_it_had_not_been_stopped() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::failing();
        write(&journal(dir.path(), &outcome, Redactor::default()), &outcome, 0, 5);
        let path = dir.path().join(FILE);
        let whole = std::fs::read(&path).expect("it is there");
        std::fs::write(&path, &whole[..whole.len() - 9]).expect("it is cut");
        let stopped = recover(&path).expect("it is recovered");
        store::write(dir.path(), &stopped).expect("a record of the stopped one");

        let at = outcome.began;
        let again = Journal::resume(dir.path(), at, Redactor::default()).expect("it is gone on with");
        let earlier = outcomes(&stopped);
        assert_eq!((earlier.modules.len(), earlier.next.0), (5, 6));
        assert_eq!(store::read(dir.path()).expect("the journal is newer").modules.len(), 6);
        write(&again, &outcome, 5, 11);
        again.observe(CertificationEvent::ModuleFinished { outcome: &outcome.modules[11] });
        let recovered = recover(&path).expect("it is recovered");
        assert_eq!(recovered.modules, fixture::record(&outcome).modules);
        again.observe(CertificationEvent::Finished);

        let mut record = fixture::record(&outcome);
        keep(&mut record, &stopped);
        assert_eq!(record.modules, fixture::record(&outcome).modules);
        store::write(dir.path(), &record).expect("it is written");
        assert_eq!(store::read(dir.path()).expect("the journal is closed").verdict, CertificationResult::Fails);
    }

    #[test]
    fn the_journal_holds_no_secret() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outcome = fixture::failing();
        let written = journal(dir.path(), &outcome, Redactor::default());
        written.hide(Secret::new("stack-secret".to_owned()));
        write(&written, &outcome, 0, 11);
        let text = std::fs::read_to_string(dir.path().join(FILE)).expect("it is there");
        assert!(text.contains("exchanged") && !text.contains("stack-secret") && !text.contains("ey-partner"), "{text}");
    }
}
