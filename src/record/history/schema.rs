//! The tables of the history, and whose they are.
//!
//! The same text for every database. Changes nothing that a newer build has made, and nothing of another program.

use crate::record::history::session::{Fault, Session, Value};

/// The version of the tables that this build reads and writes.
pub(super) const VERSION: i64 = 1;

/// Times are nanoseconds since 1970 in UTC, so that order is order everywhere; `began` is the same for people.
const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS proofmark_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS proofmark_runs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, began_ns BIGINT NOT NULL, \
     began TEXT NOT NULL, took_ns BIGINT NOT NULL, verdict TEXT NOT NULL, sentence TEXT NOT NULL, title TEXT NOT NULL, \
     target TEXT NOT NULL, environment TEXT NOT NULL, tool_version TEXT NOT NULL, folder TEXT, times_digest TEXT NOT NULL, \
     counts_digest TEXT NOT NULL, fingerprint TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS proofmark_runs_by_time ON proofmark_runs (kind, began_ns)",
    "CREATE TABLE IF NOT EXISTS proofmark_figures (run TEXT NOT NULL, name TEXT NOT NULL, operation TEXT NOT NULL, \
     unit TEXT NOT NULL, value DOUBLE PRECISION NOT NULL, samples BIGINT, PRIMARY KEY (run, operation, name))",
];

/// Makes sure that the tables are there and ours.
///
/// # Errors
/// When they are another program's or of a newer version; nothing is changed then.
pub(super) fn ensure(session: &mut dyn Session, may_make: bool) -> Result<(), Fault> {
    if is_ours(session)? {
        return Ok(());
    }
    if !may_make {
        return Err(Fault::Missing);
    }
    session.begin()?;
    let made = make(session);
    finish(session, made)
}

/// Ends a transaction: keeps it where all went well.
pub(super) fn finish<T>(session: &mut dyn Session, done: Result<T, Fault>) -> Result<T, Fault> {
    match done {
        Ok(value) => session.execute("COMMIT", &[]).map(|_| value),
        Err(fault) => {
            // What could not be done is what matters, whether or not it can be taken back in words: a connection that ends takes it back.
            let _ = session.execute("ROLLBACK", &[]);
            Err(fault)
        }
    }
}

fn make(session: &mut dyn Session) -> Result<(), Fault> {
    session.alone()?;
    // Another process may have been first.
    if is_ours(session)? {
        return Ok(());
    }
    for statement in TABLES {
        session.execute(statement, &[])?;
    }
    let version = Value::Text(VERSION.to_string());
    session.execute("INSERT INTO proofmark_meta (name, value) VALUES ('version', $1)", &[version])?;
    Ok(())
}

fn is_ours(session: &mut dyn Session) -> Result<bool, Fault> {
    let tables = session.tables()?;
    if !tables.iter().any(|table| table == "proofmark_meta") {
        return if tables.is_empty() || session.is_shared() { Ok(false) } else { Err(Fault::Foreign) };
    }
    let rows = session.query("SELECT value FROM proofmark_meta WHERE name = 'version'", &[])?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Text(version)) => match version.parse::<i64>() {
            Ok(version) if version > VERSION => Err(Fault::Newer(version)),
            Ok(_) => Ok(true),
            Err(_) => Err(Fault::Broken("its version is no number".to_owned())),
        },
        _ => Ok(false),
    }
}
