//! The history on a PostgreSQL server that a team shares.
//!
//! Speaks TLS wherever the server is not on this machine, verified, unless the URL says otherwise. Waits a bounded time for everything, and
//! never shows a password.

use crate::net::address::is_loopback_target;
use crate::net::tunnel::{self, Tunnel};
use crate::record::history::session::{Fault, Row, Session, Value};
use crate::record::history::source::{Server, Source};
use bytes::BytesMut;
use std::collections::HashMap;
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

/// How long a connection may take, and an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The port of a server whose URL names none.
const PORT: u16 = 5432;
/// What is locked by whoever makes the tables; any number will do that is always the same.
const MAKING: i64 = 0x50_4d_48_49;

/// An open connection.
pub(super) struct Postgres {
    client: Client,
    prepared: HashMap<String, Statement>,
}

/// What the URL says beside what the client itself understands.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    url: String,
    /// `disable`, or a word that demands TLS; nothing where it is left to us.
    mode: Option<String>,
    /// Certificates to trust instead of the machine's.
    roots: Option<String>,
}

impl Postgres {
    /// Connects.
    pub(super) fn connect(server: &Server) -> Result<Self, Fault> {
        let url = server.url().expose();
        let wish = Wish::of(url);
        let hidden = Source::Server(server.clone()).secrets();
        let unreachable = |mut why: String| {
            hidden.iter().for_each(|secret| why = why.replace(secret.expose().as_str(), "[redacted]"));
            Fault::Unreachable(why)
        };
        let mut config: Config = wish.url.parse().map_err(|error| unreachable(said(&error)))?;
        config.application_name("proofmark").ssl_mode(SslMode::Disable);
        let client = wait(async {
            let stream = reach(&config, &wish).await?;
            let (client, connection) = config.connect_raw(stream, NoTls).await.map_err(|error| said(&error))?;
            // Ends with the client.
            tokio::spawn(connection);
            Ok::<_, String>(client)
        })?
        .map_err(unreachable)?;
        let mut session = Self { client, prepared: HashMap::new() };
        session.execute("SET lock_timeout = '5s'", &[])?;
        session.execute("SET statement_timeout = '30s'", &[])?;
        Ok(session)
    }

    fn statement(&mut self, text: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        let statement = wait(async { self.client.prepare(text).await.map_err(|error| fault(&error)) })??;
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Wish {
    /// Takes out of a URL what the client does not read.
    fn of(url: &str) -> Self {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for parameter in query.split('&').filter(|p| !p.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => roots = Some(value.to_owned()),
                _ => rest.push(parameter),
            }
        }
        let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        Self { url, mode, roots }
    }
}

/// A stream to the first of the hosts that takes a connection.
async fn reach(config: &Config, wish: &Wish) -> Result<Tunnel, String> {
    let ports = config.get_ports();
    let mut why = "its URL names no host".to_owned();
    for (i, host) in config.get_hosts().iter().enumerate() {
        let port = ports.get(i).or_else(|| ports.first()).copied().unwrap_or(PORT);
        let reached = match host {
            Host::Tcp(host) => by_network(host, port, wish).await,
            #[cfg(unix)]
            Host::Unix(folder) => tunnel::local(&folder.join(format!(".s.PGSQL.{port}"))).await,
        };
        match reached {
            Ok(stream) => return Ok(stream),
            Err(error) => why = error,
        }
    }
    Err(why)
}

async fn by_network(host: &str, port: u16, wish: &Wish) -> Result<Tunnel, String> {
    let encrypted = match wish.mode.as_deref() {
        Some("disable" | "allow") => false,
        Some("prefer") | None => !is_here(host),
        Some("require" | "verify-ca" | "verify-full") => true,
        Some(other) => return Err(format!("`sslmode={other}` is not known")),
    };
    if !encrypted {
        return tunnel::plain(host, port).await;
    }
    let roots = match &wish.roots {
        Some(path) => Some(std::fs::read(path).map_err(|error| format!("cannot read `{path}`: {error}"))?),
        None => None,
    };
    // What the protocol says before it says anything else: a request for TLS, answered by one letter.
    const ASK: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    tunnel::upgraded(host, port, &ASK, b'S', roots).await.map_err(|why| match why {
        tunnel::Refused::Answer => {
            "the server does not speak TLS; where that is meant, add `sslmode=disable` to its URL".to_owned()
        }
        tunnel::Refused::Other(why) => why,
    })
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    is_loopback_target(&format!("http://{bracketed}"))
}

impl Session for Postgres {
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, Fault> {
        let prepared = self.statement(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        wait(async { self.client.execute(&prepared, &values).await.map_err(|error| fault(&error)) })?
    }

    fn query(&mut self, query: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let prepared = self.statement(query)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = wait(async { self.client.query(&prepared, &values).await.map_err(|error| fault(&error)) })??;
        rows.iter().map(|row| (0..row.len()).map(|i| value(row, i)).collect()).collect()
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.execute("BEGIN", &[]).map(|_| ())
    }

    fn alone(&mut self) -> Result<(), Fault> {
        self.query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)", &[Value::Whole(MAKING)]).map(|_| ())
    }

