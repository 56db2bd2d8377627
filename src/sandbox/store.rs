//! The durable store: one SQLite file, written in the order of the state's changes.
//!
//! One connection on one thread, which writes what has gathered as one transaction and tells when it is on the disk. Knows no request
//! and no API: rows of texts go in and come out.

use crate::base::diagnostic::Diagnostic;
use crate::sandbox::kept::{Change, Row};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, params};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::watch;

/// Marks a file as ours: `PMSB`.
const APPLICATION: i32 = 0x504d_5342;
/// The version of the tables.
const VERSION: i32 = 1;
/// How long the lock of a process that is just ending is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
const TABLES: &str = "CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) \
    STRICT, WITHOUT ROWID";

/// An open store. While it is open no other process can open it.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    name: String,
}

impl Store {
    /// Opens the store in a file, which is made when there is none.
    ///
    /// # Errors
    /// A diagnostic when the file is none of ours, of another version, not writable or in use.
    pub fn open(path: &Path) -> Result<Self, Diagnostic> {
        let name = path.display().to_string();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let unusable = |error: Error| refusal(&name, &error);
        let connection = Connection::open_with_flags(path, flags).map_err(unusable)?;
        connection.busy_timeout(PATIENCE).map_err(unusable)?;
        // Nothing is written before the file is known to be ours.
        let pragma = |of: &str| connection.pragma_query_value(None, of, |row| row.get::<_, i32>(0)).map_err(unusable);
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(unusable)?;
        let (application, version) = (pragma("application_id")?, pragma("user_version")?);
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(unusable)?;
        let fresh = application == 0 && version == 0 && tables == 0;
        if !fresh && application != APPLICATION {
            return Err(fault(format!("{name} is the database of another program"))
                .hint("name a file that is not there yet; the sandbox makes it"));
        }
        if !fresh && version != VERSION {
            return Err(fault(format!("{name} has version {version} of the store, and this sandbox reads version {VERSION}"))
                .hint("name another file, or use the version of proofmark that made this one"));
        }
        if connection.is_readonly("main").map_err(unusable)? {
            return Err(not_writable(&name));
        }
        connection.pragma_update(None, "journal_mode", "WAL").map_err(unusable)?;
        // A transaction is on the disk when it is committed, also when the machine loses its power.
        connection.pragma_update(None, "synchronous", "FULL").map_err(unusable)?;
        connection.execute_batch("BEGIN IMMEDIATE").map_err(unusable)?;
        if fresh {
            let made = format!("{TABLES}; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
            connection.execute_batch(&made).map_err(unusable)?;
        }
        connection.execute_batch("COMMIT").map_err(unusable)?;
        Ok(Self { connection, name })
    }

    /// The file's name as it was given.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Everything that was kept.
    pub(super) fn rows(&self) -> Result<Vec<Row>, Diagnostic> {
        let unusable = |error: Error| refusal(&self.name, &error);
        let mut statement = self.connection.prepare("SELECT kind, key, value FROM kept").map_err(unusable)?;
        let rows = statement.query_map([], |row| Ok(Row { kind: row.get(0)?, key: row.get(1)?, value: row.get(2)? }));
        rows.map_err(unusable)?.collect::<Result<_, _>>().map_err(unusable)
    }

    /// Writes all changes or none.
    fn write(&mut self, changes: &[Change]) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        {
            let mut put = transaction.prepare("INSERT OR REPLACE INTO kept (kind, key, value) VALUES (?1, ?2, ?3)")?;
            let mut drop = transaction.prepare("DELETE FROM kept WHERE kind = ?1 AND key = ?2")?;
            for change in changes {
                match &change.value {
                    Some(value) => put.execute(params![change.kind, change.key, value])?,
                    None => drop.execute(params![change.kind, change.key])?,
                };
            }
        }
        transaction.commit()
    }
}

fn fault(message: String) -> Diagnostic {
    Diagnostic::error("sandbox/store", message)
}

fn not_writable(name: &str) -> Diagnostic {
    fault(format!("{name} cannot be written")).hint("the sandbox writes the file and two beside it (-wal, -journal); allow it to")
}

fn refusal(name: &str, error: &Error) -> Diagnostic {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            fault(format!("{name} is no SQLite database")).hint("name a file that is not there yet; the sandbox makes it")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => fault(format!("{name} is in use by another process"))
            .hint("two sandboxes cannot share a store; stop the other one or name another file"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => not_writable(name),
        Some(ErrorCode::CannotOpen) => {
            fault(format!("{name} cannot be opened")).hint("its folder must be there, and it must be a file that may be written")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            fault(format!("{name} is damaged")).hint("name another file; what this one held cannot be relied on")
        }
        _ => fault(format!("{name} cannot be used: {error}")),
    }
}

/// The diagnostic of rows that the state cannot take up.
pub(super) fn unreadable(name: &str, why: &str) -> Diagnostic {
    fault(format!("{name}: {why}")).hint("name another file; what this one held cannot be relied on")
}

/// How far the writing is.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// How many lists of changes are on the disk.
    done: u64,
    failed: Option<Arc<str>>,
}

enum Job {
    Write(Vec<Change>),
    End,
}

/// The thread that writes, as the rest of the sandbox sees it.
#[derive(Debug)]
pub(super) struct Keeper {
    jobs: mpsc::Sender<Job>,
    handed_over: AtomicU64,
    progress: watch::Receiver<Progress>,
}

