//! What the history asks of a database: a statement, a query, a transaction.
//!
//! Every statement is in the part of SQL that SQLite and PostgreSQL read alike. Knows no table.

use crate::base::diagnostic::Diagnostic;

/// A value that goes in or comes out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Real(f64),
    Null,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }
}

/// One row that came out.
pub(super) type Row = Vec<Value>;

/// Why a database did not do as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another process has it, and went on having it for as long as was waited.
    Locked,
    /// What it holds is damaged, or it never was a database.
    Broken(String),
    /// It cannot be written: no room, no right.
    Unwritable(String),
    /// It is somebody else's.
    Foreign,
    /// A newer build made it, in this version.
    Newer(i64),
    /// There is none.
    Missing,
    /// The server cannot be reached, or lets nobody in.
    Unreachable(String),
    /// This build cannot speak to servers.
    Unsupported,
    /// Anything else.
    Other(String),
}

impl Fault {
    /// As it is told of the history called `name`, which holds no password.
    #[must_use]
    pub fn told(&self, name: &str) -> Diagnostic {
        let error = |code, message: String| Diagnostic::error(code, message);
        match self {
            Self::Locked => error("history/locked", format!("`{name}` is locked by another process, and stayed so"))
                .hint("`proofmark report index` takes in what is missing once it is free"),
            Self::Broken(why) => error("history/broken", format!("`{name}` cannot be read as a history: {why}"))
                .hint("`proofmark report index` sets it aside and makes it anew from the run folders"),
            Self::Unwritable(why) => error("history/unwritable", format!("`{name}` cannot be written: {why}")).hint(
                "the run folders hold everything; `proofmark report index` takes it in once there is room and the right to write",
            ),
            Self::Foreign => error("history/foreign", format!("`{name}` is the database of another program"))
                .hint("name another file with --history; this one is left as it is"),
            Self::Newer(version) => error(
                "history/newer",
                format!(
                    "`{name}` has version {version} of the history, and this build reads up to version {}",
                    super::schema::VERSION
                ),
            )
            .hint("use the proofmark that made it, or a newer one; nothing in it was changed"),
            Self::Missing => error("history/none", format!("there is no history at `{name}`"))
                .hint("`proofmark report index` makes one from the run folders"),
            Self::Unreachable(why) => error("history/unreachable", format!("`{name}` cannot be used: {why}")),
            Self::Unsupported => {
                error("history/unsupported", format!("`{name}` is a server, and this build keeps histories in files alone"))
                    .hint("build with the feature `postgres`")
            }
            Self::Other(why) => error("history/database", format!("`{name}` refused: {why}")),
        }
    }
}

/// A database that is open. Placeholders are `$1`, `$2`, in the order in which they first stand in a statement.
pub(super) trait Session: Send {
    /// Carries a statement out, and says how many rows it concerned.
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, Fault>;
    /// The rows of a query.
    fn query(&mut self, query: &str, values: &[Value]) -> Result<Vec<Row>, Fault>;
    /// Begins a transaction that writes.
    fn begin(&mut self) -> Result<(), Fault>;
    /// Keeps others from making the tables until the transaction is over.
    fn alone(&mut self) -> Result<(), Fault>;
    /// The names of the tables there are.
    fn tables(&mut self) -> Result<Vec<String>, Fault>;
    /// Whether tables of others keep this from being ours: a file belongs to one program, a server to many.
    fn is_shared(&self) -> bool;
}
