//! The index over the runs: what is written into it and what is asked of it.
//!
//! The same statements for a file and for a server. Holds nothing that the run folders do not hold, and judges nothing.

use crate::record::fingerprint::{Fingerprint, Of, RunKind};
use crate::record::history::entry::{Entry, FigureEntry, RunEntry, Unit};
use crate::record::history::schema::{ensure, finish};
use crate::record::history::session::{Fault, Row, Session, Value};
use crate::record::history::source::Source;
use crate::record::history::sqlite::{self, Sqlite};
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::PathBuf;

/// Which runs are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind alone.
    pub kind: Option<RunKind>,
    /// That began then or later.
    pub since: Option<Timestamp>,
    /// The newest so many.
    pub newest: Option<usize>,
}

/// An open index.
pub struct Index {
    session: Box<dyn Session>,
}

/// What became of opening an index that may be made.
pub struct Opened {
    /// The index.
    pub index: Index,
    /// True where it holds nothing yet.
    pub is_new: bool,
    /// Where a broken one was set aside, and why.
    pub aside: Option<(PathBuf, String)>,
}

impl Index {
    /// Opens an index that is there.
    ///
    /// # Errors
    /// When there is none, and when it cannot be read.
    pub fn open(source: &Source) -> Result<Self, Fault> {
        let mut session = connect(source, false)?;
        ensure(&mut *session, false)?;
        Ok(Self { session })
    }

    /// Opens an index to write into; makes it where there is none, and sets a broken file aside as `NAME.broken-TIME`.
    ///
    /// # Errors
    /// When it cannot be written, is another program's, or was made by a newer build.
    pub fn open_or_make(source: &Source, now: Timestamp) -> Result<Opened, Fault> {
        match Self::make(source) {
            Err(Fault::Broken(why)) => {
                let Some(path) = source.file() else { return Err(Fault::Broken(why)) };
                let time = now.strftime("%Y-%m-%dT%H%M%SZ").to_string();
                let aside = sqlite::set_aside(path, &time).map_err(|error| Fault::Unwritable(error.to_string()))?;
                let (index, is_new) = Self::make(source)?;
                Ok(Opened { index, is_new, aside: aside.map(|path| (path, why)) })
            }
            made => made.map(|(index, is_new)| Opened { index, is_new, aside: None }),
        }
    }

    fn make(source: &Source) -> Result<(Self, bool), Fault> {
        let mut session = connect(source, true)?;
        ensure(&mut *session, true)?;
        let mut index = Self { session };
        let is_new = index.count()? == 0;
        Ok((index, is_new))
    }

    /// How many runs it holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn count(&mut self) -> Result<usize, Fault> {
        let rows = self.session.query("SELECT count(*) FROM proofmark_runs", &[])?;
        Ok(rows.first().map(|row| whole(row, 0)).and_then(|n| usize::try_from(n).ok()).unwrap_or_default())
    }

    /// Puts runs down, all or none. One that is there already is put down anew; its folder stays known where the new one says none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        // In one order everywhere, so that two that write the same runs never wait for each other.
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by(|a, b| a.run.id.cmp(&b.run.id));
        self.session.begin()?;
        let done = sorted.into_iter().try_for_each(|entry| self.put_one(entry));
        finish(&mut *self.session, done)
    }

    fn put_one(&mut self, entry: &Entry) -> Result<(), Fault> {
        let run = &entry.run;
        let fingerprint = serde_json::to_string(&entry.fingerprint).map_err(|error| Fault::Other(error.to_string()))?;
        let values = [
            Value::text(&run.id),
            Value::text(run.kind.name()),
            Value::Whole(nanos(run.began)),
            Value::Text(run.began.to_string()),
            Value::Whole(i64::try_from(run.took_ns).unwrap_or(i64::MAX)),
            Value::text(&run.verdict),
            Value::Text(stored(&run.sentence)),
            Value::Text(stored(&run.title)),
            Value::Text(stored(&run.target)),
            Value::Text(stored(&run.environment)),
            Value::text(&run.tool_version),
            Value::maybe(run.folder.as_deref()),
            Value::Text(entry.fingerprint.digest(Of::Times)),
            Value::Text(entry.fingerprint.digest(Of::Counts)),
            Value::Text(stored(&fingerprint)),
        ];
        self.session.execute(PUT_RUN, &values)?;
        self.session.execute("DELETE FROM proofmark_figures WHERE run = $1", &[Value::text(&run.id)])?;
        // Many in one statement: a server may be far away.
        for figures in entry.figures.chunks(AT_ONCE) {
            let values: Vec<Value> = figures.iter().flat_map(|figure| cells(&run.id, figure)).collect();
            self.session.execute(&put_figures(figures.len()), &values)?;
        }
        Ok(())
    }

    /// The runs that are asked for, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn runs(&mut self, filter: &Filter) -> Result<Vec<RunEntry>, Fault> {
        Ok(self.rows(filter)?.into_iter().map(|(run, _)| run).collect())
    }

    /// The runs that are asked for with all that is known of them, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entries(&mut self, filter: &Filter) -> Result<Vec<Entry>, Fault> {
        let rows = self.rows(filter)?;
        let Some(oldest) = rows.last().map(|(run, _)| nanos(run.began)) else { return Ok(Vec::new()) };
        let kind = filter.kind.map_or("", RunKind::name);
        let mut figures: HashMap<String, Vec<FigureEntry>> = HashMap::new();
        for row in self.session.query(FIGURES, &[Value::text(kind), Value::Whole(oldest)])? {
            if let Some((run, figure)) = figure(&row) {
                figures.entry(run).or_default().push(figure);
            }
        }
        let entry = |(run, fingerprint): (RunEntry, Fingerprint)| {
            let mut figures = figures.remove(&run.id).unwrap_or_default();
            // Databases sort texts in ways of their own.
            figures.sort_by(|a, b| (&a.operation, &a.name).cmp(&(&b.operation, &b.name)));
            Entry { run, fingerprint, figures }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    fn rows(&mut self, filter: &Filter) -> Result<Vec<(RunEntry, Fingerprint)>, Fault> {
        let values = [
            Value::text(filter.kind.map_or("", RunKind::name)),
            Value::Whole(filter.since.map_or(i64::MIN, nanos)),
            Value::Whole(filter.newest.and_then(|n| i64::try_from(n).ok()).unwrap_or(i64::MAX)),
        ];
        let rows = self.session.query(RUNS, &values)?;
        rows.iter().map(|row| run(row).ok_or_else(|| Fault::Broken("a row of it cannot be read".to_owned()))).collect()
    }

    /// Takes runs out, all or none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove(&mut self, ids: &[String]) -> Result<(), Fault> {
        self.session.begin()?;
        let done = ids.iter().try_for_each(|id| {
            self.session.execute("DELETE FROM proofmark_figures WHERE run = $1", &[Value::text(id)])?;
            self.session.execute("DELETE FROM proofmark_runs WHERE id = $1", &[Value::text(id)]).map(|_| ())
        });
        finish(&mut *self.session, done)
    }
}