impl Keeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// A lower-case fragment when the machine gives no thread.
    pub(super) fn start(store: Store) -> Result<Self, String> {
        let (jobs, queue) = mpsc::channel();
        let (told, progress) = watch::channel(Progress::default());
        let thread = std::thread::Builder::new().name("store".to_owned());
        thread.spawn(move || keep(store, &queue, &told)).map_err(|error| format!("no thread for the store: {error}"))?;
        Ok(Self { jobs, handed_over: AtomicU64::new(0), progress })
    }

    /// Hands changes over to be written. Called under the state's lock, so that they are written in the order in which they happened.
    pub(super) fn hand_over(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.handed_over.fetch_add(1, Ordering::SeqCst);
            // The thread has ended only when a write failed, and then nobody is told that this one was done.
            let _ = self.jobs.send(Job::Write(changes));
        }
    }

    /// How many lists of changes were handed over so far.
    pub(super) fn handed_over(&self) -> u64 {
        self.handed_over.load(Ordering::SeqCst)
    }

    /// Waits until so many are on the disk; false when they never will be.
    pub(super) async fn written(&self, count: u64) -> bool {
        let mut progress = self.progress.clone();
        let reached = progress.wait_for(|p| p.done >= count || p.failed.is_some()).await;
        reached.is_ok_and(|p| p.failed.is_none())
    }

    /// Waits until writing has failed; for ever where it does not.
    pub(super) async fn failure(&self) -> String {
        let mut progress = self.progress.clone();
        let failed = progress.wait_for(|p| p.failed.is_some()).await.ok().and_then(|p| p.failed.clone());
        match failed {
            Some(why) => why.to_string(),
            None => std::future::pending().await,
        }
    }

    /// Writes what was handed over, closes the file, and says why when writing has failed.
    pub(super) async fn end(&self) -> Option<String> {
        let _ = self.jobs.send(Job::End);
        let mut progress = self.progress.clone();
        while progress.changed().await.is_ok() {}
        progress.borrow().failed.as_deref().map(str::to_owned)
    }
}

/// Writes until told to end, or until a write fails: what has gathered meanwhile is one transaction.
fn keep(mut store: Store, queue: &mpsc::Receiver<Job>, told: &watch::Sender<Progress>) {
    let mut ends = false;
    while !ends {
        let Ok(first) = queue.recv() else { break };
        let (mut changes, mut count) = (Vec::new(), 0);
        for job in std::iter::once(first).chain(queue.try_iter()) {
            match job {
                Job::Write(mut more) => {
                    changes.append(&mut more);
                    count += 1;
                }
                Job::End => ends = true,
            }
        }
        if count == 0 {
            continue;
        }
        match store.write(&changes) {
            Ok(()) => told.send_modify(|progress| progress.done += count),
            Err(error) => {
                let why: Arc<str> = format!("{} can no longer be written: {error}", store.name).into();
                told.send_modify(|progress| progress.failed = Some(why));
                break;
            }
        }
    }
    // Closed before the other side hears of the end, so that the file is free by then.
    drop(store);
}

#[cfg(test)]
mod tests {
    use super::{Keeper, Store};
    use crate::sandbox::kept::{Change, Row};
    use rusqlite::Connection;
    use std::path::Path;

    fn message(path: &Path) -> (String, bool) {
        let fault = Store::open(path).expect_err("an unusable store");
        (fault.message, fault.hint.is_some())
    }

    #[test]
    fn what_is_no_store_of_ours_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = folder.path().join("text");
        std::fs::write(&text, "no database, and long enough that nobody takes it for an empty one".repeat(20)).expect("written");
        let foreign = folder.path().join("foreign");
        Connection::open(&foreign).expect("made").execute_batch("CREATE TABLE x (y)").expect("a table");
        let newer = folder.path().join("newer");
        drop(Store::open(&newer).expect("a store"));
        Connection::open(&newer).expect("opened").execute_batch("PRAGMA user_version = 9").expect("a version");
        for (path, part) in [
            (&text, "is no SQLite database"),
            (&foreign, "another program"),
            (&newer, "has version 9"),
            (&folder.path().join("nowhere/store"), "cannot be opened"),
            (&folder.path().to_owned(), "cannot be opened"),
        ] {
            let before = std::fs::read(path).ok();
            let (message, hinted) = message(path);
            assert!(message.contains(part) && hinted, "{message}");
            assert_eq!(std::fs::read(path).ok(), before, "{message}");
        }
    }

    #[test]
    fn a_store_that_is_open_is_locked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let open = Store::open(&path).expect("a store");
        assert!(message(&path).0.contains("in use"), "{:?}", message(&path));
        drop(open);
        assert!(Store::open(&path).is_ok());
    }

    #[tokio::test]
    async fn rows_are_there_when_it_is_said_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let keeper = Keeper::start(Store::open(&path).expect("a store")).expect("a thread");
        keeper.hand_over(vec![Change::of("a", "1", Some(&"x")), Change::of("a", "2", Some(&"y"))]);
        keeper.hand_over(vec![Change::of("a", "1", Some(&"z")), Change::of::<()>("a", "2", None)]);
        assert!(keeper.written(keeper.handed_over()).await);
        assert_eq!(keeper.end().await, None);
        let rows = Store::open(&path).and_then(|store| store.rows()).expect("rows");
        assert_eq!(rows, [Row { kind: "a".to_owned(), key: "1".to_owned(), value: "\"z\"".to_owned() }]);
    }
}
