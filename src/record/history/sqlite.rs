//! The history in one SQLite file.
//!
//! Waits a bounded time for whoever has it, sets a broken one aside and never writes into one that is another program's.

use crate::record::history::session::{Fault, Row, Session, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, ToSql, params_from_iter};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the lock of another process is waited for, in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open file.
pub(super) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Opens the file; makes it where there is none and it may be made.
    pub(super) fn open(path: &Path, may_make: bool) -> Result<Self, Fault> {
        if !may_make && !path.exists() {
            return Err(Fault::Missing);
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if may_make {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let connection = Connection::open_with_flags(path, flags).map_err(|error| fault(&error))?;
        connection.busy_timeout(PATIENCE).map_err(|error| fault(&error))?;
        // The folders hold everything, so a loss of power may cost the last row; it must not cost the time of a run.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(|error| fault(&error))?;
        let mut opened = Self { connection };
        // A file that is none of SQLite's is noticed with the first page that is read.
        opened.tables()?;
        Ok(opened)
    }

    /// Whether every page of the file is sound.
    pub(super) fn is_sound(&self) -> Result<(), Fault> {
        let told = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match told {
            Ok(word) if word == "ok" => Ok(()),
            Ok(why) => Err(Fault::Broken(why)),
            Err(error) => Err(fault(&error)),
        }
    }
}

impl Session for Sqlite {
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, Fault> {
        let mut prepared = self.connection.prepare(statement).map_err(|error| fault(&error))?;
        prepared.execute(params_from_iter(values)).map(|rows| rows as u64).map_err(|error| fault(&error))
    }

    fn query(&mut self, query: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut prepared = self.connection.prepare(query).map_err(|error| fault(&error))?;
        let columns = prepared.column_count();
        let mut rows = prepared.query(params_from_iter(values)).map_err(|error| fault(&error))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| fault(&error))? {
            let cells = (0..columns).map(|i| row.get_ref(i).map(value));
            found.push(cells.collect::<Result<Row, Error>>().map_err(|error| fault(&error))?);
        }
        Ok(found)
    }

    fn begin(&mut self) -> Result<(), Fault> {
        // Whoever means to write takes the lock at once: two that first read would wait for each other.
        self.execute("BEGIN IMMEDIATE", &[]).map(|_| ())
    }

    fn alone(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn tables(&mut self) -> Result<Vec<String>, Fault> {
        let rows = self.query("SELECT name FROM sqlite_schema WHERE type = 'table'", &[])?;
        Ok(rows.into_iter().flatten().filter_map(|cell| if let Value::Text(name) = cell { Some(name) } else { None }).collect())
    }

    fn is_shared(&self) -> bool {
        false
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, Error> {
        Ok(match self {
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Whole(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        })
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Whole(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn fault(error: &Error) -> Fault {
    let told = || match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Fault::Broken(told()),
        Some(
            ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure,
        ) => Fault::Unwritable(told()),
        _ => Fault::Other(told()),
    }
}

/// Sets a broken file aside as `NAME.broken-TIME`, with what belongs to it, and gives its new name. Where another process did so
/// meanwhile, nothing is done and there is none.
///
/// # Errors
/// When it cannot be moved.
pub(super) fn set_aside(path: &Path, time: &str) -> io::Result<Option<PathBuf>> {
    let Some(held) = hold(path)? else { return Ok(None) };
    if !is_still(&held, path) {
        return Ok(None);
    }
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut aside = beside(&format!(".broken-{time}"));
    for number in 2_u32.. {
        if !aside.exists() {
            break;
        }
        aside = beside(&format!(".broken-{time}-{number}"));
    }
    // A journal without its database would be played back into the next one.
    for suffix in ["-journal", "-wal", "-shm"] {
        match fs::remove_file(beside(suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &aside)?;
    Ok(Some(aside))
}

/// The file, locked against others that mean to set it aside; none where it is gone or somebody else is at it.
fn hold(path: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // Where files cannot be locked, nobody else can be kept from it.
        Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

#[cfg(unix)]
fn is_still(held: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let of = |meta: &fs::Metadata| (meta.dev(), meta.ino());
    matches!((held.metadata(), fs::metadata(path)), (Ok(held), Ok(there)) if of(&held) == of(&there))
}

#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> bool {
    path.exists()
}