const PUT_RUN: &str = "INSERT INTO proofmark_runs (id, kind, began_ns, began, took_ns, verdict, sentence, title, target, environment, \
     tool_version, folder, times_digest, counts_digest, fingerprint) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT (id) DO UPDATE SET took_ns = excluded.took_ns, verdict = excluded.verdict, sentence = excluded.sentence, \
     title = excluded.title, tool_version = excluded.tool_version, \
     folder = COALESCE(excluded.folder, proofmark_runs.folder), times_digest = excluded.times_digest, \
     counts_digest = excluded.counts_digest, fingerprint = excluded.fingerprint";
/// Figures put down by one statement.
const AT_ONCE: usize = 64;
/// The columns of a figure.
const CELLS: usize = 6;

fn put_figures(rows: usize) -> String {
    let row = |at: usize| {
        let places: Vec<String> = (1..=CELLS).map(|i| format!("${}", at * CELLS + i)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO proofmark_figures (run, name, operation, unit, value, samples) VALUES {}", rows.join(", "))
}

fn cells(run: &str, figure: &FigureEntry) -> [Value; CELLS] {
    [
        Value::text(run),
        Value::Text(stored(&figure.name)),
        Value::Text(stored(&figure.operation)),
        Value::text(figure.unit.name()),
        Value::Real(figure.value),
        figure.samples.map_or(Value::Null, |n| Value::Whole(i64::try_from(n).unwrap_or(i64::MAX))),
    ]
}

const RUNS: &str = "SELECT id, kind, began_ns, took_ns, verdict, sentence, title, target, environment, tool_version, folder, fingerprint \
     FROM proofmark_runs WHERE ($1 = '' OR kind = $1) AND began_ns >= $2 ORDER BY began_ns DESC, id DESC LIMIT $3";
const FIGURES: &str = "SELECT f.run, f.name, f.operation, f.unit, f.value, f.samples FROM proofmark_figures f \
     JOIN proofmark_runs r ON r.id = f.run WHERE ($1 = '' OR r.kind = $1) AND r.began_ns >= $2";

fn connect(source: &Source, may_make: bool) -> Result<Box<dyn Session>, Fault> {
    match source {
        Source::File(path) => {
            let opened = Sqlite::open(path, may_make)?;
            if may_make {
                opened.is_sound()?;
            }
            Ok(Box::new(opened))
        }
        #[cfg(feature = "postgres")]
        Source::Server(server) => Ok(Box::new(crate::record::history::postgres::Postgres::connect(server)?)),
        #[cfg(not(feature = "postgres"))]
        Source::Server(_) => Err(Fault::Unsupported),
    }
}

/// A text as every database keeps it: PostgreSQL has no room for a null character.
fn stored(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn nanos(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

fn text(row: &Row, at: usize) -> Option<String> {
    match row.get(at) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn whole(row: &Row, at: usize) -> i64 {
    match row.get(at) {
        Some(Value::Whole(number)) => *number,
        _ => 0,
    }
}

fn run(row: &Row) -> Option<(RunEntry, Fingerprint)> {
    let run = RunEntry {
        id: text(row, 0)?,
        kind: RunKind::parse(&text(row, 1)?)?,
        began: Timestamp::from_nanosecond(i128::from(whole(row, 2))).ok()?,
        took_ns: u64::try_from(whole(row, 3)).ok()?,
        verdict: text(row, 4)?,
        sentence: text(row, 5)?,
        title: text(row, 6)?,
        target: text(row, 7)?,
        environment: text(row, 8)?,
        tool_version: text(row, 9)?,
        folder: text(row, 10),
    };
    Some((run, serde_json::from_str(&text(row, 11)?).ok()?))
}

fn figure(row: &Row) -> Option<(String, FigureEntry)> {
    let value = match row.get(4)? {
        Value::Real(value) => *value,
        Value::Whole(value) => *value as f64,
        Value::Text(_) | Value::Null => return None,
    };
    let samples = match row.get(5)? {
        Value::Whole(samples) => u64::try_from(*samples).ok(),
        _ => None,
    };
    let figure =
        FigureEntry { name: text(row, 1)?, operation: text(row, 2)?, unit: Unit::parse(&text(row, 3)?)?, value, samples };
    Some((text(row, 0)?, figure))
}