    fn tables(&mut self) -> Result<Vec<String>, Fault> {
        let query = "SELECT CAST(tablename AS TEXT) FROM pg_catalog.pg_tables WHERE schemaname = ANY (current_schemas(false))";
        let rows = self.query(query, &[])?;
        Ok(rows.into_iter().flatten().filter_map(|cell| if let Value::Text(name) = cell { Some(name) } else { None }).collect())
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Text(text) => text.to_sql(ty, out),
            Self::Whole(number) => number.to_sql(ty, out),
            Self::Real(number) => number.to_sql(ty, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::TEXT | Type::INT8 | Type::FLOAT8)
    }

    to_sql_checked!();
}

fn value(row: &tokio_postgres::Row, at: usize) -> Result<Value, Fault> {
    let told = |error: Error| fault(&error);
    let found = match *row.columns()[at].type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(at).map_err(told)?.map(Value::Whole),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at).map_err(told)?.map(Value::Real),
        Type::TEXT => row.try_get::<_, Option<String>>(at).map_err(told)?.map(Value::Text),
        _ => None,
    };
    Ok(found.unwrap_or(Value::Null))
}

/// What comes of something that takes its time, which no call here takes longer than bounds.
fn wait<T>(future: impl Future<Output = T>) -> Result<T, Fault> {
    let handle = Handle::try_current().map_err(|error| Fault::Other(error.to_string()))?;
    let bounded = async { tokio::time::timeout(PATIENCE * 4, future).await };
    tokio::task::block_in_place(|| handle.block_on(bounded))
        .map_err(|_| Fault::Unreachable("it did not answer in time".to_owned()))
}

fn fault(error: &Error) -> Fault {
    let Some(code) = error.code() else { return Fault::Unreachable(said(error)) };
    if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::QUERY_CANCELED || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Fault::Locked;
    }
    let unwritable =
        [SqlState::DISK_FULL, SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::INSUFFICIENT_PRIVILEGE, SqlState::OUT_OF_MEMORY];
    if unwritable.contains(code) { Fault::Unwritable(said(error)) } else { Fault::Other(said(error)) }
}

/// What went wrong, in the server's words where it has some.
fn said(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => told.message().to_owned(),
        (None, Some(cause)) => format!("{error}: {cause}").replace("error connecting to server: ", ""),
        (None, None) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Wish;

    #[test]
    fn what_the_client_does_not_read_is_taken_out_of_the_url() {
        for (url, rest, mode, roots) in [
            ("postgres://a/b", "postgres://a/b", None, None),
            ("postgres://a/b?sslmode=verify-full&sslrootcert=/c.pem", "postgres://a/b", Some("verify-full"), Some("/c.pem")),
            ("postgres:///b?host=/run/pg&sslmode=disable&user=x", "postgres:///b?host=/run/pg&user=x", Some("disable"), None),
        ] {
            let wish = Wish { url: rest.to_owned(), mode: mode.map(str::to_owned), roots: roots.map(str::to_owned) };
            assert_eq!(Wish::of(url), wish);
        }
    }
}
